"""Liquid and its kin: `{% tag %}`, `{{ value | filter }}` and `{# comment #}`.

https://shopify.github.io/liquid/, https://mozilla.github.io/nunjucks/templating.html, https://hexo.io/docs/tag-plugins
Only assigned and well-known names and a few filters are evaluated; any other expression is shown as typed.
"""

import re
from bisect import bisect_right
from collections.abc import Callable
from operator import itemgetter
from urllib.parse import urlsplit

from digest.markdown.foreign.body import Body, Found, Tag, Token
from digest.markdown.foreign.tags import parse_tag

_URL_FILTERS = "absolute_path absolute_url asset_url htmlBaseUrl link locale_url prepend relative_url url url_for"
URL_FILTERS = frozenset(_URL_FILTERS.split())
ARGUMENTS = "include."  # of the tag that includes a file
NAMESPACES = ("site.", "page.", "jekyll.", "config.", "theme.")

_ASSIGNED = re.compile(r"\{%-?\s*assign\s+([\w-]+)\s*=\s*([^{}%]*?)\s*-?%\}")
_CAPTURED = re.compile(r"\{%-?\s*capture\s+['\"]?([\w-]+)['\"]?\s*-?%\}([^{}]*)\{%-?\s*endcapture\s*-?%\}")
_TEXT_FILTERS: dict[str, Callable[[str], str]] = {
    "upcase": str.upper,
    "downcase": str.lower,
    "capitalize": str.capitalize,
    "strip": str.strip,
}
_VALUE = re.compile(r"-?\s*(?:\"([^\"]*)\"|'([^']*)'|([\w.\[\]'\"-]+?))\s*((?:\|[^|]*)*)-?")
_FILTER = re.compile(r"\|\s*([\w.]+)\s*:?([^|]*)")
# Characters special to Markdown; escaping with a backslash would show in raw HTML
ESCAPES = str.maketrans({mark: f"&#{ord(mark)};" for mark in "<*_~$`\\|"})


def assign_variables(body: Body) -> None:
    """Record the values that `{% assign name = value %}` and `{% capture name %}` assign, with their offsets."""
    if "assign" in body.text:
        for assigned in _ASSIGNED.finditer(body.text):
            value = _VALUE.fullmatch(assigned[2])
            text = _evaluated(value, body, assigned.start()) if value else None
            body.variables.setdefault(assigned[1], []).append((assigned.start(), text))
    if "capture" in body.text:
        for captured in _CAPTURED.finditer(body.text):
            body.variables.setdefault(captured[1], []).append((captured.start(), captured[2].strip("\n")))
    for values in body.variables.values():
        values.sort(key=itemgetter(0))


def read_tag(body: Body, token: Token) -> Found | Tag | None:
    """Return a `{% tag %}`; remove an assignment of a known value without a warning."""
    tag = parse_tag(token)
    if tag is None or tag.name not in ("assign", "capture"):
        return tag
    place, text = _assigned(body, _key(tag), token.start)
    if place != token.start or text is None:
        return tag
    end = token.end
    if tag.name == "capture":
        end = body.text.find("%}", body.text.find("endcapture", token.end)) + 2
    return Found(token.start, end)


def _key(tag: Tag) -> str:
    return tag.rest.partition("=")[0].strip(" '\"")


def read_comment(_body: Body, token: Token) -> Found | None:
    """Return a `{# comment #}`."""
    return Found(token.start, token.end, removed="{# #}") if token.inner[:1].isspace() else None


def read_value(body: Body, token: Token) -> Found | str:
    """Return the value of a `{{ value }}`; any other expression as text."""
    value = _VALUE.fullmatch(token.inner.strip())
    if value is None or not (_is_known_to_generators(value, body) or value[3] in body.variables):
        return f"{token.opening}{token.inner.translate(ESCAPES)}{token.closing}"
    made = _shown(value, body, token.start)
    if made is None:
        return Found(token.start, token.end, removed=body.text[token.start : token.end])
    return made


def _is_known_to_generators(value: re.Match[str], body: Body) -> bool:
    """Return whether a value is a literal, has a name that generators define, or passes through a URL filter."""
    name = value[3]
    if name is None or name in ("toc", "TOC") or _is_url(value):
        return True
    return name.startswith(NAMESPACES) or (bool(body.within) and name.startswith(ARGUMENTS))


def _is_url(value: re.Match[str]) -> bool:
    return any(name in URL_FILTERS for name, _ in _FILTER.findall(value[4]))


def _evaluated(value: re.Match[str], body: Body, start: int) -> str | None:
    """Return the text or URL of a value at `start`; None when it is unknown."""
    text = _looked_up(value, body, start)
    if text is None:
        return None
    for kind, argument in _FILTER.findall(value[4]):
        if kind == "prepend":
            text = _argument(argument, body, start) + text
        elif kind == "append":
            text += _argument(argument, body, start)
        elif kind == "default":
            text = text or _argument(argument, body, start)
        elif kind in _TEXT_FILTERS:
            text = _TEXT_FILTERS[kind](text)
    return text.replace(" ", "%20") if _is_url(value) else text


def _shown(value: re.Match[str], body: Body, start: int) -> str | None:
    """Return a value as Markdown: assigned text may hold Markdown, a title is escaped."""
    text = _evaluated(value, body, start)
    name = value[3] or ""
    is_markdown = _is_url(value) or name.endswith("url") or name in body.variables or name.startswith(ARGUMENTS)
    return text if text is None or is_markdown else text.translate(ESCAPES)


def _argument(text: str, body: Body, start: int) -> str:
    value = _VALUE.fullmatch(text.strip())
    return (value and _evaluated(value, body, start)) or ""


def _looked_up(value: re.Match[str], body: Body, start: int) -> str | None:
    name = value[3]
    if name is None:
        return _literal(value, body)
    if name.isdigit():
        return str(name)
    place, text = _assigned(body, name, start)
    if place >= 0:
        return text
    if body.within and name.startswith(ARGUMENTS):
        return ""  # an argument that is not given
    return _variables(body).get(name)


def _assigned(body: Body, name: str, start: int) -> tuple[int, str | None]:
    """Return the offset of the last assignment to a name up to `start`, -1 for none, and its value when known."""
    values = body.variables.get(name, [])
    n = bisect_right(values, start, key=itemgetter(0))
    return values[n - 1] if n else (-1, None)


def _literal(value: re.Match[str], body: Body) -> str:
    text = value[1] or value[2] or ""
    if text.startswith("/") and _is_url(value) and "prepend" not in value[4]:
        return urlsplit(body.config.site.url).path.rstrip("/") + text
    return text


def _variables(body: Body) -> dict[str, str]:
    site = body.config.site
    address = urlsplit(site.url)
    return {
        "site.url": f"{address.scheme}://{address.netloc}",
        "site.baseurl": address.path.rstrip("/"),
        "site.base_url": site.url.rstrip("/"),
        "site.title": site.title,
        "site.name": site.title,
        "site.description": site.description,
        "config.base_url": site.url.rstrip("/"),
        "page.title": body.post.title,
        "page.url": urlsplit(body.post.url).path,
        "toc": "",
        "TOC": "",
    }
