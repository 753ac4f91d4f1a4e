"""`{{ expressions }}` that Liquid, Nunjucks and Zola posts have in their bodies, as the text or URL they stand for.

Nothing is evaluated: a few names are looked up, and anything else is text, escaped so that it shows as it was typed.
"""

import re
from urllib.parse import urlsplit

from digest.collector.post import Post
from digest.config.schema import Config
from digest.markdown.foreign import shortcodes
from digest.patterns import pattern

_LIQUID_VALUE = pattern(
    r"-?\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<name>(?:site|page|jekyll|config|theme)\.[\w.\[\]'\"-]+)|(?P<other>[\w.]+))"
    r"(?P<filters>(?:\s*\|\s*[\w.]+(?:\s*:\s*[^|]*|\([^)|]*\))?)*)\s*-?"
)
_ZOLA_CALL = pattern(
    r"\s*([A-Za-z_][\w:]*)\(((?:\s*+\w++\s*+=\s*+(?:\"[^\"]*\"|'[^']*'|`[^`]*`|[\w.-]+|\[[^\]]*\])\s*+,?)*+)\s*+\)\s*"
)
_URL_FILTER = pattern(
    r"\|\s*(?:relative_url|absolute_url|url|asset_url|url_for|link|prepend|absolute_path|htmlBaseUrl|locale_url)\b"
)
_LONG = 1_000  # no expression is longer
_BEFORE_FILTER = pattern(r"\|\s*(prepend|append)\s*:\s*([^|]*)")
_SPECIAL = pattern(r"[*_~$`\\<|]")


def replace(inner: str, post: Post, config: Config) -> tuple[str, bool]:
    """Return what `{{inner}}` becomes, and whether it is known; what is not known but clearly a template's goes."""
    if len(inner) < _LONG and (call := _ZOLA_CALL.fullmatch(inner)):
        tag = shortcodes.parse(f"{call[1]} {call[2]}", liquid=False)
        made = shortcodes.known(tag, post, config)
        return made or "", made is not None
    value = _LIQUID_VALUE.fullmatch(inner) if len(inner) < _LONG else None
    if value and (value["other"] is None or _URL_FILTER.search(value["filters"])):
        made = liquid_value(value, post, config)
        return made or "", made is not None
    if inner.strip().lower() == "toc":
        return "", True
    return "{{" + escape(inner) + "}}", True


def escape(text: str) -> str:
    """Return `text` with what Markdown would take as a mark escaped."""
    return _SPECIAL.sub(lambda m: "&lt;" if m[0] == "<" else "\\" + m[0], text)


def liquid_value(value: re.Match[str], post: Post, config: Config) -> str | None:
    """Return the text or URL of a Liquid value with its filters; None when it is not known."""
    if value["other"]:
        return None
    name = value["name"]
    if name:
        text = _variable(name, post, config)
        if text is None:
            return None
    else:
        text = value["double"] or value["single"] or ""
    parts = urlsplit(config.site.url)
    for kind, argument in _BEFORE_FILTER.findall(value["filters"]):
        found = _LIQUID_VALUE.fullmatch(argument.strip())
        more = (liquid_value(found, post, config) or "") if found else ""
        text = more + text if kind == "prepend" else text + more
    if _URL_FILTER.search(value["filters"]) and text.startswith("/") and not name and "prepend" not in value["filters"]:
        text = parts.path.rstrip("/") + text
    if (name or "").endswith("url") or _URL_FILTER.search(value["filters"]):
        return text.replace(" ", "%20")
    return escape(text)


def _variable(name: str, post: Post, config: Config) -> str | None:
    parts = urlsplit(config.site.url)
    values = {
        "site.url": f"{parts.scheme}://{parts.netloc}",
        "site.baseurl": parts.path.rstrip("/"),
        "site.base_url": config.site.url.rstrip("/"),
        "site.title": config.site.title,
        "site.name": config.site.title,
        "site.description": config.site.description,
        "config.base_url": config.site.url.rstrip("/"),
        "page.title": post.title,
        "page.url": urlsplit(post.url).path,
    }
    return values.get(name)
