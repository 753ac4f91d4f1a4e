"""CSS into `style` attributes, by premailer, made exact.

premailer is exact for simple selectors in one plain sheet, and wrong about the rest: it strips `!important` from what
it keeps, counts attribute and pseudo-class selectors wrongly, fetches from the network and rewrites attributes. So the
sheet is split first: what can be inlined goes through premailer, what can not (`@media`, `:hover`, hooks of mail
clients) stays, letter for letter, in a `<style data-premailer="ignore">`. What neither half can say right is a problem
with its file and line.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct

from digest.patterns import pattern
from digest.problems import Problem

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
_MARK = "<!--digest:cut-->"
_OPTIONS: dict[str, Any] = {
    "allow_network": False,
    "disable_link_rewrites": True,
    # The widths, heights and alignments in a template are meant: premailer must not write others over them.
    "disable_basic_attributes": ["align", "valign", "bgcolor", "width", "height"],
    "align_floating_images": False,
    "cssutils_logging_level": logging.CRITICAL + 1,
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


@lru_cache(maxsize=1)
def _inliner() -> Any:
    """Return premailer with its rules remembered: it would read the whole sheet anew for every piece of a page."""
    import cssutils
    import premailer

    cssutils.ser.prefs.minimizeColorHash = False  # six digits stay six: some mail clients know no others

    class Inliner(premailer.Premailer):  # type: ignore[misc]
        @staticmethod
        @lru_cache(maxsize=16)
        def _rules(css: str, index: int) -> Any:
            return premailer.Premailer("", **_OPTIONS)._parse_style_rules(css, index)

        def _parse_style_rules(self, css_body: str, ruleset_index: int) -> Any:
            return self._rules(css_body, ruleset_index)

    return Inliner


def inline(page: str) -> str:
    """Return a whole page with its `<style>` inlined; a `<style data-premailer="ignore">` stays as it is."""
    return str(_inliner()(page, **_OPTIONS).transform(pretty_print=False))


def fragment(html: str, css: str, ancestors: Sequence[str]) -> str:
    """Return a piece of a page inlined with `css` as if it stood inside `ancestors` (opening tags, outermost first).

    Only simple selectors are inlined, so what stands beside the piece can not change how it looks: a page put together
    from pieces is the page inlined whole.
    """
    closing = "".join(f"</{re.split(r'[ >]', tag[1:], maxsplit=1)[0]}>" for tag in reversed(ancestors))
    head = f"<!DOCTYPE html><html><head><style>{css}</style></head>"
    page = f"{head}{''.join(ancestors)}{_MARK}{html}{_MARK}{closing}</html>"
    return inline(page).split(_MARK)[1]
