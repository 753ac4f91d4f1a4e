"""The HTML allowed in feeds, e-mails and pages: elements, attributes and attribute values.

The one place where this is decided; docs/markdown.md lists it for users. Elements in neither `TAGS` nor `DROPPED` are
removed, and their content stays.
"""

import re
from collections.abc import Callable

_INLINE = "a abbr b bdi bdo big br cite code del dfn em i img ins kbd mark q rp rt ruby s samp small span strike strong"
_BLOCK = (
    "address article aside blockquote center details div dl dd dt figcaption figure footer h1 h2 h3 h4 h5 h6 header"
)
_TABLE = "caption col colgroup table tbody td tfoot th thead tr"
TAGS = frozenset(
    f"{_INLINE} sub sup time tt u var wbr {_BLOCK} hr li main nav ol p pre section summary ul {_TABLE}".split()
)
_WITH_CONTENT = "datalist noembed noframes noscript script style svg template title xmp"
DROPPED = frozenset(_WITH_CONTENT.split())  # removed with their content
SCHEMES = frozenset(("http", "https", "mailto", "tel"))  # of URLs
ATTRIBUTES = {
    "*": {"dir", "id", "lang"},
    "a": {"aria-label", "href", "title"},
    "abbr": {"title"},
    "blockquote": {"cite"},
    "code": {"class"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "dfn": {"title"},
    "img": {"alt", "height", "src", "title", "width"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"reversed", "start", "type"},
    "q": {"cite"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "time": {"datetime"},
}

_LANGUAGE_CLASS = re.compile(  # also of `js{1,3}`, `{.python .numbered}`, `{r}`, `rust,ignore`, `js:title`
    r"language-(?:\{ ?\.?)?([\w+#.-]{1,40})(?![\w+#.-])"
)
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_NUMBER = re.compile(r"\s*(-?[0-9]{1,5})(?:\.[0-9]+)?\s*(?:px)?\s*")

ValueFilter = Callable[[str], str | None]  # returns the allowed value, None to remove the attribute


def _keyword(*words: str) -> ValueFilter:
    return lambda value: value.lower() if value.lower() in words else None


def _number(lowest: int, highest: int) -> ValueFilter:
    def filtered(value: str) -> str | None:
        number = _NUMBER.fullmatch(value)
        return number[1] if number and lowest <= int(number[1]) <= highest else None

    return filtered


def _list_type(value: str) -> str | None:
    return value if value in ("1", "a", "A", "i", "I") else None


def _language_class(value: str) -> str | None:
    for name in value.split():
        language = _LANGUAGE_CLASS.match(name)
        if language:
            return f"language-{language[1]}"
    return None


def _language_tag(value: str) -> str | None:
    return value if _LANGUAGE_TAG.fullmatch(value) else None


def _nothing(_value: str) -> str:
    return ""


VALUE_FILTERS: dict[str, ValueFilter] = {  # by attribute; others may have any value, but for URLs and ids
    "align": _keyword("left", "right", "center"),
    "class": _language_class,
    "colspan": _number(1, 100),
    "dir": _keyword("ltr", "rtl", "auto"),
    "height": _number(0, 10_000),
    "lang": _language_tag,
    "open": _nothing,
    "reversed": _nothing,
    "rowspan": _number(1, 1_000),
    "scope": _keyword("row", "col", "rowgroup", "colgroup"),
    "span": _number(1, 100),
    "start": _number(-99_999, 99_999),
    "type": _list_type,
    "value": _number(-99_999, 99_999),
    "width": _number(0, 10_000),
}


def hides(name: str, value: str) -> bool:
    """Return whether an element with this attribute is not displayed, or is the visual duplicate of a KaTeX formula."""
    if name == "class":
        return "katex-html" in value.split()
    return name == "hidden" or (name == "style" and _declarations(value).get("display", "").startswith("none"))


def is_pixel(image: dict[str, str]) -> bool:
    """Return whether an image with these attributes is at most a pixel wide or high."""
    style = _declarations(image.get("style", ""))
    sizes = {image.get("width"), image.get("height"), style.get("width"), style.get("height")}
    return not sizes.isdisjoint(("0", "1", "0px", "1px"))


def _declarations(style: str) -> dict[str, str]:
    """Return the values of a `style` attribute by property, in lower case."""
    declarations = (declaration.partition(":") for declaration in style.lower().split(";"))
    return {name.strip(): value.strip() for name, _, value in declarations}
