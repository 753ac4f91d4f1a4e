"""The one rule for every URL that a post may name: absolute, harmless, and read as a browser reads it.

Python's `urljoin` and `urlsplit` follow RFC 3986, browsers the WHATWG URL Standard, and attacks live in between (tabs
inside a scheme, backslashes for slashes, a missing slash). So the joining is left to the parser inside nh3, the one
that browsers' standard describes, and what it gives is then narrowed to the characters of RFC 3986.
"""

import functools
import html
import re
from urllib.parse import quote

import nh3

from digest.patterns import pattern

SCHEMES = frozenset({"http", "https", "mailto", "tel"})

# Possessive, since no character could be taken by another part of the pattern.
_HOST = r"(?:[a-z0-9]++(?:-++[a-z0-9]++)*+\.)++[a-z][a-z0-9-]*[a-z0-9]"
_PATH = r"(?:[A-Za-z0-9;:@&=+$\-_!~*(),]++|%[0-9A-Fa-f]{2}|\.(?!\.?(?:/|$)))*+"
_QUERY = r"(?:[A-Za-z0-9;:@&=+$\-_!~*(),/?.]++|%[0-9A-Fa-f]{2})*+"
PLAIN = rf"https?://{_HOST}(?::[0-9]{{1,5}})?(?:/{_PATH})*+(?:\?{_QUERY})?(?:#{_QUERY})?"  # needs nothing done
_PLAIN = pattern(PLAIN)
# A path without a segment that leads elsewhere, openly or escaped, and without a colon, which would end a scheme.
_LETTERS = r"(?:[A-Za-z0-9;@&=+$\-_!~*(),]++|%(?!2[eE])[0-9A-Fa-f]{2})++"
_SEGMENT = rf"{_LETTERS}(?:\.++{_LETTERS})*+"
_PLAIN_PATH = pattern(rf"/?(?:{_SEGMENT}/)*+(?:{_SEGMENT})?(?:\?{_QUERY})?(?:#{_QUERY})?")
_BASE = pattern(
    rf"(https?://{_HOST})(?:(/(?:{_SEGMENT}/)*+)(?:{_SEGMENT})?|/.*)", re.DOTALL
)  # the second part when plain
_EDGES = "".join(map(chr, range(33))) + "\x7f\u200b\ufeff"
_REMOVED = pattern(r"[\t\n\r\ud800-\udfff]")
_SCHEME = pattern(r"([A-Za-z][A-Za-z0-9+.-]*):")
_SLASHES = pattern(r"[/\\]{2,}")
_HREF = pattern(r'<a href="([^"]*)">')
_PARTS = pattern(
    r"(https?://)(?:[^/?#]*@)?((?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?)(/.*|\?.*|#.*|)", re.DOTALL
)
_STRAY = pattern(r"%(?![0-9A-Fa-f]{2})")


@functools.lru_cache(maxsize=64)
def _joiner(base: str) -> nh3.Cleaner | None:
    """Return what joins a relative URL to `base`, or None when `base` is no http(s) URL."""
    if not base.startswith(("http://", "https://")):
        return None
    try:
        return nh3.Cleaner(
            tags={"a"}, attributes={"a": {"href"}}, url_relative=("rewrite_with_base", base), link_rel=None
        )
    except ValueError:
        return None


def absolute(url: str, base: str) -> str:
    """Return `url` absolute against `base`, percent-encoded, its host in ASCII; empty when it must not be followed.

    Only http, https, mailto and tel pass. A user name and password are dropped: they serve to disguise the host.
    """
    if _PLAIN.fullmatch(url):
        return url
    if url and _PLAIN_PATH.fullmatch(url) and "xn--" not in base and (place := _BASE.fullmatch(base)):
        if url[0] == "/":
            return place[1] + url
        if place[2]:
            return base + url if url[0] in "?#" else place[1] + place[2] + url
    url = _REMOVED.sub("", url.strip(_EDGES))
    if scheme := _SCHEME.match(url):
        name, rest = scheme[1].lower(), url[scheme.end() :]
        if name in ("mailto", "tel"):
            return f"{name}:{_escaped(rest)}" if rest else ""
        if name not in SCHEMES:
            return ""
        url, base = "//" + rest.lstrip("/\\"), f"{name}://host/"
    elif slashes := _SLASHES.match(url):
        url = "//" + url[slashes.end() :]
    joiner = _joiner(base)
    found = _HREF.match(joiner.clean(f'<a href="{html.escape(url)}">')) if joiner else None
    parts = _PARTS.fullmatch(html.unescape(found[1])) if found else None
    return f"{parts[1]}{parts[2]}{_escaped(parts[3])}" if parts else ""


def _escaped(text: str) -> str:
    """Return `text` with everything percent-encoded that RFC 3986 does not allow after the authority."""
    fragment = text.find("#")
    if fragment >= 0:
        text = text[: fragment + 1] + text[fragment + 1 :].replace("#", "%23")
    return quote(_STRAY.sub("%25", text), safe="/?#:@!$&'()*+,;=-._~%", errors="replace")
