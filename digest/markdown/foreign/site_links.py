"""Where the links of a post to other pages of its site lead."""

import posixpath
import re
from urllib.parse import quote, unquote, urljoin, urlsplit

from digest.collector.pages import Pages
from digest.collector.paths import MARKDOWN, date_in
from digest.collector.permalinks import SLASHES, likely_url
from digest.collector.post import Post
from digest.collector.scan import content_folder
from digest.config.schema import Config

# What a page's address has not: its index, its language, and its suffix.
_PAGE = re.compile(r"(?:/?_?index)?(?:\.[a-z]{2}(?:-[a-zA-Z]{2})?)?\.(?:mdx?|markdown|html?|ipynb|rst)$")


class SiteLinks:
    """The links of one post to other pages of its site. `asked` has each one that was looked up, and its URL.

    A rendering depends on the pages that it asked for; so it is made again when one of them has another URL.
    """

    def __init__(self, post: Post, config: Config, pages: Pages) -> None:
        self.post = post
        self.config = config
        self.asked: dict[str, str] = {}
        self.unknown: list[str] = []  # Markdown files that are no posts of the site
        self._pages = pages

    def page(self, target: str) -> str:
        """Return the URL of the page that is made from the file `target`, a path with or without suffix.

        A file that is no post's has an address like its path.
        """
        target = target.strip()
        path, mark, fragment = target.partition("#")
        if not path or urlsplit(path).scheme:
            return target
        url = self._ask("path", path)
        if not url and path.lower().endswith(MARKDOWN):
            self.unknown.append(path)
        return (url or self._guess(path)) + mark + fragment

    def slug(self, slug: str) -> str:
        """Return the URL of the only post with a slug; empty when it is not known."""
        return self._ask("slug", slug) or self._likely(slug.strip("/"))

    def name(self, name: str) -> str:
        """Return the URL of the only post whose file or title has a name; empty when there is none."""
        return self._ask("name", name)

    def below_site(self, path: str) -> str:
        """Return the URL of `path` below the site's address, as permalinks are written."""
        return f"{self.config.site.url.rstrip('/')}/{SLASHES.sub('/', path).lstrip('/').replace(' ', '-')}"

    def _ask(self, kind: str, text: str) -> str:
        url = look_up(self._pages, self.post, f"{kind}:{text}")
        self.asked[f"{kind}:{text}"] = url
        return url

    def _guess(self, path: str) -> str:
        """Return the URL that a page that is not known probably has."""
        dated = self._likely(path) if date_in(path) else ""
        if dated:
            return dated
        from_root = path.startswith(("@/", "/"))
        path = path.removeprefix("@/")
        page = _PAGE.sub("", path)
        if path.startswith(("./", "../")) or ("/" not in path and not from_root):
            return urljoin(self.post.url, f"../{quote(page)}/" if page else "./")
        return self.below_site(page if page == path else f"{page}/")

    def _likely(self, path: str) -> str:
        """Return the URL of a post at `path` by the site's rule alone; a bare name is in the post's folder."""
        name = _PAGE.sub("", path.removeprefix("@/").lstrip("./"))
        folder = posixpath.dirname(self.post.path) if "/" not in name else content_folder(self.config)
        return likely_url(self.config, posixpath.join(folder, f"{name}.md"), self.post.language)


def look_up(pages: Pages, post: Post, question: str) -> str:
    """Return the URL that answers a question of `SiteLinks.asked`; empty when there is none."""
    kind, _, text = question.partition(":")
    if kind == "slug":
        return pages.of_slug(text)
    if kind == "name":
        return pages.of_name(text)
    return pages.of_path(unquote(text), post.path)
