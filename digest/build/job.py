"""The whole job, from a folder of posts to feeds and editions: reads like a post's life in the design notes."""

import contextlib
import functools
import itertools
from collections.abc import Callable, Iterable, Sequence, Sized
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from digest import __version__
from digest import templates as pages
from digest.archive import editions as archive
from digest.archive import manifest
from digest.build import tally
from digest.build import uptodate as unchanged
from digest.build.output import Output
from digest.build.preload import preload
from digest.build.renderings import Renderings, wanted
from digest.build.report import EditionReport, Report
from digest.cache.damage import begun_again
from digest.cache.fingerprint import fingerprint
from digest.cache.store import Index
from digest.collector import collect as collector
from digest.collector.collect import Collection
from digest.collector.post import Brief
from digest.collector.scan import Scan, scan
from digest.config import schedule
from digest.config.schema import Config, Format, Text
from digest.editions import plan as due
from digest.editions.edition import Edition
from digest.editions.plan import Outcome
from digest.feeds import entry as feed_entries
from digest.feeds import index_page as feed_pages
from digest.feeds import plan as feeds
from digest.feeds.plan import Feed
from digest.feeds.values import EPOCH
from digest.markdown.render import Rendered
from digest.pool import ALONE, Crew
from digest.problems import ConfigError, ContentError, DigestError, Problem, WriteError

if TYPE_CHECKING:
    from digest.emails.compose import Email

MEMORY = ".digest/index.sqlite"
NO_SITE = Problem(
    ".",
    0,
    0,
    "no-site",
    "there is neither a digest.toml nor a post in this folder",
    "digest init writes a site, -C names the folder of one",
)


class Parts(NamedTuple):
    """An edition ready to be written: its files, and what its manifest says of them."""

    files: dict[str, bytes]
    subject: str
    preheader: str
    checks: dict[str, int]


Put = Callable[[str, bytes, Callable[[], Iterable[bytes]]], None]  # a path, the fingerprint of its source, its maker


@begun_again
def build(
    config: Config,
    now: datetime,
    *,
    edition: str = "",
    since: datetime | None = None,
    strict: bool = False,
    allow_empty: bool = False,
    wait: bool = False,
    crew: Crew | None = None,
    cache: bool = True,
    seen: Scan | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Report:
    """Write everything that `config` asks for as of `now` (aware); return what was done.

    A post with a problem is left out and everything else is built. `edition` names the one to build instead of those
    that are due; `since` is where the first begins. `crew` does the work, by default in as many processes as pay;
    without `cache` nothing is remembered. `seen` is a look at the folders, when there was one.

    Raises `ContentError` before anything is written when a folder cannot be read or most of what was published is gone
    (`tally`), unless that is what `allow_empty` means, and when `strict` and a post is wrong; `ConfigError` when the
    folder has neither a `digest.toml` nor a post, `WriteError` when a file can not be written, and `LockedError` when
    another run is under way and this one does not `wait`.
    """
    require_candidates(config, seen)
    memory = config.root / MEMORY if cache else None
    with (
        archive.locked(config, wait=wait),
        Index(memory, collector.reading_fingerprint(config), say) as index,
        crew or Crew(0, first=preload) as crew,
    ):
        seen = seen or scan(config)
        collection = collector.collect(config, index, crew, seen)
        require_site(config, collection.posts, collection.problems)
        renderings = Renderings(config, index, collection.hashes)
        names = [edition.partition("/")[0]] if edition else list(config.digests)
        told = [o for name in names for o in decide(config, name, collection, now, renderings, edition, since)]
        composing = [begin(config, outcome, renderings, crew) for outcome in told]
        posts, plan = sound(collector.published(collection.posts, now), config, renderings, crew)
        wrong = (*collection.problems, *renderings.problems)
        found = tally.count(posts, collection.posts, now)
        if not allow_empty:
            refuse_loss(config, seen, found, wrong)
        if strict:
            refuse(wrong)
        for name in names:
            archive.settle(config, name)
        output = Output(config, index, crew)
        write_feeds(config, plan, renderings, output.put, crew)
        output.place()
        index.facts.put()  # while the last feeds are on their way
        output.flush()
        for outcome, composed in zip(told, composing, strict=True):
            output.written += issue(config, outcome, composed)
        for name in names:
            write_archive(config, name, output.put, crew)
        output.flush()
        renderings.keep_templates()
        removed = () if edition else tuple(f"{config.site.output}/{path}" for path in output.sweep())
        tally.keep(config, found)
        unchanged.leave(config, output.written)
        problems = tuple(sorted({*collection.problems, *renderings.problems, *(p for o in told for p in o.problems)}))
        paths = tuple(f"{config.site.output}/{path}" for path in output.written)
        made = index.facts.learnt, renderings.count
        report = Report(len(posts), *made, paths, output.unchanged, _told(told), problems, removed)
        if cache and not edition and since is None:
            _remember(config, seen, now, collection, renderings, output, told, report)
        return report


def next_change(config: Config, posts: Sequence[Brief], now: datetime) -> datetime:
    """Return the first moment after `now` at which time alone changes what a build would do.

    `posts` are all that were collected, newest first.
    """
    moments = [post.publish for post in posts if post.publish] + [post.expires for post in posts if post.expires]
    moments += (post.date for post in itertools.takewhile(lambda post: post.date > now, posts))
    moments += (schedule.next_end(due.schedule_of(name, config), now) for name in config.digests)
    return min((moment for moment in moments if moment > now), default=datetime.max.replace(tzinfo=UTC))


def _remember(
    config: Config,
    seen: Scan,
    now: datetime,
    collection: Collection,
    renderings: Renderings,
    output: Output,
    told: Sequence[Outcome],
    report: Report,
) -> None:
    """Keep what a next build would say that has nothing to do, after one that said `report`."""
    if any(outcome.edition or outcome.event for outcome in told):  # the next build finds them in the ledger
        told = [o for name in config.digests for o in decide(config, name, collection, now, renderings)]
    report = Report(report.posts, 0, 0, (), len(output.states), _told(told), report.problems)
    ledgers = [f"{config.site.ledger}/{name}" for name in (tally.NAME, *(f"{name}.jsonl" for name in config.digests))]
    outputs = {f"{config.site.output}/{path}": state for path, state in output.states.items()}
    outputs |= unchanged.states(config, ledgers)
    unchanged.remember(config, seen, outputs, now, next_change(config, collection.posts, now), report)


def check(config: Config, now: datetime) -> Report:
    """Return what `build` would say is wrong, and what only a look at every post and template shows; write nothing."""
    from digest.emails import lint

    seen = scan(config)
    collection = collector.collect(config, seen=seen)
    with Index(None, b"") as index:
        renderings = Renderings(config, index, collection.hashes)
        sound_posts = [post for post in collection.posts if not renderings.wrong(post)]
        posts = collector.published(sound_posts, now)
        outcomes, problems = [], [*collection.problems, *renderings.problems, *lint.lint(config)]
        problems += objections(config, seen, collection, posts, now)
        for name in config.digests:
            for outcome in decide(config, name, collection, now, renderings):
                problems += outcome.problems
                if outcome.edition:
                    problems += compose(config, outcome.edition, renderings).problems
                outcomes.append(outcome)
        read = len(collector.candidates(config, seen)[0])
        return Report(len(posts), read, renderings.count, (), 0, _told(outcomes), tuple(sorted(set(problems))))


def changed_topics(config: Config, now: datetime) -> tuple[str, ...]:
    """Return the addresses of the feeds that the last build changed. Raises `DigestError` when there was none."""
    from digest.feeds import websub

    try:
        changed = msgspec.json.decode((config.root / unchanged.CHANGED).read_bytes(), type=list[str])
    except (OSError, msgspec.DecodeError) as error:
        raise DigestError("nothing was built here yet; run digest build first") from error
    posts = collector.published(remembered(config).posts, now)
    every = [*feeds.plan(config, posts), *(feeds.edition_feed(config, name, EPOCH) for name in config.digests)]
    return websub.changed_topics(every, changed, config)


@begun_again
def remembered(config: Config, seen: Scan | None = None) -> Collection:
    """Return what is collected, with the memory of earlier runs where that can be written."""
    collection = None
    reading = collector.reading_fingerprint(config)
    with contextlib.suppress(WriteError), Index(config.root / MEMORY, reading) as index, Crew(0) as crew:
        collection = collector.collect(config, index, crew, seen).outliving()
    return collection or collector.collect(config, seen=seen)


def require_candidates(config: Config, seen: Scan | None) -> None:
    """Raise as `require_site` does for a folder without a file that could be a post, before so much as a lock is there.

    `seen` is a look at the folders, when there was one.
    """
    if config.file is None:
        files, problems = collector.candidates(config, seen or scan(config))
        require_site(config, files, problems)


def require_site(config: Config, found: Sized, problems: Sequence[Problem]) -> None:
    """Raise when neither a `digest.toml` nor a post, of those that were `found`, says that the folder is a site.

    Raises `ContentError` when posts are there and each is wrong, `ConfigError` when there is none.
    """
    if config.file is None and not found:
        refuse(problems)
        raise ConfigError(str(NO_SITE), [NO_SITE])


def refuse_loss(config: Config, seen: Scan, found: tally.Tally, problems: Sequence[Problem]) -> None:
    """Raise `ContentError` with all that is wrong when posts that were published are gone."""
    lost = tally.loss(config, seen, found)
    if lost:
        refuse((lost, *problems))


def objections(
    config: Config, seen: Scan, collection: Collection, posts: Sequence[Brief], now: datetime
) -> list[Problem]:
    """Return as warnings what would keep a build from writing anything, for commands that write nothing anyway."""
    found = tally.count(posts, collection.posts, now)
    problems = [tally.loss(config, seen, found)]
    if config.file is None and not collection.posts:
        problems.append(NO_SITE)
    return [msgspec.structs.replace(problem, severity="warning") for problem in problems if problem]


def refuse(problems: Sequence[Problem]) -> None:
    """Raise `ContentError` when one of `problems` is an error."""
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise ContentError("nothing was written", sorted(set(errors)))


def sound(
    posts: tuple[Brief, ...], config: Config, renderings: Renderings, crew: Crew
) -> tuple[tuple[Brief, ...], tuple[Feed, ...]]:
    """Return `posts` without those that feeds show and whose body turns out to be wrong, and the feeds of the rest."""
    while True:
        plan = feeds.plan(config, posts)
        wants: dict[str, tuple[Brief, frozenset[tuple[Text, Format]]]] = {}
        for feed in plan:
            kinds = frozenset((feed.text, form) for form in feed.formats)
            for post in feed.posts:
                _, others = wants.get(post.path, (post, kinds))
                wants[post.path] = (post, kinds if others == kinds else others | kinds)
        renderings.prepare([(post, wanted(kinds)) for post, kinds in wants.values()], crew)
        wrong = {path for path, (post, _) in wants.items() if renderings.wrong(post)}
        if not wrong:
            return posts, plan
        posts = tuple(post for post in posts if post.path not in wrong)


def write_feeds(config: Config, plan: Sequence[Feed], renderings: Renderings, put: Put, crew: Crew = ALONE) -> None:
    """Write every feed whose entries or head changed, and the pages that list them."""
    site = fingerprint(__version__, config.site, config.feeds, config.theme)
    heads = [msgspec.structs.replace(feed, posts=()) for feed in plan]
    every = [*heads, *(feeds.edition_feed(config, name, EPOCH) for name in config.digests)]
    made = functools.cache(crew.begin(functools.partial(feed_pages.pages, every, config)))
    for feed, head in zip(plan, heads, strict=True):
        source = fingerprint(site, head, [renderings.entries_key(post) for post in feed.posts])
        for form, path in feed.paths.items():

            def make(feed: Feed = feed, form: Format = form) -> Iterable[bytes]:
                entries = (renderings.entry(post, feed.text, form) for post in feed.posts)
                return feeds.assemble(feed, form, entries, config)

            put(path, source, make)
    source = fingerprint(site, every, pages.stamp(config))
    for path in feed_pages.PATHS:

        def page(path: str = path) -> Iterable[bytes]:
            return (made()[path],)

        put(path, source, page)


def decide(
    config: Config,
    name: str,
    collection: Collection,
    now: datetime,
    renderings: Renderings,
    edition: str = "",
    since: datetime | None = None,
) -> tuple[Outcome, ...]:
    """Return what is to be done for a digest by its ledger, posts whose body is wrong left out; write nothing."""
    ledger, _ = archive.load(config, name)
    shown = archive.shown(config, name)
    posts = collection.posts
    hash_of = functools.partial(archive.hash_file, config)
    while True:
        if edition:
            outcome = due.edition_for_key(
                edition, config, posts, ledger, now, whole=collection.whole, hash_of=hash_of, shown=shown, since=since
            )
            outcomes: tuple[Outcome, ...] = (outcome,)
        else:
            outcomes = due.due(
                name, config, posts, ledger, now, whole=collection.whole, hash_of=hash_of, shown=shown, since=since
            )
        taken = [post for outcome in outcomes if outcome.edition for post in outcome.edition.posts]
        wrong = {post.path for post in taken if renderings.wrong(post)}
        if not wrong:
            return outcomes
        posts = tuple(post for post in posts if post.path not in wrong)


def compose(config: Config, edition: Edition, renderings: Renderings) -> "Email":
    """Return the e-mail of an edition."""
    from digest.emails import compose as emails

    return emails.compose(edition, _bodies(edition, renderings), config)


def _bodies(edition: Edition, renderings: Renderings) -> dict[str, Rendered]:
    return {post.id: renderings.body(post) for post in edition.posts}


def begin(config: Config, outcome: Outcome, renderings: Renderings, crew: Crew) -> Callable[[], Parts] | None:
    """Begin to set the e-mail of an outcome that has an edition; return what waits for it."""
    if outcome.edition is None:
        return None
    return crew.begin(functools.partial(parts, outcome.edition, _bodies(outcome.edition, renderings), config))


def parts(edition: Edition, bodies: dict[str, Rendered], config: Config) -> Parts:
    """Return what is written of an edition; runs in any process."""
    from digest.emails import compose as emails
    from digest.emails import providers as services

    email = emails.compose(edition, bodies, config)
    service = config.digests[edition.digest].service
    subject, preheader = (services.escape_text(text, service) for text in (email.subject, email.preheader))
    files = {
        "email.html": email.html.encode(),
        "email.txt": email.text.encode(),
        "email.eml": email.eml,
        "index.html": email.web.encode(),
    }
    return Parts(files, subject, preheader, email.checks)


def issue(config: Config, outcome: Outcome, composed: Callable[[], Parts] | None) -> tuple[str, ...]:
    """Write an outcome's edition, or what it says for the ledger; return the changed paths below the output."""
    if composed is None:
        archive.record(config, outcome)
        return ()
    files, subject, preheader, checks = composed()
    made = manifest.make(outcome, files, config, subject=subject, preheader=preheader, checks=checks)
    return archive.publish_edition(config, outcome, files, made)


def write_archive(config: Config, name: str, put: Put, crew: Crew = ALONE) -> None:
    """Write the page and the feeds of a digest's published editions."""
    editions = archive.published(config, name)
    source = fingerprint(__version__, config.site, config.feeds, config.theme, config.digests[name], editions)
    made = crew.begin(functools.partial(archive.page, config, name, editions))
    put(f"editions/{name}/index.html", fingerprint(source, pages.stamp(config)), lambda: (made(),))
    feed = feeds.edition_feed(config, name, editions[0].window.end if editions else EPOCH)
    entries = [
        feed_entries.edition_entry(
            url=edition.archive_url,
            title=edition.subject,
            date=edition.window.end,
            html="",
            summary=edition.preheader,
            config=config,
            zone=config.digest_zone(name),
            language=config.digests[name].language or config.site.language,
        )
        for edition in editions[: config.feeds.limit]
    ]
    for form, path in feed.paths.items():

        def make(form: Format = form) -> Iterable[bytes]:
            return feeds.assemble(feed, form, [(feed_entries.fragment(e, form, config),) for e in entries], config)

        put(path, source, make)


def _told(outcomes: Sequence[Outcome]) -> tuple[EditionReport, ...]:
    return tuple(
        EditionReport(o.digest, o.key, o.status, o.message, o.edition is not None and o.edition.draft) for o in outcomes
    )
