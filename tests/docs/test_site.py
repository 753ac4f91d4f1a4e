"""The docs site that `make docs` builds: without a warning, every link and anchor leads somewhere, search, feeds, llms.txt."""

import http.server
import importlib.util
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import comrak
import feedparser
import lxml.html
import pytest

from tests.browser import PROGRAM, browser
from tests.docs.pages import DOCS, ROOT

URL = "https://docs.example/digest/"
OWN = "news/editions/"  # pages of the program itself


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which the site was built."""
    if importlib.util.find_spec("zensical") is None:
        pytest.skip("zensical is not installed: make docs installs it")
    folder = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "docs/build_site.py", "--url", URL, "--to", str(folder)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    return folder


@pytest.fixture(scope="module")
def site(built: Path) -> Path:
    return built / "site"


def html(file: Path) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(file.read_text(encoding="utf-8"))


def address_of(file: Path, site: Path) -> str:
    path = file.relative_to(site).as_posix()
    return urljoin(URL, path.removesuffix("index.html"))


def file_of(address: str, site: Path) -> Path:
    path = unquote(urlsplit(address).path.removeprefix(urlsplit(URL).path))
    return site / path / "index.html" if not path or path.endswith("/") else site / path


def targets(page: lxml.html.HtmlElement) -> list[str]:
    found = [*page.xpath("//a/@href | //link/@href"), *page.xpath("//img/@src | //script/@src")]
    return [str(target) for target in found]


def test_every_link_and_anchor_of_the_site_leads_somewhere(site: Path) -> None:
    pages = {address_of(file, site): html(file) for file in site.rglob("*.html")}
    names = {address: {str(name) for name in page.xpath("//@id | //a/@name")} for address, page in pages.items()}
    wrong = []
    for address, page in pages.items():
        base = URL if address.endswith("404.html") else address
        for target in targets(page):
            whole, _, fragment = urljoin(base, target).partition("#")
            if not whole.startswith(URL):
                continue
            if not file_of(whole, site).is_file():
                wrong.append(f"{address}: {target}: no such file")
            elif fragment and whole in names and fragment not in names[whole]:
                wrong.append(f"{address}: {target}: no such anchor")
    assert len(pages) > 20
    assert wrong == []


def test_every_page_is_in_the_navigation(site: Path) -> None:
    home = html(site / "index.html")
    linked = {urljoin(URL, str(target)) for target in home.xpath("//nav//a/@href")}
    pages = {page.relative_to(DOCS).as_posix().removesuffix(".md") for page in DOCS.rglob("*.md")}
    expected = {urljoin(URL, f"{page}/") for page in pages if not page.endswith("index")}
    assert expected - linked == set()


def test_pages_show_what_they_show_on_github(built: Path) -> None:
    """Text, lists, tables and code: the two read Markdown in their own ways."""
    staged = built / "pages"
    for page in staged.rglob("*.md"):
        path = page.relative_to(staged).as_posix().removesuffix(".md").removesuffix("index").rstrip("/")
        article = html(built / "site" / path / "index.html").find(".//article")
        assert article is not None, path
        for extra in article.xpath('.//a[@class="headerlink"] | .//nav | .//aside | .//span[@class="filename"]'):
            extra.drop_tree()
        assert parts(article) == parts(as_on_github(page.read_text(encoding="utf-8"))), path


def as_on_github(text: str) -> lxml.html.HtmlElement:
    """Return a page as GitHub renders it."""
    extensions = comrak.ExtensionOptions()
    extensions.table = extensions.strikethrough = extensions.autolink = True
    extensions.front_matter_delimiter = "---"
    escaped = "\n".join(_with_escaped_pipes(line) for line in text.split("\n"))
    return lxml.html.fromstring(f"<div>{comrak.render_markdown(escaped, extension_options=extensions)}</div>")


def _with_escaped_pipes(line: str) -> str:
    """Return a row of a table as GitHub wants it; pages are staged without the backslash in code."""
    parts = line.split("`")
    if not line.startswith("|"):
        return line
    return "`".join(part.replace("|", "\\|") if number % 2 else part for number, part in enumerate(parts))


def parts(body: lxml.html.HtmlElement) -> list[tuple[str, str, str]]:
    """Return each heading, item of a list, cell and block of code: its element, its number and its text."""
    found = []
    for element in body.iter("h1", "h2", "h3", "h4", "ol", "li", "th", "td", "pre"):
        start = element.get("start", "1") if element.tag == "ol" else ""
        found.append((str(element.tag), start, "".join(element.text_content().split())))
    return found


def test_a_page_in_another_language_says_so(site: Path) -> None:
    assert html(site / "tutorials/first-letter.zh/index.html").get("lang") == "zh"
    assert html(site / "tutorials/first-letter/index.html").get("lang") == "en"


def test_search_finds_what_pages_say(site: Path) -> None:
    items = json.loads((site / "search.json").read_text(encoding="utf-8"))["items"]
    found = {item["location"] for item in items if "look_back" in item["text"]}
    assert any(location.startswith("editions/") for location in found)
    assert any(location.startswith("configuration/") for location in found)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine; yield its address."""
    handler = partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.mark.skipif(PROGRAM is None, reason="chromium is not installed")
@pytest.mark.parametrize("words", ["look_back", "授权码"])
def test_who_types_into_the_search_field_gets_results(words: str, site: Path, tmp_path: Path) -> None:
    with served(site) as address, browser(tmp_path) as page:
        page.open(address)
        page.until("document.querySelector('button.md-search__button') !== null")
        page.run("document.querySelector('button.md-search__button').click()")
        page.until("[...document.querySelectorAll('*')].some(each => each.shadowRoot?.querySelector('input'))")
        page.call("Input.insertText", text=words)
        page.until(
            "[...document.querySelectorAll('*')].some(each => /[1-9]\\d* results?/.test(each.shadowRoot?.textContent))"
        )


def test_llms_txt_lists_the_markdown_of_every_page(site: Path) -> None:
    listed = (site / "llms.txt").read_text(encoding="utf-8")
    assert listed.startswith("# digest\n\n> ")
    links = [line.partition("](")[2].partition(")")[0] for line in listed.split("\n") if line.startswith("- [")]
    assert len(links) == len(set(links)) > 20
    whole = (site / "llms-full.txt").read_text(encoding="utf-8")
    for link in links:
        text = file_of(link, site).read_text(encoding="utf-8")
        assert text.strip() in whole
        pages = [piece.partition(")")[0] for piece in text.split("](")[1:]]
        assert [
            page for page in pages if page.startswith(URL) and not file_of(page.partition("#")[0], site).is_file()
        ] == []


def test_the_news_are_feeds_and_editions(site: Path) -> None:
    posts = [post for post in (DOCS / "news").glob("*.md") if post.name != "index.md"]
    for name in ("feed.xml", "atom.xml"):
        feed = feedparser.parse((site / "news" / name).read_bytes())
        assert not feed.bozo
        assert len(feed.entries) == len(posts)
        for entry in feed.entries:
            assert file_of(entry.link, site).is_file()
    editions = list((site / OWN / "monthly").glob("*/manifest.json"))
    sent = [post for edition in editions for post in json.loads(edition.read_text(encoding="utf-8"))["posts"]]
    assert len(sent) == len(posts)
    linked = [str(link) for edition in editions for link in html(edition.parent / "index.html").xpath("//a/@href")]
    assert urljoin(URL, "project/changelog/") in linked
    assert [link for link in linked if link.startswith("http") and not link.startswith(URL)] == []
    head = (site / "feeds/index.html").read_text(encoding="utf-8")
    assert 'type="application/atom+xml"' in head


def test_the_lock_of_the_docs_has_the_versions_of_the_tests() -> None:
    """Both are installed into one environment."""
    of_docs, of_tests = (locked(name) for name in ("docs/requirements.lock", "requirements-dev.lock"))
    shared = of_docs.keys() & of_tests.keys()
    assert shared
    assert {name: of_docs[name] for name in shared} == {name: of_tests[name] for name in shared}


def locked(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pins = [line.partition(" ")[0].partition("==") for line in lines if "==" in line and line[0].isalpha()]
    return {package: version for package, _, version in pins}
