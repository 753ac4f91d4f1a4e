"""The tags and shortcodes that are known, and what becomes of each: to add one, add its name to a row of the table.

One table for all generators: where two share a name, they share its sense. A tag that includes a file is known by the
file's name. What the functions of a row take and return stands in `handlers`.
"""

from collections.abc import Callable

from msgspec import Struct

from digest.markdown.foreign import handlers
from digest.markdown.foreign.body import Body, Tag
from digest.markdown.foreign.handlers import Block, media


class Shortcode(Struct, frozen=True):
    """What becomes of the tags `names`: `single` of one that is not closed, `block` or `raw` of one that is."""

    names: str = ""
    single: Callable[[Tag, Body], str | None] | None = None  # Markdown or HTML
    block: Callable[[Tag], Block] | None = None  # what stands before and after the content, which is Markdown
    raw: Callable[[Tag, str], str | None] | None = None  # Markdown; the content is nothing to read templating in


_ROWS = (
    # Content that is not read
    Shortcode("code codeblock highlight prism sourcecode", raw=handlers.code),
    Shortcode("mermaid", raw=handlers.mermaid),
    Shortcode("raw verbatim", raw=handlers.as_typed),
    Shortcode("comment", raw=handlers.nothing),
    Shortcode("capture css for javascript js macro schema style stylesheet", raw=handlers.removed),
    # Content that is Markdown
    Shortcode("blockquote bq cite quote", block=handlers.quotation),
    Shortcode("pullquote", block=handlers.quotation, single=handlers.quotation_in_arguments),
    Shortcode(
        "admonition alert aside attention box callout caution danger error hint hintbox important info message note "
        "notice notification ring success tip warn warning",
        block=handlers.note,
    ),
    Shortcode("accordion collapse details expand folding hide hidetoggle spoiler", block=handlers.details),
    Shortcode(
        "card card-policy card-prompt cards center col column columns div else grid html large lead left mark markdown "
        "md rawhtml right row section small span step steps tab tabitem tabpane tabs text wrap",
        block=handlers.layout,
        single=handlers.nothing,
    ),
    # Films, sounds and pages
    Shortcode(
        "youtube youtube-lite youtube_embed youtubeplayer yt",
        single=media("https://www.youtube.com/watch?v={id}", "videoid", "video"),
    ),
    Shortcode("vimeo vimeo_simple", single=media("https://vimeo.com/{id}")),
    Shortcode("bilibili", single=media("https://www.bilibili.com/video/{id}", "bvid", "aid")),
    Shortcode("dailymotion", single=media("https://www.dailymotion.com/video/{id}")),
    Shortcode("tweet tweet_simple twitter", single=media("https://twitter.com/{user}/status/{id}")),
    Shortcode("x x_simple", single=media("https://x.com/{user}/status/{id}")),
    Shortcode("gist", single=media("https://gist.github.com/{user}/{id}")),
    Shortcode("instagram instagram_simple", single=media("https://www.instagram.com/p/{id}/")),
    Shortcode("codepen", single=media("https://codepen.io/{user}/pen/{id}")),
    Shortcode("jsfiddle", single=media("https://jsfiddle.net/{id}/")),
    Shortcode("speakerdeck", single=media("https://speakerdeck.com/player/{id}")),
    Shortcode("slideshare", single=media("https://www.slideshare.net/slideshow/embed_code/key/{id}")),
    Shortcode("soundcloud", single=media("https://soundcloud.com/{id}")),
    Shortcode("spotify", single=media("https://open.spotify.com/{id}")),
    Shortcode("asciinema", single=media("https://asciinema.org/a/{id}")),
    Shortcode("fb-video mp4 video", single=media("{id}", "mp4", "file")),
    Shortcode("audio mp3", single=media("{id}", "mp3", "file")),
    Shortcode("cspan-iframe embed facebook iframe", single=media("{id}")),
    # Pictures, links, addresses and words
    Shortcode("asset_img image_with_class", single=handlers.image),
    Shortcode("link post_path post_url ref relref tmp", single=handlers.page),
    Shortcode("post_link", single=handlers.page_link),
    Shortcode("asset_path asset_url legacy-file static url", single=handlers.file),
    Shortcode("asset-static asset_link btn button cta", single=handlers.button),
    Shortcode("quote-block", single=handlers.quotation_in_arguments),
    Shortcode("abbr kbd", single=handlers.words),
    Shortcode("icon toc", single=handlers.nothing),
)
SHORTCODES = {name: row for row in _ROWS for name in row.names.split()}
PICTURES = ("img", "image", "figure", "photo", "picture")  # any other name with one of these in it is a picture's


def find(name: str) -> Shortcode:
    """Return the row of the tag `name`; an empty one when it is not known."""
    if name not in SHORTCODES and any(word in name for word in PICTURES):
        return Shortcode(single=handlers.image)
    return SHORTCODES.get(name, Shortcode())
