"""Rewrite a parsed style sheet with what mail clients and premailer do not know: nested rules and custom properties.

Nested rules become rules of their own, and `var()` what `:root` says. A custom property that an at-rule such as
`@media` sets anew becomes a copy, in that at-rule, of each rule that uses it.
"""

import operator
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from digest.problems import Problem

Tokens = Sequence[Any]
Properties = Mapping[str, Tokens]

_ROOTS = (":root", "html")
_DEEPEST = 20  # references from one custom property to another
_CONDITIONS = ("media", "supports")


def flatten(css: str, path: str) -> tuple[list[Any], list[Problem]]:
    """Return the rules of a style sheet, without nested rules and custom properties, and what is wrong with them."""
    import tinycss2

    parsed = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    rules = [flat for rule in parsed for flat in _without_nesting(rule)]
    properties: dict[str, Tokens] = {}
    for rule in rules:
        properties |= _custom_properties(rule)
    conditions = list(filter(_is_condition, rules))
    problems: list[Problem] = []
    made: list[Any] = []
    for rule in rules:
        if rule.type == "qualified-rule":
            made += _resolved(rule, properties, problems, path)
            made += _copies(rule, conditions, properties)
        else:
            made.append(_resolved_condition(rule, properties) if _is_condition(rule) else rule)
    return made, problems


def selectors(prelude: Tokens) -> list[str]:
    """Return the selectors in the tokens of a rule's prelude, white space collapsed and element names in lower case."""
    import tinycss2

    parts: list[list[Any]] = [[]]
    before = ""
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        elif token.type == "ident" and before != ".":
            parts[-1].append(tinycss2.ast.IdentToken(token.source_line, token.source_column, token.lower_value))
        else:
            parts[-1].append(token)
        before = token.value if token.type == "literal" else ""
    written = (" ".join(tinycss2.serialize(part).split()) for part in parts)
    return [selector for selector in written if selector]


def _without_nesting(rule: Any) -> Iterator[Any]:
    """Yield a rule, or the rules that nested ones in it stand for."""
    import tinycss2

    if rule.type != "qualified-rule":
        yield rule
        return
    parts = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
    if not any(part.type in ("qualified-rule", "at-rule") for part in parts):
        yield rule
        return
    declarations: list[Any] = []
    for part in parts:
        if part.type == "declaration":
            declarations.append(part)
            continue
        if declarations:
            yield _rule(rule, ", ".join(selectors(rule.prelude)), tinycss2.serialize(declarations))
            declarations = []
        yield from _unnested(part, rule)
    if declarations:
        yield _rule(rule, ", ".join(selectors(rule.prelude)), tinycss2.serialize(declarations))


def _unnested(part: Any, parent: Any) -> Iterator[Any]:
    import tinycss2

    outer = selectors(parent.prelude)
    if part.type == "qualified-rule":
        inner = [_joined(selector, outer) for selector in selectors(part.prelude)]
        yield from _without_nesting(_rule(part, ", ".join(inner), tinycss2.serialize(part.content)))
    elif part.type == "at-rule" and part.content is not None:
        inside = _rule(part, ", ".join(outer), tinycss2.serialize(part.content))
        rules = [tinycss2.serialize([each]) for each in _without_nesting(inside)]
        yield _at_rule(part, "\n".join(rules))
    else:
        yield part


def _joined(selector: str, outer: Sequence[str]) -> str:
    """Return a nested selector as one that stands alone; several parents count as the strongest of them."""
    parent = outer[0] if len(outer) == 1 else f":is({', '.join(outer)})"
    if "&" in selector:
        return selector.replace("&", parent)
    return f"{parent} {selector}"


def _rule(near: Any, selector: str, declarations: str) -> Any:
    """Return a rule at the place of another."""
    import tinycss2

    rule = tinycss2.parse_one_rule(f"{selector} {{ {declarations} }}")
    for token in (rule, *rule.prelude, *rule.content):
        token.source_line, token.source_column = near.source_line, near.source_column
    return rule


def _at_rule(near: Any, content: str) -> Any:
    import tinycss2

    made = tinycss2.parse_one_rule(f"@{near.at_keyword}{tinycss2.serialize(near.prelude)}{{ {content} }}")
    for token in (made, *made.content):
        token.source_line, token.source_column = near.source_line, near.source_column
    return made


def _is_root(rule: Any) -> bool:
    if rule.type != "qualified-rule":
        return False
    found = selectors(rule.prelude)
    return bool(found) and all(selector.lower() in _ROOTS for selector in found)


def _custom_properties(rule: Any) -> dict[str, Tokens]:
    """Return the custom properties that a rule sets for the whole page, by name."""
    if not _is_root(rule):
        return {}
    return {part.name: part.value for part in _declarations(rule) if part.name.startswith("--")}


def _declarations(rule: Any) -> list[Any]:
    import tinycss2

    parts = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
    return [part for part in parts if part.type == "declaration"]


def _uses_properties(rule: Any) -> bool:
    import tinycss2

    text = tinycss2.serialize(rule.content).lower() if rule.type == "qualified-rule" else ""
    return "var(" in text or "--" in text


def _resolved(rule: Any, properties: Properties, problems: list[Problem], path: str) -> list[Any]:
    """Return a rule with the values of custom properties, as a list; empty when it only sets some."""

    if not _uses_properties(rule):
        return [rule]
    kept = []
    for part in _declarations(rule):
        if part.name.startswith("--"):
            if not _is_root(rule):
                message = f"{part.name} is set for some elements only, which no mail client and no inliner can do"
                problems.append(_problem(path, part, message, "set it in :root"))
            continue
        value = _substitute(part.value, properties)
        if value is None:
            message = "var() without a value is not known to most mail clients"
            problems.append(_problem(path, _first_var(part), message, "set the property in :root"))
            value = part.value
        kept.append(_declaration(part, value))
    return [_rule_with_places(rule, "; ".join(kept))] if kept else []


def _first_var(part: Any) -> Any:
    return next((token for token in part.value if token.type == "function"), part)


def _rule_with_places(rule: Any, declarations: str) -> Any:
    import tinycss2

    return _rule(rule, tinycss2.serialize(rule.prelude).strip(), declarations)


def _declaration(part: Any, value: Tokens) -> str:
    import tinycss2

    important = " !important" if part.important else ""
    return f"{part.name}: {tinycss2.serialize(value).strip()}{important}"


def _substitute(tokens: Tokens, properties: Properties, depth: int = 0) -> list[Any] | None:
    """Return a value with `var()` replaced; None when one has no value."""
    made: list[Any] = []
    for token in tokens:
        if token.type != "function":
            made.append(token)
            continue
        if token.lower_name == "var":
            inner = _value_of(token, properties, depth)
        else:
            arguments = _substitute(token.arguments, properties, depth)
            inner = None if arguments is None else [_function(token, arguments)]
        if inner is None:
            return None
        made += inner
    return made


def _value_of(token: Any, properties: Properties, depth: int) -> list[Any] | None:
    """Return what a `var()` stands for: the property, else what stands after the comma."""
    names = [argument.value for argument in token.arguments if argument.type == "ident"]
    commas = [place for place, argument in enumerate(token.arguments) if argument == ","]
    if depth < _DEEPEST and names and names[0] in properties:
        found = _substitute(properties[names[0]], properties, depth + 1)
        if found is not None:
            return found
    if commas:
        return _substitute(token.arguments[commas[0] + 1 :], properties, depth + 1)
    return None


def _function(token: Any, arguments: list[Any]) -> Any:
    import tinycss2

    return tinycss2.ast.FunctionBlock(token.source_line, token.source_column, token.name, arguments)


def _is_condition(rule: Any) -> bool:
    return rule.type == "at-rule" and rule.lower_at_keyword in _CONDITIONS and rule.content is not None


def _inside(rule: Any) -> list[Any]:
    """Return the rules in an at-rule such as `@media`, without nesting."""
    import tinycss2

    parsed = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
    return [flat for part in parsed for flat in _without_nesting(part)]


def _set_inside(rule: Any) -> dict[str, Tokens]:
    """Return the custom properties that an at-rule sets anew."""
    found: dict[str, Tokens] = {}
    for each in _inside(rule):
        found |= _custom_properties(each)
    return found


def _resolved_condition(rule: Any, properties: Properties) -> Any:
    """Return an at-rule such as `@media` with the values of custom properties, some of which it may set anew."""
    import tinycss2

    parsed = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
    inner = [flat for part in parsed for flat in _without_nesting(part)]
    if len(inner) == len(parsed) and all(map(operator.is_, inner, parsed)) and not any(map(_uses_properties, inner)):
        return rule
    values = {**properties, **_set_inside(rule)}
    unheard: list[Problem] = []
    made: list[Any] = []
    for each in inner:
        made += _resolved(each, values, unheard, "") if each.type == "qualified-rule" else [each]
    return _at_rule(rule, "\n".join(tinycss2.serialize([each]) for each in made))


def _copies(rule: Any, conditions: Sequence[Any], properties: Properties) -> Iterator[Any]:
    """Yield a copy of a rule, in the at-rule, for each at-rule that changes its custom properties."""
    for condition in conditions:
        for text in _changed(rule, condition, properties):
            yield _at_rule(condition, text)


def _changed(rule: Any, condition: Any, before: Properties) -> Iterator[str]:
    """Yield a copy of a rule with the declarations that custom properties of an at-rule change."""
    import tinycss2

    anew = _set_inside(condition)
    if not anew or not _uses_properties(rule):
        return
    kept = []
    for part in _declarations(rule):
        old, new = _substitute(part.value, before), _substitute(part.value, {**before, **anew})
        if new is not None and not part.name.startswith("--"):
            written = _declaration(part, new)
            if old is None or written != _declaration(part, old):
                kept.append(written)
    if kept:
        yield f"{tinycss2.serialize(rule.prelude).strip()} {{ {'; '.join(kept)} }}"


def _problem(path: str, node: Any, message: str, hint: str) -> Problem:
    return Problem(path, node.source_line, node.source_column, "css-variable", message, hint, "warning")
