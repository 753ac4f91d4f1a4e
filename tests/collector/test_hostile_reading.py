"""Hostile posts: refused by name with file and line, the other posts unharmed, quickly and without a traceback."""

import time
from datetime import UTC, datetime

import pytest

from digest.collector import collect
from digest.config import Config
from tests.conftest import MakeSite
from tests.hostile_cases import cases, needs_cases, rows
from tests.reading_samples import config_of

GOOD = "---\ntitle: Good\ndate: 2026-11-18\n---\nBody\n"
HEAD = "title: Plain title\ndate: 2026-11-18T09:00:00+01:00\ntags: [news]\n"
# what a second file of the same slug or id is the double of
TWINS = {
    "same-slug": "slug: same\n",
    "case": "slug: CaseClash\n",
    "nfd": "slug: caf\u00e9\n",
    "same-id": "id: 'urn:same'\n",
}

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def refused(config: Config, name: str) -> list[int]:
    """Return the lines of the errors of file `name`, after checking that the rest came through with little work."""
    start = time.process_time()
    collection = collect(config)
    assert time.process_time() - start < 2
    paths = {post.path for post in collection.posts if post.state(NOW) != "undated"}
    assert "content/good.md" in paths
    errors = [problem for problem in collection.problems if problem.severity == "error"]
    assert {problem.path for problem in errors} <= {f"content/{name}"}
    assert (f"content/{name}" in paths) is not bool(errors)
    assert all(problem.code and problem.message and str(problem).isprintable() for problem in collection.problems)
    return [problem.line for problem in errors]


def laughs(levels: int) -> str:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (laughs(9), 6),
        (
            "m0: &m0 {a: 1}\n"
            + "\n".join(f"m{n}: &m{n} {{<<: [{','.join([f'*m{n - 1}'] * 9)}]}}" for n in range(1, 9)),
            6,
        ),
        ("loop: &a [*a]", 5),
        ("loop: &a {b: *a}", 5),
        ("\n".join("  " * n + f"k{n}:" for n in range(200)), 5),
        ("deep: " + "[" * 20_000 + "]" * 20_000, 5),
        ("deep: " + "- " * 20_000, 5),
        ("cmd: !!python/object/apply:os.system [touch PWNED]", 5),
        ("cmd: !!python/name:os.system", 5),
        ("cmd: !<tag:yaml.org,2002:python/object/new:subprocess.Popen> [[touch, x]]", 5),
        ("title: Other title", 5),
        ("TITLE: Other title", 5),
        ("extra:\n  a: 1\n  a: 2", 7),
        ("weight: " + "9" * 10_000, 5),
        ("weight: -" + "9" * 10_000, 5),
        ("? [a, b]\n: c", 5),
        ("? {a: b}\n: c", 5),
        ("bad: '\x07'", 5),
        ("slug: ../..", 5),
        ("image: ../../../../../etc/hostname", 5),
        ("draft: [true]", 5),
        ("expiryDate: 2018-02-30", 5),
        ("lang: xx-yy-zz", 5),
    ],
)
def test_hostile_front_matter_is_refused_at_its_line(make_site: MakeSite, lines: str, line: int) -> None:
    root = make_site({"content/bad.md": f"---\n{HEAD}{lines}\n---\nBody\n", "content/good.md": GOOD})
    assert line in refused(config_of(root), "bad.md")


@pytest.mark.parametrize(
    "data",
    [
        b"\x00" * 1000,
        b"\xff\xfe",
        b"---\n" * 100_000,
        b"---\r" * 100_000,
        b"+++\n" * 3,
        b"{\n" * 100_000,
        b'{"a":' * 100_000,
        b"title: x\n" * 100_000,
        b" a: b\n" * 200_000,
        b"Title: x\n" + b"    y\n" * 400_000,
        b".. title: x\n" * 100_000,
        b"<!--\n" + b".. a: x\n" * 100_000,
        b"\n" * 4_000_000,
        b"---\ntitle: x\n" + b"a" * 4_000_000,
        b"---\ntitle: x\n" + b"-- \n" * 1_000_000,
        b"---\ntitle: " + b"x" * 90_000 + b"\ndate: 2026-11-18\n---\n",
        b"---\ndate: " + b"1" * 90_000 + b"\n---\n",
        b"---\ndate: " + b"1 " * 40_000 + b"\n---\n",
        b"---\ndate: 2026-11-18\nslug: " + b"%25" * 30_000 + b"\n---\n",
    ],
)
def test_floods_end_in_time(make_site: MakeSite, data: bytes) -> None:
    root = make_site({"content/bad.md": data, "content/good.md": GOOD})
    assert refused(config_of(root), "bad.md")


@pytest.mark.parametrize(
    "source",
    [
        "# " + "[" * 50_000,
        "# " + "*" * 50_000 + "x",
        "# " + "`" * 50_000 + "x",
        "# " + "<" * 50_000,
        "# " + "![" * 30_000,
        "# " + "<!--" * 20_000,
        "# " + "{#" * 20_000,
        "a " * 500_000 + "\n===",
        "\n" * 1_000_000 + "# x",
    ],
)
def test_titles_from_hostile_bodies_come_in_time(make_site: MakeSite, source: str) -> None:
    root = make_site({"content/bad.md": f"---\ndate: 2026-11-18\n---\n{source}\n", "content/good.md": GOOD})
    refused(config_of(root), "bad.md")


@needs_cases
@pytest.mark.parametrize(("name", "verdict", "line"), [(row["file"], row["verdict"], row["line"]) for row in rows()])
def test_shared_hostile_posts(make_site: MakeSite, name: str, verdict: str, line: str) -> None:
    files: dict[str, str | bytes] = {f"content/{name}": cases()[name], "content/good.md": GOOD}
    for word, field in TWINS.items():
        if name.startswith("path-") and word in name:
            files["content/good.md"] = f"---\n{HEAD}{field}---\n"
            files[f"content/z{name}"] = files.pop(f"content/{name}")
            name = f"z{name}"
            break
    zone = "Europe/Berlin" if "dst" in name else "UTC"
    config = config_of(make_site(files), timezone=zone, url="https://example.test/")
    lines = refused(config, name)
    if verdict == "reject":
        assert lines
        assert line == "-" or int(line) in lines
    else:
        assert lines == []
