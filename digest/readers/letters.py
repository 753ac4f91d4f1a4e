"""Letters: the message of an edition for the readers who share it, and each one's copy of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from digest import emails, localisation
from digest.collector.select import speaks_language
from digest.config import Config, Digest
from digest.editions import Edition
from digest.emails.mime import message_id
from digest.readers.edition_maker import EditionMaker, edition_with
from digest.readers.stories import Story
from digest.readers.subscribers import Subscriber
from digest.readers.tokens import Purpose, make_token
from digest.senders.message import dated
from digest.senders.smtp.splice import OwnLink, Splice, domain_of, make_splice, ways_out_header

UNSUBSCRIBE, PREFERENCES, CONFIRM, SUBSCRIBE = "u/", "p/", "c/", "subscribe"  # below the address of the page
_LINKS: Mapping[str, Purpose] = {UNSUBSCRIBE: "unsubscribe", PREFERENCES: "preferences"}


class Letter(Struct, frozen=True):
    """An edition from which copies are made. `other_ways` are addresses to unsubscribe at besides the page."""

    subject: str
    key: str
    domain: str
    page: str
    other_ways: tuple[str, ...]
    splice: Splice

    def copy(self, reader: Subscriber, secret: str) -> bytes:
        """Return the copy of a reader; its Message-ID is the same each time."""
        tokens = {path: make_token(secret, purpose, reader.id, reader.epoch) for path, purpose in _LINKS.items()}
        identity = message_id(self.domain, self.key, str(reader.id))
        leave = f"{self.page}{UNSUBSCRIBE}{tokens[UNSUBSCRIBE]}"
        head = f"To: {reader.address}\r\nMessage-ID: {identity}\r\n"
        head += ways_out_header([leave, *self.other_ways], one_click=leave.startswith("https://"))
        return self.splice.copy(head.encode(), [token.encode() for token in tokens.values()])


class LetterWriter(Struct, frozen=True):
    """What makes the letters of a run: its whole edition, which says when and under which name they come."""

    edition_maker: EditionMaker
    whole: Edition
    key: str  # of the run, for Message-IDs
    now: datetime

    def email(self, stories: Sequence[Story], language: str, *, with_page: bool = False) -> emails.Email:
        """Return the e-mail with these stories, its own words in `language`, or that of the digest when empty.

        Raises `ConfigError` when a template or the subject cannot be filled in.
        """
        config = with_readers_links(self.edition_maker.config, self.whole.digest, language)
        edition = edition_with(self.whole, [story.post for story in stories], config)
        bodies = {post.id: self.edition_maker.renderer.body(post) for post in edition.posts}
        return emails.compose(edition, bodies, config, with_page=with_page)

    def letter(self, stories: Sequence[Story], language: str, secret: str) -> Letter:
        """Return the letter with these stories; `secret` is behind the tokens of its links."""
        email = self.email(stories, language)
        return make_letter(
            email, self.edition_maker.config, self.whole.digest, key=self.key, now=self.now, secret=secret
        )


def make_letter(email: emails.Email, config: Config, name: str, *, key: str, now: datetime, secret: str) -> Letter:
    """Return the letter of digest `name` that copies are made from; `key` is the run's, `now` its `Date`."""
    digest = config.digests[name]
    page = page_address(config)
    markers = {path: make_token(secret, purpose, 0, -1) for path, purpose in _LINKS.items()}
    links = [OwnLink(f"{page}{path}", f"{page}{path}{marker}", marker) for path, marker in markers.items()]
    return Letter(
        subject=email.subject,
        key=key,
        domain=domain_of(digest.sender),
        page=page,
        other_ways=_other_ways(digest),
        splice=make_splice(dated(email.eml, now), links),
    )


def page_address(config: Config) -> str:
    """Return the address of the readers' page, which ends in a slash."""
    address = config.readers.url
    return f"{address.rstrip('/')}/" if address else ""


def with_readers_links(config: Config, name: str, language: str) -> Config:
    """Return a site's settings for the letters of digest `name`: their links lead to the readers' page.

    `language` is a reader's; a digest that is in that language, in another region, keeps its own.
    """
    digest = config.digests[name]
    page = page_address(config)
    own = digest.language or config.site.language
    is_other = bool(language) and localisation.known(language) and not speaks_language(own, language)
    changed = msgspec.structs.replace(
        digest,
        language=language if is_other else own,
        unsubscribe=f"{page}{UNSUBSCRIBE}",
        preferences=f"{page}{PREFERENCES}",
        subscribe=digest.subscribe or f"{page}{SUBSCRIBE}",
        one_click=False,  # the copies have their own header
        provider="plain",
    )
    return msgspec.structs.replace(config, digests={**config.digests, name: changed})


def _other_ways(digest: Digest) -> tuple[str, ...]:
    """Return the mail addresses to unsubscribe at."""
    return tuple(way for way in digest.unsubscribe.replace(",", " ").split() if way.startswith("mailto:"))
