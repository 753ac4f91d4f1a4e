"""Make every URL in a post absolute and harmless, parsed as a browser parses it.

Python's `urljoin` and `urlsplit` follow RFC 3986, browsers the WHATWG URL Standard, and attacks exploit the difference
(tabs inside a scheme, backslashes for slashes, a missing slash). So nh3's parser, which follows the WHATWG standard,
joins the URL, and the result is then percent-encoded to the characters of RFC 3986.
"""

import html
import re
from functools import lru_cache
from urllib.parse import quote

import nh3

from digest.markdown.policy import SCHEMES

_EDGES = "".join(map(chr, range(33))) + "\x7f\u200b\ufeff"
_REMOVED = dict.fromkeys((*b"\t\n\r", *range(0xD800, 0xE000)))  # as browsers do, and lone surrogates
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_END_OF_PATH = re.compile(r"[?#]|$")
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NOT_QUOTED = "/?#:@!$&'()*+,;=-._~%"


@lru_cache(maxsize=4096)
def absolute(url: str, base: str) -> str:
    """Return `url` absolute against `base`, percent-encoded, its host in ASCII; empty when it must not be followed.

    Only http, https, mailto and tel pass. A user name and password are dropped, since they can disguise the host.
    """
    url = url.strip(_EDGES).translate(_REMOVED)
    scheme = _SCHEME.match(url)
    if not scheme:
        return _joined(url, base)
    name = scheme[1].lower()
    rest = url[scheme.end() :]
    if name not in SCHEMES or not rest:
        return ""
    if name in ("mailto", "tel"):
        return f"{name}:{_quoted(rest)}"
    joined = _joined("//" + rest.lstrip("/\\"), f"{name}://host/")
    with_path = _END_OF_PATH.sub(r"/\g<0>", url, count=1)
    return url if joined == with_path else joined  # keep an empty path empty


def _joined(url: str, base: str) -> str:
    """Return `url`, which has no scheme, joined to `base`; empty when the result is not an http(s) URL."""
    path = url.lstrip("/\\")
    if len(url) - len(path) > 1:  # two or more slashes: a host follows
        url = "//" + path
    joiner = _joiner(base)
    if joiner is None:
        return ""
    link = joiner.clean(f'<a href="{html.escape(url)}">')
    address = html.unescape(link.removeprefix('<a href="').partition('"')[0])
    scheme, _, rest = address.partition("://")
    authority, slash, path = rest.partition("/")
    host = authority.rpartition("@")[2]
    if not _HOST.fullmatch(host):
        return ""
    return f"{scheme}://{host}{_quoted(slash + path)}"


@lru_cache(maxsize=64)
def _joiner(base: str) -> nh3.Cleaner | None:
    """Return a cleaner that resolves relative URLs against `base`, or None when `base` is not an http(s) URL."""
    if not base.startswith(("http://", "https://")):
        return None
    try:
        return nh3.Cleaner(
            tags={"a"}, attributes={"a": {"href"}}, url_relative=("rewrite_with_base", base), link_rel=None
        )
    except ValueError:
        return None


def _quoted(text: str) -> str:
    """Return `text` with everything percent-encoded that RFC 3986 does not allow after the authority."""
    before, mark, fragment = text.partition("#")
    text = before + mark + fragment.replace("#", "%23")
    return quote(_STRAY_PERCENT.sub("%25", text), safe=_NOT_QUOTED, errors="replace")
