"""Handlers that turn tags and shortcodes into Markdown: the functions in the rows of `shortcodes.SHORTCODES`.

Each returns Markdown, with HTML on one line; an image is followed by an empty comment, so that it neither opens nor
ends a block. An empty result shows nothing; None means that content is lost, which gives a warning.
"""

import html as entities
import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote

from digest.markdown import embeds
from digest.markdown.commonmark import inline_html as inline
from digest.markdown.foreign.addresses import file_url, is_path, quoted
from digest.markdown.foreign.body import Body, Tag

_RAW = re.compile(r"\{%-?\s*(?:end)?raw\s*-?%\}")
_HUGO_ESCAPE = re.compile(r"\{\{([<%])/\*([^*{]*)\*/([>%])\}\}")
_BACKTICKS = re.compile(r"`+")
_PICTURE = re.compile(
    r"\s*(?:(?:<a\b[^<>]*>\s*)?<img\b[^<>]*>(?:\s*</a>)?|\[!\[[^\]]*\]\([^)]*\)\]\([^)]*\)|!\[[^\]]*\]\([^)]*\))"
)


TITLES = ("title", "summary", "header", "heading")
_SIDES = ("left", "right")  # where a quotation stands


class Block(NamedTuple):
    """Paragraphs before and after the content of a tag."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


# Raw content


def code(tag: Tag, content: str) -> str:
    """A code block; content of one line becomes a code span when the tag has arguments, else highlighted text."""
    content = shown_code(content)
    if "\n" in content:
        return _fenced(tag, _language(tag), content, _code_title(tag))
    if tag.rest:
        return f"<code>{entities.escape(content.strip(), quote=False)}</code>"
    return f"<mark>{content}</mark>"


def shown_code(code: str) -> str:
    """Return `code` without the syntax that escapes tags in it: `{% raw %}`, and Hugo's `{{</* name */>}}`."""
    if "endraw" in code:
        parts = _RAW.split(code)
        templating_outside = any("{%" in part or "{{" in part for part in parts[::2])
        if len(parts) % 2 == 1 and not templating_outside:
            code = "".join(parts)
    return _HUGO_ESCAPE.sub(r"{{\1\2\3}}", code)


def mermaid(tag: Tag, content: str) -> str:
    """A diagram as its source code."""
    return _fenced(tag, "mermaid", content)


def as_typed(_tag: Tag, content: str) -> str:
    """Markdown without templating."""
    return content


def nothing(_tag: Tag, _rest: Body | str) -> str:
    """Nothing, without a warning: readers lose no content."""
    return ""


def removed(_tag: Tag, _content: str) -> None:
    """Nothing, with a warning: a program, or a style."""


def _fenced(tag: Tag, language: str, content: str, title: str = "") -> str:
    longest = max(map(len, _BACKTICKS.findall(content)), default=0)
    fence = "`" * max(3, longest + 1)
    before = "\n\n" if tag.prefix is None else ""
    prefix = tag.prefix or ""
    if title:
        before += f"**{title}**\n{prefix.rstrip()}\n{prefix}"
    body = content.removesuffix(prefix).lstrip("\n").rstrip()
    return f"{before}{fence}{language}\n{body}\n{prefix}{fence}\n{prefix.rstrip()}"


def _code_title(tag: Tag) -> str:
    """Return the title of Hexo's `{% codeblock Title lang:js https://… link %}`, with its link."""
    if tag.name != "codeblock":
        return tag.given("title")
    words = [arg for arg in tag.args if "//" in arg or ":" not in arg]
    return _linked(" ".join(words))


def _language(tag: Tag) -> str:
    languages = [arg.removeprefix("lang:") for arg in tag.args if arg.startswith("lang:")]
    if tag.name != "codeblock":  # Hexo's, whose other arguments are its title
        languages += [arg for arg in tag.args if arg.replace("+", "").replace("#", "").isalnum()]
    return tag.given("lang", "language") or next(iter(languages), "")


# Content that is Markdown


def quotation(tag: Tag) -> Block:
    """A quotation, signed by its author; in Hexo a URL and the title of its page may follow."""
    author = tag.given("author", "source", "cite")
    if not tag.named:
        author = _linked(tag.rest.strip('"'))
    if author in _SIDES:
        author = ""
    signed = (f"— {author}",) if author else ()
    return Block(("<blockquote>",), (*signed, "</blockquote>"))


def _linked(author: str) -> str:
    """Return an author with the URL after the name as a link: `Ada, Notes https://… Title`."""
    words = author.split()
    urls = [n for n, word in enumerate(words) if word.startswith(("http://", "https://"))]
    if not urls:
        return author
    name, url, title = " ".join(words[: urls[0]]), words[urls[0]], " ".join(words[urls[0] + 1 :])
    return f'{name} <a href="{entities.escape(url)}">{inline(title or url)}</a>'.strip()


def note(tag: Tag) -> Block:
    """A quotation with its title in bold."""
    return note_block(tag.given("title", "summary", "header"))


def titled_note(tag: Tag) -> Block:
    """A note whose title may follow its kind: `{{% notice warning "Title" %}}`."""
    title = tag.given("title", "summary", "header")
    if not title and len(tag.args) > 1:
        title = tag.args[1]
    return note_block(title)


def note_block(title: str) -> Block:
    """Return a quotation below a title."""
    return Block(("<blockquote>", *_bold(title)), ("</blockquote>",))


def details(tag: Tag) -> Block:
    """A disclosure block."""
    return details_block(tag.given("title", "summary", "header", "label") or tag.words())


def details_block(title: str, *, is_open: bool = False) -> Block:
    """Return a `<details>` block with `title` as its summary."""
    attribute = " open" if is_open else ""
    return Block((f"<details{attribute}><summary>{inline(title or '…')}</summary>",), ("</details>",))


def layout(tag: Tag) -> Block:
    """The content, below its title if it has one; of a card, the title may be a link."""
    return headed_block(tag.given(*TITLES), tag.given("href", "link", "url", "to"))


def card(tag: Tag, _body: Body) -> str:
    """The title of a tag without content, its link and its description; nothing when it has none."""
    title = tag.given("title", "header", "label")
    url = tag.given("href", "link", "url", "to")
    shown = f"<strong>{inline(title)}</strong>" if title else ""
    if url:
        shown = f'<a href="{entities.escape(url)}">{shown or entities.escape(url)}</a>'
    return f"{shown} {inline(tag.given('subtitle', 'description', 'desc'))}".strip()


def tab(tag: Tag) -> Block:
    """The content below its label."""
    label = tag.given("label", "title", "name", "header", "tabname", "heading", "text", "value")
    return headed_block(label or tag.words())


def headed_block(title: str, url: str = "") -> Block:
    """Return content below a title in bold, which is a link when there is a URL."""
    if title and url:
        title = f'<a href="{entities.escape(url)}">{inline(title)}</a>'
    return Block(("", *_bold(title))) if title else Block()


def _bold(title: str) -> tuple[str, ...]:
    return (f"<strong>{inline(title)}</strong>",) if title else ()


# Video, audio and pages


def media(address: str, *keys: str) -> Callable[[Tag, Body], str | None]:
    """Return a handler that links to a video, audio or page by its id and user, or by its URL."""

    def link(tag: Tag, _body: Body) -> str | None:
        return _medium(address, tag.first(*keys, "id", "url", "src", "link"), tag)

    return link


def medium_inside(address: str, *keys: str) -> Callable[[Tag, str], str | None]:
    """Return a handler like `media` for a tag around a URL: `[embed]https://…[/embed]`."""

    def link(tag: Tag, content: str) -> str | None:
        return _medium(address, tag.first(*keys, "id", "url", "src", "link") or content.strip(), tag)

    return link


def _medium(address: str, name: str, tag: Tag) -> str | None:
    """Return a link to `address` filled with the id `name`, or to `name` when it is a URL; None without a name."""
    user = tag.given("user")
    if "{user}" in address and len(tag.args) > 1:
        user, name = tag.args[:2]
    if not name or "\n" in name:
        return None
    filled = address.format(user=quote(user.strip("@")) or "i", id=quote(name.strip("/@"), safe="/"))
    is_url = "//" in name or address == "{id}"
    return embeds.link(name if is_url else filled, tag.given("title", "label"), tag.given("poster"))


def caption(tag: Tag, content: str) -> str:
    """An image with the text after it as its caption; content without an image is Markdown."""
    picture = _PICTURE.match(content)
    if picture is None:
        return content
    words = tag.given("caption") or content[picture.end() :].strip()
    return f"<figure>{inline(picture[0])}<figcaption>{inline(words)}</figcaption></figure>"


# Images, links, URLs and text


def image(tag: Tag, body: Body) -> str | None:
    """An image, in a figure when it has a caption; None when its source is not a path or URL."""
    source, texts = _image_source(tag)
    if not is_path(source.replace(" ", "")):
        return None
    caption = _caption(tag)
    alt = tag.given("alt") or _image_words(tag, texts) or tag.given("caption", "title")
    url = source if tag.name in ("asset_img", "asset_image") else file_url(source, tag, body.config)
    made = _picture(tag, url, alt)
    if caption:
        return f"<figure>{made}<figcaption>{inline(caption)}</figcaption></figure>"
    linked = tag.given("link", "href")
    if linked:
        return f'<a href="{entities.escape(linked)}">{made}<!-- --></a>'
    return f"{made}<!-- -->"


def _caption(tag: Tag) -> str:
    """Return an image's caption: Hugo's `figure` has a title, a caption and an attribution with a link."""
    title = tag.given("title") if tag.name != "img" else ""
    words = tag.given("caption")
    attribution = tag.given("attr", "attribution", "credit")
    link = tag.given("attrlink")
    if attribution and link:
        attribution = f'<a href="{entities.escape(link)}">{inline(attribution)}</a>'
    parts = (f"**{title}**" if title and (words or attribution) else title, words, attribution)
    return " ".join(filter(None, parts))


def _image_source(tag: Tag) -> tuple[str, list[str]]:
    """Return the path of an image, and the arguments without a name after it."""
    source = tag.given("src", "url", "image", "path", "file", "image_path", "source", "img", "filename")
    if source or not tag.args:
        return source, list(tag.args)
    paths = [arg for arg in tag.args if is_path(arg)]
    source = paths[0] if paths else tag.args[0]
    following = tag.args[tag.args.index(source) + 1 :]
    return source, [arg for arg in following if not arg.removesuffix("px").removesuffix("%").isdigit()]


def _image_words(tag: Tag, texts: list[str]) -> str:
    """Return the alternative text among the arguments without a name."""
    if not texts or (tag.named and not tag.liquid):
        return ""
    bare = not any(" " in arg for arg in tag.args)
    if bare and tag.liquid and tag.name in ("img", "asset_img", "asset_image"):  # Hexo
        return " ".join(texts).strip("\"'")
    return texts[-1]


def _picture(tag: Tag, url: str, alt: str) -> str:
    sizes = [f' {key}="{entities.escape(tag.named[key])}"' for key in ("width", "height") if key in tag.named]
    return f'<img src="{entities.escape(url)}" alt="{entities.escape(alt)}"{"".join(sizes)}>'


def page(tag: Tag, body: Body) -> str | None:
    """The URL of another page of the site."""
    target = tag.first("path")
    return body.links.page(target) if target else None


def page_link(tag: Tag, body: Body) -> str | None:
    """A link to another page of the site: Hexo's `{% post_link slug title %}`."""
    if not tag.args:
        return None
    words = [arg for arg in tag.args[1:] if arg not in ("true", "false")]
    text = " ".join(words) or tag.args[0]
    url = body.links.page(tag.args[0])
    return f'<a href="{entities.escape(url)}">{entities.escape(text)}</a>'


def file(tag: Tag, body: Body) -> str | None:
    """The URL of a file of the site."""
    path = tag.first("file", "path", "src")
    return quoted(file_url(path, tag, body.config)) if path else None


def button(tag: Tag, body: Body) -> str | None:
    """A link, or only its URL when it has no text."""
    paths = [arg for arg in tag.args if is_path(arg)]
    url = tag.given("href", "url", "link", "relref", "file", "src") or (paths[0] if paths else "")
    if not url:
        return None
    text = tag.given("text", "label", "title") or " ".join(arg for arg in tag.args if arg not in (url, "true", "false"))
    if not text:
        return quoted(url)
    return f'<a href="{entities.escape(file_url(url, tag, body.config))}">{inline(text)}</a>'


def button_around(tag: Tag, content: str) -> str:
    """The content as a link, if the tag has a URL: `[button link="/x"]Go[/button]`."""
    url = tag.given("href", "url", "link", "relref", "src", "to") or next(filter(is_path, tag.args), "")
    return f'<a href="{entities.escape(url)}">{inline(content)}</a>' if url else inline(content)


def quotation_in_arguments(tag: Tag, _body: Body) -> str | None:
    """A quotation whose text is in the arguments of its tag."""
    text = tag.given("text", "quote", "content")
    author = tag.given("cite", "author", "source")
    if not text:
        return None
    signed = f"<br>— {inline(author)}" if author else ""
    return f"<blockquote>{inline(text)}{signed}</blockquote>"


def words(tag: Tag, _body: Body) -> str | None:
    """The text in the arguments."""
    text = tag.given("text", "content") or " ".join(tag.args)
    return inline(text) if text else None
