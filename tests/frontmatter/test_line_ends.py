"""Where a line ends: at LF, CRLF and CR, as in an editor, and at no other character that Python or YAML 1.1 ends it at.

A title that comes from elsewhere may hold any of them. It stays a title: what stands after one is no key.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.collector import clean_text
from tests.commands import Command
from tests.conftest import MakeSite

TOML = '[site]\nurl = "https://notes.example/"\n'
NOW = ("--now", "2026-12-01T00:00:00Z")
OLD_BREAKS = "\x85\u2028\u2029"  # of YAML 1.1
CONTROLS = "\x0b\x0c\x1c\x1d\x1e"  # what else str.splitlines() splits at
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
# What would be another key, in one language or another, if it began a line.
KEYS = ("draft: true", ".. draft: true", "draft = true", '"draft": true', "slug: taken", ".. slug: taken", "Tags: x, y")
PIECES = st.sampled_from(
    (*KEYS, *OLD_BREAKS, *CONTROLS, "---", "+++", "...", "-->", "    more", "# note", "- item", " ", "é", "\U00010000")
)
TEXTS = st.lists(PIECES, max_size=8).map(lambda pieces: f"One{''.join(pieces)} end")


class Way(NamedTuple):
    """A way to write front matter. `{0}` is a text; some characters cannot stand in it as they are."""

    header: str
    without: str = ""
    written: Callable[[str], str] = str

    def value(self, text: str) -> str:
        """Return `text` with spaces for what cannot stand in it."""
        return text.translate({ord(character): " " for character in self.without})

    def source(self, text: str) -> str:
        """Return a post with `text` as its title and its summary."""
        return self.header.format(self.written(text)) + "Body.\n"


WAYS = {
    "yaml-plain": Way("---\ntitle: {0}\ndate: 2026-11-18\nsummary: {0}\nlang: de\n---\n", f"{CONTROLS}:#"),
    "yaml-double": Way('---\ntitle: "{0}"\ndate: 2026-11-18\nsummary: "{0}"\nlang: de\n---\n', f'{CONTROLS}"'),
    "yaml-single": Way("---\ntitle: '{0}'\ndate: 2026-11-18\nsummary: '{0}'\nlang: de\n---\n", CONTROLS),
    "yaml-literal": Way("---\ntitle: |\n  {0}\ndate: 2026-11-18\nsummary: |\n  {0}\nlang: de\n---\n", CONTROLS),
    "yaml-folded": Way("---\ntitle: >-\n  {0}\ndate: 2026-11-18\nsummary: >\n  {0}\nlang: de\n---\n", CONTROLS),
    "yaml-note": Way("---\n# {0}\ntitle: '{0}'\ndate: 2026-11-18\nsummary: '{0}'\nlang: de\n---\n", CONTROLS),
    "yaml-list": Way(
        "---\nx: ['{0}', y]\ntitle: '{0}'\ndate: 2026-11-18\nsummary: '{0}'\nz:\n- '{0}'\nlang: de\n---\n", CONTROLS
    ),
    "yaml-unopened": Way("title: '{0}'\ndate: 2026-11-18\nsummary: |\n  {0}\nlang: de\n---\n", CONTROLS),
    "toml": Way("+++\ntitle = '{0}'\ndate = 2026-11-18\nsummary = '''{0}'''\nlang = 'de'\n+++\n", CONTROLS),
    "json": Way('{{\n"title": "{0}",\n"date": "2026-11-18",\n"summary": "{0}",\n"lang": "de"\n}}\n', f'{CONTROLS}"'),
    "json-escaped": Way(
        '{{\n"title": {0},\n"date": "2026-11-18",\n"summary": {0},\n"lang": "de"\n}}\n', written=json.dumps
    ),
    "json-fenced": Way(
        ';;;\n"title": "{0}",\n"date": "2026-11-18",\n"summary": "{0}",\n"lang": "de"\n;;;\n', f'{CONTROLS}"'
    ),
    "nikola": Way("<!--\n.. title: {0}\n.. date: 2026-11-18\n.. summary: {0}\n.. lang: de\n-->\n"),
    "nikola-bare": Way(".. title: {0}\n.. date: 2026-11-18\n.. summary: {0}\n.. lang: de\n\n"),
    "pelican": Way("Title: {0}\nDate: 2026-11-18\nSummary: {0}\nLang: de\n\n"),
    "pelican-long": Way("Title: {0}\nDate: 2026-11-18\nSummary:\n    {0}\nLang: de\n\n"),
}


def _posts(digest: Command, root: Path) -> dict[str, dict[str, Any]]:
    """Return what `digest list --json` shows of every post, by its slug's file."""
    listed = digest(root, "list", "--json", "--all", *NOW)
    return {Path(post["path"]).stem: post for post in map(json.loads, listed.out.split("\n")[:-1])}


def _problems(digest: Command, root: Path) -> dict[str, tuple[str, int]]:
    """Return code and line of the problem of every file, as `digest check --json` has it."""
    report = json.loads(digest(root, "check", "--json", *NOW).out)
    return {Path(problem["path"]).stem: (problem["code"], problem["line"]) for problem in report["problems"]}


def _shown(name: str, text: str) -> dict[str, Any]:
    """Return what is to be read of a post with `text` as its title, whatever `text` is."""
    title = clean_text(text)
    return {"title": title, "summary": title, "slug": name, "draft": False, "lang": "de", "tags": []}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS, min_size=4, max_size=4), LINE_ENDS)
def test_a_title_is_no_other_key(make_site: MakeSite, digest: Command, texts: list[str], end: str) -> None:
    values = {f"{name}-{n}": way.value(text) for name, way in WAYS.items() for n, text in enumerate(texts)}
    sources = {name: WAYS[name.rpartition("-")[0]].source(value) for name, value in values.items()}
    root = make_site({f"content/{name}.md": text.replace("\n", end) for name, text in sources.items()}, TOML)
    posts = _posts(digest, root)
    for name, value in values.items():
        expected = _shown(name, value)
        assert {key: posts[name][key] for key in expected} == expected, name
        assert posts[name]["date"].startswith("2026-11-18T00:00"), name


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, LINE_ENDS)
def test_a_problem_stands_on_the_line_that_an_editor_shows(
    make_site: MakeSite, digest: Command, text: str, end: str
) -> None:
    wrong = {name: way._replace(header=way.header.replace("de", "zz")) for name, way in WAYS.items()}
    sources = {name: way.source(way.value(text)) for name, way in wrong.items()}
    lines = {name: source[: source.lower().rindex("lang")].count("\n") + 1 for name, source in sources.items()}
    root = make_site({f"content/{name}.md": source.replace("\n", end) for name, source in sources.items()}, TOML)
    assert _problems(digest, root) == {name: ("unknown-language", line) for name, line in lines.items()}


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("character", OLD_BREAKS + CONTROLS)
def test_no_other_character_begins_a_key(make_site: MakeSite, digest: Command, name: str, character: str) -> None:
    way = WAYS[name]
    text = f"One{character}draft: true{character}slug: taken{character}.. draft: true"
    root = make_site({f"content/{name}.md": way.source(text)}, TOML)
    posts, problems = _posts(digest, root), _problems(digest, root)
    if way.value(text) == text:
        expected = _shown(name, text)
        assert {key: posts[name][key] for key in expected} == expected
        assert problems == {}
    else:  # a text that the language does not allow is an error on its line, and nothing of the post is read
        line = way.header.partition("{0}")[0].count("\n") + 1
        assert problems == {name: (name.partition("-")[0], line)}
        assert posts == {}


@pytest.mark.parametrize("character", OLD_BREAKS)
def test_the_place_of_a_mistake_counts_no_such_character(make_site: MakeSite, digest: Command, character: str) -> None:
    files = {
        "content/yaml.md": f"---\ntitle: 'a{character}b'\nx: '{character}{character}' y\n---\n",
        "content/same.md": f"---\ntitle: 'a{character}b'\nx: 1\nx: 2\n---\n",
        "content/toml.md": f"+++\ntitle = 'a{character}b'\nx = '{character}{character}' y\n+++\n",
        "content/twice.md": f"+++\ntitle = 'a{character}b'\nx = 1\nx = 2\n+++\n",
        "content/json.md": f';;;\n"x": "{character}{character}" y,\n"title": "a"\n;;;\n',
    }
    report = json.loads(digest(make_site(files, TOML), "check", "--json", *NOW).out)
    places = {Path(found["path"]).stem: (found["code"], found["line"], found["column"]) for found in report["problems"]}
    assert places == {
        "yaml": ("yaml", 3, 9),
        "same": ("duplicate-key", 4, 1),
        "toml": ("toml", 3, 10),
        "twice": ("duplicate-key", 4, 0),
        "json": ("json", 2, 11),
    }


def test_a_key_of_key_lines_begins_a_line(make_site: MakeSite, digest: Command) -> None:
    files = {
        "content/nikola.md": "<!--\u2028.. title: One\n.. date: 2026-11-18\n-->\n",
        "content/pelican.md": "Date: 2026-11-18\nTitle: One\n    \u2028goes on\nLang: de\n\nBody.\n",
        "content/unopened.md": "title: |\n  \u2028One\ndate: 2026-11-18\n\nlang: de\n---\nBody.\n",
    }
    root = make_site(files, TOML)
    posts = _posts(digest, root)
    assert _problems(digest, root) == {"nikola": ("no-front-matter", 1)}
    assert {name: (post["title"], post["lang"]) for name, post in posts.items()} == {
        "pelican": ("One goes on", "de"),
        "unopened": ("One", "de"),
    }


@pytest.mark.parametrize("character", OLD_BREAKS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_lines_of_the_configuration_are_an_editors(
    make_site: MakeSite, digest: Command, character: str, end: str
) -> None:
    toml = f'[site]\ntitle = "a{character}[feeds]{character}limit = 3"\n# {character}\n[feeds]\nlimit = 0\n'
    done = digest(make_site(toml=toml.replace("\n", end)), "check")
    assert done.code == 78
    assert "digest.toml:5:1: wrong-type: feeds.limit" in done.err


@pytest.mark.parametrize(
    ("toml", "place"),
    [
        ("[site]\rtitle = 'x'\r", "digest.toml:1:7:"),
        ("[site]\r\ntitle = 'x'\r", "digest.toml:2:12:"),
        ("[site]\n# note\rtitle = 'x'\n", "digest.toml:2:7:"),
    ],
)
def test_a_line_of_the_configuration_that_ends_in_cr_alone_is_named(
    make_site: MakeSite, digest: Command, toml: str, place: str
) -> None:
    done = digest(make_site({"digest.toml": toml}, None), "check")
    assert done.code == 78
    assert done.err.startswith(f"error: {place} toml: ")
    assert "end lines in LF or CRLF" in done.err


def test_a_configuration_that_ends_too_soon_is_wrong_where_its_last_value_begins(
    make_site: MakeSite, digest: Command
) -> None:
    done = digest(make_site(toml="[site]\ntitle = [\n  'x',\n\n"), "check")
    assert done.code == 78
    assert "digest.toml:2:1: toml: the list that begins here has no closing bracket" in done.err


WITH_DIGEST = TOML + '[digests.weekly]\ntitle = "Weekly"\n'
POST = "---\ntitle: One\ndate: 2026-11-18\n---\nBody.\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_problem_of_a_note_stands_on_the_line_that_an_editor_shows(
    make_site: MakeSite, digest: Command, end: str
) -> None:
    note = "---\nsubject: One\u2028two\nintro: 'x\u2028outro: two'\nprehaeder: three\n---\nBody.\n".replace("\n", end)
    root = make_site({"content/one.md": POST, "notes/weekly/2026-W48.md": note}, WITH_DIGEST)
    done = digest(root, "build", "--now", "2026-11-24T09:00:00Z")
    assert "notes/weekly/2026-W48.md:4:1: unknown-key" in done.err


def test_a_note_may_have_lines_that_end_in_cr(make_site: MakeSite, digest: Command) -> None:
    note = "First.  \nSecond.\n\n```\nthird\nfourth\n```\n"
    said: list[str] = []
    for end in ("\n", "\r\n", "\r"):
        files = {"content/one.md": POST, "notes/weekly/2026-W48.md": note.replace("\n", end)}
        root = make_site(files, WITH_DIGEST, f"{len(said)}/site")
        assert digest(root, "build", "--now", "2026-11-24T09:00:00Z").code == 0
        said.append((root / "public/editions/weekly/2026-W48/email.txt").read_text(encoding="utf-8"))
    assert said == [said[0]] * 3


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_picture_is_named_with_the_line_that_an_editor_shows(make_site: MakeSite, digest: Command, end: str) -> None:
    post = f"{POST}\nA\u2028B\n\n![C](http://elsewhere.example/c.png)\n".replace("\n", end)
    root = make_site({"content/one.md": post}, f'{WITH_DIGEST}text = "full"\n')
    done = digest(root, "check", "--now", "2026-11-24T09:00:00Z")
    assert "content/one.md:9:1: warning: email-image-http" in done.err


@pytest.mark.parametrize("character", "\u2028\u2029")
def test_a_line_of_no_other_character_ends_no_paragraph(make_site: MakeSite, digest: Command, character: str) -> None:
    source = f"---\ndate: 2026-11-18\n---\nFirst `a\n{character}\n{{{{ b }}}}` last\n===\n"
    root = make_site({"content/one.md": source}, TOML)
    assert _posts(digest, root)["one"]["title"] == "First a {{ b }} last"
    done = digest(root, "build", "--now", "2026-11-24T09:00:00Z")
    assert (done.code, "warning" in done.err) == (0, False)
    assert "{{ b }}</code>" in (root / "public/feed.json").read_text(encoding="utf-8")
