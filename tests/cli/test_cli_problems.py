"""How problems are printed: equal warnings once, many errors of a kind with a count, annotations for GitHub."""

import json
from pathlib import Path

import pytest

from tests.commands import NOW, POST, TOML, Command
from tests.conftest import MakeSite

LEFT_OVER = "\n{% include references %}\n"
REMOVED = "templating-removed: {% include references %}"


def posts(number: int, body: str = LEFT_OVER) -> dict[str, str | bytes]:
    """Return posts that each have the same line of another generator's templating."""
    return {f"content/{n}.md": POST.format(f"Post {n}", "2026-11-01", "x") + body for n in range(1, number + 1)}


def lines_with(text: str, part: str) -> list[str]:
    return [line for line in text.splitlines() if part in line]


@pytest.mark.parametrize("command", ["build", "check"])
def test_equal_warnings_are_one_line(make_site: MakeSite, digest: Command, command: str) -> None:
    site = make_site(posts(3), TOML)
    ended = digest(site, command, "--now", NOW)
    (line,) = lines_with(ended.err, REMOVED)
    assert line.startswith(f"warning: {REMOVED}")
    assert "3 posts, first at content/1.md:9:1 (write it in Markdown" in line
    assert "digest check --json names every place" in ended.err
    report = json.loads(digest(site, command, "--now", NOW, "--json").out)
    places = [
        (problem["path"], problem["line"]) for problem in report["problems"] if "references" in problem["message"]
    ]
    assert places == [("content/1.md", 9), ("content/2.md", 9), ("content/3.md", 9)]


def test_a_warning_that_stands_alone_keeps_its_place_in_front(make_site: MakeSite, digest: Command) -> None:
    site = make_site({**posts(1), **posts(1, "\n{% other %}\n")} | {"content/two.md": POST.format("2", "2026-11-01", "x") + LEFT_OVER}, TOML)  # fmt: skip
    lines = lines_with(digest(site, "check", "--now", NOW).err, "templating-removed")
    assert [line.partition(" ")[0] for line in lines] == ["content/1.md:9:1:", "content/two.md:9:1:"]


def test_each_error_has_its_line_up_to_twenty_of_a_kind(make_site: MakeSite, digest: Command) -> None:
    undated = {f"content/undated-{n:02}.md": f"---\ntitle: {n}\n---\n" for n in range(25)}
    site = make_site({**undated, "content/bad.md": "---\ntitle: a\ntitle: b\n---\n", **posts(1, "")}, TOML)
    err = digest(site, "check", "--now", NOW).err
    lines = lines_with(err, "missing-date")
    assert [line.partition(":")[0] for line in lines[:20]] == [f"content/undated-{n:02}.md" for n in range(20)]
    (rest,) = lines[20:]
    assert rest.startswith("error: missing-date: 5 more of this kind, first at content/undated-20.md")
    assert len(lines_with(err, "duplicate-key")) == 1
    assert "26 errors" in err
    strict = digest(site, "build", "--now", NOW, "--strict").err
    assert lines_with(strict, "missing-date")[0].startswith("error: content/undated-00.md:")
    assert lines_with(strict, "missing-date")[20] == rest
    assert strict.endswith("error: nothing was written\n")


@pytest.fixture
def repository(make_site: MakeSite, digest: Command, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with a site in a folder of it, as GitHub checks one out."""
    site = make_site({**posts(2), "content/bad, really.md": "---\ntitle: a\ndate: 2026-02-30\n---\n"}, TOML)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(site.parent))
    return site.parent


@pytest.mark.parametrize("arguments", [("-C", "site"), ("--config", "site/digest.toml")])
def test_annotations_name_files_as_the_repository_does(
    repository: Path, digest: Command, arguments: tuple[str, ...]
) -> None:
    err = digest(repository, "check", "--now", NOW, *arguments).err
    assert "::error file=site/content/bad%2C really.md,line=3," in err
    (line,) = lines_with(err, "templating-removed")
    assert line.startswith("::warning file=site/content/1.md,line=9,col=1,title=templating-removed::{%25 include")
    assert "2 posts, first at content/1.md:9:1" in line


def test_a_site_outside_the_repository_keeps_its_paths(
    repository: Path, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(repository / "elsewhere"))
    assert "::error file=content/bad%2C really.md,line=3," in digest(repository / "site", "check", "--now", NOW).err


def test_errors_of_the_configuration_are_annotations(repository: Path, digest: Command) -> None:
    (repository / "site/digest.toml").write_text('[site]\ntitel = "x"\n')
    ended = digest(repository, "build", "-C", "site")
    assert ended.code == 78
    assert "::error file=site/digest.toml,line=2,col=1,title=unknown-key::site.titel: there is no such key" in ended.err
    (repository / "site/digest.toml").unlink()
    (repository / "site/digest.toml").mkdir()
    folder = digest(repository, "build", "-C", "site")
    assert folder.err == f"::error::{repository / 'site/digest.toml'}: this is a folder, not a configuration file; rename it\n"  # fmt: skip


def test_what_is_wrong_with_an_edition_is_said_by_the_build(make_site: MakeSite, digest: Command) -> None:
    site = make_site({"content/one.md": POST.format("One", "2026-11-20", "x")}, TOML)
    toml = "\n".join(line for line in TOML.splitlines() if not line.startswith("unsubscribe"))
    (site / "digest.toml").write_text(toml)
    checked = lines_with(digest(site, "check", "--now", NOW).err, "unsubscribe")
    assert checked
    built = digest(site, "build", "--now", NOW)
    assert "weekly/2026-W48: built" in built.err
    assert lines_with(built.err, "unsubscribe") == checked
    again = [digest(site, "build", "--now", NOW, *options).err for options in ((), ("--no-cache",))]
    assert [lines_with(err, "unsubscribe") for err in again] == [[], []]  # the edition is published, and not made again


def test_the_next_step_of_a_new_site_can_be_pasted(tmp_path: Path, digest: Command) -> None:
    assert digest(tmp_path, "init", "my site", "--now", NOW).err == "next: cd 'my site' && digest build\n"
    assert digest(tmp_path, "init", "plain", "--now", NOW).err == "next: cd plain && digest build\n"
