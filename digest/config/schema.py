"""`digest.toml` as frozen structs.

The structs are the file's format: their defaults are its documentation, `digest schema` prints their JSON Schema, and
`load` reads a file into them and reports every mistake.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from digest.config.senders import SenderSettings
from digest.generators import Generator

DEFAULT_PERMALINK = "/{folder}/{year}/{month}/{day}/{slug}/"
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-[A-Za-z0-9]{5,8})*")  # BCP 47

Format = Literal["rss", "atom", "json"]
Text = Literal["full", "summary"]
Layout = Literal["", "featured", "compact", "title", "links", "brief"]  # of a post in an e-mail; empty: by rule
ShareName = Literal["mail", "mastodon", "bluesky", "linkedin", "facebook", "whatsapp", "x"]
ThemeName = Literal["plain", "paper", "press"]  # each a table in `themes`
ImagesMode = Literal["link", "resize", "embed"]
ProviderName = Literal[
    "plain", "other", "listmonk", "mailman", "mailchimp", "buttondown", "resend", "brevo", "sendgrid", "mailgun",
    "ses", "postmark", "mailerlite", "kit", "sendy", "keila", "ghost",
]  # each a row in `providers`  # fmt: skip
Name = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]*$", max_length=64)]
Limit = Annotated[int, Meta(ge=1, le=100_000)]
Positive = Annotated[int, Meta(ge=1)]
Days = Annotated[int, Meta(ge=1, le=36_525)]  # a century


class Selection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tag expression: a post is taken when it has one of `any` (if given), every one of `all`, and none of `none`."""

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()


class Person(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who writes the site."""

    name: str = ""
    email: str = ""
    url: str = ""
    fediverse: str = ""  # "@name@host", for previews of the site's pages
    profiles: tuple[str, ...] = ()  # addresses of the same person elsewhere, for rel=me


class Site(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The site as a whole. Folders are relative to the folder of `digest.toml`."""

    title: str = ""
    url: str = "https://example.org/"
    description: str = ""
    author: Person = Person()
    language: str = "en"
    timezone: str = "UTC"  # IANA name; dates without a zone are in it
    permalink: str | dict[str, str] = ""  # a pattern, a generator's name, or patterns by folder
    content: str = ""
    output: str = "public"
    templates: str = "templates"  # your own templates; one of the same name replaces a shipped one
    static: str = "static"  # pictures that posts name by a path from the root
    notes: str = "notes"  # editors' notes, notes/DIGEST/KEY.md
    slots: str = "slots"  # sponsors and calls to action between sections, slots/NAME.md
    ledger: str = "ledger"  # one JSON Lines file a digest
    cache_dir: str = ""  # a folder for the cache, outside the site's; the folder .digest when empty
    copyright: str = ""
    icon: str = ""  # absolute, or a path from the site's root
    logo: str = ""


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Caps on what one post may be. A post beyond one is a problem and is left out."""

    file_bytes: Positive = 5_000_000
    front_matter_bytes: Positive = 100_000
    depth: Positive = 20  # nested lists and tables
    aliases: Positive = 100  # YAML aliases
    keys: Positive = 1_000
    tags: Positive = 100
    title_characters: Positive = 1_000
    link_characters: Positive = 2_000
    output_bytes: Positive = 5_000_000


class Undated(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where posts without a date get one; each of `sources` is asked in turn."""

    sources: tuple[Literal["name", "git", "file"], ...] = ()  # git: the commit that added it; file: its last change
    pattern: str = ""  # of a file's name, a regular expression with a group: a date, or the number of an issue
    first: str = ""  # the date of issue 1
    every: str = "week"  # how long after an issue the next one came, as in [digests.NAME]


class Posts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How posts are read."""

    tag_keys: tuple[str, ...] = ("tags", "tag", "topics")
    include: tuple[str, ...] = ()  # names as in `ignore`, the only ones that are posts; every file when empty
    # Names of files and folders below `content` that are no posts, in any case; with a leading slash a path below it.
    ignore: tuple[str, ...] = (
        "_*.m*",
        "_data",
        "_includes",
        "_layouts",
        "_site",
        "_templates",
        ".*",
        "/index.*",
        "README.md",
        "README.*.md",
        "404.md",
        "search.md",
        "LICENSE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "node_modules",
    )
    draft_folders: tuple[str, ...] = ("_drafts",)
    language_folders: tuple[str, ...] = ()  # folder names that are language codes, such as en and zh
    languages: tuple[str, ...] = ()  # that file names may end in: hello.de.md
    without_front_matter: bool = False  # a file without front matter is a post, its title the first heading
    on_error: Literal["fail", "skip"] = "fail"  # exit code 65 or 0 when posts were left out
    undated: Undated = Undated()
    limits: Limits = Limits()


class PodcastPerson(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who is regularly heard in a podcast."""

    name: str
    role: str = ""  # host when empty
    group: str = ""  # cast when empty
    url: str = ""
    image: str = ""


class Podcast(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A podcast: what Apple, PSP-1 and Podcasting 2.0 want to know of a feed with sound or film."""

    guid: str = ""  # made from the feed's address when empty
    type: Literal["", "episodic", "serial"] = ""
    author: str = ""  # the site's when empty
    image: str = ""  # the site's logo when empty
    categories: tuple[str, ...] = ()  # Apple's, "News > Tech News"; `feeds.podcast_category` when empty
    explicit: bool = False
    complete: bool = False  # no episode will follow
    locked: bool | None = None  # whether other hosts must not import it
    medium: str = ""  # podcast when empty
    funding_url: str = ""
    funding_text: str = ""
    moved_to: str = ""  # the feed's new address
    txt: str = ""  # a text by which a directory verifies the owner
    people: tuple[PodcastPerson, ...] = ()

    @property
    def is_described(self) -> bool:
        """Whether the owner says anything of it."""
        return self != Podcast()


class ExtraFeed(Selection, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A feed with its own selection, written to `feeds/NAME`."""

    title: str
    description: str = ""
    language: str = ""  # only posts in this language
    folders: tuple[str, ...] = ()  # only posts below these, relative to the content folder
    authors: tuple[str, ...] = ()  # only posts by one of these
    formats: tuple[Format, ...] = ()  # as `feeds.formats` when empty
    limit: Limit | None = None
    text: Text | None = None
    template: str = ""  # one of your own that writes a file of the feed
    template_type: Literal["", "rss", "atom", "json"] = ""  # what it writes
    podcast: Podcast = Podcast()  # with any of its keys: only posts with sound or film


class Feeds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The feeds."""

    formats: tuple[Format, ...] = ("rss", "atom", "json")
    limit: Limit = 20
    text: Text = "full"
    per_tag: bool = True
    per_category: bool = False
    per_folder: bool = False
    per_author: bool = False
    per_language: bool = False
    archive: bool = False  # RFC 5005 pages for what is beyond the limit
    hub: str = ""  # WebSub hub
    license: str = ""  # address of the licence of what the feeds hold
    category_scheme: str = ""  # address that names the vocabulary of tags
    comments: str = ""  # "{url}#comments": where the comments of a post are
    ttl: Annotated[int, Meta(ge=0, le=525_600)] = 0  # minutes for which a reader may keep a feed; 0: nothing is said
    update_period: Literal["", "hourly", "daily", "weekly", "monthly", "yearly"] = ""
    update_frequency: Positive = 1  # updates in a period
    podcast_category: str = "Society & Culture"  # one of Apple's, for feeds that have a post with sound
    podcast: Podcast = Podcast()
    extra: dict[Name, ExtraFeed] = {}


class Section(Selection, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a digest. A post stands in the first section that takes it."""

    title: str
    order: Literal["newest", "oldest", "title"] = "newest"
    limit: Limit | None = None
    also_in: bool = False  # takes posts that stand in an earlier section too
    layout: Layout = ""
    intro: str = ""  # Markdown below the title; an edition's note may say another one


class OwnPlaceholders(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Placeholders of your own, instead of the provider's: texts that it replaces for each reader."""

    unsubscribe: str = ""
    view: str = ""
    email: str = ""
    preferences: str = ""


class Segments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What readers choose at a provider, which shows each of them the posts of her tags, and those of none of them."""

    tags: tuple[str, ...] = ()  # that readers choose from
    attribute: str = ""  # of a subscriber at listmonk, a list of the tags she chose
    group: str = ""  # the category at Mailchimp whose groups are the tags
    names: dict[str, str] = {}  # what the provider calls a tag, where it calls it otherwise


FAMILY_KEYS = ("per_tag", "per_folder", "per_language")


class Digest(Selection, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A recurring e-mail; with one of `FAMILY_KEYS` a family of them, which `digest.build.families` makes."""

    title: str = ""  # the site's when empty
    folders: tuple[str, ...] = ()  # only posts below these, relative to the content folder
    languages: tuple[str, ...] = ()  # only posts in these
    per_tag: tuple[str, ...] = ()  # a digest for each of these tags, or patterns of tags
    per_folder: tuple[str, ...] = ()
    per_language: tuple[str, ...] = ()
    every: str = "week"  # day, week, month, or "2 weeks"
    at: str = ""  # "monday 08:00", "08:00" for days, "1 08:00" (day of the month) for months
    timezone: str = ""  # the site's when empty
    language: str = ""  # the site's when empty
    formerly: str | None = None  # its former name, whose ledger it goes on with; "" says that it never had one
    sections: tuple[Section, ...] = ()
    rest: str = "More"  # title of the last section, which takes what no other took; empty leaves it out
    links: str = ""  # title of the round-up of links; in the language of the digest when empty
    lead: bool = True  # the first post stands before the contents and the sections
    contents: Literal["auto", "always", "never"] = "auto"  # auto: from five posts on
    tags: Literal["none", "text", "linked"] = "none"  # of a post, below it
    first_number: Positive = 1  # of the first edition
    look_back: Days = 28  # days
    min_posts: Positive = 1
    welcome: Literal["new", "window", "last"] = "new"  # what a reader who has just joined gets of what appeared before
    missed: Literal["merge", "each", "skip"] = "merge"
    max_age: Days = 3  # days after which an edition is only built as a draft
    approve: Literal["never", "drafts", "always"] = "drafts"  # which editions are sent only after `digest approve`
    text: Text = "summary"
    words: Positive = 80  # of a body, when the text is a summary
    full_words: Annotated[int, Meta(ge=0)] = 0  # of a body, when the text is full; 0 for no limit
    subject: str = "{{ digest.title }}: {{ lead.title }}"
    sender: str = ""  # "Name <address>"
    reply_to: str = ""
    to: str = ""  # the list's address
    list_id: str = ""  # "Name <weekly.example.org>"
    unsubscribe: str = ""  # URL, mailto: or both, separated by a comma
    subscribe: str = ""  # URL of the page where people subscribe
    one_click: bool = False  # the URL takes RFC 8058 posts
    preferences: str = ""  # URL where readers change what they get; the provider's own when empty
    share: tuple[ShareName, ...] = ()  # links to share an edition
    reason: str = ""  # why you get this
    postal_address: str = ""
    provider: ProviderName = "plain"  # when not written, that of the sender in `send_via`
    placeholders: OwnPlaceholders = OwnPlaceholders()
    segments: Segments = Segments()
    view: Literal["archive", "provider"] = "archive"  # where "View in browser" leads
    send_via: str = ""  # the name of a table in [senders]
    utm: bool = False
    max_bytes: Positive = 87_000
    images: ImagesMode = "link"  # local ones: as they are, as smaller copies, or as copies within the message
    max_embedded_bytes: Positive = 1_500_000  # of images within the message; others are linked
    shorten: bool = True  # bodies become summaries when the e-mail would be too long


class Theme(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How e-mails and pages look. Colours are `#rrggbb`."""

    name: ThemeName = "plain"  # what the other settings are unless they are set, in `themes`
    background: str = "#f4f4f2"
    surface: str = "#ffffff"
    text: str = "#1f2328"
    muted: str = "#57606a"
    accent: str = "#0b57d0"
    line: str = "#d9dce0"
    dark_background: str = "#14161a"
    dark_surface: str = "#1d2025"
    dark_text: str = "#e6e8eb"
    dark_muted: str = "#a3abb5"
    dark_accent: str = "#8ab4f8"
    dark_line: str = "#454b54"
    font: str = (
        "-apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, "
        "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
    )
    heading_font: str = ""  # as `font` when empty
    heading_weight: Literal["normal", "bold"] = "bold"
    masthead_line: Annotated[int, Meta(ge=0, le=20)] = 0  # pixels, of a line in the accent colour above the masthead
    title_size: Annotated[int, Meta(ge=20, le=64)] = 36  # pixels, of the title of an edition
    radius: Annotated[int, Meta(ge=0, le=24)] = 12  # pixels, of the corners of the page
    width: Annotated[int, Meta(ge=320, le=800)] = 600
    logo_width: Positive = 120
    logo_dark: str = ""  # as `site.logo`, on dark grounds
    masthead: Literal["left", "center"] = "left"  # left is right in languages from right to left
    css: str = ""  # more rules for e-mails: the name of a .css file in the templates folder, or the rules themselves


class Readers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The readers whom this program keeps itself, each of whom gets a letter of her own."""

    database: str = "private/readers.sqlite"  # a file that git ignores
    database_env: str = ""  # the variable with the address of a PostgreSQL database, in place of the file
    url: str = ""  # of the page behind the links of letters, such as "https://example.org/readers/"
    tags: tuple[str, ...] = ()  # that the page offers; those of the site's posts when empty
    consent: str = ""  # what a reader agrees to, as the page says it; the sentence of the program when empty
    sender: str = ""  # the table in [senders] by which the page asks to confirm an address
    batch: Annotated[int, Meta(ge=1, le=1_000)] = 50  # letters that are claimed, and marked as sent, at a time


class File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of `digest.toml`."""

    site: Site = Site()
    posts: Posts = Posts()
    generator: dict[str, Any] | None = None  # the site's own: its `name`, and the settings that its module describes
    feeds: Feeds = Feeds()
    digests: dict[Name, Digest] = {}
    senders: dict[Name, dict[str, Any]] = {}  # each with its `kind`, and the settings that its module describes
    readers: Readers = Readers()
    theme: Theme = Theme()


class Config(Struct, frozen=True):
    """A checked configuration and where it is.

    `families` are the tables with one of `FAMILY_KEYS`; `family_of` names that of each digest that was made from one.
    `adopted` has sentences about what was taken over from the site's generator, `assumed` one for each assumed setting.
    """

    root: Path
    file: Path | None
    site: Site
    posts: Posts
    feeds: Feeds
    digests: dict[str, Digest]
    theme: Theme
    generator: Generator | None = None
    adopted: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    families: dict[str, Digest] = {}
    family_of: dict[str, str] = {}
    senders: dict[str, SenderSettings] = {}
    readers: Readers = Readers()

    @property
    def site_zone(self) -> ZoneInfo:
        """The site's zone."""
        return ZoneInfo(self.site.timezone)

    @property
    def own_templates(self) -> Path | None:
        """The folder of the site's own templates; None when the site has none."""
        return self.root / self.site.templates if self.site.templates else None

    def digest_zone(self, digest: str) -> ZoneInfo:
        """Return the zone of the digest with this name: its own, else the site's."""
        return ZoneInfo(self.digests[digest].timezone or self.site.timezone)
