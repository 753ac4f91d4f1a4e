"""Tags in front matter: lists, tables, Zola's taxonomies, and texts, which generators split differently."""

import re
from collections.abc import Iterable, Iterator

from digest.collector.fields import Fields, as_list, part_of
from digest.collector.keys import canonical
from digest.collector.paths import POSTS_FOLDERS, Place
from digest.collector.post import clean_text, slugify, tag_key
from digest.frontmatter import Value
from digest.problems import Severity

_SINGULARS = {"tag": "tags", "category": "categories"}  # Jekyll and Hexo read both forms
_PARTS = ("label", "name", "title", "tag", "slug", "value", "id")
_STATES = ("draft", "private")  # special tags of Nikola that set a post's state
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


def tags_of(fields: Fields, where: Place) -> tuple[str, ...]:
    """Return the post's tags, in the order given, without duplicates; the first spelling wins."""
    return names_of(fields, where, _tag_keys(fields))


def names_of(fields: Fields, where: Place, keys: Iterable[str]) -> tuple[str, ...]:
    """Return the tags, or other names of groups, that canonical `keys` give, without duplicates."""
    found: dict[str, str] = {}
    limit = fields.config.posts.limits.tags
    for key, value in _given_names(fields, keys):
        for typed in _typed_tags(fields, where, key, value):
            tag = _checked(fields, key, typed)
            if tag:
                found.setdefault(tag_key(tag), tag)
        if len(found) > limit:
            hint = "posts.limits.tags is the limit"
            message = f"the post has more than {limit} tags; the first {limit} are taken"
            fields.problem(key, "too-many-tags", message, hint, "warning")
            break
    if fields.header.format == "nikola":
        for state in _STATES:
            found.pop(state, None)
    return tuple(found.values())[:limit]


def is_tagged(fields: Fields, state: str) -> bool:
    """Return whether a Nikola post has the special tag `state`, `draft` or `private`."""
    if fields.header.format != "nikola":
        return False
    return state in map(str.strip, fields.text("tags").lower().split(","))


def _tag_keys(fields: Fields) -> list[str]:
    """Return the canonical keys of tags: those that are configured, and the singular where Jekyll and Hexo read it."""
    keys = [canonical(key) for key in fields.config.posts.tag_keys]
    if POSTS_FOLDERS.isdisjoint(fields.path.split("/")):
        return keys
    return keys + [one for one, many in _SINGULARS.items() if many in keys and one not in keys]


def _given_names(fields: Fields, keys: Iterable[str]) -> Iterator[tuple[str, Value]]:
    """Yield those of `keys` that are given and their values, from Zola's `taxonomies` table when a key is missing."""
    taxonomies = fields.value("taxonomies")
    for name in keys:
        key, value = fields.single(name)
        if value is None and isinstance(taxonomies, dict):
            key, value = name, part_of(taxonomies, (name,))
        if value:
            yield key, value


def _typed_tags(fields: Fields, where: Place, key: str, value: Value) -> Iterator[str]:
    """Yield the tags that a key gives, as typed."""
    if isinstance(value, dict):
        fields.problem(key, "tags-not-a-list", f"{key} is a table", "write a list: [news, events]")
        return
    if isinstance(value, str):
        value = _split(fields, where, key, value)
    for entry in as_list(value):
        for item in entry if isinstance(entry, list) else [entry]:
            text = part_of(item, _PARTS) if isinstance(item, dict) else item
            if isinstance(text, str):
                yield text


def _split(fields: Fields, where: Place, key: str, text: str) -> list[Value]:
    """Return the tags of one text: Pelican, Nikola and Python-Markdown separate by commas, Jekyll by white space.

    Otherwise a text is one tag, spaces included, as in Hugo, Hexo and Eleventy; but commas separate tags, as dev.to,
    Hashnode and Ghost export them.
    """
    if fields.header.separates_by_commas or key[:1].isupper():
        return list(text.replace("\n", ",").split(";" if ";" in text else ","))
    if "," in text:
        return list(text.split(","))
    if where.jekyll and canonical(key) not in _SINGULARS:
        return list(text.split())
    return [text]


def _checked(fields: Fields, key: str, typed: str) -> str:
    """Return the clean tag; empty for white space, and for an invalid tag, which is a problem."""
    text = typed.strip()
    tag = clean_text(text)
    if _CONTROL.search(text):
        message = f"the tag {tag[:40]!r} holds a control character or a line end"
        fields.problem(key, "tag-control-character", message, "write each tag on its own line")
    elif text and not any(map(str.isalnum, tag)) and not slugify(tag):
        message = f"the tag {text[:40]!r} makes no name for a folder"
        is_path = not text.strip(".")  # a tag of dots alone names a folder above
        severity: Severity = "error" if is_path else "warning"
        fields.problem(key, "tag-without-name", message, "a tag needs a letter or a digit", severity)
    elif len(tag) > fields.config.posts.limits.title_characters:
        hint = "posts.limits.title_characters is the limit"
        fields.problem(key, "tag-too-long", "a tag is too long", hint, "warning")
    else:
        return tag
    return ""
