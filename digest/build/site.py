"""The work of a build: collect the posts, render them, write feeds and editions."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from digest.archive import settle_ledger
from digest.build import editions, feeds, guard, published_count, uptodate
from digest.build.expectations import expectation_problems, require_subjects
from digest.build.next_steps import next_steps
from digest.build.output import Output
from digest.build.renderer import Renderer
from digest.build.report import EditionReport, Report, report_editions
from digest.build.upcoming import find_upcoming
from digest.cache.store import Store
from digest.collector.collect import Collection, collect
from digest.collector.post import Post
from digest.collector.scan import Scan
from digest.collector.select import published
from digest.config import Config
from digest.editions import Outcome
from digest.feeds import Feed
from digest.pool import WorkerPool
from digest.problems import Problem, refuse


class Request(Struct, frozen=True, kw_only=True):
    """The options of one build, documented at `digest.build.job.build`."""

    now: datetime
    edition: str
    since: datetime | None
    strict: bool
    allow_empty: bool
    remember: bool  # record this build, so that the next one can skip all work


def build_site(config: Config, request: Request, *, store: Store, pool: WorkerPool, seen: Scan) -> Report:
    """Write feeds and editions; `seen` is the scan of the folders. The caller must hold the site's lock."""
    require_subjects(config)
    collection = collect(config, store, pool, seen)
    guard.require_site(config, collection.posts, collection.problems)
    expectations = expectation_problems(config, collection.posts, request.now)
    reading_problems = (*collection.problems, *guard.unreadable_folders(seen), *expectations)
    renderer = Renderer(config, store, seen, pool, posts=collection.posts)
    output = Output(config, store)
    outcomes = _decide(config, request, collection.posts, renderer)
    posts = published(collection.posts, request.now)
    posts, plan = feeds.publishable(config, posts, renderer, output.is_current)
    found = published_count.count(posts, collection.posts, request.now)
    wrong = (*reading_problems, *renderer.problems)
    past = [problem for outcome in outcomes if outcome.is_past for problem in outcome.problems]
    if not request.allow_empty:
        guard.refuse_loss(config, seen, found, (*_as_errors(past), *wrong))
    if request.strict:
        refuse(wrong)
    if past:
        return _report_past(config, request, collection, renderer, outcomes, wrong)

    for name in _digests(config, request):
        editions.record_archive(config, name, collection.posts, request.now, renderer, outcomes)
    removed, email_problems = _write(config, request, plan, outcomes, renderer, output)
    for name in _digests(config, request):
        editions.record_looks(config, name, collection.posts, request.now, renderer)
    renderer.save()
    counted = published_count.believable(published_count.read(config), found, posts, request.now)
    published_count.write(config, counted, editions.with_ledger(config))
    report = Report(
        posts=len(posts),
        read=collection.files_read,
        rendered=renderer.rendered,
        written=_below_output(config, output.written),
        unchanged=output.unchanged,
        editions=report_editions(outcomes, next_steps(config, outcomes, collection.posts)),
        problems=_all_problems((*reading_problems, *renderer.problems, *email_problems), outcomes),
        removed=_below_output(config, removed),
        folders=(config.site.output, config.site.ledger),
        upcoming=find_upcoming(config, renderer.without_broken(collection.posts), request.now),
    )
    if request.remember:
        next_outcomes = _decide(config, request, collection.posts, renderer)
        next_problems = _all_problems((*reading_problems, *renderer.problems), next_outcomes)
        next_editions = report_editions(next_outcomes, next_steps(config, next_outcomes, collection.posts))
        next_report = _make_next_report(report, output, next_editions, next_problems)
        uptodate.save(
            store,
            config,
            seen,
            files=output.files,
            posts=collection.posts,
            now=request.now,
            report=next_report,
        )
    return report


def _report_past(
    config: Config,
    request: Request,
    collection: Collection,
    renderer: Renderer,
    outcomes: Sequence[Outcome],
    wrong: Iterable[Problem],
) -> Report:
    """Return the report of a run in the past, which writes nothing."""
    return Report(
        posts=len(published(collection.posts, request.now)),
        read=collection.files_read,
        rendered=renderer.rendered,
        written=(),
        unchanged=0,
        editions=report_editions(outcomes),
        problems=_all_problems(wrong, outcomes),
        folders=(config.site.output, config.site.ledger),
    )


def _as_errors(problems: Iterable[Problem]) -> list[Problem]:
    return [msgspec.structs.replace(problem, severity="error") for problem in problems]


def _digests(config: Config, request: Request) -> list[str]:
    if request.edition:
        return [request.edition.partition("/")[0]]
    return list(config.digests)


def _decide(config: Config, request: Request, posts: tuple[Post, ...], renderer: Renderer) -> list[Outcome]:
    """Return the outcomes of the editions, by the current ledger."""
    outcomes: list[Outcome] = []
    for name in _digests(config, request):
        outcomes += editions.decide(
            config,
            name,
            posts,
            request.now,
            renderer,
            edition=request.edition,
            since=request.since,
        )
    return outcomes


def _write(
    config: Config,
    request: Request,
    plan: Sequence[Feed],
    outcomes: Iterable[Outcome],
    renderer: Renderer,
    output: Output,
) -> tuple[tuple[str, ...], list[Problem]]:
    """Write the files that changed.

    Returns the paths of removed files, below the output, and the problems of the e-mails.
    """
    names = _digests(config, request)
    for name in names:
        settle_ledger(config, name)
    feeds.write_feeds(config, plan, renderer, output.put)
    email_problems: list[Problem] = []
    for outcome in outcomes:
        changed, problems = editions.publish(config, outcome, renderer)
        output.written += changed
        email_problems += problems
    removed: tuple[str, ...] = ()
    for name in names:
        linked, stale = editions.write_archive(config, name, output.put)
        output.written += linked
        removed += stale
    if request.edition:  # the pages of the other digests were not put
        return removed, email_problems
    return (*removed, *output.remove_others()), email_problems


def _make_next_report(
    report: Report,
    output: Output,
    editions: tuple[EditionReport, ...],
    problems: tuple[Problem, ...],
) -> Report:
    """Return the report of a next build that has nothing to do but finds these `editions` and `problems`."""
    return msgspec.structs.replace(
        report,
        read=0,
        rendered=0,
        written=(),
        unchanged=len(output.files),
        editions=editions,
        problems=problems,
        removed=(),
    )


def _all_problems(found: Iterable[Problem], outcomes: Iterable[Outcome]) -> tuple[Problem, ...]:
    of_editions = [problem for outcome in outcomes for problem in outcome.problems]
    return tuple(sorted({*found, *of_editions}))


def _below_output(config: Config, paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{config.site.output}/{path}" for path in paths)
