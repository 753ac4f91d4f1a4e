"""Which feeds a site has, and which posts each contains."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from digest.collector.post import Post, slugify, tag_key
from digest.collector.select import select
from digest.config.schema import Config, ExtraFeed, Format, Text
from digest.feeds.entry import is_media
from digest.feeds.values import EPOCH, address, first_line, language, line, uri
from digest.localisation import language_name

FILES: dict[Format, str] = {"rss": "feed.xml", "atom": "atom.xml", "json": "feed.json"}
MEDIA_TYPES: dict[Format, str] = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}
STYLESHEET = "feeds/feed.css"
GENERATOR = "digest-press"

_AS_CONFIGURED = ExtraFeed(title="")  # for a feed without settings of its own

Group = Literal["all", "languages", "topics", "tags", "digests"]  # the groups on the page that lists the feeds


class Feed(Struct, frozen=True, kw_only=True):
    """One feed: its title, its output files, and its posts, newest first."""

    group: Group
    title: str
    description: str
    language: str  # BCP 47, empty when not known
    folder: str  # below the output folder: empty, or with a slash at its end
    formats: tuple[Format, ...]
    text: Text
    posts: tuple[Post, ...]
    updated: datetime  # of the newest entry; never the current time
    home: str = ""  # path of the corresponding web page, below the site's URL
    links: dict[str, str] = {}  # RFC 5005: relation and the folder of a feed
    is_archive: bool = False  # a page of the archive; nobody subscribes to it
    is_complete: bool = False  # contains every entry (RFC 5005)
    is_podcast: bool = False

    @property
    def paths(self) -> dict[Format, str]:
        """The file of each format, below the output folder."""
        return {format_: self.folder + FILES[format_] for format_ in self.formats}

    @property
    def is_finished(self) -> bool:
        """Whether this is a page of the archive that no longer changes: only the last one still grows."""
        return self.is_archive and "next-archive" in self.links


def plan(config: Config, posts: Sequence[Post]) -> tuple[Feed, ...]:
    """Return every feed of the site, each followed by the pages of its archive.

    `posts` are the published ones, newest first. The site's feed is first, then languages, tags and extra feeds, each
    by folder.
    """
    feeds = list(_feeds(config, posts, group="all", folder="", title=config.site.title))
    if config.feeds.per_language:
        for tag, chosen in sorted(_by_language(config, posts).items()):
            title = f"{config.site.title} – {language_name(tag)}"
            feeds += _feeds(
                config,
                chosen,
                group="languages",
                folder=f"languages/{tag}/",
                title=title,
                own_language=tag,
            )
    if config.feeds.per_tag:
        for slug, tagged in sorted(_by_tag(posts).items()):
            title = f"{tagged.spelling} – {config.site.title}"
            feeds += _feeds(config, tagged.posts, group="tags", folder=f"tags/{slug}/", title=title)
    for name, extra in sorted(config.feeds.extra.items()):
        selected = select(posts, extra, since=None, until=None, language=extra.language)
        feeds += _feeds(
            config,
            selected,
            group="topics",
            folder=f"feeds/{name}/",
            title=extra.title,
            own_language=language(extra.language),
            choices=extra,
        )
    return tuple(feeds)


def edition_feed(config: Config, name: str, updated: datetime) -> Feed:
    """Return the feed of a digest's editions; `updated` is the newest edition's date."""
    digest = config.digests[name]
    title = first_line(digest.title, config.site.title, name)
    folder = f"editions/{name}/"
    return Feed(
        group="digests",
        title=title,
        description=title,
        language=language(digest.language or config.site.language),
        folder=folder,
        formats=config.feeds.formats,
        text="full",
        posts=(),
        updated=updated,
        home=folder,
    )


def subscribable(feed: Feed) -> list[tuple[Format, str]]:
    """Return the formats and files of a feed that readers can follow; one by an own template when its type is known."""
    found = list(feed.paths.items())
    if feed.template_type:
        found.append((feed.template_type, feed.own_path))
    return found


def grouped(feeds: Iterable[Feed]) -> dict[Group, list[Feed]]:
    """Return the feeds of each group that has any, in the order of the page that lists them."""
    groups: dict[Group, list[Feed]] = {group: [] for group in get_args(Group)}
    for feed in feeds:
        groups[feed.group].append(feed)
    return {group: found for group, found in groups.items() if found}


def links(feed: Feed, format_: Format, config: Config) -> dict[str, str]:
    """Return the URLs that a feed links to, by relation: the WebSub hub, then those of RFC 5005."""
    found = {}
    hub = uri(config.feeds.hub)
    if hub and not feed.is_archive:
        found["hub"] = hub
    for relation, folder in feed.links.items():
        found[relation] = address(config, folder + FILES[format_])
    return found


def _feeds(
    config: Config,
    posts: Sequence[Post],
    *,
    group: Group,
    folder: str,
    title: str,
    own_language: str = "",
    choices: ExtraFeed = _AS_CONFIGURED,
) -> Iterator[Feed]:
    """Yield the feed of `posts` and the pages of its archive."""
    site = config.site
    limit = choices.limit or config.feeds.limit
    newest = tuple(posts[:limit])
    feed = Feed(
        group=group,
        title=first_line(title, site.url),
        description=first_line(choices.description, site.description, title, site.url),
        language=own_language or language(site.language),
        folder=folder,
        formats=choices.formats or config.feeds.formats,
        text=choices.text or config.feeds.text,
        posts=newest,
        updated=_last_change(newest),
        is_podcast=any(is_media(post.enclosure) for post in newest),
    )
    if not config.feeds.archive:
        yield feed
    elif len(posts) <= limit:
        yield msgspec.structs.replace(feed, is_complete=True)
    else:
        yield from _archived(feed, posts, limit)


def _archived(feed: Feed, posts: Sequence[Post], limit: int) -> Iterator[Feed]:
    """Yield a feed and the pages of its archive as RFC 5005, section 4 has them.

    Pages are counted from the oldest post, so a page that is followed by another never changes when posts are added.
    The last page is still growing; it is there so that the page before it can name its successor from the start. The
    feed's own `prev-archive` is the newest finished page, which the feed always meets or overlaps.
    """
    pages = -(-len(posts) // limit)
    folder = f"{feed.folder}archive/{{}}/".format
    yield msgspec.structs.replace(feed, links={"first": folder(1), "prev-archive": folder(pages - 1)})
    for page in range(1, pages + 1):
        newest = len(posts) - page * limit
        held = tuple(posts[max(newest, 0) : newest + limit])
        beside = {"current": feed.folder, "first": folder(1)}
        if page > 1:
            beside["prev-archive"] = folder(page - 1)
        if page < pages:
            beside["next-archive"] = folder(page + 1)
        yield msgspec.structs.replace(
            feed, folder=folder(page), posts=held, updated=_last_change(held), links=beside, is_archive=True
        )


def _by_language(config: Config, posts: Iterable[Post]) -> dict[str, list[Post]]:
    chosen: dict[str, list[Post]] = defaultdict(list)
    usual = language(config.site.language)
    for post in posts:
        chosen[language(post.language) or usual].append(post)
    chosen.pop("", None)
    return chosen


class _Tagged(Struct):
    """The posts of one tag, newest first, and how it is spelled most often."""

    spelling: str
    posts: list[Post]


def _by_tag(posts: Sequence[Post]) -> dict[str, _Tagged]:
    """Return the posts of each tag by the name of its folder.

    When two tags have the same slug, the one used first keeps it and the others get a hash of the tag as a suffix, so
    that a new tag never moves an existing feed.
    """
    chosen: dict[str, list[Post]] = defaultdict(list)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for post in posts:
        for key, tag in {tag_key(tag): tag for tag in post.tags}.items():
            chosen[key].append(post)
            spellings[key][tag] += 1
    tagged: dict[str, _Tagged] = {}
    for key in sorted(chosen, key=lambda key: (chosen[key][-1].date, key)):
        counts = spellings[key]
        slug = slugify(key)
        if not slug or slug in tagged:
            mark = hashlib.blake2s(key.encode("utf-8", "replace"), digest_size=3).hexdigest()
            slug = f"{slug or 'tag'}-{mark}"
        usual = max(counts, key=lambda spelling: (counts[spelling], spelling))
        tagged[slug] = _Tagged(spelling=line(usual), posts=chosen[key])
    return tagged


def _last_change(posts: Iterable[Post]) -> datetime:
    """Return when the newest of `posts` was published or updated; the epoch without posts, never the current time."""
    return max((max(post.date, post.updated or post.date) for post in posts), default=EPOCH)
