"""A site with an edition that is sent by mail, and a way to send it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import digest
from digest.senders import send
from tests.commands import NOW, POSTS

KEY = "weekly/2026-W48"
SECRET = "a-secret-that-nobody-can-guess"
PAGE = "https://notes.example/leave?list=a&b=1"
TOML = """
[site]
title = "Nötes"
url = "https://notes.example/"
[digests.weekly]
title = "Notes weekly"
sender = "Nötes <weekly@notes.example>"
to = "list@notes.example"
unsubscribe = "{page}, mailto:leave@notes.example"
one_click = true
postal_address = "1 Note Street, 12345 Town"
send_via = "mail"
{digest}
[senders.mail]
kind = "{kind}"
{sender}
"""


def toml(kind: str = "smtp", digest: str = "", page: str = PAGE, **sender: Any) -> str:
    """A configuration with one digest, sent to the readers of readers.txt."""
    given: dict[str, Any] = {"host": "127.0.0.1", **sender}
    if kind == "smtp":
        given.setdefault("readers", "readers.txt")
    if "sendmail" in given:
        del given["host"]
    lines = (
        f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}" for key, value in given.items()
    )
    return TOML.format(kind=kind, digest=digest, page=page, sender="\n".join(lines))


def files(*readers: str, posts: dict[str, str | bytes] = POSTS) -> dict[str, str | bytes]:
    """The files of a site, with its readers."""
    return {**posts, "readers.txt": "\n".join(readers) + "\n"}


def built(make_site: Callable[..., Path], configuration: str, *readers: str, **more: Any) -> Path:
    """The folder of a site whose edition is built."""
    root = make_site(files(*readers, **more), configuration)
    digest.build(digest.load_config(root), digest_moment())
    return root


def digest_moment() -> Any:
    """The moment of the build."""
    from datetime import datetime

    return datetime.fromisoformat(NOW)


def hand_over(root: Path, **options: Any) -> Any:
    """Send the edition as the library does."""
    return send(digest.load_config(root), KEY, digest_moment(), **options)
