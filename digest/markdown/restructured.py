"""reStructuredText to raw HTML, by docutils, which the extra `rst` installs.

Nothing is read from elsewhere: directives that insert files or raw text are off, and no configuration file is heeded.
Roles that a post defines end with it. The HTML is sanitized like that of Markdown.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, ClassVar, NamedTuple

from docutils import nodes
from docutils.core import publish_parts
from docutils.parsers.rst import Directive, directives, roles
from docutils.parsers.rst.directives.images import Figure
from docutils.transforms import Transform
from docutils.writers.html5_polyglot import HTMLTranslator, Writer

from digest.collector.post import Post
from digest.markdown import embeds
from digest.markdown.bounds import RefusedError
from digest.markdown.foreign.links import NIKOLA, resolved
from digest.markdown.foreign.more import MORE, is_mark
from digest.markdown.foreign.site_links import SiteLinks
from digest.problems import Problem

MAX_CHARACTERS = 300_000
MAX_CELLS = 20_000
MAX_EFFORT = 100_000_000  # sum over the blocks of characters times marks
MAX_SUBSTITUTIONS = 10_000
MAX_WARNINGS = 20

_SETTINGS = {
    "_disable_config": True,
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 2,
    "halt_level": 5,
    "line_length_limit": MAX_CHARACTERS,
    "warning_stream": False,
    "traceback": True,
    "doctitle_xform": False,
    "docinfo_xform": False,
    "initial_header_level": 2,
    "syntax_highlight": "none",
    "math_output": "LaTeX",
    "toc_backlinks": False,
    "section_self_link": False,
    "embed_stylesheet": False,
    "stylesheet_path": "",
    "output_encoding": "unicode",
}
_MARKS = ("*", "`", "|", "_ ", "_\n", "_.", "_,", "_:", "_;", "_)")
_PLAYERS = {
    "youtube": "https://www.youtube.com/embed/",
    "vimeo": "https://player.vimeo.com/video/",
}
_ROLES: dict[str, Any] = vars(roles)["_roles"]  # docutils never forgets the roles of a document


class Page(NamedTuple):
    """A body in HTML, the line in it that ends its lead, and warnings."""

    html: str
    cut: str  # empty when no mark ends the lead
    problems: tuple[Problem, ...]


def to_html(source: str, links: SiteLinks) -> Page:
    """Return the HTML of a post's scrubbed reStructuredText: not yet sanitized. Raises RefusedError beyond a bound."""
    if len(source) > MAX_CHARACTERS:
        raise RefusedError("body-too-long", f"more than {MAX_CHARACTERS:,} characters of reStructuredText")
    _check_marks(source)
    found: list[nodes.system_message] = []
    settings = _SETTINGS | {
        "language_code": _language(links.post.language),
        "digest_messages": found,
        "digest_link": lambda url: resolved(url, links),
    }
    own_roles = dict(_ROLES)
    try:
        parts = publish_parts(source, writer=_BodyWriter(), settings_overrides=settings)
    except RecursionError as error:
        raise RefusedError("nested-too-deeply", "reStructuredText is nested too deeply") from error
    finally:
        _ROLES.clear()
        _ROLES.update(own_roles)
    html = str(parts["fragment"])
    return Page(html, MORE if MORE in html else "", tuple(_warnings(found, links.post)))


def _check_marks(source: str) -> None:
    """Raise RefusedError for blocks of too many marks, or too large tables.

    docutils reads the rest of a block at each mark that is not closed.
    """
    effort = cells = 0
    for block in source.split("\n\n"):
        effort += len(block) * sum(map(block.count, _MARKS))
        lines = block.split("\n")
        columns = max(len(line.split()) if line.strip("= ") == "" else 0 for line in lines)
        cells += columns * len(lines)
    if effort > MAX_EFFORT:
        raise RefusedError("too-many-marks", "a paragraph of too much inline markup")
    if cells > MAX_CELLS:
        raise RefusedError("table-too-large", f"a table of more than {MAX_CELLS:,} cells")


def _language(tag: str) -> str:
    """Return the language of the names of directives and admonitions: the post's if docutils knows it."""
    code = tag.partition("-")[0].lower()
    is_known = code.isalpha() and find_spec(f"docutils.languages.{code}") is not None
    return code if is_known else "en"


def _warnings(messages: list[nodes.system_message], post: Post) -> Iterator[Problem]:
    shown: set[tuple[int, str]] = set()
    for message in messages:
        line = post.body_line + int(message.get("line", 1)) - 1
        text = message[0].astext() if message.children else message.astext()
        if (line, text) not in shown and len(shown) < MAX_WARNINGS:
            shown.add((line, text))
            yield Problem(
                post.path, line, 0, "rst", " ".join(text.split())[:300], "see `digest help markdown`", "warning"
            )


class _Player(Directive):
    """A video of Nikola's `youtube` and `vimeo`, as the frame that its site gives."""

    required_arguments = 1
    has_content = False
    option_spec: ClassVar[dict[str, Any]] = dict.fromkeys(("height", "width", "align"), directives.unchanged)

    def run(self) -> list[nodes.Node]:
        address = _PLAYERS[self.name] + self.arguments[0].strip()
        return [nodes.raw("", f"<p>{embeds.link(address)}</p>\n", format="html")]


class _Thumbnail(Figure):
    """Nikola's picture that leads to a larger one."""


def _abbreviation(
    _role: str, raw: str, text: str, _line: int, _inliner: Any, *_: Any
) -> tuple[list[nodes.Node], list[Any]]:
    """Return Pelican's ``:abbr:`HTML (its meaning)` ``."""
    short, _mark, meaning = text.rstrip(")").partition(" (")
    return [nodes.abbreviation(raw, short, explanation=meaning)], []


def _link_to_post(
    _role: str, raw: str, text: str, _line: int, inliner: Any, *_: Any
) -> tuple[list[nodes.Node], list[Any]]:
    """Return Nikola's ``:doc:`its text <slug>` ``; only the text when the address is not known."""
    shown, _mark, slug = text.rstrip(">").rpartition("<")
    url = inliner.document.settings.digest_link(f"{NIKOLA}slug/{slug}")
    words = shown.strip() or slug
    return [nodes.reference(raw, words, refuri=url) if url else nodes.Text(words)], []


class _NoClock(Directive):
    """The directive `date`, which would make a build depend on the clock."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        raise self.error("the day of a build is not shown: write the date")


class _Bound(Transform):
    """Refuse substitutions that grow beyond a bound, each made of several others."""

    default_priority = 210  # before docutils replaces them

    def apply(self) -> None:
        self._used: dict[str, int] = {}  # substitutions within each, by its name
        if sum(map(self._size, _substitutions(self.document))) > MAX_SUBSTITUTIONS:
            raise RefusedError("too-many-substitutions", f"more than {MAX_SUBSTITUTIONS:,} substitutions")

    def _size(self, name: str) -> int:
        if name not in self._used:
            self._used[name] = 0  # in a circle, which docutils reports
            definition = self.document.substitution_defs.get(self.document.substitution_names.get(name, ""))
            inner = _substitutions(definition) if definition is not None else []
            self._used[name] = 1 + sum(map(self._size, inner))
        return self._used[name]


def _substitutions(node: nodes.Element) -> list[str]:
    return [nodes.fully_normalize_name(found["refname"]) for found in node.findall(nodes.substitution_reference)]


class _Tidy(Transform):
    """Take out messages, tables of contents and comments; mark the end of the lead; resolve the site's own links."""

    default_priority = 950  # after all of docutils' own

    def apply(self) -> None:
        settings = self.document.settings
        self._take_out_messages(settings.digest_messages)
        for topic in list(self.document.findall(nodes.topic)):
            if "contents" in topic["classes"]:
                topic.parent.remove(topic)
        for comment in list(self.document.findall(nodes.comment)):
            ends_lead = is_mark(comment.astext())
            comment.replace_self(nodes.raw("", f"{MORE}\n", format="html") if ends_lead else [])
        for link in self.document.findall(nodes.reference):
            if "refuri" in link:
                link["refuri"] = settings.digest_link(link["refuri"])
        for image in self.document.findall(nodes.image):
            image["uri"] = settings.digest_link(image["uri"])
            image.setdefault("alt", "")  # else the address would be shown
        for title in self.document.findall(nodes.title):
            if isinstance(title.parent, nodes.admonition):
                title.children = [nodes.strong("", "", *title.children)]

    def _take_out_messages(self, found: list[nodes.system_message]) -> None:
        for problematic in list(self.document.findall(nodes.problematic)):
            index = problematic.parent.index(problematic)
            problematic.parent[index] = nodes.Text(problematic.astext())
        for message in list(self.document.findall(nodes.system_message)):
            found.append(message)
            message.parent.remove(message)
        for section in list(self.document.findall(nodes.section)):
            if "system-messages" in section["classes"]:
                section.parent.remove(section)


class _Translator(HTMLTranslator):
    """The writer of the elements that docutils writes in other ways than comrak does."""

    def visit_literal_block(self, node: nodes.Element) -> None:
        language = next((name for name in node["classes"] if name not in ("code", "literal-block")), "")
        self.body.append(f'<pre><code class="language-{self.attval(language)}">' if language else "<pre><code>")

    def depart_literal_block(self, _node: nodes.Element) -> None:
        self.body.append("</code></pre>\n")

    def visit_literal(self, node: nodes.Element) -> None:
        self.body.append(f"<code>{self.encode(node.astext())}</code>")
        raise nodes.SkipNode

    def visit_abbreviation(self, node: nodes.Element) -> None:
        title = node.get("explanation", "")
        self.body.append(f'<abbr title="{self.attval(title)}">' if title else "<abbr>")

    def visit_doctest_block(self, _node: nodes.Element) -> None:
        self.body.append('<pre><code class="language-pycon">')

    def depart_doctest_block(self, _node: nodes.Element) -> None:
        self.body.append("</code></pre>\n")

    def visit_math(self, node: nodes.Element, _environment: str = "") -> None:
        self.body.append(f'<code class="language-math">{self.encode(node.astext())}</code>')
        raise nodes.SkipNode

    def visit_math_block(self, node: nodes.Element) -> None:
        self.body.append(f'<pre><code class="language-math">{self.encode(node.astext())}</code></pre>\n')
        raise nodes.SkipNode

    def visit_admonition(self, _node: nodes.Element) -> None:
        self.body.append("<blockquote>\n")

    def depart_admonition(self, _node: nodes.Element | None = None) -> None:
        self.body.append("</blockquote>\n")


class _BodyWriter(Writer):
    def __init__(self) -> None:
        super().__init__()
        self.translator_class = _Translator

    def get_transforms(self) -> list[type[Transform]]:
        return [*super().get_transforms(), _Bound, _Tidy]


for _name in _PLAYERS:
    directives.register_directive(_name, _Player)
directives.register_directive("thumbnail", _Thumbnail)
directives.register_directive("date", _NoClock)
_ROLES |= {"abbr": _abbreviation, "doc": _link_to_post}
