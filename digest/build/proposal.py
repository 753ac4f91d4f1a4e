"""Propose a `digest.toml` for a site from its generator's settings and from its posts."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from digest.collector.collect import collect
from digest.collector.paths import COUNTRIES, language_tag
from digest.collector.post import UNDATED, Post
from digest.collector.source import decode, read_bytes
from digest.config import Config, Posts, adopt_settings, parse_config, toml_table
from digest.config.adopted import Adopted
from digest.frontmatter import HeaderError, read_header
from digest.generators import Generator

SAMPLED = 1_000  # posts whose keys are counted

_OTHER_TAG_KEYS = ("categories", "category", "keywords", "labels")
_SITE_KEYS = ("title", "url", "description", "language", "timezone", "content")
# What every site should set: an example, and what holds without it.
_UNKNOWN = (
    ("url", "https://your.domain/", "write where the site stands"),
    ("language", "en", "posts that name none are English"),
    ("timezone", "Europe/Berlin", "dates without a zone are UTC"),
)
# The example of a time zone, for languages that are mostly spoken in one; for all others that of _UNKNOWN.
_ZONES = {
    "cs": "Europe/Prague", "fa": "Asia/Tehran", "he": "Asia/Jerusalem", "hi": "Asia/Kolkata", "it": "Europe/Rome",
    "ja": "Asia/Tokyo", "ko": "Asia/Seoul", "pl": "Europe/Warsaw", "tr": "Europe/Istanbul", "uk": "Europe/Kyiv",
    "vi": "Asia/Ho_Chi_Minh", "zh": "Asia/Shanghai",
}  # fmt: skip
# The language of a script that one language is mostly written in, by the first words of its characters' Unicode names.
_SCRIPTS = {
    "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "CJK": "zh", "ARABIC": "ar", "HEBREW": "he", "THAI": "th",
    "GREEK": "el", "CYRILLIC": "ru",
}  # fmt: skip


class Proposal(Struct, frozen=True):
    """The text of a `digest.toml`, and a sentence for each thing that its owner should look at."""

    text: str
    sentences: tuple[str, ...]


def has_site(folder: Path) -> bool:
    """Return whether a folder has posts or the settings of a site generator."""
    if not folder.is_dir():
        return False
    config = parse_config("", folder.resolve())
    return config.generator is not None or bool(_dated_posts(config))


def propose(root: Path, timezone: str = "") -> Proposal:
    """Return a proposal for the site in the folder `root`, an absolute path. Nothing is run or written.

    `timezone` is an IANA name, in place of what the site's settings say.
    """
    own = {"site": {"timezone": timezone}} if timezone else {}
    adopted = adopt_settings(root, own)
    text = "\n".join(toml_table("site", own.get("site", {}), {}))
    config, include = _with_content(parse_config(text, root), adopted)
    posts = _dated_posts(config)
    settings: dict[str, Any] = {"include": include} if include else {}
    settings |= _posts_settings(config, adopted, posts)
    given = {"site.timezone": "as given"} if timezone else {}
    files = {setting.key: f"from {setting.file}" for setting in adopted.found} | given
    lines = _lines(config, files, settings, _language(posts))
    return Proposal("\n".join(lines) + "\n", adopted.sentences)


def _lines(config: Config, files: dict[str, str], posts: dict[str, Any], language: str) -> Iterator[str]:
    """Yield the lines of the file; `files` says where a setting is from, by its key."""
    yield "#:schema digest.schema.json"
    yield "# Settings of this site's feeds and digests; `digest help configuration` explains them all."
    yield ""
    yield from _site_lines(config, files, language)
    yield from _author_lines(config, files)
    if config.generator is not None:
        yield ""
        yield f"# Posts have the addresses that {config.generator.label} gives them: `digest help generators`."
        yield from toml_table("generator", _settings_of(config.generator), {})
    if posts:
        yield ""
        yield from toml_table("posts", posts, {key: files.get(f"posts.{key}", "") for key in posts})
    yield ""
    yield from toml_table("digests.weekly", {"title": config.site.title, "every": "week", "at": "monday 08:00"}, {})
    yield "# Who sends it, and how to end it; without them there are feeds and pages, and an e-mail to look at."
    yield '# sender = "Name <name@your.domain>"'
    yield '# unsubscribe = "https://your.domain/unsubscribe"'
    yield '# postal_address = "Name, Street, Town"'


def _site_lines(config: Config, files: dict[str, str], language: str) -> Iterator[str]:
    """Yield the table of the site; what no file says and no post shows is left to its owner."""
    site = config.site
    known = {key: getattr(site, key) for key in _SITE_KEYS if f"site.{key}" in files}
    settings = {"title": site.title} | known | {"content": site.content}
    comments = {key: files.get(f"site.{key}", "") for key in settings}
    if language and "language" not in settings:
        settings["language"] = language
        comments["language"] = "by the script of the posts' titles"
    yield from toml_table("site", settings, comments)
    spoken = str(settings.get("language", "")).partition("-")[0].lower()
    for key, usual, meaning in _UNKNOWN:
        example = _ZONES.get(spoken, usual) if key == "timezone" else usual
        if key not in settings:
            yield f'# {key} = "{example}"  # found in no file: {meaning}'


def _author_lines(config: Config, files: dict[str, str]) -> Iterator[str]:
    """Yield the table of the author, if there is one."""
    author = {key: value for key, value in msgspec.to_builtins(config.site.author).items() if value}
    if author:
        yield ""
        yield from toml_table("site.author", author, {key: files.get(f"site.author.{key}", "") for key in author})


def _settings_of(generator: Generator) -> dict[str, Any]:
    """Return the name of a generator and its settings that are neither defaults nor read from the site's folders."""
    plain = type(generator)()
    fields = msgspec.structs.fields(generator)
    default = {field.encode_name for field in fields if getattr(generator, field.name) == getattr(plain, field.name)}
    left_out = default | generator.read_from_folders
    return {key: value for key, value in msgspec.to_builtins(generator).items() if key not in left_out}


# --- from the posts themselves


def _dated_posts(config: Config) -> tuple[Post, ...]:
    return tuple(post for post in collect(config).posts if post.date != UNDATED)


def _with_content(config: Config, adopted: Adopted) -> tuple[Config, list[str]]:
    """Return the configuration with the folder that has all posts, and what to include of it when not the whole.

    Without a generator's word, the folders that have dated posts are looked for in the whole site.
    """
    if any(setting.key == "site.content" for setting in adopted.found):
        return config, []
    whole = msgspec.structs.replace(config, site=msgspec.structs.replace(config.site, content="."))
    posts = _dated_posts(whole)
    if all(post.path.startswith(f"{config.site.content}/") for post in posts):
        return config, []
    folders = sorted({post.path.partition("/")[0] for post in posts if "/" in post.path})
    is_mixed = any("/" not in post.path for post in posts)
    return whole, [] if is_mixed else [f"/{folder}" for folder in folders]


def _language(posts: Sequence[Post]) -> str:
    """Return the language whose script most titles have; empty for Latin, which many languages share."""
    found = Counter(filter(None, (_language_of_script(post.title) for post in posts)))
    language, number = (found.most_common(1) or [("", 0)])[0]
    return language if 2 * number > len(posts) else ""


def _language_of_script(text: str) -> str:
    scripts = {unicodedata.name(character, "").partition(" ")[0] for character in text if character.isalpha()}
    return next((language for script, language in _SCRIPTS.items() if script in scripts), "")


def _posts_settings(config: Config, adopted: Adopted, posts: Sequence[Post]) -> dict[str, Any]:
    """Return the keys of `[posts]` that a generator gave or the posts show."""
    found = [setting.key.removeprefix("posts.") for setting in adopted.found if setting.key.startswith("posts.")]
    settings = {key: list(getattr(config.posts, key)) for key in dict.fromkeys(found)}
    tag_keys = _tag_keys(config, posts)
    if tag_keys and "tag_keys" not in settings:
        settings["tag_keys"] = tag_keys
    folders = _language_folders(config, posts)
    if folders and config.generator is None:
        settings["language_folders"] = folders
    return settings


def _tag_keys(config: Config, posts: Sequence[Post]) -> list[str]:
    """Return the front-matter keys that hold tags, when they are not those of the defaults."""
    step = max(1, len(posts) // SAMPLED)
    keys = Counter(key.lower() for post in posts[::step] for key in _keys(config, post))
    if any(keys[key] for key in Posts().tag_keys):
        return []
    return [key for key in _OTHER_TAG_KEYS if keys[key]][:1]


def _keys(config: Config, post: Post) -> Iterable[str]:
    """Return the keys of a post's front matter that have a value."""
    limits = config.posts.limits
    try:
        header = read_header(decode(read_bytes(config, post.path), limits.file_bytes), limits)
    except HeaderError:  # changed since it was collected
        return []
    return [key for key, value in header.values.items() if value] if header else []


def _language_folders(config: Config, posts: Sequence[Post]) -> list[str]:
    """Return the folders directly in the content folder that are languages, when there are several."""
    prefix = "" if config.site.content == "." else f"{config.site.content}/"
    below = {
        post.path.removeprefix(prefix).partition("/")[0] for post in posts if "/" in post.path.removeprefix(prefix)
    }
    folders = [name for name in sorted(below) if name.lower() in COUNTRIES or language_tag(name)]
    return folders if len(folders) > 1 else []
