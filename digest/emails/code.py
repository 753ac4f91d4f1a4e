"""Syntax highlighting.

Colours are five classes: they take few bytes, which mail clients limit, and dark mode changes them in one place.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from digest.emails import tree

_LONGEST = 20_000  # characters; longer code is not highlighted
# Token types, with their subtypes, by class; other tokens have the colour of the text.
_HEADINGS = ("Generic.Heading", "Generic.Subheading")
_KINDS = {
    "hc": ("Comment",),
    "hf": ("Name.Function", "Name.Class", "Name.Attribute", "Name.Builtin", "Name.Decorator", *_HEADINGS),
    "hk": ("Keyword", "Operator.Word", "Name.Tag", "Generic.Deleted"),
    "hn": ("Literal.Number", "Literal.Date"),
    "hs": ("Literal.String", "Generic.Inserted"),
}
_CLASSES = {f"Token.{kind}": name for name, kinds in _KINDS.items() for kind in kinds}


def highlight(pre: Any) -> None:
    """Highlight a `<pre><code class="language-…">` in place; an unknown language stays plain."""
    pre.set("dir", "ltr")
    code = pre.find("code")
    if code is None:
        return
    name = code.attrib.pop("class", "").removeprefix("language-").lower()
    source = tree.text_of(code)
    if not name or len(source) > _LONGEST or len(code):
        return
    lexer = _lexer(name)
    if lexer is None:
        return
    code.text = ""
    for kind, tokens in groupby(_classified(lexer, source), key=lambda pair: pair[0]):
        _append(code, kind, "".join(text for _, text in tokens))


def _append(code: Any, kind: str, text: str) -> None:
    if kind:
        span = code.makeelement("span", {"class": kind})
        span.text = text
        code.append(span)
    elif len(code):
        code[-1].tail = text
    else:
        code.text = text


def _classified(lexer: Any, source: str) -> Iterator[tuple[str, str]]:
    """Yield each token's class and text; white space has the class of the token before it."""
    kind = ""
    for token, text in lexer.get_tokens(source):
        if text.strip():
            kind = _class_of(str(token))
        yield kind, text


def _class_of(kind: str) -> str:
    while kind:
        if kind in _CLASSES:
            return _CLASSES[kind]
        kind = kind.rpartition(".")[0]
    return ""


def _lexer(language: str) -> Any:
    """Return a lexer that pygments ships (never one of a plugin: builds are reproducible), or None."""
    from pygments.lexers import find_lexer_class, get_all_lexers

    if language in ("text", "output"):
        return None
    for name, aliases, _, _ in get_all_lexers(plugins=False):
        if language in aliases:
            lexer: Any = find_lexer_class(name)
            return lexer(stripnl=False, ensurenl=False)
    return None
