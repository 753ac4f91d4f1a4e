"""Writing a new site that builds at once."""

import os
import string
from datetime import datetime, timedelta
from pathlib import Path

from digest import files as publish
from digest.collector.post import clean_text
from digest.config import schedule
from digest.problems import WriteError
from digest.templates import SHIPPED

RECIPES = {
    "github-action": (".github/workflows/digest.yml",),
    "systemd": ("deploy/digest.service", "deploy/digest.timer"),
    "cron": ("deploy/digest.cron",),
}


def init(folder: Path, *, now: datetime, timezone: str = "UTC", recipes: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Write a new site, and the named recipes of `RECIPES`, into `folder`; return the paths written.

    The first post is dated (`now` is aware) into the window of the edition that is due, so that the first build shows
    a digest. Raises `WriteError` when a file is there already, since nothing is overwritten, and when the folder cannot
    be made.
    """
    title = _title(folder) or "My Site"
    end = schedule.latest_end(schedule.parse("week", "monday 08:00", timezone), now)
    date = (end - timedelta(hours=20)).isoformat(timespec="seconds")
    words = {"title": title, "language": "en", "timezone": timezone, "date": date}
    site = SHIPPED / "site"
    sources = [(path.relative_to(site).as_posix(), path) for path in sorted(site.rglob("*")) if path.is_file()]
    sources += [(path, SHIPPED / "recipes" / Path(path).name) for name in recipes for path in RECIPES[name]]
    if there := [path for path, _ in sources if (folder / path).exists()]:
        raise WriteError(f"{folder / there[0]} is there already; nothing was written")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"{folder}: cannot be made: {error.strerror or error}") from error
    for path, source in sources:
        content = source.read_bytes()
        if source.is_relative_to(site):
            content = string.Template(content.decode("utf-8")).substitute(words).encode("utf-8")
        publish.write(folder, path, content)
    return tuple(path for path, _ in sources)


def _title(folder: Path) -> str:
    """Return the folder's name as a title; empty when nothing is left.

    It stands unescaped in a TOML string and before an e-mail address: what has a meaning there becomes a space.
    """
    name = Path(os.path.realpath(folder)).name
    spaced = name.translate({ord(character): " " for character in "-_\\()<>[]:;@,"})
    return clean_text(spaced).replace('"', "'").title()
