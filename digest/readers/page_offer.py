"""What the page offers: the tags and the languages of the site's posts, looked up now and then."""

import threading
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec import Struct

from digest.cache.store import open_store
from digest.collector.collect import collect
from digest.collector.post import Post, tag_key
from digest.collector.select import published
from digest.config import Config
from digest.problems import DigestError
from digest.readers.wishes import ALL, NONE

MOST_TAGS = 40
_FRESH = 600.0  # seconds


class Offer(Struct, frozen=True):
    """The tags and languages to choose from. There is nothing to choose among less than two languages."""

    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


class Offers:
    """The offer of a site. It is looked up in the background again, so that new posts are seen without a restart."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._offer = find_offer(config, datetime.now(UTC))
        self._looked_at = time.monotonic()
        self._looking = threading.Lock()

    def current(self) -> Offer:
        """Return the offer as it was known last."""
        is_old = time.monotonic() - self._looked_at > _FRESH
        if is_old and self._looking.acquire(blocking=False):
            threading.Thread(target=self._look, daemon=True).start()
        return self._offer

    def _look(self) -> None:
        try:
            self._offer = find_offer(self._config, datetime.now(UTC))
        except (DigestError, OSError):
            pass  # a site that is being changed; the next look will see
        finally:
            self._looked_at = time.monotonic()
            self._looking.release()


def find_offer(config: Config, now: datetime) -> Offer:
    """Return what the posts that are published at `now` (aware) have to choose from."""
    with open_store(config.root, config.site.cache_dir) as store:
        posts = published(collect(config, store).posts, now)
    languages = sorted({post.language for post in posts if post.language})
    return Offer(
        tags=config.readers.tags or tuple(_frequent_tags(posts)),
        languages=tuple(languages) if len(languages) > 1 else (),
    )


def _frequent_tags(posts: Iterable[Post]) -> list[str]:
    """Return the tags that most posts have, in the spelling that is most frequent, in order."""
    spellings: dict[str, Counter[str]] = {}
    for post in posts:
        for tag in post.tags:
            if tag[:1] in (ALL, NONE):
                continue  # it would be another expression
            spellings.setdefault(tag_key(tag), Counter())[tag] += 1
    frequent = sorted(spellings.values(), key=lambda found: (-found.total(), min(found)))[:MOST_TAGS]
    return sorted((found.most_common(1)[0][0] for found in frequent), key=tag_key)
