"""The texts of a letter besides its posts: those of its masthead and its foot."""

from collections.abc import Sequence
from urllib.parse import quote

from markupsafe import Markup

from digest import localisation
from digest.config.schema import ShareName
from digest.emails import fonts
from digest.emails.card import WORDS_PER_MINUTE, Card
from digest.emails.editorial import finished
from digest.emails.job import Job
from digest.emails.page import addresses

_SHARE: dict[ShareName, tuple[str, str]] = {  # name and address; `{url}` and `{title}` are percent-encoded
    "mail": ("", "mailto:?subject={title}&body={url}"),
    "mastodon": ("Mastodon", "https://share.joinmastodon.org/#text={title}%20{url}"),
    "bluesky": ("Bluesky", "https://bsky.app/intent/compose?text={title}%20{url}"),
    "linkedin": ("LinkedIn", "https://www.linkedin.com/sharing/share-offsite/?url={url}"),
    "facebook": ("Facebook", "https://www.facebook.com/sharer/sharer.php?u={url}"),
    "whatsapp": ("WhatsApp", "https://wa.me/?text={title}%20{url}"),
    "x": ("X (Twitter)", "https://x.com/intent/post?text={title}&url={url}"),
}


def texts(job: Job, subject: str, preheader: str) -> dict[str, str]:
    """Return the texts of an edition besides its posts."""
    digest, site = job.digest, job.config.site
    words = localisation.words(job.look.language)
    return {
        "subject": subject,
        "preheader": preheader,
        "title": digest.title,
        "publication": "" if site.title == digest.title else site.title,
        "site_title": site.title,
        "number": words.number.format(n=job.edition.number) if job.edition.number else "",
        "period": job.period,
        "length": "",  # known when the cards are made
        "reason": digest.reason or words.why.format(title=digest.title),
        "address": digest.postal_address.strip(),
        **addresses(job.edition, digest, site),
        "preferences_url": job.preferences_url,
        "unsubscribe_url": job.unsubscribe_url,
        "rest": "",
    }


def share_links(job: Job, subject: str, url: str) -> list[tuple[str, str]]:
    """Return name and address of each way to share an edition that the digest names."""
    words = localisation.words(job.look.language)
    links = []
    for name in job.digest.share:
        label, pattern = _SHARE[name]
        address = pattern.format(url=quote(url, safe=""), title=quote(subject, safe=""))
        links.append((label or words.mail, address))
    return links


def share_html(job: Job, links: list[tuple[str, str]]) -> str:
    """Return the links to share an edition in finished HTML; empty without any."""
    return finished(job, "share.html.jinja", "share", {"links": links}) if links else ""


def share_text(job: Job, links: list[tuple[str, str]]) -> str:
    """Return the links to share an edition as plain text."""
    words = localisation.words(job.look.language)
    return "\n".join(f"{words.share}{words.colon}{label} {url}" for label, url in links)


def length(job: Job, cards: Sequence[Card]) -> str:
    """Return how long the posts of an edition are, in words and in minutes: `3,214 words, 14 min read`."""
    own = [each for each in cards if each.anchor]  # the others stand in the edition already
    words = sum(each.words for each in own)
    if not words:
        return ""
    language = job.look.language
    count = sum(each.characters for each in own) if fonts.han(language) else words
    parts = [localisation.word_count(count, language)]
    minutes = round(words / WORDS_PER_MINUTE)
    if minutes > 1:  # one minute is not shown
        parts.append(localisation.reading_time(minutes, language))
    return localisation.comma(language).join(parts)


def in_lines(address: str) -> Markup:
    """Return a postal address in HTML, its lines apart."""
    return Markup("<br>").join(address.split("\n"))
