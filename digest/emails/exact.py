"""Inline a style sheet of any selectors into a whole page.

premailer reads simple selectors only. So each rule gets a class of its own, which the elements that it matches have
while premailer works. What stays in the `<style>` (`@media`, `:hover`) has to win over inlined declarations where it
won over rules before, and there alone: its declarations become important, and where only some elements are concerned
these keep a class of the rule's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lxml.cssselect import CSSSelector

from digest.emails.inline_css import KeptRule, Sheet, split_states
from digest.emails.inliner import Rule, inline, read_rules

Precedence = tuple[int, ...]  # important, specificity, place in the sheet
_OWN_STYLE: Precedence = (0, 1_000_000)  # of an element's own `style`


class Exact:
    """A style sheet that is inlined into whole pages."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._rules = [
            (place, rule.selector, _at(parsed, rule.specificity, place))
            for place, rule in enumerate(sheet.rules)
            for parsed in read_rules(f".x {{{rule.declarations}}}")
        ]

    def inline(self, root: Any) -> None:
        """Inline the sheet into the page `root`."""
        _insert_bodies(root)
        matches = {place: _matches(selector, root) for place, selector, _ in self._rules}
        own = {element: element.get("class") for element in root.iter("*")}
        strongest = self._strongest(root, matches)
        for place, elements in matches.items():
            _add_class(elements, _name(place))
        inline(root, [parsed for _, _, parsed in self._rules], self._sheet.fallbacks)
        for element, names in own.items():
            _set_class(element, names)
        kept = "\n".join(self._kept(root, strongest))
        for style in root.iter("style"):
            if self._sheet.kept and style.text == self._sheet.kept:
                style.text = kept

    def _strongest(self, root: Any, matches: Mapping[int, Sequence[Any]]) -> dict[Any, dict[str, Precedence]]:
        """Return the precedence of the strongest inlined declaration of each property, by element."""
        found: dict[Any, dict[str, Precedence]] = {}
        for element in root.iter("*"):
            for name in _property_names(element.get("style", "")):
                found.setdefault(element, {})[name] = _OWN_STYLE
        for place, _, parsed in self._rules:
            for element in matches[place]:
                properties = found.setdefault(element, {})
                for name in _property_names(parsed.declarations):
                    properties[name] = max(properties.get(name, ()), parsed.specificity)
        return found

    def _kept(self, root: Any, strongest: Mapping[Any, Mapping[str, Precedence]]) -> Iterator[str]:
        """Yield what stays in the `<style>`."""
        for place, rule in enumerate(self._sheet.kept_rules):
            if not rule.selector:
                yield rule.text
                continue
            written = "\n".join(self._kept_rule(root, rule, place, strongest))
            for condition in reversed(rule.conditions):
                written = f"{condition} {{ {written} }}"
            yield written

    def _kept_rule(
        self, root: Any, rule: KeptRule, place: int, strongest: Mapping[Any, Mapping[str, Precedence]]
    ) -> Iterator[str]:
        matchable = split_states(rule.selector)
        elements = _matches(matchable, root) if matchable else []
        plain: list[str] = []
        partly: list[str] = []
        marked: set[Any] = set()
        for name, value, important in rule.declarations:
            precedence = (int(important), *rule.specificity, 0, rule.place)
            losers = _losers(name, precedence, elements, strongest)
            contested = _contested(name, elements, strongest)
            if losers and len(losers) < len(contested):
                partly.append(f"{name}: {value} !important")
                marked.update(set(elements) - losers)
                continue
            is_important = not losers if contested else important
            plain.append(f"{name}: {value}{' !important' if is_important else ''}")
        if plain:
            yield f"{rule.selector} {{ {'; '.join(plain)} }}"
        if partly:
            name = f"win{place}"
            _add_class(marked, name)
            yield f"{rule.selector}.{name} {{ {'; '.join(partly)} }}"


def _contested(name: str, elements: Sequence[Any], strongest: Mapping[Any, Mapping[str, Precedence]]) -> list[Any]:
    """Return the elements on which an inlined declaration sets a property too."""
    return [element for element in elements if _strongest_of(name, strongest.get(element, {}))]


def _losers(
    name: str, precedence: Precedence, elements: Sequence[Any], strongest: Mapping[Any, Mapping[str, Precedence]]
) -> set[Any]:
    """Return the elements on which a stronger inlined declaration sets a property."""
    return {element for element in elements if _strongest_of(name, strongest.get(element, {})) >= precedence}


def _add_class(elements: Iterable[Any], name: str) -> None:
    for element in elements:
        _set_class(element, f"{element.get('class', '')} {name}".strip())


def _at(parsed: Rule, specificity: tuple[int, int, int], place: int) -> Rule:
    important = parsed.specificity[0]
    selector = f".{_name(place)}"
    return Rule((important, *specificity, 0, place), selector, parsed.declarations, frozenset((selector,)))


def _name(place: int) -> str:
    return f"digest-rule-{place}"


def _matches(selector: str, root: Any) -> list[Any]:
    found: Any = CSSSelector(selector, translator="html")(root)
    return list(found)


def _set_class(element: Any, names: str | None) -> None:
    if names is not None:
        element.set("class", names)
    elif "class" in element.attrib:
        del element.attrib["class"]


def _insert_bodies(root: Any) -> None:
    """Put the rows of each table into a `<tbody>`, as every browser does."""
    for table in list(root.iter("table")):
        body = None
        for row in list(table):
            if row.tag != "tr":
                body = body if not isinstance(row.tag, str) else None
                continue
            if body is None:
                body = table.makeelement("tbody")
                row.addprevious(body)
            body.append(row)


def _property_names(style: str) -> list[str]:
    return [declaration.partition(":")[0].strip().lower() for declaration in style.split(";") if declaration.strip()]


def _strongest_of(name: str, properties: Mapping[str, Precedence]) -> Precedence:
    """Return the precedence of the strongest declaration of a property, of its shorthand or of a part of it."""
    found = [precedence for other, precedence in properties.items() if _overlap(name, other)]
    return max(found, default=())


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}-") or other.startswith(f"{one}-")
