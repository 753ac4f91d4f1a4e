"""The examples on the pages of the reference: commands print what the page shows, and what is to be copied works."""

from pathlib import Path

import pytest

from tests.commands import NOW, Command
from tests.conftest import MakeSite
from tests.docs import runner
from tests.docs.pages import DOCS
from tests.docs.runner import Block

PAGES = sorted(page for page in DOCS.glob("*.md"))
POST = "---\ntitle: A post\ndate: 2026-11-20\naudio: {url: /a.mp3, length: 9}\n---\nText.\n"
# A block without a table of its own, and the one that it belongs to.
FRAGMENTS = {"any = [": "[digests.weekly]"}
OF_PACKAGES = "[project.entry-points"
SERVERS = ("preview.md",)  # whose command waits for somebody


def blocks_of(language: str) -> list[tuple[str, Block]]:
    found = [(page.name, block) for page in PAGES for block in runner.blocks(page.read_text(encoding="utf-8"))]
    return [(name, block) for name, block in found if block.language == language]


def ids(blocks: list[tuple[str, Block]]) -> list[str]:
    return [f"{name}:{block.line}" for name, block in blocks]


TOML = [(name, block) for name, block in blocks_of("toml") if not block.text.startswith(OF_PACKAGES) and not block.file]
JINJA = blocks_of("jinja")
YAML = blocks_of("yaml")
RUN = [
    page
    for page in PAGES
    if page.name == "index.md" or ("\n```console\n" in page.read_text(encoding="utf-8") and page.name not in SERVERS)
]


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_commands_print_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    made = runner.Runner(tmp_path, runner.clock(page.read_text(encoding="utf-8")))
    assert runner.check(page, made) == []


def test_the_commands_of_the_readme_succeed(tmp_path: Path) -> None:
    """All but those that install or wait for somebody."""
    text = (DOCS.parent / "README.md").read_text(encoding="utf-8").partition("## A site of your own")[2]
    made = runner.Runner(tmp_path, runner.DEFAULT_CLOCK)
    block = next(block for block in runner.blocks(text) if block.language == "sh" and "digest init" in block.text)
    commands = [line for line in block.text.splitlines() if line.startswith("digest ") and "preview" not in line]
    assert len(commands) > 3
    for command in commands:
        code, printed = made.run(command)
        assert code == 0, f"{command}: {printed}"


@pytest.mark.parametrize(("page", "block"), TOML, ids=ids(TOML))
def test_settings_are_accepted(page: str, block: Block, make_site: MakeSite, digest: Command) -> None:
    table = next((table for start, table in FRAGMENTS.items() if block.text.startswith(start)), "")
    text = block.text.replace('template = "news.xml.jinja"\ntemplate_type = "rss"\n', "")
    ended = digest(make_site({"content/a.md": POST}, f"{table}\n{text}"), "check", "--now", NOW)
    assert ended.code == 0, ended.err


@pytest.mark.parametrize(("page", "block"), YAML, ids=ids(YAML))
def test_front_matter_is_read(page: str, block: Block, make_site: MakeSite, digest: Command) -> None:
    post = f"---\ntitle: A post\ndate: 2026-11-20\n{block.text}---\nText.\n"
    site = make_site({"content/a.md": post, "static/audio/tides.mp3": b"0" * 9}, '[site]\nurl = "https://n.example/"\n')
    ended = digest(site, "check", "--now", NOW)
    assert (ended.code, "content/a.md" in ended.err) == (0, False), ended.err


@pytest.mark.parametrize(("page", "block"), JINJA, ids=ids(JINJA))
def test_a_template_is_filled_in(page: str, block: Block, make_site: MakeSite, digest: Command) -> None:
    is_feed = page == "feeds.md"
    name = "news.xml.jinja" if is_feed else "email.html.jinja"
    table = (
        '[feeds.extra.news]\ntitle = "News"\ntemplate = "news.xml.jinja"\ntemplate_type = "rss"\n' if is_feed else ""
    )
    site = make_site({"content/a.md": POST, f"templates/{name}": block.text}, f"[digests.weekly]\n{table}")
    ended = digest(site, "build", "--now", NOW)
    assert ended.code == 0, ended.err
    made = "feeds/news/news.xml" if is_feed else "editions/weekly/2026-W48/email.html"
    text = (site / "public" / made).read_text(encoding="utf-8")
    assert "A post" in text
    assert is_feed or ">Leave</a>" in text


def test_rules_that_the_page_shows_are_taken(make_site: MakeSite, digest: Command) -> None:
    (block,) = [block for name, block in TOML if name == "emails.md" and "css" in block.text]
    site = make_site({"content/a.md": POST}, f'[site]\nurl = "https://n.example/"\n[digests.weekly]\n{block.text}')
    assert digest(site, "build", "--now", NOW).code == 0
    assert "Georgia, serif" in (site / "public/editions/weekly/2026-W48/email.html").read_text(encoding="utf-8")
