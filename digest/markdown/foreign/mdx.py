"""MDX: Markdown with ES modules and components (https://mdxjs.com/docs/what-is-mdx/).

Modules and components go, and what a component encloses stays. Docusaurus reads its `.md` files as MDX too, so imports
of names, and comments in braces, go from any post.
"""

import re

from digest.markdown.foreign.body import Body, Found, Token

_IMPORT = re.compile(r"import\s+(?:[\w*{}\s,$]{1,500}\s+from\s+)?['\"][^'\"\n]+['\"]\s*;?[ \t]*$", re.MULTILINE)
_EXPORTED = re.compile(r"(?:const|let|var|default|function|async|class|\{)")
_BRACES = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
_ATTRIBUTE = rf"\s+[\w:-]+(?:=(?:\"[^\"]*\"|'[^']*'|{_BRACES}))?|\s*{_BRACES}"
_COMPONENT = re.compile(rf"</?[A-Z][\w.]*(?:{_ATTRIBUTE})*\s*/?>")
_VALUE = re.compile(r"\" \"|' '|[a-zA-Z_]\w*(?:\.\w+)+")


def read_named_import(body: Body, token: Token) -> Found | None:
    """Return an import of names from an ES module."""
    found = read_import(body, token)
    return found if found and " from " in body.text[found.start : found.end] else None


def read_import(body: Body, token: Token) -> Found | None:
    """Return an import of an ES module."""
    found = _IMPORT.match(body.text, token.start) if token.prefix == "" else None
    return Found(token.start, found.end()) if found else None


def read_export(_body: Body, token: Token) -> str | None:
    """Return an export of an ES module, which ends at an empty line."""
    return "" if token.prefix == "" and _EXPORTED.match(token.inner) else None


def read_component(body: Body, token: Token) -> Found | None:
    """Return a component's opening or closing tag."""
    component = _COMPONENT.match(body.text, token.start)
    return Found(token.start, component.end()) if component else None


def read_value(_body: Body, token: Token) -> str | None:
    """Return a `{frontmatter.title}`, whose value nothing here knows."""
    return " " if _VALUE.fullmatch(token.inner) else None
