"""Drafts of the editions whose windows are open, written below `.digest/`, neither published nor recorded."""

import shutil
from datetime import datetime

from digest import files
from digest.archive import locked
from digest.build import editions
from digest.build.expectations import expectation_problems, require_subjects
from digest.build.guard import unreadable_folders
from digest.build.renderer import Renderer
from digest.build.report import Report
from digest.build.upcoming import find_upcoming
from digest.cache.store import Store, open_store
from digest.collector.collect import collect
from digest.collector.scan import scan
from digest.collector.select import published
from digest.config import Config
from digest.emails import IMAGES_FOLDER, Email
from digest.pool import WorkerPool
from digest.problems import Problem

FOLDER = ".digest/drafts"  # below the site's folder


def build_draft(config: Config, now: datetime, *, wait: bool = False, pool: WorkerPool | None = None) -> Report:
    """Write the open edition of each digest as it would be at the end of its window; return what was done.

    The drafts of earlier runs are removed. Raises `LockedError` when another run holds the lock, unless `wait`.
    """
    with (
        locked(config, wait=wait),
        open_store(config.root, config.site.cache_dir) as store,
        pool or WorkerPool() as workers,
    ):
        shutil.rmtree(config.root / FOLDER, ignore_errors=True)
        return _build(config, now, store, workers)


def write_draft(config: Config, key: str, email: Email) -> list[str]:
    """Write the files of the draft of edition `key`; return their paths in the site's folder.

    The page of the e-mail shows the copies of images beside it, which are not on the site yet.
    """
    beside = f"{config.site.url}editions/{key}/{IMAGES_FOLDER}/"
    contents = editions.contents(email)
    contents["email.html"] = contents["email.html"].replace(beside.encode(), f"{IMAGES_FOLDER}/".encode())
    written = []
    for file, content in contents.items():
        path = f"{FOLDER}/{key}/{file}"
        files.write(config.root, path, content, flush=False)
        written.append(path)
    return written


def _build(config: Config, now: datetime, store: Store, pool: WorkerPool) -> Report:
    require_subjects(config)
    seen = scan(config)
    collection = collect(config, store, pool, seen)
    renderer = Renderer(config, store, seen, pool, posts=collection.posts)
    problems: list[Problem] = [*collection.problems, *unreadable_folders(seen)]
    problems += expectation_problems(config, collection.posts, now)
    written: list[str] = []
    for name in config.digests:
        outcome = editions.decide_open(config, name, collection.posts, now, renderer)
        problems += outcome.problems
        if outcome.edition is not None:
            email = editions.compose(config, outcome.edition, renderer)
            problems += email.problems
            written += write_draft(config, outcome.key, email)
    return Report(
        posts=len(published(collection.posts, now)),
        read=collection.files_read,
        rendered=renderer.rendered,
        written=tuple(written),
        unchanged=0,
        editions=(),
        problems=tuple(sorted({*problems, *renderer.problems})),
        upcoming=find_upcoming(config, renderer.without_broken(collection.posts), now),
    )
