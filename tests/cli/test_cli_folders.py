"""Where the command line finds `digest.toml`: in the folder one stands in, else in the nearest one above it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from digest.config import Config
from digest.preview import Site
from digest.problems import ConfigError
from tests.commands import NOW, POSTS, TOML, Command, Ended, tree
from tests.conftest import MakeSite

KEY = "weekly/2026-W48"
BELOW = ("content", "content/2026")


@pytest.fixture
def deep_site(make_site: MakeSite) -> Path:
    """Return the folder of a site with a folder below its posts."""
    return make_site({**POSTS, "content/2026/three.md": "---\ntitle: Three\ndate: 2026-11-22\n---\n"}, TOML)


def told(site: Path) -> str:
    """The line that says which file is used."""
    return f"using {site / 'digest.toml'}; paths are relative to its folder\n"


@pytest.mark.parametrize("folder", BELOW)
def test_a_build_from_a_folder_below_is_that_of_the_site(
    deep_site: Path, make_site: MakeSite, digest: Command, folder: str
) -> None:
    ended = digest(deep_site / folder, "build", "--now", NOW)
    assert ended.code == 0
    assert ended.err.startswith(told(deep_site))
    assert "there is no digest.toml" not in ended.err
    assert f"public/editions/{KEY}/manifest.json" in ended.out.splitlines()
    assert (deep_site / "ledger/weekly.jsonl").is_file()
    assert {path.name for path in (deep_site / "content").iterdir() if path.is_dir()} == {"2026"}
    written = tree(deep_site / "public")
    again = digest(deep_site, "build", "--now", NOW)
    assert (again.out, "using" in again.err) == ("", False)
    assert tree(deep_site / "public") == written


@pytest.mark.parametrize("folder", BELOW)
@pytest.mark.parametrize(
    "command",
    [
        ("list", "--json"),
        ("list", "--all"),
        ("check", "--json"),
        ("status", "--json"),
        ("mark-sent", KEY, "--json"),
        ("ledger", "show", "content/one.md", "--json"),
        ("ledger", "rebuild"),
        ("ping",),
    ],
    ids=" ".join,
)
def test_each_command_says_the_same_from_a_folder_below(
    deep_site: Path, digest: Command, folder: str, command: tuple[str, ...]
) -> None:
    digest(deep_site, "build", "--now", NOW)
    digest(deep_site, "mark-sent", KEY, "--now", NOW)  # so that it is sent already each time
    now = () if command[0] == "ledger" else ("--now", NOW)
    from_root = digest(deep_site, *command, *now)
    from_below = digest(deep_site / folder, *command, *now)
    assert (from_below.code, from_below.out) == (from_root.code, from_root.out)
    assert from_below.err == told(deep_site) + from_root.err
    quiet = digest(deep_site / folder, *command, *now, "--quiet")
    assert (quiet.code, quiet.out, "using" in quiet.err) == (from_root.code, from_root.out, False)


def test_a_preview_from_a_folder_below_is_that_of_the_site(
    deep_site: Path, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots: list[Path] = []
    monkeypatch.setattr("digest.preview.serve", lambda load, make, **_: roots.append(load().root))
    ended = digest(deep_site / "content/2026", "preview", "--now", NOW)
    assert (ended.code, ended.err) == (0, told(deep_site))
    assert roots == [deep_site]


def test_a_preview_keeps_to_its_file_while_an_editor_replaces_it(
    deep_site: Path, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = deep_site / "content/digest.toml"
    inner.write_text(TOML)
    failed: list[Exception] = []

    def serve(load: Callable[[], Config], make: Callable[[Config], Site], **_: object) -> None:
        inner.unlink()
        with pytest.raises(ConfigError) as caught:
            load()
        failed.append(caught.value)

    monkeypatch.setattr("digest.preview.serve", serve)
    assert digest(deep_site / "content", "preview", "--now", NOW).code == 0
    assert str(inner) in str(failed[0])


def test_the_schema_needs_no_site(deep_site: Path, digest: Command) -> None:
    ended = digest(deep_site / "content", "schema")
    assert (ended.code, ended.err) == (0, "")


def test_a_folder_that_is_named_is_searched_from(deep_site: Path, tmp_path: Path, digest: Command) -> None:
    for folder in ("site", "site/content/2026", str(deep_site / "content"), "site/content/2026/.."):
        ended = digest(tmp_path, "list", "-C", folder, "--now", NOW)
        assert (ended.code, len(ended.out.splitlines())) == (0, 4)
        assert ended.err.startswith(told(deep_site))
    ended = digest(deep_site / "content", "list", "-C", "..", "--now", NOW)
    assert (len(ended.out.splitlines()), ended.err.startswith(told(deep_site))) == (4, True)


def test_a_folder_named_upwards_is_not_searched_from_where_one_stands(
    site: Path, make_site: MakeSite, digest: Command
) -> None:
    other = make_site({"posts/a.md": "---\ntitle: A\ndate: 2026-11-20\n---\n"}, toml=None, folder="other")
    ended = digest(site / "content", "list", "-C", "../../other", "--now", NOW)
    assert "there is no digest.toml here or in a folder above" in ended.err
    assert ended.out.endswith(f"{Path('posts/a.md')}\n")
    assert other.is_dir()


def test_a_file_that_is_named_is_used_wherever_one_stands(deep_site: Path, tmp_path: Path, digest: Command) -> None:
    (deep_site / "content/digest.toml").write_text("[site]\nnonsense = 1\n")
    ended = digest(deep_site / "content/2026", "list", "--config", "../../digest.toml", "--now", NOW)
    assert (ended.code, len(ended.out.splitlines())) == (0, 4)
    assert ended.err.startswith("using ../../digest.toml; paths are relative to its folder\n")
    missing = digest(tmp_path, "list", "--config", "other.toml")
    assert (missing.code, "other.toml: cannot be read: No such file" in missing.err) == (78, True)


def test_the_nearest_file_wins(deep_site: Path, digest: Command) -> None:
    (deep_site / "content/2026/digest.toml").write_text('[site]\ntitle = "Inner"\n')
    ended = digest(deep_site / "content/2026", "list", "--json", "--now", NOW)
    assert [json.loads(line)["path"] for line in ended.out.splitlines()] == ["three.md"]
    assert "using" not in ended.err


def test_an_error_in_a_file_above_comes_after_where_it_is(deep_site: Path, digest: Command) -> None:
    (deep_site / "digest.toml").write_text("[site]\ntitel = 1\n")
    ended = digest(deep_site / "content", "check")
    assert ended.code == 78
    assert ended.err.startswith(told(deep_site) + "error: digest.toml:2:1: unknown-key")


# --- symbolic links


def run_in(folder: Path, *arguments: str, shown: Path | None = None) -> Ended:
    """Run the command in `folder` as a shell does that shows the folder as `shown`."""
    environment = {name: value for name, value in os.environ.items() if name != "PWD"}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[2])}
    environment |= {"PWD": str(shown)} if shown else {}
    command = [sys.executable, "-m", "digest", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return Ended(done.returncode, done.stdout, done.stderr)


def test_a_link_to_a_folder_of_a_site_finds_it(site: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "posts"
    link.parent.mkdir()
    link.symlink_to(site / "content")
    for shown in (link, None, tmp_path / "gone", Path("content")):
        ended = run_in(link, "list", "--now", NOW, shown=shown)
        assert (ended.code, len(ended.out.splitlines())) == (0, 3)
        assert ended.err.startswith(told(site))


def test_a_site_whose_posts_are_linked_from_elsewhere_is_found_as_the_shell_shows_it(
    make_site: MakeSite, digest: Command
) -> None:
    posts = make_site({"deep/one.md": POSTS["content/one.md"]}, toml=None, folder="posts")
    site = make_site(toml=TOML)
    (site / "content").symlink_to(posts)
    ended = run_in(site / "content/deep", "list", "--now", NOW, shown=site / "content/deep")
    assert (ended.code, ended.err.startswith(told(site))) == (0, True)
    assert ended.out.endswith("content/deep/one.md\n")
    named = digest(site.parent, "list", "-C", str(site / "content/deep"), "--now", NOW)
    assert (named.out, named.err.startswith(told(site))) == (ended.out, True)


def test_upwards_from_a_link_is_upwards_from_its_target(site: Path, make_site: MakeSite, digest: Command) -> None:
    other = make_site({"content/.keep": ""}, '[site]\ntitle = "Other"\n', folder="other")
    (other / "link").symlink_to(site / "content")
    ended = digest(other, "list", "-C", "link/..", "--now", NOW)
    assert (len(ended.out.splitlines()), ended.err.startswith(told(site))) == (3, True)


# --- files that cannot be read


def test_a_folder_of_that_name_is_an_error(site: Path, digest: Command) -> None:
    (site / "content/digest.toml").mkdir()
    before = tree(site)
    for command in ("build", "list", "check", "status", "ping"):
        ended = digest(site / "content", command)
        assert ended.code == 78
        assert (
            ended.err
            == f"error: {site / 'content/digest.toml'}: this is a folder, not a configuration file; rename it\n"
        )
    assert tree(site) == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_of_that_name_is_not_waited_for(make_site: MakeSite, digest: Command) -> None:
    root = make_site(POSTS, toml=None)
    os.mkfifo(root / "digest.toml")
    ended = digest(root, "build")
    assert (ended.code, ended.err) == (78, f"error: {root / 'digest.toml'}: this is not a regular file\n")


def test_a_link_of_that_name_to_nothing_is_an_error(make_site: MakeSite, digest: Command) -> None:
    root = make_site(POSTS, toml=None)
    (root / "digest.toml").symlink_to(root / "site.toml")
    ended = digest(root / "content", "build")
    assert (ended.code, ended.err) == (78, f"error: {root / 'digest.toml'}: this link leads to no file\n")
    (root / "site.toml").write_text(TOML)
    assert digest(root / "content", "build", "--now", NOW).code == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_an_error(site: Path, digest: Command) -> None:
    (site / "digest.toml").chmod(0)
    ended = digest(site / "content", "build")
    assert ended.code == 78
    assert f"{site / 'digest.toml'}: cannot be read: Permission denied" in ended.err


def test_a_current_folder_that_was_deleted_is_told(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    script = f'mkdir {gone}; cd {gone}; rmdir {gone}; exec "$@"'
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    for command in ("build", "list", "check", "status", "ping"):
        call = ["sh", "-c", script, "sh", sys.executable, "-m", "digest", command]
        done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (1, "error: the current folder was deleted; change to another one\n")


# --- init


def test_init_is_not_touched_by_a_site_above_and_warns_of_it(site: Path, digest: Command) -> None:
    (site / "digest.toml").write_text("nonsense")
    ended = digest(site / "content", "init", "new", "--now", NOW)
    assert ended.code == 0
    assert f"warning: new lies inside the site of {site / 'digest.toml'}" in ended.err
    assert "content/hello.md" in tree(site / "content/new")
    quiet = digest(site, "init", "other", "--now", NOW, "--quiet")
    assert (quiet.code, quiet.err) == (0, "")


def test_init_beside_a_site_warns_of_nothing(site: Path, digest: Command) -> None:
    ended = digest(site.parent, "init", "new", "--now", NOW)
    assert (ended.code, ended.err) == (0, "next: cd new && digest build\n")
    ended = digest(site, "init", "../newer", "--now", NOW)
    assert (ended.code, ended.err) == (0, "next: cd ../newer && digest build\n")


def test_init_writes_into_the_folder_that_is_named(tmp_path: Path, digest: Command) -> None:
    (tmp_path / "sites").mkdir()
    ended = digest(tmp_path, "init", "new", "-C", "sites", "--now", NOW)
    assert ended.code == 0
    assert "sites/new/digest.toml" in ended.out.splitlines()
    assert (tmp_path / "sites/new/digest.toml").is_file()


def test_init_through_a_link_to_itself_ends_with_a_message(tmp_path: Path, digest: Command) -> None:
    (tmp_path / "loop").symlink_to("loop")
    ended = digest(tmp_path, "init", "loop/new", "--now", NOW)
    assert ended.code == 73
    assert ended.err.startswith("error: loop/new: cannot be made: ")
