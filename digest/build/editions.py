"""The editions of a build: which are due, composing and publishing them, and the pages of a digest's archive."""

import functools
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec

from digest import __version__, archive, emails, feeds, files, templates
from digest.build import published_count
from digest.build.feeds import Put
from digest.build.renderer import Renderer
from digest.cache.fingerprint import fingerprint
from digest.collector.post import Post
from digest.config import Config, Format
from digest.editions import (
    DigestRun,
    Edition,
    Outcome,
    begin,
    digest_of,
    due_editions,
    edition_for_key,
    follow,
    hash_file,
    ledger,
    open_edition,
)
from digest.emails import Email, escape_header
from digest.problems import ContentError, Problem


def find_run(
    config: Config,
    key: str,
    posts: tuple[Post, ...],
    now: datetime,
    *,
    since: datetime | None = None,
    hash_of: Callable[[Post], str] | None = None,
) -> DigestRun:
    """Return a run at `now` (aware) of the digest that `key` names, `weekly` or `weekly/2026-W47`, with its ledger.

    `hash_of` returns a post's content hash; it reads the file unless another is given. Raises `DigestError` for an
    unknown digest and `ContentError` for a damaged ledger.
    """
    name = digest_of(config, key)
    whole = archive.load_ledger(config, name)
    condition = archive.examine(config, name, whole, has_run=published_count.has_run(config, name))
    return DigestRun(
        name=name,
        config=config,
        posts=posts,
        ledger=ledger.as_of(whole, now, timedelta(days=config.digests[name].look_back), [post.date for post in posts]),
        now=now,
        shown=condition.shown,
        hash_of=hash_of or functools.partial(hash_file, config),
        since=since,
        held=condition.held,
        draft_because=condition.draft_because,
        unreadable=condition.unreadable,
        problems=condition.problems,
    )


def with_ledger(config: Config) -> list[str]:
    """Return the digests that have a ledger."""
    return [name for name in config.digests if ledger.path_of(config, name).is_file()]


def decide(
    config: Config,
    name: str,
    posts: tuple[Post, ...],
    now: datetime,
    renderer: Renderer,
    *,
    edition: str = "",
    since: datetime | None = None,
    as_unpublished: bool = False,
) -> tuple[Outcome, ...]:
    """Return the outcomes due for a digest by its ledger, without posts whose body is broken; write nothing.

    `edition` is the key of the only one to decide on; `as_unpublished` composes it again even when it was sent.
    """
    run = find_run(config, name, posts, now, since=since, hash_of=renderer.content_hashes)
    if as_unpublished:
        run = msgspec.structs.replace(run, shown=())
    while True:
        try:
            outcomes = (edition_for_key(run, edition),) if edition else due_editions(run)
            broken = _render_broken(outcomes, renderer)
        except ContentError as error:
            broken = _name_vanished(run, error, renderer)
        if not broken:
            return outcomes
        run = _without(run, broken)


def _name_vanished(run: DigestRun, error: ContentError, renderer: Renderer) -> set[str]:
    """Return the paths of the posts that `error` is about, which the renderer names; raise it when it is about none."""
    paths = {problem.path for problem in error.problems}
    gone = [post for post in run.posts if post.path in paths]
    if not gone:
        raise error
    renderer.prepare([(post, ()) for post in gone])
    return {post.path for post in gone}


def decide_open(config: Config, name: str, posts: tuple[Post, ...], now: datetime, renderer: Renderer) -> Outcome:
    """Return the outcome of the window that is open, without posts whose body is broken; write nothing."""
    run = find_run(config, name, posts, now)
    while True:
        outcome = open_edition(run)
        broken = _render_broken([outcome], renderer)
        if not broken:
            return outcome
        run = _without(run, broken)


def _render_broken(outcomes: Iterable[Outcome], renderer: Renderer) -> set[str]:
    """Render the posts of the outcomes' editions; return the paths of those whose body is broken."""
    posts = [post for outcome in outcomes if outcome.edition for post in outcome.edition.posts]
    renderer.prepare([(post, ()) for post in posts])
    return {post.path for post in posts if renderer.is_broken(post)}


def _without(run: DigestRun, paths: set[str]) -> DigestRun:
    return msgspec.structs.replace(run, posts=tuple(post for post in run.posts if post.path not in paths))


def compose(config: Config, edition: Edition, renderer: Renderer) -> Email:
    """Return the e-mail of an edition."""
    bodies = {post.id: renderer.body(post) for post in edition.posts}
    return emails.compose(edition, bodies, config)


def contents(email: Email) -> dict[str, bytes]:
    """Return the files of an edition's folder besides its manifest, by name."""
    return {
        "email.html": email.html.encode(),
        "email.txt": email.text.encode(),
        "email.eml": email.eml,
        "index.html": email.web.encode(),
        **email.images,
    }


def publish(config: Config, outcome: Outcome, renderer: Renderer) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """Write an outcome's edition, or only its ledger event when it has none.

    Returns the changed paths below the output, and the problems of the e-mail.
    """
    if outcome.edition is None:
        archive.record(config, outcome)
        return (), ()
    email = compose(config, outcome.edition, renderer)
    made = manifest_of(config, outcome, email)
    return archive.publish_edition(config, outcome, contents(email), made), email.problems


def manifest_of(config: Config, outcome: Outcome, email: Email) -> archive.Manifest:
    """Return the manifest of an outcome whose edition is this e-mail."""
    provider = config.digests[outcome.digest].provider
    return archive.manifest.make(
        outcome,
        contents(email),
        config,
        subject=escape_header(email.subject, provider),
        preheader=escape_header(email.preheader, provider),
        checks=email.checks,
        problems=email.problems,
    )


def record_archive(
    config: Config,
    name: str,
    posts: tuple[Post, ...],
    now: datetime,
    renderer: Renderer,
    outcomes: Iterable[Outcome],
) -> None:
    """Tell the ledger of a digest, at its first of `outcomes`, what was there before. The caller must hold the lock."""
    run = find_run(config, name, posts, now, hash_of=renderer.content_hashes)
    archive.append(config, name, begin(run, [outcome for outcome in outcomes if outcome.digest == name]))


def record_looks(config: Config, name: str, posts: tuple[Post, ...], now: datetime, renderer: Renderer) -> None:
    """Tell the ledger of a digest how its posts look now. The caller must hold the lock."""
    run = find_run(config, name, posts, now, hash_of=renderer.content_hashes)
    archive.append(config, name, follow(run))


def write_archive(config: Config, name: str, put: Put) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Write the pages and the feeds of a digest's published editions, and link the editions to each other.

    Returns the paths of files that changed besides those that were `put`, and of removed ones, below the output.
    """
    editions, linked = archive.link_neighbours(config, name, archive.published(config, name))
    source = fingerprint(__version__, config.site, config.feeds, config.theme, config.digests[name], editions)
    pages = archive.plan_pages(name, editions)
    looks = fingerprint(source, templates.stamp(config.own_templates))
    for number, page in enumerate(pages):
        put(page.path, looks, functools.partial(_archive_page, config, name, editions, number))
    stale = archive.find_stale(config, name, pages)
    for path in stale:
        files.remove(config.root / config.site.output, path)
    newest = editions[0].window.end if editions else feeds.EPOCH
    feed = feeds.edition_feed(config, name, newest)
    language = config.digests[name].language or config.site.language
    listed = [
        feeds.edition_entry(
            config,
            url=edition.archive_url,
            title=emails.unescape_header(edition.subject),
            date=edition.window.end,
            summary=emails.unescape_header(edition.preheader),
            language=language,
            zone=config.digest_zone(name),
        )
        for edition in editions[: config.feeds.limit]
    ]

    def make(form: Format) -> Iterable[bytes]:
        return feeds.assemble(feed, form, [feeds.fragment(entry, form, config) for entry in listed], config)

    for form, path in feed.paths.items():
        put(path, source, functools.partial(make, form))
    return linked, stale


def _archive_page(config: Config, name: str, editions: tuple[archive.Manifest, ...], number: int) -> tuple[bytes]:
    return (archive.make_page(config, name, editions, number),)
