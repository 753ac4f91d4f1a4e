"""What is wrong with the look of e-mails, whatever they hold: the style sheet, the page template, the theme.

premailer keeps a declaration where it first stood: when `padding` stands in a weak and in a strong rule and
`padding-left` in one between, the strong one is set first and loses. Such rules are named, when an element can have
all of them.
"""

import functools
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from digest import templates as pages
from digest.config.schema import Config
from digest.emails import contrast
from digest.emails import inline_css as inlining
from digest.emails.layout import press
from digest.patterns import pattern
from digest.problems import Problem

TEMPLATES = (
    *("email.html.jinja", "card-parts.html.jinja", "card-featured.html.jinja", "card-compact.html.jinja"),
    *("card-title.html.jinja", "section.html.jinja", "contents.html.jinja"),
)
_STYLE = pattern(r"<style\b([^>]*)>(.*?)</style\s*>", re.DOTALL | re.IGNORECASE)
_CLASS = pattern(r"<(\w+)\b[^<>]*?\bclass=\"([^\"]*)\"")
_JINJA = pattern(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_TOKEN = pattern(r"[.#]?[\w-]+")
_SHORTHANDS = ("margin", "padding", "border", "background", "font", "list-style", "outline", "text-decoration")

_BODIES = (  # as digest.emails.body makes them
    *(("div", name) for name in ("scroll", "picture", "media", "notes", "caption", "body text")),
    *(("ul", "tasks"), ("ul", "rtl"), ("ol", "rtl"), ("blockquote", "quote-rtl"), ("table", "table")),
    *(("p", "label"), ("em", "formula"), ("img", "shot fluid")),
)
_APART = ("border-radius", "border-collapse", "border-spacing")  # no part of `border`


class Rule(Struct, frozen=True):
    """A selector with one declared property: where it stands in the cascade, and what its last part asks for."""

    rank: tuple[int, int, int, int]  # ids, classes, elements, place in the sheet
    selector: str
    element: str
    classes: frozenset[str]
    property: str
    line: int


def lint(config: Config) -> tuple[Problem, ...]:
    """Return what is wrong with templates, style sheet and theme; raises ConfigError when one can not be read."""
    made = press(config)
    key = ("lint", config.file)
    if key not in made.made:
        made.made[key] = (*made.sheet.problems, *_theme(config), *_styles(config), *_merged(config))
    found: tuple[Problem, ...] = made.made[key]
    return found


def _theme(config: Config) -> Iterator[Problem]:
    place = config.file.name if config.file else "digest.toml"
    for name, ground, ratio in contrast.faint(config.theme):
        message = f"theme.{name} on theme.{ground} has a contrast of {ratio:.1f}, hard to read below {contrast.MINIMUM}"
        yield Problem(place, 0, 0, "theme-contrast", message, "make the one darker or the other lighter", "warning")


def _own(config: Config, name: str) -> tuple[str, str]:
    """Return the site's own template of a name: its path and its text; empty when the shipped one holds."""
    folder = config.site.templates
    file = config.root / folder / name
    if not folder or not file.is_file():
        return "", ""
    return (Path(folder) / name).as_posix(), file.read_text(encoding="utf-8", errors="replace")


def _blank(match: re.Match[str]) -> str:
    """Return a word as long as what the template engine fills in, its line ends kept."""
    return re.sub(r"[^\n]", "x" if match[0].startswith("{{") else " ", match[0])


def _styles(config: Config) -> Iterator[Problem]:
    """Yield what is wrong with each `<style>` in the site's own templates."""
    for name in TEMPLATES:
        path, text = _own(config, name)
        for style in _STYLE.finditer(text):
            before = text.count("\n", 0, style.start(2))
            sheet = inlining.split(_JINJA.sub(_blank, style[2]), path)
            ignored = "data-premailer" in style[1]
            if not ignored:
                message = (
                    "rules in this <style> reach the page alone, not the cards, and what is kept for @media is lost"
                )
                hint = (
                    'move them to email.css, or write <style data-premailer="ignore"> for rules that stay in a <style>'
                )
                yield Problem(path, before + 1, 0, "css-in-page", message, hint, "warning")
            for problem in sheet.problems:
                if not ignored or problem.code in ("css-nested-at-rule", "css-syntax", "css-too-long", "css-import"):
                    yield _moved(problem, before)


def _moved(problem: Problem, lines: int) -> Problem:
    return Problem(
        problem.path, problem.line + lines, problem.column, problem.code, problem.message, problem.hint, "warning"
    )


def _merged(config: Config) -> Iterator[Problem]:
    """Yield each rule of the style sheet whose value would be set before one that it ought to win over."""
    path, text = _own(config, "email.css")
    rules = sorted(_rules(_JINJA.sub(_blank, text)), key=lambda rule: rule.rank) if text else []
    known = _elements(config)
    by_family: dict[str, list[Rule]] = {}
    for rule in rules:
        if family := _family(rule.property):
            by_family.setdefault(family, []).append(rule)
    told: set[tuple[int, str]] = set()
    for family, members in by_family.items():
        for (at, between), (_, last) in itertools.combinations(enumerate(members), 2):
            if not _related(between.property, last.property) or (last.line, last.selector) in told:
                continue
            weaker = (rule for rule in members[:at] if rule.property == last.property)
            first = next((rule for rule in weaker if _meet((rule, between, last), known)), None)
            if first is not None:
                told.add((last.line, last.selector))
                message = (
                    f"`{last.selector}` sets {last.property} after `{between.selector}` set {between.property}, but "
                    f"`{first.selector}` set {first.property} before: the inlined value comes too early and loses"
                )
                hint = f"write the single {family}-… properties in all three, or {family} in all three"
                yield Problem(path, last.line, 0, "css-shorthand", message, hint, "warning")


def _rules(css: str) -> Iterator[Rule]:
    import tinycss2

    place = itertools.count()
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type != "qualified-rule":
            continue
        names = [
            node.lower_name
            for node in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
            if node.type == "declaration"
        ]
        for selector in inlining.selectors(rule.prelude):
            if inlining.is_inlined(selector):
                for name in names:
                    yield _rule(selector, name, rule.source_line, next(place))


def _rule(selector: str, name: str, line: int, place: int) -> Rule:
    tokens: list[str] = _TOKEN.findall(selector)
    ids, classes = (sum(token.startswith(sign) for token in tokens) for sign in "#.")
    last: list[str] = _TOKEN.findall(re.split(r"[\s>+]+", selector.strip())[-1])
    element = next((token for token in last if token[0] not in ".#"), "")
    named = frozenset(token[1:] for token in last if token.startswith("."))
    return Rule((ids, classes, len(tokens) - ids - classes, place), selector, element, named, name, line)


@functools.lru_cache(maxsize=256)
def _family(name: str) -> str:
    if name in _APART:
        return ""
    return next((family for family in _SHORTHANDS if name == family or name.startswith(f"{family}-")), "")


def _related(one: str, other: str) -> bool:
    """Whether one property is a part of the other."""
    return one != other and (one.startswith(f"{other}-") or other.startswith(f"{one}-"))


def _elements(config: Config) -> list[tuple[str, frozenset[str]]]:
    """Return the elements of bodies and templates that have classes, with those."""
    found = {(element, frozenset(names.split())) for element, names in _BODIES}
    for name in TEMPLATES:
        text = _own(config, name)[1] or (pages.SHIPPED / name).read_text(encoding="utf-8")
        for element, names in _CLASS.findall(text):
            found.add((element.lower(), frozenset(_JINJA.sub(" ", names).split())))
    return sorted(found, key=lambda pair: (pair[0], sorted(pair[1])))


def _meet(rules: tuple[Rule, ...], known: list[tuple[str, frozenset[str]]]) -> bool:
    """Whether one element can have all the rules."""
    elements = {rule.element for rule in rules if rule.element}
    classes = frozenset().union(*(rule.classes for rule in rules))
    if len(elements) > 1:
        return False
    if len(classes) <= 1 and not any(classes <= named for _, named in known):
        return True  # the class of an element that is not known here
    return not classes or any(classes <= named and elements <= {element} for element, named in known)
