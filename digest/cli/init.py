"""The command `init`, which writes a new site that is ready to build."""

import os
import shlex
import string
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from digest import files
from digest.cli.options import When, now_option, zone
from digest.cli.terminal import Run, command
from digest.config import find_config
from digest.problems import WriteError

RECIPES = {
    "github-action": (".github/workflows/digest.yml",),
    "systemd": ("deploy/digest.service", "deploy/digest.timer"),
    "cron": ("deploy/digest.cron",),
}


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--with", "recipes", multiple=True, type=click.Choice(list(RECIPES)),
              help="Also write the files to run it on a schedule.")  # fmt: skip
@click.option("--timezone", type=zone, default="UTC", help="The site's time zone, an IANA name.")
@now_option("Date the first post before this moment")
@command
def init(run: Run, *, directory: Path, recipes: tuple[str, ...], timezone: ZoneInfo, now: When) -> None:
    """Write a new site that builds at once into DIRECTORY."""
    folder = run.folder / directory
    outer = find_config(folder)
    run.zone = timezone
    written = write_site(folder, now=run.moment(now), timezone=timezone.key, recipes=recipes)
    run.give({"written": written}, "\n".join(str(folder / path) for path in written))
    if outer is not None:
        run.say(f"warning: {folder} lies inside the site of {outer}, which may collect its posts too")
    run.say(f"next: cd {shlex.quote(str(folder))} && digest build")


def write_site(folder: Path, *, now: datetime, timezone: str, recipes: tuple[str, ...]) -> tuple[str, ...]:
    """Write a new site in the zone `timezone` (IANA), and `recipes` by name, into `folder`; return the paths written.

    The first post is dated (`now` is aware) into the window of the edition that is due, so that the first build shows
    a digest. Raises `WriteError` when a file already exists, since nothing is overwritten, and when the folder cannot
    be created.
    """
    from digest.config import schedule

    end = schedule.latest_end(schedule.parse("week", "monday 08:00", timezone), now)
    values = {
        "title": title_of(folder) or "My Site",
        "language": "en",
        "timezone": timezone,
        "date": (end - timedelta(hours=20)).isoformat(timespec="seconds"),
    }
    sources = files_of_site(recipes)
    for path in sources:
        if (folder / path).exists():
            raise WriteError(f"{folder / path} is there already; nothing was written")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"{folder}: cannot be made: {error.strerror or error}") from error
    for path, source in sources.items():
        text = string.Template(source.read_text(encoding="utf-8"))
        files.write(folder, path, text.safe_substitute(values).encode("utf-8"))
    return tuple(sources)


def files_of_site(recipes: tuple[str, ...]) -> dict[str, Path]:
    """Return the template of each file of a new site by its path in the site."""
    from digest.templates import SHIPPED

    folder = SHIPPED / "site"
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    for name in recipes:
        found |= {path: SHIPPED / "recipes" / Path(path).name for path in RECIPES[name]}
    return found


def title_of(folder: Path) -> str:
    """Return the folder's name as a title; empty when nothing is left.

    It is inserted unescaped into a TOML string and before an e-mail address: characters special there become spaces.
    """
    from digest.collector.post import clean_text

    name = Path(os.path.realpath(folder)).name
    spaced = name.translate({ord(character): " " for character in "-_\\()<>[]:;@,"})
    return clean_text(spaced).replace('"', "'").title()
