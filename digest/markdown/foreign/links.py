"""Links to pages and files of a site as their generators write them.

Pelican's `{static}/x.png`, `{attach}x.png`, `{filename}other.md` and `|filename|other.md`
(https://docs.getpelican.com/en/latest/content.html#linking-to-internal-content), Nikola's `link://slug/name`
(https://getnikola.com/path_handlers.html), and the wikilinks of Obsidian and others, `[[Note|the text]]`.
"""

import html as entities
import posixpath
import re

from digest.collector.post import Post
from digest.collector.scan import content_folder
from digest.config.schema import Config
from digest.markdown.foreign import toc
from digest.markdown.foreign.addresses import quoted
from digest.markdown.foreign.body import Body, Found, Token
from digest.markdown.foreign.site_links import SiteLinks

_KINDS = ("static", "attach", "filename", "index", "tag", "category", "author")
_AROUND = ("{@}", "|@|", "%7B@%7D", "%7b@%7d")
NIKOLA = "link://"
PELICAN = tuple(around.replace("@", kind) for kind in _KINDS for around in _AROUND)

_NOT_IN_WIKILINKS = frozenset("[]\n")
_DESTINATION = re.compile(r"[^\s()\"'<>]*")
_IN_BRACKETS = re.compile(r"[^<>\n]*")
_BEFORE = ("](", "](<", "]: ", "]: <", '="', "='", "<")


def read_pelican(body: Body, token: Token) -> Found | None:
    """Return the URL for Pelican's `{static}`, `{attach}`, `{filename}` or `{index}`; the others are removed.

    A path that begins with a slash is relative to the content folder, any other to the post.
    """
    destination = _destination(body, token)
    if destination is None:
        return None
    end, path = destination
    url = _pelican_url(token.opening, path, body.links)
    if url is None:
        return Found(token.start, end, removed=f"{token.opening}{path}")
    return Found(token.start, end, url)


def _pelican_url(opening: str, path: str, links: SiteLinks) -> str | None:
    """Return the URL that Pelican's marks stand for; None for a list of posts, which has no page here."""
    kind = opening.lower().replace("%7b", "{").replace("%7d", "}").strip("{}|")
    if kind == "index":
        return links.below_site(path)
    if kind in ("tag", "category", "author"):
        return None
    if kind == "filename":
        return links.page(path.strip())
    if kind == "attach" and not path.startswith("/"):
        return quoted(path)
    return links.below_site("") + quoted(_from_content(path, links.post, links.config).lstrip("/"))


def read_nikola(body: Body, token: Token) -> Found | None:
    """Return the URL of the post that a `link://slug/name` or `link://filename/path` names."""
    destination = _destination(body, token)
    if destination is None:
        return None
    end, path = destination
    url = _nikola_url(path, body.links)
    if url is None:
        return Found(token.start, end, removed=f"{token.opening}{path}")
    return Found(token.start, end, url)


def _nikola_url(path: str, links: SiteLinks) -> str | None:
    """Return the URL that a path after Nikola's `link://` stands for; None when it is not known."""
    kind, _, name = path.partition("/")
    name, mark, fragment = name.partition("#")
    url = ""
    if kind == "slug":
        url = links.slug(name)
    elif kind == "filename":
        url = links.page(posixpath.splitext(name)[0])
    elif kind in ("index", "root"):
        url = links.below_site("")
    return url + mark + fragment if url else None


def resolved(url: str, links: SiteLinks) -> str:
    """Return the URL that a link as Pelican or Nikola write it stands for; empty when it leads nowhere here."""
    opening = next(filter(url.startswith, PELICAN), "")
    if opening:
        return _pelican_url(opening, url.removeprefix(opening), links) or ""
    if url.startswith(NIKOLA):
        return _nikola_url(url.removeprefix(NIKOLA), links) or ""
    return url


def read_wikilink(body: Body, token: Token) -> str | None:
    """Return the text of a `[[Note|the text]]`; a link when it leads to a post or to a heading of the same post."""
    if not _is_wikilink(body, token):
        return None
    target, _, text = token.inner.replace("\\|", "|").partition("|")
    page, _, heading = target.partition("#")
    shown = text or " > ".join(filter(None, (page, *heading.split("#"))))
    if heading and not page and not heading.startswith("^"):
        fragment = heading.rpartition("#")[2].strip().lower().replace(" ", "-")
        return f"[{shown}](<#{fragment}>)"
    url = body.links.name(page.strip()) if page.strip() else ""
    label = entities.escape(shown, quote=False)
    return f"[{label}](<{url}>)" if url else label


def _is_wikilink(body: Body, token: Token) -> bool:
    """Return whether a token is a wikilink, not a link `[[1]](https://…)`, a `[[toc]]`, or an array or test."""
    inner = token.inner
    if not _NOT_IN_WIKILINKS.isdisjoint(inner) or not inner.strip() or f"[[{inner}]]" in toc.MARKS:
        return False
    is_link = body.text[token.end] in "([" or inner.casefold() in body.definitions
    return not is_link and not inner.replace(",", "").isdigit()


def _destination(body: Body, token: Token) -> tuple[int, str] | None:
    """Return the end of the link destination that begins with `token`, and its text after the token.

    None for a token elsewhere, which is text.
    """
    before = body.text[max(0, token.start - 4) : token.start]
    if not before.endswith(_BEFORE):
        return None
    pattern = _IN_BRACKETS if before.endswith("<") else _DESTINATION
    if before.endswith(("='", '="')):
        quote = before[-1]
        end = body.find(quote, token.end)
        end = min(end, body.find("\n", token.end))
        return end, entities.unescape(body.text[token.end : end])
    found = pattern.match(body.text, token.end)
    return (found.end(), found[0]) if found else None


def _from_content(path: str, post: Post, config: Config) -> str:
    """Return `path` from the content folder, whether it is written from there or from the post's folder."""
    if path.startswith("/"):
        return path
    folder = posixpath.dirname(post.path).removeprefix(content_folder(config)).strip("/")
    return posixpath.normpath(posixpath.join("/", folder, path)).lstrip("/")
