"""URLs of pages and files that tags and links name by their paths."""

import re
from datetime import datetime
from urllib.parse import quote, urljoin, urlsplit

from digest.collector import paths
from digest.collector.permalinks import SLASHES
from digest.collector.post import Post
from digest.config.schema import Config
from digest.markdown.foreign.body import Tag

_DATED_NAME = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})-")
_PAGE = re.compile(r"(?:/?_?index)?(?:\.[a-z]{2}(?:-[a-zA-Z]{2})?)?\.(?:mdx?|markdown|html?|ipynb|rst)$")
_MARKDOWN = re.compile(r"\.(?:mdx?|markdown)$")


def page_url(target: str, post: Post, config: Config) -> str:
    """Return the URL of another page from the path of its file, following `site.permalink`.

    The other page's front matter is not read: a rendering depends on its post alone.
    """
    target = target.strip()
    path, mark, fragment = target.partition("#")
    if not path or urlsplit(path).scheme:
        return target
    return _page_url(path, post, config) + mark + fragment


def file_url(path: str, tag: Tag, config: Config) -> str:
    """Return the URL of a file that a tag names: Liquid's paths are from the site's root, Hugo's from the page."""
    if tag.liquid and "/" in path and not path.startswith(("/", ".", "http:", "https:")):
        return f"{config.site.url.rstrip('/')}/{path}"
    return path


def below_site(path: str, config: Config) -> str:
    """Return the URL of `path` below the site's address, as permalinks are written."""
    return f"{config.site.url.rstrip('/')}/{SLASHES.sub('/', path).lstrip('/').replace(' ', '-')}"


def slug_url(slug: str, post: Post, config: Config) -> str | None:
    """Return the URL of the post that has `slug`; None when the site's permalinks need more than the slug."""
    slug = slug.strip("/")
    if not slug or any(key in config.site.permalink for key in ("{year}", "{month}", "{day}", "{folder}")):
        return None
    language = post.language or config.site.language
    url = config.site.permalink.replace("{slug}", quote(slug)).replace("{language}", language)
    return below_site(url, config)


def is_path(text: str) -> bool:
    """Return whether `text` is a path or URL: one word with a slash or a file's extension."""
    extension = text.rpartition(".")[2]
    has_extension = "." in text and extension.isalnum() and 2 <= len(extension) <= 4
    return len(text.split()) == 1 and ("/" in text or has_extension)


def quoted(url: str) -> str:
    """Return `url` percent-encoded, so that it can be the destination of a Markdown link."""
    return quote(url, safe="/:?&=#%@+,;~")


def _page_url(path: str, post: Post, config: Config) -> str:
    from_root = path.startswith(("@/", "/"))
    path = path.removeprefix("@/")
    dated = _DATED_NAME.match(path.rpartition("/")[2])
    if dated:
        return _dated_url(path, dated, post, config)
    page = _PAGE.sub("", path)
    if path.startswith(("./", "../")) or ("/" not in path and not from_root):
        return urljoin(post.url, f"../{quote(page)}/" if page else "./")
    return below_site(page if page == path else f"{page}/", config)


def _dated_url(path: str, dated: re.Match[str], post: Post, config: Config) -> str:
    """Return the URL of a post whose file's name begins with its date."""
    year, month, day = map(int, dated.groups())
    try:
        date = datetime(year, month, day)  # noqa: DTZ001 - only a date's digits
    except ValueError:
        return urljoin(post.url, quote(path))
    place = paths.place(_MARKDOWN.sub("", path).lstrip("./") + ".md", config)
    folders = place.folders or tuple(name for name in paths.place(post.path, config).folders if not name.isdigit())
    values = {
        "{folder}": paths.url_folder(folders, date),
        "{year}": dated[1],
        "{month}": f"{date.month:02}",
        "{day}": f"{date.day:02}",
        "{slug}": place.slug,
        "{language}": post.language or config.site.language,
    }
    url = config.site.permalink
    for key, value in values.items():
        url = url.replace(key, value)
    return below_site(url, config)
