"""Build the docs site into build/docs/site: the pages with Zensical, their feeds and newsletter with `digest build`.

    python docs/build_site.py [--url URL] [--to FOLDER]

Three steps: the pages are staged (docs/, and what else zensical.toml names) with links that hold on the site, Zensical
makes HTML of them, and the site gets what Zensical does not make: the Markdown of each page, llms.txt, and the news
as feeds and editions.
"""

import argparse
import json
import posixpath
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
CONFIG = ROOT / "zensical.toml"
HERE = "http://127.0.0.1:8000/"
FILES = "repository"  # folder of the site for files of the repository that pages link to
PROJECT = "project"  # folder of the site for pages that stand outside docs/
Nav = list[Any]  # titles with a path below docs/ or what is below them, and paths or patterns without a title
NOT_SENT = {"no-sender", "no-unsubscribe"}  # problems of a letter that is sent; this one is only shown
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
ASSETS = ("**/*.png", "**/*.svg", "site.css")


def main() -> int:
    """Build the site; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--url", default=HERE, help=f"the site's address (default: {HERE})")
    parser.add_argument("--to", type=Path, default=ROOT / "build/docs", help="folder to build in")
    chosen = parser.parse_args()
    return build(chosen.to, chosen.url.rstrip("/") + "/")


def build(folder: Path, url: str) -> int:
    """Build the site for an address below `folder`; return the exit code."""
    shutil.rmtree(folder, ignore_errors=True)
    nav = navigation()
    stage(folder, nav, url)
    if not made_html(folder):
        return 1
    site = folder / "site"
    mark_languages(site, nav)
    write_markdown(folder, site, nav, url)
    write_llms(site, nav, url)
    return publish_news(folder, url)


def made_html(folder: Path) -> bool:
    """Return whether Zensical made the HTML without a warning; if not, print what it said."""
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean", "-f", str(folder / "zensical.toml")]
    made = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    if made.returncode:
        said, _, _ = f"{made.stdout}{made.stderr}".partition("Traceback")
        sys.stderr.write(COLOURS.sub("", said))
    return made.returncode == 0


# What stands where


def navigation() -> Nav:
    """Return the navigation of zensical.toml with a title and a path below docs/ for every page."""
    items = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["project"]["nav"]
    named = [path for _, path in leaves(items) if not path.endswith("/")]
    return expanded(items, {page for path in named for page in matching(path)} | set(named))


def expanded(items: Nav, named: set[str]) -> Nav:
    """Return a part of the navigation with its pages in place of patterns, and without sections that have none."""
    found: Nav = []
    for item in items:
        if isinstance(item, str):
            pages = matching(item)
            found += [{heading(DOCS / page): page} for page in pages if not item.endswith("/") or page not in named]
            continue
        ((title, below),) = item.items()
        inner = below if isinstance(below, str) else expanded(below, named)
        found += [{title: inner}] if inner else []
    return found


def matching(path: str) -> list[str]:
    """Return the pages that a path without a title stands for: those of a folder, of a pattern, or this one."""
    pattern = f"{path}*.md" if path.endswith("/") else path.removesuffix(".md") + ".md"
    found = sorted(page.relative_to(DOCS).as_posix() for page in DOCS.glob(pattern))
    return found[::-1] if path == "news/" else found  # the newest first


def leaves(items: Nav) -> Iterator[tuple[str, str]]:
    """Yield title and path of each entry of the navigation that is no section; an empty title where it has none."""
    for item in items:
        if isinstance(item, str):
            yield "", item
            continue
        ((title, below),) = item.items()
        if isinstance(below, str):
            yield title, below
        else:
            yield from leaves(below)


def sections(nav: Nav) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the sections of the site, each with title and path of its pages."""
    return [(title, list(leaves([{title: below}]))) for item in nav for title, below in dict(item).items()]


def heading(page: Path) -> str:
    """Return the title of a page: that of its front matter, else its first heading."""
    for line in page.read_text(encoding="utf-8").split("\n"):
        if line.startswith(("# ", "title: ")):
            return line.partition(" ")[2].replace("`", "").strip()
    return page.stem


def staged(path: str) -> str:
    """Return the path below the site's pages for a path below docs/."""
    if not path.startswith("../"):
        return path
    return f"{PROJECT}/{posixpath.basename(path).lower()}"


# The pages, before Zensical


def stage(folder: Path, nav: Nav, url: str) -> None:
    """Write the pages and Zensical's configuration into a folder."""
    pages = folder / "pages"
    paths = [path for _, path in leaves(nav)]
    for path in paths:
        target = pages / staged(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page_text(path, paths, pages), encoding="utf-8")
    for pattern in ASSETS:
        for file in DOCS.glob(pattern):
            copy(file, pages / file.relative_to(DOCS))
    copy(ROOT / "LICENSE", pages / FILES / "LICENSE")
    shutil.copytree(DOCS / "theme", folder / "theme")
    (folder / "zensical.toml").write_text(configuration(nav, url), encoding="utf-8")


def copy(file: Path, target: Path) -> None:
    """Copy a file; its folder is made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)


def configuration(nav: Nav, url: str) -> str:
    """Return Zensical's configuration, with every page in `nav` and the site's address."""
    before, _, rest = CONFIG.read_text(encoding="utf-8").partition("nav = [\n")
    _, _, after = rest.partition("\n]\n")
    lines = [f"site_url = {quoted(url)}", "nav = [", *(f"  {entry(item)}," for item in nav), "]\n"]
    return before + "\n".join(lines) + after


def entry(item: dict[str, Any]) -> str:
    """Return an entry of the navigation as a table of TOML, with the paths of the site."""
    ((title, below),) = item.items()
    value = quoted(staged(below)) if isinstance(below, str) else f"[{', '.join(map(entry, below))}]"
    return f"{{ {quoted(title)} = {value} }}"


def quoted(text: str) -> str:
    """Return a text as a string of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def page_text(path: str, paths: list[str], pages: Path) -> str:
    """Return the Markdown of a page as the site needs it."""
    text = (DOCS / path).read_text(encoding="utf-8")
    if path == "news/index.md":
        text += "\n" + "".join(f"- {news_line(page)}\n" for page in paths if is_post(page))
    return with_links(text, lambda target: linked(target, path, paths, pages))


def with_links(text: str, change: Callable[[str], str]) -> str:
    """Return Markdown with the target of each link changed. Code stays, but `\\|` becomes `|`."""
    lines = []
    fence = ""
    for line in text.split("\n"):
        mark = line.lstrip()[:3]
        if mark in {"```", "~~~"} and fence in {"", mark}:
            fence = "" if fence else mark
        is_text = not fence and not line.startswith("    ")
        lines.append(line_with_links(line, change) if is_text else line)
    return "\n".join(lines)


def line_with_links(line: str, change: Callable[[str], str]) -> str:
    """Return a line of Markdown with the target of each link changed."""
    parts = line.split("`")
    is_row = line.startswith("|")
    for number, part in enumerate(parts):
        is_code = number % 2 == 1
        if is_code:
            parts[number] = part.replace("\\|", "|") if is_row else part
        else:
            before, *pieces = part.split("](")
            parts[number] = "](".join([before, *(changed(piece, change) for piece in pieces)])
    return "`".join(parts)


def changed(piece: str, change: Callable[[str], str]) -> str:
    """Return what follows `](` with the target changed."""
    target, closing, rest = piece.partition(")")
    is_link = target and ":" not in target and " " not in target
    return f"{change(target)}{closing}{rest}" if is_link else piece


def is_post(path: str) -> bool:
    """Return whether a page is a post of the news."""
    return path.startswith("news/") and path != "news/index.md"


def news_line(path: str) -> str:
    """Return the line of a post in the list of news."""
    date = front_matter(DOCS / path)["date"]
    return f"{date}: [{heading(DOCS / path)}]({posixpath.basename(path)})"


def front_matter(page: Path) -> dict[str, str]:
    """Return the `key: value` lines between the first two fences of a post."""
    _, header, _ = page.read_text(encoding="utf-8").split("---\n", 2)
    return dict(line.split(": ", 1) for line in header.strip().split("\n"))


def linked(target: str, path: str, paths: list[str], pages: Path) -> str:
    """Return the target that a link of a page has on the site. A file outside docs/ that it names is copied there."""
    file, mark, anchor = target.partition("#")
    if not file:
        return target
    found = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)).removeprefix("../docs/")
    there = staged(found) if found in paths else found
    if there.startswith("../") and (DOCS / found).is_file():
        there = f"{FILES}/{found.removeprefix('../')}"
        copy(DOCS / found, pages / there)
    relative = posixpath.relpath(there, posixpath.dirname(staged(path)) or ".")
    return f"{relative}{mark}{anchor}"


# What the site has besides HTML


def address(path: str) -> str:
    """Return the address of a page below the site's."""
    page = staged(path).removesuffix(".md")
    return "" if page == "index" else f"{page.removesuffix('/index')}/"


def mark_languages(site: Path, nav: Nav) -> None:
    """Say the language of pages whose names end in it, `first-letter.zh.md`; Zensical knows one for all."""
    for _, path in leaves(nav):
        language = posixpath.basename(path).removesuffix(".md").partition(".")[2]
        if language:
            page = site / address(path) / "index.html"
            text = page.read_text(encoding="utf-8")
            page.write_text(text.replace('<html lang="en"', f'<html lang="{language}"', 1), encoding="utf-8")


def write_markdown(folder: Path, site: Path, nav: Nav, url: str) -> None:
    """Write the Markdown of each page beside its HTML, as index.md, with whole addresses."""
    for _, path in leaves(nav):
        text = (folder / "pages" / staged(path)).read_text(encoding="utf-8")
        whole = partial(whole_address, urljoin(url, staged(path)))
        (site / address(path) / "index.md").write_text(with_links(text, whole), encoding="utf-8")


def whole_address(here: str, link: str) -> str:
    """Return the whole address of a link; that of a page is the address of its Markdown."""
    found, mark, anchor = urljoin(here, link).partition("#")
    is_page = found.endswith(".md") and not found.endswith("/index.md")
    return f"{found.removesuffix('.md')}/index.md{mark}{anchor}" if is_page else f"{found}{mark}{anchor}"


def address_on_site(here: str, link: str) -> str:
    """Return the whole address of a link from the page at `here`; that of a page is the address of its HTML."""
    found, mark, anchor = urljoin(here, link).partition("#")
    return (
        f"{found.removesuffix('index.md').removesuffix('.md').rstrip('/')}/{mark}{anchor}"
        if found.endswith(".md")
        else found
    )


def write_llms(site: Path, nav: Nav, url: str) -> None:
    """Write llms.txt (https://llmstxt.org), which lists the pages, and llms-full.txt, which has their text."""
    config = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["project"]
    lines = [f"# {config['site_name']}", "", f"> {config['site_description']}."]
    texts = []
    for section, pages in sections(nav):
        lines += ["", f"## {section}", ""]
        for title, path in pages:
            text = (site / address(path) / "index.md").read_text(encoding="utf-8")
            link = urljoin(url, f"{address(path)}index.md")
            about = first_sentence(text)
            lines.append(f"- [{title}]({link})" + (f": {about}" if about else ""))
            texts.append(f"<!-- {link} -->\n\n{text.strip()}\n")
    (site / "llms.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (site / "llms-full.txt").write_text("\n".join(texts), encoding="utf-8")


def first_sentence(text: str) -> str:
    """Return the first sentence of a page's first paragraph, without Markdown's links."""
    body = text.split("---\n", 2)[2] if text.startswith("---\n") else text
    plain = (paragraph for paragraph in body.split("\n\n") if paragraph[:1].isalpha() or is_code_at_first(paragraph))
    paragraph = " ".join(next(plain, "").split())
    for link in paragraph.split("](")[1:]:
        paragraph = paragraph.replace(f"]({link.partition(')')[0]})", "")
    sentence, dot, _ = paragraph.replace("[", "").partition(". ")
    return f"{sentence}{dot.strip()}"


def is_code_at_first(paragraph: str) -> bool:
    """Return whether a paragraph begins with code in a line, not with a block of code."""
    return paragraph.startswith("`") and not paragraph.startswith("```")


# The news


def publish_news(folder: Path, url: str) -> int:
    """Build the feeds and editions of the news into the site: an edition for each month that has a post."""
    newsletter = folder / "newsletter"
    posts = sorted(post for post in (DOCS / "news").glob("*.md") if post.name != "index.md")
    (newsletter / "posts").mkdir(parents=True)
    for post in posts:
        staged_post = (folder / "pages/news" / post.name).read_text(encoding="utf-8")
        site_address = partial(address_on_site, urljoin(url, f"news/{post.name}"))
        (newsletter / "posts" / post.name).write_text(with_links(staged_post, site_address), encoding="utf-8")
    settings = (DOCS / "news/digest.toml").read_text(encoding="utf-8")
    (newsletter / "digest.toml").write_text(settings.replace(f"{HERE}news/", f"{url}news/"), encoding="utf-8")
    months = sorted({front_matter(post)["date"][:7] for post in posts})
    for month in months:
        if not is_built(newsletter, month_end(month)):
            return 1
    shutil.copytree(newsletter / "public", folder / "site/news", dirs_exist_ok=True)
    return 0


def is_built(newsletter: Path, now: datetime) -> bool:
    """Return whether the news were built as of a moment without a problem; if not, print what is wrong."""
    command = [sys.executable, "-m", "digest", "build", "--json", "--quiet", "-C", str(newsletter)]
    made = subprocess.run([*command, "--now", now.isoformat()], check=False, cwd=ROOT, capture_output=True)
    problems = json.loads(made.stdout)["problems"] if made.stdout else [{"message": made.stderr.decode()}]
    wrong = [problem for problem in problems if problem.get("code") not in NOT_SENT]
    sys.stderr.writelines(f"{problem.get('path', '')}: {problem['message']}\n" for problem in wrong)
    return made.returncode == 0 and not wrong


def month_end(month: str) -> datetime:
    """Return the moment at which the edition of a month is due: the first of the next month, at midnight in UTC."""
    year, number = map(int, month.split("-"))
    return datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
