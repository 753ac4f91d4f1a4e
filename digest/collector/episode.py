"""What front matter says of a post as an episode of a podcast, in a table `podcast` or in keys of its own.

The elements are Podcasting 2.0's (https://github.com/Podcastindex-org/podcast-namespace/tree/main/docs/tags) and
Apple's. What cannot be read is a warning, and is left out.
"""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct, structs

from digest.collector.fields import Fields, as_flag, as_list, first_text, part_of, texts_of
from digest.collector.media import address_of_file, suffix_of, web_address
from digest.collector.paths import language_tag
from digest.collector.post import Credit, Episode, Transcript, clean_text
from digest.frontmatter import Value
from digest.problems import did_you_mean

_TRANSCRIPTS = {
    "txt": "text/plain", "html": "text/html", "htm": "text/html", "vtt": "text/vtt", "srt": "application/x-subrip",
    "json": "application/json",
}  # fmt: skip
_ADDRESS_PARTS = ("url", "src", "href", "file", "path")
_PEOPLE = {"people": "", "persons": "", "hosts": "host", "host": "host", "guests": "guest", "guest": "guest"}
_KINDS: dict[str, Literal["full", "trailer", "bonus"]] = {"full": "full", "trailer": "trailer", "bonus": "bonus"}
_EXPLICIT = {"explicit": True, "clean": False}  # Apple's former words
_MAX_DIGITS = 9
_MAX_WORDS = 3  # of an address, which may hold spaces


class _Given(Struct):
    """The value of a field, and the key to name in a problem."""

    key: str
    value: Value


def episode_of(fields: Fields, page: str) -> Episode | None:
    """Return what the front matter of the post at `page` says of it as an episode; None when it says nothing."""
    season, season_name = _season(fields, _given(fields, "season"))
    number, display = _number(fields, _given(fields, "episode"))
    episode = Episode(
        season=season,
        season_name=season_name,
        number=number,
        display=display,
        kind=_kind(fields, _given(fields, "episodetype")),
        explicit=_explicit(fields, _given(fields, "explicit")),
        transcripts=tuple(_transcripts(fields, page)),
        chapters=_chapters(fields, page),
        people=tuple(_people(fields)),
    )
    return None if episode == Episode() else episode


def _given(fields: Fields, *names: str) -> _Given:
    """Return the first of `names`, canonical keys, in the table `podcast`, else in the front matter."""
    key, table = fields.single("podcast")
    inner = part_of(table, names) if isinstance(table, dict) else None
    if inner:
        return _Given(key, inner)
    for name in names:
        key, value = fields.single(name)
        if value:
            return _Given(key, value)
    return _Given("", None)


def _season(fields: Fields, given: _Given) -> tuple[int, str]:
    """Return the number and the name of a season: 2, or a table with `number` and `name`."""
    written, name = _text_and(given.value, "number", "name")
    if _is_number(written):
        return int(written), name
    if given.value:
        _warn(fields, given, "podcast-season", "a season is a whole number", "write such as season: 2")
    return 0, ""


def _number(fields: Fields, given: _Given) -> tuple[str, str]:
    """Return the number of an episode, which may be decimal, and what is shown in its place."""
    written, display = _text_and(given.value, "number", "display")
    whole, point, fraction = written.partition(".")
    if _is_number(whole) and (_is_number(fraction) or not point):
        return written, display
    if given.value:
        _warn(fields, given, "podcast-episode", "an episode has a number", "write such as episode: 12")
    return "", ""


def _text_and(value: Value, first: str, second: str) -> tuple[str, str]:
    """Return two texts of a table; a bare text is the first."""
    if isinstance(value, str):
        return clean_text(value), ""
    parts = texts_of(value) if isinstance(value, dict) else {}
    return parts.get(first, ""), parts.get(second, "")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS


def _kind(fields: Fields, given: _Given) -> Literal["", "full", "trailer", "bonus"]:
    word = given.value.strip().lower() if isinstance(given.value, str) else ""
    if given.value and word not in _KINDS:
        near = did_you_mean(word, _KINDS) or "write full, trailer or bonus"
        _warn(fields, given, "podcast-episode-type", f"{word[:40]!r} is no type of episode", near)
    return _KINDS.get(word, "")


def _explicit(fields: Fields, given: _Given) -> bool | None:
    word = given.value.strip().lower() if isinstance(given.value, str) else ""
    answer = _EXPLICIT.get(word, as_flag(given.value))
    if given.value and answer is None:
        _warn(fields, given, "podcast-explicit", "explicit is neither true nor false", "write true or false")
    return answer


def _transcripts(fields: Fields, page: str) -> Iterator[Transcript]:
    """Yield the transcripts of an episode: addresses, or tables with `url`, `type`, `language` and `rel`."""
    given = _given(fields, "transcripts", "transcript")
    for item in as_list(given.value):
        parts = {"url": clean_text(item)} if isinstance(item, str) else {}
        if isinstance(item, dict):
            parts = texts_of(item)
        url = _address(fields, given, first_text(parts, _ADDRESS_PARTS), page)
        kind = parts.get("type") or _TRANSCRIPTS.get(suffix_of(url), "")
        if url and kind:
            yield Transcript(
                url=url,
                type=kind,
                language=language_tag(parts.get("language", "")),
                captions=parts.get("rel") == "captions",
            )
        elif url:
            hint = "write its type, such as text/vtt"
            _warn(fields, given, "podcast-transcript", f"the type of {url[-60:]!r} is not known", hint)


def _chapters(fields: Fields, page: str) -> str:
    """Return the address of the file with an episode's chapters; empty without one."""
    given = _given(fields, "chapters")
    parts = texts_of(given.value) if isinstance(given.value, dict) else {}
    written = given.value if isinstance(given.value, str) else first_text(parts, _ADDRESS_PARTS)
    if given.value and not written:
        hint = "write the address of a JSON chapters file"
        _warn(fields, given, "podcast-chapters", "chapters stand in a file", hint)
    return _address(fields, given, clean_text(written), page)


def _address(fields: Fields, given: _Given, written: str, page: str) -> str:
    """Return the absolute URL of a file; empty for anything else, such as the words of a transcript, with a warning."""
    if len(written.split()) > _MAX_WORDS:
        _warn(fields, given, "podcast-address", f"{written[:40]!r} is no address", "write the address of a file")
        return ""
    before = len(fields.problems)
    url, _ = address_of_file(fields, given.key, written, page) if written else ("", "")
    # Such a file is no reason to leave the post out.
    fields.problems[before:] = [structs.replace(found, severity="warning") for found in fields.problems[before:]]
    return url


def _people(fields: Fields) -> Iterator[Credit]:
    """Yield the people of an episode: names, or tables with `name`, `role`, `group`, `url` and `image`."""
    for key, role in _PEOPLE.items():
        for item in as_list(_given(fields, key).value):
            parts = {"name": clean_text(item)} if isinstance(item, str) else {}
            if isinstance(item, dict):
                parts = texts_of(item)
            if parts.get("name"):
                yield Credit(
                    name=parts["name"],
                    role=parts.get("role") or role,
                    group=parts.get("group", ""),
                    url=web_address(first_text(parts, ("url", "href", "link")), fields.config.site.url),
                    image=web_address(first_text(parts, ("image", "img", "avatar")), fields.config.site.url),
                )


def _warn(fields: Fields, given: _Given, code: str, message: str, hint: str) -> None:
    fields.problem(given.key, code, message, hint, "warning")
