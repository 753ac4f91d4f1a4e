"""Parse tags of template languages, their arguments and their closing tags."""

import re

from digest.markdown.foreign.body import Tag, Token

# A tag that includes a file stands for a tag with the file's name: `{% include youtube.html id="x" %}`.
INCLUDES = frozenset(("include", "include_cached", "include_relative", "partial", "readfile", "render", "component"))
ZOLA_END = ""  # the name of `{% end %}`, which closes the last tag

_NAME = re.compile(r"[A-Za-z_][\w./:-]*")
_KEY = r"(?:([\w:@-]+)\s*(?:=|:(?=\s*[\"']))\s*)?"
_QUOTED = r"(?<!\\)\"((?:\\.|[^\"\\])*)\"|(?<!\\)'((?:\\.|[^'\\])*)'|`([^`]*)`|\{([^{}]*)\}|\[([^\][]*)\]"
_ARGUMENT = re.compile(rf"{_KEY}(?:{_QUOTED}|([^\s,\"'`{{}}][^\s,\"`{{}}]*))", re.DOTALL)
_END_TAG = r"\{%[-~+]?\s*(?:end_?|/\s*)([\w-]*)(?:\s[\w\s-]*)?[~+]?%\}"
_END_SHORTCODE = r"\{\{[<%]\s*/\s*([\w./:-]*)\s*[>%]\}\}"
_END_ELEMENT = r"(\[)/([a-z][\w-]*)\]|(<)/([A-Z][\w.]*)\s*>"
_CLOSING = re.compile(f"{_END_TAG}|{_END_SHORTCODE}|{_END_ELEMENT}")


def parse_tag(token: Token) -> Tag | None:
    """Parse a token as a tag; None when it does not begin with a name."""
    inner = token.inner.strip("-~+ \n\t")
    closing = inner.startswith("/")
    found = _NAME.match(inner.removeprefix("/").lstrip())
    if found is None:
        return None
    name = found[0].lower().rstrip("/")
    rest = found.string[found.end() :].strip()
    shown = f"{token.opening} {name} {token.closing}"
    liquid = token.opening == "{%"
    if liquid and name.startswith("end"):
        closing = True
        name = name.removeprefix("end").lstrip("_")
    if rest.startswith("(") and rest.endswith(")"):  # a Zola shortcode or a Nunjucks macro
        rest = rest[1:-1]
        shown = f"{token.opening} {name}() {token.closing}"
    file = ""
    is_relative = name == "include_relative"
    if name in INCLUDES and rest:
        file, _, rest = rest.replace("\n", " ").partition(" ")
        file = file.strip("\"',")
        name = file.rpartition("/")[2].partition(".")[0].lower()
        shown = f"{{% include {name} %}}"
        liquid = True
    args, named = arguments(rest)
    return Tag(
        name=name,
        shown=shown,
        closed_by=name,
        liquid=liquid,
        closing=closing,
        prefix=token.prefix,
        args=args,
        named=named,
        rest=rest,
        file=file,
        is_relative=is_relative,
    )


def closed_names(text: str) -> dict[str, int]:
    """Return the names of the closing tags in `text`, with the offset of the last of each.

    The name of a WordPress shortcode has a prefix `[`, that of a component `<`.
    """
    return {_closed_name(closing): closing.start() for closing in _CLOSING.finditer(text)}


def find_closing(text: str, name: str, position: int) -> tuple[int, int]:
    """Return the `[start, end)` of the next tag that closes `name`. There must be one: see `closed_names`."""
    closings = _CLOSING.finditer(text, position)
    return next(closing.span() for closing in closings if _closed_name(closing) == name)


def _closed_name(closing: re.Match[str]) -> str:
    tag, shortcode, *element = (group or "" for group in closing.groups())
    return "".join(element) or (tag or shortcode).strip("-").lower()


def arguments(text: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the arguments without and with a name: `value`, `"value"`, `key=value`, `key: "value"`."""
    args: list[str] = []
    named: dict[str, str] = {}
    for match in _ARGUMENT.finditer(text):
        key = match[1]
        value = match[match.lastindex or 0].replace('\\"', '"').strip()
        if key:
            named.setdefault(key.lower(), value)
        elif value != "/":  # of a tag that closes itself: `{{< x />}}`
            args.append(value)
    return tuple(args), named
