"""Families of digests: one table of `digest.toml` that stands for a digest a tag, a folder or a language."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
from msgspec import Struct

from digest.collector.post import Post, slugify, tag_key
from digest.config import Config, Digest
from digest.config import load_config as read_config
from digest.config.checks import Fault
from digest.config.located import locate
from digest.config.schema import FAMILY_KEYS
from digest.problems import ConfigError

MAX_NAME = 64  # characters
_GLOB = frozenset("*?[")
_ADDRESSES = ("sender", "reply_to", "to", "list_id", "unsubscribe", "subscribe", "preferences")
_TEXTS = ("title", "reason")


class Member(Struct, frozen=True):
    """A digest of a family: what it is for, as typed and as a part of its name."""

    label: str
    slug: str


def load_config(folder: Path | str = ".", file: Path | str | None = None) -> Config:
    """Return the configuration in force in `folder`, with a digest for each member of a family.

    Reads `file`, else the nearest `digest.toml` in the folder or above it; without one, takes defaults that fit the
    folder. Posts are collected only when a family has patterns. Raises `ConfigError` with every problem in the file.
    """
    return expand(read_config(folder, file))


def expand(config: Config) -> Config:
    """Return the configuration with the digests of its families; a digest that has such a name already is kept."""
    if not config.families:
        return config
    posts = _posts(config)
    digests: dict[str, Digest] = {}
    family_of: dict[str, str] = {}
    for name, family in config.families.items():
        for member in _members(config, name, family, posts):
            full_name = f"{name}-{member.slug}"[:MAX_NAME].rstrip("-")
            former = _former_name(config, family, member)
            digests[full_name] = msgspec.structs.replace(_digest_of(family, member), formerly=former)
            family_of[full_name] = name
    return msgspec.structs.replace(config, digests=digests | config.digests, family_of=family_of)


def _posts(config: Config) -> tuple[Post, ...]:
    """Return all posts when a family has a pattern; else none, since the names are all that is needed."""
    patterns = [pattern for family in config.families.values() for pattern in _patterns(family)[1]]
    if not any(_GLOB.intersection(pattern) for pattern in patterns):
        return ()
    from digest.collector.collect import collect_remembered

    return collect_remembered(config).posts


def _patterns(family: Digest) -> tuple[str, tuple[str, ...]]:
    """Return the key that makes a table a family, and its names and patterns."""
    return next((key, getattr(family, key)) for key in FAMILY_KEYS if getattr(family, key))


def _members(config: Config, name: str, family: Digest, posts: Sequence[Post]) -> list[Member]:
    """Return the members of a family, sorted. Raises `ConfigError` when two have the same name."""
    key, patterns = _patterns(family)
    labels = dict.fromkeys(label for pattern in patterns for label in _matching(config, key, pattern, posts))
    members: dict[str, Member] = {}
    for label in sorted(labels):
        member = Member(label, _slug(label))
        if member.slug in members:
            both = f'"{members[member.slug].label}" and "{label}" would both be {name}-{member.slug}'
            problems = list(locate(config, [Fault(("digests", name, key), "name", both, "name one of them")], "error"))
            raise ConfigError("\n".join(map(str, problems)), problems)
        members[member.slug] = member
    return list(members.values())


def _matching(config: Config, key: str, pattern: str, posts: Iterable[Post]) -> Iterator[str]:
    """Yield the tags, folders or languages of posts that a pattern matches; a name without a sign of one, as it is."""
    if not _GLOB.intersection(pattern):
        yield pattern.strip("/") if key == "per_folder" else pattern
    elif key == "per_tag":
        yield from _matching_tags(pattern, posts)
    elif key == "per_language":
        yield from _matching_languages(pattern, posts)
    else:
        yield from _matching_folders(config, pattern, posts)


def _matching_tags(pattern: str, posts: Iterable[Post]) -> Iterator[str]:
    tags = {tag_key(tag): tag for post in posts for tag in post.tags}
    return (tag for key, tag in tags.items() if fnmatchcase(key, tag_key(pattern)))


def _matching_languages(pattern: str, posts: Iterable[Post]) -> Iterator[str]:
    languages = {post.language for post in posts}
    return (language for language in languages if fnmatchcase(language.lower(), pattern.lower()))


def _matching_folders(config: Config, pattern: str, posts: Iterable[Post]) -> Iterator[str]:
    folders = {folder for post in posts for folder in _folders(config, post)}
    return (folder for folder in folders if _is_folder_matched(folder, pattern.strip("/")))


def _folders(config: Config, post: Post) -> Iterator[str]:
    """Yield the folders that a post is in, relative to the content folder."""
    from digest.collector.scan import content_folder

    prefix = content_folder(config)
    parts = post.path.removeprefix(f"{prefix}/" if prefix else "").split("/")[:-1]
    for end in range(1, len(parts) + 1):
        yield "/".join(parts[:end])


def _is_folder_matched(folder: str, pattern: str) -> bool:
    """Return whether a folder matches part by part: `*` is one folder, not several inside each other."""
    parts, patterns = folder.split("/"), pattern.split("/")
    return len(parts) == len(patterns) and all(map(fnmatchcase, parts, patterns))


def _slug(label: str) -> str:
    """Return a label as a part of a digest's name: small letters, digits and hyphens, the same at every run."""
    slug = slugify(label.replace("/", " ")).strip("-")
    if slug.isascii() and slug:
        return slug
    mark = hashlib.blake2s(slug.encode(), digest_size=4).hexdigest()
    letters = "".join(character for character in slug if character.isascii()).strip("-")
    return f"{letters}-{mark}" if letters else mark


def _former_name(config: Config, family: Digest, member: Member) -> str | None:
    """Return the former name of a member: of the former family, or the one digest that the family was made of."""
    if not family.formerly:
        return family.formerly
    ledgers = config.root / config.site.ledger
    for name in (f"{family.formerly}-{member.slug}"[:MAX_NAME].rstrip("-"), family.formerly):
        if (ledgers / f"{name}.jsonl").is_file():
            return name
    has_others = any(ledgers.glob(f"{family.formerly}-*.jsonl"))
    return "" if has_others else family.formerly


def _digest_of(family: Digest, member: Member) -> Digest:
    key, _ = _patterns(family)
    label, slug = member.label, member.slug
    word = f"{{{key.removeprefix('per_')}}}"
    values: dict[str, object] = {name: getattr(family, name).replace(word, label) for name in _TEXTS}
    values |= {name: _address(getattr(family, name), word, member) for name in _ADDRESSES}
    if word not in family.title:
        values["title"] = f"{family.title}: {label}"
    if word not in family.list_id and "<" in family.list_id:
        values["list_id"] = family.list_id.replace("<", f"<{slug}.")
    if key == "per_tag":
        values["all"] = (*family.all, label)
    elif key == "per_folder":
        values["folders"] = (label,)
    else:
        values |= {"languages": (label,), "language": family.language or label}
    return msgspec.structs.replace(family, **values, **dict.fromkeys(FAMILY_KEYS, ()))


def _address(text: str, word: str, member: Member) -> str:
    """Return `Name <address>` with the label in the name and the slug in the address, where `word` stands for them."""
    name, mark, address = text.rpartition("<")
    return name.replace(word, member.label) + mark + address.replace(word, member.slug)
