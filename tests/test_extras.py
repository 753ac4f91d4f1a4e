"""Commands whose extra is not installed: they say which command installs it, and end without a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import NOW, POST, TOML, Command, Ended
from tests.conftest import MakeSite

# The command, in a process that cannot import the packages named in its first argument.
WITHOUT = """
import sys
from importlib.abc import MetaPathFinder


class Missing(MetaPathFinder):
    names = set(sys.argv.pop(1).split(","))

    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Missing())
from digest.cli import main

main()
"""
SENDERS = """
[senders.inbox]
kind = "buttondown"
"""


def run_without(packages: str, site: Path, *arguments: str) -> Ended:
    """Run the command in `site` as if `packages` were not installed."""
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT, packages, *arguments],
        cwd=site,
        env=os.environ | {"DIGEST_SECRET": "0123456789abcdef", "BUTTONDOWN_API_KEY": "key"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize(("packages", "arguments", "extra"), [
    ("starlette", ["preview", "--no-browser"], "preview"),
    ("uvicorn", ["preview", "--no-browser"], "preview"),
    ("watchfiles", ["preview", "--no-browser"], "preview"),
    ("starlette", ["unsubscribe", "serve", "--port", "0"], "preview"),
    ("uvicorn", ["unsubscribe", "serve", "--port", "0"], "preview"),
    ("starlette", ["readers", "serve"], "preview"),
    ("uvicorn", ["readers", "serve"], "preview"),
    ("dns", ["doctor"], "send"),
    ("httpx", ["doctor"], "send"),
    ("PIL", ["build", "--now", NOW], "images"),
])  # fmt: skip
def test_a_command_without_its_extra_says_how_to_install_it(
    packages: str, arguments: list[str], extra: str, site: Path
) -> None:
    config = site / "digest.toml"
    config.write_text(config.read_text().replace("[digests.weekly]", '[digests.weekly]\nimages = "resize"'))
    ended = run_without(packages, site, *arguments)
    assert ended.code == 1
    assert ended.err.splitlines()[-1].startswith("error: ")
    assert ended.err.endswith(f'needs {packages}, which is missing: pip install "digest-press[{extra}]"\n')


def test_sending_to_a_service_without_its_extra_says_how_to_install_it(site: Path) -> None:
    config = site / "digest.toml"
    toml = config.read_text().replace("[digests.weekly]", '[digests.weekly]\nprovider = "buttondown"')
    config.write_text(f"{toml}\n{SENDERS}")
    assert run_without("httpx", site, "build", "--now", NOW).code == 0
    rehearsed = run_without("httpx", site, "send", "weekly/2026-W48", "--via", "inbox", "--dry-run")
    assert rehearsed.code == 0, rehearsed.err
    ended = run_without("httpx", site, "send", "weekly/2026-W48", "--via", "inbox", "--as-of", NOW)
    assert ended.code == 1
    assert 'needs httpx, which is missing: pip install "digest-press[send]"' in ended.err


def test_posts_in_restructuredtext_without_docutils_are_named_with_the_command(make_site: MakeSite) -> None:
    files = {"content/a.rst": "Title\n=====\n:date: 2026-11-20\n\nText.\n", "pelicanconf.py": "SITENAME = 'x'\n"}
    site = make_site(files, toml=None)
    ended = run_without("docutils", site, "check", "--now", NOW)
    assert "1 .rst file not read" in ended.err
    assert '(pip install "digest-press[rst]")' in ended.err


@pytest.mark.parametrize(("pattern", "code", "said"), [
    ("yyyy/MM/dd", 0, ""),
    ("MMMM yyyy", 1, 'post_url_date_format: MMMM yyyy needs babel, which is missing: pip install "digest-press[mkdocs]"\n'),
])  # fmt: skip
def test_names_of_months_in_addresses_need_an_extra(pattern: str, code: int, said: str, make_site: MakeSite) -> None:
    settings = (
        f"site_name: x\nsite_url: https://x.example/\nplugins:\n  - blog:\n      post_url_date_format: {pattern}\n"
    )
    post = "---\ndate: 2026-11-20\n---\n# A\n"
    site = make_site({"mkdocs.yml": settings, "docs/blog/posts/a.md": post}, toml=None)
    ended = run_without("babel", site, "list", "--json", "--now", NOW)
    assert ended.code == code
    assert ended.err.endswith(said)
    assert ('"url":"https://x.example/blog/2026/11/20/a/"' in ended.out) == (code == 0)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pty on Windows")
def test_a_list_on_a_terminal_needs_no_rich(site: Path) -> None:
    import pty

    shown, terminal = pty.openpty()
    arguments = [sys.executable, "-c", WITHOUT, "rich", "list", "--now", NOW]
    ended = subprocess.run(arguments, cwd=site, stdout=terminal, stderr=subprocess.PIPE, text=True, check=False)
    os.close(terminal)
    assert ended.returncode == 0, ended.stderr
    assert b"\tOne\t" in os.read(shown, 10_000)
    os.close(shown)


def test_a_build_needs_no_extra(make_site: MakeSite, digest_image: bytes) -> None:
    every = "starlette,uvicorn,watchfiles,anyio,httpx,httpcore,h11,dns,docutils,PIL,distributed,babel,rich,fsspec,s3fs"
    post = "---\ndate: 2026-11-20\n---\n![a](/a.png)\n"
    toml = TOML.replace("[digests.weekly]", '[digests.weekly]\ntext = "full"')
    site = make_site({"static/a.png": digest_image, "content/a.md": post}, toml)
    ended = run_without(every, site, "build", "--now", NOW)
    assert ended.code == 0, ended.err
    for command in (["status"], ["list"], ["check"], ["build", "--draft"]):
        assert run_without(every, site, *command, "--now", NOW).code == 0
    html = (site / "public/editions/weekly/2026-W48/email.html").read_text()
    assert 'width="40" height="20"' in html


@pytest.fixture
def digest_image() -> bytes:
    """A PNG of 40 by 20 pixels."""
    import io

    from PIL import Image

    written = io.BytesIO()
    Image.new("RGB", (40, 20)).save(written, "PNG")
    return written.getvalue()


CLUSTER = """
import sys
from datetime import datetime
import digest
from digest.pool import WorkerPool
from distributed import Client, LocalCluster

if __name__ == "__main__":
    moment = datetime.fromisoformat(sys.argv[1])
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        with WorkerPool(executor=client.get_executor()) as pool:
            report = digest.build(digest.load_config("."), now=moment, pool=pool)
        done = sum(client.run(lambda dask_worker: dask_worker.state.executed_count).values())
    print(report.posts, done > 0)
"""


def test_the_workers_of_a_cluster_build_the_same(make_site: MakeSite, digest: Command, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    posts = {f"content/{number}.md": POST.format(f"Post {number}", "2026-11-20", "news") for number in range(100)}
    alone, spread = make_site(posts, TOML, "alone"), make_site(posts, TOML, "spread")
    assert digest(alone, "build", "--now", NOW, "--jobs", "1").code == 0
    script = tmp_path / "spread.py"
    script.write_text(CLUSTER)
    ended = subprocess.run([sys.executable, script, NOW], cwd=spread, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "100 True\n"), ended.stderr
    one, other = (
        {path.relative_to(site): path.read_bytes() for path in (site / "public").rglob("*") if path.is_file()}
        for site in (alone, spread)
    )
    assert one == other
