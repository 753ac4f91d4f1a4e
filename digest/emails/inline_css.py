"""Split a style sheet into rules to inline as `style` attributes and rules to keep in a `<style>`.

premailer handles simple selectors in one plain sheet correctly, but strips `!important` from rules it keeps, and gets
the specificity of attribute and pseudo-class selectors wrong. So it gets only simple selectors. Other rules (`@media`,
`:hover`, hooks of mail clients) stay unchanged in a `<style data-premailer="ignore">`. A rule that neither way handles
correctly is a problem with file and line.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from digest.problems import Problem

# Parts of selectors for elements that mail clients add around or into the message; in lower case.
_HOOKS = (
    *("data-og", "messageviewbody", "x-apple", "externalclass", "#outlook"),
    *("moz-text", "readmsgbody", "yahoo", ".msg-"),
)
_STATES = ("hover", "focus", "active", "visited", "target", "checked", "link", "before", "after", "first-l")
_INEXACT = frozenset("[*~:\\|")  # premailer counts only #, . and elements
_STYLE_LIMIT = 16_384  # bytes; Gmail drops a <style> that is longer


class Sheet(Struct, frozen=True):
    """A style sheet or rule, split: `inline` for premailer, `kept` for the page's `<style>`."""

    inline: str = ""
    kept: str = ""
    problems: tuple[Problem, ...] = ()


def split(css: str, path: str) -> Sheet:
    """Split `css`, with a problem (in `path`) for each rule that cannot be inlined exactly."""
    import tinycss2

    rules = [
        _split_rule(rule, path) for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    ]
    kept = "\n".join(rule.kept for rule in rules if rule.kept)
    problems = [problem for rule in rules for problem in rule.problems]
    size = len(kept.encode())
    if size > _STYLE_LIMIT:
        message = f"what cannot be inlined is {size:,} bytes; Gmail drops a <style> over {_STYLE_LIMIT:,}"
        problems.append(Problem(path, 0, 0, "css-too-long", message, "shorten @media and :hover rules", "warning"))
    return Sheet("\n".join(rule.inline for rule in rules if rule.inline), kept, tuple(problems))


def is_inlined(selector: str) -> bool:
    """Return whether premailer inlines a selector; others are kept in `<style>`."""
    return not _is_for_clients(selector) and _INEXACT.isdisjoint(selector)


def selectors(prelude: Sequence[Any]) -> list[str]:
    """Return the selectors in the tokens `prelude` of a rule, with white space collapsed."""
    import tinycss2

    parts: list[list[Any]] = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    written = (" ".join(tinycss2.serialize(part).split()) for part in parts)
    return [selector for selector in written if selector]


def _split_rule(rule: Any, path: str) -> Sheet:
    if rule.type == "error":
        message = f"the style sheet cannot be read here: {rule.message}"
        return Sheet(problems=(_problem(path, rule, "css-syntax", message, "correct the CSS"),))
    if rule.type == "at-rule":
        return Sheet(kept=rule.serialize(), problems=tuple(_at_rule_problems(rule, path)))
    return _split_qualified_rule(rule, path)


def _split_qualified_rule(rule: Any, path: str) -> Sheet:
    import tinycss2

    body = tinycss2.serialize(rule.content).strip()
    inline: list[str] = []
    kept: list[str] = []
    problems: list[Problem] = []
    for selector in selectors(rule.prelude):
        if is_inlined(selector):
            inline.append(selector)
            continue
        kept.append(f"{selector}{{{body}}}")
        if not _is_for_clients(selector):
            message = f"the selector `{selector}` cannot be inlined exactly, and is kept in <style>"
            hint = "use element, class, id, descendant, > and + selectors"
            problems.append(_problem(path, rule, "css-selector", message, hint))
    if not inline:
        return Sheet(kept="\n".join(kept), problems=tuple(problems))
    problems += _value_problems(rule, path)
    return Sheet(f"{', '.join(inline)} {{{body}}}", "\n".join(kept), tuple(problems))


def _is_for_clients(selector: str) -> bool:
    """Return whether only a mail client can match a selector: a state such as `:hover`, or the client's own names."""
    lower = selector.lower()
    if lower.startswith("u +") or any(hook in lower for hook in _HOOKS):
        return True
    return "::" in lower or any(part.startswith(_STATES) for part in lower.split(":")[1:])


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
        if token.type == "hash" and len(token.value) in (3, 4):
            message = f"#{token.value}: some mail clients know only six digits"
            yield _problem(path, token, "css-colour", message, "write #rrggbb")
        if token.type == "function" and token.lower_name == "var":
            message = "var() is not known to most mail clients"
            yield _problem(path, token, "css-variable", message, "use {{ theme.… }} in the template")


def _problem(path: str, node: Any, code: str, message: str, hint: str) -> Problem:
    return Problem(path, node.source_line, node.source_column, code, message, hint, "warning")
