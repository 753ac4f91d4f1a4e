"""CSS that is so plain that cssutils gives it back as it is: read without it.

premailer has all CSS read by cssutils, and loading that takes a third of what an e-mail takes. Sheets as they are
usually written, the shipped one among them, hold little but names, words, numbers, colours and strings. Those are read
here, in the objects that premailer expects; cssutils is loaded for the first rule that is more than that.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from msgspec import Struct

from digest.patterns import pattern
from digest.stand_ins import StandIn

_SPACE = " \n\t"
# Numbers as cssutils writes them: no zero too many, no unit after nought.
_NUMBER = r"(?:0|-?(?:[1-9][0-9]{0,4}|(?:0|[1-9][0-9]{0,4})\.[0-9]{0,3}[1-9])(?:px|em|rem|pt|%)?)"
_STRING = r"""(?:"[\w-]+(?: [\w-]+)*"|'[\w-]+(?: [\w-]+)*')"""
_VALUE = rf"(?:{_NUMBER}|#[0-9A-Fa-f]{{6}}|-?[A-Za-z]+(?:-[A-Za-z]+)*|{_STRING})"
_S = r"[ \n\t]*+"
_NAME = r"-?[a-z]+(?:-[a-z]+)*"
_DECLARATION = pattern(rf"{_S}({_NAME}){_S}:{_S}({_VALUE}(?:(?:{_S},{_S}|[ \n\t]++){_VALUE})*){_S}")
_PART = r"[.#][A-Za-z][A-Za-z0-9_-]*+"
_COMPOUND = rf"(?:[A-Za-z][A-Za-z0-9]*+|{_PART})(?:{_PART})*+"
_SELECTOR = pattern(rf"{_S}{_COMPOUND}(?:(?:{_S}[>+]{_S}|[ \n\t]++){_COMPOUND})*{_S}")
_RULE = pattern(rf"([^{{}}]+)\{{([^{{}}]+)\}}{_S}")


class Declaration(NamedTuple):
    """What premailer asks of a cssutils `Property`: `propertyValue.cssText` is `value` again."""

    name: str
    value: str
    priority: str = ""  # never `important` here

    @property
    def propertyValue(self) -> "Declaration":  # noqa: N802 -- as cssutils calls it
        """What has the value as text."""
        return self

    @property
    def cssText(self) -> str:  # noqa: N802 -- as cssutils calls it
        """The value."""
        return self.value


class Rule(Struct, frozen=True):
    """What premailer asks of a `CSSStyleRule`."""

    selectorText: str  # noqa: N815 -- as cssutils calls it
    declarations: list[Declaration]
    type: int = 1
    STYLE_RULE: int = 1
    MEDIA_RULE: int = 4

    @property
    def style(self) -> "Rule":
        """What has the declarations."""
        return self

    def getProperties(self) -> list[Declaration]:  # noqa: N802 -- as cssutils calls it
        """Return the declarations, no name twice."""
        return self.declarations


def declarations(css: str) -> list[Declaration] | None:
    """Return the declarations of `css` as cssutils would; None when they are not plain."""
    found: dict[str, Declaration] = {}
    for part in css.split(";"):
        if match := _DECLARATION.fullmatch(part):
            name, value = match.groups()
            if name in found:
                return None
            value = ", ".join(" ".join(item.split()) for item in value.split(",")).replace("'", '"')
            found[name] = Declaration(name, value)
        elif part.strip(_SPACE):
            return None
    return list(found.values())


def rule(css: str) -> Rule | None:
    """Return the one rule of `css` as cssutils would; None when it is not plain or there are others."""
    match = _RULE.fullmatch(css)
    selectors = match[1].split(",") if match else []
    if match is None or not all(map(_SELECTOR.fullmatch, selectors)):
        return None
    written = (" ".join(selector.replace(">", " > ").replace("+", " + ").split()) for selector in selectors)
    found = declarations(match[2])
    return Rule(", ".join(written), found) if found else None


@lru_cache(maxsize=1)
def cssutils() -> Any:
    """Return cssutils, silent, and set to write colours as they are."""
    import cssutils

    cssutils.ser.prefs.minimizeColorHash = False  # six digits stay six: some mail clients know no others
    cssutils.log.setLevel(51)  # above logging.CRITICAL
    return cssutils


def _sheet(css: str, **options: Any) -> Any:
    plain = rule(css)
    return [plain] if plain else cssutils().parseString(css, **options)


def _style(css: str, **options: Any) -> Sequence[Any]:
    plain = declarations(css)
    return plain if plain is not None else cssutils().parseStyle(css, **options)


def reader() -> StandIn:
    """Return what stands in for cssutils in premailer."""
    return StandIn("cssutils", parseString=_sheet, parseStyle=_style)
