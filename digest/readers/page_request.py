"""A request to the readers' page: its path, its form, the language it asks for, and whether another site sent it."""

from collections.abc import Iterable, Mapping
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct

from digest.collector.select import speaks_language

LARGEST = 64 * 1024  # bytes of a body that are read
_MOST_FIELDS = 2_000
_LONGEST_HEADER = 500  # characters of Accept-Language that are looked at

BodyState = Literal["whole", "too_long", "too_slow"]
Fields = Mapping[str, list[str]]


class Request(Struct, frozen=True, kw_only=True):
    """A request. The names of `headers` are in small letters; of a body that is not whole, `body` is the beginning."""

    method: str
    path: str
    query: str = ""
    client: str = ""
    headers: Mapping[str, str] = {}
    body: bytes = b""
    body_state: BodyState = "whole"

    @property
    def is_post(self) -> bool:
        """Whether the request may change something."""
        return self.method == "POST"


class RefusedError(Exception):
    """A request that is not answered, with the status that says why."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


def route(path: str, prefix: str) -> tuple[str, str]:
    """Return the name of a page, with its slash when something follows it, and what follows; `prefix` may be before."""
    below = path.removeprefix(prefix) if path.startswith(prefix) else path.removeprefix("/")
    name, slash, rest = below.partition("/")
    return name + slash, rest


def read_form(request: Request) -> Fields:
    """Return the fields of a form in a body (application/x-www-form-urlencoded). Raises `RefusedError`."""
    if request.body_state != "whole":
        raise RefusedError(413 if request.body_state == "too_long" else 408)
    try:
        text = request.body.decode()
        return parse_qs(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise RefusedError(400) from None


def first(fields: Fields, name: str) -> str:
    """Return the first value of a field; empty without one."""
    return fields.get(name, [""])[0]


def is_foreign(request: Request, own: Iterable[str]) -> bool:
    """Return whether a page of another site sent a request; `own` are the origins of our pages.

    Our pages say `Referrer-Policy: no-referrer`, so browsers send their forms with `Origin: null`.
    """
    origin = request.headers.get("origin", "")
    if origin not in ("", "null"):
        return origin not in own
    return request.headers.get("sec-fetch-site", "") not in ("", "none", "same-origin")


def origin_of(url: str) -> str:
    """Return the origin of an address, as a browser writes it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def preferred_language(request: Request, offered: Iterable[str], otherwise: str) -> str:
    """Return which of the languages `offered` a request asks for, by its query or its browser's settings."""
    asked = parse_qs(request.query[:_LONGEST_HEADER]).get("language", [])
    header = request.headers.get("accept-language", "")[:_LONGEST_HEADER]
    accepted = sorted((_weighed(part) for part in header.split(",")), key=lambda each: -each[1])
    choices = list(offered)
    for wanted in [*asked, *(language for language, weight in accepted if weight > 0)]:
        for language in choices:
            if speaks_language(language, wanted) or speaks_language(wanted, language):
                return language
    return otherwise


def _weighed(part: str) -> tuple[str, float]:
    """Return a language of Accept-Language and its weight (RFC 9110, section 12.5.4)."""
    language, _, parameter = part.partition(";")
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return language.strip(), 1.0
    try:
        return language.strip(), float(value)
    except ValueError:
        return language.strip(), 0.0
