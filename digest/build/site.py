"""Everything that a build makes, in the order of a post's life."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from digest.archive import settle_ledger
from digest.build import editions, feeds, guard, published_count, uptodate
from digest.build.output import Output
from digest.build.renderer import Renderer
from digest.build.report import Report, report_editions
from digest.cache.store import Store
from digest.collector.collect import collect
from digest.collector.post import Post
from digest.collector.scan import Scan
from digest.collector.select import published
from digest.config import Config
from digest.editions import Outcome
from digest.feeds import Feed
from digest.pool import WorkerPool
from digest.problems import Problem, refuse


class Request(Struct, frozen=True, kw_only=True):
    """What is asked of one build, as `digest.build.job.build` explains it."""

    now: datetime
    edition: str
    since: datetime | None
    strict: bool
    allow_empty: bool
    remember: bool  # that the next build may have nothing to do


def build_site(config: Config, request: Request, *, store: Store, pool: WorkerPool, seen: Scan) -> Report:
    """Write feeds and editions; `seen` is a look at the folders. The caller must hold the site's lock."""
    collection = collect(config, store, pool, seen)
    guard.require_site(config, collection.posts, collection.problems)
    renderer = Renderer(config, store, seen, pool)
    output = Output(config, store)
    outcomes = _decide(config, request, collection.posts, renderer)
    posts = published(collection.posts, request.now)
    posts, plan = feeds.publishable(config, posts, renderer, output.is_current)
    found = published_count.count(posts, collection.posts, request.now)
    wrong = (*collection.problems, *renderer.problems)
    if not request.allow_empty:
        guard.refuse_loss(config, seen, found, wrong)
    if request.strict:
        refuse(wrong)

    removed, of_emails = _write(config, request, plan, outcomes, renderer, output)
    renderer.save_problems()
    published_count.write(config, found)
    report = Report(
        posts=len(posts),
        read=collection.files_read,
        rendered=renderer.rendered,
        written=_below_output(config, output.written),
        unchanged=output.unchanged,
        editions=report_editions(outcomes),
        problems=_all_problems((*collection.problems, *renderer.problems, *of_emails), outcomes),
        removed=_below_output(config, removed),
    )
    if request.remember:
        again = _decide(config, request, collection.posts, renderer)
        lasting = _all_problems((*collection.problems, *renderer.problems), outcomes)
        quiet = _report_of_nothing_to_do(report, output, again, lasting)
        uptodate.remember(
            store,
            config,
            seen,
            files=output.files,
            posts=collection.posts,
            now=request.now,
            report=quiet,
        )
    return report


def _digests(config: Config, request: Request) -> list[str]:
    if request.edition:
        return [request.edition.partition("/")[0]]
    return list(config.digests)


def _decide(config: Config, request: Request, posts: tuple[Post, ...], renderer: Renderer) -> list[Outcome]:
    """Return what is to become of the editions, by the ledger as it stands."""
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
    """Write what has changed.

    Returns the paths of files that were removed, below the output, and what is wrong with e-mails.
    """
    names = _digests(config, request)
    for name in names:
        settle_ledger(config, name)
    feeds.write_feeds(config, plan, renderer, output.put)
    of_emails: list[Problem] = []
    for outcome in outcomes:
        changed, problems = editions.publish(config, outcome, renderer)
        output.written += changed
        of_emails += problems
    for name in names:
        editions.write_archive(config, name, output.put)
    if request.edition:  # the other digests' pages were not put
        return (), of_emails
    return output.remove_others(), of_emails


def _report_of_nothing_to_do(
    report: Report,
    output: Output,
    outcomes: Iterable[Outcome],
    problems: tuple[Problem, ...],
) -> Report:
    """Return what the next build would report, with the `outcomes` and `problems` that it would find."""
    return msgspec.structs.replace(
        report,
        read=0,
        rendered=0,
        written=(),
        unchanged=len(output.files),
        editions=report_editions(outcomes),
        problems=problems,
        removed=(),
    )


def _all_problems(found: Iterable[Problem], outcomes: Iterable[Outcome]) -> tuple[Problem, ...]:
    of_editions = [problem for outcome in outcomes for problem in outcome.problems]
    return tuple(sorted({*found, *of_editions}))


def _below_output(config: Config, paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{config.site.output}/{path}" for path in paths)
