"""Collect the posts of the content folder: read each file once and report duplicates, in a deterministic order.

Only regular files inside the content folder are opened: a pull request may contain a link to /etc/passwd, or a named
pipe that blocks.
"""

import functools
import operator
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote, unquote

import msgspec

from digest.cache.fingerprint import fingerprint, program
from digest.cache.store import Store, open_store
from digest.collector import remembered
from digest.collector.candidates import candidates
from digest.collector.dates import MISSING_DATE
from digest.collector.paths import translated_names
from digest.collector.post import UNDATED, Post, in_zone
from digest.collector.remembered import ReadFile
from digest.collector.scan import Scan, SeenFile, scan
from digest.collector.select import newest_first
from digest.collector.source import problem_of, read_bytes, read_header_beside
from digest.collector.undated_pages import pages_among, warn_of_pages
from digest.config.schema import Config
from digest.frontmatter import HeaderError, read_header
from digest.pool import ALONE, WorkerPool
from digest.problems import Problem

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
        if store and not _has_header_beside(config, file.path):
            remembered.remember(store, reading, file, result, looked_at=seen.began)
    problems += _date_undated(config, known)
    problems += _without_pages(config, known)
    posts, duplicates = without_doubles(config, filter(None, (result.post for result in known.values())))
    return Collection(newest_first(posts), tuple(sorted(problems + duplicates)), len(unknown))


def _has_header_beside(config: Config, path: str) -> bool:
    """Return whether a second file decides what a post is."""
    beside = config.generator.header_file(path) if config.generator is not None else ""
    return bool(beside) and (config.root / beside).is_file()


def _date_undated(config: Config, results: dict[str, ReadFile]) -> list[Problem]:
    """Read the posts that have no date again with one from elsewhere, where the settings want it; return problems."""
    if not config.posts.undated.sources:
        return []
    from digest.collector.undated import find_dates

    missing = [problem.path for problem in _without_pages(config, results) if problem.code == MISSING_DATE]
    found = find_dates(config, missing)
    for path, moment in found.dates.items():
        results[path] = read_file(config, path, moment)
    return list(found.problems)


def _without_pages(config: Config, results: Mapping[str, ReadFile]) -> list[Problem]:
    """Return the problems of the files, but for the missing dates of pages; those are one warning."""
    problems = [problem for result in results.values() for problem in result.problems]
    undated = frozenset(problem.path for problem in problems if problem.code == MISSING_DATE)
    pages = pages_among(undated, results, config)
    kept = [problem for problem in problems if not (problem.code == MISSING_DATE and problem.path in pages)]
    return [*kept, *warn_of_pages(pages, config)]


def _with_languages(config: Config, files: Iterable[SeenFile]) -> Config:
    """Return the configuration with the languages that file names end in, where neither it nor a generator has any."""
    if config.posts.languages or config.generator is not None:
        return config
    languages = translated_names(file.path for file in files)
    return msgspec.structs.replace(config, posts=msgspec.structs.replace(config.posts, languages=languages))


def collect_remembered(config: Config) -> Collection:
    """Call `collect` with the cache of earlier runs."""
    with open_store(config.root, config.site.cache_dir) as store, WorkerPool() as pool:
        return collect(config, store, pool)


def read_file(config: Config, path: str, undated: datetime | None = None) -> ReadFile:
    """Read the content file at `path`; safe to run in a worker process. `undated` is its date if it has none."""
    from digest.collector.read import read  # slow to import, and not needed when no file changed

    try:
        data = read_bytes(config, path)
    except HeaderError as error:
        return ReadFile(None, (problem_of(path, error),))
    post, problems = read(path, data, config, undated, read_header_beside(config, path))
    return ReadFile(post and in_zone(post, UTC), problems)


def reading_fingerprint(config: Config) -> bytes:
    """Return a 16-byte hash of the configuration and the program version that affect how files are read."""
    site = config.site
    return fingerprint(
        program(), site.url, site.permalink, site.timezone, site.language, site.content, site.static, config.posts,
        config.generator, config.feeds.per_category,
    )  # fmt: skip


# --- duplicates


def without_doubles(config: Config, posts: Iterable[Post]) -> tuple[list[Post], list[Problem]]:
    """Drop posts that share an id or a permalink with an earlier path; return the rest and the problems.

    Ids and permalinks that differ only in case or Unicode form are equal, since some file systems do not distinguish
    them; but permalinks that the site's generator makes are the site's. Of those that a generator lets several posts
    have, each post is kept. Drafts and posts without a date have no address yet and are not compared.
    """
    posts = _without_shared_aliases(posts)
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


def _without_shared_aliases(posts: Iterable[Post]) -> list[Post]:
    """Return the posts; one whose id is a former address gets its own address as id when another post has that id."""
    posts = list(posts)
    claimed = Counter(name for post in posts for name in {_folded(post.id), _folded(post.url)})
    return [
        msgspec.structs.replace(post, id=post.url)
        if post.id in post.aliases and claimed[_folded(post.id)] > 1 and post.id != post.url
        else post
        for post in posts
    ]


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
