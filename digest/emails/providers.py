"""What differs by who sends: the placeholders that a provider fills in, and its template language kept out of content.

A provider runs the e-mail as a template, so `{{ .Subscriber.Email }}` in a post would become the reader's address. In
HTML the first sign of a tag becomes a character reference: readers see the same, the template language nothing. A text
part has no references; there a tag is printed by a tag where the language can, and otherwise has its first sign
replaced by one that looks the same.

Sources: listmonk.app/docs/templating (Go templates, `@TrackLink`); Buttondown's template variables (Django's
language); Mailchimp's merge tags; Mailman 3's templates (`$name`, in headers and footers only, never in what is
posted; Mailman 2 had `%(name)s`); Mailgun's recipient variables, which an SMTP relay fills in behind a plain sender.
"""

import re
from typing import Literal

from digest.patterns import pattern

Provider = Literal["plain", "listmonk", "mailman", "mailchimp", "buttondown"]
Meaning = Literal["unsubscribe", "view", "email"]

# plain and mailman know none: they keep the addresses that the configuration gives
_PLACEHOLDERS: dict[str, dict[Meaning, str]] = {
    "listmonk": {
        "unsubscribe": "{{ UnsubscribeURL }}",
        "view": "{{ MessageURL }}",
        "email": "{{ .Subscriber.Email }}",
    },
    "mailchimp": {"unsubscribe": "*|UNSUB|*", "view": "*|ARCHIVE|*", "email": "*|EMAIL|*"},
    "buttondown": {
        "unsubscribe": "{{ unsubscribe_url }}",
        "view": "{{ email_url }}",
        "email": "{{ subscriber.email }}",
    },
}
_CURLY = r"\{(?=[{%#]|\Z)"
_RELAYS = rf"{_CURLY}|\*(?=\|)|%(?=recipient|\()"
_TAGS = {
    "plain": pattern(_RELAYS),
    "listmonk": pattern(rf"{_CURLY}|@(?=TrackLink)"),
    "mailman": pattern(rf"{_RELAYS}|\$(?=[A-Za-z_{{$])"),
    "mailchimp": pattern(r"\*(?=\|)|(?<=\|)\*"),
    "buttondown": pattern(_CURLY),
}
_VERBATIM = pattern(r"(<style\b.*?</style\s*>|<!--.*?-->)", re.DOTALL | re.IGNORECASE)
_OPENING = pattern(r"\{[{%#]|@TrackLink")
_ASTERISK = "\u2217"  # looks like *, and Mailchimp's tags begin and end with *


def placeholder(provider: Provider, meaning: Meaning) -> str:
    """Return what `provider` replaces by a value of each reader's; empty when it has no such placeholder."""
    return _PLACEHOLDERS.get(provider, {}).get(meaning, "")


def placeholders(provider: Provider) -> dict[str, str]:
    """Return every placeholder of `provider` by its meaning."""
    return {str(meaning): text for meaning, text in _PLACEHOLDERS.get(provider, {}).items()}


def escape_html(html: str, provider: Provider) -> str:
    """Return `html` with nothing in it that `provider` takes for its template language; it shows the same.

    Style sheets and comments stay as they are: they come from templates, and know no character references.
    """
    tags = _TAGS[provider]
    if not tags.search(html):
        return html
    parts = _VERBATIM.split(html)
    parts[::2] = [tags.sub(lambda match: f"&#{ord(match[0])};", part) for part in parts[::2]]
    return "".join(parts)


def escape_text(text: str, provider: Provider) -> str:
    """Return plain `text` with nothing in it that `provider` takes for its template language."""
    if provider == "listmonk":
        return _OPENING.sub(lambda match: '{{ "' + match[0] + '" }}', text)
    if provider == "buttondown":
        return _OPENING.sub(lambda m: '{{ "' + m[0] + '" }}' if m[0] != "@TrackLink" else m[0], text)
    if provider == "mailchimp":
        return text.replace("*|", f"{_ASTERISK}|").replace("|*", f"|{_ASTERISK}")
    return text
