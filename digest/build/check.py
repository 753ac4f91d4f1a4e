"""Check posts, templates and editions without writing anything."""

from collections.abc import Sequence
from datetime import datetime

from digest.build import editions
from digest.build.expectations import expectation_problems, require_subjects
from digest.build.feeds import template_problems
from digest.build.guard import guard_warnings, unreadable_folders
from digest.build.renderer import Renderer
from digest.build.report import Report, report_editions
from digest.cache.store import Store
from digest.collector.collect import collect
from digest.collector.post import Post
from digest.collector.scan import scan
from digest.collector.select import published
from digest.config.schema import Config
from digest.editions.plan import Outcome
from digest.emails import authoring_problems, lint
from digest.pool import WorkerPool


def check(config: Config, now: datetime) -> Report:
    """Return the problems that `build` would report, and those of every other post and template; write nothing."""
    require_subjects(config)
    with Store(None, b"") as store, WorkerPool() as pool:
        seen = scan(config)
        collection = collect(config, store, pool, seen)
        renderer = Renderer(config, store, seen, pool, posts=collection.posts)
        renderer.prepare([(post, ()) for post in collection.posts])
        valid_posts = tuple(post for post in collection.posts if not renderer.is_broken(post))
        posts = published(valid_posts, now)
        problems = [*collection.problems, *renderer.problems, *lint(config)]
        problems += unreadable_folders(seen)
        problems += expectation_problems(config, collection.posts, now)
        problems += template_problems(config, posts, renderer)
        problems += guard_warnings(config, seen, collection, posts, now)
        for post in valid_posts if config.digests else ():
            problems += authoring_problems(config, post, renderer.body(post))
        outcomes: list[Outcome] = []
        for name in config.digests:
            outcomes += editions.decide(config, name, valid_posts, now, renderer)
        for outcome in outcomes:
            problems += outcome.problems
            if outcome.edition:
                problems += editions.compose(config, outcome.edition, renderer).problems
        _try_templates(config, outcomes, valid_posts, now, renderer)
        return Report(
            posts=len(posts),
            read=collection.files_read,
            rendered=renderer.rendered,
            written=(),
            unchanged=0,
            editions=report_editions(outcomes),
            problems=tuple(sorted(set(problems))),
        )


def _try_templates(
    config: Config, outcomes: Sequence[Outcome], posts: tuple[Post, ...], now: datetime, renderer: Renderer
) -> None:
    """Compose an edition where none is due and the site has templates, since a mistake in one raises only then."""
    was_composed = any(outcome.edition for outcome in outcomes)
    if was_composed or not (config.root / config.site.templates).is_dir():
        return
    for name in config.digests:
        sample = editions.decide_open(config, name, posts, now, renderer)
        built = list(editions.find_run(config, name, posts, now).ledger.editions)
        if sample.edition is None and built:
            sample = editions.decide(config, name, posts, now, renderer, edition=built[-1], as_unpublished=True)[-1]
        if sample.edition is not None:
            editions.compose(config, sample.edition, renderer)
            return
