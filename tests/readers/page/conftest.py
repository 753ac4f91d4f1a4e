"""A secret for each test of the readers' page, and a site with a mail server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import MakeSite
from tests.mail_server import Inbox, mail_server
from tests.readers.page.site import POSTS, SECRET, TOML


@pytest.fixture
def post_office(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Inbox, int]]:
    """Run a mail server, and set the secret of links."""
    monkeypatch.setenv("DIGEST_SECRET", SECRET)
    with mail_server() as running:
        yield running


@pytest.fixture
def inbox(post_office: tuple[Inbox, int]) -> Inbox:
    """Return what the mail server took."""
    return post_office[0]


@pytest.fixture
def readers_site(make_site: MakeSite, post_office: tuple[Inbox, int]) -> Path:
    """Return the folder of a site with readers, which sends by the mail server."""
    return make_site(POSTS, TOML.replace("PORT", str(post_office[1])))
