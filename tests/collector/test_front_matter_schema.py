"""The JSON Schema of front matter takes what the program reads without a problem, and names what it does not."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from digest.collector.keys import NAMES
from tests.commands import NOW, Command
from tests.conftest import MakeSite

ROOT = Path(__file__).parents[2]
POSTS = [
    *ROOT.glob("content/**/*.md"),
    *ROOT.glob("templates/site/content/*.md"),
    *ROOT.glob("tests/golden/sites/**/*.md"),
]
TYPES = {"string": str, "number": (int, float), "boolean": bool, "null": type(None), "object": dict, "array": list}
SITE = '[site]\nurl = "https://notes.example/"\n[digests.weekly]\nsender = "a@notes.example"\n'


@pytest.fixture
def schema(tmp_path: Path, digest: Command) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(digest(tmp_path, "schema", "--front-matter").out)
    return found


def mistakes(value: object, schema: dict[str, Any], way: str = "") -> Iterator[str]:
    """Yield the places where a value is not as a schema says, of the words that this schema uses."""
    known = {"$schema", "title", "description", "default", "examples", "type", "properties", "anyOf", "enum"}
    assert schema.keys() <= known
    kinds = schema.get("type", list(TYPES))
    named = [kinds] if isinstance(kinds, str) else kinds
    if not any(is_of(value, kind) for kind in named):
        yield f"{way}: {value!r} is none of {', '.join(named)}"
    if "enum" in schema and not any(value == each and type(value) is type(each) for each in schema["enum"]):
        yield f"{way}: {value!r} is not one of the words"
    if "anyOf" in schema and all(any(mistakes(value, each)) for each in schema["anyOf"]):
        yield f"{way}: {value!r} is none of the shapes"
    if isinstance(value, dict):
        for key, held in value.items():
            yield from mistakes(held, schema.get("properties", {}).get(key, {}), f"{way}/{key}")


def is_of(value: object, kind: str) -> bool:
    return isinstance(value, TYPES[kind]) and not (kind == "number" and isinstance(value, bool))  # type: ignore[arg-type]


def as_editors_see_it(text: str) -> Any:
    """Return YAML front matter as JSON has it: a day is a text."""
    header = yaml.safe_load(text.split("---\n")[1])
    return json.loads(
        json.dumps(header, default=lambda each: each.isoformat() if isinstance(each, date | datetime) else 0)
    )


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.name)
def test_real_posts_are_valid(post: Path, schema: dict[str, Any]) -> None:
    text = post.read_text(encoding="utf-8")
    if not text.startswith("---\n"):
        pytest.skip("no YAML front matter")
    assert list(mistakes(as_editors_see_it(text), schema)) == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("title: [a, b]", "title-not-text"),
        ("title: {a: b}", "title-not-text"),
        ("date: [2026]", "unreadable-date"),
        ("draft: maybe", "not-yes-or-no"),
        ("resend: perhaps", "not-yes-or-no"),
        ("full_text: short", "not-yes-or-no"),
        ("slug: [a]", "slug"),
        ("permalink: [a]", "permalink"),
        ("permalink: {a: b}", "permalink"),
        ("tags: {a: b}", "tags-not-a-list"),
        ("digest: pn", "unknown-value"),
        ("feed: neither", "unknown-value"),
    ],
)
def test_a_shape_that_is_a_problem_is_invalid(
    line: str, code: str, schema: dict[str, Any], make_site: MakeSite, digest: Command
) -> None:
    lines = {"title": "title: A post", "date": "date: 2026-11-20"} | {line.partition(":")[0]: line}
    text = "\n".join(["---", *lines.values(), "---", "Text.", ""])
    said = digest(make_site({"content/a.md": text}, SITE), "check", "--json", "--now", NOW).out
    assert code in {problem["code"] for problem in json.loads(said)["problems"]}
    assert list(mistakes(as_editors_see_it(text), schema))


def test_every_key_is_described_with_an_example_that_is_valid(schema: dict[str, Any]) -> None:
    assert {name for names in NAMES.values() for name in names.split()} <= schema["properties"].keys()
    for key, said in schema["properties"].items():
        assert said["description"], key
        for value in (*said["examples"], *([said["default"]] if "default" in said else [])):
            assert value is not None, key
            assert not list(mistakes(value, said)), key


def test_every_example_is_read_without_a_problem(schema: dict[str, Any], make_site: MakeSite, digest: Command) -> None:
    addresses = {name for field in ("slug", "permalink", "aliases", "id") for name in NAMES[field].split()}
    sound = {"url": "https://n.example/a.mp3", "length": 9, "duration": "12:34"}
    posts = {}
    for number, (key, said) in enumerate(schema["properties"].items()):
        (example,) = said["examples"]
        given = sound if key in NAMES["enclosure"].split() else example
        header = {"title": f"Post {number}", "date": "2026-11-18", "audio": sound, key: given}
        if key not in addresses:  # two posts cannot have one
            posts[f"content/post-{number}.md"] = f"---\n{json.dumps(header)}\n---\nText.\n"
    said_of = json.loads(digest(make_site(posts, SITE), "check", "--json", "--now", NOW).out)
    assert said_of["posts"] > 50
    found = {
        (problem["code"], problem["message"])
        for problem in said_of["problems"]
        if problem["path"].startswith("content")
    }
    assert found == set()


def test_the_two_schemas_are_asked_for_one_at_a_time(tmp_path: Path, digest: Command) -> None:
    ended = digest(tmp_path, "schema", "--front-matter", "--manifest")
    assert (ended.code, ended.out) == (2, "")
