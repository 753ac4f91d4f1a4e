"""A site with readers of its own, and a mail server that takes their letters."""

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

    def make(readers: str, port: int, settings: str = "") -> Path:
        folder = make_site({**POSTS, "readers.csv": readers}, TOML.format(port=port, digest=settings))
        assert digest(folder, "build", "--now", NOW).code == 0
        ended = digest(folder, "readers", "import", "readers.csv")
        assert ended.code == 0, ended.err
        return folder

    return make
