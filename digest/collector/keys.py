"""The front-matter keys of each field, as generators and themes spell them; the first key that is given wins.

Case, hyphens and underscores in a key are ignored: `pubDate`, `pub_date` and `pubdate` are the same.
docs/front-matter.md shows this table to users, and a test compares the two.
"""

import functools
from typing import NamedTuple

NAMES = {
    "title": "title",
    "date": "date pubDate pubDatetime publishDate published publishedAt publishedDate publishedOn datePublished "
    "created_at created createdDate dateCreated posted datetime",
    "updated": "updated lastmod lastModified last_modified_at updatedDate updated_at dateUpdated modified modifiedDate "
    "dateModified modDatetime lastUpdated last_update",
    "publish": "publishDate embargo embargo_until",
    "expires": "expiryDate expires expiry unpublishDate expirationDate",
    "draft": "draft isDraft",
    "slug": "slug",
    "permalink": "permalink url path",
    "aliases": "aliases alias redirect_from",
    "id": "id guid",
    "language": "lang language locale",
    "summary": "summary description excerpt lead deck abstract intro teaser subtitle",
    "image": "image cover thumbnail featured_image hero heroImage coverImage feature_image ogImage socialImage banner "
    "header_image header-img teaser thumb photo images img",
    "image description": "image_alt cover_alt thumbnail_alt featured_image_alt hero_alt image_description",
    "enclosure": "enclosure enclosures audio video podcast",
    "comments": "comments_url comment_url comments discussion_url",
    "authors": "authors author author_name byline by writers writer",
    "source": "source_url canonical canonical_url original_url external_url",
}

_IGNORED = str.maketrans("", "", "_- ")


def canonical(key: str) -> str:
    """Return the canonical form of a key: lower case, without hyphens, underscores and spaces."""
    return key.lower().translate(_IGNORED)


KEYS = {field: tuple(canonical(name) for name in names.split()) for field, names in NAMES.items()}


class HeaderKeys(NamedTuple):
    """The keys of a header as typed: by their canonical names, and those that give each field, the best first.

    A canonical name that belongs to no field is a field of its own.
    """

    by_name: dict[str, tuple[str, ...]]
    by_field: dict[str, tuple[str, ...]]


@functools.lru_cache(maxsize=256)
def header_keys(typed: tuple[str, ...]) -> HeaderKeys:
    """Index the keys of a header. Cached, since most posts of a site have the same keys."""
    by_name: dict[str, tuple[str, ...]] = {}
    for key in typed:
        name = canonical(key)
        by_name[name] = (*by_name.get(name, ()), key)
    by_field = {field: tuple(key for name in names for key in by_name.get(name, ())) for field, names in KEYS.items()}
    return HeaderKeys(by_name, by_name | by_field)
