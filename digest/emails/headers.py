"""The headers of an edition's message (RFC 2919, 2369, 8058, 3834, 5064)."""

from urllib.parse import urlsplit

from digest.collector.post import clean_text
from digest.config.schema import Digest, Site
from digest.emails.mime import address_header, message_id, split_address, text_header, url_header
from digest.emails.providers import escape_header


def headers(digest: Digest, site: Site, *, key: str, subject: str, web_url: str, language: str) -> list[str]:
    """Return the header lines of an edition except Date; `key` is the edition's, `weekly/2026-W47`."""
    name, sender = split_address(digest.sender)
    sender, name = sender or f"newsletter@{host(site)}", name or site.title or digest.title
    to_name, to = split_address(digest.to)
    if not to:
        to_name, to = name, sender
    reply_name, reply_to = split_address(digest.reply_to)
    list_name, given_id = _list_id(digest)
    list_id = given_id or f"{key.partition('/')[0]}.{host(site)}"
    provider = digest.provider
    made = [
        address_header("From", escape_header(name, provider), sender),
        address_header("To", escape_header(to_name, provider), to),
        text_header("Subject", escape_header(subject, provider)),
        f"Message-ID: {message_id(sender.rpartition('@')[2], site.url, key)}",
        address_header("List-Id", escape_header(list_name, provider), list_id),
        url_header("Archived-At", [escape_header(web_url, provider)]),
        text_header("Content-Language", language),
        "Auto-Submitted: auto-generated",
        "Precedence: bulk",
    ]
    if reply_to:
        made.append(address_header("Reply-To", escape_header(reply_name, provider), reply_to))
    return [*made, *_unsubscribe_headers(digest)]


def host(site: Site) -> str:
    """Return the site's host in ASCII (IDNA)."""
    return (urlsplit(site.url).hostname or "example.org").encode("idna").decode("ascii")


def unsubscribe_urls(digest: Digest) -> list[str]:
    """Return the addresses of `unsubscribe`, web pages first."""
    addresses = digest.unsubscribe.replace(",", " ").split()
    return sorted(addresses, key=lambda url: not url.startswith("http"))


def _unsubscribe_headers(digest: Digest) -> list[str]:
    urls = unsubscribe_urls(digest)
    if not urls:
        return []
    one_click = digest.one_click and urls[0].startswith("https://")
    post = ["List-Unsubscribe-Post: List-Unsubscribe=One-Click"] if one_click else []
    return [url_header("List-Unsubscribe", urls), *post]


def _list_id(digest: Digest) -> tuple[str, str]:
    """Return the list's name, and its identifier (RFC 2919) or an empty text."""
    given = clean_text(digest.list_id)
    name, _, identifier = given.rpartition("<")
    return name.strip() or digest.title, identifier.removesuffix(">")
