"""Handlers for tags of Hexo and its themes, whose arguments are positional.

https://hexo.io/docs/tag-plugins, https://butterfly.js.org/posts/2df239ce/, https://theme-next.js.org/docs/tag-plugins/
Hexo separates arguments by spaces, themes by commas; colours, icons and states among them are dropped.
"""

import html as entities

from digest.markdown import embeds
from digest.markdown.commonmark import inline_html as inline
from digest.markdown.foreign import handlers
from digest.markdown.foreign.addresses import file_url, is_path
from digest.markdown.foreign.body import Body, Tag, Token
from digest.markdown.foreign.handlers import Block

_STYLE_NAMES = (
    "default primary success info warning danger light secondary note tip error icon no-icon flat modern simple "
    "disabled blue pink red purple orange green yellow cyan gray grey black white true false open close"
)
_STYLES = frozenset(_STYLE_NAMES.split())
_TABS = frozenset(("tabs", "subtabs", "subsubtabs"))
_TIMES = frozenset(("timeline",))
_MAX_TABS = 8_000  # characters
_ICONS = frozenset(("fa", "fas", "far", "fab", "fal", "fad"))


def link(tag: Tag, body: Body) -> str | None:
    """A link, `{% link text url title %}` or `{% link text, url, icon %}`; with one argument the URL of that page."""
    urls = [arg for arg in tag.args if _is_url(arg)]
    if len(tag.args) < 2 or not tag.liquid or not urls:
        return handlers.page(tag, body)
    before = tag.args[: tag.args.index(urls[0])]
    after = tag.args[len(before) + 1 :]
    words = [arg for arg in before or after if arg not in ("true", "false")]
    return _link(urls[0], " ".join(words) or urls[0], tag, body)


def button(tag: Tag, body: Body) -> str | None:
    """A link; themes write its URL, text and icon in this order, or its colour, text, URL and icon, between commas."""
    fields = tag.fields
    urls = [n for n, field in enumerate(fields) if _is_url(field)]
    if tag.named or len(fields) < 2 or not urls:
        return handlers.button(tag, body)
    place = urls[0]
    text = fields[place - 1] if place else fields[1]
    return _link(fields[place], text or fields[place], tag, body)


def player(tag: Tag, _body: Body) -> str | None:
    """A link to a song or film, with the words before its URL: `{% aplayer "Song" "Singer" url %}`."""
    words = [arg.removeprefix("url=") for arg in tag.args]
    urls = [word for word in words if _is_url(word)] or [tag.given("url")]
    before = words[: words.index(urls[0])] if urls[0] in words else []
    return embeds.link(urls[0], " – ".join(before)) or None


def gallery_group(tag: Tag, body: Body) -> str | None:
    """A link to an album with its picture: `{% galleryGroup name description link picture %}`."""
    if len(tag.args) < 4:
        return None
    name, description, url, picture = tag.args[:4]
    image = f'<img src="{entities.escape(picture)}" alt="{entities.escape(name)}">'
    caption = inline(f"**{name}** {description}")
    return f"<figure>{_link(url, image, tag, body)}<figcaption>{caption}</figcaption></figure>"


def folding(tag: Tag) -> Block:
    """A disclosure block: `{% folding red open, title %}`, `{% fold info @title %}`."""
    style, mark, title = tag.rest.partition("@")
    if not mark:
        style, comma, title = tag.rest.partition(",")
        if not comma:
            style, title = "", style
    return handlers.details_block(tag.given("title") or title.strip(" '\""), is_open="open" in style.split())


def toggle(tag: Tag) -> Block:
    """A disclosure block: `{% hideToggle title,background,colour %}`."""
    return handlers.details_block(tag.given("title", "header") or tag.fields[0])


def note(tag: Tag) -> Block:
    """A block quote; the arguments that are not style names make its title."""
    words = [arg for arg in tag.args if not all(map(_is_style, arg.split()))]
    title = tag.given("title", "summary", "header")
    if tag.liquid and not title:
        title = " ".join(words)
    return handlers.note_block(title)


def read_tab(body: Body, token: Token) -> str | None:
    """Return the label of a tab or a time in a comment: `<!-- tab Apple@icon -->`, `<!-- node 2014 -->`."""
    name, _, label = token.inner.strip().partition(" ")
    around = _TABS if name in ("tab", "endtab") else _TIMES
    if name not in ("tab", "endtab", "node", "timeline", "endtimeline") or around.isdisjoint(body.closed):
        return None
    label = label.partition("@")[0].strip()
    if name == "tab" and not label and "@" not in token.inner:
        label = _numbered(body, token.start)
    next_line = f"\n{token.prefix or ''}"
    return f"{next_line}{next_line}<strong>{inline(label)}</strong>{next_line}{next_line}" if label else next_line


def _numbered(body: Body, start: int) -> str:
    """Return the label of a tab without one: the name of all tabs and its number, as NexT and Butterfly show it."""
    before = body.text[max(0, start - _MAX_TABS) : start]
    _, tag, tabs = before.rpartition("{% tabs ")
    name = tabs.partition("%}")[0].partition(",")[0].strip() if tag else ""
    return f"{name} {tabs.count('<!-- tab') + 1}" if name else ""


def headed(tag: Tag) -> Block:
    """The content below the first argument in bold: a point in time, `{% timenode 2014-9 %}`."""
    return handlers.headed_block(tag.given("title", "date", "header") or tag.fields[0])


def first(tag: Tag, _body: Body) -> str | None:
    """The first argument: `{% hideInline text,button %}`."""
    return inline(tag.fields[0]) or None


def last(tag: Tag, _body: Body) -> str | None:
    """The last argument; those before it are styles: `{% span red, text %}`."""
    return inline(tag.fields[-1]) or None


def label(tag: Tag, _body: Body) -> str | None:
    """Highlighted text: `{% label primary@text %}`, or `{% label text colour %}`."""
    _, mark, text = tag.rest.partition("@")
    text = text.strip() if mark else tag.first("text")
    return f"<mark>{inline(text)}</mark>" if text else None


def checkbox(tag: Tag, _body: Body) -> str | None:
    """A box with its text: `{% checkbox red checked, text %}`, `{% cb text, true %}`."""
    fields = tag.fields
    style, text = fields[0], fields[-1]
    if text.lower() in ("true", "false", "checked", "incline"):
        style, text = " ".join(fields[1:]), fields[0]
    is_checked = len(fields) > 1 and not {"checked", "true"}.isdisjoint(style.lower().split())
    return f"{'☑' if is_checked else '☐'} {inline(text)}"


def _is_url(text: str) -> bool:
    return is_path(text) or text.startswith("#")


def _is_style(word: str) -> bool:
    return word in _STYLES or word in _ICONS or word.startswith(("fa-", "color:", "icon:"))


def _link(url: str, text: str, tag: Tag, body: Body) -> str:
    return f'<a href="{entities.escape(file_url(url, tag, body.config))}">{inline(text)}</a>'
