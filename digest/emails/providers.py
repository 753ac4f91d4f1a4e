"""The providers: their per-recipient placeholders, and the escaping of their template syntax in content.

A provider renders an e-mail as a template, so `{{ .Subscriber.Email }}` in a post would become the reader's address.
The first character of every opening delimiter is therefore escaped, in every part of the e-mail:

- in HTML as a character reference, which displays the same;
- in plain text, subjects and names by a word joiner (U+2060) after it, which has no width and allows no line break;
- in a URL within text by percent-encoding, since an invisible character would change the URL.

The template's own escape (`{{ "{{" }}`) would appear literally where a provider does not render templates, and listmonk
would also HTML-escape it, since it renders its text part as HTML.

Sources: listmonk.app/docs/templating, and models/campaigns.go, which runs subject, body, text part and headers as Go
templates, the text part as one of HTML (html/template); docs.buttondown.com/template-tags (Django's language);
mailchimp.com/help/all-the-merge-tags-cheat-sheet; resend.com/docs/dashboard/broadcasts (`{{{X|fallback}}}`); Brevo's
template language (`{{ contact.X }}`, `{% if %}`); Mailman 3's templates (`$name`, PEP 292, in headers and footers only,
never in what is posted; Mailman 2 had `%(name)s`). Relays that may stand behind a plain sender: Mailgun's recipient and
unsubscribe variables, Mandrill's merge tags (in the name of From, the subject and the parts), Brevo's and Amazon SES's
`{{ }}`. SendGrid and Mailjet fill in only what a header of theirs asks for, and SparkPost nothing that comes by SMTP.
"""

import re
from bisect import bisect_right

from msgspec import Struct
from msgspec.structs import asdict

from digest.config.schema import ProviderName

_CURLY = r"\{(?=\{|\Z)"  # also at the end: the provider's own `{{` may follow
_CURLY_OR_PERCENT = r"\{(?=[{%#]|\Z)"
_MERGE_TAG = r"\*(?=\|)|\|(?=\*|\Z)"
_TRACKED_LINK = r"@(?=TrackLink)"
_RECIPIENT = r"%(?=recipient|(?:(?:tag|mailing_list)_)?unsubscribe_|\(\w*\))"
_DOLLAR = r"\$(?=[A-Za-z_{$])"
_MARKUP = r"<(?=[A-Za-z/!])"

_GO = re.compile(rf"{_CURLY}|{_TRACKED_LINK}")
_GO_IN_TEXT = re.compile(rf"{_CURLY}|{_TRACKED_LINK}|{_MARKUP}")
_DJANGO = re.compile(_CURLY_OR_PERCENT)
_MAILCHIMP = re.compile(_MERGE_TAG)
_RELAYS = re.compile(rf"{_CURLY_OR_PERCENT}|{_MERGE_TAG}|{_RECIPIENT}")
_MAILMAN = re.compile(rf"{_CURLY_OR_PERCENT}|{_MERGE_TAG}|{_RECIPIENT}|{_DOLLAR}")

_JOINER = "\u2060"
_ADDRESS = re.compile(
    r"(?:https?://|mailto:)[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+"
)  # RFC 3986 knows no other characters


class Placeholders(Struct, frozen=True, kw_only=True):
    """The texts that a provider replaces for each reader; empty where it has none."""

    unsubscribe: str
    view: str
    email: str


class Provider(Struct, frozen=True, kw_only=True):
    """A provider. `html`, `text` and `header` match the characters to escape in each of the three.

    `header` is for the subject, the preheader and the names beside addresses.
    """

    name: ProviderName
    placeholders: Placeholders
    html: re.Pattern[str]
    text: re.Pattern[str]
    header: re.Pattern[str]


_NO_PLACEHOLDERS = Placeholders(unsubscribe="", view="", email="")  # the addresses in digest.toml are used instead
_LISTMONK = Placeholders(unsubscribe="{{ UnsubscribeURL }}", view="{{ MessageURL }}", email="{{ .Subscriber.Email }}")
_MAILCHIMP_TAGS = Placeholders(unsubscribe="*|UNSUB|*", view="*|ARCHIVE|*", email="*|EMAIL|*")
_BUTTONDOWN = Placeholders(unsubscribe="{{ unsubscribe_url }}", view="{{ email_url }}", email="{{ subscriber.email }}")
_RESEND = Placeholders(unsubscribe="{{{RESEND_UNSUBSCRIBE_URL}}}", view="", email="")
_BREVO = Placeholders(unsubscribe="{{ unsubscribe }}", view="{{ mirror }}", email="{{ contact.EMAIL }}")
_ROWS = (
    Provider(name="plain", placeholders=_NO_PLACEHOLDERS, html=_RELAYS, text=_RELAYS, header=_RELAYS),
    Provider(name="listmonk", placeholders=_LISTMONK, html=_GO, text=_GO_IN_TEXT, header=_GO),
    Provider(name="mailman", placeholders=_NO_PLACEHOLDERS, html=_MAILMAN, text=_MAILMAN, header=_MAILMAN),
    Provider(name="mailchimp", placeholders=_MAILCHIMP_TAGS, html=_MAILCHIMP, text=_MAILCHIMP, header=_MAILCHIMP),
    Provider(name="buttondown", placeholders=_BUTTONDOWN, html=_DJANGO, text=_DJANGO, header=_DJANGO),
    Provider(name="resend", placeholders=_RESEND, html=_DJANGO, text=_DJANGO, header=_DJANGO),
    Provider(name="brevo", placeholders=_BREVO, html=_DJANGO, text=_DJANGO, header=_DJANGO),
)
PROVIDERS = {row.name: row for row in _ROWS}


def placeholders(provider: ProviderName) -> dict[str, str]:
    """Return every placeholder of `provider` by its meaning."""
    return {meaning: text for meaning, text in asdict(PROVIDERS[provider].placeholders).items() if text}


def escape_html(html: str, provider: ProviderName) -> str:
    """Escape the template syntax of `provider` in `html`, which displays the same.

    This includes comments and style sheets: Outlook renders conditional comments as HTML.
    """
    return PROVIDERS[provider].html.sub(lambda sign: f"&#{ord(sign[0])};", html)


def escape_text(text: str, provider: ProviderName) -> str:
    """Escape the template syntax of `provider` in plain `text`, which looks the same."""
    return _escaped(text, PROVIDERS[provider].text)


def escape_header(value: str, provider: ProviderName) -> str:
    """Escape a subject, a preheader or a display name likewise, before its encoding (RFC 2047)."""
    return _escaped(value, PROVIDERS[provider].header)


def unescape_header(value: str) -> str:
    """Return a value of `escape_header` without its word joiners, for a page that no provider fills in."""
    return value.replace(_JOINER, "")


def _escaped(text: str, signs: re.Pattern[str]) -> str:
    if not signs.search(text):
        return text
    addresses = [found.span() for found in _ADDRESS.finditer(text)]
    begins = [begin for begin, _ in addresses]

    def harmless(sign: re.Match[str]) -> str:
        before = bisect_right(begins, sign.start()) - 1
        in_address = before >= 0 and sign.start() < addresses[before][1]
        return f"%{ord(sign[0]):02X}" if in_address else f"{sign[0]}{_JOINER}"

    return signs.sub(harmless, text)
