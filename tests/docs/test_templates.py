"""docs/templates.md names every value that a template of the owner's may use: those that the program fills in."""

import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
import pytest
from msgspec import Struct

from digest import build
from digest.build.families import load_config
from digest.collector.post import Post
from digest.localisation import Words
from digest.pool import WorkerPool
from digest.unsubscribe import wsgi_app
from tests.commands import Command
from tests.conftest import MakeSite
from tests.docs.pages import DOCS, ROOT, codes, rows, section

PAGE = DOCS / "templates.md"
NOW = "2026-11-23T09:00:00+08:00"
FIRST = "2026-11-22T09:00:00+08:00"
CARDS = "### Cards"
INTERNAL = {"body_start", "body_line", "source_hash", "restructured", "shown_early", "enclosure_sources"}  # of a post
IN_LETTERS = "In every template of a letter"
PARTS = ("section", "slot", "contents-section", "contents-more", "share")
SHARED = {"site", "theme", "words"}
OF_PARTS = {"comma", "button_text", "dark_button_text"}
OWN = """
[feeds.extra.own]
title = "Own"
template = "own.txt.jinja"
[digests.daily]
every = "day"
share = ["mail"]
tags = "text"
"""

Values = dict[str, dict[str, set[str]]]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Values:
    """Return the names of the values that each template gets, and of what is in those, in the sample site."""
    found: Values = defaultdict(lambda: defaultdict(set))
    render = jinja2.Template.render

    def recording(self: jinja2.Template, *given: Any, **named: Any) -> str:
        for name, value in dict(*given, **named).items():
            found[str(self.name)][name] |= set(names_in(value))
        return render(self, *given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Template, "render", recording)
        build_sample(tmp_path_factory.mktemp("sample"), patch)
    return found


def build_sample(root: Path, patch: pytest.MonkeyPatch) -> None:
    """Build the sample site with everything that has a template, and ask for the unsubscribe page."""
    for name in ("content", "notes", "static"):
        shutil.copytree(ROOT / name, root / name)
    settings = (ROOT / "digest.toml").read_text(encoding="utf-8")
    (root / "digest.toml").write_text(settings + OWN, encoding="utf-8")
    (root / "templates").mkdir()
    (root / "templates/own.txt.jinja").write_text("{{ feed.title }}")
    patch.setenv("DIGEST_SECRET", "correct-horse-battery-staple")
    config = load_config(root, root / "digest.toml")
    for moment in (FIRST, NOW):
        build(config, datetime.fromisoformat(moment), pool=WorkerPool(1))
    asked = {"REQUEST_METHOD": "GET", "QUERY_STRING": "digest=weekly&token=wrong", "REMOTE_ADDR": "127.0.0.1"}
    list(wsgi_app(config)(asked, lambda *_: None))


def names_in(value: object) -> list[str]:
    """Return the names of what is in a value; in a list, of what is in its items."""
    if isinstance(value, Sequence) and not isinstance(value, str) and not hasattr(value, "_fields"):
        return [name for item in list(value)[:3] for name in names_in(item)]
    if isinstance(value, Mapping):
        return [str(key) for key in value]
    if isinstance(value, Struct):
        return [name for name in dir(value) if not name.startswith("_")]
    return list(getattr(value, "_fields", ()))


def documented(heading: str) -> set[str]:
    """Return the values that the table below a heading names."""
    return {name for row in rows(section(PAGE, heading)) for name in codes(row[0])}


def test_the_page_and_the_text_part(filled: Values) -> None:
    assert documented("### `email.html.jinja`") == set(filled["email.html.jinja"]) - SHARED
    assert documented("### `email.txt.jinja`") == set(filled["email.txt.jinja"]) - SHARED
    assert documented("### `email.css`") == set(filled["email.css"])


@pytest.mark.parametrize("part", PARTS)
def test_parts_of_the_page(part: str, filled: Values) -> None:
    name = f"{part}.html.jinja"
    assert filled[name]
    assert documented(f"### `{name}`") == set(filled[name]) - SHARED - OF_PARTS


def test_cards(filled: Values) -> None:
    found = set()
    for name in ("featured", "compact", "links", "brief"):
        values = filled[f"card-{name}.html.jinja"]
        found |= {f"card.{inner}" for inner in values["card"]} | (set(values) - SHARED - OF_PARTS - {"card"})
    assert documented(CARDS) == found


def test_the_archive_and_the_page_of_feeds(filled: Values) -> None:
    archive = filled["editions.html.jinja"]
    text = section(PAGE, "## `editions.html.jinja`")
    assert documented("## `editions.html.jinja`") == set(archive)
    assert archive["editions"] | archive["feeds"] <= set(codes(text))
    assert documented("## `feeds.html.jinja`") == set(filled["feeds.html.jinja"])
    text = section(PAGE, "## `feeds.html.jinja`")
    assert filled["feeds.html.jinja"]["main"] | set(filled["feed.css"]) <= set(codes(text))


def test_the_unsubscribe_page(filled: Values) -> None:
    assert documented("## `unsubscribe.html.jinja`") == set(filled["unsubscribe.html.jinja"])
    assert set(filled["unsubscribe.css"]) <= set(codes(section(PAGE, "## `unsubscribe.html.jinja`")))


def test_a_feed_template(filled: Values) -> None:
    top, _, entry = section(PAGE, "## A feed template of your own").partition("\nAn entry:\n")
    values = filled["own.txt.jinja"]
    assert {name for row in rows(top) for name in codes(row[0])} == set(values)
    assert {name for row in rows(entry) for name in codes(row[0])} == values["entries"]
    assert values["author"] <= set(codes(top))


def test_a_post_in_a_subject(filled: Values) -> None:
    fields = set(Post.__struct_fields__) - INTERNAL
    assert documented("## A post") == fields
    subject = filled["None"]
    assert documented("### The subject") <= set(subject)


def test_the_words_are_those_of_the_catalogues() -> None:
    assert documented("## Words") == {*Words.__struct_fields__, "colon"}


def test_every_template_that_ships_has_its_place_on_the_page() -> None:
    shipped = {path.name for path in (ROOT / "templates").glob("*.*")} - {"preview.html.jinja", "card-parts.html.jinja"}
    assert shipped <= set(codes(PAGE.read_text(encoding="utf-8")))


def test_what_is_not_in_the_tables_is_an_error(make_site: MakeSite, digest: Command) -> None:
    post = "---\ntitle: One\ndate: 2026-11-20\n---\nText.\n"
    site = make_site(
        {"content/a.md": post, "templates/card-featured.html.jinja": "\n{{ heading }}"}, "[digests.weekly]\n"
    )
    ended = digest(site, "build", "--now", "2026-11-23T09:00:00+00:00")
    assert ended.code == 78
    assert "card-featured.html.jinja:2" in ended.err
    assert "'heading' is undefined" in ended.err
