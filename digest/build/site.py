"""Everything that a build makes, in the order of a post's life."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from digest.archive import editions as archive
from digest.build import editions, feeds, guard, tally, uptodate
from digest.build.output import Output
from digest.build.renderer import Renderer
from digest.build.report import Report, report_editions
from digest.cache.store import Store
from digest.collector.collect import Collection, collect
from digest.collector.scan import Scan
from digest.collector.select import published
from digest.config.schema import Config
from digest.editions.plan import Outcome
from digest.pool import WorkerPool
from digest.problems import refuse


def build_site(
    config: Config,
    now: datetime,
    *,
    store: Store,
    pool: WorkerPool,
    seen: Scan,
    edition: str,
    since: datetime | None,
    strict: bool,
    allow_empty: bool,
    remember: bool,
) -> Report:
    """Write feeds and editions, as `digest.build.job.build` says; the caller must hold the site's lock.

    `seen` is a look at the folders; with `remember` the next build can tell from `store` that nothing has changed.
    """
    collection = collect(config, store, pool, seen)
    guard.require_site(config, collection.posts, collection.problems)
    renderer = Renderer(config, store, pool)
    output = Output(config, store)
    names = [edition.partition("/")[0]] if edition else list(config.digests)
    outcomes = _decide(config, names, collection, now, renderer, edition=edition, since=since)
    posts = published(collection.posts, now)
    posts, plan = feeds.publishable(config, posts, renderer, output.is_current)
    wrong = (*collection.problems, *renderer.problems)
    found = tally.count(posts, collection.posts, now)
    if not allow_empty:
        guard.refuse_loss(config, seen, found, wrong)
    if strict:
        refuse(wrong)

    for name in names:
        archive.settle(config, name)
    feeds.write_feeds(config, plan, renderer, output.put)
    for outcome in outcomes:
        output.written += editions.publish(config, outcome, renderer)
    for name in names:
        editions.write_archive(config, name, output.put)
    removed = () if edition else output.remove_others()
    renderer.save_problems()
    tally.keep(config, found)

    of_editions = [problem for outcome in outcomes for problem in outcome.problems]
    report = Report(
        posts=len(posts),
        read=collection.files_read,
        rendered=renderer.rendered,
        written=_below_output(config, output.written),
        unchanged=output.unchanged,
        editions=report_editions(outcomes),
        problems=tuple(sorted({*collection.problems, *renderer.problems, *of_editions})),
        removed=_below_output(config, removed),
    )
    if remember:
        _remember(store, config, seen, now, collection, renderer, output, outcomes, report)
    return report


def _decide(
    config: Config,
    names: Iterable[str],
    collection: Collection,
    now: datetime,
    renderer: Renderer,
    *,
    edition: str = "",
    since: datetime | None = None,
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for name in names:
        outcomes += editions.decide(config, name, collection.posts, now, renderer, edition=edition, since=since)
    return outcomes


def _remember(
    store: Store,
    config: Config,
    seen: Scan,
    now: datetime,
    collection: Collection,
    renderer: Renderer,
    output: Output,
    outcomes: Sequence[Outcome],
    report: Report,
) -> None:
    """Keep what a next build would report that has nothing to do."""
    if any(outcome.edition or outcome.event for outcome in outcomes):  # the next build finds them in the ledger
        outcomes = _decide(config, config.digests, collection, now, renderer)
    report = Report(
        posts=report.posts,
        read=0,
        rendered=0,
        written=(),
        unchanged=len(output.files),
        editions=report_editions(outcomes),
        problems=report.problems,
    )
    outputs = {f"{config.site.output}/{path}": (file.size, file.mtime) for path, file in output.files.items()}
    ledgers = [tally.NAME, *(f"{name}.jsonl" for name in config.digests)]
    outputs |= uptodate.states(config, [f"{config.site.ledger}/{name}" for name in ledgers])
    uptodate.remember(
        store,
        config,
        seen,
        outputs=outputs,
        since=now,
        until=uptodate.next_change(config, collection.posts, now),
        report=report,
    )


def _below_output(config: Config, paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{config.site.output}/{path}" for path in paths)
