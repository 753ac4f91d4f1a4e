"""premailer without network access and with fixes. It is slow to import: import it in functions."""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import cssutils
from lxml.cssselect import CSSSelector
from msgspec import Struct
from premailer import Premailer
from premailer.merge_style import csstext_to_pairs

from digest.emails.inline_css import split

_STRONGEST = 2  # the first number of a specificity is 1 for !important, else 0
Fallbacks = Mapping[tuple[str, str], tuple[str, ...]]
_NAME = re.compile(r"[.#]?[\w-]+")
_OPTIONS: dict[str, Any] = {
    "allow_network": False,
    "disable_link_rewrites": True,
    "align_floating_images": False,
    "disable_leftover_css": True,
    "disable_validation": True,
}

cssutils.ser.prefs.minimizeColorHash = False  # six digits stay six: some mail clients know no others
logging.getLogger("CSSUTILS").setLevel(logging.CRITICAL + 1)  # errors become problems, not log lines


class Rule(Struct, frozen=True):
    """A selector with its declarations. It matches only in a tree with all elements, .classes and #ids in `names`."""

    specificity: tuple[int, ...]
    selector: str
    declarations: str
    names: frozenset[str]


def read_rules(css: str) -> tuple[Rule, ...]:
    """Return the rules of a style sheet, for `inline`."""
    rules, _ = Premailer("", **_OPTIONS)._parse_style_rules(css, 0)
    return tuple(
        Rule(specificity, selector, declarations, frozenset(_NAME.findall(selector)))
        for specificity, selector, declarations in rules
    )


def inline(root: Any, rules: Iterable[Rule], fallbacks: Fallbacks) -> None:
    """Inline rules, and those of the tree's own `<style>` elements, as `style` attributes.

    A `<style data-premailer="ignore">` stays as it is. `fallbacks` are values to write before others.
    """
    names = _names(root)
    matching = [(rule.specificity, rule.selector, rule.declarations) for rule in rules if rule.names <= names]
    _Inliner(root, matching).transform()
    if fallbacks:
        for element in root.iter("*"):
            _add_fallbacks(element, fallbacks)


def read_fallbacks(fallbacks: Fallbacks) -> Fallbacks:
    """Return fallbacks by the values that premailer writes."""
    found = {}
    for (name, value), others in fallbacks.items():
        for rule in read_rules(f".x {{{name}: {value}}}"):
            for written_name, written in csstext_to_pairs(rule.declarations):
                found[written_name, written] = others
    return found


def _add_fallbacks(element: Any, fallbacks: Fallbacks) -> None:
    pairs = csstext_to_pairs(element.get("style", ""))
    if not any(pair in fallbacks for pair in pairs):
        return
    written = []
    for name, value in pairs:
        written += [f"{name}:{other}" for other in fallbacks.get((name, value), ())]
        written.append(f"{name}:{value}")
    element.set("style", "; ".join(written))


def _names(root: Any) -> set[str]:
    """Return the elements, .classes and #ids of a tree."""
    found = set()
    for element in root.iter("*"):
        found.add(element.tag)
        found.add(f"#{element.get('id')}")
        found.update(f".{name}" for name in element.get("class", "").split())
    return found


class _Inliner(Premailer):  # type: ignore[misc]
    def __init__(self, root: Any, rules: list[tuple[Any, str, str]]) -> None:
        super().__init__(root, css_text="the rules", **_OPTIONS)
        self._rules = rules
        self._own_styles = {element: element.get("style") for element in root.iter("*") if element.get("style")}

    def _process_css_text(self, css_text: str, index: int, rules: list[Any], head: Any) -> None:  # noqa: ARG002
        """Use the rules of the style sheet that are already parsed."""
        rules.extend(self._rules)

    def _parse_style_rules(self, css_body: str | None, ruleset_index: int) -> tuple[list[Any], list[Any]]:
        """Read a `<style>` of the page, which comes after the style sheet.

        cssutils would fetch `@import` targets, so it gets only the rules that can be inlined.
        """
        inline = split(css_body or "", "").inline
        rules, leftover = super()._parse_style_rules(inline, ruleset_index + 1)
        self._rules = [*self._rules, *rules]
        return rules, leftover

    def _style_to_basic_html_attributes(self, element: Any, style: str, **_: Any) -> None:
        """Sort shorthands and their longhands by precedence, and write no HTML attributes.

        premailer keeps a declaration at its first position. When a weak and a strong rule set `padding` and a rule
        between them sets `padding-left`, the strong one would come first and lose. Templates set widths, heights and
        alignments themselves, so none is derived from CSS.
        """
        names = _property_names(style)
        if any(after.startswith(f"{name}-") for name, after in pairwise(sorted(names))):
            self._reorder(element, style, [name for name in names if _overlaps(name, names)])

    def _reorder(self, element: Any, style: str, overlapping: list[str]) -> None:
        in_order = sorted(overlapping, key=lambda name: self._last_set(name, element))
        if in_order != overlapping:
            values = dict(csstext_to_pairs(style))
            others = [name for name in values if name not in in_order]
            element.set("style", "; ".join(f"{name}:{values[name]}" for name in [*others, *in_order]))

    def _last_set(self, name: str, element: Any) -> tuple[int, ...]:
        """Return the specificity of the strongest rule that sets a property, and the property's position in it."""
        own_names = _property_names(self._own_styles.get(element, ""))
        if name in own_names:
            return _STRONGEST, own_names.index(name)
        for specificity, selector, declarations in sorted(self._rules, reverse=True):
            names = _property_names(declarations)
            matched: Any = CSSSelector(selector)(self.html) if name in names else ()
            if element in matched:
                return *specificity, names.index(name)
        return ()


def _property_names(style: str) -> list[str]:
    return [declaration.partition(":")[0].strip() for declaration in style.split(";")]


def _overlaps(name: str, names: Sequence[str]) -> bool:
    """Return whether a property is a shorthand of one of `names`, or a longhand of one."""
    return any(other.startswith(f"{name}-") or name.startswith(f"{other}-") for other in names)
