"""A build from beginning to end: take the lock, open the cache, check whether anything changed, do the work."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from digest import files
from digest.archive import locked
from digest.build import uptodate
from digest.build.report import Report
from digest.cache.store import open_store
from digest.collector.scan import scan
from digest.config.schema import Config
from digest.pool import WorkerPool

CHANGED = ".digest/changed.json"  # the output files that the last build changed


def build(
    config: Config,
    now: datetime,
    *,
    edition: str = "",
    since: datetime | None = None,
    strict: bool = False,
    allow_empty: bool = False,
    wait: bool = False,
    pool: WorkerPool | None = None,
    cache: bool = True,
    say: Callable[[str], None] | None = None,
) -> Report:
    """Write everything that `config` asks for as of `now` (aware); return what was done.

    A post with a problem is left out and everything else is built. `edition` names the one to build instead of those
    that are due; `since` is the start of the first edition. `pool` defaults to one process per core; without `cache`
    nothing is read from or written to the cache. `say` gets a line when the cache cannot be used.

    Raises `ContentError` before anything is written when a folder cannot be read or most of what was published is gone
    (`guard`), unless `allow_empty`, and with `strict` when a post has an error; `ConfigError` when the folder has
    neither a `digest.toml` nor a post; `WriteError` when a file cannot be written, and `LockedError` when another run
    holds the lock, unless `wait`.
    """
    plain = cache and not (edition or since or strict)
    if config.file is None:
        from digest.build.guard import require_candidates

        require_candidates(config, scan(config))
    with locked(config, wait=wait), open_store(config.root, config.site.cache_dir, use=cache, warn=say) as store:
        seen = scan(config)
        report = uptodate.load(store, config, now, seen) if plain else None
        if report is None:
            from digest.build.site import Request, build_site  # slow import: it loads every package

            request = Request(
                now=now,
                edition=edition,
                since=since,
                strict=strict,
                allow_empty=allow_empty,
                remember=plain,
            )
            with pool or WorkerPool() as pool:
                report = build_site(config, request, store=store, pool=pool, seen=seen)
        prefix = f"{config.site.output}/"
        changed = [path.removeprefix(prefix) for path in report.written]
        files.write(config.root, CHANGED, msgspec.json.encode(changed))
        return report
