"""The names that front matter has for one thing, as generators and themes spell them; the first that is given holds.

Case, hyphens and underscores in a key mean nothing: `pubDate`, `pub_date` and `pubdate` are one. docs/front-matter.md
shows this table to users, and a test compares the two.
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
    "enclosure": "enclosure audio video podcast",
    "authors": "authors author author_name byline by writers writer",
    "source": "source_url canonical canonical_url original_url external_url",
}


@functools.lru_cache(maxsize=4096)
def canonical(key: str) -> str:
    """Return what the spellings of a key have in common."""
    return key.lower().replace("_", "").replace("-", "").replace(" ", "")


def keys(field: str) -> tuple[str, ...]:
    """Return the canonical names of a field of `NAMES`."""
    return tuple(canonical(name) for name in NAMES[field].split())


_FIELDS = {field: keys(field) for field in NAMES}


# of themes and generators, with fields of the post inside: Zola's `[extra]`, Hugo's `params`
TABLES = frozenset(("extra", "params", "header", "seo", "og", "opengraph", "taxonomies"))


_SINGULARS = {"tag": "tags", "category": "categories"}  # which Jekyll and Hexo also read


class Given(NamedTuple):
    """What the keys of a header say: the canonical name of each, and those that each field of `NAMES` goes by.

    Those of `tags` are the ones that a site reads tags from, and `one tag` has the singulars of such.
    """

    names: tuple[str, ...]
    fields: dict[str, tuple[str, ...]]
    tables: bool  # whether one of `TABLES` is among them
    typed: bool  # whether all are typed as their canonical names


@functools.lru_cache(maxsize=256)  # the posts of a site have few headers that differ in their keys
def given(typed: tuple[str, ...], tag_keys: tuple[str, ...]) -> Given:
    """Return what the keys of a header say, as typed and in their order; a site reads tags from `tag_keys`."""
    names = tuple(map(canonical, typed))
    present, tags = frozenset(names), tuple(map(canonical, tag_keys))
    fields = {field: tuple(n for n in known if n in present) for field, known in _FIELDS.items()}
    fields["tags"] = tuple(n for n in tags if n in present)
    fields["one tag"] = tuple(n for n, many in _SINGULARS.items() if n in present and many in tags and n not in tags)
    return Given(names, fields, not TABLES.isdisjoint(present), names == typed)
