"""The commands that show posts and, in the browser, the edition and the feeds."""

import shutil
import sys
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

import click
import msgspec

import digest
from digest.build.families import load_config
from digest.cli.options import When, edition_key, moment, now_option
from digest.cli.terminal import Run, command, fail_on, table
from digest.problems import count

Tags = tuple[str, ...]
COLUMNS = ("date", "state", "title", "tags", "path")  # of `digest list`
WIDE = 120  # characters in a line; a narrower window has no room for paths


@click.command(name="list")
@click.option("--tag", "any_", multiple=True, metavar="TAG", help="Only posts with this tag (or one of several).")
@click.option("--every-tag", "all_", multiple=True, metavar="TAG", help="Only posts with each of these tags.")
@click.option("--no-tag", "none", multiple=True, metavar="TAG", help="No posts with this tag.")
@click.option("--lang", "language", default="", help="Only posts in this language.")
@click.option("--since", type=moment, help="Only posts dated at or after this moment.")
@click.option("--until", type=moment, help="Only posts dated before this moment.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Show at most this many posts, the newest.")
@click.option("--all", "everything", is_flag=True, help="Drafts, future and expired posts too, with their state.")
@now_option("The moment that decides what is published")
@command
def list_posts(
    run: Run, *, any_: Tags, all_: Tags, none: Tags, since: When, until: When, now: When, everything: bool, **rest: Any
) -> None:
    """List posts, the newest first.

    A table on a terminal, JSON Lines with --json.

    \b
    Examples:
      digest list --tag news --since 2026-11-01
      digest list --all                  # drafts and future posts too
      digest list --json | jq .title
    """
    from digest.collector.collect import collect_remembered

    config = run.config()
    at = run.moment(now)
    collection = collect_remembered(config)
    run.report(collection.problems)
    posts = collection.posts if everything else digest.published(collection.posts, at)
    tags = digest.Selection(any=any_, all=all_, none=none)
    _name_unknown_tags(run, (*any_, *all_, *none), posts)
    chosen = digest.select(posts, tags, since=run.aware(since), until=run.aware(until), **rest)
    if run.as_json:
        for post in chosen:
            click.echo(msgspec.json.encode(record(post, at, config.site_zone)))
    else:
        _show_table([row(post, at, config.site_zone) for post in chosen], states=everything)
    run.say(count(len(chosen), "post"))
    fail_on(collection.problems, config)


def _show_table(rows: Sequence[tuple[str, ...]], *, states: bool) -> None:
    """Print the rows of posts; in a narrow window without paths, and with their states only when they may differ."""
    if not sys.stdout.isatty():
        table(COLUMNS, rows)
        return
    narrow = shutil.get_terminal_size().columns < WIDE
    left_out = {*([] if states else ["state"]), *(["path"] if narrow else [])}
    kept = [number for number, name in enumerate(COLUMNS) if name not in left_out]
    table([COLUMNS[number] for number in kept], [[cells[number] for number in kept] for cells in rows])


def _name_unknown_tags(run: Run, wanted: Tags, posts: "Sequence[digest.Post]") -> None:
    """Say which tags of the options no post has."""
    from digest.build.expectations import nearest_tag
    from digest.collector.post import tag_key

    tags = {tag_key(tag): tag for post in posts for tag in post.tags}
    for tag in wanted:
        if tag_key(tag) not in tags:
            near = nearest_tag(tag, tags)
            run.say(f'no post has the tag "{tag}"' + (f"; {near}" if near else ""))


def record(post: "digest.Post", now: datetime, zone: tzinfo) -> dict[str, object]:
    """Return a post as `digest list --json` shows it, its dates in `zone`, the site's."""
    from digest.localisation import timestamp

    return {
        "path": post.path,
        "title": post.typed_title or post.title,
        "date": timestamp(post.date, zone) if dated(post) else None,
        "tags": post.tags,
        "draft": post.draft,
        "slug": post.slug,
        "url": post.url,
        "id": post.id,
        "lang": post.language,
        "image": post.image.url if post.image else None,
        "summary": post.summary,
        "updated": timestamp(post.updated, zone) if post.updated else None,
        "authors": [author.name for author in post.authors],
        "state": post.state(now),
    }


def row(post: "digest.Post", now: datetime, zone: tzinfo) -> tuple[str, ...]:
    """Return a post as a line of `digest list`, its date in `zone`, the site's."""
    date = post.date.astimezone(zone).strftime("%Y-%m-%d %H:%M") if dated(post) else "-"
    return date, post.state(now), post.title, ", ".join(post.tags), post.path


def dated(post: "digest.Post") -> bool:
    """Return whether a post has a date, which a draft need not have."""
    from digest.collector.post import UNDATED

    return post.date != UNDATED


@click.command()
@click.argument("key", default="")
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="The port (default: 8470, or a free one).")
@click.option("--no-browser", is_flag=True, help="Open no browser.")
@click.option("--reader", default="", metavar="ADDRESS", help="Show the letters of this reader of the site.")
@now_option("Show what a build at this moment would make")
@command
def preview(run: Run, *, key: str, port: int | None, no_browser: bool, reader: str, now: When) -> None:
    """Show the next edition, or edition KEY, in the browser.

    Shows the feeds too, and reloads as you write.

    \b
    Examples:
      digest preview
      digest preview weekly/2026-W47 --port 8080 --no-browser
      digest preview --reader ann@example.org
    """
    from digest.preview import rehearse, require_packages, serve

    require_packages()
    config = run.config()
    file = config.file  # fixed, so that a site in a parent folder is not shown while an editor replaces the file
    serve(
        lambda: load_config(run.folder, file),
        lambda config: rehearse(config, run.moment(now), reader),
        say=run.say,
        key=edition_key(config, key),
        port=port,
        open_browser=not no_browser,
    )
