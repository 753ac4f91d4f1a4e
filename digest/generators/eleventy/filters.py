"""The filters that permalinks use: Eleventy's own, and those of Liquid and Nunjucks."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any

from digest.generators.eleventy.romanization import for_slug, for_slugify

MISSING = object()  # JavaScript's undefined
MAX_CHARACTERS = 10_000
_SLUG_SIGNS = frozenset("$*_+~.()'\"!-:@")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class UnreadableError(Exception):
    """Something that is known only when Eleventy runs; `str()` says what."""


class Safe(str):
    """A text of Nunjucks that is not escaped."""

    __slots__ = ()


def text_of(value: Any, separator: str = "") -> str:
    """Return a value as Liquid and Nunjucks print it; nothing for null and undefined. Raises `UnreadableError`."""
    if value is None or value is MISSING:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, list):
        return separator.join(text_of(item, separator) for item in value)
    raise UnreadableError("a date or a table as text")


def javascript_text(value: Any) -> str:
    """Return a value as JavaScript makes a text of it: undefined is a word too."""
    if value is MISSING:
        return "undefined"
    return "null" if value is None else text_of(value, ",")


def slugify(value: Any) -> str:
    """Return the slug that the filter `slugify` makes: ASCII letters, digits and single hyphens."""
    text = for_slugify(javascript_text(value)).lower()
    for ending in ("'t", "'s"):
        text = _without_apostrophe(text, ending)
    signs = "".join(character if character.isascii() and character.isalnum() else " " for character in text)
    return "-".join(signs.split())


def _without_apostrophe(text: str, ending: str) -> str:
    """Return `text` without the apostrophe before an ending of whole words, as in `it's`."""
    first, *rest = text.split(ending)
    joined = first
    for part in rest:
        follows_word = joined[-1:].isascii() and joined[-1:].isalnum()
        ends_word = not part or part[0].isspace()
        joined += (ending[1:] if follows_word and ends_word else ending) + part
    return joined


def slug(value: Any) -> str:
    """Return the slug that the older filter `slug` makes, which keeps some signs."""
    kept = []
    for romanized in for_slug(javascript_text(value)):
        text = " " if romanized == "-" else romanized
        kept += [character for character in text if _is_kept(character)]
    return "-".join("".join(kept).split()).lower()


def _is_kept(character: str) -> bool:
    is_word = character.isascii() and character.isalnum()
    return is_word or character.isspace() or character in _SLUG_SIGNS


def date(value: Any, form: Any = "%A, %B %-e, %Y at %-l:%M %P %z", *zone: Any, default_zone: tzinfo = UTC) -> Any:
    """Return a date as Liquid's filter `date` writes it, in the zone of the machine."""
    if zone:
        raise UnreadableError("a zone of the filter date")
    if value is None or value is MISSING:
        return value
    moment = _moment(value).astimezone(default_zone)
    first, *parts = text_of(form).replace("%%", "\0").split("%")
    written = "".join(_formatted(moment, part) for part in parts)
    return (first + written).replace("\0", "%")


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise UnreadableError("a date in another form") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _formatted(moment: datetime, part: str) -> str:
    """Return a conversion of `strftime`, whose sign % is gone, and the text behind it."""
    flag = part[:1] if part[:1] in "-^" else ""
    conversion, rest = part[len(flag) : len(flag) + 1], part[len(flag) + 1 :]
    if conversion not in _CONVERSIONS:
        raise UnreadableError(f"%{part[:3]} of the filter date")
    text = _CONVERSIONS[conversion](moment)
    if flag == "-":
        text = text.lstrip("0 ") or "0"
    return (text.upper() if flag == "^" else text) + rest


_CONVERSIONS: dict[str, Callable[[datetime], str]] = {
    "a": lambda moment: _DAYS[moment.weekday()][:3],
    "A": lambda moment: _DAYS[moment.weekday()],
    "b": lambda moment: _MONTHS[moment.month - 1][:3],
    "B": lambda moment: _MONTHS[moment.month - 1],
    "C": lambda moment: f"{moment.year // 100:02}",
    "d": lambda moment: f"{moment.day:02}",
    "e": lambda moment: f"{moment.day:2}",
    "h": lambda moment: _MONTHS[moment.month - 1][:3],
    "H": lambda moment: f"{moment.hour:02}",
    "I": lambda moment: f"{moment.hour % 12 or 12:02}",
    "j": lambda moment: f"{moment.timetuple().tm_yday:03}",
    "k": lambda moment: f"{moment.hour:2}",
    "l": lambda moment: f"{moment.hour % 12 or 12:2}",
    "m": lambda moment: f"{moment.month:02}",
    "M": lambda moment: f"{moment.minute:02}",
    "p": lambda moment: "AM" if moment.hour < 12 else "PM",
    "P": lambda moment: "am" if moment.hour < 12 else "pm",
    "s": lambda moment: str(int(moment.timestamp())),
    "S": lambda moment: f"{moment.second:02}",
    "u": lambda moment: str(moment.isoweekday()),
    "w": lambda moment: str(moment.isoweekday() % 7),
    "y": lambda moment: f"{moment.year % 100:02}",
    "Y": lambda moment: f"{moment.year:04}",
}


def _capitalized(value: Any) -> str:
    text = text_of(value)
    return text[:1].upper() + text[1:].lower()


def _default(value: Any, other: Any = "", *_: Any) -> Any:
    return other if value in (None, False, "", "false") or value is MISSING or value == [] else value


def _replaced(value: Any, old: Any, new: Any = "", count: int = -1) -> str:
    """Return a text with some of its parts replaced. Raises `UnreadableError` when it would be too long."""
    text, before, after = text_of(value), text_of(old), text_of(new)
    places = len(text) + 1 if not before else text.count(before)
    check_length(len(text) + places * len(after))
    return text.replace(before, after, count)


def _join(value: Any, sign: Any = "") -> str:
    items = [text_of(item) for item in _items(value)]
    separator = text_of(sign)
    check_length(sum(map(len, items)) + len(items) * len(separator))
    return separator.join(items)


def check_length(characters: int) -> None:
    """Raise `UnreadableError` when a text is longer than any address."""
    if characters > MAX_CHARACTERS:
        raise UnreadableError("a text that is too long")


def _item(place: int) -> Callable[[Any], Any]:
    """Return a filter for the first or the last item of a list or a text."""

    def item(value: Any) -> Any:
        is_filled = isinstance(value, list | str) and len(value) > 0
        return value[place] if is_filled else MISSING

    return item


def _slice(value: Any, begin: int, length: int = 1) -> Any:
    items = value if isinstance(value, list) else text_of(value)
    begin += len(items) if begin < 0 else 0
    return items[max(begin, 0) : max(begin + length, 0)]


def _items(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise UnreadableError("a list that is none")
    return value


_Filters = dict[str, Callable[..., Any]]

_OF_BOTH: _Filters = {
    "slugify": slugify,
    "slug": slug,
    "default": _default,
    "capitalize": _capitalized,
    "replace": _replaced,
    "join": _join,
    "first": _item(0),
    "last": _item(-1),
}
LIQUID: _Filters = _OF_BOTH | {
    "date": date,
    "append": lambda value, end: text_of(value) + text_of(end),
    "prepend": lambda value, start: text_of(start) + text_of(value),
    "downcase": lambda value: text_of(value).lower(),
    "upcase": lambda value: text_of(value).upper(),
    "remove": _replaced,
    "remove_first": lambda value, part: _replaced(value, part, "", 1),
    "replace_first": lambda value, old, new="": _replaced(value, old, new, 1),
    "strip": lambda value: text_of(value).strip(),
    "lstrip": lambda value: text_of(value).lstrip(),
    "rstrip": lambda value: text_of(value).rstrip(),
    "split": lambda value, sign: text_of(value).rstrip(text_of(sign)).split(text_of(sign)),
    "slice": _slice,
    "size": lambda value: len(value) if isinstance(value, list | str) else 0,
    "join": lambda value, sign=" ": _join(value, sign),
}
NUNJUCKS: _Filters = _OF_BOTH | {
    "d": _default,
    "lower": lambda value: text_of(value).lower(),
    "upper": lambda value: text_of(value).upper(),
    "trim": lambda value: text_of(value).strip(),
    "safe": lambda value: Safe(text_of(value)),
    "string": lambda value: text_of(value),
    "length": lambda value: len(value) if isinstance(value, list | str) else 0,
}

_DATES: _Filters = {
    "getFullYear": lambda moment, zone: moment.astimezone(zone).year,
    "getMonth": lambda moment, zone: moment.astimezone(zone).month - 1,
    "getDate": lambda moment, zone: moment.astimezone(zone).day,
    "getUTCFullYear": lambda moment, _: moment.astimezone(UTC).year,
    "getUTCMonth": lambda moment, _: moment.astimezone(UTC).month - 1,
    "getUTCDate": lambda moment, _: moment.astimezone(UTC).day,
    "toISOString": lambda moment, _: f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z",
}
_TEXTS: _Filters = {
    "toLowerCase": str.lower,
    "toUpperCase": str.upper,
    "trim": str.strip,
    "slice": lambda text, begin, end=None: text[begin:end],
    "replace": lambda text, old, new: _replaced(text, old, new, 1),
}


def call_method(value: Any, name: str, arguments: list[Any], zone: tzinfo) -> Any:
    """Return what a method of a date or a text returns. Raises `UnreadableError`."""
    if isinstance(value, datetime) and name in _DATES:
        return _DATES[name](value, zone)
    if isinstance(value, str) and name in _TEXTS:
        return _TEXTS[name](value, *arguments)
    raise UnreadableError(f"{name}()")
