"""What front matter says of a post's place in feeds: whether it is in them, its comments and its categories."""

from urllib.parse import quote, urljoin

from digest.collector.fields import Fields, as_flag, texts_of
from digest.collector.media import web_host
from digest.collector.paths import Place
from digest.collector.post import clean_text, without_isolates
from digest.collector.tags import names_of
from digest.frontmatter import Value

_CATEGORY_KEYS = ("categories", "category")
_STARTS = ("/", "#", "?")  # of an address on the site


def is_in_feeds(fields: Fields) -> bool:
    """Return whether feeds show the post: unless `feed: false`. A word that is neither yes nor no is a warning."""
    key, value = fields.single("feed")
    answer = as_flag(value)
    if isinstance(value, str) and value.strip() and answer is None:
        message = f"{key} is {clean_text(value)[:40]!r}, neither true nor false; the post stays in the feeds"
        fields.problem(key, "unknown-value", message, "write false, or delete the line", "warning")
    return answer is not False


def full_text_of(fields: Fields) -> bool | None:
    """Return whether feeds show the post in full; None leaves it to each feed.

    jekyll-feed's own key is a table: https://github.com/jekyll/jekyll-feed#excerpt-only-flag
    """
    own = fields.flag("fulltext", "warning")
    table = fields.value("feed")
    if own is None and isinstance(table, dict) and as_flag(texts_of(table).get("excerptonly")) is True:
        return False
    return own


def comments_of(fields: Fields, page: str) -> tuple[str, bool]:
    """Return the address of the post's comments, empty when none is given, and whether it can have any."""
    for _, value in fields.given("comments"):
        if as_flag(value) is False:
            return "", False
        url = _comments_url(value, page)
        if url:
            return url, True
    return "", True


def _comments_url(value: Value, page: str) -> str:
    """Return the address of comments: a URL, a path, or themes' table for a post on Mastodon."""
    if isinstance(value, str):
        return _absolute(clean_text(value), page)
    if not isinstance(value, dict):
        return ""
    parts = texts_of(value)
    if parts.get("url"):
        return _absolute(parts["url"], page)
    names = [quote(parts.get(name, "").lstrip("@"), safe="") for name in ("host", "username", "id")]
    return "https://{}/@{}/{}".format(*names) if all(names) else ""


def _absolute(text: str, page: str) -> str:
    text = without_isolates(text)
    if text.startswith(_STARTS) and not text.startswith("//"):
        text = urljoin(page, text)
    return text if web_host(text) else ""


def categories_of(fields: Fields, where: Place) -> tuple[str, ...]:
    """Return the post's categories as tags are read, when feeds are to be made of them."""
    return names_of(fields, where, _CATEGORY_KEYS) if fields.config.feeds.per_category else ()
