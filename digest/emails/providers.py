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
SendGrid's Single Sends: Handlebars and `<%asm_…%>`; Mailgun: documentation.mailgun.com, tracking-unsubscribes; Brevo:
its template language is Django's; Postmark: support article 1077 (Mustachio); MailerLite: `{$…}`; Kit and Keila:
Liquid (keila's builder.ex assigns `unsubscribe_link`); Sendy: `[…]`, and the elements <unsubscribe> and <webversion>;
Ghost: `%%{…}%%` (email-renderer.js). `other` is for any provider of whom only the placeholders are known.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import asdict

from digest.config.schema import Digest, ProviderName
from digest.problems import Problem

_CURLY = r"\{(?=\{|\Z)"  # also at the end: the provider's own `{{` may follow
_CURLY_OR_PERCENT = r"\{(?=[{%#]|\Z)"
_MERGE_TAG = r"\*(?=\|)|\|(?=\*|\Z)"
_TRACKED_LINK = r"@(?=TrackLink)"
_RECIPIENT = r"%(?=recipient|(?:(?:tag|mailing_list)_)?unsubscribe_|\(\w*\))"
_DOLLAR = r"\$(?=[A-Za-z_{$])"
_MARKUP = r"<(?=[A-Za-z/!])"
_ASM = r"<(?=%|\Z)"
_CURLY_DOLLAR = r"\{(?=[{$%]|\Z)"
_BRACKET = r"\[(?=[A-Za-z]|\Z)(?!if\b|endif)"  # `[if mso]` stands in comments for Outlook
_SENDY_ELEMENT = r"<(?=/?(?:unsubscribe|webversion))"
_PERCENT_CURLY = r"%(?=%\{|\{|\Z)"
_ANY = (  # what opens a tag in any language that is known
    *(r"\{(?=[{%#$A-Za-z]|\Z)", _MERGE_TAG, r"%(?=[%{(A-Za-z]|\Z)", _DOLLAR, _TRACKED_LINK),
    *(r"\[(?=\[)", _BRACKET, r"\#(?=\#)", r"<(?=<|%|\Z)"),
)

_JOINER = "\u2060"
_ADDRESS = re.compile(
    r"(?:https?://|mailto:)[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+"
)  # RFC 3986 knows no other characters


class Placeholder(str):
    """A text that a provider replaces, which is therefore not escaped where it stands."""

    __slots__ = ()


class Placeholders(Struct, frozen=True, kw_only=True):
    """The texts that a provider replaces for each reader; empty where it has none."""

    unsubscribe: str = ""
    view: str = ""
    email: str = ""
    preferences: str = ""


class Provider(Struct, frozen=True, kw_only=True):
    """A provider. `html`, `text` and `header` match the characters to escape in each of the three.

    `header` is for the subject, the preheader and the names beside addresses.
    """

    name: ProviderName
    placeholders: Placeholders
    html: re.Pattern[str]
    text: re.Pattern[str]
    header: re.Pattern[str]


def _provider(
    name: ProviderName,
    *signs: str,
    in_text: tuple[str, ...] = (),
    unsubscribe: str = "",
    view: str = "",
    email: str = "",
    preferences: str = "",
) -> Provider:
    """Return a provider; `signs` match what to escape everywhere, `in_text` what else to escape in a text part."""
    everywhere = re.compile("|".join(signs))
    text = re.compile("|".join((*signs, *in_text)))
    placeholders = Placeholders(unsubscribe=unsubscribe, view=view, email=email, preferences=preferences)
    return Provider(name=name, placeholders=placeholders, html=everywhere, text=text, header=everywhere)


_RELAYS = (_CURLY_OR_PERCENT, _MERGE_TAG, _RECIPIENT)
_ROWS = (
    _provider("plain", *_RELAYS),
    _provider("other", *_ANY),
    _provider(
        "listmonk",
        _CURLY,
        _TRACKED_LINK,
        in_text=(_MARKUP,),
        unsubscribe="{{ UnsubscribeURL }}",
        view="{{ MessageURL }}",
        email="{{ .Subscriber.Email }}",
        preferences="{{ ManageURL }}",
    ),
    _provider("mailman", *_RELAYS, _DOLLAR),
    _provider(
        "mailchimp",
        _MERGE_TAG,
        unsubscribe="*|UNSUB|*",
        view="*|ARCHIVE|*",
        email="*|EMAIL|*",
        preferences="*|UPDATE_PROFILE|*",
    ),
    _provider(
        "buttondown",
        _CURLY_OR_PERCENT,
        unsubscribe="{{ unsubscribe_url }}",
        view="{{ email_url }}",
        email="{{ subscriber.email }}",
        preferences="{{ manage_subscription_url }}",
    ),
    _provider("resend", _CURLY_OR_PERCENT, unsubscribe="{{{RESEND_UNSUBSCRIBE_URL}}}"),
    _provider(
        "brevo",
        _CURLY_OR_PERCENT,
        unsubscribe="{{ unsubscribe }}",
        view="{{ mirror }}",
        email="{{ contact.EMAIL }}",
    ),
    _provider("sendgrid", _CURLY_OR_PERCENT, _ASM, unsubscribe="{{{unsubscribe}}}", email="{{email}}"),
    _provider("mailgun", *_RELAYS, unsubscribe="%unsubscribe_url%", email="%recipient%"),
    _provider("ses", _CURLY_OR_PERCENT, unsubscribe="{{amazonSESUnsubscribeUrl}}"),
    _provider("postmark", _CURLY_OR_PERCENT, unsubscribe="{{{ pm:unsubscribe_url }}}"),
    _provider("mailerlite", _CURLY_DOLLAR, unsubscribe="{$unsubscribe}", view="{$url}", email="{$email}"),
    _provider(
        "kit",
        _CURLY_OR_PERCENT,
        unsubscribe="{{ unsubscribe_url }}",
        email="{{ subscriber.email_address }}",
    ),
    _provider("sendy", _BRACKET, _SENDY_ELEMENT, unsubscribe="[unsubscribe]", view="[webversion]", email="[Email]"),
    _provider("keila", _CURLY_OR_PERCENT, unsubscribe="{{ unsubscribe_link }}", email="{{ contact.email }}"),
    _provider("ghost", _PERCENT_CURLY, unsubscribe="%%{unsubscribe_url}%%", email="%%{email}%%"),
)
PROVIDERS = {row.name: row for row in _ROWS}


def placeholders_of(digest: Digest) -> Placeholders:
    """Return the placeholders of a digest: its own, else its provider's."""
    own, known = digest.placeholders, PROVIDERS[digest.provider].placeholders
    return Placeholders(
        unsubscribe=own.unsubscribe or known.unsubscribe,
        view=own.view or known.view,
        email=own.email or known.email,
        preferences=own.preferences or known.preferences,
    )


def placeholders(digest: Digest) -> dict[str, str]:
    """Return every placeholder of a digest by its meaning."""
    return {meaning: text for meaning, text in asdict(placeholders_of(digest)).items() if text}


def view_of(digest: Digest) -> dict[str, str]:
    """Return the placeholder of the web version as `web_url` of an e-mail, when the owner asks for it."""
    placeholder = placeholders_of(digest).view if digest.view == "provider" else ""
    return {"web_url": Placeholder(placeholder)} if placeholder else {}


def view_problems(digest: Digest, settings: str) -> Iterator[Problem]:
    """Yield a warning when the owner asks for a web version that nothing is known of; `settings` is the file."""
    if digest.view == "provider" and not view_of(digest):
        message = f'no placeholder is known for the web version at "{digest.provider}"; the archive is linked'
        yield Problem(settings, 0, 0, "no-view", message, 'placeholders = { view = "…" }', "warning")


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
