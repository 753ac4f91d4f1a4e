"""What the owner of a site expects and will not get: mistakes that no post, template or edition shows by itself."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from digest import archive
from digest.collector.post import Post, tag_key
from digest.collector.select import published
from digest.config import Config, Digest, Podcast, Selection
from digest.config.checks import Fault
from digest.config.key_positions import Keys
from digest.config.located import locate
from digest.editions import note_problems
from digest.emails import placeholders_of, subject_problems
from digest.feeds import artwork, length_problems
from digest.problems import ConfigError, Problem, did_you_mean

EXAMPLE_HOSTS = ("example.org", "example.com", "example.net")
GLOB = frozenset("*?[")
PLACEHOLDERS = ("Your Name", "1 Example Street", "Exampletown")  # in the file that `digest init` writes


def require_subjects(config: Config) -> None:
    """Raise `ConfigError` when the subject template of a digest is wrong, whether or not an edition is due."""
    problems = sorted(set(subject_problems(config)))
    if problems:
        raise ConfigError("\n".join(map(str, problems)), problems)


def expectation_problems(config: Config, posts: Sequence[Post], now: datetime) -> list[Problem]:
    """Return warnings about notes, tags, placeholders and settings. `posts` are all that were collected."""
    built = [key for name in config.digests for key in archive.load_ledger(config, name).editions]
    faults = [
        *_tag_faults(config, posts),
        *_placeholder_faults(config),
        *_sender_faults(config),
        *_one_click_faults(config),
        *_podcast_faults(config),
    ]
    return [
        *note_problems(config, posts, now, built),
        *locate(config, faults),
        *length_problems(published(posts, now), config),
    ]


def _podcast_faults(config: Config) -> Iterator[Fault]:
    """Yield the podcasts that have no picture, which every directory requires."""
    podcasts: list[tuple[Keys, Podcast]] = [(("feeds", "podcast"), config.feeds.podcast)]
    podcasts += [(("feeds", "extra", name, "podcast"), extra.podcast) for name, extra in config.feeds.extra.items()]
    for keys, podcast in podcasts:
        if podcast.is_described and not artwork(podcast, config):
            message = "there is no picture of it in JPEG or PNG, which directories of podcasts require"
            yield Fault(keys, "podcast-image", message, "set image, or site.logo: a square of 1,400 to 3,000 pixels")


# --- tags that no post has


def _tag_faults(config: Config, posts: Sequence[Post]) -> Iterator[Fault]:
    if not posts:
        return
    tags = {tag_key(tag): tag for post in posts for tag in post.tags}
    for keys, selection in _selections(config):
        yield from _selection_faults(keys, selection, tags)
    for name, family in config.families.items():
        yield from _family_faults(("digests", name, "per_tag"), family, tags)
    for name, digest in _tables(config).items():
        yield from _segment_faults(("digests", name, "segments", "tags"), digest.segments.tags, tags)


def _selections(config: Config) -> Iterator[tuple[Keys, Selection]]:
    """Yield everything that chooses posts by tags, with its place in `digest.toml`."""
    for name, feed in config.feeds.extra.items():
        yield ("feeds", "extra", name), feed
    for name, digest in _tables(config).items():
        yield ("digests", name), digest
        for number, section in enumerate(digest.sections):
            yield ("digests", name, "sections", str(number)), section


def _family_faults(keys: Keys, family: Digest, tags: Mapping[str, str]) -> Iterator[Fault]:
    for tag in family.per_tag:
        if tag_key(tag) not in tags and not GLOB.intersection(tag):
            yield Fault(keys, "unknown-tag", f'no post has the tag "{tag}"', nearest_tag(tag, tags))


def _segment_faults(keys: Keys, chosen: Sequence[str], tags: Mapping[str, str]) -> Iterator[Fault]:
    """Yield a fault for each tag that readers choose where another is near; it may have no post yet."""
    for tag in chosen:
        near = nearest_tag(tag, tags, chosen)
        if tag_key(tag) not in tags and near:
            yield Fault(keys, "unknown-tag", f'no post has the tag "{tag}"', near)


def _tables(config: Config) -> dict[str, Digest]:
    """Return the digests as `digest.toml` has them: a family instead of its members."""
    own = {name: digest for name, digest in config.digests.items() if name not in config.family_of}
    return own | config.families


def _selection_faults(keys: Keys, selection: Selection, tags: Mapping[str, str]) -> Iterator[Fault]:
    """Yield a fault for each tag that no post has, where that leaves posts out or is a slip of the pen.

    One of several in `any`, or one in `none`, may have no post yet: it is named only when another tag is near.
    """
    has_any = any(tag_key(tag) in tags for tag in selection.any)
    for key, wanted, may_be_missing in (
        ("any", selection.any, has_any),
        ("all", selection.all, False),
        ("none", selection.none, True),
    ):
        for tag in wanted:
            near = nearest_tag(tag, tags, wanted)
            if tag_key(tag) not in tags and (near or not may_be_missing):
                yield Fault((*keys, key), "unknown-tag", f'no post has the tag "{tag}"', near)


def nearest_tag(tag: str, tags: Mapping[str, str], wanted: Iterable[str] = ()) -> str:
    """Return `did you mean "x"?` for the nearest of `tags` (as typed, by their keys) that is not `wanted` anyway."""
    others = set(map(tag_key, wanted))
    return did_you_mean(tag, [typed for key, typed in tags.items() if key not in others])


# --- what `digest init` wrote, and what does not fit together


def _placeholder_faults(config: Config) -> Iterator[Fault]:
    """Yield one fault that names every key whose value is an example."""
    if config.file is None:
        return
    values: dict[Keys, str] = {("site", "url"): config.site.url, ("site", "author"): config.site.author.name}
    for name, digest in _tables(config).items():
        for key in ("sender", "reply_to", "to", "list_id", "unsubscribe", "postal_address"):
            values["digests", name, key] = getattr(digest, key)
    found = [keys for keys, value in values.items() if is_placeholder(value)]
    if found:
        message = f"still an example: {', '.join('.'.join(keys) for keys in found)}"
        yield Fault((), "placeholder", message, "write your own; readers see them")


def is_placeholder(value: str) -> bool:
    """Return whether a value is an example, such as one that `digest init` writes."""
    return any(map(_is_example_host, _hosts(value))) or any(text in value for text in PLACEHOLDERS)


def _hosts(value: str) -> list[str]:
    """Return the hosts of the addresses in a value."""
    words = value.replace(",", " ").replace("<", " ").replace(">", " ").split()
    return [urlsplit(word).hostname or word.rpartition("@")[2] for word in words]


def _is_example_host(host: str) -> bool:
    return any(host == example or host.endswith(f".{example}") for example in EXAMPLE_HOSTS)


def _sender_faults(config: Config) -> Iterator[Fault]:
    """Yield a fault for each digest that nobody can send; a provider may have a sender of its own."""
    if config.file is None:
        return
    for name, digest in _tables(config).items():
        has_own = bool(placeholders_of(digest).unsubscribe)
        if not digest.sender and not has_own:
            hint = 'sender = "Name <name@your.domain>"'
            yield Fault(("digests", name), "no-sender", "there is no sender: nobody can send it like this", hint)


def _one_click_faults(config: Config) -> Iterator[Fault]:
    for name, digest in _tables(config).items():
        if digest.one_click and not _takes_posts(digest):
            message = "unsubscribe names no https:// address, which would take the one-click posts"
            hint = "write such an address, or leave one_click out"
            yield Fault(("digests", name, "one_click"), "one-click", message, hint)


def _takes_posts(digest: Digest) -> bool:
    return any(address.startswith("https://") for address in digest.unsubscribe.replace(",", " ").split())
