"""Blocks of Markdown dialects that CommonMark does not have, as blocks that it has.

Admonitions (Docusaurus and VuePress `:::note`, MkDocs `!!! note`, Obsidian and GitHub `> [!NOTE]`) become quotations
with a bold title, tabs their titles and contents, and MDX its Markdown. Marks for a table of contents go.
"""

import re

from digest.patterns import pattern

_FENCE = pattern(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}(?=[^`]*$)|~{3,})")
_CONTAINER = pattern(
    r"([ \t]*(?:>[ \t]?)*)(:{3,})[ \t]*(?:\{?[ ]?\.?([A-Za-z][\w-]*)([^}\n\[]*)\}?)?(?:\[(.*)\])?[ \t]*(.*)"
)
_ADMONITION = pattern(r"([ \t]*)(?:(!!!|\?\?\?\+?|={3}[!+]?)[ \t]+)(?:([\w -]*?)[ \t]*)(?:\"([^\"]*)\")?[ \t]*")
_ITEM = pattern(r"(?:[-*+]|\d{1,9}[.)])[ \t]")
_CALLOUT = pattern(r"([ \t]*(?:>[ \t]?)+)\[!([A-Za-z][\w-]*)\][+-]?[ \t]*(.*)")
_TOC = pattern(r"[ \t]*(?:\[\[?toc\]?\]|\$\{toc\}|@\[toc\].*)[ \t]*", re.IGNORECASE)
_ABBREVIATION = pattern(r"\*\[[^\]\n]+\]: ")
_EMBED = pattern(r"!\[\[([^\]\[|\n]+\.(?:png|jpe?g|gif|webp|svg))(?:\|([^\]\[\n]*))?\]\]", re.IGNORECASE)
_ADMONITIONS = (
    "abstract attention bug caution check danger details error example fail failure faq hint important info info-box "
    "missing note question quote secondary success summary tip tldr todo warning"
)
_KINDS = frozenset(_ADMONITIONS.split())
_IMPORT = pattern(r"import\s+(?:[\w*{}\s,$]+\s+from\s+)?['\"][^'\"\n]+['\"]\s*;?\s*")
_EXPORT = pattern(r"export\s+(?:const|let|var|default|function|async|class|\{)")
_COMPONENT = pattern(
    r"</?[A-Z][\w.]*(?:\s+[\w:-]+(?:=(?:\"[^\"]*\"|'[^']*'|\{(?:[^{}]|\{[^{}]*\})*\}))?|\s*\{\.\.\.\w+\})*\s*/?>"
)
_VALUE = pattern(r"\{(?:\" \"|' '|[a-zA-Z_]\w*(?:\.\w+)+)\}")
_BEGINS = pattern(  # a line that is changed, but for pictures; what none begins with is told first
    r"\n(?=[ \t>:\[!?=$@*i])"
    r"(?:[ \t>]*(?::::|\[!)|[ \t]*(?:(?:!!!|\?\?\?\+?|===[!+]?)[ \t]|(?:\[\[?|\$\{|@\[)(?i:toc))|\*\["
    r"|import [^\n]* from )"
)
_MAX_DEPTH = 10
_LONG = 300  # no line that opens a block is longer


def replace(text: str, *, mdx: bool = False) -> str:
    """Return `text` with the blocks of other dialects as quotations; with `mdx` also without imports and components."""
    if not mdx and "![[" not in text and not _BEGINS.search("\n" + text):
        return text
    lines = text.split("\n")
    if mdx or "\nimport " in text or text.startswith("import "):
        lines = _without_modules(lines, mdx=mdx)
    return "\n".join(_convert(lines, 0))


def _convert(lines: list[str], depth: int) -> list[str]:
    out: list[str] = []
    fence = ""
    listed = False  # in a list, whose content is indented
    opened: list[tuple[int, str]] = []  # number of colons and what closes, innermost last
    n = 0
    while n < len(lines):
        line = lines[n]
        n += 1
        if line[:1].strip():
            listed = _ITEM.match(line) is not None
        if fence:
            out.append(line)
            stripped = line.strip(" \t>")
            if stripped.startswith(fence) and not stripped.strip(fence[0]):
                fence = ""
        elif ("```" in line or "~~~" in line) and (found := _FENCE.match(line)):
            fence = found[1]
            out.append(line)
        elif not listed and line.startswith(("    ", "\t")):  # indented code, or text that goes on
            out.append(line)
        elif ":::" in line and len(line) < _LONG and (container := _CONTAINER.fullmatch(line)):
            out += _container(container, opened)
        elif depth < _MAX_DEPTH and (admonition := _admonition_at(line)):
            inner, n = _indented(lines, n, len(admonition[1]) + 4)
            if inner:
                out += _admonition(admonition, _convert(inner, depth + 1))
            else:
                out.append(line)
        elif "[!" in line and (callout := _CALLOUT.fullmatch(line)):
            prefix, kind, title = callout.groups()
            out += [f"{prefix}**{title or _named(kind)}**", prefix.rstrip()]
        elif ("[" in line or "${" in line) and (_TOC.fullmatch(line) or _ABBREVIATION.match(line)):
            out.append("")
        else:
            out.append(_EMBED.sub(r"![\2](<\1>)", line) if "![[" in line else line)
    return out + [closing for _, closing in reversed(opened)]


def _admonition_at(line: str) -> re.Match[str] | None:
    known = line.lstrip()[:3] in ("!!!", "???", "===") and len(line) < _LONG
    return _ADMONITION.fullmatch(line) if known else None


def _named(kind: str) -> str:
    return kind.replace("-", " ").capitalize()


def _container(found: re.Match[str], opened: list[tuple[int, str]]) -> list[str]:
    """Return the lines for the beginning or the end of a `:::` block."""
    prefix, colons, kind, attributes, label, rest = found.groups()
    if not kind:
        if rest or label:
            return [found[0]]
        closing = opened.pop()[1] if opened else ""
        return [prefix.rstrip(), prefix + closing, prefix.rstrip()] if closing else [prefix.rstrip()]
    title = label or rest or ("" if "=" in (attributes or "") or "." in (attributes or "") else (attributes or ""))
    title = title.strip(" }")
    if kind.lower() in _KINDS:
        opened.append((len(colons), "</blockquote>"))
        bare = prefix.rstrip()
        return [bare, f"{prefix}<blockquote>", bare, f"{prefix}**{title or _named(kind)}**", bare]
    opened.append((len(colons), ""))
    return [prefix.rstrip()]


def _indented(lines: list[str], n: int, columns: int) -> tuple[list[str], int]:
    """Return the lines from `n` indented by `columns` or blank, without that indentation, and where they end."""
    inner: list[str] = []
    pad = " " * columns
    while n < len(lines):
        line = lines[n].expandtabs(4) if lines[n][:1] == "\t" else lines[n]
        if line.strip() and not line.startswith(pad):
            break
        inner.append(line[columns:])
        n += 1
    while inner and not inner[-1].strip():
        inner.pop()
        n -= 1
    return inner, n


def _admonition(found: re.Match[str], inner: list[str]) -> list[str]:
    """Return a MkDocs block as a quotation, a foldable one as details, a tab as its title and content."""
    indent, mark, kind, title = found.groups()
    words = (kind or "").split()
    shown = title if title is not None else _named(words[0]) if words else ""
    inner = [indent + line for line in inner]
    if mark.startswith("="):
        return ["", f"{indent}**{title or kind}**", "", *inner, ""]
    if mark.startswith("?"):
        opening = " open" if mark.endswith("+") else ""
        return ["", f"{indent}<details{opening}><summary>{shown}</summary>", "", *inner, "", f"{indent}</details>", ""]
    head = [f"{indent}**{shown}**", ""] if shown else []
    return ["", f"{indent}<blockquote>", "", *head, *inner, "", f"{indent}</blockquote>", ""]


def _without_modules(lines: list[str], *, mdx: bool) -> list[str]:
    """Return `lines` without ES module lines at the top level and, in MDX, without components but their text."""
    out: list[str] = []
    fence = ""
    skipping = False
    for line in lines:
        if fence:
            out.append(line)
            stripped = line.strip(" \t>")
            if stripped.startswith(fence) and not stripped.strip(fence[0]):
                fence = ""
            continue
        if ("```" in line or "~~~" in line) and (found := _FENCE.match(line)):
            fence = found[1]
        if skipping and line.strip():
            continue
        skipping = False
        if line.startswith("import ") and (mdx or " from " in line) and _IMPORT.fullmatch(line):
            continue
        if mdx and (_EXPORT.match(line) or (line.startswith("import ") and line.rstrip().endswith(("{", ",")))):
            skipping = True
            continue
        out.append(_plain_mdx(line) if mdx and not fence else line)
    return out


def _plain_mdx(line: str) -> str:
    """Return a line of MDX outside code without components and without values."""
    parts = line.split("`")
    for n in range(0, len(parts), 2):
        if "<" in parts[n]:
            parts[n] = _COMPONENT.sub("", parts[n])
        if "{" in parts[n]:
            parts[n] = _VALUE.sub(" ", parts[n])
    return "`".join(parts)
