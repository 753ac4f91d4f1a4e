"""The page that lists the feeds, the OPML file and the style sheet."""

import html
import re
from pathlib import Path

import html5lib
import pytest
from jinja2.exceptions import SecurityError, UndefinedError
from lxml import etree

from digest import feeds
from digest.config import Config, Person
from digest.templates import environment
from tests.commands import NOW, POSTS, TOML, Command
from tests.conftest import MakeSite
from tests.feed_rules import html_faults
from tests.feed_samples import config, document, extra, post, posts


def site(**keys: str) -> Config:
    """Return a site that has one feed of each kind."""
    return config(
        site=dict(keys), per_language=True, archive=True, limit=1, extra={"best": extra("The best", any=("News",))}
    )


def page(made: Config) -> str:
    """Return the page that lists every feed there can be."""
    planned = (*feeds.plan(made, posts(3)), feeds.edition_feed(made, "weekly", post().date))
    return feeds.pages(planned, made)["feeds/index.html"].decode()


def test_every_feed_is_on_the_page_in_every_format_and_no_archive() -> None:
    text = page(site())
    for folder in ("", "languages/en/", "tags/news/", "feeds/best/", "editions/weekly/"):
        for name in ("feed.xml", "atom.xml", "feed.json"):
            assert f'href="https://harbour.example/{folder}{name}"' in text
    assert "archive/" not in text
    assert 'href="https://harbour.example/feeds/feeds.opml"' in text
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", text)[:5] == [
        "Everything",
        "By language",
        "Selections",
        "By tag",
        "Digests",
    ]


def test_browsers_find_the_feeds_and_owners_can_copy_the_lines() -> None:
    text = page(site(title='R&D "quoted"'))
    line = '<link rel="alternate" type="application/rss+xml" title="R&amp;D &quot;quoted&quot;" href="https://harbour.example/feed.xml">'
    assert html.unescape(text.split("<code>")[1].split("</code>")[0]).splitlines()[0] == line
    head = html5lib.parse(text, namespaceHTMLElements=False).find("head")
    found = [(e.get("type"), e.get("href")) for e in head.iter("link") if e.get("rel") == "alternate"]
    assert found[0] == ("application/rss+xml", "https://harbour.example/feed.xml")
    assert len(found) == 3


def test_the_page_is_strict_html() -> None:
    text = page(site())
    html5lib.HTMLParser(strict=True).parse(text)
    assert html_faults(re.sub(r"(?s).*<main>|</main>.*", "", text)) == []


@pytest.mark.parametrize(
    ("language", "heading", "direction"),
    [
        ("en", "Feeds", "ltr"),
        ("zh-CN", "订阅源", "ltr"),
        ("zh-TW", "訂閱源", "ltr"),
        ("de-AT", "Feeds", "ltr"),
        ("fr", "Flux", "ltr"),
        ("es-MX", "Fuentes", "ltr"),
        ("ja", "フィード", "ltr"),
        ("ar", "Feeds", "rtl"),
    ],
)
def test_the_page_speaks_the_sites_language(language: str, heading: str, direction: str) -> None:
    text = page(site(language=language))
    assert f"<h1>{heading}</h1>" in text
    assert f'<html lang="{language}" dir="{direction}">' in text


def test_seven_languages_have_words_of_their_own() -> None:
    languages = ("en", "zh", "zh-Hant", "de", "fr", "es", "ja")
    assert len({page(site(language=language)).partition('<html lang="')[2][10:] for language in languages}) == 7
    assert "Zurück zu " in page(site(language="de-AT"))


def test_a_page_without_feeds_is_still_a_page() -> None:
    files = feeds.pages((), config())
    assert b"<h1>Feeds</h1>" in files["feeds/index.html"]
    assert len(etree.fromstring(files["feeds/feeds.opml"]).findall("body/outline")) == 0


def test_opml_names_each_feed_once() -> None:
    made = config(formats=("json", "atom"), archive=True, limit=1)
    planned = feeds.plan(made, posts(3, tags=("R&D",)))
    root = etree.fromstring(feeds.pages(planned, made)["feeds/feeds.opml"])
    found = [(e.get("text"), e.get("type"), e.get("xmlUrl")) for e in root.iter("outline") if e.get("xmlUrl")]
    assert found == [
        ("The Harbour Post", "rss", "https://harbour.example/atom.xml"),
        ("R&D – The Harbour Post", "rss", "https://harbour.example/tags/r-d/atom.xml"),
    ]
    assert root.findtext("head/dateModified") == "Sun, 04 Jan 2026 09:30:00 +0800"


def test_opml_puts_tags_languages_and_digests_into_outlines_of_their_own() -> None:
    made = site(language="de")
    planned = (*feeds.plan(made, posts(3)), feeds.edition_feed(made, "weekly", post().date))
    root = etree.fromstring(feeds.pages(planned, made)["feeds/feeds.opml"])
    outlines = root.findall("body/outline")
    assert [(e.get("text"), e.get("type"), len(e)) for e in outlines] == [
        ("The Harbour Post", "rss", 0),
        ("Nach Sprache", None, 1),
        ("Auswahlen", None, 1),
        ("Nach Schlagwort", None, 1),
        ("Digests", None, 1),
    ]
    assert all(inner.get("xmlUrl") and not len(inner) for outer in outlines[1:] for inner in outer)
    assert root.find("head/docs") is None


def test_languages_are_called_by_their_own_names() -> None:
    made = config(per_language=True)
    planned = feeds.plan(made, (post(2, language="ar"), post(1, language="zh-Hant")))
    text = feeds.pages(planned, made)["feeds/index.html"].decode()
    assert '<bdi lang="ar">العربية</bdi>' in text
    assert '<bdi lang="zh-Hant">繁體中文</bdi>' in text or '<bdi lang="zh-Hant">中文 (繁體)</bdi>' in text


def test_the_lines_for_owners_are_folded_away() -> None:
    parts = page(site()).split("<details>")
    assert len(parts) == 2
    assert "<summary>For website owners</summary>" in parts[1]
    assert "<code>" in parts[1].split("</details>")[0]


def test_pages_name_the_author_in_the_fediverse() -> None:
    author = Person(name="Mara", fediverse="@mara@masto.example", profiles=("https://masto.example/@mara",))
    made = config(site={"author": author})
    head = html5lib.parse(page(made), namespaceHTMLElements=False).find("head")
    assert [e.get("content") for e in head.iter("meta") if e.get("name") == "fediverse:creator"] == [
        "@mara@masto.example"
    ]
    assert [e.get("href") for e in head.iter("link") if e.get("rel") == "me"] == ["https://masto.example/@mara"]
    assert "fediverse" not in page(site())


def test_editions_on_the_web_name_the_author_and_e_mails_do_not(make_site: MakeSite, digest: Command) -> None:
    author = '[site.author]\nfediverse = "@mara@masto.example"\nprofiles = ["https://masto.example/@mara"]\n'
    root = make_site(POSTS, TOML + author)
    assert digest(root, "build", "--now", NOW).code == 0
    (edition,) = (root / "public/editions/weekly").glob("2026-*")
    for file in (edition / "index.html", edition.parent / "index.html"):
        text = file.read_text(encoding="utf-8")
        assert '<meta name="fediverse:creator" content="@mara@masto.example">' in text
        assert '<link rel="me" href="https://masto.example/@mara">' in text
    assert "masto.example" not in (edition / "email.html").read_text(encoding="utf-8")


def test_the_style_sheet_stands_where_feeds_name_it() -> None:
    made = config()
    css = feeds.pages(feeds.plan(made, ()), made)["feeds/feed.css"].decode()
    assert b'href="feeds/feed.css"' in document(made, (), "rss")
    assert "&#" not in css
    assert "{{" not in css
    assert css.count("{") == css.count("}")


def test_a_sites_own_template_replaces_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/feeds.html.jinja").write_text("<p>{{ title }} is mine")
    made = config(tmp_path, site={"templates": "mine", "title": "A & B"})
    files = feeds.pages((), made)
    assert files["feeds/index.html"] == b"<p>A &amp; B is mine"
    assert files["feeds/feed.css"] == feeds.pages((), config())["feeds/feed.css"]


def test_templates_can_neither_misspell_nor_break_out(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    made = config(tmp_path, site={"templates": "mine"})
    for source, error in (("{{ titel }}", UndefinedError), ("{{ ''.__class__.__mro__ }}", SecurityError)):
        with pytest.raises(error):
            environment(made.own_templates).from_string(source).render(title="x")


def test_only_text_templates_go_unescaped(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    for name in ("a.txt", "a.txt.jinja", "a.html.jinja", "a.xml"):
        (tmp_path / "mine" / name).write_text("{{ x }}")
    made = environment(config(tmp_path, site={"templates": "mine"}).own_templates)
    found = {name: made.get_template(name).render(x="&") for name in made.list_templates() if name.startswith("a.")}
    assert found == {"a.txt": "&", "a.txt.jinja": "&", "a.html.jinja": "&amp;", "a.xml": "&amp;"}
