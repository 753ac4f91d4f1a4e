"""What tests of editions share: posts, a configuration, and runs with a composer that needs no templates."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from digest.archive import append, examine, locked, manifest, publish_edition, record, settle_ledger
from digest.collector import Post
from digest.config import Config, Digest, Feeds, Posts, Site, Theme
from digest.editions import (
    DigestRun,
    Edition,
    Outcome,
    begin,
    content_hash,
    digest_of,
    due_editions,
    edition_for_key,
    follow,
    ledger,
)


def moment(text: str) -> datetime:
    """A moment; UTC when `text` has no zone."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def site(root: Path, zone: str = "UTC", name: str = "weekly", **digest: Any) -> Config:
    """A configuration with one digest."""
    digests = {name: Digest(**{"title": "News", **digest})}
    return Config(root, None, Site(title="Site", timezone=zone), Posts(), Feeds(), digests, Theme())


def post(slug: str, date: str | datetime, **fields: Any) -> Post:
    """A post at https://example.org/SLUG/."""
    url = f"https://example.org/{slug}/"
    when = moment(date) if isinstance(date, str) else date
    values: dict[str, Any] = {"id": url, "title": slug.title(), "body_start": 0, "body_line": 1, **fields}
    return Post(path=f"content/{slug}.md", url=url, slug=slug, date=when, **values)


def hash_of(post: Post) -> str:
    """A content hash: the summary stands for the body."""
    return content_hash(post.title, post.summary.encode())


def compose(edition: Edition) -> dict[str, bytes]:
    """An edition's files."""
    lines = [edition.key, edition.start.isoformat(), edition.end.isoformat(), f"draft={edition.draft}"]
    for section in edition.sections:
        lines += [f"# {section.title}", *(f"{p.id} {p.title} {p.summary}" for p in section.posts)]
    text = "\n".join(lines).encode()
    return {"email.html": b"<p>" + text, "email.txt": text, "email.eml": b"\r\n" + text, "index.html": b"<h1>" + text}


def publish(config: Config, outcome: Outcome) -> None:
    """Write what an outcome asks for."""
    if outcome.edition is None:
        record(config, outcome)
        return
    files = compose(outcome.edition)
    made = manifest.make(outcome, files, config, subject="News", preheader="And more")
    publish_edition(config, outcome, files, made)


def run(
    config: Config,
    posts: Iterable[Post],
    now: str | datetime,
    key: str = "",
    since: datetime | None = None,
    *,
    follows: bool = False,
) -> tuple[Outcome, ...]:
    """A run of the first digest, as a build does it; whole when it `follows` how the posts look."""
    at = moment(now) if isinstance(now, str) else now
    name = digest_of(config, key or next(iter(config.digests)))
    with locked(config, wait=True):
        posts = tuple(posts)
        dates = [post.date for post in posts]
        whole = settle_ledger(config, name)
        condition = examine(config, name, whole, has_run=False)
        found = DigestRun(
            name=name,
            config=config,
            posts=posts,
            ledger=ledger.as_of(whole, at, timedelta(days=config.digests[name].look_back), dates),
            now=at,
            shown=condition.shown,
            hash_of=hash_of,
            since=since,
            held=condition.held,
            draft_because=condition.draft_because,
            unreadable=condition.unreadable,
            problems=condition.problems,
        )
        outcomes = (edition_for_key(found, key),) if key else due_editions(found)
        if follows:
            append(config, name, begin(found, outcomes))
        for outcome in outcomes:
            publish(config, outcome)
        if follows:
            whole = settle_ledger(config, name)
            known = ledger.as_of(whole, at, timedelta(days=config.digests[name].look_back), dates)
            append(config, name, follow(msgspec.structs.replace(found, ledger=known)))
    return outcomes


def ids(outcome: Outcome) -> list[str]:
    """Slugs of an outcome's posts in reading order."""
    return [p.slug for p in outcome.edition.posts] if outcome.edition else []


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
