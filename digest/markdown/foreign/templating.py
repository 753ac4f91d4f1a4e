"""Templating that other generators leave in Markdown bodies, as Markdown: no reader ever sees `{% include %}`.

Statements (`{% word %}`, `{{< word >}}`, `{{% word %}}`, attribute lists, MDX imports and components) become what
`shortcodes` makes of them; unknown ones go, with a warning, and what they enclose stays. Of `{{ expressions }}` only
those that Liquid and Zola posts have are replaced; any other is text. What stands in code is the post's subject and
stays as it is. One pass from left to right, in time linear in the length of the post.
"""

import html as entities
import re

from msgspec import Struct

from digest.collector.post import Post
from digest.config.schema import Config
from digest.markdown import codespans
from digest.markdown.foreign import blocks, expressions, shortcodes
from digest.markdown.foreign.shortcodes import DETAILS, NOTES, QUOTES, SILENT, VERBATIM, Tag
from digest.patterns import pattern
from digest.problems import Problem

MARK = "\ufdd0"  # stands where the `more` mark was; a noncharacter, which no scrubbed source has

_MARKS = codespans.BEGINNINGS
_SIGNS = ("{", "<", "|")  # one is in each of them, and one sign is found faster than two
_TOKEN = pattern(  # each alternative begins with a character, so that the search skips to those
    r"\{(?:(?P<hugo>\{[<%])|(?P<liquid>%)|(?P<expression>\{)|(?P<note>\#)|(?P<mdx>/\*)|(?P<ial>:{1,2}[^{}\n]{0,300}\})"
    r"|(?P<attributes>[ ]?[.a-zA-Z#][^{}\n]{0,300}\}))|<(?P<comment>!--)|\*(?P<merge>\|)"
)
_HUGO_ESCAPE = pattern(r"\{\{([<%])/\*([^*{]*+)\*/([>%])\}\}")
_RAW = pattern(r"\{%-?\s*+(?:end)?raw\s*+-?%\}")
_MORE = pattern(r"(?:more|readmore|read more|truncate|end_?excerpt|excerpt|endsummary)", re.IGNORECASE)
_CLOSED = pattern(r"\{\{[<%]\s*/\s*([\w./-]+)|\{%-?\s*end_?([\w-]*)|\{%-?\s*/\s*([\w-]+)")
_UNSPACED = pattern(r"^([A-Za-z][\w-]*)(?=[\"`])")
_NAME = pattern(r"[A-Za-z_][\w./:-]*")
_ATTRIBUTE_LIST = pattern(  # possessive, so that no list takes long to be refused
    r"\{:{0,2}\s*+(?:(?:\.[\w:-]++|#[\w:.-]++|[\w:-]++=(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'{}]++)|(?<={:)toc)[\s,]*+)++\}"
)
_KRAMDOWN_OPTION = pattern(r"\{::(?:[\w-]+[^}]*|/[\w-]*)/?\}|\{:/[\w-]*\}")
_HEXO_LANGUAGE = pattern(r"\blang:([\w+#-]+)")
_ID = pattern(r"#([\w:.-]+)")
_INSIDE = pattern(r"(?:\]\(|href=[\"'])#([\w:.-]++)")
_TOC_ITEM = pattern(r"(?:^|\n)[ \t]*(?:[*+-]|\d+[.)])[ \t]+[^\n]{0,60}\n$")
_ZOLA_STATEMENT = pattern(r"([A-Za-z_][\w:]*)\((.*)\)", re.DOTALL)
_MIRRORED = str.maketrans("{<", "}>")
_FAR = 8_000  # no tag is longer
_WIDE = 300  # as far as a line is looked along
_MAX_WARNINGS = 20


_ENCLOSING = QUOTES | NOTES | DETAILS | SILENT


class Plain(Struct, frozen=True):
    """A body without templating: its Markdown, the mark where it was cut (empty without one), and what was removed."""

    markdown: str
    cut: str = ""
    problems: tuple[Problem, ...] = ()


def replace(source: str, post: Post, config: Config) -> Plain:
    """Return `source`, scrubbed, as plain Markdown, with a warning for each name of a tag that was removed."""
    mdx = post.path.endswith(".mdx")
    may = any(map(source.__contains__, _SIGNS)) and any(map(source.__contains__, _MARKS))
    if not may or not _TOKEN.search(source):
        return Plain(blocks.replace(source, mdx=mdx))
    walk = _Walk(source, post, config)
    text = walk.run()
    return Plain(blocks.replace(text, mdx=mdx), MARK if walk.cut else "", tuple(walk.problems))


class _Walk:
    """One pass over a body."""

    def __init__(self, text: str, post: Post, config: Config) -> None:
        self.text = text
        self.post = post
        self.config = config
        self.out: list[str] = []
        self.problems: list[Problem] = []
        self.warned: set[str] = set()
        self.ends: dict[str, int] = {}
        self.open: list[tuple[str, str]] = []  # name of a tag with content, and what closes it
        self.closed = {"".join(found).lower() for found in _CLOSED.findall(text)}
        self.targets: set[str] | None = None  # ids that links of the post point to, once they are asked for
        self.cut = False

    def run(self) -> str:
        """Return the text with every tag outside code replaced."""
        position, text = 0, self.text
        code = codespans.regions(text)
        region = next(code, None)
        while token := _TOKEN.search(text, position):
            while region and region[1] <= token.start():
                self.keep(position, region)
                position = max(position, region[1])
                region = next(code, None)
            if region and region[0] <= token.start():
                self.keep(position, region)
                position = region[1]
                region = next(code, None)
                continue
            self.out.append(text[position : token.start()])
            kind = token.lastgroup or ""
            made, position, restart = getattr(self, f"_{kind}")(token)
            self.out.append(made)
            if restart:
                code = codespans.regions(text, position)
                region = next(code, None)
        self.out.append(text[position:])  # code without a token in it is kept as it is
        return "".join(self.out)

    def keep(self, position: int, region: tuple[int, int]) -> None:
        """Copy up to the end of a code region, verbatim but for the marks by which generators let tags stand."""
        start, end = region
        self.out.append(self.text[position : max(position, start)])
        code = self.text[max(position, start) : end]
        if "{%" in code and "endraw" in code:
            parts = _RAW.split(code)
            paired = len(parts) > 1 and len(parts) % 2 == 1
            if paired and not any("{%" in part or "{{" in part for part in parts[::2]):
                code = "".join(parts)
        if "/*" in code:
            code = _HUGO_ESCAPE.sub(r"{{\1\2\3}}", code)
        self.out.append(code)

    def find(self, end: str, position: int) -> int:
        """Return where `end` next stands, or -1. No part of the text is searched twice, so that time stays linear."""
        known = self.ends.get(end, 0)
        if 0 <= known < position:
            known = self.ends[end] = self.text.find(end, position)
        return known if known - position <= _FAR else -1

    def indent(self, start: int) -> str | None:
        """Return the white space before a tag that is the first on its line; None when something else stands there."""
        line = self.text[max(0, self.text.rfind("\n", max(0, start - _WIDE), start) + 1, start - _WIDE) : start]
        return line if not line.strip() and len(line) < _WIDE else None

    def alone(self, start: int, end: int) -> bool:
        """Return whether nothing else stands on the line of a tag."""
        after = self.text.find("\n", end, end + _WIDE)
        rest = self.text[end : after if after >= 0 else end + _WIDE]
        return self.indent(start) is not None and not rest.strip()

    def gone(self, start: int, end: int) -> str:
        """Return what stands for a tag that goes: on a line of its own a comment, which ends no block that it is in."""
        return "<!-- -->" if self.alone(start, end) else ""

    def warn(self, start: int, shown: str, name: str) -> None:
        """Note that a tag was removed: the first of each name."""
        if name in self.warned or len(self.warned) >= _MAX_WARNINGS:
            return
        self.warned.add(name)
        line = self.text.count("\n", 0, start)
        self.problems.append(
            Problem(
                self.post.path,
                self.post.body_line + line,
                start - self.text.rfind("\n", 0, start),
                "templating-removed",
                f"{shown} is another generator's templating; it was removed",
                "write it in Markdown or HTML, or show it as code",
                "warning",
            )
        )

    def _hugo(self, token: re.Match[str]) -> tuple[str, int, bool]:
        start, opening = token.start(), token[0]
        end = self.find(">}}" if opening[2] == "<" else "%}}", token.end())
        if end < 0:
            return opening.replace("<", "&lt;"), token.end(), False
        inner = self.text[token.end() : end].strip()
        end += 3
        if inner.startswith("/*"):
            return entities.escape(f"{opening}{inner.strip('/*')}{self.text[end - 3 : end]}", quote=False), end, False
        closing = inner.startswith("/")
        inner = inner.strip("/ \n\t")
        inner = _UNSPACED.sub(r"\1 ", inner)
        if not _NAME.match(inner):
            return opening.replace("<", "&lt;"), token.end(), False
        return self.statement(shortcodes.parse(inner, liquid=False), start, end, opening, closing=closing)

    def _liquid(self, token: re.Match[str]) -> tuple[str, int, bool]:
        start = token.start()
        end = self.find("%}", token.end())
        inner = self.text[token.end() : end].strip("-~+ \n\t") if end >= 0 else ""
        closing = inner.startswith("/")
        inner = inner.removeprefix("/").lstrip()
        if end < 0 or not _NAME.match(inner):
            return token[0], token.end(), False
        end += 2
        if call := _ZOLA_STATEMENT.fullmatch(inner):
            inner = f"{call[1]} {call[2]}"
        tag = shortcodes.parse(inner, liquid=True)
        if tag.name.startswith("end") and tag.name != "endtab":
            tag, closing = tag._replace(name=tag.name[3:].lstrip("_")), True
        return self.statement(tag, start, end, "{%", closing=closing)

    def statement(self, tag: Tag, start: int, end: int, opening: str, *, closing: bool) -> tuple[str, int, bool]:
        """Return what a tag becomes, where reading goes on, and whether code has to be looked for anew from there."""
        shown = f"{opening} {tag.name} {opening[::-1].translate(_MIRRORED)}"
        if closing:
            return self.close(tag, start, end), end, False
        if tag.name in VERBATIM and (inner := self.content(tag.name, end)):
            made = self.verbatim(tag, start, (end, *inner), shown)
            return made, inner[1], True
        if tag.name in ("include", "include_cached", "include_relative", "partial", "render", "component") and tag.rest:
            name, _, rest = tag.rest.partition(" ")
            stem = name.strip("\"',").rpartition("/")[2].partition(".")[0].lower()
            tag = shortcodes.parse(f"{stem} {rest}", liquid=True)
            shown = f"{{% include {stem} %}}"
        if tag.name in _ENCLOSING and (tag.name in self.closed or ("" in self.closed and tag.liquid)):
            return self.enclose(tag, start, end), end, False
        known = shortcodes.known(tag, self.post, self.config) if tag.name not in self.closed else None
        if known is not None:
            before, after = self.text[start - 1 : start], self.text[end : end + 1]
            return (known or self.gone(start, end)) + " " * (before == "(" and after == '"'), end, False
        if tag.name not in SILENT:
            self.warn(start, shown, tag.name)
        return self.gone(start, end), end, False

    def content(self, name: str, position: int) -> tuple[int, int] | None:
        """Return where the content of a verbatim tag ends and where its closing tag does."""
        if name not in self.closed:
            return None
        found = _end_of(name).search(self.text, position)
        if not found:
            self.closed.discard(name)  # do not look again
        return found.span() if found else None

    def verbatim(self, tag: Tag, start: int, places: tuple[int, int, int], shown: str) -> str:
        """Return the content of a tag that holds code, or text to be left alone, or nothing to show."""
        inner = self.text[places[0] : places[1]]
        kind = VERBATIM[tag.name]
        if kind == "as it is":
            return inner
        if kind == "nothing":
            if tag.name != "comment":
                self.warn(start, shown, tag.name)
            return self.gone(start, places[2])
        if "\n" not in inner and kind == "code":
            return (
                f"<mark>{inner}</mark>"
                if not tag.rest
                else f"<code>{entities.escape(inner.strip(), quote=False)}</code>"
            )
        language = tag.named.get("lang") or tag.named.get("language") or ""
        if tag.name == "codeblock":  # Hexo: title lang:js
            language = found[1] if (found := _HEXO_LANGUAGE.search(tag.rest)) else language
        elif not language:
            language = next((arg for arg in tag.args if arg.replace("+", "").replace("#", "").isalnum()), "")
        first = self.indent(start)
        indent = first or ""
        longest = max((len(run) for run in re.findall(r"`{3,}", inner)), default=2)
        fence = "`" * (longest + 1)
        named = language if kind == "code" else kind
        body = inner.removeprefix("\r").lstrip("\n").rstrip()
        head = "\n\n" if first is None else ""
        return f"{head}{fence}{named}\n{body}\n{indent}{fence}\n"

    def enclose(self, tag: Tag, start: int, end: int) -> str:
        """Return the beginning of what a tag with content becomes."""
        first = self.indent(start)
        indent = first or ""
        head = "\n\n" if first is None else ""
        title = tag.named.get("title") or tag.named.get("summary") or tag.named.get("header") or ""
        if tag.name in SILENT:
            self.open.append((tag.name, ""))
            return f"{head}\n{indent}**{title}**\n\n{indent}" if title else self.gone(start, end)
        if tag.name in DETAILS:
            self.open.append((tag.name, f"\n\n{indent}</details>\n\n"))
            title = title or " ".join(tag.args) or "…"
            return f"{head}<details><summary>{shortcodes.inline(title)}</summary>\n\n{indent}"
        author = ""
        if tag.name in QUOTES:
            title = ""
            named = tag.named
            author = named.get("author") or named.get("source") or named.get("cite") or (tag.rest if not named else "")
        signed = f"\n\n{indent}— {author.strip(chr(34))}" if author else ""
        self.open.append((tag.name, f"{signed}\n\n{indent}</blockquote>\n\n"))
        return f"{head}<blockquote>\n\n{indent}" + (f"**{title}**\n\n{indent}" if title else "")

    def close(self, tag: Tag, start: int, end: int) -> str:
        """Return the end of what a tag with content became; Zola's `{% end %}` closes the last one."""
        for place in range(len(self.open) - 1, max(-1, len(self.open) - 20), -1):
            if not tag.name or self.open[place][0] == tag.name:
                return self.open.pop(place)[1] or self.gone(start, end)
        return self.gone(start, end)

    def _expression(self, token: re.Match[str]) -> tuple[str, int, bool]:
        """`{{ }}`: what Liquid and Zola posts have is replaced, anything else is text."""
        start = token.start()
        end = self.find("}}", token.end())
        if end < 0:
            return token[0], token.end(), False
        inner = self.text[token.end() : end]
        made, known = expressions.replace(inner, self.post, self.config)
        end += 2
        if not known:
            self.warn(start, f"{{{{{inner}}}}}", inner.strip())
        return made or self.gone(start, end), end, False

    def _note(self, token: re.Match[str]) -> tuple[str, int, bool]:
        """`{# a comment #}`, or an attribute list, or text."""
        if attributes := _ATTRIBUTE_LIST.match(self.text, token.start()):
            return self.attribute_list(attributes), attributes.end(), False
        end = self.find("#}", token.end())
        if end < 0 or not self.text[token.end() : token.end() + 1].isspace():
            return token[0], token.end(), False
        self.warn(token.start(), "{# #}", "{#")
        return self.gone(token.start(), end + 2), end + 2, False

    def _mdx(self, token: re.Match[str]) -> tuple[str, int, bool]:
        end = self.find("*/}", token.end())
        if end < 0:
            return token[0], token.end(), False
        return self.comment_of(self.text[token.end() : end], token.start(), end + 3), end + 3, False

    def _comment(self, token: re.Match[str]) -> tuple[str, int, bool]:
        end = self.find("-->", token.end())
        if end < 0:
            return token[0], token.end(), False
        inner = self.text[token.end() : end]
        if _MORE.fullmatch(inner.strip()):
            return self.comment_of(inner, token.start(), end + 3), end + 3, False
        return self.text[token.start() : end + 3], end + 3, False

    def comment_of(self, inner: str, start: int, end: int) -> str:
        """Return the `more` mark for the first comment that is one, else nothing."""
        if _MORE.fullmatch(inner.strip()) and not self.cut:
            self.cut = True
            return f"\n\n{MARK}\n\n"
        return self.gone(start, end)

    def _merge(self, token: re.Match[str]) -> tuple[str, int, bool]:
        r"""`*|NAME|*` is no emphasis."""
        return r"\*|", token.end(), False

    def _ial(self, token: re.Match[str]) -> tuple[str, int, bool]:
        """Kramdown's attribute lists and options."""
        if option := _KRAMDOWN_OPTION.fullmatch(token[0]):
            return self.gone(token.start(), token.end()), option.end() + token.start(), False
        if not (attributes := _ATTRIBUTE_LIST.fullmatch(token[0])):
            return token[0], token.end(), False
        if re.search(r"(?<![.#\w])toc\b", token[0]) and self.out and (item := _TOC_ITEM.search(self.out[-1])):
            self.out[-1] = self.out[-1][: item.start() + 1]
        return self.attribute_list(attributes) or self.gone(token.start(), token.end()), token.end(), False

    def _attributes(self, token: re.Match[str]) -> tuple[str, int, bool]:
        """Pandoc's and Markdown extensions' attribute lists, after a link, a picture or a heading."""
        found = _ATTRIBUTE_LIST.fullmatch(token[0])
        near = self.text[max(0, token.start() - _WIDE) : token.start()]
        line = near[near.rfind("\n") + 1 :].rstrip(" ")
        after = line[-1:]
        heading = line.lstrip().startswith("#") and self.text[token.end() : token.end() + 1] in ("", "\n")
        if not found or not (heading or after in (")", "]", "`")):
            return token[0], token.end(), False
        return self.attribute_list(found), token.end(), False

    def attribute_list(self, found: re.Match[str]) -> str:
        """Return what of an attribute list is worth keeping: the id that links in the post point to."""
        named = _ID.search(found[0])
        if self.targets is None:
            self.targets = set(_INSIDE.findall(self.text))
        return f'<a id="{entities.escape(named[1])}"></a>' if named and named[1] in self.targets else ""


def _end_of(name: str) -> re.Pattern[str]:
    quoted = re.escape(name)
    return re.compile(
        rf"\{{%[-~]?\s*(?:end_?{quoted}|/{quoted}|end)\s*[-~]?%\}}|\{{\{{[<%]\s*/\s*{quoted}\s*[>%]\}}\}}",
        re.IGNORECASE,
    )
