"""Approve an edition: one that is built, or the open one as it is now, for the build at the end of its window."""

from datetime import datetime

from digest import archive
from digest.archive import Manifest, locked
from digest.build import editions
from digest.build.draft import write_draft
from digest.build.expectations import require_subjects
from digest.build.renderer import Renderer
from digest.cache.store import open_store
from digest.collector.collect import collect
from digest.collector.scan import scan
from digest.config import Config, schedule
from digest.editions import digest_of
from digest.problems import DigestError


def approve(config: Config, key: str, now: datetime, by: str = "") -> Manifest:
    """Record that the content of edition `key` was approved at `now` (aware) by the person `by`; return its manifest.

    Of the edition whose window is open, what was approved is written below `.digest/drafts`; the approval holds when
    the build at the window's end makes the same of it. Raises `DigestError` for an edition that was never built or was
    sent already, or that has no posts. Waits for the lock.
    """
    digest = digest_of(config, key)
    if key != _open_key(config, digest, now) or key in archive.load_ledger(config, digest).editions:
        return archive.approve(config, key, now, by)
    require_subjects(config)
    with locked(config, wait=True), open_store(config.root, config.site.cache_dir) as store:
        seen = scan(config)
        posts = collect(config, store, seen=seen).posts
        renderer = Renderer(config, store, seen, posts=posts)
        outcome = editions.decide_open(config, digest, posts, now, renderer)
        if outcome.edition is None:
            raise DigestError(f"{key} cannot be approved: {outcome.message} so far")
        email = editions.compose(config, outcome.edition, renderer)
        write_draft(config, key, email)
        manifest = editions.manifest_of(config, outcome, email)
        archive.record_approval(config, manifest, now, by)
    return manifest


def _open_key(config: Config, digest: str, now: datetime) -> str:
    plan = schedule.schedule_of(config, digest)
    return f"{digest}/{schedule.latest_window(plan, schedule.next_end(plan, now)).key}"
