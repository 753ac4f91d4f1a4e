"""The elements of podcasts: Apple's, and those of Podcasting 2.0, as far as PSP-1 goes and a little beyond.

PSP-1: https://github.com/Podcast-Standards-Project/PSP-1-Podcast-RSS-Specification
Podcasting 2.0, for RSS only: https://github.com/Podcastindex-org/podcast-namespace/tree/main/docs/tags
Apple: https://podcasters.apple.com/support/823-podcast-requirements
"""

import uuid
from collections.abc import Iterable

from lxml import etree

from digest.collector.post import Credit, Episode
from digest.config.schema import Config, Podcast
from digest.feeds.artwork import artwork
from digest.feeds.entry import credits_of, site_author
from digest.feeds.plan import Feed
from digest.feeds.values import address, first_line, line, site_file, uri
from digest.feeds.xml import ITUNES, PODCAST, add

# https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/tags/guid.md
_GUIDS = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
_YES_NO = {True: "yes", False: "no"}
_TRUE_FALSE = {True: "true", False: "false"}
_CHAPTERS = "application/json+chapters"
_NAME_LENGTH = 128  # characters, from where on apps may cut a name
_DISPLAY_LENGTH = 32


def add_apple_elements(parent: etree._Element, feed: Feed, config: Config) -> None:
    """Add Apple's elements to the head of a feed with sound or film."""
    own = feed.podcast or Podcast()
    author = site_author(config)
    add(parent, _itunes("author"), first_line(own.author, author.name))
    add(parent, _itunes("explicit"), _TRUE_FALSE[own.explicit])
    for category in own.categories or (config.feeds.podcast_category,):
        _add_category(parent, category)
    if author.email:
        owner = add(parent, _itunes("owner"))
        add(owner, _itunes("name"), first_line(own.author, author.name))
        add(owner, _itunes("email"), author.email)
    image = artwork(own, config)
    if image:
        add(parent, _itunes("image"), href=image)
    if own.type:
        add(parent, _itunes("type"), own.type)
    if own.complete:
        add(parent, _itunes("complete"), "yes")
    if own.moved_to:
        add(parent, _itunes("new-feed-url"), uri(own.moved_to))


def add_to_channel(channel: etree._Element, feed: Feed, config: Config) -> None:
    """Add the podcast elements to the head of an RSS feed; those of Podcasting 2.0 when the owner described it."""
    add_apple_elements(channel, feed, config)
    own = feed.podcast
    if own is None:
        return
    add(channel, _podcast("guid"), guid(feed, own, config))
    if own.locked is not None:
        add(channel, _podcast("locked"), _YES_NO[own.locked], owner=site_author(config).email)
    if own.medium:
        add(channel, _podcast("medium"), line(own.medium))
    if own.funding_url:
        text = first_line(own.funding_text, feed.title)[:_NAME_LENGTH]
        add(channel, _podcast("funding"), text, url=uri(own.funding_url))
    if own.txt:
        add(channel, _podcast("txt"), line(own.txt))
    people = [Credit(one.name, one.role, one.group, one.url, site_file(config, one.image)) for one in own.people]
    _add_people(channel, credits_of(people))


def guid(feed: Feed, podcast: Podcast, config: Config) -> str:
    """Return the identifier of a podcast for life: its own, else that of its RSS feed's address.

    The address counts without its scheme and without slashes at its end.
    """
    if podcast.guid:
        return podcast.guid.lower()
    _, _, rest = address(config, feed.paths["rss"]).partition("://")
    return str(uuid.uuid5(_GUIDS, rest.rstrip("/")))


def add_to_item(item: etree._Element, episode: Episode) -> None:
    """Add the elements of an episode to an RSS item."""
    _add_numbers(item, episode)
    if episode.kind:
        add(item, _itunes("episodeType"), episode.kind)
    if episode.explicit is not None:
        add(item, _itunes("explicit"), _TRUE_FALSE[episode.explicit])
    for transcript in episode.transcripts:
        add(
            item,
            _podcast("transcript"),
            url=transcript.url,
            type=transcript.type,
            language=transcript.language,
            rel="captions" if transcript.captions else "",
        )
    if episode.chapters:
        add(item, _podcast("chapters"), url=episode.chapters, type=_CHAPTERS)
    _add_people(item, episode.people)


def _add_numbers(item: etree._Element, episode: Episode) -> None:
    """Add season and number; Apple's are whole and not zero."""
    if episode.season:
        add(item, _itunes("season"), str(episode.season))
        add(item, _podcast("season"), str(episode.season), name=episode.season_name[:_NAME_LENGTH])
    if episode.number:
        if episode.number.isdigit() and int(episode.number):
            add(item, _itunes("episode"), str(int(episode.number)))
        add(item, _podcast("episode"), episode.number, display=episode.display[:_DISPLAY_LENGTH])


def _add_people(parent: etree._Element, people: Iterable[Credit]) -> None:
    for person in people:
        add(
            parent,
            _podcast("person"),
            person.name[:_NAME_LENGTH],
            role=person.role,
            group=person.group,
            img=person.image,
            href=person.url,
        )


def _add_category(parent: etree._Element, category: str) -> None:
    """Add a category of Apple's, `News`, with one below it where there is one, `News > Tech News`."""
    for name in map(line, category.split(">")):
        if name:
            parent = add(parent, _itunes("category"), text=name)


def _itunes(name: str) -> str:
    return f"{{{ITUNES}}}{name}"


def _podcast(name: str) -> str:
    return f"{{{PODCAST}}}{name}"
