"""A site with readers of its own, and a mail server that takes their letters."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.commands import Command
from tests.conftest import MakeSite
from tests.mail_server import Inbox, mail_server

SECRET = "a-secret-behind-links-of-32-signs"
NOW = "2026-11-23T09:00:00+00:00"
KEY = "weekly/2026-W48"
TOML = """
[site]
title = "Harbour"
url = "https://harbour.example/"
[digests.weekly]
sender = "Harbour <news@harbour.example>"
send_via = "mail"
{digest}
[senders.mail]
kind = "smtp"
host = "127.0.0.1"
port = {port}
[readers]
url = "https://harbour.example/readers"
{database}
"""
POST = "---\ntitle: {title}\ndate: {date}\ntags: [{tags}]\nlanguage: {language}\n---\n\nThe words of {title}.\n"

MakeHarbour = Callable[..., Path]


def post(title: str, date: str, tags: str, language: str = "en") -> str:
    return POST.format(title=title, date=date, tags=tags, language=language)


POSTS = {
    "content/ferry.md": post("Ferry", "2026-11-18 10:00", "news"),
    "content/match.md": post("Match", "2026-11-19 10:00", "sport"),
    "content/market.md": post("Market", "2026-11-20 10:00", "news, food"),
    "content/gang.md": post("码头", "2026-11-21 10:00", "news", "zh-CN"),
}


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    """A mail server with its inbox, and its port."""
    with mail_server() as server:
        yield server


@pytest.fixture
def make_harbour(make_site: MakeSite, digest: Command, monkeypatch: pytest.MonkeyPatch) -> MakeHarbour:
    """Return a function that makes a site, built once, whose readers are those of a table."""
    monkeypatch.setenv("DIGEST_SECRET", SECRET)

    def make(readers: str, port: int, settings: str = "", database: str = "") -> Path:
        toml = TOML.format(port=port, digest=settings, database=database)
        folder = make_site({**POSTS, "readers.csv": readers}, toml)
        assert digest(folder, "build", "--now", NOW).code == 0
        ended = digest(folder, "readers", "import", "readers.csv")
        assert ended.code == 0, ended.err
        return folder

    return make


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of its own, as Debian has it; the address of its database."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        pytest.skip("PostgreSQL is not installed")
    tools = programs[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))  # pytest keeps its own folders from other users
    as_user: list[str] = []
    if os.geteuid() == 0:  # it refuses to run as root
        as_user = ["runuser", "-u", "postgres", "--"]
        shutil.chown(folder, "postgres")
    place = folder / "data"

    def run(*command: str) -> None:
        subprocess.run([*as_user, *command], check=True, capture_output=True, cwd=folder)

    run(str(tools / "initdb"), "-D", str(place), "--auth=trust", "--username=digest", "--encoding=UTF8", "--no-sync")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    run(str(tools / "pg_ctl"), "-D", str(place), "-w", "-l", str(folder / "log"), "-o", options, "start")
    yield f"postgresql://digest@/postgres?host={folder}"
    run(str(tools / "pg_ctl"), "-D", str(place), "-m", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture
def database_of_its_own(postgres: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database on that server; the variable READERS_DATABASE holds its address."""
    import psycopg

    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS readers")
        connection.execute("CREATE DATABASE readers")
    address = postgres.replace("/postgres?", "/readers?")
    monkeypatch.setenv("READERS_DATABASE", address)
    return address
