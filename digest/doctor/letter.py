"""The letter itself, by the newest edition: what Gmail, Yahoo and Outlook.com demand of those who send many."""

from collections.abc import Iterator

from digest.config import Digest
from digest.doctor.finding import Finding, error, ok, warning
from digest.emails import placeholders_of
from digest.emails.mime import split_address
from digest.senders import Handover, header
from digest.unsubscribe import page_of

_CLIPPED = 102_000  # bytes of HTML that Gmail shows
_LONGEST_STYLE = 8_192  # characters of <style> that Gmail keeps
_SOURCES = "support.google.com/a/answer/81126, senders.yahooinc.com/best-practices"


def examine_letter(handover: Handover, digest: Digest, readers_page: str = "") -> Iterator[Finding]:
    """Yield what there is to say of an edition."""
    yield from _sender(handover)
    yield from _list_id(handover)
    yield from _one_click(handover, digest, readers_page)
    yield from _size(handover)
    if not digest.postal_address:
        yield warning(
            "postal address", "the letter has none, which the law demands in many countries", 'postal_address = "…"'
        )


def _sender(handover: Handover) -> Iterator[Finding]:
    if split_address(handover.manifest.sender)[1]:
        yield ok("sender", handover.manifest.sender)
    else:
        advice = f'write sender = "Name <name@your.domain>" into [digests.{handover.manifest.digest}], and build again'
        yield error("sender", "the letter has no sender", advice)


def _list_id(handover: Handover) -> Iterator[Finding]:
    given = header(handover.message, "List-Id")
    if given:
        yield ok("List-Id", given)
    else:
        yield error("List-Id", "email.eml has none", "build the edition again")


def _one_click(handover: Handover, digest: Digest, readers_page: str) -> Iterator[Finding]:
    """Yield whether readers leave with one click (RFC 8058); a provider that fills in the link sees to it itself.

    `readers_page` is the page of readers whom the program keeps itself: their letters have the links.
    """
    if readers_page.startswith("https://"):
        yield ok("one-click", readers_page)
        return
    if placeholders_of(digest).unsubscribe:
        yield ok("one-click", f"{digest.provider} fills in the way out")
        return
    page = page_of(handover.manifest.unsubscribe)
    name = handover.manifest.digest
    if not page.startswith("https://"):
        keys = 'unsubscribe = "https://…" and one_click = true'
        advice = f"write {keys} into [digests.{name}]; `digest help unsubscribing`"
        yield error("one-click", f"there is no https page to leave on; bulk senders need one ({_SOURCES})", advice)
    elif not handover.manifest.one_click:
        advice = (
            f"write one_click = true into [digests.{name}] once the page takes POST, as `digest unsubscribe serve` does"
        )
        yield error("one-click", "List-Unsubscribe-Post is missing, which Gmail and Yahoo demand", advice)
    else:
        yield ok("one-click", page)


def _size(handover: Handover) -> Iterator[Finding]:
    size = int(handover.manifest.checks.get("html_bytes", len(handover.html.encode())))
    if size > _CLIPPED:
        advice = "set max_bytes to 87000 and shorten to true, or show summaries"
        yield warning("size", f"{size:,} bytes of HTML; Gmail cuts off after {_CLIPPED:,}, the way out with it", advice)
    else:
        yield ok("size", f"{size:,} bytes of HTML")
    longest = max((len(part.partition("</style>")[0]) for part in handover.html.split("<style")[1:]), default=0)
    if longest > _LONGEST_STYLE:
        advice = "write less into email.css or the theme's css"
        yield warning(
            "style", f"a <style> of {longest:,} characters; Gmail drops one of over {_LONGEST_STYLE:,}", advice
        )
    else:
        yield ok("style", f"{longest:,} characters of <style>")
