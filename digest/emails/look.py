"""The look of a site's e-mails in one language: templates, theme and parsed style sheet."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from digest import localisation, templates
from digest.collector import slugify, tag_key
from digest.config.schema import Config, Format, Site, Theme
from digest.emails import contrast, fonts, inline_css
from digest.emails.lint import template_problems, theme_problems
from digest.problems import ConfigError, Problem

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

    from digest.emails.inliner import Rule

TEXTS = (
    *("subject", "preheader", "title", "publication", "site_title"),
    *("number", "period", "length", "reason", "address", "web_url", "archive_url"),
    *("subscribe_url", "preferences_url", "unsubscribe_url", "rest"),
)
# Texts that the page also gets as HTML, with their languages marked, as `title_html`; for use outside attributes.
MARKED = ("title", "publication", "site_title", "reason")
BLOCKS = ("intro", "lead", "contents_begin", "contents", "contents_end", "sections", "outro", "share")
# Invisible characters after the preheader keep mail clients from showing the page's first words there.
_PADDING = Markup("\u034f\u200c\u00a0\u2007\u00ad" * 40)  # noqa: S704 - a constant
_BASE = "img { max-width: 100%; height: auto }"  # what no style sheet of a site's own may forget
_PLACE = "digest-place"  # placeholder element for a block while its ancestors are looked up


class Ancestor(Struct, frozen=True):
    """An element around a block, reduced to what inlined selectors can match."""

    tag: str
    attributes: dict[str, str]  # class and id


class AddedRules(Struct, frozen=True):
    """The rules of `[theme] css`, the file that has them, and how many lines stand before them in it."""

    css: str
    path: str
    lines_before: int = 0


class Look(Struct, frozen=True, eq=False):
    """How e-mails of one site look in one language.

    `ancestors` are the elements around each block of the page, outermost first; `inks` the colours of text on the
    accent colour; `problems` those of templates, style sheet and theme.
    """

    environment: "SandboxedEnvironment"
    root: Path
    site: Site
    theme: Theme
    formats: tuple[Format, ...]  # of the site's feed
    has_tag_feeds: bool
    language: str
    inks: dict[str, str]
    sheet: inline_css.Sheet
    rules: "tuple[Rule, ...]"
    problems: tuple[Problem, ...] = ()
    ancestors: Mapping[str, tuple[Ancestor, ...]] = {}

    def tag_feed(self, tag: str) -> str:
        """Return the address of the feed of a tag; empty when tags have none."""
        from digest.feeds import FILES

        slug = slugify(tag_key(tag))
        if not (slug and self.formats and self.has_tag_feeds):
            return ""
        return urljoin(self.site.url, quote(f"tags/{slug}/{FILES[self.formats[0]]}"))

    @property
    def script(self) -> str:
        """The class of texts in the language: `cjk`, or nothing."""
        return fonts.script(self.language)

    @property
    def static(self) -> Path:
        """The folder of the site's static files."""
        return self.root / self.site.static


def look(config: Config, language: str) -> Look:
    """Return the look of a site's e-mails in a language, cached until its settings or a template change.

    Raises ConfigError when a template cannot be read or filled in.
    """
    return _look(
        environment=templates.environment(config.own_templates),
        root=config.root,
        site=config.site,
        theme=fonts.with_stacks(config.theme, language),
        formats=config.feeds.formats,
        has_tag_feeds=config.feeds.per_tag,
        language=language,
        settings=config.file.name if config.file else "digest.toml",
        added=_added_rules(config),
    )


def lint(config: Config) -> tuple[Problem, ...]:
    """Return the problems of templates, style sheet and theme, independent of any edition.

    Raises ConfigError when a template cannot be read or filled in.
    """
    return look(config, config.site.language).problems


@lru_cache(maxsize=8)
def _look(
    *,
    environment: "SandboxedEnvironment",
    root: Path,
    site: Site,
    theme: Theme,
    formats: tuple[Format, ...],
    has_tag_feeds: bool,
    language: str,
    settings: str,
    added: AddedRules,
) -> Look:
    from digest.emails.inliner import read_fallbacks, read_rules

    inks = {"button_text": contrast.ink(theme.accent), "dark_button_text": contrast.ink(theme.dark_accent)}
    sheet = _sheet(environment, root, site, theme, inks)
    if added.css:
        sheet = inline_css.join(sheet, _split_added(added))
    sheet = replace(sheet, fallbacks=read_fallbacks(sheet.fallbacks))
    plain = Look(
        environment=environment,
        root=root,
        site=site,
        theme=theme,
        formats=formats,
        has_tag_feeds=has_tag_feeds,
        language=language,
        inks=inks,
        sheet=sheet,
        rules=read_rules(sheet.inline),
    )
    ancestors = _ancestors(plain)
    problems = [*sheet.problems, *theme_problems(theme, settings), *template_problems(root, site.templates)]
    if "sections" not in ancestors:
        message = "the page has no place for its posts"
        path = f"{site.templates}/email.html.jinja"
        problems.append(Problem(path, 0, 0, "template-no-posts", message, "print {{ sections }}", "warning"))
    return replace(plain, problems=tuple(problems), ancestors=ancestors)


def _sheet(
    environment: "SandboxedEnvironment", root: Path, site: Site, theme: Theme, inks: Mapping[str, str]
) -> inline_css.Sheet:
    """Return the style sheet, `email.css`: the shipped one, or the site's own."""
    css = fill(environment, "email.css", {"theme": theme, **inks})
    own = bool(site.templates) and (root / site.templates / "email.css").is_file()
    sheet = inline_css.split(css, f"{site.templates}/email.css" if own else "email.css")
    if own and css.strip():
        return inline_css.join(inline_css.split(_BASE, ""), sheet)
    return sheet


def _added_rules(config: Config) -> AddedRules:
    """Return the rules of `[theme] css`: those of a file, or what stands in the settings. Raises ConfigError."""
    css, settings = config.theme.css, config.file.name if config.file else "digest.toml"
    if not css.endswith(".css"):
        return AddedRules(css, settings, _lines_before(css, config.root / settings))
    for path in (css, f"{config.site.templates}/{css}"):
        file = config.root / path
        if file.is_file():
            return AddedRules(file.read_text(encoding="utf-8", errors="replace"), path)
    hint = f"put it beside {settings} or into {config.site.templates}/"
    problem = Problem(settings, 0, 0, "theme-css", f'theme.css: there is no file "{css}"', hint)
    raise ConfigError("the style sheet of [theme] cannot be read", [problem])


def _lines_before(text: str, file: Path) -> int:
    """Return how many lines of a file stand before a text in it; 0 when it does not stand there so."""
    try:
        source = file.read_text(encoding="utf-8")
    except OSError:
        return 0
    return source.count("\n", 0, max(source.find(text), 0))


def _split_added(added: AddedRules) -> inline_css.Sheet:
    sheet = inline_css.split(added.css, added.path)
    problems = tuple(replace(problem, line=problem.line + added.lines_before) for problem in sheet.problems)
    return replace(sheet, problems=problems)


def fill(environment: "SandboxedEnvironment", name: str, values: Mapping[str, Any]) -> str:
    """Render a template. Raises ConfigError with the template's name and line."""
    from jinja2 import TemplateError, TemplateSyntaxError

    try:
        return environment.get_template(name).render(values)
    except TemplateSyntaxError as error:
        problem = Problem(error.name or name, error.lineno, 0, "template-syntax", str(error.message))
        raise ConfigError(f"the template {name} cannot be read", [problem]) from error
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        problem = Problem(name, _line(error, name), 0, "template-value", str(error) or type(error).__name__)
        raise ConfigError(f"the template {name} cannot be filled in", [problem]) from error


def fill_page(look: Look, values: Mapping[str, Any], *, web: bool) -> str:
    """Render the page with `values`, before its CSS is inlined."""
    from digest.feeds import FILES, MEDIA_TYPES

    site, sheet = look.site, look.sheet
    kept = f'<style data-premailer="ignore">{sheet.kept}</style>' if sheet.kept else ""
    shared = {
        "web": web,
        "direction": localisation.direction(look.language),
        "styles": Markup(kept),  # noqa: S704 - the owner's style sheet
        "padding": _PADDING,
        "logo_url": urljoin(site.url, site.logo) if site.logo else "",
        "logo_dark_url": urljoin(site.url, look.theme.logo_dark) if look.theme.logo_dark else "",
        "feeds": [{"type": MEDIA_TYPES[form], "url": urljoin(site.url, FILES[form])} for form in look.formats],
    }
    return fill(look.environment, "email.html.jinja", {**shared_values(look), **shared, **values})


def shared_values(look: Look) -> dict[str, Any]:
    """Return the template variables that all editions in a language share."""
    return {
        "site": look.site,
        "theme": look.theme,
        "words": localisation.words(look.language),
        "language": look.language,
        "script": look.script,
        "unsubscribe_text": localisation.unsubscribe(look.language),
    }


def html_name(name: str) -> str:
    """Return the name of a text's HTML in the template of the page."""
    return f"{name}_html"


def parse_page(page: str) -> Any:
    """Return the page's `html` element. Raises ConfigError when there is none."""
    from lxml import etree

    root: Any = etree.fromstring(page, etree.HTMLParser()) if page.strip() else None
    if root is None:
        raise _not_a_page("the page is empty")
    return root


def _line(error: BaseException, name: str) -> int:
    """Return the line of a template where an error was raised; Jinja puts it into the traceback."""
    trace, line = error.__traceback__, 0
    while trace:
        if trace.tb_frame.f_code.co_filename.endswith(name):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _ancestors(look: Look) -> dict[str, tuple[Ancestor, ...]]:
    """Return the elements around each block of the page, outermost first."""
    values: dict[str, str] = dict.fromkeys((*TEXTS, *map(html_name, MARKED)), "-")
    for name in BLOCKS:
        values[name] = Markup(f'<{_PLACE} id="{name}"></{_PLACE}>')  # noqa: S704 - a constant
    page = parse_page(fill_page(look, values, web=False))
    found = {}
    for place in page.iter(_PLACE):
        outwards = [_ancestor(element) for element in place.iterancestors()]
        found[place.get("id")] = tuple(reversed(outwards))
    return found


def _ancestor(element: Any) -> Ancestor:
    return Ancestor(element.tag, {name: element.get(name) for name in ("class", "id") if element.get(name)})


def _not_a_page(message: str) -> ConfigError:
    problem = Problem("email.html.jinja", 0, 0, "template-value", message)
    return ConfigError("the template email.html.jinja cannot be filled in", [problem])
