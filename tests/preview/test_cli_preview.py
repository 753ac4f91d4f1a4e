"""`digest preview`: the command builds in memory what the browser is shown."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digest.config import Config
from digest.preview import Site
from digest.problems import DigestError
from tests.commands import NOW, POST, TOML, Command, tree
from tests.conftest import MakeSite

COUNT_FORKS = """
    import os, sys, threading
    from digest.cli import main

    def note() -> None:
        os.write(1, f"fork beside {threading.active_count()} threads\\n".encode())

    os.register_at_fork(before=note)
    sys.argv = ["digest", "preview", "--no-browser", *sys.argv[1:]]
    main()
"""


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Site, dict[str, Any]]]:
    """Return a list that gets what the server would have been started with."""
    found: list[tuple[Site, dict[str, Any]]] = []

    def serve(load: Callable[[], Config], make: Callable[[Config], Site], **options: Any) -> None:
        found.append((make(load()), options))

    monkeypatch.setattr("digest.preview.serve", serve)
    return found


def test_the_edition_that_is_due_and_the_feeds_are_shown_and_nothing_is_written(
    site: Path, digest: Command, shown: list[tuple[Site, dict[str, Any]]]
) -> None:
    assert digest(site, "preview", "--now", NOW, "--no-browser", "--port", "8471").code == 0
    ((made, options),) = shown
    assert (made.due, made.keys, options["port"], options["open_browser"]) == (
        "weekly/2026-W48", ("weekly/2026-W48",), 8471, False,
    )  # fmt: skip
    assert "Body of Two." in made.compose(made.due).text
    assert b"Body of Two." in made.files["feed.xml"]
    assert not (site / "public").exists()
    assert not (site / "ledger").exists()


def test_what_is_previewed_is_what_is_built(
    site: Path, digest: Command, shown: list[tuple[Site, dict[str, Any]]]
) -> None:
    digest(site, "preview", "--now", NOW)
    digest(site, "build", "--now", NOW)
    digest(site, "preview", "--now", NOW)
    before, after = (made for made, _ in shown)
    built = {path: content for path, (content, _) in tree(site / "public").items()}
    assert before.compose(before.due).eml == built["editions/weekly/2026-W48/email.eml"]
    assert after.compose("weekly/2026-W48").eml == built["editions/weekly/2026-W48/email.eml"]
    assert {path: built[path] for path in before.files} == dict(before.files)


def test_a_post_whose_body_is_broken_is_in_no_edition(
    site: Path, digest: Command, shown: list[tuple[Site, dict[str, Any]]]
) -> None:
    broken = POST.format("Broken", "2026-11-22", "news") + "<b>" * 100_000
    (site / "content/broken.md").write_text(broken)
    digest(site, "preview", "--now", NOW)
    ((made, _),) = shown
    before = made.compose(made.due)
    assert "Broken" not in before.text
    digest(site, "build", "--now", NOW)
    assert before.eml == (site / "public/editions/weekly/2026-W48/email.eml").read_bytes()


def test_a_key_that_there_is_not_is_told(site: Path, digest: Command, shown: list[tuple[Site, dict[str, Any]]]) -> None:
    digest(site, "preview", "--now", NOW)
    ((made, _),) = shown
    with pytest.raises(DigestError, match="no digest"):
        made.compose("other/2026-W48")
    with pytest.raises(DigestError, match="can be built from then on"):
        made.compose("weekly/2027-W20")


def test_posts_that_are_gone_are_a_warning(
    site: Path, digest: Command, shown: list[tuple[Site, dict[str, Any]]]
) -> None:
    digest(site, "build", "--now", NOW)
    before = tree(site / "public") | tree(site / "ledger")
    for path in (site / "content").iterdir():
        path.unlink()
    digest(site, "preview", "--now", NOW)
    ((made, _),) = shown
    assert [(problem.code, problem.severity) for problem in made.problems] == [("posts-gone", "warning")]
    assert "Body of" not in made.files["feed.xml"].decode()
    assert tree(site / "public") | tree(site / "ledger") == before


def test_the_open_window_is_shown_when_nothing_is_due(
    site: Path, digest: Command, shown: list[tuple[Site, dict[str, Any]]]
) -> None:
    (site / "content/new.md").write_text(POST.format("New", "2026-11-25", "news"))
    digest(site, "build", "--now", NOW)
    before = tree(site / "public") | tree(site / "ledger")
    assert digest(site, "preview", "--now", "2026-11-26T09:00:00+00:00").code == 0
    ((made, _),) = shown
    assert (made.due, made.keys) == ("weekly/2026-W49", ("weekly/2026-W49", "weekly/2026-W48"))
    assert (made.due_keys, made.open_keys) == ((), ("weekly/2026-W49",))
    assert "Body of New." in made.compose("weekly/2026-W49").text
    assert tree(site / "public") | tree(site / "ledger") == before


@pytest.mark.skipif(not hasattr(os, "register_at_fork"), reason="processes are not forked here")
def test_no_process_is_forked_while_the_server_runs(make_site: MakeSite) -> None:
    posts = {f"content/{n}.md": POST.format(f"Post {n}", "2026-10-01", "x") for n in range(450)}
    root = make_site({**posts, "content/new.md": POST.format("The newest", "2026-11-20", "x")}, TOML)
    command = [sys.executable, "-c", textwrap.dedent(COUNT_FORKS), "--now", NOW]
    running = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stderr
    try:
        said = next(line for line in running.stderr if line.startswith("preview: "))
        address = re.search(r"http://\S+", said)
        assert address
        with urllib.request.urlopen(address[0], timeout=60) as page:
            assert b"Body of The newest." in page.read()
        with urllib.request.urlopen(f"{address[0]}feed.xml", timeout=60) as feed:
            assert b"Body of The newest." in feed.read()
    finally:
        running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=60)
    assert (running.returncode, out) == (0, "")
