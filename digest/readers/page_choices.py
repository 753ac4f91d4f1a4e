"""What a reader can choose on the page, and what she chose there."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from digest import localisation
from digest.collector.post import tag_key
from digest.readers.page_offer import Offer
from digest.readers.page_request import Fields, first
from digest.readers.page_words import PageWords
from digest.readers.subscribers import Wishes
from digest.readers.wishes import Every


class Choice(Struct, frozen=True):
    """One of the things to choose from. `language` is that of its name; empty for the language of the page."""

    value: str
    name: str
    is_chosen: bool
    language: str = ""


class Choices(Struct, frozen=True):
    """The choices of a form. There are no `languages` when there is nothing to choose."""

    tags: tuple[Choice, ...]
    languages: tuple[Choice, ...]
    every: tuple[Choice, ...]


def choices_of(offer: Offer, wishes: Wishes, words: PageWords) -> Choices:
    """Return the choices of a form in which `wishes` are chosen. Terms that are not offered are among them."""
    chosen = terms_of(wishes)
    keys = {tag_key(term) for term in chosen}
    tags = [Choice(term, term, tag_key(term) in keys) for term in terms_of_form(offer, chosen)]
    languages = languages_of_form(offer, wishes.language)
    named = [
        Choice(code, localisation.language_name(code), code.lower() == wishes.language.lower(), code)
        for code in languages
    ]
    anything = Choice("", words.all_languages, not wishes.language)
    return Choices(
        tags=tuple(tags),
        languages=(anything, *named) if named else (),
        every=tuple(Choice(each, name, each == wishes.every) for each, name in _frequencies(words).items()),
    )


def wishes_in(fields: Fields, offer: Offer, before: Wishes) -> Wishes:
    """Return what a form says, of what it offered to somebody with the wishes `before`; anything else is ignored."""
    ticked = {tag_key(term) for term in fields.get("tag", ())}
    terms = [term for term in terms_of_form(offer, terms_of(before)) if tag_key(term) in ticked]
    language = first(fields, "language") if "language" in fields else before.language
    every = first(fields, "every") if "every" in fields else before.every
    return Wishes(
        tags="\n".join(terms),
        language=language if language in ("", *languages_of_form(offer, before.language)) else before.language,
        every=every if every in ("", "day", "week", "month") else before.every,
    )


def terms_of(wishes: Wishes) -> tuple[str, ...]:
    """Return the terms of a reader's tag expression."""
    return tuple(wishes.tags.split("\n")) if wishes.tags else ()


def terms_of_form(offer: Offer, chosen: Sequence[str]) -> list[str]:
    """Return the terms that a form shows: those offered, then those that were chosen otherwise; each once."""
    return _distinct([*offer.tags, *chosen])


def languages_of_form(offer: Offer, chosen: str) -> list[str]:
    """Return the languages that a form shows; none when there is nothing to choose."""
    return _distinct([*offer.languages, chosen] if chosen else offer.languages)


def _distinct(terms: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for term in terms:
        found.setdefault(tag_key(term), term)
    return list(found.values())


def _frequencies(words: PageWords) -> dict[Every, str]:
    return {"": words.each_issue, "day": words.daily, "week": words.weekly, "month": words.monthly}
