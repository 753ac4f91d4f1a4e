"""The words of the readers' page and its mails, from the catalogues in `locales`."""

from pathlib import Path

from msgspec import Struct

from digest import localisation

_LOCALES = Path(__file__).parent / "locales"


class PageWords(Struct, frozen=True):
    """The words in a language; `locales/digest.pot` says what each is. `{title}` is the title of the site."""

    address: str
    address_wrong: str
    topics: str
    topics_hint: str
    language: str
    all_languages: str
    every: str
    each_issue: str
    daily: str
    weekly: str
    monthly: str
    consent: str
    consent_missing: str
    leave_empty: str
    asked: str
    confirm: str
    confirmed: str
    save: str
    saved: str
    export: str
    forget: str
    forget_question: str
    forgotten: str
    back: str
    mail_subject: str
    mail_confirm: str
    mail_known: str
    mail_ignore: str


def page_words(language: str) -> PageWords:
    """Return the words in a language (BCP 47); English when there is no translation."""
    return PageWords(**localisation.phrases(_LOCALES, language))
