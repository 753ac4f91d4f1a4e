"""Which feeds a site has, and which posts each contains."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Literal, get_args

import msgspec
from msgspec import Struct

from digest.collector.post import Post, is_media, tag_key
from digest.collector.scan import content_folder
from digest.collector.select import is_below, select
from digest.config.schema import Config, ExtraFeed, Format, Podcast, Text
from digest.feeds.entry import authors_of
from digest.feeds.groups import PostGroup, by_author, by_category, by_folder, by_language, by_tag
from digest.feeds.values import EPOCH, address, first_line, language, uri
from digest.localisation import language_name

FILES: dict[Format, str] = {"rss": "feed.xml", "atom": "atom.xml", "json": "feed.json"}
MEDIA_TYPES: dict[Format, str] = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}
STYLESHEET = "feeds/feed.css"
_TYPES: dict[str, Format] = {"rss": "rss", "atom": "atom"}  # of files by templates, by their ending
GENERATOR = "digest-press"

_AS_CONFIGURED = ExtraFeed(title="")  # for a feed without settings of its own

# The groups on the page that lists the feeds
Group = Literal["all", "languages", "topics", "categories", "folders", "authors", "tags", "digests"]


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
    podcast: Podcast | None = None  # what the owner says of it as one
    has_episodes: bool = False  # a post says something of itself as an episode
    template: str = ""  # of the owner's own, which writes a file of its own
    template_type: Literal["", "rss", "atom", "json"] = ""

    @property
    def paths(self) -> dict[Format, str]:
        """The file of each format, below the output folder."""
        return {format_: self.folder + FILES[format_] for format_ in self.formats}

    @property
    def own_path(self) -> str:
        """The file that the owner's template writes, below the output folder; empty without one."""
        return self.folder + PurePosixPath(self.template).name.removesuffix(".jinja") if self.template else ""

    @property
    def is_finished(self) -> bool:
        """Whether this is a page of the archive that no longer changes: only the last one still grows."""
        return self.is_archive and "next-archive" in self.links


def plan(config: Config, posts: Sequence[Post]) -> tuple[Feed, ...]:
    """Return every feed of the site, each followed by the pages of its archive.

    `posts` are the published ones, newest first. The site's feed is first, then languages, tags, categories, folders,
    authors and extra feeds, each by folder.
    """
    shown = [post for post in posts if post.in_feeds]
    return (
        *_feeds(config, shown, group="all", folder="", title=config.site.title),
        *_language_feeds(config, shown),
        *_group_feeds(config, shown),
        *_extra_feeds(config, shown),
    )


def _language_feeds(config: Config, posts: Sequence[Post]) -> Iterator[Feed]:
    if not config.feeds.per_language:
        return
    for tag, chosen in sorted(by_language(config, posts).items()):
        title = f"{config.site.title} – {language_name(tag)}"
        yield from _feeds(
            config,
            chosen,
            group="languages",
            folder=f"languages/{tag}/",
            title=title,
            own_language=tag,
        )


def _group_feeds(config: Config, posts: Sequence[Post]) -> Iterator[Feed]:
    for group, found in _groups(config, posts):
        for path, named in sorted(found.items()):
            title = f"{named.spelling} – {config.site.title}"
            yield from _feeds(config, named.posts, group=group, folder=f"{group}/{path}/", title=title)


def _extra_feeds(config: Config, posts: Sequence[Post]) -> Iterator[Feed]:
    for name, extra in sorted(config.feeds.extra.items()):
        yield from _feeds(
            config,
            _selected(config, extra, posts),
            group="topics",
            folder=f"feeds/{name}/",
            title=extra.title,
            own_language=language(extra.language),
            choices=extra,
        )


def _groups(config: Config, posts: Sequence[Post]) -> Iterator[tuple[Group, dict[str, PostGroup]]]:
    """Yield the groups whose names are to have a feed each; the groups' names are the folders of their feeds."""
    if config.feeds.per_tag:
        yield "tags", by_tag(posts)
    if config.feeds.per_category:
        yield "categories", by_category(posts)
    if config.feeds.per_folder:
        yield "folders", by_folder(config, posts)
    if config.feeds.per_author:
        yield "authors", by_author(config, posts)


def _selected(config: Config, extra: ExtraFeed, posts: Iterable[Post]) -> Sequence[Post]:
    """Return the posts of an extra feed, newest first; a podcast has only those with sound or film."""
    selected = select(posts, extra, since=None, until=None, language=extra.language)
    if extra.folders:
        content = content_folder(config)
        selected = tuple(post for post in selected if is_below(post, extra.folders, content))
    if extra.authors:
        wanted = frozenset(map(tag_key, extra.authors))
        selected = tuple(post for post in selected if not wanted.isdisjoint(_author_keys(config, post)))
    if extra.podcast.is_described:
        selected = tuple(post for post in selected if is_media(post.enclosure))
    return selected


def _author_keys(config: Config, post: Post) -> Iterator[str]:
    return (tag_key(author.name) for author in authors_of(post.authors, config))


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
        formats=_formats(config, choices),
        text=choices.text or config.feeds.text,
        posts=newest,
        updated=_last_change(newest),
        is_podcast=choices.podcast.is_described or any(is_media(post.enclosure) for post in newest),
        podcast=_podcast(config, choices, folder),
        has_episodes=any(post.episode for post in newest),
        template=choices.template,
        template_type=choices.template_type or _TYPES.get(PurePosixPath(choices.template).stem.rpartition(".")[2], ""),
    )
    if not config.feeds.archive:
        yield feed
    elif len(posts) <= limit:
        yield msgspec.structs.replace(feed, is_complete=True)
    else:
        yield from _archived(feed, posts, limit)


def _formats(config: Config, choices: ExtraFeed) -> tuple[Format, ...]:
    """Return the formats of a feed; one with a template of the owner's own has none unless it names them."""
    if choices.formats or choices.template:
        return choices.formats
    return config.feeds.formats


def _podcast(config: Config, choices: ExtraFeed, folder: str) -> Podcast | None:
    """Return what the owner says of a feed as a podcast: its own table, else the site's.

    The identifier and the new address in the site's are those of the site's own feed only.
    """
    if choices.podcast.is_described:
        return choices.podcast
    podcast = config.feeds.podcast
    if not podcast.is_described:
        return None
    return msgspec.structs.replace(podcast, guid="", moved_to="") if folder else podcast


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
            feed,
            folder=folder(page),
            posts=held,
            updated=_last_change(held),
            links=beside,
            is_archive=True,
            has_episodes=any(post.episode for post in held),
            template="",
        )


def _last_change(posts: Iterable[Post]) -> datetime:
    """Return when the newest of `posts` was published or updated; the epoch without posts, never the current time."""
    return max((max(post.date, post.updated or post.date) for post in posts), default=EPOCH)
