"""From the content folder to posts: walking it, reading each file once, and selecting.

The order of everything is by path or by date and permalink, never the file system's. Only regular files inside the
content folder are opened: a pull request may hold a link to /etc/passwd, or a pipe that never ends.
"""

import fnmatch
import functools
import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote

from digest.config import Config, Selection
from digest.dialects import read_header
from digest.header import HeaderError
from digest.index import Index, fingerprint, program, said
from digest.places import MARKDOWN
from digest.posts import UNDATED, Post, tag_key
from digest.problems import Problem, printable
from digest.reading import read
from digest.workers import ALONE, Crew

_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_HEAD = 4_096  # bytes, in which nearly all front matter ends
_PIECE = 65_536  # bytes read at once of a file that grows or has more than it says


class Collection(NamedTuple):
    """Every post that could be read, newest first, and everything that is wrong, by path and line."""

    posts: tuple[Post, ...]
    problems: tuple[Problem, ...]
    hashes: dict[str, bytes]  # of each post's file, by path


def collect(config: Config, index: Index | None = None, crew: Crew = ALONE) -> Collection:
    """Return the posts of the content folder, drafts, future and expired ones among them, and the problems.

    What `index` remembers is not read again, the rest is read by `crew`. A file that can not be read, or that is not
    what it should be, is a problem and never an exception.
    """
    if index is None:
        with Index(None, b"") as nothing:
            return collect(config, nothing, crew)
    files, problems = walk(config)
    known = index.known()
    changed = [path for path, stat in files.items() if known.get(path) != (stat.st_size, stat.st_mtime_ns, False)]
    facts = index.facts()
    for path in known.keys() - files.keys():
        del facts[path]
    if changed:
        made = zip(changed, crew.spread("reading", functools.partial(read_files, config), changed), strict=True)
        facts |= index.learn((path, files[path], *said) for path, said in made)
    index.forget(known.keys() - files.keys())
    posts = [fact.post for fact in facts.values() if fact.post is not None]
    problems += (problem for fact in facts.values() for problem in fact.problems)
    kept, doubles = distinct(posts, config)
    hashes = {path: fact.hash for path, fact in facts.items()}
    return Collection(newest_first(kept), tuple(sorted([*problems, *doubles])), hashes)


def read_files(config: Config, paths: Sequence[str]) -> list[tuple[bytes, bytes]]:
    """Return hash and fact of each content file, the fact as the index keeps it; runs in any process."""
    return [_read_one(config, path) for path in paths]


def _read_one(config: Config, path: str) -> tuple[bytes, bytes]:
    data, problem = read_file(config, path)
    if data is None:
        return b"", said(None, (problem,) if problem else ())
    longer = _HEAD < len(data) <= config.posts.limits.file_bytes
    post, problems = read(path, data[:_HEAD], config, lambda: data) if longer else read(path, data, config)
    return hashlib.blake2b(data, digest_size=16).digest(), said(post, problems)


def reading_fingerprint(config: Config) -> bytes:
    """Return what differs whenever configuration or program could make a file say something else."""
    site = config.site
    return fingerprint(
        program(), site.url, site.permalink, site.timezone, site.language, site.content, site.static, config.posts
    )


def newest_first(posts: Iterable[Post]) -> tuple[Post, ...]:
    """Return `posts` by date, newest first; of one moment by permalink."""
    return tuple(sorted(posts, key=lambda post: (-post.date.timestamp(), post.url)))


# --- files


def walk(config: Config) -> tuple[dict[str, os.stat_result], list[Problem]]:
    """Return all content files by path, sorted, relative to the site's folder, and what could not be walked.

    What `posts.ignore` matches is left out: a pattern with a leading slash matches a path below the content folder,
    any other a single name; neither minds case.
    """
    files: dict[str, os.stat_result] = {}
    problems: list[Problem] = []
    root = config.root
    top = root / config.site.content
    if not top.is_dir():
        return {}, [Problem(config.site.content or ".", 0, 0, "no-content", "there is no content folder here")]
    ignored = _ignored(config.posts.ignore)
    other = {os.path.realpath(root / folder) for folder in (config.site.output, config.site.notes, config.site.ledger)}
    inside = os.path.realpath(top)
    prefix = PurePosixPath(config.site.content).as_posix() if config.site.content not in ("", ".") else ""

    def visit(folder: str, below: str) -> None:
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            message = f"the folder can not be read: {error.strerror}"
            problems.append(Problem(_relative(root, folder), 0, 0, "unreadable", message))
            return
        for entry in found:
            name = f"{below}/{entry.name}"
            if ignored(entry.name, name):
                continue
            if entry.is_dir(follow_symlinks=False):
                if other and os.path.realpath(entry.path) in other:
                    continue
                visit(entry.path, name)
            elif entry.name.lower().endswith(MARKDOWN):
                path = f"{prefix}{name}".lstrip("/")
                problem = _unfit(path, entry, inside)
                if problem is None:
                    files[path] = entry.stat()
                else:
                    problems.append(problem)
            elif entry.is_symlink() and entry.is_dir():
                message = "a link to a folder is not followed"
                hint = "put the posts themselves here"
                problems.append(Problem(_relative(root, entry.path), 0, 0, "linked-folder", message, hint, "warning"))

    visit(os.fspath(top), "")
    return dict(sorted(files.items())), problems


def _ignored(patterns: tuple[str, ...]) -> "_Ignored":
    return _Ignored(
        _any_of(pattern for pattern in patterns if not pattern.startswith("/")),
        _any_of(pattern.rstrip("/") for pattern in patterns if pattern.startswith("/")),
    )


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(fnmatch.translate(pattern.lower()) for pattern in patterns) or "(?!)")


class _Ignored(NamedTuple):
    names: re.Pattern[str]
    paths: re.Pattern[str]

    def __call__(self, name: str, path: str) -> bool:
        return bool(self.names.match(name.lower()) or self.paths.match(path.lower()))


def _relative(root: Path, path: str) -> str:
    return Path(path).relative_to(root).as_posix()


def _unfit(path: str, entry: os.DirEntry[str], inside: str) -> Problem | None:
    try:
        path.encode()
    except UnicodeEncodeError:
        return Problem(printable(path), 0, 0, "name-not-utf-8", "the file's name is not UTF-8", "rename it")
    if not entry.is_symlink():
        if entry.is_file(follow_symlinks=False):
            return None
        return Problem(path, 0, 0, "not-a-file", "this is no regular file", "only regular files are read")
    target = os.path.realpath(entry.path)
    if not target.startswith(inside + os.sep):
        return Problem(path, 0, 0, "link-outside", "a link leads out of the content folder", "put the file itself here")
    if Path(target).is_file():
        return None
    return Problem(path, 0, 0, "not-a-file", "a link leads to nothing that can be read", "put the file itself here")


def read_file(config: Config, path: str) -> tuple[bytes | None, Problem | None]:
    """Return the bytes of a content file, or the problem that they can not be had.

    Never reads more than one byte beyond the limit, never follows a link out of the content folder, never waits for a
    pipe.
    """
    limit = config.posts.limits.file_bytes
    try:
        handle = _open(config, path)
        try:
            state = os.fstat(handle)
            if not stat.S_ISREG(state.st_mode):
                return None, Problem(path, 0, 0, "not-a-file", "this is no regular file", "only regular files are read")
            data = os.read(handle, min(state.st_size, limit) + 1)
            while len(data) <= limit and (more := os.read(handle, min(_PIECE, limit + 1 - len(data)))):
                data += more
            return data, None
        finally:
            os.close(handle)
    except OSError as error:
        return None, Problem(path, 0, 0, "unreadable", f"the file can not be read: {error.strerror}")


def _open(config: Config, path: str) -> int:
    full = f"{config.root}{os.sep}{path}"  # a Path costs more than reading the file
    try:
        return os.open(full, _OPEN)
    except OSError:
        target = os.path.realpath(full)
        inside = os.path.realpath(config.root / config.site.content) + os.sep
        if not Path(full).is_symlink() or not target.startswith(inside):
            raise
        return os.open(target, _OPEN)


# --- doubles


def distinct(posts: Iterable[Post], config: Config) -> tuple[list[Post], list[Problem]]:
    """Return the posts without those that share an id or a permalink with an earlier path, and a problem for each.

    Equal are texts that differ in case or Unicode form only, since file systems take them for one (posts without a
    date and drafts have no address yet and are not compared).
    """
    kept: list[Post] = []
    problems: list[Problem] = []
    ids: dict[str, str] = {}
    urls: dict[str, str] = {}
    for post in sorted(posts, key=lambda post: post.path):
        if post.draft or post.date == UNDATED:
            kept.append(post)
            continue
        url, identity = _same(post.url), _same(post.id)
        if url in urls:
            line = _line_of(config, post.path, ("slug", "permalink", "url", "path"))
            message = f"{urls[url]} has the same permalink, {unquote(post.url)}"
            problems.append(Problem(post.path, line, 0, "duplicate-permalink", message, "give one another slug"))
        elif identity in ids:
            line = _line_of(config, post.path, ("id", "guid"))
            message = f"{ids[identity]} has the same id, {post.id}"
            problems.append(Problem(post.path, line, 0, "duplicate-id", message, "give one another id"))
        else:
            urls[url] = ids[identity] = post.path
            kept.append(post)
    return kept, problems


def _same(text: str) -> str:
    text = unquote(text) if "%" in text else text
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _line_of(config: Config, path: str, keys: tuple[str, ...]) -> int:
    """Return the line of the first of `keys` in the file, which was read before; 1 when it has none."""
    data, _ = read_file(config, path)
    try:
        header = read_header((data or b"").decode("utf-8", "replace"), config.posts.limits)
    except HeaderError:
        return 1
    if header is not None:
        typed = {key.lower(): key for key in header.values}
        for key in keys:
            if key in typed:
                return header.line_of(typed[key])
    return 1


# --- selecting


def matches(post: Post, selection: Selection) -> bool:
    """Return whether the post has one of `any` (when given), every one of `all`, and none of `none`."""
    if not (selection.any or selection.all or selection.none):
        return True
    has = {tag_key(tag) for tag in post.tags}
    return (
        (not selection.any or any(tag_key(tag) in has for tag in selection.any))
        and all(tag_key(tag) in has for tag in selection.all)
        and not any(tag_key(tag) in has for tag in selection.none)
    )


def published(posts: Iterable[Post], now: datetime) -> tuple[Post, ...]:
    """Return the posts that readers may see at `now` (aware), in the order given."""
    return tuple(post for post in posts if post.state(now) == "published")


def select(
    posts: Iterable[Post],
    selection: Selection,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    language: str = "",
    limit: int | None = None,
) -> tuple[Post, ...]:
    """Return what the selection takes of `posts`, newest first, at most `limit`.

    `since` is the first moment, `until` the first no longer taken (both aware). A language takes its regions too:
    `zh` takes `zh-CN`.
    """
    return newest_first(_taken(posts, selection, since, until, language))[:limit]


def _taken(
    posts: Iterable[Post], selection: Selection, since: datetime | None, until: datetime | None, language: str
) -> Iterator[Post]:
    wanted = language.lower()
    for post in posts:
        if since is not None and post.date < since:
            continue
        if until is not None and post.date >= until:
            continue
        spoken = post.language.lower()
        if wanted and spoken != wanted and not spoken.startswith(f"{wanted}-"):
            continue
        if matches(post, selection):
            yield post
