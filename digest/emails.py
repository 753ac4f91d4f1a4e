"""An edition as an e-mail: cards set into a page, a text part, a message.

The page around the cards is inlined once with tokens where the edition speaks; setting an edition costs a few string joins.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit

from markupsafe import Markup, escape
from msgspec import Struct

from digest import cards, inlining, localisation, messages, pages, texts
from digest.config import Config, Digest
from digest.editions import Edition, EditionSection
from digest.markup import Rendered
from digest.posts import Post
from digest.problems import ConfigError, DigestError, Problem

_TOKEN = re.compile(r"Zq7(\w+?)7qZ")
_CONTENTS_FROM = 5  # posts
_PREHEADER = (40, 110)  # characters
# What mail clients show after the preheader would be the page's first words; invisible characters fill the place.
_PADDING = Markup("&#847;&zwnj;&nbsp;&#8199;&shy;" * 40)
_EMPTY = Rendered(html="", summary="", words=0)


class Email(Struct, frozen=True):
    """An edition ready to send. `eml` is the whole message, `web` the page for the archive."""

    html: str
    text: str
    eml: bytes
    web: str
    subject: str
    preheader: str
    problems: tuple[Problem, ...]
    checks: dict[str, int | str | bool]


def compose(edition: Edition, rendered: Mapping[str, Rendered], config: Config) -> Email:
    """Return an edition as an e-mail. `rendered` holds each post's body by the post's id.

    Raises ConfigError when a template or the subject can not be filled in.
    """
    digest = config.digests[edition.digest]
    press = _press(config)
    values = _values(edition, rendered, config)
    made = [
        (section, [_card(post, section, edition, rendered, config, press) for post in section.posts])
        for section in edition.sections
        if section.posts
    ]
    values |= {"sections": Markup("".join(_sections(made, press, edition, config))), "contents": _contents(made)}
    html = _page(values, config, digest, press, web=False)
    web = _page(values, config, digest, press, web=True)
    text = _text(values, made, config, digest, press)
    problems = (*press.sheet.problems, *(p for _, group in made for card in group for p in card.problems))
    eml = _message(values, edition, config, digest, text, html)
    checks: dict[str, int | str | bool] = {
        "html_bytes": len(html.encode()),
        "text_bytes": len(text.encode()),
        "eml_bytes": len(eml),
    }
    return Email(html, text, eml, web, values["subject"], values["preheader"], tuple(dict.fromkeys(problems)), checks)


@lru_cache(maxsize=8)
def _new_press(site: Any, theme: Any, root: Any, _stamp: tuple[tuple[str, int], ...]) -> cards.Press:
    config = Config(root=root, file=None, site=site, posts=None, feeds=None, digests={}, theme=theme)  # type: ignore[arg-type]
    environment = pages.environment(config)
    css = environment.get_template("email.css").render(theme=theme, **cards.press_colours(theme))
    return cards.Press(environment, site, theme, root, inlining.split(css, "email.css"), {}, {}, {})


def _press(config: Config) -> cards.Press:
    """Return what makes this site's e-mails, a new one when a template changed."""
    folders = [pages.SHIPPED, *([config.root / config.site.templates] if config.site.templates else [])]
    stamp = tuple(
        (entry.name, entry.stat().st_mtime_ns)
        for folder in folders
        if folder.is_dir()
        for entry in sorted(folder.iterdir())
    )
    return _new_press(config.site, config.theme, config.root, stamp)


def _card(
    post: Post,
    section: EditionSection,
    edition: Edition,
    rendered: Mapping[str, Rendered],
    config: Config,
    press: cards.Press,
) -> cards.Card:
    digest = config.digests[edition.digest]
    layout = post.layout or section.layout or ("featured" if post is edition.posts[0] else "compact")
    language = digest.language or config.site.language
    style = cards.Style(layout, digest.text, digest.words, language, edition.digest if digest.utm else "")
    slots = _skeleton(config, digest, press, frozenset({"contents", "sections"}), web=False)[1]
    return cards.make(post, rendered.get(post.id, _EMPTY), style, (slots["sections"], slots["contents"]), press)


def _values(edition: Edition, rendered: Mapping[str, Rendered], config: Config) -> dict[str, Any]:
    digest = config.digests[edition.digest]
    language = digest.language or config.site.language
    unsubscribe = next(iter(digest.unsubscribe.replace(",", " ").split()), "")
    subject = _subject(edition, config)
    return {
        "subject": subject,
        "preheader": _preheader(edition, rendered, subject),
        "period": localisation.span(edition.start, edition.end, language),
        "web_url": urljoin(config.site.url, f"editions/{edition.key}/"),
        "unsubscribe_url": unsubscribe,
        "intro": "",
        "outro": "",
    }


def _subject(edition: Edition, config: Config) -> str:
    digest = config.digests[edition.digest]
    posts = edition.posts
    if edition.note and edition.note.subject:
        return messages.clean(edition.note.subject)
    from jinja2 import TemplateError

    values = {"digest": digest, "edition": edition, "lead": posts[0], "posts": posts, "count": len(posts)}
    try:
        template = pages.environment(config).overlay(autoescape=False).from_string(digest.subject)
        return messages.clean(template.render(values)) or digest.title
    except TemplateError as error:
        place = str(config.file.name) if config.file else "digest.toml"
        problem = Problem(place, 0, 0, "subject-template", f"digests.{edition.digest}.subject: {error}")
        raise ConfigError("the subject can not be made", [problem]) from error


def _preheader(edition: Edition, rendered: Mapping[str, Rendered], subject: str) -> str:
    """Return 40 to 110 characters that go on where the subject ends: the note's, or the lead's summary and more titles."""
    lead, *others = edition.posts
    text = (
        (edition.note.preheader if edition.note else "")
        or rendered.get(lead.id, _EMPTY).summary
        or lead.summary
        or lead.title
    )
    text = messages.clean(text)
    for post in others:
        if len(text) >= _PREHEADER[0]:
            break
        if post.title and post.title not in subject:
            text = f"{text} · {messages.clean(post.title)}"
    if len(text) <= _PREHEADER[1]:
        return text
    short = text[: _PREHEADER[1] - 1]
    return (short[: short.rfind(" ")] if short.rfind(" ") > _PREHEADER[0] else short).rstrip(" ,.;:") + "…"


def _piece(template: str, values: Mapping[str, Any], ancestors: Sequence[str], press: cards.Press) -> str:
    raw = press.environment.get_template(template).render(values)
    key = (raw, ancestors)
    if key not in press.pieces:
        press.pieces[key] = inlining.fragment(raw, press.sheet.inline, ancestors)
    return press.pieces[key]


def _sections(
    made: Sequence[tuple[EditionSection, list[cards.Card]]], press: cards.Press, edition: Edition, config: Config
) -> Iterator[str]:
    slots = _skeleton(config, config.digests[edition.digest], press, frozenset({"contents", "sections"}), web=False)[1]
    for section, group in made:
        yield _piece("section.html.jinja", {"title": section.title}, slots["sections"], press)
        yield from (card.html for card in group)


def _contents(made: Sequence[tuple[EditionSection, list[cards.Card]]]) -> Markup:
    lines = [card.contents for _, group in made for card in group]
    return Markup("".join(lines) if len(lines) >= _CONTENTS_FROM else "")


_SLOTS = ("subject", "preheader", "period", "web_url", "unsubscribe_url", "intro", "outro", "contents", "sections")


def _skeleton(
    config: Config, digest: Digest, press: cards.Press, filled: frozenset[str], *, web: bool
) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """Return the inlined page as literal text and the names of values in turn, and what stands around each value."""
    key = (digest, filled, web)
    if key not in press.skeletons:
        raw = _raw_page(
            {name: f"Zq7{name}7qZ" if name in filled else "" for name in _SLOTS}, config, digest, press, web=web
        )
        press.skeletons[key] = (_contexts(inlining.inline(raw)), _ancestors(raw))
    found: tuple[list[str], dict[str, tuple[str, ...]]] = press.skeletons[key]
    return found


def _raw_page(values: Mapping[str, Any], config: Config, digest: Digest, press: cards.Press, *, web: bool) -> str:
    language = digest.language or config.site.language
    words = localisation.words(language)
    page = {
        "web": web,
        "digest": digest,
        "site": config.site,
        "theme": config.theme,
        "words": words,
        "language": language,
        "direction": localisation.direction(language),
        "styles": Markup(press.sheet.styles),
        "padding": _PADDING,
        "reason": digest.reason or words.why.format(title=digest.title),
        "unsubscribe_text": localisation.unsubscribe(language),
        "logo_url": urljoin(config.site.url, config.site.logo) if config.site.logo else "",
        "feed_url": urljoin(config.site.url, "feed.xml"),
    }
    return str(press.environment.get_template("email.html.jinja").render({**page, **values}))


def _contexts(page: str) -> list[str]:
    """Split a page at its tokens: literal text at even places, `name:context` at odd ones."""
    parts = _TOKEN.split(page)
    before = ""
    for index in range(0, len(parts) - 1, 2):
        before += parts[index]
        tag = before.rfind("<") > before.rfind(">")
        comment = before.rfind("<!--") > before.rfind("-->")
        parts[index + 1] += ":comment" if comment else ":attribute" if tag else ":text"
    return parts


def _ancestors(page: str) -> dict[str, tuple[str, ...]]:
    """Return, for each token that stands in text, the opening tags around it with what selectors can match."""
    from lxml import etree

    found: dict[str, tuple[str, ...]] = {}
    root = etree.fromstring(page, etree.HTMLParser())
    for element in root.iter(etree.Element):
        for holder, text in ((element, element.text), *((element, child.tail) for child in element)):
            for name in _TOKEN.findall(text or ""):
                chain = [holder, *holder.iterancestors()]
                found.setdefault(name, tuple(_opening(node) for node in reversed(chain) if node.tag != "html"))
    return found


def _opening(element: Any) -> str:
    attributes = "".join(f' {name}="{escape(element.get(name))}"' for name in ("class", "id") if element.get(name))
    return f"<{element.tag}{attributes}>"


def _page(values: Mapping[str, Any], config: Config, digest: Digest, press: cards.Press, *, web: bool) -> str:
    filled = frozenset(name for name in _SLOTS if values[name])
    parts = list(_skeleton(config, digest, press, filled, web=web)[0])
    for index in range(1, len(parts), 2):
        name, context = parts[index].split(":")
        parts[index] = _placed(values[name], context)
    return "".join(parts)


def _placed(value: str, context: str) -> str:
    """Return a value as lxml writes it in a text or an attribute, and as Jinja does in a comment."""
    if isinstance(value, Markup):
        return str(value)
    if context == "comment":
        return str(escape(value))
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value.replace('"', "&quot;") if context == "attribute" else value


def _text(
    values: Mapping[str, Any],
    made: Sequence[tuple[EditionSection, list[cards.Card]]],
    config: Config,
    digest: Digest,
    press: cards.Press,
) -> str:
    language = digest.language or config.site.language
    words = localisation.words(language)
    sections = [
        {"title": s.title, "underline": texts.underline(s.title), "cards": [c.text for c in group]} for s, group in made
    ]
    page = {
        **values,
        "title": digest.title,
        "sections": sections,
        "digest": digest,
        "site": config.site,
        "words": words,
        "reason": texts.wrap(digest.reason or words.why.format(title=digest.title)),
        "unsubscribe_text": localisation.unsubscribe(language),
    }
    return str(press.environment.get_template("email.txt.jinja").render(page)).strip() + "\n"


def _message(
    values: Mapping[str, Any], edition: Edition, config: Config, digest: Digest, text: str, html: str
) -> bytes:
    host = (urlsplit(config.site.url).hostname or "example.org").encode("idna").decode("ascii")
    name, sender = messages.split_address(digest.sender)
    name, sender = name or config.site.title or digest.title, sender or f"newsletter@{host}"
    to_name, to = messages.split_address(digest.to)
    list_name, list_id = (
        re.fullmatch(r"\s*(.*?)\s*<?([^<>\s]*)>?\s*", digest.list_id).groups() if digest.list_id else ("", "")
    )  # type: ignore[union-attr]
    headers = [
        messages.address("From", name, sender),
        messages.address("To", to_name, to) if to else messages.address("To", name, sender),
        messages.unstructured("Subject", values["subject"]),
        f"Message-ID: {messages.message_id(sender.rpartition('@')[2], config.site.url, edition.key)}",
        messages.identifiers("List-Id", [list_id or f"{edition.digest}.{host}"], list_name or digest.title),
    ]
    if digest.reply_to:
        headers.append(messages.address("Reply-To", *messages.split_address(digest.reply_to)))
    links = digest.unsubscribe.replace(",", " ").split()
    if links:
        headers.append(messages.identifiers("List-Unsubscribe", links))
        if digest.one_click and any(link.startswith("https://") for link in links):
            headers.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    headers += [
        messages.identifiers("Archived-At", [values["web_url"]]),
        "Auto-Submitted: auto-generated",
        "Precedence: bulk",
    ]
    return messages.message(headers, edition.end, text, html)
