"""The command `init`, which writes a `digest.toml` for the site that is there, or a new site that is ready to build."""

import os
import shlex
import string
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from digest import files
from digest.cli.options import When, now_option, zone
from digest.cli.recipes import RECIPES, texts_of_recipes
from digest.cli.terminal import Run, command
from digest.config import FILE_NAME, config_schema, find_config
from digest.problems import WriteError

SCHEMA_FILE = "digest.schema.json"


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--with", "recipes", multiple=True, type=click.Choice(list(RECIPES)),
              help="Also write the files to run it on a schedule; they can be added later.")  # fmt: skip
@click.option(
    "--timezone", type=zone, help="The site's time zone, an IANA name (default: that of its settings, or UTC)."
)
@now_option("Date the first post before this moment")
@command
def init(run: Run, *, directory: Path, recipes: tuple[str, ...], timezone: ZoneInfo | None, now: When) -> None:
    """Write a digest.toml for this site, or a new site.

    DIRECTORY is the site's folder, by default this one. The settings of the generator that makes the site (Hugo,
    Jekyll and others) are read and taken over.

    \b
    Examples:
      digest init
      digest init my-site --timezone Asia/Shanghai
      digest init --with github-action
    """
    folder = run.folder / directory
    outer = find_config(folder)
    run.zone = timezone or run.zone
    texts = texts_of_recipes(recipes, folder)
    sentences: tuple[str, ...] = ()
    if not (recipes and (folder / FILE_NAME).exists()):
        site, sentences = _texts_of_site(folder, run.moment(now), timezone)
        texts = site | texts
    _write(folder, texts)
    run.give({"written": list(texts)}, "" if run.quiet else "\n".join(str(folder / path) for path in texts))
    for sentence in sentences:
        run.say(sentence)
    if outer is not None and outer.parent != folder.resolve():
        run.say(f"warning: {folder} lies inside the site of {outer}, which may collect its posts too")
    run.say(f"next: cd {shlex.quote(str(folder))} && digest build" if folder != Path() else "next: digest build")


def _texts_of_site(folder: Path, now: datetime, timezone: ZoneInfo | None) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the text of each file of a site by its path, and sentences about what was taken over.

    A folder with a site gets a configuration only; else there is a first post too, dated (`now` is aware) into the
    window of the edition that is due, so that the first build shows a digest.
    """
    from digest.build.proposal import has_site, propose

    schema = {SCHEMA_FILE: config_schema().decode()}
    if has_site(folder):
        proposal = propose(folder.resolve(), timezone.key if timezone else "")
        return {FILE_NAME: proposal.text} | schema, proposal.sentences
    return _texts_of_new_site(folder, now, timezone.key if timezone else "UTC") | schema, ()


def _texts_of_new_site(folder: Path, now: datetime, timezone: str) -> dict[str, str]:
    from digest.config import schedule
    from digest.templates import SHIPPED

    end = schedule.latest_end(schedule.parse("week", "monday 08:00", timezone), now)
    values = {
        "title": title_of(folder) or "My Site",
        "language": "en",
        "timezone": timezone,
        "date": (end - timedelta(hours=20)).isoformat(timespec="seconds"),
    }
    top = SHIPPED / "site"
    sources = {path.relative_to(top).as_posix(): path for path in sorted(top.rglob("*")) if path.is_file()}
    return {path: string.Template(_read(source)).safe_substitute(values) for path, source in sources.items()}


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    """Write files into `folder`. Raises `WriteError` when one exists already, since nothing is overwritten."""
    for path in texts:
        if (folder / path).exists():
            raise WriteError(f"{folder / path} is there already; nothing was written")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"{folder}: cannot be made: {error.strerror or error}") from error
    for path, text in texts.items():
        files.write(folder, path, text.encode("utf-8"))


def title_of(folder: Path) -> str:
    """Return the folder's name as a title; empty when nothing is left.

    It is inserted unescaped into a TOML string and before an e-mail address: characters special there become spaces.
    """
    from digest.collector.post import clean_text

    name = Path(os.path.realpath(folder)).name
    spaced = name.translate({ord(character): " " for character in "-_\\()<>[]:;@,"})
    return " ".join(map(_capitalized, clean_text(spaced).replace('"', "'").split(" ")))


def _capitalized(word: str) -> str:
    """Return a word with its first letter as a capital: `joe's` as `Joe's`, `'best'` as `'Best'`."""
    start = len(word) - len(word.lstrip("'"))
    return word[:start] + word[start : start + 1].upper() + word[start + 1 :]
