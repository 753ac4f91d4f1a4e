"""MDX: Markdown with ES modules and components (https://mdxjs.com/docs/what-is-mdx/).

Modules and expressions are removed. A component keeps its content, its title and its link; a component with a known
name (`<Aside>`, `<TabItem>`, `<YouTube>`) is a tag of that name. Docusaurus reads its `.md` files as MDX too, so
imports of names, comments in braces, and elements with expressions for attributes are read in any post.
"""

import html as entities
import re
from collections.abc import Mapping

from digest.markdown.commonmark import inline_html as inline
from digest.markdown.elements import HTML
from digest.markdown.foreign import shortcodes
from digest.markdown.foreign.body import Body, Found, Tag, Token

_IMPORT = re.compile(r"import\s+(?:[\w*{}\s,$]{1,500}\s+from\s+)?['\"][^'\"\n]+['\"]\s*;?[ \t]*$", re.MULTILINE)
_DEFAULT_IMPORT = re.compile(r"^import\s+(\w+)\s+from\s+['\"]([^'\"\n]+)['\"]", re.MULTILINE)
_EXPORTED = re.compile(r"(?:const|let|var|default|function|async|class|\{)")
_BRACES = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
_ATTRIBUTE = re.compile(rf"\s+([\w:.-]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|{_BRACES}))?|\s*{_BRACES}")
_NAME = re.compile(r"<(/?)([A-Za-z][\w.]*)")
_END = re.compile(r"\s*(/?)>")
_FILE = re.compile(r"(?:require|useBaseUrl)\(\s*['\"]([^'\"]*)['\"]\s*\)(?:\.default)?")
_LITERAL = re.compile(r"\"([^\"]*)\"|'([^']*)'|`([^`$]*)`|(\d+)")
_TITLE = re.compile(r"front[mM]atter\.title|metadata\.title")
_LABEL = re.compile(r"\{[^{}]*?label:\s*['\"]([^'\"]*)['\"][^{}]*?value:\s*['\"]([^'\"]*)['\"]")

_MAX_EXPRESSION = 8_000  # characters
_LINKS = frozenset(("A", "Anchor", "Button", "ButtonLink", "Link", "LinkButton", "NavLink"))
_HEADS = frozenset(("Head", "Helmet", "Layout", "Meta", "SEO", "Script", "Seo"))
_VOID = frozenset(("area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))
_TITLES = ("title", "heading", "header", "label", "summary", "question", "text")
_DESCRIPTIONS = ("description", "subtitle", "desc", "caption")
_URLS = ("href", "to", "url", "link")
_STATIC = "@site/static/"


def is_mdx(path: str, source: str) -> bool:
    """Return whether a post is MDX: by its file's name, or because it begins with an import from a module."""
    first = source.lstrip()[:200]
    return path.endswith(".mdx") or (first.startswith("import ") and " from " in first and bool(_IMPORT.match(first)))


def imported_files(text: str) -> dict[str, str]:
    """Return the paths that the default imports of a post have, by their names."""
    return dict(_DEFAULT_IMPORT.findall(text)) if "import " in text else {}


def read_named_import(body: Body, token: Token) -> Found | None:
    """Return an import of names from an ES module."""
    found = read_import(body, token)
    return found if found and " from " in body.text[found.start : found.end] else None


def read_import(body: Body, token: Token) -> Found | None:
    """Return an import of an ES module."""
    found = _IMPORT.match(body.text, token.start) if token.prefix == "" else None
    return Found(token.start, found.end()) if found else None


def read_export(body: Body, token: Token) -> Found | None:
    """Return an export of an ES module, which ends at an empty line outside of braces."""
    if token.prefix != "" or not _EXPORTED.match(token.inner):
        return None
    position = token.end
    inner = body.text[token.start : position]
    while inner.count("{") > inner.count("}") and position - token.start < _MAX_EXPRESSION:
        following = body.text.find("\n\n", position)
        if following < 0:
            break
        inner = body.text[token.start : following]
        position = following + 2
    return Found(token.start, token.start + len(inner.rstrip()))


def read_value(body: Body, token: Token) -> Found | str | None:
    """Return the value of a literal, or the title of the post; remove any other expression with a warning."""
    before = body.text[token.start - 1 : token.start]
    end = _expression_end(body.text, token.start)
    inner = body.text[token.start + 1 : end - 1].strip()
    if end == 0 or "\\" in before + inner or before.isalnum() or before in tuple("^_$}"):
        return None
    if _TITLE.fullmatch(inner):
        return Found(token.start, end, entities.escape(body.post.title, quote=False))
    literal = _LITERAL.fullmatch(inner)
    if literal:
        return Found(token.start, end, entities.escape(literal[literal.lastindex or 0], quote=False) or " ")
    return Found(token.start, end, removed=f"{{{inner.partition('(')[0][:40]}}}")


def read_element(body: Body, token: Token) -> Found | None:
    """Return an HTML element that has expressions as attributes, with those that have a known value."""
    name = _NAME.match(body.text, token.start)
    if name is None or not name[2][0].islower():
        return None
    found = _attributes(body, name.end())
    if found is None:
        return None
    attributes, end, closes_itself = found
    if "={" not in body.text[name.end() : end].replace(" ", ""):
        return None
    written = "".join(f' {key}="{entities.escape(value)}"' for key, value in attributes.items() if value is not None)
    return Found(token.start, end, f"<{name[2]}{written}{' /' if closes_itself else ''}>")


def read_fragment(_body: Body, _token: Token) -> str:
    """Remove the tag of a fragment, `<>` or `</>`; its content stays."""
    return ""


def read_known_component(body: Body, token: Token) -> Found | None:
    """Return the replacement for a component's tag in a post that need not be MDX: one of a known name.

    It is closed, or closes itself and has attributes, so that it is no placeholder such as `<Link>`.
    """
    name = _NAME.match(body.text, token.start)
    if name is None or name[2].lower() in HTML or shortcodes.find(name[2].lower()) is shortcodes.UNKNOWN:
        return None
    found = read_component(body, token)
    is_closed = f"<{name[2]}" in body.closed
    tag = body.text[token.start : found.end] if found else ""
    is_single = tag.endswith("/>") and "=" in tag
    return found if is_closed or is_single else None


def read_component(body: Body, token: Token) -> Found | None:
    """Return the replacement for a component's opening or closing tag."""
    name = _NAME.match(body.text, token.start)
    found = _attributes(body, name.end()) if name else None
    if name is None or found is None:
        return None
    attributes, end, closes_itself = found
    tag = Tag(
        name=name[2].rpartition(".")[2].lower(),
        shown=f"<{name[2]}>",
        closed_by="" if closes_itself else f"<{name[2]}",
        closing=bool(name[1]),
        prefix=token.prefix,
        named=_lowered(attributes),
    )
    if name[2] in _HEADS:
        return Found(token.start, end)
    if name[2] in _LINKS and not closes_itself:
        return Found(token.start, end, _link_tag(tag))
    return _component(tag, body, Found(token.start, end))


def _link_tag(tag: Tag) -> str:
    return "</a>" if tag.closing else f'<a href="{entities.escape(tag.given(*_URLS))}">'


def _component(tag: Tag, body: Body, found: Found) -> Found:
    """Return a component as the tag of its name, or as its title, link and description."""
    if tag.closing:
        return Found(found.start, found.end, tag=Tag(tag.closed_by, "", closing=True))
    shortcode = shortcodes.find(tag.name)
    encloses = tag.closed_by in body.closed
    if encloses and shortcode.block:
        return Found(found.start, found.end, tag=_labelled(tag, body))
    stands_alone = shortcode.single and not shortcode.block and not encloses
    if stands_alone and tag.named:
        return Found(found.start, found.end, tag=tag)
    text = f"{_title(tag, encloses=encloses)} {inline(tag.given(*_DESCRIPTIONS))}".strip()
    if text and tag.prefix is not None:
        gap = f"\n{tag.prefix.rstrip()}\n{tag.prefix}"
        text = f"{gap}{text}{gap}"
    return Found(found.start, found.end, text)


def _lowered(attributes: Mapping[str, str | None]) -> dict[str, str]:
    return {key.lower(): value for key, value in attributes.items() if value}


def _title(tag: Tag, *, encloses: bool) -> str:
    """Return the title of a component, and its link when it stands alone."""
    title = tag.given(*_TITLES)
    url = tag.given(*_URLS)
    shown = f"<strong>{inline(title)}</strong>" if title else ""
    if url and not encloses:
        return f'<a href="{entities.escape(url)}">{shown or entities.escape(url)}</a>'
    return shown


def _labelled(tag: Tag, body: Body) -> Tag:
    """Return a tab with its label, which Docusaurus may have in the arguments of the enclosing tabs."""
    value = tag.given("value")
    if tag.name != "tabitem" or not value or tag.given("label"):
        return tag
    labels = body.tab_labels
    return Tag(tag.name, tag.shown, tag.closed_by, prefix=tag.prefix, named={"label": labels.get(value, value)})


def tab_labels(text: str) -> dict[str, str]:
    """Return the labels of tabs by their values: `values={[{label: 'Apple', value: 'apple'}]}`."""
    return {value: label for label, value in _LABEL.findall(text)} if "label:" in text else {}


def _attributes(body: Body, position: int) -> tuple[dict[str, str | None], int, bool] | None:
    """Return the attributes that begin at `position`, where the tag ends, and whether it closes itself."""
    attributes: dict[str, str | None] = {}
    start = position
    while attribute := _ATTRIBUTE.match(body.text, position, start + _MAX_EXPRESSION):
        position = attribute.end()
        if attribute[1]:
            attributes.setdefault(attribute[1], _value(attribute[2], body))
    end = _END.match(body.text, position)
    return (attributes, end.end(), bool(end[1])) if end else None


def _value(written: str | None, body: Body) -> str | None:
    """Return an attribute's value, empty for one without a value; None for an unknown expression."""
    if written is None:
        return ""
    if written[0] != "{":
        return entities.unescape(written[1:-1])
    expression = written[1:-1].strip()
    file = _FILE.fullmatch(expression)
    literal = _LITERAL.fullmatch(expression)
    value = body.imports.get(expression.partition(".")[0])
    if file:
        value = file[1]
    elif literal:
        value = literal[literal.lastindex or 0]
    if value and value.startswith(_STATIC):
        value = "/" + value.removeprefix(_STATIC)
    return value


def _expression_end(text: str, start: int) -> int:
    """Return where the braces end that open at `start`; 0 when they do not."""
    depth = 0
    for position in range(start, min(len(text), start + _MAX_EXPRESSION)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return position + 1
    return 0


def unindented(text: str) -> str:
    """Return MDX without the indentation of the content of elements, which Markdown would read as code.

    Content in a list keeps the indentation of the outermost element.
    """
    lines: list[str] = []
    opened: list[_Opened] = []  # the elements around a line, the outermost first
    is_unfinished = False  # the tag of an element goes on from line to line
    for line in text.split("\n"):
        content = line.lstrip(" \t")
        indentation = len(line.expandtabs(2)) - len(content.expandtabs(2))
        name = _NAME.match(content)
        if opened and name and name[1]:
            opened.pop()
        lines.append(_outdented(content, indentation, opened) if opened else line)
        is_unfinished = is_unfinished or _begins_element(content, name)
        if is_unfinished and content.rstrip().endswith(">"):
            is_unfinished = False
            if not content.rstrip().endswith("/>"):
                opened.append(_Opened(indentation))
    return "\n".join(lines)


class _Opened:
    """An element that is open, with the indentations of its tag and of its first line of content."""

    def __init__(self, indentation: int) -> None:
        self.indentation = indentation
        self.of_content: int | None = None


def _outdented(content: str, indentation: int, opened: list[_Opened]) -> str:
    around = opened[-1]
    if content and around.of_content is None:
        around.of_content = indentation
    within = max(0, indentation - (around.of_content or 0))
    return " " * (opened[0].indentation + within) + content


def _begins_element(content: str, name: re.Match[str] | None) -> bool:
    """Return whether a line begins an element, or a tag, that continues on the next lines."""
    if name is None or name[1] or name[2] in _VOID or "</" in content:
        return False
    return content.rstrip().endswith(">") or ">" not in content
