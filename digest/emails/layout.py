"""What stands around the cards of an e-mail: the page, inlined once and filled in for every edition.

The page is made with a token in each place where an edition speaks, inlined, and cut at the tokens. Setting an edition
is then a join of strings, byte for byte what inlining the filled page would give.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from markupsafe import Markup, escape
from msgspec import Struct

from digest import localisation
from digest import templates as pages
from digest.config.schema import Config, ProviderName, Site, Theme
from digest.emails import contrast
from digest.emails import inline_css as inlining
from digest.emails.providers import escape_html, escape_text
from digest.patterns import pattern
from digest.problems import ConfigError, Problem

# The places of the page template, which it prints or asks whether they are empty, and leaves unchanged.
SLOTS = (
    *("subject", "preheader", "title", "publication", "site_title", "period", "reason", "address", "web_url"),
    *("unsubscribe_url", "intro", "contents", "sections", "outro"),
)
WAY_OUT = "unsubscribe_url"  # stays as it is, for the provider to fill in
TEXT_SLOTS = tuple(name for name in SLOTS if name != "contents")  # the same for the text part
_TOKEN = pattern(r"Zq7([a-z_]+)7qZ")
# What mail clients show after the preheader would be the page's first words; invisible characters fill the place.
_PADDING = Markup("\u034f\u200c\u00a0\u2007\u00ad" * 40)  # noqa: S704 - a constant

_PRESSES = 8
Tags = tuple[str, ...]  # opening tags, outermost first


class Press(Struct, frozen=True, eq=False):
    """The look of one site's e-mails, and what has been made in it by what it came from: pages, their pieces, cards."""

    environment: Any
    site: Site
    theme: Theme
    root: Path
    sheet: inlining.Sheet
    made: dict[Any, Any]
    cards: dict[Any, Any]

    @property
    def static(self) -> Path:
        """The folder of the site's static files."""
        return self.root / self.site.static


_recent: dict[int, tuple[Config, Press]] = {}  # a configuration that is held keeps its id


def press(config: Config) -> Press:
    """Return the press of a site: the same one until its settings or one of its templates change.

    Templates are looked at once for a `config`. Raises ConfigError when one can not be read or filled in.
    """
    if id(config) not in _recent:
        own = [config.root / config.site.templates] if config.site.templates else []
        stamp = tuple(state for folder in (pages.SHIPPED, *own) for state in _state(str(folder)))
        made = _press(pages.environment(config.own_templates), config.site, config.theme, config.root, stamp)
        if len(_recent) >= _PRESSES:
            _recent.clear()
        _recent[id(config)] = config, made
    return _recent[id(config)][1]


def _state(folder: str) -> list[tuple[str, int]]:
    """Return the files of a folder and when each was changed, in nanoseconds."""
    try:
        with os.scandir(folder) as entries:
            return sorted((entry.path, entry.stat().st_mtime_ns) for entry in entries)
    except OSError:
        return []


@lru_cache(maxsize=_PRESSES)
def _press(environment: Any, site: Site, theme: Theme, root: Path, _stamp: tuple[tuple[str, int], ...]) -> Press:
    css = fill(environment, "email.css", {"theme": theme, **inks(theme)})
    own = root / site.templates / "email.css"
    path = own.relative_to(root).as_posix() if site.templates and own.is_file() else "email.css"
    return Press(environment, site, theme, root, inlining.split(css, path), {}, {})


def inks(theme: Theme) -> dict[str, str]:
    """Return the colours of text on the accent colour."""
    return {"button_text": contrast.ink(theme.accent), "dark_button_text": contrast.ink(theme.dark_accent)}


def fill(environment: Any, name: str, values: Mapping[str, Any]) -> str:
    """Return a template filled in. Raises ConfigError with the template's name and line."""
    from jinja2 import TemplateError, TemplateSyntaxError

    try:
        return str(environment.get_template(name).render(values))
    except TemplateSyntaxError as error:
        problem = Problem(error.name or name, error.lineno, 0, "template-syntax", str(error.message))
        raise ConfigError(f"the template {name} can not be read", [problem]) from error
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        problem = Problem(name, _line(error, name), 0, "template-value", str(error) or type(error).__name__)
        raise ConfigError(f"the template {name} can not be filled in", [problem]) from error


def _line(error: BaseException, name: str) -> int:
    """Return the line of a template where an error was raised; Jinja puts it into the traceback."""
    trace, line = error.__traceback__, 0
    while trace:
        if trace.tb_frame.f_code.co_filename.endswith(name):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def piece(template: str, values: Mapping[str, Any], around: Tags, press: Press) -> str:
    """Return a piece of the page, such as a section's heading, inlined as if inside `around`."""
    key = (template, tuple(values.items()), around)
    if (made := press.made.get(key)) is None:
        raw = fill(press.environment, template, values)
        made = press.made[key] = inlining.fragments([raw], press.sheet.inline, around)[0]
    return str(made)


def slots(language: str, press: Press) -> dict[str, Tags]:
    """Return, for each place of the page that stands in text, the tags around it."""
    key = ("slots", language)
    if key not in press.made:
        press.made[key] = _around(raw_page({name: f"Zq7{name}7qZ" for name in SLOTS}, language, press, web=False))
    found: dict[str, Tags] = press.made[key]
    return found


def page(
    values: Mapping[str, str | tuple[str, ...]], language: str, provider: ProviderName, press: Press, *, web: bool
) -> list[str]:
    """Return the page with `values` in its places, in pieces.

    Text is escaped, and all but the way out for `provider` too; a tuple of pieces is finished.
    """
    filled = tuple(name for name in SLOTS if values[name])
    key = ("page", language, filled, web)
    if (parts := press.made.get(key)) is None:
        raw = raw_page({name: f"Zq7{name}7qZ" if name in filled else "" for name in SLOTS}, language, press, web=web)
        parts = press.made[key] = _cut(inlining.inline(raw))
    pieces: list[str] = []
    for part, context in parts:
        value = values[part] if context else part
        if isinstance(value, tuple):
            pieces += value
        elif not context:
            pieces.append(value)
        elif part == WAY_OUT:
            pieces.append(_written(value, context))
        else:
            pieces.append(escape_html(_written(value, context), provider))
    return pieces


def text_page(
    values: Mapping[str, str | tuple[str, ...]], language: str, provider: ProviderName, press: Press
) -> list[str]:
    """Return the text part with `values` in its places, in pieces.

    All but the way out is escaped for `provider`; a tuple of pieces is finished.
    """
    filled = tuple(name for name in TEXT_SLOTS if values[name])
    key = ("text", language, filled)
    if (parts := press.made.get(key)) is None:
        given = {name: f"Zq7{name}7qZ" if name in filled else "" for name in TEXT_SLOTS}
        fixed = _fixed(language, press)
        parts = press.made[key] = _TOKEN.split(fill(press.environment, "email.txt.jinja", fixed | given).strip() + "\n")
        if "sections" not in parts[1::2] or any("zq7" in literal.lower() for literal in parts[::2]):
            raise _changed("email.txt.jinja")
    pieces: list[str] = []
    for number, part in enumerate(parts):
        value = values[part] if number % 2 else part
        if isinstance(value, tuple):
            pieces += value
        else:
            finished = number % 2 == 0 or part == WAY_OUT
            pieces.append(value if finished else escape_text(value, provider))
    return pieces


def raw_page(values: Mapping[str, str], language: str, press: Press, *, web: bool) -> str:
    """Return the page with `values` in its places, not inlined."""
    site = press.site
    fixed = _fixed(language, press) | {
        "web": web,
        "direction": localisation.direction(language),
        "styles": Markup(press.sheet.styles),  # noqa: S704 - the owner's style sheet
        "padding": _PADDING,
        "logo_url": urljoin(site.url, site.logo) if site.logo else "",
        "feed_url": urljoin(site.url, "feed.xml"),
    }
    return fill(press.environment, "email.html.jinja", {**fixed, **values})


def _fixed(language: str, press: Press) -> dict[str, Any]:
    """Return what every edition in a language says the same."""
    return {
        "site": press.site,
        "theme": press.theme,
        "words": localisation.words(language),
        "language": language,
        "unsubscribe_text": localisation.unsubscribe(language),
    }


def _changed(template: str) -> ConfigError:
    problem = Problem(template, 0, 0, "template-value", "a value of the edition is changed, or does not stand here")
    return ConfigError(f"the template {template} can not be filled in", [problem])


def _cut(page: str) -> list[tuple[str, str]]:
    """Cut a page at its tokens: literal text with an empty context, names of places with where they stand."""
    parts = _TOKEN.split(page)
    cut: list[tuple[str, str]] = []
    before = ""
    for index in range(0, len(parts) - 1, 2):
        before += parts[index]
        inside = "attribute" if before.rfind("<") > before.rfind(">") else "text"
        context = "comment" if before.rfind("<!--") > before.rfind("-->") else inside
        cut += [*((lines, "") for lines in _whole_lines(parts[index])), (parts[index + 1], context)]
    cut += [(lines, "") for lines in _whole_lines(parts[-1])]
    lost = [text for text, context in cut if context == "" and "zq7" in text.lower()]
    if lost:
        raise _changed("email.html.jinja")
    return cut


def _whole_lines(text: str) -> Iterator[str]:
    """Cut a text after its first and its last line end: what is between goes into a message as it is, once encoded."""
    first, last = text.find("\n") + 1, text.rfind("\n") + 1
    yield from (text[:first], text[first:last], text[last:])


@lru_cache(maxsize=1024, typed=True)  # Markup is equal to the text it is made of
def _written(value: str, context: str) -> str:
    """Return a value as lxml writes it in a text or an attribute, and as Jinja does in a comment."""
    if isinstance(value, Markup):
        return value
    if context == "comment":
        return escape(value)
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value.replace('"', "&quot;") if context == "attribute" else value


def _around(page: str) -> dict[str, Tags]:
    from lxml import etree

    found: dict[str, Tags] = {}
    root = etree.fromstring(page, etree.HTMLParser())
    for element in root.iter(etree.Element):
        for text in (element.text, *(child.tail for child in element)):
            for name in _TOKEN.findall(text or ""):
                chain: Sequence[Any] = [element, *element.iterancestors()]
                found.setdefault(name, tuple(_opening(node) for node in reversed(chain) if node.tag != "html"))
    return found


def _opening(element: Any) -> str:
    """Return the opening tag with what a selector that is inlined can match."""
    attributes = "".join(f' {name}="{escape(element.get(name))}"' for name in ("class", "id") if element.get(name))
    return f"<{element.tag}{attributes}>"
