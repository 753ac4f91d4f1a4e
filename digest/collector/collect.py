"""From the content folder to posts: walking it, reading each file once, and selecting.

The order of everything is by path or by date and permalink, never the file system's. Only regular files inside the
content folder are opened: a pull request may hold a link to /etc/passwd, or a pipe that never ends.
"""

import functools
import operator
import os
import stat
import unicodedata
from binascii import a2b_qp
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import msgspec

from digest.cache.fingerprint import fingerprint, program
from digest.cache.store import Index
from digest.collector.files import parts_of, problem_of, too_large
from digest.collector.paths import MARKDOWN
from digest.collector.post import UNDATED, Brief, Post, in_utc, tag_key
from digest.collector.read import post_of
from digest.collector.remembered import Said
from digest.collector.scan import Scan, Seen, content_folder, ignored, scan
from digest.config.schema import Config, Selection
from digest.frontmatter.header import HeaderError
from digest.patterns import pattern
from digest.pool import ALONE, Crew
from digest.problems import Problem, printable

_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_HEAD = 4_096  # bytes that are read of a file at first: most front matter ends in them
_NO_ESCAPE = pattern(r"%(?![0-9A-Fa-f]{2})")
_PIECE = 65_536  # bytes read at once of a file that grows or has more than it says


class Collection(NamedTuple):
    """Every post that could be read, newest first, and everything that is wrong, by path and line."""

    posts: tuple[Brief, ...]
    problems: tuple[Problem, ...]
    hashes: dict[str, bytes]  # of files' contents by path, as far as they are known
    whole: Callable[[Brief], Post]  # returns one of the posts with all that its file said, while the index is open

    def outliving(self) -> "Collection":
        """Return the same with posts that are whole, whatever becomes of the index."""
        return self._replace(posts=tuple(map(self.whole, self.posts)))


def collect(config: Config, index: Index | None = None, crew: Crew = ALONE, seen: Scan | None = None) -> Collection:
    """Return the posts of the content folder, drafts, future and expired ones among them, and the problems.

    What `index` remembers is not read again, the rest is read by `crew`; `seen` is a look at the folders, when there
    was one. A file that can not be read, or that is not what it should be, is a problem and never an exception.
    """
    if index is None:
        with Index(None, b"") as nothing:
            return collect(config, nothing, crew, seen)
    seen = seen or scan(config)
    unfit = [file for file in seen.content if file.kind != "file" and _unfit(config, file)]  # whatever it was before
    paths = {file.path for file in unfit}
    facts = index.facts
    others = facts.match([file for file in seen.content if file.path not in paths] if paths else seen.content)
    files, problems = candidates(config, msgspec.structs.replace(seen, content=(*others, *unfit)))
    if files:
        made = crew.spread("reading", functools.partial(read_files, config), [*files])
        changed = [*files.values()]
        facts.learn(((changed[n : n + len(said)], said) for n, said in made), seen.began)
    kept, doubles = distinct(facts.posts, config)
    problems += [*facts.problems, *doubles]
    return Collection(newest_first(kept), tuple(sorted(problems)), facts.hashes, facts.whole)


def read_files(config: Config, paths: Sequence[str]) -> Said:
    """Return what each content file says; runs in any process."""
    # One step for all before the next one: what a step needs then stays in the processor's caches, a sixth of the time.
    heads = [_head(config, path) for path in paths]
    parts = [head if isinstance(head, HeaderError) else parts_of(head[0], config, head[1]) for head in heads]
    said = Said([post_of(path, part, config) for path, part in zip(paths, parts, strict=True)])
    for post, _ in said:
        if post is not None:
            in_utc(post)
    return said


def _head(config: Config, path: str) -> tuple[bytes, Callable[[], bytes]] | HeaderError:
    """Return the beginning of a content file, and what returns the whole of it."""
    limit = config.posts.limits.file_bytes
    wanted = min(_HEAD, limit + 1)
    try:
        handle = _open(config, path)
        try:
            head = os.read(handle, wanted)
            if 0 < len(head) < wanted:  # whatever it is: what came of it is all that it says
                return head, lambda: head
            size = os.lseek(handle, 0, os.SEEK_END) if head else _size(handle)  # the latter takes ten times as long
            return too_large(limit) if size > limit else (head, functools.partial(_whole, config, path))
        finally:
            os.close(handle)
    except OSError as error:
        return _unreadable(error)
    except HeaderError as error:
        return error


def reading_fingerprint(config: Config) -> bytes:
    """Return what differs whenever configuration or program could make a file say something else."""
    site = config.site
    return fingerprint(
        program(), site.url, site.permalink, site.timezone, site.language, site.content, site.static, config.posts
    )


def newest_first(posts: Iterable[Brief]) -> tuple[Brief, ...]:
    """Return `posts` by date, newest first; of one moment by permalink."""
    ordered = sorted(posts, key=operator.attrgetter("date"), reverse=True)
    dates = [post.date for post in ordered]
    begin = 0
    for n, same in enumerate(map(operator.eq, dates, [*dates[1:], None])):
        if not same:
            if n > begin:  # on most sites few: to order all by permalink first takes as long as all the rest
                ordered[begin : n + 1] = sorted(ordered[begin : n + 1], key=operator.attrgetter("url"))
            begin = n + 1
    return tuple(ordered)


# --- files


def candidates(config: Config, seen: Scan) -> tuple[dict[str, Seen], list[Problem]]:
    """Return the content files of what was `seen`, sorted by path, and what there is wrong with the folders.

    What `posts.ignore` matches is left out.
    """
    leave_out = ignored(config.posts.ignore)
    content = content_folder(config)
    prefix = len(content) + 1 if content else 0
    files: dict[str, Seen] = {}
    problems = [_unreadable_folder(config, path, reason) for path, reason in seen.unreadable]
    linked = frozenset(seen.linked)
    for file in seen.content:
        path = file.path
        post = path.endswith(MARKDOWN) or path.lower().endswith(MARKDOWN)
        if not (post or file.kind == "link") or leave_out(f"/{path[prefix:]}"):
            continue
        if path in linked:
            problem: Problem | None = _linked_folder(path)
        elif post:
            problem = _unfit(config, file)
        else:
            problem = _dangling(file)
        if problem is not None:
            problems.append(problem)
        elif post:
            files[path] = file
    return files, problems


def _unreadable_folder(config: Config, path: str, reason: str) -> Problem:
    name = printable(path) or "."
    if path == content_folder(config):
        message, hint = f"there is no content folder that can be read: {reason}", "site.content names the posts' folder"
        return Problem(name, 0, 0, "no-content", message, hint)
    message, hint = f"the folder cannot be read: {reason}", "mend it, or add it to posts.ignore"
    return Problem(name, 0, 0, "unreadable", message, hint)


def _linked_folder(path: str) -> Problem:
    message, hint = "a link to a folder is not followed", "put the posts themselves here"
    return Problem(printable(path), 0, 0, "linked-folder", message, hint, "warning")


def _dangling(link: Seen) -> Problem | None:
    """Return a warning about a link to nothing, which may have been to a folder of posts."""
    if link.size >= 0:
        return None
    message, hint = "a link leads to nothing that can be read", "mend or remove it, or add it to posts.ignore"
    return Problem(printable(link.path), 0, 0, "dangling-link", message, hint, "warning")


def _unfit(config: Config, file: Seen) -> Problem | None:
    path = file.path
    try:
        path.encode()
    except UnicodeEncodeError:
        return Problem(printable(path), 0, 0, "name-not-utf-8", "the file's name is not UTF-8", "rename it")
    if file.kind == "file":
        return None
    if file.kind == "other":
        return problem_of(path, _not_a_file())
    target = os.path.realpath(config.root / path)
    if not target.startswith(os.path.realpath(config.root / config.site.content) + os.sep):
        return Problem(path, 0, 0, "link-outside", "a link leads out of the content folder", "put the file itself here")
    if os.path.isfile(target):  # noqa: PTH113 -- a Path raises when it may not look
        return None
    return Problem(path, 0, 0, "not-a-file", "a link leads to nothing that can be read", "put the file itself here")


def read_file(config: Config, path: str) -> tuple[bytes | None, Problem | None]:
    """Return the bytes of a content file, or the problem that they can not be had.

    Never reads more than one byte beyond the limit, never follows a link out of the content folder, never waits for a
    pipe.
    """
    try:
        return _whole(config, path), None
    except HeaderError as error:
        return None, problem_of(path, error)


def _whole(config: Config, path: str) -> bytes:
    """Return the bytes of a content file, at most one beyond the limit. Raises `HeaderError`."""
    limit = config.posts.limits.file_bytes
    try:
        handle = _open(config, path)
        try:
            size = min(_size(handle), limit)
            data = os.read(handle, size + 1)
            if len(data) > size:  # it grew
                while len(data) <= limit and (more := os.read(handle, min(_PIECE, limit + 1 - len(data)))):
                    data += more
            return data
        finally:
            os.close(handle)
    except OSError as error:
        raise _unreadable(error) from error


def _unreadable(error: OSError) -> HeaderError:
    return HeaderError("unreadable", f"the file can not be read: {error.strerror}", 0)


def _open(config: Config, path: str) -> int:
    """Return a handle of a content file. Raises `OSError`."""
    full = f"{config.root}{os.sep}{path}"  # a Path costs more than reading the file
    try:
        return os.open(full, _OPEN)
    except OSError:
        target = os.path.realpath(full)
        inside = os.path.realpath(config.root / config.site.content) + os.sep
        if not Path(full).is_symlink() or not target.startswith(inside):
            raise
        return os.open(target, _OPEN)


def _not_a_file() -> HeaderError:
    return HeaderError("not-a-file", "this is no regular file", 0, 0, "only regular files are read")


def _size(handle: int) -> int:
    """Return the size of an open file in bytes. Raises `HeaderError` when it is a pipe or the like."""
    state = os.fstat(handle)
    if not stat.S_ISREG(state.st_mode):
        raise _not_a_file()
    return state.st_size


# --- doubles


def distinct(posts: Iterable[Brief], config: Config) -> tuple[list[Brief], list[Problem]]:
    """Return the posts without those that share an id or a permalink with an earlier path, and a problem for each.

    Equal are texts that differ in case or Unicode form only, since file systems take them for one (posts without a
    date and drafts have no address yet and are not compared).
    """
    posts = [*posts]
    dated = [post for post in posts if not (post.draft or post.date == UNDATED)]
    addresses, names = [post.url for post in dated], [post.id for post in dated]
    if _all_differ(addresses) and (names == addresses or _all_differ(names)):
        return posts, []
    kept: list[Brief] = []
    problems: list[Problem] = []
    ids: dict[str, str] = {}
    urls: dict[str, str] = {}
    for post in sorted(posts, key=operator.attrgetter("path")):
        if post.draft or post.date == UNDATED:
            kept.append(post)
            continue
        url = _same(post.url)
        identity = url if post.id == post.url else _same(post.id)
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


def _all_differ(texts: list[str]) -> bool:
    """Return whether no two texts are the same, as on nearly all sites: to tell which takes five times as long."""
    odd = [text for text in texts if "%" in text or not text.isascii()]
    if not odd:
        return len(set(map(str.lower, texts))) == len(texts)
    plain = [text.lower() for text in texts if text.isascii() and "%" not in text]
    return len({*plain, *(_all_same(odd) or map(_same, odd))}) == len(texts)


def _all_same(texts: list[str]) -> list[str]:
    """Return what `_same` does of each text, or nothing when that can not be told of all at once.

    That takes a fifth of the time, which counts where names are Chinese: escapes are taken for quoted-printable ones,
    which the standard library decodes fast.
    """
    joined = "\n".join(texts)
    if _NO_ESCAPE.search(joined):
        return []
    whole = a2b_qp(joined.replace("=", "=3D").replace("%", "=").encode("utf-8", "surrogatepass"))
    same = _folded(whole.decode("utf-8", "replace")).split("\n")
    return same if len(same) == len(texts) else []  # else one is of several lines


def _same(text: str) -> str:
    text = unquote(text) if "%" in text else text
    if text.isascii():
        return text.lower()
    return _folded(text)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _line_of(config: Config, path: str, keys: tuple[str, ...]) -> int:
    """Return the line of the first of `keys` in the file, which was read before; 1 when it has none."""
    from digest.frontmatter.split import read_header

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


def matches(post: Brief, selection: Selection) -> bool:
    """Return whether the post has one of `any` (when given), every one of `all`, and none of `none`."""
    if not (selection.any or selection.all or selection.none):
        return True
    has = {tag_key(tag) for tag in post.tags}
    return (
        (not selection.any or any(tag_key(tag) in has for tag in selection.any))
        and all(tag_key(tag) in has for tag in selection.all)
        and not any(tag_key(tag) in has for tag in selection.none)
    )


def published(posts: Iterable[Brief], now: datetime) -> tuple[Brief, ...]:
    """Return the posts that readers may see at `now` (aware), in the order given."""
    now = now.astimezone(UTC)  # as the posts' dates mostly are: then two compare five times as fast
    return tuple(
        [
            post
            for post in posts
            if (  # nearly all posts say neither
                post.state(now) == "published"
                if post.publish or post.expires
                else not (post.draft or post.unlisted) and UNDATED != post.date <= now
            )
        ]
    )


def select(
    posts: Iterable[Brief],
    selection: Selection,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    language: str = "",
    limit: int | None = None,
) -> tuple[Brief, ...]:
    """Return what the selection takes of `posts`, newest first, at most `limit`.

    `since` is the first moment, `until` the first no longer taken (both aware). A language takes its regions too:
    `zh` takes `zh-CN`.
    """
    return newest_first(_taken(posts, selection, since, until, language))[:limit]


def _taken(
    posts: Iterable[Brief], selection: Selection, since: datetime | None, until: datetime | None, language: str
) -> Iterator[Brief]:
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
