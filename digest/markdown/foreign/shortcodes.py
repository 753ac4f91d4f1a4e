"""The known tags and shortcodes with their handlers: to add one, add its name to a row of the table.

One table for all generators: where two share a name, they share its meaning. A tag that includes a file is known by the
file's name. See `handlers` for the arguments and results of the functions.
"""

from collections.abc import Callable

from msgspec import Struct

from digest.markdown.foreign import handlers, hexo
from digest.markdown.foreign.body import Body, Tag
from digest.markdown.foreign.handlers import Block, media, medium_inside


class Shortcode(Struct, frozen=True):
    """The handlers of the tags `names`: `single` for a tag that is not closed, `block` or `raw` for one that is."""

    names: str = ""
    single: Callable[[Tag, Body], str | None] | None = None  # Markdown or HTML
    block: Callable[[Tag], Block] | None = None  # the text before and after the content, which is Markdown
    raw: Callable[[Tag, str], str | None] | None = None  # Markdown; templating in the content is not read


def _media(names: str, address: str, *keys: str) -> Shortcode:
    """Return the row of tags that show a video, audio or page of another site."""
    return Shortcode(names, single=media(address, *keys), raw=medium_inside(address, *keys))


_ROWS = (
    # Raw content
    Shortcode("code codeblock highlight prism sourcecode", raw=handlers.code),
    Shortcode("mermaid", raw=handlers.mermaid),
    Shortcode("raw verbatim", raw=handlers.as_typed),
    Shortcode("comment", raw=handlers.nothing),
    Shortcode("capture chartjs css flink for javascript js macro schema score style stylesheet", raw=handlers.removed),
    Shortcode("caption wp_caption", raw=handlers.caption),
    # Content that is Markdown
    Shortcode("blockquote bq centerquote cite cq quote", block=handlers.quotation),
    Shortcode("pullquote", block=handlers.quotation, single=handlers.quotation_in_arguments),
    Shortcode(
        "alert aside attention callout caution danger error hint hintbox important info message notification ring "
        "success tip warn warning",
        block=handlers.note,
    ),
    Shortcode("admonition notice", block=handlers.titled_note),
    Shortcode("box note noteblock subnote", block=hexo.note),
    Shortcode("accordion accordionitem collapse details expand spoiler", block=handlers.details),
    Shortcode("fold folding", block=hexo.folding),
    Shortcode("hide hideblock hidetoggle", block=hexo.toggle),
    Shortcode("timeline timelineitem timenode", block=hexo.headed),
    Shortcode("codetab step tab tabitem", block=handlers.tab, single=handlers.nothing),
    Shortcode("gallery gp grouppicture", block=handlers.layout),
    Shortcode("p span", block=handlers.layout, single=hexo.last),
    Shortcode(
        "badge btns card card-policy card-prompt cards center col column columns div else grid html katex keyword "
        "large lead left mark markdown math md rawhtml right row section small steps subsubtabs subtabs tabpane tabs "
        "text typeit wrap",
        block=handlers.layout,
        single=handlers.card,
    ),
    # Video, audio and pages
    _media(
        "youtube youtube-lite youtube_embed youtubeplayer yt",
        "https://www.youtube.com/watch?v={id}",
        "videoid",
        "video",
    ),
    _media("vimeo vimeo_simple", "https://vimeo.com/{id}"),
    _media("bili bilibili", "https://www.bilibili.com/video/{id}", "bvid", "aid"),
    _media("dailymotion", "https://www.dailymotion.com/video/{id}"),
    _media("tweet tweet_simple twitter", "https://twitter.com/{user}/status/{id}"),
    _media("x x_simple", "https://x.com/{user}/status/{id}"),
    _media("ghcard github", "https://github.com/{id}", "repo"),
    _media("gist", "https://gist.github.com/{user}/{id}"),
    _media("instagram instagram_simple", "https://www.instagram.com/p/{id}/"),
    _media("codepen", "https://codepen.io/{user}/pen/{id}"),
    _media("jsfiddle", "https://jsfiddle.net/{id}/"),
    _media("speakerdeck", "https://speakerdeck.com/player/{id}"),
    _media("slideshare", "https://www.slideshare.net/slideshow/embed_code/key/{id}"),
    _media("soundcloud", "https://soundcloud.com/{id}"),
    _media("spotify", "https://open.spotify.com/{id}"),
    _media("asciinema", "https://asciinema.org/a/{id}"),
    _media("fb-video mp4 video", "{id}", "mp4", "file"),
    _media("audio mp3", "{id}", "mp3", "file"),
    _media("cspan-iframe embed facebook iframe pdf", "{id}"),
    # Images, links, URLs and text
    Shortcode("asset_image asset_img image_with_class", single=handlers.image),
    Shortcode("a anchor exturl extlink link", single=hexo.link),
    Shortcode("post_path post_url ref relref tmp", single=handlers.page),
    Shortcode("post_link", single=handlers.page_link),
    Shortcode("asset_path asset_url full_url_for legacy-file static url url_for", single=handlers.file),
    Shortcode("asset-static asset_link btn button cell cta", single=hexo.button, raw=handlers.button_around),
    Shortcode("aplayer dplayer", single=hexo.player),
    Shortcode("gallerygroup", single=hexo.gallery_group),
    Shortcode("quote-block", single=handlers.quotation_in_arguments),
    Shortcode("abbr del emp kbd psw u wavy", single=handlers.words),
    Shortcode("hideinline", single=hexo.first),
    Shortcode("label", single=hexo.label),
    Shortcode("cb checkbox radio", single=hexo.checkbox),
    Shortcode("icon toc", single=handlers.nothing),
)
SHORTCODES = {name: row for row in _ROWS for name in row.names.split()}
UNKNOWN = Shortcode()
PICTURES = ("img", "image", "figure", "photo", "picture")  # any unknown name that contains one of these is an image


def find(name: str) -> Shortcode:
    """Return the row of the tag `name`; an empty one when it is not known."""
    if name not in SHORTCODES and any(word in name for word in PICTURES):
        return Shortcode(single=handlers.image)
    return SHORTCODES.get(name, UNKNOWN)
