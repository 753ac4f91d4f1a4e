"""Which feeds there are, what stands in each, and how a feed is put together from its entries' fragments.

A post is made into a fragment once per format (`entry`); a feed is feedgen's shell with fragments spliced in
(`assemble`), so a post in forty feeds costs no more than a post in one.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from digest import __version__
from digest.collector.post import Post, slugify, tag_key
from digest.collector.select import select
from digest.config.schema import Config, ExtraFeed, Feeds, Format, Posts, Site, Text, Theme
from digest.feeds.entry import SOUND, fragment, fragments, json_author, post_entry, site_author
from digest.feeds.values import EPOCH, language, line, rfc822, rfc3339, uri
from digest.feeds.xml import plain_text_references
from digest.feeds.xml_templates import Template, kept, marks
from digest.markdown.render import Rendered
from digest.markdown.urls import absolute

FILES: dict[Format, str] = {"rss": "feed.xml", "atom": "atom.xml", "json": "feed.json"}
MEDIA_TYPES: dict[Format, str] = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}
STYLESHEET = "feeds/feed.css"
GENERATOR = "digest-press"


class Feed(Struct, frozen=True):
    """One feed: what it is called, where its formats go, and its posts, newest first."""

    title: str
    description: str
    language: str  # BCP 47, empty when not known
    folder: str  # below the output folder: empty, or with a slash at its end
    formats: tuple[Format, ...]
    text: Text
    posts: tuple[Post, ...]
    updated: datetime = EPOCH  # of the newest entry; never the clock's
    links: tuple[tuple[str, str], ...] = ()  # RFC 5005: relation and folder
    archive: bool = False  # a page of the archive, not to be subscribed to
    complete: bool = False  # holds every entry there is
    podcast: bool = False
    home: str = ""  # the page that shows the same, below the site's URL

    @property
    def paths(self) -> dict[Format, str]:
        """Where each format goes, below the output folder."""
        return {fmt: self.folder + FILES[fmt] for fmt in self.formats}


def plan(config: Config, posts: Sequence[Post]) -> tuple[Feed, ...]:
    """Return every feed of the site, its archive pages after it; `posts` are the published ones, newest first.

    The site's feed is first, then languages, tags and extra feeds, each by folder.
    """
    feeds = list(_feed(config, posts, folder="", title=config.site.title))
    if config.feeds.per_language:
        for tag, chosen in sorted(_by_language(config, posts).items()):
            title = f"{config.site.title} ({tag})"
            feeds += _feed(config, chosen, folder=f"languages/{tag}/", title=title, language=tag)
    if config.feeds.per_tag:
        for slug, tag, chosen in sorted(_by_tag(posts, None if config.feeds.archive else config.feeds.limit)):
            feeds += _feed(config, chosen, folder=f"tags/{slug}/", title=f"{tag} – {config.site.title}")
    for name, extra in sorted(config.feeds.extra.items()):
        feeds += _extra(config, posts, name, extra)
    return tuple(feeds)


def edition_feed(config: Config, name: str, updated: datetime) -> Feed:
    """Return the feed of a digest's editions; `updated` is the newest edition's date."""
    digest = config.digests[name]
    tongue = language(digest.language or config.site.language)
    folder = f"editions/{name}/"
    return Feed(
        digest.title, digest.title, tongue, folder, config.feeds.formats, "full", (), updated=updated, home=folder
    )


def entry(post: Post, rendered: Rendered, feed_text: Text, fmt: Format, config: Config) -> bytes:
    """Return the fragment of one post in one format; it does not depend on the feed it goes into, but for its text."""
    return fragment(post_entry(post, rendered, feed_text, config), fmt, config)


def entries(
    post: Post, rendered: Rendered, feed_text: Text, formats: Iterable[Format], config: Config
) -> dict[Format, bytes]:
    """Return the fragments of one post in several formats, without their content, cleaned once for all of them."""
    return fragments(post_entry(post, rendered, feed_text, config), formats, config)


def assemble(feed: Feed, fmt: Format, fragments: Iterable[Iterable[bytes]], config: Config) -> Iterator[bytes]:
    """Yield a whole feed in pieces: its head, and `fragments` (each the pieces of an entry in the same format)."""
    if fmt == "json":
        yield _json_document(feed, fragments, config)
        return
    kind = msgspec.structs.replace(feed, title="", description="", folder="", posts=(), updated=EPOCH, home="")
    template = _template(fmt, kind, config.site, config.feeds.hub, config.feeds.podcast_category)
    shell = template.fill(_head(feed, fmt, config))
    if fmt == "rss":
        shell = plain_text_references(shell)
    cut = shell.rindex("</channel>" if fmt == "rss" else "</feed>")
    cut = shell.rindex(">", 0, cut) + 1
    yield shell[:cut].encode()
    for pieces in fragments:
        yield b"\n"
        yield from pieces
    yield shell[cut:].encode()


def address(config: Config, path: str) -> str:
    """Return the absolute URI of a path below the output folder."""
    return uri(config.site.url.rstrip("/") + "/" + path)


def _feed(
    config: Config,
    posts: Sequence[Post],
    *,
    folder: str,
    title: str,
    description: str = "",
    language: str = "",
    extra: ExtraFeed | None = None,
) -> Iterator[Feed]:
    """Yield the feed of `posts` and the pages of its archive."""
    limit = (extra.limit if extra else None) or config.feeds.limit
    newest = tuple(posts[:limit])
    feed = Feed(
        title=line(title) or config.site.url,
        description=line(description or config.site.description or title) or config.site.url,
        language=language or _language(config),
        folder=folder,
        formats=(extra.formats if extra else ()) or config.feeds.formats,
        text=(extra.text if extra else None) or config.feeds.text,
        posts=newest,
        updated=_updated(newest),
        podcast=any(post.enclosure and post.enclosure.type.startswith(SOUND) for post in newest),
    )
    if config.feeds.archive:
        yield from _archived(feed, posts, limit)
    else:
        yield feed


def _archived(feed: Feed, posts: Sequence[Post], limit: int) -> Iterator[Feed]:
    """Yield a feed and the pages of its archive as RFC 5005, section 4 has them.

    Pages are counted from the oldest post, so a page that is followed by another never changes when posts are added.
    The last page is still growing; it is there so that the page before it can name its successor from the start. The
    feed's own `prev-archive` is the newest finished page, which the feed always meets or overlaps.
    """
    pages = -(-len(posts) // limit)
    if pages < 2:
        yield msgspec.structs.replace(feed, complete=True)
        return
    folder = f"{feed.folder}archive/{{}}/".format
    first = ("first", folder(1))
    yield msgspec.structs.replace(feed, links=(first, ("prev-archive", folder(pages - 1))))
    for page in range(1, pages + 1):
        start = max(len(posts) - page * limit, 0)
        held = tuple(posts[start : len(posts) - (page - 1) * limit])
        links = [("current", feed.folder), first]
        links += [("prev-archive", folder(page - 1))] if page > 1 else []
        links += [("next-archive", folder(page + 1))] if page < pages else []
        yield msgspec.structs.replace(
            feed, folder=folder(page), posts=held, updated=_updated(held), links=tuple(links), archive=True
        )


def _extra(config: Config, posts: Sequence[Post], name: str, extra: ExtraFeed) -> Iterator[Feed]:
    chosen = select(posts, extra, since=None, until=None, language=extra.language)
    return _feed(
        config,
        chosen,
        folder=f"feeds/{name}/",
        title=extra.title,
        description=extra.description,
        language=language(extra.language),
        extra=extra,
    )


def _by_language(config: Config, posts: Iterable[Post]) -> dict[str, list[Post]]:
    chosen: dict[str, list[Post]] = defaultdict(list)
    for post in posts:
        chosen[language(post.language) or _language(config)].append(post)
    chosen.pop("", None)
    return chosen


def _by_tag(posts: Sequence[Post], limit: int | None) -> Iterator[tuple[str, str, list[Post]]]:
    """Yield each tag's folder, its usual spelling and the first of its posts, as many as `limit`.

    Where two tags would have the same folder, the tag that was used first keeps it and the others carry a mark made
    from the tag, so that a new tag never moves the feed of an old one.
    """
    used: dict[str, list[int]] = defaultdict(list)  # numbers of posts by tag as typed
    for n, post in enumerate(posts):
        for tag in post.tags:
            used[tag].append(n)
    numbers: dict[str, list[int]] = {}
    spellings: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for tag, found in used.items():
        key = tag_key(tag)
        numbers[key] = sorted({*numbers[key], *found}) if key in numbers else found
        spellings[key][line(tag)] += len(found)
    taken: set[str] = set()
    for key in sorted(numbers, key=lambda key: (posts[numbers[key][-1]].date, key)):
        slug = slugify(key)
        if not slug or slug in taken:
            slug = f"{slug or 'tag'}-{hashlib.blake2s(key.encode('utf-8', 'replace'), digest_size=3).hexdigest()}"
        taken.add(slug)
        usual = max(spellings[key], key=lambda spelling: (spellings[key][spelling], spelling))
        yield slug, usual, [posts[n] for n in numbers[key][:limit]]


def _updated(posts: Iterable[Post]) -> datetime:
    return max((max(post.date, post.updated or post.date) for post in posts), default=EPOCH)


def _language(config: Config) -> str:
    return language(config.site.language)


class _Head(NamedTuple):
    """The texts in which feeds of one kind differ."""

    title: str
    description: str
    id: str
    home: str
    own: str  # the feed's address in this format
    updated: str  # as the format has it


def _head(feed: Feed, fmt: Format, config: Config) -> _Head:
    paths = feed.paths
    return _Head(
        title=feed.title,
        description=feed.description,
        id=address(config, paths.get("atom") or paths[feed.formats[0]]),
        home=address(config, feed.home),
        own=address(config, paths[fmt]),
        updated=rfc822(feed.updated) if fmt == "rss" else rfc3339(feed.updated),
    )


@lru_cache(maxsize=64)
def _template(fmt: Format, kind: Feed, site: Site, hub: str, category: str) -> Template:
    """Return what feedgen makes of a feed without entries, its `_Head` left open.

    Most feeds of a site are of one kind: making each by feedgen and lxml would take longer than its entries do.
    """
    return kept(partial(_made, fmt, kind, site, hub, category), __version__, fmt, kind, site, hub, category)


def _made(fmt: Format, kind: Feed, site: Site, hub: str, category: str) -> Template:
    config = Config(Path(), None, site, Posts(), Feeds(hub=hub, podcast_category=category), {}, Theme())
    made = _shell(kind, fmt, _Head(*marks(len(_Head._fields))), config)
    author = site_author(config)
    if fmt == "rss":
        made.generator(f"{GENERATOR} {__version__}")
        if author.email:
            made.managingEditor(f"{author.email} ({author.name})")
        return Template.of(made.rss_str(pretty=True).decode())
    made.generator(GENERATOR, version=__version__)
    made.author(name=author.name, email=author.email, uri=author.url)
    return Template.of(made.atom_str(pretty=True).decode())


def _shell(feed: Feed, fmt: Format, head: _Head, config: Config) -> Any:
    """Return a feedgen feed with all that RSS and Atom have in common."""
    from digest.feeds.feedgen_fixes import new_feed

    made = new_feed()
    site = config.site
    made.id(head.id)
    made.title(head.title)
    made.description(head.description)
    made.link(href=head.home, rel="alternate", type="text/html")
    made.link(href=head.own, rel="self", type=MEDIA_TYPES[fmt])
    if feed.language:
        made.language(feed.language)
    if site.copyright:
        made.rights(line(site.copyright))
    if icon := absolute(site.icon, address(config, "")) if site.icon else "":
        made.icon(icon)
    if logo := absolute(site.logo, address(config, "")) if site.logo else "":
        made.logo(logo)
    ours = made.digest
    ours.home, ours.updated, ours.complete = head.home, head.updated, feed.complete
    ours.archive = feed.archive and "next-archive" in dict(feed.links)  # the last page is still growing
    ours.links = tuple((rel, address(config, folder + FILES[fmt])) for rel, folder in feed.links)
    if (hub := uri(config.feeds.hub)) and not feed.archive:
        ours.links = (("hub", hub), *ours.links)
    ours.stylesheet = address(config, STYLESHEET)
    ours.podcast, ours.cover = site_author(config) if feed.podcast else None, logo
    ours.category = line(config.feeds.podcast_category)
    return made


def _json_document(feed: Feed, fragments: Iterable[Iterable[bytes]], config: Config) -> bytes:
    site, home = config.site, address(config, feed.home)
    head: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": home,
        "feed_url": address(config, feed.paths["json"]),
        "description": feed.description,
    }
    older = dict(feed.links).get("prev-archive")
    head |= {"next_url": address(config, older + FILES["json"])} if older else {}
    head |= {"icon": absolute(site.logo, address(config, ""))} if site.logo else {}
    head |= {"favicon": absolute(site.icon, address(config, ""))} if site.icon else {}
    head["authors"] = [json_author(site_author(config))]
    head |= {"language": feed.language} if feed.language else {}
    hub = "" if feed.archive else uri(config.feeds.hub)
    head |= {"hubs": [{"type": "WebSub", "url": hub}]} if hub else {}
    head["items"] = [msgspec.Raw(b"".join(pieces)) for pieces in fragments]
    return msgspec.json.encode(head) + b"\n"
