"""The tags and shortcodes that site generators know, and the Markdown or HTML that each becomes.

One table for Liquid, Nunjucks, Hexo, Hugo, Zola and MDX: where two generators share a name, they share its sense. HTML
is written on one line, and a picture is followed by an empty comment, so that it neither opens nor ends a block.
"""

import html as entities
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

import comrak

from digest.collector import paths as places
from digest.collector.post import Post
from digest.config.schema import Config
from digest.markdown import embeds
from digest.patterns import pattern

VERBATIM = {  # tag: the language of a code block, or what else its content is
    "highlight": "code",
    "codeblock": "code",
    "code": "code",
    "sourcecode": "code",
    "prism": "code",
    "mermaid": "mermaid",
    "raw": "as it is",
    "verbatim": "as it is",
    "comment": "nothing",
    "capture": "nothing",
    "schema": "nothing",
    "style": "nothing",
    "stylesheet": "nothing",
    "javascript": "nothing",
    "css": "nothing",
    "js": "nothing",
    "macro": "nothing",
    "for": "nothing",
}
QUOTES = frozenset(("blockquote", "quote", "pullquote", "bq", "cite"))
_NOTES = (
    "admonition alert aside attention box callout caution danger error hint hintbox important info message notice note "
    "notification ring success tip warn warning"
)
NOTES = frozenset(_NOTES.split())
DETAILS = frozenset(("accordion", "collapse", "details", "expand", "folding", "hide", "hidetoggle", "spoiler"))
_SILENT = (
    "card card-policy card-prompt cards center col column columns div else endtab grid html large lead left mark "
    "markdown md rawhtml right row section small span step steps tab tabitem tabpane tabs text wrap"
)
SILENT = frozenset(_SILENT.split())


class Tag(NamedTuple):
    """A tag as it stands in a post."""

    name: str
    args: tuple[str, ...]
    named: Mapping[str, str]
    rest: str  # everything after the name, as typed
    liquid: bool  # `{% %}`, whose paths are from the site's root


_ARGUMENT = pattern(
    r"(?:([\w:@-]+?)\s*(?:=|:(?=\s*[\"']))\s*)?(?:\"((?:\\.|[^\"\\])*+)\"|'((?:\\.|[^'\\])*+)'|`([^`]*)`|\{([^{}]*)\}|([^\s,\"'`{}]+))"
)
_PICTURE_NAME = pattern(r"img|image|figure|photo|picture")
_PATH = pattern(r"[^\s]*(?:/|\.[A-Za-z0-9]{2,4}$)[^\s]*")
_SLASHES = pattern(r"/{2,}")
_DATE_SLUG = pattern(r"(\d{4})-(\d{1,2})-(\d{1,2})-")
_EXTENSION = pattern(r"(?:/?_?index)?(?:\.[a-z]{2}(?:-[a-zA-Z]{2})?)?\.(?:mdx?|markdown|html?|ipynb)$")
_MARKDOWN_EXTENSION = pattern(r"\.(?:mdx?|markdown)$")
_PARAGRAPH = pattern(r"<p>(.*)</p>\n?", re.DOTALL)
_RENDER = comrak.RenderOptions()
_RENDER.unsafe_ = True


def parse(text: str, *, liquid: bool) -> Tag:
    """Return the tag whose inside is `text`: a name, then `key="value"`, `key: "value"` and plain arguments."""
    name, _, rest = text.partition(" ") if not text[:1].isspace() else ("", "", text)
    name = name.strip("\n\t ,")
    args: list[str] = []
    named: dict[str, str] = {}
    for key, *values in _ARGUMENT.findall(rest):
        value = next((value for value in values if value), "").replace('\\"', '"').strip()
        if key:
            named.setdefault(key.lower(), value)
        else:
            args.append(value)
    return Tag(name.lower(), tuple(args), named, rest.strip(), liquid)


def inline(markdown: str) -> str:
    """Return one line of Markdown, such as a caption, as raw HTML."""
    made = comrak.render_markdown(" ".join(markdown.split()), render_options=_RENDER).strip()
    found = _PARAGRAPH.fullmatch(made)
    return found[1] if found else made


def _below(config: Config, path: str) -> str:
    """Return the URL of `path` below the site's address, as permalinks are written."""
    return f"{config.site.url.rstrip('/')}/{_SLASHES.sub('/', path).lstrip('/').replace(' ', '-')}"


def page_url(target: str, post: Post, config: Config) -> str:
    """Return the URL of another page that `target` names by its file, as the site's pattern gives it; a good guess.

    The other page's own front matter is not asked: a rendering depends on its post alone.
    """
    path, mark, fragment = target.strip().partition("#")
    if not path or urlsplit(path).scheme:
        return target.strip()
    from_root = path.startswith(("@/", "/"))
    path = path.removeprefix("@/")
    name = path.rpartition("/")[2]
    place = places.place(_MARKDOWN_EXTENSION.sub("", path).lstrip("./") + ".md", config)
    if dated := _DATE_SLUG.match(name):
        try:
            date = datetime(int(dated[1]), int(dated[2]), int(dated[3]))  # noqa: DTZ001 - only a date's digits
        except ValueError:
            return urljoin(post.url, quote(path))
        folders = place.folders or tuple(f for f in places.place(post.path, config).folders if not f.isdigit())
        url = config.site.permalink
        for key, value in (
            ("{folder}", places.url_folder(folders, date)),
            ("{year}", dated[1]),
            ("{month}", f"{date.month:02}"),
            ("{day}", f"{date.day:02}"),
            ("{slug}", place.slug),
            ("{language}", post.language or config.site.language),
        ):
            url = url.replace(key, value)
        return _below(config, url) + mark + fragment
    plain = _EXTENSION.sub("", path)
    if path.startswith(("./", "../")) or ("/" not in path and not from_root):
        return urljoin(post.url, f"../{quote(plain)}/" if plain else "./") + mark + fragment
    return _below(config, f"{plain}/" if plain != path else plain) + mark + fragment


def file_url(path: str, tag: Tag, config: Config) -> str:
    """Return the URL of a file that a tag names: Liquid's paths are from the site's root, Hugo's from the page."""
    if tag.liquid and "/" in path and not path.startswith(("/", ".", "http:", "https:")):
        return f"{config.site.url.rstrip('/')}/{path}"
    return path


def picture(source: str, alt: str, title: str = "", caption: str = "", size: Mapping[str, str] = {}) -> str:
    """Return HTML for a picture, in a figure when it has a caption."""
    more = "".join(f' {key}="{entities.escape(size[key])}"' for key in ("width", "height") if key in size)
    named = f' title="{entities.escape(title)}"' if title else ""
    image = f'<img src="{entities.escape(source)}" alt="{entities.escape(alt)}"{named}{more}>'
    if caption:
        return f"<figure>{image}<figcaption>{inline(caption)}</figcaption></figure>"
    return f"{image}<!-- -->"


def _image(tag: Tag, _post: Post, config: Config) -> str | None:
    named, args = tag.named, tag.args
    keys = ("src", "url", "image", "path", "file", "image_path", "source", "img", "filename")
    source = next((named[key] for key in keys if named.get(key)), "")
    rest = list(args)
    if not source:
        source = next((arg for arg in args if _PATH.fullmatch(arg)), args[0] if args else "")
        rest = [arg for arg in args[args.index(source) + 1 :] if not arg.isdigit()] if source else []
    if not _PATH.fullmatch(source.replace(" ", "")):  # nothing, or a name that only the site's own list knows
        return None
    words = rest[-1] if rest and (tag.liquid or not tag.named) else ""
    if tag.name in ("img", "asset_img") and tag.liquid and rest and not any(" " in arg for arg in args):
        words = " ".join(rest).strip("\"'")  # Hexo: the title's words are bare
    caption = named.get("caption") or named.get("title", "") * (tag.name != "img")
    alt = named.get("alt") or words or caption
    url = source if tag.name == "asset_img" else file_url(source, tag, config)
    linked = named.get("link") or named.get("href") or ""
    made = picture(url, alt, "", caption, named)
    return f'<a href="{entities.escape(linked)}">{made}</a>' if linked and not caption else made


def _media(address: str, *keys: str) -> Callable[[Tag, Post, Config], str | None]:
    """Return what makes a link to a film or page on a known site from its id or URL."""

    def make(tag: Tag, _post: Post, _config: Config) -> str | None:
        value = next((tag.named[key] for key in (*keys, "id", "url", "src", "link") if tag.named.get(key)), "")
        value = value or (tag.args[0] if tag.args else "")
        if not value:
            return None
        user = tag.named.get("user") or (tag.args[0] if len(tag.args) > 1 else "")
        if len(tag.args) > 1 and not tag.named and "{user}" in address:
            value = tag.args[1]
        path = quote(value.strip("/@"), safe="/")
        url = value if "//" in value else address.replace("{user}", quote(user.strip("@")) or "i").replace("{id}", path)
        return embeds.link(url, tag.named.get("title") or tag.named.get("label") or "", tag.named.get("poster", ""))

    return make


def _page(tag: Tag, post: Post, config: Config) -> str | None:
    target = tag.named.get("path") or (tag.args[0] if tag.args else "")
    return page_url(target, post, config) if target else None


def _page_link(tag: Tag, post: Post, config: Config) -> str | None:
    """Hexo's `{% post_link slug title %}`."""
    if not tag.args:
        return None
    text = " ".join(arg for arg in tag.args[1:] if arg not in ("true", "false")) or tag.args[0]
    return f'<a href="{entities.escape(page_url(tag.args[0], post, config))}">{entities.escape(text)}</a>'


def _file(tag: Tag, _post: Post, config: Config) -> str | None:
    path = tag.named.get("file") or tag.named.get("path") or tag.named.get("src") or (tag.args[0] if tag.args else "")
    return quote(file_url(path, tag, config), safe="/:?&=#%@+,;~") if path else None


def _button(tag: Tag, _post: Post, config: Config) -> str | None:
    """A link with a name: button, link, file."""
    named = tag.named
    url = next((named[k] for k in ("href", "url", "link", "relref", "file", "src") if named.get(k)), "")
    url = url or next((arg for arg in tag.args if _PATH.fullmatch(arg)), "")
    texts = [arg for arg in tag.args if arg != url]
    text = named.get("text") or named.get("label") or named.get("title") or " ".join(texts)
    if not url:
        return None
    return (
        f'<a href="{entities.escape(file_url(url, tag, config))}">{inline(text)}</a>'
        if text
        else quote(url, safe="/:?&=#%@+,;~")
    )


def _quotation(tag: Tag, _post: Post, _config: Config) -> str | None:
    """A quotation given whole in its arguments."""
    named = tag.named
    text = named.get("text") or named.get("quote") or named.get("content") or ""
    source = named.get("cite") or named.get("author") or named.get("source") or ""
    if not text:
        return None
    return f"<blockquote>{inline(text)}{'<br>— ' + inline(source) if source else ''}</blockquote>"


def _text(tag: Tag, _post: Post, _config: Config) -> str | None:
    words = tag.named.get("text") or tag.named.get("content") or " ".join(tag.args)
    return inline(words) if words else None


Maker = Callable[[Tag, Post, Config], str | None]
SINGLE: dict[str, Maker] = {
    "asset_img": _image,
    "image_with_class": _image,
    "youtube": _media("https://www.youtube.com/watch?v={id}", "videoid", "video"),
    "vimeo": _media("https://vimeo.com/{id}"),
    "bilibili": _media("https://www.bilibili.com/video/{id}", "bvid", "aid"),
    "dailymotion": _media("https://www.dailymotion.com/video/{id}"),
    "tweet": _media("https://twitter.com/{user}/status/{id}"),
    "twitter": _media("https://twitter.com/{user}/status/{id}"),
    "x": _media("https://x.com/{user}/status/{id}"),
    "gist": _media("https://gist.github.com/{user}/{id}"),
    "instagram": _media("https://www.instagram.com/p/{id}/"),
    "codepen": _media("https://codepen.io/{user}/pen/{id}"),
    "jsfiddle": _media("https://jsfiddle.net/{id}/"),
    "speakerdeck": _media("https://speakerdeck.com/player/{id}"),
    "slideshare": _media("https://www.slideshare.net/slideshow/embed_code/key/{id}"),
    "soundcloud": _media("https://soundcloud.com/{id}"),
    "spotify": _media("https://open.spotify.com/{id}"),
    "asciinema": _media("https://asciinema.org/a/{id}"),
    "video": _media("{id}", "mp4", "file"),
    "audio": _media("{id}", "mp3", "file"),
    "iframe": _media("{id}"),
    "embed": _media("{id}"),
    "ref": _page,
    "relref": _page,
    "link": _page,
    "post_url": _page,
    "post_path": _page,
    "post_link": _page_link,
    "tmp": _page,
    "asset_link": _button,
    "asset_path": _file,
    "asset_url": _file,
    "static": _file,
    "url": _file,
    "legacy-file": _file,
    "asset-static": _button,
    "button": _button,
    "btn": _button,
    "cta": _button,
    "icon": lambda _tag, _post, _config: "",
    "toc": lambda _tag, _post, _config: "",
    "quote-block": _quotation,
    "pullquote": _quotation,
    "kbd": _text,
    "abbr": _text,
}
ALIASES = {
    "youtube-lite": "youtube",
    "youtubeplayer": "youtube",
    "youtube_embed": "youtube",
    "yt": "youtube",
    "tweet_simple": "tweet",
    "vimeo_simple": "vimeo",
    "x_simple": "x",
    "instagram_simple": "instagram",
    "mp4": "video",
    "mp3": "audio",
    "cspan-iframe": "iframe",
    "fb-video": "video",
    "facebook": "embed",
}


def known(tag: Tag, post: Post, config: Config) -> str | None:
    """Return what a tag without content becomes; None when it is not known, or lacks what it needs."""
    maker = SINGLE.get(ALIASES.get(tag.name, tag.name))
    if maker is None and _PICTURE_NAME.search(tag.name):
        maker = _image
    return maker(tag, post, config) if maker else None
