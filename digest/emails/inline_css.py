"""Split a style sheet into rules to inline as `style` attributes and rules to keep in a `<style>`.

premailer handles simple selectors in one plain sheet correctly, but strips `!important` from rules it keeps, and gets
the specificity of attribute and pseudo-class selectors wrong. A sheet of simple selectors is inlined once, part by
part. One with others, or with kept rules that inlined ones would silence, is inlined into whole pages (`exact`). Other
rules (`@media`, `:hover`, hooks of mail clients) stay in a `<style data-premailer="ignore">`. A rule that no way
handles correctly is a problem with file, line and column.
"""

from collections import ChainMap
from collections.abc import Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from digest.emails.flatten import flatten, selectors
from digest.problems import Problem

# Parts of selectors for elements that mail clients add around or into the message; in lower case.
_HOOKS = (
    *("data-og", "messageviewbody", "x-apple", "externalclass", "#outlook"),
    *("moz-text", "readmsgbody", "yahoo", ".msg-"),
)
_STATES = ("hover", "focus", "active", "visited", "target", "checked", "link", "before", "after", "first-l")
_INEXACT = frozenset("[*~:\\|+")  # premailer counts only #, . and elements; a part does not know its neighbours
# Values that some mail clients do not know, so that the declaration before them is meant for those.
_NEW_VALUES = frozenset(("flex", "grid", "inline-flex", "sticky", "fit-content", "max-content", "min-content"))
_NEW_UNITS = frozenset(("vw", "vh", "vmin", "vmax", "dvh", "rem", "ch"))
_CONDITIONS = ("media", "supports")
_STYLE_LIMIT = 16_384  # bytes; Gmail drops a <style> that is longer


class InlineRule(Struct, frozen=True):
    """A selector with the declarations to inline."""

    selector: str
    specificity: tuple[int, int, int]
    declarations: str


class KeptRule(Struct, frozen=True):
    """A rule that stays in a `<style>`: `text` as written, and what it says when it is one selector's.

    `place` is the number of inlined rules before it, `conditions` the at-rules around it.
    """

    text: str
    selector: str = ""
    specificity: tuple[int, ...] = ()
    declarations: tuple[tuple[str, str, bool], ...] = ()  # name, value, important
    conditions: tuple[str, ...] = ()
    place: int = 0


class Sheet(Struct, frozen=True):
    """A style sheet or rule, split: `inline` for premailer, `kept` for the page's `<style>`.

    `fallbacks` are the values to write before one that some mail clients do not know, by property and value. With
    `rules` and `kept_rules` a sheet that is not `simple` is inlined exactly.
    """

    inline: str = ""
    kept: str = ""
    problems: tuple[Problem, ...] = ()
    rules: tuple[InlineRule, ...] = ()
    kept_rules: tuple[KeptRule, ...] = ()
    fallbacks: dict[tuple[str, str], tuple[str, ...]] = {}
    simple: bool = True


def split(css: str, path: str, *, whole_page: bool = True) -> Sheet:
    """Split `css`, with a problem (in `path`) for each rule that cannot be inlined exactly.

    Without `whole_page` only selectors that premailer knows are inlined.
    """
    rules, problems = flatten(css, path)
    parts: list[Sheet] = []
    place = 0
    for rule in rules:
        part = _split_rule(rule, path, place, whole_page=whole_page)
        parts.append(part)
        place += len(part.rules)
    kept = "\n".join(filter(None, map(attrgetter("kept"), parts)))
    problems += chain.from_iterable(map(attrgetter("problems"), parts))
    size = len(kept.encode())
    if size > _STYLE_LIMIT:
        message = f"what cannot be inlined is {size:,} bytes; Gmail drops a <style> over {_STYLE_LIMIT:,}"
        problems.append(Problem(path, 0, 0, "css-too-long", message, "shorten @media and :hover rules", "warning"))
    inlined = tuple(chain.from_iterable(map(attrgetter("rules"), parts)))
    kept_rules = tuple(chain.from_iterable(map(attrgetter("kept_rules"), parts)))
    return Sheet(
        inline="\n".join(filter(None, map(attrgetter("inline"), parts))),
        kept=kept,
        problems=tuple(problems),
        rules=inlined,
        kept_rules=kept_rules,
        fallbacks=dict(ChainMap(*(part.fallbacks for part in reversed(parts)))),
        simple=all(map(attrgetter("simple"), parts)) and not _silences(inlined, kept_rules),
    )


def join(first: Sheet, second: Sheet) -> Sheet:
    """Return two sheets as one, in which the second overrides the first."""
    rules = (*first.rules, *second.rules)
    moved = tuple(replace(rule, place=rule.place + len(first.rules)) for rule in second.kept_rules)
    kept_rules = (*first.kept_rules, *moved)
    return Sheet(
        inline="\n".join(filter(None, (first.inline, second.inline))),
        kept="\n".join(filter(None, (first.kept, second.kept))),
        problems=(*first.problems, *second.problems),
        rules=rules,
        kept_rules=kept_rules,
        fallbacks={**first.fallbacks, **second.fallbacks},
        simple=first.simple and second.simple and not _silences(rules, kept_rules),
    )


def _silences(rules: Sequence[InlineRule], kept: Sequence[KeptRule]) -> bool:
    """Return whether an inlined rule sets a property that a kept one sets too, unless that alone is important."""
    inlined = {
        (name.partition("-")[0], important)
        for rule in rules
        for name, _, important in declarations_of(rule.declarations)
    }
    return any(
        (name.partition("-")[0], True) in inlined or (not important and (name.partition("-")[0], False) in inlined)
        for rule in kept
        for name, _, important in rule.declarations
    )


def declarations_of(css: str) -> list[tuple[str, str, bool]]:
    """Return the name in lower case, the value and the importance of each declaration."""
    import tinycss2

    parsed = tinycss2.parse_blocks_contents(css, skip_comments=True, skip_whitespace=True)
    return [
        (part.lower_name, tinycss2.serialize(part.value).strip(), part.important)
        for part in parsed
        if part.type == "declaration"
    ]


def split_states(selector: str) -> str:
    """Return a selector without states such as `:hover`; nothing for one that no element of the page matches."""
    if _is_hook(selector) or "::" in selector:
        return ""
    kept, *parts = selector.split(":")
    for part in parts:
        if part.startswith(_STATES):
            kept += part[len(_name_at(part)) :]
        else:
            kept += f":{part}"
    return kept.strip() or "*"


def _name_at(text: str) -> str:
    """Return the name that a text begins with."""
    name = ""
    for character in text:
        if not character.isalnum() and character not in "-_":
            break
        name += character
    return name


def specificity(selector: str) -> tuple[int, int, int] | None:
    """Return the specificity of a selector that can be matched exactly, else None."""
    from cssselect import HTMLTranslator, SelectorError, parse

    if "|" in selector.replace("|=", "") or " i]" in selector or " s]" in selector:
        return None
    try:
        HTMLTranslator().css_to_xpath(_one_argument(selector))
        (parsed,) = parse(selector.replace(":not(", ":is("))
    except (SelectorError, ValueError):
        return None
    counted: tuple[int, int, int] = parsed.specificity()
    return counted


def is_inlined(selector: str) -> bool:
    """Return whether premailer inlines a selector in a part of a page."""
    if _is_for_clients(selector) or not _INEXACT.isdisjoint(selector):
        return False
    return "tbody" not in selector and "> tr" not in selector  # browsers add the first between tables and rows


def _split_rule(rule: Any, path: str, place: int, *, whole_page: bool) -> Sheet:
    if rule.type == "error":
        message = f"the style sheet cannot be read here: {rule.message}"
        return Sheet(problems=(_problem(path, rule, "css-syntax", message, "correct the CSS"),))
    if rule.type == "at-rule":
        text = rule.serialize()
        inner = tuple(_kept_inside(rule, (), place)) if rule.lower_at_keyword in _CONDITIONS else ()
        return Sheet(kept=text, problems=tuple(_at_rule_problems(rule, path)), kept_rules=inner or (KeptRule(text),))
    return _split_qualified_rule(rule, path, place, whole_page=whole_page)


def _kept_inside(rule: Any, around: tuple[str, ...], place: int) -> Iterator[KeptRule]:
    """Yield the rules inside an at-rule such as `@media`."""
    import tinycss2

    conditions = (*around, f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude).rstrip()}")
    for inner in tinycss2.parse_rule_list(rule.content or [], skip_comments=True, skip_whitespace=True):
        if inner.type == "at-rule" and inner.lower_at_keyword in _CONDITIONS:
            yield from _kept_inside(inner, conditions, place)
        elif inner.type == "qualified-rule":
            body = tinycss2.serialize(inner.content).strip()
            for selector in selectors(inner.prelude):
                yield _kept_rule(selector, body, conditions, place)
        elif inner.type != "error":
            yield KeptRule(inner.serialize())


def _kept_rule(selector: str, body: str, conditions: tuple[str, ...], place: int) -> KeptRule:
    counted = None if _is_hook(selector) else specificity(_plain_states(selector))
    if counted is None:
        text = f"{selector}{{{body}}}"
        for condition in reversed(conditions):
            text = f"{condition} {{ {text} }}"
        return KeptRule(text)
    return KeptRule(
        text="",
        selector=selector,
        specificity=counted,
        declarations=tuple(declarations_of(body)),
        conditions=conditions,
        place=place,
    )


def _plain_states(selector: str) -> str:
    return selector.replace("::", ":first-child ")


def _split_qualified_rule(rule: Any, path: str, place: int, *, whole_page: bool) -> Sheet:
    import tinycss2

    body = tinycss2.serialize(rule.content).strip()
    simple: list[str] = []
    rules: list[InlineRule] = []
    kept: list[str] = []
    kept_rules: list[KeptRule] = []
    problems: list[Problem] = []
    for selector in selectors(rule.prelude):
        counted = _matchable_specificity(selector, whole_page=whole_page)
        if counted is not None:
            rules.append(InlineRule(_one_argument(selector), counted, body))
            simple += [selector] if is_inlined(selector) else []
            continue
        kept.append(f"{selector}{{{body}}}")
        kept_rules.append(_kept_rule(selector, body, (), place + len(rules)))
        if not _is_for_clients(selector):
            message = f"the selector `{selector}` cannot be inlined exactly, and is kept in <style>"
            hint = "use element, class, id, attribute and structural selectors"
            problems.append(_problem(path, rule, "css-selector", message, hint))
    if rules:
        problems += _value_problems(rule, path)
    return Sheet(
        inline=f"{', '.join(simple)} {{{body}}}" if simple else "",
        kept="\n".join(kept),
        problems=tuple(problems),
        rules=tuple(rules),
        kept_rules=tuple(kept_rules),
        fallbacks=_fallbacks(rule.content) if rules else {},
        simple=len(simple) == len(rules),
    )


def _matchable_specificity(selector: str, *, whole_page: bool) -> tuple[int, int, int] | None:
    """Return the specificity of a selector that can be inlined, else None."""
    if is_inlined(selector) or (whole_page and not _is_for_clients(selector)):
        return specificity(selector)
    return None


def _fallbacks(content: Sequence[Any]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the values of properties that are set again to one that some mail clients do not know."""
    import tinycss2

    found: dict[tuple[str, str], tuple[str, ...]] = {}
    values: dict[str, list[Any]] = {}
    for part in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        if part.type == "declaration":
            values.setdefault(part.lower_name, []).append(part.value)
    for name, (*others, last) in values.items():
        if others and any(_is_new(token) for value in (last, *others) for token in value):
            written = tuple(tinycss2.serialize(value).strip() for value in others)
            found[name, tinycss2.serialize(last).strip()] = written
    return found


def _is_new(token: Any) -> bool:
    if token.type == "function":
        return token.lower_name not in ("url", "rgb")
    if token.type == "ident":
        return token.lower_value in _NEW_VALUES or token.lower_value.startswith("-webkit-")
    return token.type == "dimension" and token.lower_unit in _NEW_UNITS


def _one_argument(selector: str) -> str:
    """Return a selector with `:not(a, b)` as `:not(a):not(b)`, which matches the same."""
    before, mark, rest = selector.partition(":not(")
    if not mark:
        return selector
    arguments, depth, end = [""], 1, 0
    while depth and end < len(rest):
        character = rest[end]
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 1:
            arguments.append("")
        elif depth:
            arguments[-1] += character
        end += 1
    written = "".join(f":not({argument.strip()})" for argument in arguments)
    return f"{before}{written}{_one_argument(rest[end:])}"


def _is_for_clients(selector: str) -> bool:
    """Return whether only a mail client can match a selector: a state such as `:hover`, or the client's own names."""
    lower = selector.lower()
    return _is_hook(selector) or "::" in lower or any(part.startswith(_STATES) for part in lower.split(":")[1:])


def _is_hook(selector: str) -> bool:
    lower = selector.lower()
    return lower.startswith("u +") or any(hook in lower for hook in _HOOKS)


def _at_rule_problems(rule: Any, path: str) -> Iterator[Problem]:
    if rule.lower_at_keyword in ("import", "charset", "namespace"):
        message = f"@{rule.at_keyword} is dropped by mail clients"
        yield _problem(path, rule, "css-import", message, "put the rules into this file")
    for token in rule.content or ():
        if token.type == "at-keyword":
            message = f"@{token.value} inside @{rule.at_keyword}: Gmail drops the whole <style>"
            yield _problem(path, token, "css-nested-at-rule", message, "write the two as separate rules")


def _value_problems(rule: Any, path: str) -> Iterator[Problem]:
    for token in rule.content:
        if token.type == "hash" and len(token.value) in (3, 4, 8):
            message = f"#{token.value}: some mail clients know only six digits"
            yield _problem(path, token, "css-colour", message, "write #rrggbb")
        if token.type == "ident" and token.lower_value in ("unset", "revert", "revert-layer"):
            message = f"`{token.value}` is not known to most mail clients, and is left out"
            yield _problem(path, token, "css-value", message, "write the value that is meant")


def _problem(path: str, node: Any, code: str, message: str, hint: str) -> Problem:
    return Problem(path, node.source_line, node.source_column, code, message, hint, "warning")
