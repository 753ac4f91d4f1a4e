"""Render the HTML page and the text part of an edition, and inline the CSS of parts of the page.

A page's CSS is inlined once for all editions of a language. The first rendering fills in the shared values and leaves
each edition's own values as variables of a second template: `~edition(subject)`. Each edition renders that template.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from markupsafe import Markup, escape
from msgspec import Struct

from digest.config.schema import Digest, ProviderName, Site
from digest.editions.edition import Edition
from digest.emails import languages, tree
from digest.emails.look import BLOCKS, MARKED, TEXTS, Look, fill, fill_page, html_name, parse_page, shared_values
from digest.emails.providers import Placeholder, escape_html, escape_text

if TYPE_CHECKING:
    from jinja2 import Template

_LAYOUT = {"role": "presentation", "border": "0", "cellpadding": "0", "cellspacing": "0", "width": "100%"}
_FILLED_IN = ("unsubscribe_url", "preferences_url")  # not escaped: the provider fills them in
_REFERENCE = "\ue000"  # stands for `&` while a page with character references is inlined
_ADDRESSES = ("href", "src", "action", "name")
_LITERAL = "digest-literal-"
_START, _END = "~edition(", ")"  # characters that need no escaping in attributes


class Variable(Struct, frozen=True):
    """A value that editions fill in later: a template can only print it and test whether it is empty."""

    name: str
    filled: bool

    def __bool__(self) -> bool:
        return self.filled

    def __html__(self) -> str:
        return f"{_START}{self.name}{_END}" if self.filled else ""

    def __str__(self) -> str:
        raise TypeError(f"{self.name} is filled in after the CSS was inlined: print it without a filter")


def html_part(values: Mapping[str, str], look: Look, provider: ProviderName, *, web: bool) -> str:
    """Render the page with `values`: the e-mail, or the page for the archive with `web`.

    Blocks are finished HTML; all other values except addresses that the provider fills in are escaped for
    `provider`.
    """
    html = {html_name(name): Markup(languages.marked(values[name], look.language)) for name in MARKED}  # noqa: S704
    all_values = {**values, **html}
    filled = frozenset(name for name, value in all_values.items() if value)
    written = {name: _html(name, value, provider) for name, value in all_values.items()}
    page = _page(look, filled, web=web).render(written)
    return page if look.sheet.simple else _inline_whole(page, look)


def addresses(edition: Edition, digest: Digest, site: Site) -> dict[str, str]:
    """Return the URLs of an edition's page, of the page with all of them, and of the one to subscribe on."""
    return {
        "web_url": urljoin(site.url, f"editions/{edition.key}/"),
        "archive_url": urljoin(site.url, f"editions/{edition.digest}/"),
        "subscribe_url": digest.subscribe,
    }


def text_part(values: Mapping[str, str], look: Look, provider: ProviderName) -> str:
    """Render the text part with `values`.

    The sections are finished; all other values except addresses that the provider fills in are escaped for
    `provider`.
    """
    written = {name: _text(name, value, provider) for name, value in values.items()}
    return fill(look.environment, "email.txt.jinja", {**shared_values(look), **written}).strip() + "\n"


def inline_at(html: str, place: str, look: Look) -> str:
    """Return part of the page with its CSS inlined as if it were alone in the block `place`.

    Only simple selectors are inlined, so siblings cannot change its look. The result is empty when the page does not
    print the block.
    """
    from lxml import etree

    from digest.emails.inliner import inline

    if place not in look.ancestors:
        return ""
    outermost, *others = look.ancestors[place]
    root = holder = etree.Element(outermost.tag, outermost.attributes)
    for ancestor in others:
        holder = etree.SubElement(holder, ancestor.tag, ancestor.attributes)
    body = tree.parse(html)
    languages.mark(body, look.language)
    holder.text = body.text
    holder.extend(body)
    _make_rows(holder)
    if look.sheet.simple:
        inline(root, look.rules, look.sheet.fallbacks)
    return tree.serialise(holder)


def _make_rows(holder: Any) -> None:
    """Put what stands in a table into its rows, and rows that stand elsewhere into a table."""
    in_table = holder.tag in ("table", "tbody")
    for element in list(holder):
        is_row = element.tag == "tr"
        if not isinstance(element.tag, str) or is_row == in_table:
            continue
        if is_row:
            tree.wrap(element, "table", **_LAYOUT)
        else:
            tree.wrap(element, "td", **{"class": "surface side text"})
            tree.wrap(element.getparent(), "tr")


piece = lru_cache(maxsize=256)(inline_at)


def _html(name: str, value: str, provider: ProviderName) -> Markup:
    written = escape(value)
    if name in _FILLED_IN or name in BLOCKS or isinstance(value, Placeholder):
        return written
    return Markup(escape_html(written, provider))  # noqa: S704 - escaped above


def _text(name: str, value: str, provider: ProviderName) -> str:
    if name in (*_FILLED_IN, "sections") or isinstance(value, Placeholder):
        return value
    return escape_text(value, provider)


def _inline_whole(page: str, look: Look) -> str:
    """Inline the CSS of a finished page, whose character references keep what a provider would take for a tag."""
    from digest.emails.exact import Exact

    root = parse_page(page.replace("&#", f"{_REFERENCE}#"))
    Exact(look.sheet).inline(root)
    return _serialise(root, page).replace(f"{_REFERENCE}#", "&#")


def _serialise(root: Any, written: str) -> str:
    """Return a page as HTML: with the doctype that it was written with, and addresses letter for letter."""
    from lxml import etree

    page = root.getroottree()
    if not written.startswith(page.docinfo.doctype):  # lxml adds one where there is none
        page = root
    for element in root.iter("*"):
        for name in _ADDRESSES:
            if element.get(name):
                _rename(element, name, f"{_LITERAL}{name}")
    html = etree.tostring(page, encoding="unicode", method="html")
    return str(html).replace(f" {_LITERAL}", " ")


def _rename(element: Any, name: str, other: str) -> None:
    """Rename an attribute in its place: lxml would encode the spaces of a placeholder in an address."""
    attributes = [(other if key == name else key, value) for key, value in element.attrib.items()]
    element.attrib.clear()
    element.attrib.update(attributes)


@lru_cache(maxsize=64)
def _page(look: Look, filled: frozenset[str], *, web: bool) -> "Template":
    """Return the page, its CSS inlined, as a template of the values that are `filled`."""
    from digest.emails.inliner import inline

    names = (*TEXTS, *map(html_name, MARKED), *BLOCKS)
    values = {name: Variable(name, name in filled) for name in names}
    written = fill_page(look, values, web=web).strip()
    root = parse_page(written)
    if look.sheet.simple:
        inline(root, look.rules, look.sheet.fallbacks)
    inlined = _serialise(root, written)
    environment = look.environment.overlay(
        variable_start_string=_START,
        variable_end_string=_END,
        block_start_string="~edition-block(",  # there are variables only
        comment_start_string="~edition-comment(",
    )
    return environment.from_string(inlined)
