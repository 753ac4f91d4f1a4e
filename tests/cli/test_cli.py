"""The command line as people and scripts use it: what goes where, and how each command ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from filelock import FileLock

from tests.commands import NOW, POST, TOML, Command, tree
from tests.conftest import MakeSite


def test_build_prints_what_it_wrote_and_a_second_one_changes_nothing(site: Path, digest: Command) -> None:
    first = digest(site, "build", "--now", NOW)
    assert first.code == 0, first.err
    written = first.out.splitlines()
    assert {"public/feed.xml", "public/atom.xml", "public/tags/news/feed.xml"} <= set(written)
    assert "public/editions/weekly/2026-W48/manifest.json" in written
    before = tree(site / "public")
    assert set(written) == {f"public/{path}" for path in before}
    assert b"Secret" not in b"".join(content for content, _ in before.values())
    second = digest(site, "build", "--now", NOW)
    assert (second.code, second.out) == (0, "")
    assert tree(site / "public") == before


def test_build_answers_in_json(site: Path, digest: Command) -> None:
    report = json.loads(digest(site, "build", "--now", NOW, "--json").out)
    assert report["posts"] == 3
    assert report["editions"][0]["key"] == "weekly/2026-W48"
    assert "public/feed.xml" in report["written"]


def test_list_shows_published_posts_newest_first(site: Path, digest: Command) -> None:
    ended = digest(site, "list", "--json", "--now", NOW)
    posts = [json.loads(line) for line in ended.out.splitlines()]
    assert [post["title"] for post in posts] == ["Two", "One", "Old"]
    assert posts[1] == {
        "path": "content/one.md",
        "title": "One",
        "date": "2026-11-20T00:00:00+00:00",
        "tags": ["news", "Tools"],
        "draft": False,
        "slug": "one",
        "url": "https://notes.example/2026/11/20/one/",
        "id": "https://notes.example/2026/11/20/one/",
        "lang": "en",
        "image": None,
        "summary": "",
        "updated": None,
        "authors": [],
        "state": "published",
    }


@pytest.mark.parametrize(
    ("arguments", "titles"),
    [
        (("--tag", "TOOLS"), ["One", "Old"]),
        (("--tag", "tools", "--tag", "news"), ["Two", "One", "Old"]),
        (("--every-tag", "tools", "--every-tag", "news"), ["One"]),
        (("--no-tag", "tools"), ["Two"]),
        (("--since", "2026-11-21"), ["Two"]),
        (("--until", "2026-11-21T00:00:00Z", "--since", "2026-01-01"), ["One"]),
        (("--limit", "1"), ["Two"]),
        (("--lang", "zh"), []),
        (("--all",), ["Later", "Secret", "Two", "One", "Gone", "Old"]),
    ],
)
def test_list_selects(site: Path, digest: Command, arguments: tuple[str, ...], titles: list[str]) -> None:
    ended = digest(site, "list", "--json", "--now", NOW, *arguments)
    assert [json.loads(line)["title"] for line in ended.out.splitlines()] == titles


def test_list_all_says_the_state_of_each_post(site: Path, digest: Command) -> None:
    ended = digest(site, "list", "--all", "--json", "--now", NOW)
    states = {(row := json.loads(line))["title"]: row["state"] for line in ended.out.splitlines()}
    assert states == {
        "One": "published", "Two": "published", "Old": "published",
        "Later": "future", "Secret": "draft", "Gone": "expired",
    }  # fmt: skip


def test_list_without_a_terminal_is_tab_separated_and_shows_no_control_characters(site: Path, digest: Command) -> None:
    (site / "content" / "two.md").write_text(POST.format('"\\e[31mred"', "2026-11-21", "news"))
    lines = digest(site, "list", "--now", NOW).out.splitlines()
    assert lines[1].split("\t")[1:3] == ["published", "One"]
    assert not any("\x1b" in line for line in lines)


def test_a_bad_post_is_left_out_everything_else_is_built(site: Path, digest: Command) -> None:
    (site / "content" / "bad.md").write_text("---\ntitle: a\ntitle: b\ndate: 2026-11-20\n---\nBAD BODY\n")
    ended = digest(site, "build", "--now", NOW)
    assert ended.code == 65
    assert "content/bad.md:3:1: duplicate-key:" in ended.err
    assert (site / "public" / "feed.xml").is_file()
    assert not any(b"BAD BODY" in content for content, _ in tree(site / "public").values())


def test_strict_writes_nothing_and_skip_ends_well(site: Path, digest: Command) -> None:
    (site / "content" / "bad.md").write_text("---\ntitle: a\ndate: 2026-02-30\n---\n")
    ended = digest(site, "build", "--now", NOW, "--strict")
    assert (ended.code, ended.out) == (65, "")
    assert not (site / "public").exists()
    (site / "digest.toml").write_text(TOML + "\n[feeds]\nlimit = 1\nper_tag = false\n")  # the edition alone has it
    (site / "content" / "bad.md").write_bytes(POST.format("Bad", "2026-11-20", "x").encode() + b"\xff")
    assert digest(site, "build", "--now", NOW, "--strict").code == 65
    assert not (site / "public").exists()
    assert not (site / "ledger").exists()
    (site / "digest.toml").write_text(TOML + '\n[posts]\non_error = "skip"\n')
    assert digest(site, "build", "--now", NOW).code == 0


def test_problems_are_annotations_on_github(site: Path, digest: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    (site / "content" / "bad, really.md").write_text("---\ntitle: a\ndate: 2026-02-30\n---\n")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    ended = digest(site, "check", "--now", NOW)
    assert "::error file=content/bad%2C really.md,line=3" in ended.err


def test_check_reports_without_writing(site: Path, digest: Command) -> None:
    assert digest(site, "check", "--now", NOW).code == 0
    (site / "content" / "bad.md").write_text("---\ntitle: a\n---\n")
    (site / "content" / "shown.md").write_text(POST.format("Shown", "2026-11-21", "x") + "{% unknown thing %}\n")
    ended = digest(site, "check", "--now", NOW, "--json")
    assert ended.code == 65
    problems = {(p["path"], p["code"]) for p in json.loads(ended.out)["problems"]}
    assert ("content/bad.md", "missing-date") in problems
    assert ("content/shown.md", "templating-removed") in problems
    assert not (site / "public").exists()


def test_wrong_configuration_ends_with_78_and_wrong_usage_with_2(site: Path, digest: Command) -> None:
    (site / "digest.toml").write_text('[site]\ntitel = "x"\n')
    ended = digest(site, "build")
    assert ended.code == 78
    assert 'digest.toml:2:1: unknown-key: site.titel: there is no such key (did you mean "title"?)' in ended.err
    assert digest(site, "list", "--since", "yesterday").code == 2
    assert digest(site, "buidl").code == 2


@pytest.mark.parametrize(
    "command",
    [
        ("build", "--now"),
        ("build", "--since"),
        ("check", "--now"),
        ("list", "--now"),
        ("list", "--since"),
        ("list", "--until"),
        ("status", "--now"),
        ("mark-sent", "weekly/2026-W48", "--now"),
        ("ping", "--now"),
        ("preview", "--now"),
        ("init", "new", "--now"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("moment", ["0001-01-01", "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00"])
def test_a_moment_at_the_end_of_the_calendar_is_wrong_usage(
    site: Path, digest: Command, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], moment: str
) -> None:
    monkeypatch.setattr("digest.preview.serve", lambda *_, **__: None)
    ended = digest(site, *command, moment)
    assert ended.code == 2
    assert f'"{moment}" is not between the years 1000 and 2200' in ended.err


@pytest.mark.parametrize("moment", ["1000-01-01T00:00:00+14:00", "2200-12-31T23:59:59-12:00"])
@pytest.mark.parametrize("every", ["999 days", "999 weeks", "999 months"])
def test_any_other_moment_is_taken(make_site: MakeSite, digest: Command, moment: str, every: str) -> None:
    root = make_site(
        {"content/one.md": POST.format("One", "2026-11-20", "x")}, f'{TOML}every = "{every}"\nat = "08:00"\n'
    )
    for command in ("check", "list", "status", "build"):
        assert digest(root, command, "--now", moment).code == 0


@pytest.mark.parametrize("span", ["1000000000d", "9999999999999999999999h", f"{'9' * 5000}m"])
def test_a_span_longer_than_the_calendar_is_wrong_usage(site: Path, digest: Command, span: str) -> None:
    ended = digest(site, "status", "--max-age", span)
    assert (ended.code, "the span is too long" in ended.err) == (2, True)
    assert digest(site, "status", "--now", NOW, "--max-age", "999999999d").code == 0


@pytest.mark.parametrize("key", ["look_back", "max_age"])
def test_days_beyond_a_century_are_wrong_configuration(site: Path, digest: Command, key: str) -> None:
    (site / "digest.toml").write_text(f"{TOML}{key} = 10000000000\n")
    ended = digest(site, "build", "--now", NOW)
    assert ended.code == 78
    assert f"digest.toml:10:1: wrong-type: digests.weekly.{key}: 10,000,000,000 is too large" in ended.err
    (site / "digest.toml").write_text(f"{TOML}{key} = 36525\n")
    assert digest(site, "build", "--now", NOW).code == 0


def test_an_output_that_can_not_be_written_ends_with_73(site: Path, digest: Command) -> None:
    (site / "public").write_text("a file in the way")
    ended = digest(site, "build", "--now", NOW)
    assert ended.code == 73
    assert "Traceback" not in ended.err


def test_without_a_file_it_says_what_it_assumed(make_site: MakeSite, digest: Command) -> None:
    root = make_site({"_posts/2026-11-20-hello.md": "---\ntitle: Hello\n---\nHi.\n"}, toml=None)
    ended = digest(root, "build", "--now", NOW)
    assert ended.code == 0
    assert "posts are in _posts/" in ended.err
    assert (root / "public" / "feed.xml").is_file()


def test_an_empty_folder_builds_empty_feeds(make_site: MakeSite, digest: Command) -> None:
    root = make_site({"content/.keep": ""}, TOML)
    ended = digest(root, "build", "--now", NOW)
    assert ended.code == 0
    assert "weekly/2026-W48: empty" in ended.err
    assert (root / "public" / "atom.xml").is_file()


def test_init_writes_a_site_that_builds_at_once(tmp_path: Path, digest: Command) -> None:
    ended = digest(tmp_path, "init", "field-notes", "--now", NOW, "--with", "cron")
    assert ended.code == 0
    assert "field-notes/digest.toml" in ended.out
    built = digest(tmp_path / "field-notes", "build", "--now", NOW)
    assert built.code == 0, built.err
    assert "public/editions/weekly/2026-W48/email.eml" in built.out
    again = digest(tmp_path, "init", "field-notes", "--now", NOW)
    assert again.code == 73
    assert "nothing was written" in again.err


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("field-notes", "Field Notes"),
        ("a\\b", "A B"),
        ('the "best"', "The 'Best'"),
        ("two\nlines", "Two Lines"),
        ("a<b, (c)", "A B C"),
        ("--", "My Site"),
        ("caf\udce9", "Caf"),
    ],
)
def test_a_new_site_is_called_by_its_folder_whatever_its_name(
    tmp_path: Path, digest: Command, name: str, title: str
) -> None:
    assert digest(tmp_path, "init", "--now", NOW, "--quiet", "--json", "--", name).code == 0
    assert digest(tmp_path / name, "build", "--now", NOW).code == 0
    assert json.loads((tmp_path / name / "public/feed.json").read_bytes())["title"] == title


def test_init_takes_moments_in_the_zone_that_is_named(tmp_path: Path, digest: Command) -> None:
    now = "2026-11-23 07:30"  # in Shanghai half an hour before the window of Monday ends, in London after it
    for zone, offset in (("Asia/Shanghai", "+08:00"), ("Europe/London", "+00:00")):
        folder = tmp_path / zone.partition("/")[2]
        assert digest(tmp_path, "init", str(folder), "--timezone", zone, "--now", now).code == 0
        assert f"2026-11-15T12:00:00{offset}" in (folder / "content/hello.md").read_text()


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("Asia/Shangai", 'did you mean "Asia/Shanghai"?'),
        ("Nowhere", "write an IANA name"),
        ("", ""),
        ("America", ""),
        ("/etc/passwd", ""),
    ],
)
def test_init_refuses_a_zone_that_there_is_not(tmp_path: Path, digest: Command, zone: str, hint: str) -> None:
    ended = digest(tmp_path, "init", "new", "--timezone", zone)
    assert ended.code == 2
    assert f'"{zone}" is not a time zone' in ended.err
    assert hint in ended.err
    assert not (tmp_path / "new").exists()


def test_schema_is_json(tmp_path: Path, digest: Command) -> None:
    assert json.loads(digest(tmp_path, "schema").out)["title"] == "digest.toml"
    assert json.loads(digest(tmp_path, "schema", "--json").out)["title"] == "digest.toml"


def test_build_opens_no_socket(site: Path, digest: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert digest(site, "build", "--now", NOW).code == 0


def test_bytes_do_not_depend_on_hash_seed_zone_locale_or_file_order(site: Path) -> None:
    trees = []
    for seed, zone in (("0", "UTC"), ("1", "Pacific/Apia"), ("77", "Asia/Kathmandu")):
        subprocess.run(
            [sys.executable, "-m", "digest", "build", "--now", NOW, "-q"],
            cwd=site,
            check=True,
            stdout=subprocess.DEVNULL,
            env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"},
        )
        trees.append({path: content for path, (content, _) in tree(site / "public").items()})
        subprocess.run(["rm", "-rf", "public", ".digest", "ledger"], cwd=site, check=True)
        files = sorted((site / "content").iterdir(), key=lambda path: (path.name[::-1], seed))
        contents = [(path, path.read_bytes()) for path in files]
        for path, _ in contents:
            path.unlink()
        for path, content in contents:
            path.write_bytes(content)
    assert trees[0] == trees[1] == trees[2]


def test_a_reader_that_leaves_early_is_no_error(site: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m digest list --json --all --now {NOW} | head -n 1; exit ${{PIPESTATUS[0]}}",
        shell=True, executable="/bin/bash", cwd=site, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr


def test_the_command_ends_with_its_code_and_all_its_output(site: Path) -> None:
    command = [sys.executable, "-m", "digest", "-h"]
    ended = subprocess.run(command, cwd=site, capture_output=True, text=True, check=True)
    assert "Usage: " in ended.stdout
    command = [sys.executable, "-m", "digest", "list", "--no-such-option"]
    assert subprocess.run(command, cwd=site, capture_output=True, check=False).returncode == 2


@pytest.mark.parametrize("form", ["--quiet", "--json"])
def test_a_reader_that_has_enough_ends_the_command_quietly(site: Path, form: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "digest", "list", "--all", "--quiet", form]
    ended = subprocess.run(command, cwd=site, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert ended.returncode in (1, 141)  # click's code when it was writing, the shell's when all was written
    assert ended.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("command", [["list"], ["list", "--json"], ["build", "--now", NOW], ["schema"], ["--help"]])
def test_a_full_disk_below_the_output_is_told_in_a_line(site: Path, command: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "digest", *command], cwd=site, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert ended.returncode == 73
    assert ended.stderr.splitlines()[-1] == "error: standard output: No space left on device"
    assert "Traceback" not in ended.stderr


def test_a_build_that_waited_sees_what_changed_meanwhile(site: Path, digest: Command) -> None:
    assert digest(site, "build", "--now", NOW).code == 0
    with FileLock(site / ".digest" / "lock"):
        command = [sys.executable, "-m", "digest", "build", "--wait", "--now", NOW]
        waiting = subprocess.Popen(command, cwd=site, stdout=subprocess.PIPE, text=True)
        time.sleep(1.5)  # until it has looked and waits
        assert waiting.poll() is None
        (site / "content" / "late.md").write_text(POST.format("Just in time", "2026-11-22", "news"))
    out, _ = waiting.communicate(timeout=60)
    assert "public/feed.xml" in out.splitlines()
    assert b"Just in time" in (site / "public" / "feed.xml").read_bytes()


def test_a_command_leaves_the_signals_of_its_process_as_they_were(site: Path, digest: Command) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    digest(site, "list")
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before
