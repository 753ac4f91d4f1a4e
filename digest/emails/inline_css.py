"""CSS into `style` attributes, by premailer, made exact.

premailer is exact for simple selectors in one plain sheet, and wrong about the rest: it strips `!important` from what
it keeps, counts attribute and pseudo-class selectors wrongly, fetches from the network and rewrites attributes. So the
sheet is split first: what can be inlined goes through premailer, what can not (`@media`, `:hover`, hooks of mail
clients) stays, letter for letter, in a `<style data-premailer="ignore">`. What neither half can say right is a problem
with its file and line.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct

from digest.emails import plain_css
from digest.patterns import pattern
from digest.problems import Problem
from digest.stand_ins import StandIn, standing_in

# Selectors that match nothing here, but match what a mail client puts around or into the message.
_HOOK = pattern(
    r"data-og|MessageViewBody|x-apple|ExternalClass|#outlook|moz-text|^u \+|ReadMsgBody|yahoo|\.msg-", re.IGNORECASE
)
_DYNAMIC = pattern(
    r":(?:hover|focus|focus-visible|focus-within|active|visited|target|checked|link)\b|::|:(?:before|after|first-l)"
)
# premailer counts only #, . and elements; anything else gets the wrong weight or is passed over.
_INEXACT = pattern(r"\[|\*|~|:|\\|\|")
_STYLE_LIMIT = 16_384  # bytes; Gmail drops a <style> that is longer
_SHORT_COLOUR = pattern(r"#[0-9a-fA-F]{3,4}\b(?![0-9a-fA-F])")
# A rule that ends where it seems to: no escapes, at-rules, blocks in blocks, strings or comments that hold a brace.
_RULE = pattern(
    r"""\s*([^{}@"'\\/<()]+)\{"""
    r"""(?:[^{}@"'\\/<()]|/(?!\*)|/\*[^{}*]*\*/|"[^"\\\n{}]*"|'[^'\\\n{}]*'|\((?:[^{}@"'\\/<()]|/(?!\*))*\))*\}"""
)
_SIMPLE = pattern(r"[\w\s.#>+-]+")
_NAME = pattern(r"[.#]?[\w-]+")
_MARK = "<!--digest:cut-->"
_APART = "<digest-apart></digest-apart>"  # between pieces, so that none is the neighbour of another for `+`
_OPTIONS: dict[str, Any] = {
    "allow_network": False,
    "disable_link_rewrites": True,
    "align_floating_images": False,
    "disable_leftover_css": True,
    "disable_validation": True,
}


class Sheet(Struct, frozen=True):
    """A style sheet in two halves: `inline` for premailer, `kept` for the page's `<style>`."""

    inline: str
    kept: str
    problems: tuple[Problem, ...] = ()

    @property
    def styles(self) -> str:
        """Both halves as `<style>` elements: what stands in a page before inlining."""
        kept = f'<style data-premailer="ignore">{self.kept}</style>' if self.kept else ""
        return f"<style>{self.inline}</style>{kept}"


@lru_cache(maxsize=64)
def split(css: str, path: str) -> Sheet:
    """Return `css` in its two halves, with a problem (in `path`) for each rule that can not be inlined exactly."""
    import tinycss2

    inline: list[str] = []
    kept: list[str] = []
    problems: list[Problem] = []

    def warn(node: Any, code: str, message: str, hint: str) -> None:
        problems.append(Problem(path, node.source_line, node.source_column, code, message, hint, "warning"))

    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type == "error":
            warn(rule, "css-syntax", f"the style sheet can not be read here: {rule.message}", "correct the CSS")
        elif rule.type == "at-rule":
            kept.append(rule.serialize())
            _check_at_rule(rule, warn)
        else:
            _split_rule(rule, inline, kept, warn)
    kept_css = "\n".join(kept)
    if len(kept_css.encode()) > _STYLE_LIMIT:
        message = (
            f"what can not be inlined is {len(kept_css.encode()):,} bytes; Gmail drops a <style> over {_STYLE_LIMIT:,}"
        )
        problems.append(Problem(path, 0, 0, "css-too-long", message, "shorten @media and :hover rules", "warning"))
    return Sheet("\n".join(inline), kept_css, tuple(problems))


def _check_at_rule(rule: Any, warn: Any) -> None:
    if rule.lower_at_keyword in ("import", "charset", "namespace"):
        warn(rule, "css-import", f"@{rule.at_keyword} is dropped by mail clients", "put the rules into this file")
    for token in rule.content or ():
        if token.type == "at-keyword":
            message = f"@{token.value} inside @{rule.at_keyword}: Gmail drops the whole <style>"
            warn(token, "css-nested-at-rule", message, "write the two as separate rules")


def _split_rule(rule: Any, inline: list[str], kept: list[str], warn: Any) -> None:
    import tinycss2

    body = tinycss2.serialize(rule.content).strip()
    plain: list[str] = []
    for selector in selectors(rule.prelude):
        if _HOOK.search(selector) or _DYNAMIC.search(selector):
            kept.append(f"{selector}{{{body}}}")
        elif _INEXACT.search(selector):
            message = f"the selector `{selector}` can not be inlined exactly, and is kept in <style>"
            warn(rule, "css-selector", message, "use element, class, id, descendant, > and + selectors")
            kept.append(f"{selector}{{{body}}}")
        else:
            plain.append(selector)
    if not plain:
        return
    for token in rule.content:
        if token.type == "hash" and len(token.value) in (3, 4):
            warn(token, "css-colour", f"#{token.value}: some mail clients know only six digits", "write #rrggbb")
        if token.type == "function" and token.lower_name == "var":
            warn(token, "css-variable", "var() is not known to most mail clients", "use {{ theme.… }} in the template")
    inline.append(f"{', '.join(plain)} {{{body}}}")


def is_inlined(selector: str) -> bool:
    """Whether premailer is given a selector; others are kept in `<style>`."""
    return not any(pattern.search(selector) for pattern in (_HOOK, _DYNAMIC, _INEXACT))


def selectors(prelude: Sequence[Any]) -> Iterator[str]:
    """Yield the selectors of a rule, white space collapsed."""
    import tinycss2

    part: list[Any] = []
    for token in [*prelude, None]:
        if token is None or (token.type == "literal" and token.value == ","):
            if selector := " ".join(tinycss2.serialize(part).split()):
                yield selector
            part = []
        else:
            part.append(token)


@lru_cache(maxsize=64)
def _pieces(css: str) -> tuple[tuple[str, tuple[frozenset[str], ...]], ...]:
    """Return the rules of a sheet, each with the names that its selectors ask for.

    A sheet that does not say plainly where its rules end is one piece, and asks for nothing.
    """
    found: list[tuple[str, tuple[frozenset[str], ...]]] = []
    end = 0
    while rule := _RULE.match(css, end):
        found.append((rule[0], tuple(map(_asked_for, rule[1].split(",")))))
        end = rule.end()
    return ((css, (frozenset(),)),) if css[end:].strip() else tuple(found)


def _asked_for(selector: str) -> frozenset[str]:
    """Return the elements, `.classes` and `#ids` without which a selector matches nothing."""
    if not _SIMPLE.fullmatch(selector):
        return frozenset()
    return frozenset(name if name[0] in ".#" else name.lower() for name in _NAME.findall(selector))


def _names(root: Any) -> frozenset[str]:
    """Return the elements, `.classes` and `#ids` of a tree."""
    found: set[str] = set()
    for element in root.iter("*"):
        found.add(element.tag)
        found.update(f".{name}" for name in element.get("class", "").split())
        if name := element.get("id"):
            found.add(f"#{name}")
    return frozenset(found)


@lru_cache(maxsize=1)
def _inliner() -> Any:
    """Return premailer with its rules remembered: it would read the whole sheet anew for every piece of a page."""
    with standing_in(StandIn("requests"), plain_css.reader()):
        import premailer
    if "cssutils" in sys.modules:  # then premailer has it
        plain_css.cssutils()

    @lru_cache(maxsize=2048)
    def read(css: str) -> Any:
        rules, leftover = premailer.Premailer("", **_OPTIONS, cache_css_parsing=False)._parse_style_rules(css, 0)
        return [(*rule, _asked_for(rule[1])) for rule in rules], leftover

    class Inliner(premailer.Premailer):  # type: ignore[misc]
        def _parse_style_rules(self, css_body: str | None, ruleset_index: int) -> Any:
            """Read only rules that can match: reading one is slow, and a page without code needs none for code."""
            names = _names(self.html)
            found: list[Any] = []
            leftover: list[Any] = []
            for css, selectors in _pieces(css_body or ""):
                if any(asked <= names for asked in selectors):
                    rules, left = read(css)
                    leftover += left
                    for specificity, selector, style, asked in rules:
                        if asked <= names:
                            found.append(((*specificity[:4], ruleset_index, len(found)), selector, style))
            return found, leftover

        def _style_to_basic_html_attributes(self, *_: Any, **__: Any) -> None:
            """Set none: the widths, heights and alignments in a template are meant."""

    return Inliner


def inline(page: str) -> str:
    """Return a whole page with its `<style>` inlined; a `<style data-premailer="ignore">` stays as it is."""
    page = page.strip()
    return _inlined(page, _parsed(page))


def fragments(pieces: Sequence[str], css: str, ancestors: Sequence[str]) -> list[str]:
    """Return pieces of a page inlined with `css` as if each stood inside `ancestors` (opening tags, outermost first).

    Only simple selectors are inlined, so what stands beside a piece can not change how it looks: a page put together
    from pieces is the page inlined whole.
    """
    closing = "".join(f"</{re.split(r'[ >]', tag[1:], maxsplit=1)[0]}>" for tag in reversed(ancestors))
    inner = "".join(f"{_APART}{_MARK}{piece}{_MARK}" for piece in pieces)
    head = f"<!DOCTYPE html><html><head><style>{css}</style></head>"
    page = f"{head}{''.join(ancestors)}{inner}{closing}</html>"
    root = _parsed(page)
    if len(pieces) == 1 or _are_apart(root, len(pieces)):
        made = _inlined(page, root).split(_MARK)[1::2]
        if len(pieces) in (1, len(made)):
            return made[: len(pieces)]
    return [found for piece in pieces for found in fragments([piece], css, ancestors)]


def _are_apart(root: Any, count: int) -> bool:
    """Whether no piece reaches beyond its place, as one with an end tag too many or an open `<script>` does."""
    from lxml import etree

    order: list[str] = []
    places: list[Any] = []
    for node in root.iter("digest-apart", etree.Comment):
        if node.tag is etree.Comment:
            order += [_MARK] * (f"<!--{node.text}-->" == _MARK)
        else:
            order.append(_APART)
            places.append(node.getparent())
    return order == [_APART, _MARK, _MARK] * count and len(set(places)) == 1


def _parsed(page: str) -> Any:
    from lxml import etree

    return etree.fromstring(page, etree.HTMLParser())


def _inlined(page: str, root: Any) -> str:
    """Return a page, of which `root` is the tree, inlined."""
    from lxml import etree

    _inliner()(root, **_OPTIONS).transform()
    tree = root.getroottree()
    whole = tree if page.startswith(tree.docinfo.doctype) else root  # lxml adds a doctype where there is none
    return str(etree.tostring(whole, method="html", encoding="utf-8").decode("utf-8"))
