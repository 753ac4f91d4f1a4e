"""The page on which a reader leaves: what it answers to a request, whatever server stands before it.

`GET` never unsubscribes anybody, since programs that look for harmful links follow every link of an e-mail; it shows a
button. `POST` does, from the button or at once from a mail client (RFC 8058). The page answers alike for everybody who
has a valid link, and knows no addresses: it cannot tell anyone who is subscribed.
"""

import base64
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs

from msgspec import Struct

from digest import localisation
from digest.config import Config, Digest
from digest.emails import contrast
from digest.localisation import Words
from digest.problems import DigestError
from digest.templates import environment
from digest.unsubscribe.suppressed import suppress
from digest.unsubscribe.tokens import LENGTH, reader_of

WRONG_LINKS = 20  # a minute from one client; more are answered with 429
_MINUTE = 60.0
_CLIENTS = 10_000  # that are remembered
_ALLOWED = "GET, HEAD, POST"

Outcome = Literal["ask", "left", "bad_link", "try_again"]


class Answer(Struct, frozen=True):
    """What the page answers to a request."""

    status: int
    headers: dict[str, str]
    body: bytes


class Guesses:
    """How many wrong links each client sent within the last minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: OrderedDict[str, list[float]] = OrderedDict()

    def are_too_many(self, client: str) -> bool:
        """Return whether a client has to wait."""
        return len(self._recent(client)) >= WRONG_LINKS

    def add(self, client: str) -> None:
        """Take note of a wrong link."""
        self._times[client] = [*self._recent(client), self._clock()]
        self._times.move_to_end(client)
        while len(self._times) > _CLIENTS:
            self._times.popitem(last=False)

    def _recent(self, client: str) -> list[float]:
        since = self._clock() - _MINUTE
        return [moment for moment in self._times.get(client, ()) if moment > since]


class UnsubscribePage:
    """The page of a site. `suppressed` is the path of the suppression list; `secrets` are those behind the links."""

    def __init__(self, config: Config, suppressed: Path, secrets: Sequence[str]) -> None:
        self._config = config
        self._suppressed = suppressed
        self._secrets = secrets
        self._guesses = Guesses()

    def answer(self, method: str, query: str, client: str = "") -> Answer:
        """Return the answer to a request; `query` is that of its address, `client` the address it comes from."""
        if method not in _ALLOWED.split(", "):
            return Answer(405, {"Allow": _ALLOWED}, b"")
        digest, token = _parameters(query)
        reader = reader_of(token, digest, self._secrets) if len(token) == LENGTH else ""
        if not reader:
            return self._refuse(digest, client)
        if method != "POST":
            return self._show(200, "ask", digest)
        try:
            suppress(self._suppressed, digest, [reader], "left")
        except DigestError:
            return self._show(503, "try_again", digest, {"Retry-After": "300"})
        return self._show(200, "left", digest)

    def _refuse(self, digest: str, client: str) -> Answer:
        if self._guesses.are_too_many(client):
            return self._show(429, "try_again", digest, {"Retry-After": "60"})
        self._guesses.add(client)
        return self._show(400, "bad_link", digest)

    def _show(self, status: int, outcome: Outcome, digest: str, headers: Mapping[str, str] = {}) -> Answer:
        described = self._described(digest)
        title = described.title if described else self._config.site.title
        language = (described.language if described else "") or self._config.site.language
        words = localisation.words(language)
        jinja = environment(self._config.own_templates)
        style = style_of(self._config, "unsubscribe.css")
        html = jinja.get_template("unsubscribe.html.jinja").render(
            language=language,
            direction=localisation.direction(language),
            title=title,
            heading=words.unsubscribe,
            message=_message(outcome, words).format(title=isolated(title, language)),
            role={"ask": "", "left": "status"}.get(outcome, "alert"),
            button=words.unsubscribe if outcome == "ask" else "",
            style=style,
        )
        return Answer(status, {**page_headers(style), **headers}, html.encode())

    def _described(self, digest: str) -> Digest | None:
        """Return the digest of a link, which may have another name by now; None for one that is gone."""
        renamed = (each for each in self._config.digests.values() if each.formerly == digest)
        return self._config.digests.get(digest) or next(renamed, None)


def _parameters(query: str) -> tuple[str, str]:
    """Return the name of the digest and the token in a query; empty where they are missing."""
    try:
        found = parse_qs(query, max_num_fields=20)
    except ValueError:
        return "", ""
    return found.get("digest", [""])[0], found.get("token", [""])[0]


def _message(outcome: Outcome, words: Words) -> str:
    messages = {"ask": words.leave, "left": words.left, "bad_link": words.bad_link, "try_again": words.try_again}
    return messages[outcome]


def style_of(config: Config, name: str) -> str:
    """Return the style sheet `name` with the colours of a site's theme."""
    return environment(config.own_templates).get_template(name).render(colours_of(config))


def colours_of(config: Config) -> dict[str, Any]:
    """Return what templates know of a site's theme: it, and the colours of text on its accents."""
    theme = config.theme
    return {
        "theme": theme,
        "on_accent": contrast.ink(theme.accent),
        "on_dark_accent": contrast.ink(theme.dark_accent),
    }


def isolated(title: str, language: str) -> str:
    """Return a title so that its direction, if it is another, does not turn the sentence around it (UAX #9)."""
    if localisation.text_direction(title) == localisation.direction(language):
        return title
    return f"\u2068{title}\u2069"


def page_headers(style: str) -> dict[str, str]:
    """Return the headers of every answer. The address has a token, so it is neither cached nor sent as a referrer."""
    mark = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{mark}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
