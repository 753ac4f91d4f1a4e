"""Check all notes at once, so that a wrong name or key is known long before the edition is due."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath

from digest.collector.post import Post
from digest.collector.scan import files_below
from digest.config import Config, schedule
from digest.editions.edition import known_names, unknown_in_order
from digest.editions.note import read_note
from digest.editions.slots import slot_problems
from digest.problems import Problem, did_you_mean

SUFFIX = ".md"


def note_problems(config: Config, posts: Sequence[Post], now: datetime, built: Collection[str]) -> Iterator[Problem]:
    """Yield what is wrong in the notes folder: names of files and folders, and notes whose edition is still to come.

    `posts` are all that were collected; the editions `built` are those that the ledgers have. The files of slots are
    checked, too.
    """
    yield from slot_problems(config)
    for path in _paths(config):
        *folders, name = path.removeprefix(f"{config.site.notes}/").split("/")
        misplaced = _misplaced(config, path, folders, name)
        if misplaced is not None:
            yield misplaced
        elif f"{folders[0]}/{name.removesuffix(SUFFIX)}" not in built:
            yield from _problems_of_note(config, posts, now, path)


def _paths(config: Config) -> list[str]:
    """Return the paths of the files in the notes folder that somebody may mean as notes."""
    if not config.site.notes:
        return []
    return [file.path for file in files_below(config, config.site.notes) if _may_be_note(PurePosixPath(file.path))]


def _may_be_note(path: PurePosixPath) -> bool:
    is_hidden = any(part.startswith(".") for part in path.parts)
    is_text = path.suffix.lower() in {".md", ".markdown", ".txt"}
    return is_text and not is_hidden and path.stem.casefold() not in {"readme", "license"}


def _misplaced(config: Config, path: str, folders: list[str], name: str) -> Problem | None:
    """Return the problem of a file that is no note of an edition by its path; None when it may be one."""
    place = f"a note stands in {config.site.notes}/DIGEST/KEY{SUFFIX}"
    if len(folders) != 1:
        return Problem(path, 0, 0, "unknown-note", "this is no note of an edition", place, "warning")
    if folders[0] not in config.digests:
        known = "known: " + (", ".join(sorted(config.digests)) or "none")
        hint = did_you_mean(folders[0], config.digests) or known
        return Problem(path, 0, 0, "unknown-note", f'there is no digest "{folders[0]}"', hint, "warning")
    if not name.endswith(SUFFIX):
        return Problem(
            path, 0, 0, "unknown-note", f"this is not read: its name does not end in {SUFFIX}", place, "warning"
        )
    return None


def _problems_of_note(config: Config, posts: Sequence[Post], now: datetime, path: str) -> Iterator[Problem]:
    key = path.removeprefix(f"{config.site.notes}/").removesuffix(SUFFIX)
    digest, _, period = key.partition("/")
    plan = schedule.schedule_of(config, digest)
    try:
        window = schedule.window_of_key(plan, period)
    except ValueError as error:
        following = schedule.latest_window(plan, schedule.next_end(plan, now)).key
        hint = f"the next edition is {following}"
        yield Problem(path, 0, 0, "unknown-note", f"no edition takes this note: {error}", hint, "warning")
        return
    if window.end <= now:
        return  # its edition was not built then, or is built by this run, which reads it
    note, problems = read_note(config, key)
    yield from problems
    if note is None:
        return
    known = known_names(posts)
    for name in unknown_in_order(posts, note):
        line, column = _find((config.root / path), name)
        hint = did_you_mean(name, known) or "name its id, URL, path or slug"
        yield Problem(path, line, column, "unknown-post", f'order: there is no post "{name}"', hint, "warning")


def _find(file: Path, name: str) -> tuple[int, int]:
    """Return the line and the column, from 1, at which a name first stands in a file; zeros when it does not."""
    for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").split("\n"), 1):
        if name in line:
            return number, line.index(name) + 1
    return 0, 0
