"""Liquid and its kin: `{% tag %}`, `{{ value | filter }}` and `{# comment #}`.

https://shopify.github.io/liquid/, https://mozilla.github.io/nunjucks/templating.html, https://hexo.io/docs/tag-plugins
Nothing is evaluated: a few names are looked up, and any other value is text and shows as it was typed.
"""

import re
from urllib.parse import urlsplit

from digest.markdown.foreign.body import Body, Found, Tag, Token
from digest.markdown.foreign.tags import parse_tag

_URL_FILTERS = "absolute_path absolute_url asset_url htmlBaseUrl link locale_url prepend relative_url url url_for"
URL_FILTERS = frozenset(_URL_FILTERS.split())
NAMESPACES = ("site.", "page.", "jekyll.", "config.", "theme.")

_VALUE = re.compile(r"-?\s*(?:\"([^\"]*)\"|'([^']*)'|([\w.\[\]'\"-]+?))\s*((?:\|[^|]*)*)-?")
_FILTER = re.compile(r"\|\s*([\w.]+)\s*:?([^|]*)")
# What Markdown would take as a mark; a backslash would show in raw HTML
_ESCAPES = str.maketrans({mark: f"&#{ord(mark)};" for mark in "<*_~$`\\|"})


def read_tag(_body: Body, token: Token) -> Tag | None:
    """Return a `{% tag %}`."""
    return parse_tag(token)


def read_comment(_body: Body, token: Token) -> Found | None:
    """Return a `{# comment #}`."""
    return Found(token.start, token.end, removed="{# #}") if token.inner[:1].isspace() else None


def read_value(body: Body, token: Token) -> Found | str:
    """Return what a `{{ value }}` stands for; any other expression as text."""
    value = _VALUE.fullmatch(token.inner.strip())
    if value is None or not _is_known_to_generators(value):
        return f"{token.opening}{token.inner.translate(_ESCAPES)}{token.closing}"
    made = _evaluated(value, body)
    if made is None:
        return Found(token.start, token.end, removed=body.text[token.start : token.end])
    return made


def _is_known_to_generators(value: re.Match[str]) -> bool:
    """Return whether a value is a literal, has a name that generators define, or is made a URL."""
    name = value[3]
    return name is None or name.startswith(NAMESPACES) or name in ("toc", "TOC") or _is_url(value)


def _is_url(value: re.Match[str]) -> bool:
    return any(name in URL_FILTERS for name, _ in _FILTER.findall(value[4]))


def _evaluated(value: re.Match[str], body: Body) -> str | None:
    """Return the text or URL that a value stands for; None when it is not known."""
    text = _looked_up(value, body)
    if text is None:
        return None
    for kind, argument in _FILTER.findall(value[4]):
        if kind == "prepend":
            text = _argument(argument, body) + text
        elif kind == "append":
            text += _argument(argument, body)
    if _is_url(value):
        return text.replace(" ", "%20")
    return text if (value[3] or "").endswith("url") else text.translate(_ESCAPES)


def _argument(text: str, body: Body) -> str:
    value = _VALUE.fullmatch(text.strip())
    return (value and _evaluated(value, body)) or ""


def _looked_up(value: re.Match[str], body: Body) -> str | None:
    double, single, name, filters = value.groups()
    if name:
        return _variables(body).get(name)
    text = double or single or ""
    if text.startswith("/") and _is_url(value) and "prepend" not in filters:
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
