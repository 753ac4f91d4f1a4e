"""The inputs for composing one edition, and what follows from them at once."""

from collections.abc import Mapping
from datetime import UTC, timedelta, tzinfo
from typing import TYPE_CHECKING

from msgspec import Struct

from digest import localisation
from digest.collector.post import Post
from digest.config.schema import Config, Digest
from digest.editions.edition import Edition, EditionSection, is_link
from digest.emails.headers import unsubscribe_urls
from digest.emails.look import Look, look
from digest.emails.providers import placeholders_of
from digest.emails.segments import Segments, segments_of

if TYPE_CHECKING:
    from digest.markdown import Rendered

_LONGEST_BODY = 250_000  # characters of HTML, far beyond what Gmail shows of a whole e-mail


class Job(Struct, frozen=True, eq=False):
    """The inputs for composing one edition.

    `zone` is that of its dates; `lead` the post before all others, if any; with `segments` readers get what they chose.
    """

    edition: Edition
    posts: tuple[Post, ...]
    rendered: "Mapping[str, Rendered]"
    config: Config
    digest: Digest
    look: Look
    zone: tzinfo
    lead: Post | None = None
    segments: Segments | None = None

    @property
    def settings(self) -> str:
        """The name of the file with the digest's settings."""
        return self.config.file.name if self.config.file else "digest.toml"

    @property
    def period(self) -> str:
        """The dates of the edition, as text."""
        return localisation.span(self.edition.start, self.edition.end, self.zone, self.look.language)

    @property
    def year(self) -> int:
        """The year of the edition's last day."""
        last_instant = self.edition.end.astimezone(UTC) - timedelta(microseconds=1)
        return localisation.day_of(last_instant, self.zone).year

    @property
    def unsubscribe_url(self) -> str:
        """The unsubscribe address: the placeholder, else the first address of `unsubscribe`."""
        placeholder = placeholders_of(self.digest).unsubscribe
        return placeholder or next(iter(unsubscribe_urls(self.digest)), "")

    @property
    def preferences_url(self) -> str:
        """The address where readers change what they get: the digest's, else the provider's placeholder."""
        return self.digest.preferences or placeholders_of(self.digest).preferences

    def body(self, post: Post) -> "Rendered":
        """Return a post's body; an empty one when it could not be rendered."""
        from digest.markdown import Rendered

        return self.rendered.get(post.id) or Rendered(html="", summary="")

    def fits(self, post: Post) -> bool:
        """Return whether the body is short enough for an e-mail; a longer one is not even inlined."""
        return len(self.body(post).html) <= _LONGEST_BODY


def job_of(edition: Edition, rendered: "Mapping[str, Rendered]", config: Config) -> Job:
    """Return the inputs for composing an edition. Raises ConfigError when a template cannot be read or filled in."""
    digest = config.digests[edition.digest]
    return Job(
        edition=edition,
        posts=edition.posts,
        rendered=rendered,
        config=config,
        digest=digest,
        look=look(config, digest.language or config.site.language),
        zone=config.digest_zone(edition.digest),
        lead=_lead(edition.sections, digest),
        segments=segments_of(digest),
    )


def _lead(sections: tuple[EditionSection, ...], digest: Digest) -> Post | None:
    """Return the first post, unless it is shown in another way than a lead."""
    if not digest.lead or not sections or sections[0].is_round_up:
        return None
    post = sections[0].posts[0]
    layout = post.layout or sections[0].layout
    return None if layout not in ("", "featured") or is_link(post) else post
