"""Admonitions as block quotes with a bold title.

`:::note` of Docusaurus, VuePress and Quarto, `/// note` of PyMdown, `> [!NOTE]` of GitHub and Obsidian. Those of MkDocs
are in `mkdocs`.
"""

import re

from digest.markdown.foreign import shortcodes
from digest.markdown.foreign.body import Body, Tag, Token
from digest.markdown.foreign.kramdown import id_in

_KINDS = (
    "abstract attention bug caution check danger error example fail failure faq hint important info info-box missing "
    "note question quote secondary success summary tip tldr todo warning"
)
KINDS = frozenset(_KINDS.split())
CONTAINER = ":::"
SLASHES = "///"

_KIND = re.compile(r"[{ .]*(?:callout-)?([A-Za-z][\w-]*)")
_CALLOUT = re.compile(r"([A-Za-z][\w-]*)(?:\|[^\]]*)?\][+-]?(.*)")
_TITLE = re.compile(r"\btitle=(?:\"([^\"]*)\"|'([^']*)')")


def read_container(_body: Body, token: Token) -> Tag | None:
    """Return the tag for a line that begins or ends a container; an unknown kind becomes a `div`."""
    spec = token.inner.lstrip(":").strip()
    if token.prefix is None:
        return None
    if not spec:
        return Tag(CONTAINER, CONTAINER, closing=True)
    kind = _KIND.match(spec)
    if kind is None and not spec.startswith("{"):
        return None
    name = kind[1].lower() if kind else ""  # `{#id}`
    title = _title(spec, spec[kind.end() :]) if kind else ""
    if name in KINDS:
        title = title or default_title(name)
        name = "note"
    elif not shortcodes.find(name).block:
        name = "div"
    return Tag(name, CONTAINER, closed_by=CONTAINER, prefix=token.prefix, named={"title": title})


def read_slashes(body: Body, token: Token) -> Tag | None:
    """Return the tag for a line that begins or ends a block of PyMdown: `/// note | Title`, `///`."""
    spec = token.inner.lstrip("/").strip()
    if token.prefix is None:
        return None
    if not spec:
        return Tag(SLASHES, SLASHES, closing=True)
    name, _, title = (part.strip() for part in spec.partition("|"))
    if not name.replace("-", "").isalnum() or body.find(f"\n{token.prefix}{SLASHES}\n", token.start) >= len(body.text):
        return None
    if name in KINDS:
        title = title or default_title(name)
        name = "note"
    elif not shortcodes.find(name).block:
        name = "div"
    return Tag(name, SLASHES, closed_by=SLASHES, prefix=token.prefix, named={"title": title})


def read_callout(_body: Body, token: Token) -> str | None:
    """Return the title of a callout, `> [!NOTE] Title`."""
    callout = _CALLOUT.fullmatch(token.inner)
    if callout is None or not token.prefix or ">" not in token.prefix:
        return None
    title = callout[2].strip() or default_title(callout[1])
    return f"**{title}**\n{token.prefix.rstrip()}"


def read_tab(body: Body, token: Token) -> str | None:
    """Return the label of a tab in a container, `@tab npm` or `@tab:active npm`, as in VuePress."""
    label = token.inner.removeprefix(":active").partition("#")[0].strip()
    if token.prefix is None or not label or body.find(CONTAINER, 0) >= len(body.text):
        return None
    return f"**{label}**\n{token.prefix.rstrip()}"


def default_title(kind: str) -> str:
    """Return the title of a block of `kind` that has none of its own."""
    return kind.replace("-", " ").capitalize()


def _title(spec: str, rest: str) -> str:
    """Return the title in the `rest` after a container's kind: `note Title`, `note[Title]`, `{.note} Title`.

    It may also be an attribute, as in Quarto: `{.callout-note title="Title"}`.
    """
    named = _TITLE.search(rest)
    if named:
        return named[1] or named[2] or ""
    if rest.startswith("["):
        return rest[1:].partition("]{")[0].removesuffix("]")
    if spec.startswith("{") or rest.startswith("{"):
        return rest.partition("}")[2].strip()
    title, brace, attributes = rest.rpartition("{")
    if not brace or id_in(attributes.rstrip().removesuffix("}")) is None:
        title = rest
    return "" if '="' in title else title.strip()  # attributes
