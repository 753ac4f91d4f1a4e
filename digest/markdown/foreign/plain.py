"""Convert a post with templating and Markdown dialects to Markdown that comrak knows.

Tags are replaced by the results of their handlers; unknown tags are removed with a warning, and their content stays.
Markdown dialects follow, since their titles may contain tags. Code stays as it is. Each step takes time linear in the
length of the post.
"""

import re

from msgspec import Struct, structs

from digest.markdown.bounds import check_tags
from digest.markdown.foreign import fences, hugo, kramdown, liquid, mdx, quarto, references, shortcodes, tags
from digest.markdown.foreign.admonitions import CONTAINER, SLASHES
from digest.markdown.foreign.body import Body, Found, Tag, joined
from digest.markdown.foreign.handlers import TITLES, Block, layout
from digest.markdown.foreign.includes import included
from digest.markdown.foreign.more import MORE, MORE_BLOCK
from digest.markdown.foreign.site_links import SiteLinks
from digest.markdown.foreign.syntaxes import DIALECTS, TEMPLATING, TEMPLATING_IN_MDX, Scanner
from digest.markdown.foreign.verbatim import find_kept
from digest.markdown.nested import with_markdown_inside
from digest.markdown.places import warning_at
from digest.problems import Problem

LAST_LINE = "\n\n"  # so that each line and each paragraph ends
MAX_WARNINGS = 20
MAX_NESTED = 20  # tags opened inside the one that a closing tag closes
MAX_DEPTH = 10  # blocks with indented content inside each other

_MARKDOWN = (".md", ".markdown")
_LINK_INSIDE = re.compile(r"(?:\]\(|href=[\"'])#([\w:.-]+)")

_PART = r"(?:\{\{[^{}]*\}\}|\{%[^{}]*%\}|[^\s()\"'<>{])*"
_DESTINATION = re.compile(_PART)
_BEFORE_DESTINATION = re.compile(
    rf"(?:\]\(\s*<?|(?:href|src)\s*=\s*[\"']|(?:^|\n) {{0,3}}\[[^\]\n]+\]:[ \t]*<?)({_PART})\Z"
)
NOWHERE = "about:blank"  # the destination of a link definition whose URL is unknown; links to it are removed
MAX_DESTINATION = 500  # characters to look back from removed syntax


class Plain(Struct, frozen=True):
    """A body without templating.

    `cut` is the HTML comment that ends the lead of the post, in `markdown` and in the HTML that comrak makes of
    it, on a line of its own; empty when the author set no mark. Only the first counts.
    """

    markdown: str
    cut: str = ""
    problems: tuple[Problem, ...] = ()


def plain_markdown(source: str, links: SiteLinks) -> Plain:
    """Return `source`, scrubbed, as plain Markdown, with a warning for each name of a tag that was removed."""
    text = source + LAST_LINE
    scanner = TEMPLATING
    if mdx.is_mdx(links.post.path, source):
        text = mdx.unindented(text)
        scanner = TEMPLATING_IN_MDX
    body = _body(hugo.without_accidental_code(text), links)
    liquid.assign_variables(body)
    stretches = _read(body, scanner)
    marks = [n for n, stretch in enumerate(stretches) if stretch.made == MORE_BLOCK]
    for n in marks[1:]:
        stretches[n] = Found(stretches[n].start, stretches[n].end)
    markdown = _without_dialects(joined(body, stretches), links, is_mdx=scanner is TEMPLATING_IN_MDX)
    problems = (*_warnings(body, stretches), *references.undefined(body, markdown))
    return Plain(markdown.removesuffix(LAST_LINE), MORE if marks else "", problems)


def plain_html(source: str, links: SiteLinks) -> Plain:
    """Return `source`, scrubbed HTML, without templating, with a warning for each name of a tag that was removed."""
    body = _body(_unindented_html(source) + LAST_LINE, links)
    liquid.assign_variables(body)
    stretches = _read(body, TEMPLATING)
    return Plain(joined(body, stretches), "", tuple(_warnings(body, stretches)))


def _unindented_html(source: str) -> str:
    """Return HTML without the indentation that Markdown would take for code, but in `<pre>`."""
    pieces = source.split("<pre")
    unindented = ["\n".join(map(str.lstrip, pieces[0].split("\n")))]
    for piece in pieces[1:]:
        kept, end, rest = piece.partition("</pre>")
        unindented.append(kept + end + "\n".join(map(str.lstrip, rest.split("\n"))))
    return "<pre".join(unindented)


def _body(text: str, links: SiteLinks) -> Body:
    return Body(
        text=text,
        links=links,
        closed=tags.closed_names(text),
        linked_ids=frozenset(_LINK_INSIDE.findall(text)),
        definitions=references.definitions(text),
        imports=mdx.imported_files(text),
        tab_labels=mdx.tab_labels(text),
        variables={},
        included=[],
        searched={},
    )


def _without_dialects(markdown: str, links: SiteLinks, *, is_mdx: bool) -> str:
    markdown = fences.with_titles(quarto.without_options(markdown))
    markdown = kramdown.with_delimiters(with_markdown_inside(markdown, is_mdx=is_mdx))
    for _ in range(MAX_DEPTH):
        body = Body(markdown, links, {CONTAINER: 0, SLASHES: 0})
        made = joined(body, _read(body, DIALECTS))
        if made == markdown:
            break
        markdown = made
    return markdown


def _read(body: Body, scanner: Scanner) -> list[Found]:
    """Return the replacements in a post, in order; code and raw content are replaced too."""
    kept = find_kept(body, scanner)
    stretches: list[Found] = []
    opened: list[tuple[str, str]] = []  # name of the closing tag, and its replacement
    position = 0
    while found := scanner.next(body, kept, position):
        if found.tag:
            found = _included(found, found.tag, body) or _replaced(found, found.tag, body, opened)
        stretches.append(_with_destination(found, body, stretches))
        check_tags(len(stretches))
        position = stretches[-1].end
    return stretches


def _replaced(found: Found, tag: Tag, body: Body, opened: list[tuple[str, str]]) -> Found:
    """Return `found` with the replacement for its tag."""
    made = found.made or _made(tag, found.content, body, opened)
    if not made and tag.file.endswith(_MARKDOWN):
        made = None
    around = body.text[found.start - 1] + body.text[found.end]
    if made and around == '("':  # [text]({{< ref "page" >}}"Title")
        made += " "
    is_told = made is None or _is_unknown(tag, found)
    return Found(found.start, found.end, made or "", removed=tag.shown if is_told else "")


def _is_unknown(tag: Tag, found: Found) -> bool:
    """Return whether a tag is not known, though its title may be shown."""
    return not tag.closing and not found.made and shortcodes.find(tag.name) is shortcodes.UNKNOWN


def _included(found: Found, tag: Tag, body: Body) -> Found | None:
    """Return the included file of a tag; None when there is none, or when its name is that of a known shortcode."""
    is_known = not tag.file.endswith(_MARKDOWN) and shortcodes.find(tag.name) != shortcodes.UNKNOWN
    text = included(tag, body) if tag.file and not is_known else None
    if text is None:
        return None
    inner = structs.replace(
        _body(text + LAST_LINE, body.links),
        variables={liquid.ARGUMENTS + key: [(0, value)] for key, value in tag.named.items()},
        included=body.included,
        within=(*body.within, tag.file),
    )
    liquid.assign_variables(inner)
    stretches = _read(inner, TEMPLATING)
    removed = [stretch.removed.rpartition(": ")[2] for stretch in stretches if stretch.removed]
    made = joined(inner, stretches).removesuffix(LAST_LINE)
    return Found(found.start, found.end, made or "<!-- -->", removed=f"{tag.shown}: {removed[0]}" if removed else "")


def _with_destination(found: Found, body: Body, before: list[Found]) -> Found:
    """Extend removed syntax in a link destination to the whole destination: a partial URL would lead elsewhere."""
    if not found.removed and not found.made.startswith("{{"):
        return found
    line_start = max(0, found.start - MAX_DESTINATION)
    beginning = _BEFORE_DESTINATION.search(body.text[line_start : found.start])
    if beginning is None:
        return found
    start = line_start + beginning.start(1)
    end = _DESTINATION.match(body.text, found.end)
    while before and before[-1].start >= start:
        before.pop()
    shown = found.removed or body.text[found.start : found.end]
    is_definition = beginning[0].lstrip().startswith("[")
    return Found(start, end.end() if end else found.end, NOWHERE if is_definition else "", removed=shown)


def _made(tag: Tag, content: str | None, body: Body, opened: list[tuple[str, str]]) -> str | None:
    """Return the replacement for a tag; None when it is unknown."""
    if tag.closing:
        return _close(tag.name, opened)
    shortcode = shortcodes.find(tag.name)
    if shortcode.raw and content is not None:
        return shortcode.raw(tag, content)
    closed = tag.closed_by in body.closed
    if shortcode.block and (closed or _is_of_zola(tag, body)):
        return _open(tag, shortcode.block(tag), opened)
    if closed:
        return _open(tag, layout(tag), opened) if _has_title(tag) else None
    return shortcode.single(tag, body) if shortcode.single else None


def _has_title(tag: Tag) -> bool:
    """Return whether a tag that is not known has a title."""
    return shortcodes.find(tag.name) is shortcodes.UNKNOWN and bool(tag.given(*TITLES))


def _is_of_zola(tag: Tag, body: Body) -> bool:
    """Return whether `{% end %}` may close a tag."""
    return tag.liquid and tags.ZOLA_END in body.closed


def _open(tag: Tag, block: Block, opened: list[tuple[str, str]]) -> str:
    """Return the text before the content of a tag, and push the text after it to `opened`."""
    prefix = tag.prefix or ""
    next_line = f"\n{prefix.rstrip()}"
    gap = f"{next_line}\n{prefix}"
    after = gap.join(("", *block.after)) + next_line * 2 if block.after else ""
    opened.append((tag.closed_by, after))
    before = gap.join((*block.before, "")) if block.before else ""
    return f"\n\n{before}" if before and tag.prefix is None else before


def _close(name: str, opened: list[tuple[str, str]]) -> str:
    """Return the text after the content of the tag that is closed."""
    for n in range(len(opened) - 1, max(-1, len(opened) - MAX_NESTED), -1):
        if name in (tags.ZOLA_END, opened[n][0]):
            return opened.pop(n)[1]
    return ""


def _warnings(body: Body, stretches: list[Found]) -> tuple[Problem, ...]:
    """Return a warning for the first occurrence of each removed tag."""
    first: dict[str, int] = {}
    for stretch in stretches:
        if stretch.removed and len(first) < MAX_WARNINGS:
            first.setdefault(stretch.removed, stretch.start)
    return tuple(_warning(body, shown, start) for shown, start in first.items())


def _warning(body: Body, shown: str, start: int) -> Problem:
    message = f"{shown} is another generator's templating; it was removed"
    hint = "write it in Markdown or HTML, or show it as code"
    return warning_at(body.post, body.text, start, "templating-removed", message, hint)
