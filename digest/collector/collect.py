"""Collect the posts of the content folder: read each file once and report duplicates, in a deterministic order.

Only regular files inside the content folder are opened: a pull request may contain a link to /etc/passwd, or a named
pipe that blocks.
"""

import functools
import operator
import os
import unicodedata
from collections.abc import Iterable
from datetime import UTC
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

import msgspec

from digest.cache.fingerprint import fingerprint, program
from digest.cache.store import Store, open_store
from digest.collector import remembered
from digest.collector.paths import MARKDOWN, translated_names
from digest.collector.post import UNDATED, Post, in_zone
from digest.collector.remembered import ReadFile
from digest.collector.scan import IgnoredNames, Scan, SeenFile, content_folder, scan
from digest.collector.select import newest_first
from digest.collector.source import not_a_file, problem_of, read_bytes
from digest.config.schema import Config
from digest.frontmatter import HeaderError, read_header
from digest.pool import ALONE, WorkerPool
from digest.problems import Problem, printable

_ADDRESS_KEYS = ("slug", "permalink", "url", "path")
_ID_KEYS = ("id", "guid")


class Collection(NamedTuple):
    """Every post that could be read, newest first, and everything that is wrong, by path and line."""

    posts: tuple[Post, ...]
    problems: tuple[Problem, ...]
    files_read: int  # in this run; the others came from the cache


def collect(
    config: Config,
    store: Store | None = None,
    pool: WorkerPool = ALONE,
    seen: Scan | None = None,
) -> Collection:
    """Return the posts of the content folder, including drafts, future and expired ones, and the problems.

    Files cached in `store` are not read again; `pool` reads the rest. `seen` is an earlier scan of the folders, if any.
    An unreadable or invalid file is a problem, never an exception.
    """
    seen = seen or scan(config)
    files, problems = candidates(config, seen)
    config = _with_languages(config, files)
    reading = reading_fingerprint(config)
    known = remembered.recall(store, reading, files) if store else {}
    unknown = [file for file in files if file.path not in known]
    work = functools.partial(read_file, config)
    for file, result in zip(unknown, pool.map("reading", work, [file.path for file in unknown]), strict=True):
        known[file.path] = result
        if store:
            remembered.remember(store, reading, file, result, looked_at=seen.began)
    for result in known.values():
        problems += result.problems
    posts, duplicates = without_doubles(config, filter(None, (result.post for result in known.values())))
    return Collection(newest_first(posts), tuple(sorted(problems + duplicates)), len(unknown))


def _with_languages(config: Config, files: Iterable[SeenFile]) -> Config:
    """Return the configuration with the languages that file names end in, where neither it nor a generator has any."""
    if config.posts.languages or config.generator is not None:
        return config
    languages = translated_names(file.path for file in files)
    return msgspec.structs.replace(config, posts=msgspec.structs.replace(config.posts, languages=languages))


def collect_remembered(config: Config) -> Collection:
    """Call `collect` with the cache of earlier runs."""
    with open_store(config.root) as store, WorkerPool() as pool:
        return collect(config, store, pool)


def read_file(config: Config, path: str) -> ReadFile:
    """Read the content file at `path`; safe to run in a worker process."""
    from digest.collector.read import read  # slow to import, and not needed when no file changed

    try:
        data = read_bytes(config, path)
    except HeaderError as error:
        return ReadFile(None, (problem_of(path, error),))
    post, problems = read(path, data, config)
    return ReadFile(post and in_zone(post, UTC), problems)


def reading_fingerprint(config: Config) -> bytes:
    """Return a 16-byte hash of the configuration and the program version that affect how files are read."""
    site = config.site
    return fingerprint(
        program(), site.url, site.permalink, site.timezone, site.language, site.content, site.static, config.posts,
        config.generator,
    )  # fmt: skip


# --- which files are posts


def candidates(config: Config, seen: Scan) -> tuple[list[SeenFile], list[Problem]]:
    """Return the content files in `seen`, sorted by path, and the problems of the folders.

    Files that match `posts.ignore` are left out.
    """
    ignored = IgnoredNames(config.posts.ignore)
    content = content_folder(config)
    generator = config.generator
    files = []
    problems = [_unreadable(config, path, reason) for path, reason in seen.unreadable]
    for file in seen.content:
        if ignored.match(file.path.removeprefix(content) if content else f"/{file.path}"):
            continue
        is_markdown = file.path.lower().endswith(MARKDOWN) and file.path not in seen.linked_folders
        is_post = is_markdown and (generator is None or generator.is_post(file.path))
        problem = _unfit(config, file) if is_post else _misleading_link(file, seen)
        if problem is not None:
            problems.append(problem)
        elif is_post:
            files.append(file)
    return files, problems


def _unreadable(config: Config, path: str, reason: str) -> Problem:
    name = printable(path) or "."
    if path == content_folder(config):
        message, hint = f"there is no content folder that can be read: {reason}", "site.content names the posts' folder"
        return Problem(name, 0, 0, "no-content", message, hint)
    message, hint = f"the folder cannot be read: {reason}", "mend it, or add it to posts.ignore"
    return Problem(name, 0, 0, "unreadable", message, hint)


def _misleading_link(file: SeenFile, seen: Scan) -> Problem | None:
    """Return a warning about a link to a folder, or to nothing, which may have been a folder of posts."""
    if file.path in seen.linked_folders:
        message, hint = "a link to a folder is not followed", "put the posts themselves here"
        return Problem(printable(file.path), 0, 0, "linked-folder", message, hint, "warning")
    if file.kind == "link" and file.stamp is None:
        message, hint = "a link leads to nothing that can be read", "mend or remove it, or add it to posts.ignore"
        return Problem(printable(file.path), 0, 0, "dangling-link", message, hint, "warning")
    return None


def _unfit(config: Config, file: SeenFile) -> Problem | None:
    """Return why a file cannot be a post; None when it can."""
    path = file.path
    try:
        path.encode()
    except UnicodeEncodeError:
        return Problem(printable(path), 0, 0, "name-not-utf-8", "the file's name is not UTF-8", "rename it")
    if file.kind == "file":
        return None
    if file.kind == "other":
        return problem_of(path, not_a_file())
    target = os.path.realpath(config.root / path)
    content = os.path.realpath(config.root / config.site.content)
    hint = "put the file itself here"
    if not Path(target).is_relative_to(content):
        return Problem(path, 0, 0, "link-outside", "a link leads out of the content folder", hint)
    if not os.path.isfile(target):  # noqa: PTH113 - a Path raises where it may not look
        return Problem(path, 0, 0, "not-a-file", "a link leads to nothing that can be read", hint)
    return None


# --- duplicates


def without_doubles(config: Config, posts: Iterable[Post]) -> tuple[list[Post], list[Problem]]:
    """Drop posts that share an id or a permalink with an earlier path; return the rest and the problems.

    Ids and permalinks that differ only in case or Unicode form are equal, since some file systems do not distinguish
    them; but permalinks that the site's generator makes are the site's. Of those that a generator lets several posts
    have, each post is kept. Drafts and posts without a date have no address yet and are not compared.
    """
    kept: list[Post] = []
    problems: list[Problem] = []
    ids: dict[str, str] = {}
    urls: dict[str, str] = {}
    for post in sorted(posts, key=operator.attrgetter("path")):
        if post.draft or post.date == UNDATED:
            kept.append(post)
            continue
        url = post.url if config.generator is not None else _folded(post.url)
        if url in urls:
            is_error = config.generator is None or not config.generator.shares_addresses
            problems.append(_duplicate_permalink(config, post, urls[url], is_error=is_error))
            if is_error:
                continue
            post = _with_id_of_its_own(post)
        identity = url if post.id == post.url else _folded(post.id)
        if identity in ids:
            line = _line_of(config, post.path, _ID_KEYS)
            message = f"{ids[identity]} has the same id, {post.id}"
            problems.append(Problem(post.path, line, 0, "duplicate-id", message, "give one another id"))
        else:
            urls[url] = ids[identity] = post.path
            kept.append(post)
    return kept, problems


def _duplicate_permalink(config: Config, post: Post, other: str, *, is_error: bool) -> Problem:
    line = _line_of(config, post.path, _ADDRESS_KEYS)
    message = f"{other} has the same permalink, {unquote(post.url)}"
    hint = "give one another slug"
    if is_error:
        return Problem(post.path, line, 0, "duplicate-permalink", message, hint)
    return Problem(post.path, line, 0, "shared-permalink", f"{message}; the site shows one of them", hint, "warning")


def _with_id_of_its_own(post: Post) -> Post:
    """Return the post with an id that no other post has, where it would be the address that another has too."""
    if post.id != post.url:
        return post
    return msgspec.structs.replace(post, id=f"{post.url}#{quote(post.path)}")


def _folded(text: str) -> str:
    """Return `text` as a case-insensitive, Unicode-normalising file system compares it."""
    text = unquote(text)
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _line_of(config: Config, path: str, keys: tuple[str, ...]) -> int:
    """Read the file at `path` again and return the line of the first of `keys` in it; 1 when it has none."""
    try:
        header = read_header(read_bytes(config, path).decode("utf-8", "replace"), config.posts.limits)
    except HeaderError:
        return 1
    if header is None:
        return 1
    typed = {key.lower(): key for key in header.values}
    return next((header.line_of(typed[key]) for key in keys if key in typed), 1)
