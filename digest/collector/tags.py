"""Tags in front matter: lists, texts that generators split differently, tables, and Zola's taxonomies."""

import functools

from digest.collector.fields import Fields, as_list, part_of
from digest.collector.keys import canonical
from digest.collector.paths import POSTS_FOLDERS, Place
from digest.collector.post import clean_text, slugify, tag_key
from digest.frontmatter.header import Value
from digest.patterns import pattern

_PARTS = ("label", "name", "title", "tag", "slug", "value", "id")
_CONTROL = pattern(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


def tags_of(fields: Fields, where: Place) -> tuple[str, ...]:
    """Return the post's tags, in the order given, none twice; of two spellings of one the first."""
    found: dict[str, str] = {}
    limit = fields.config.posts.limits.tags
    for name in _tag_names(fields):
        value = fields.values.get(name)
        if value is None and fields.tables:
            value = fields.nested(("taxonomies",), name)
        if not value:
            continue
        _add_tags(found, fields, where, name, value)
        if len(found) > limit:
            hint = "posts.limits.tags is the limit"
            fields.problem(name, "too-many-tags", f"the post has more than {limit} tags", hint)
            break
    if fields.header.dialect == "nikola":
        for state in ("draft", "private"):
            found.pop(state, None)
    return tuple(found.values())


def _tag_names(fields: Fields) -> tuple[str, ...]:
    """Return the canonical keys of tags: those that are configured, and the singular that Jekyll and Hexo also read."""
    names = _canonical(fields.config.posts.tag_keys) if fields.tables else fields.given["tags"]
    singulars = fields.given["one tag"]
    return names + singulars if singulars and not POSTS_FOLDERS.isdisjoint(fields.path.split("/")) else names


@functools.lru_cache(maxsize=16)
def _canonical(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(canonical, keys))


def _add_tags(found: dict[str, str], fields: Fields, where: Place, name: str, value: Value) -> None:
    """Add the tags that a key's value gives to those that were `found`, by what they are equal by."""
    if isinstance(value, str):
        value = _split(fields, where, value, name)
    if isinstance(value, dict):
        fields.problem(name, "tags-not-a-list", f"{fields.key(name)} is a table", "write a list: [news, events]")
        return
    items = as_list(value)
    if list in map(type, items):
        items = [part for item in items for part in as_list(item)]
    for item in items:
        text = item if isinstance(item, str) else part_of(item, _PARTS) if isinstance(item, dict) else None
        if not text or not isinstance(text, str):
            continue
        tag, key, fault = _tag(text)
        if fault:
            fields.problem(name, *fault)
        elif len(tag) > fields.config.posts.limits.title_characters:
            fields.problem(name, "tag-too-long", "a tag is too long", "posts.limits.title_characters is the limit")
        elif tag:
            found.setdefault(key, tag)


@functools.lru_cache(maxsize=8192)
def _tag(typed: str) -> tuple[str, str, tuple[str, str, str] | None]:
    """Return a tag as it is shown, what it is equal by, and code, message and hint of what makes it unfit.

    Nothing is shown of what is only white space.
    """
    text = typed.strip()
    tag = clean_text(text)
    if _CONTROL.search(text):
        message = f"the tag {tag[:40]!r} holds a control character or a line end"
        return tag, "", ("tag-control-character", message, "write each tag on its own line")
    if text and not slugify(tag):
        message = f"the tag {text[:40]!r} makes no name for a folder"
        return tag, "", ("tag-without-name", message, "a tag needs a letter or a digit")
    return tag, tag_key(tag), None


def _split(fields: Fields, where: Place, text: str, name: str) -> list[Value]:
    """Return the tags of one text: Pelican, Nikola and Python-Markdown separate by commas, Jekyll by white space.

    Everywhere else one text is one tag, spaces and commas in it or not, as Hugo, Hexo and Eleventy read it.
    """
    if fields.header.commas or fields.key(name)[:1].isupper():
        return list(text.replace("\n", ",").split(";" if ";" in text else ","))
    if where.jekyll and name not in ("tag", "category"):
        return list(text.split("," if "," in text else None))
    return [text]
