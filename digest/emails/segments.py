"""Blocks in the provider's template language: each post's card is shown to the readers who chose one of its tags.

Somebody who chose none of the tags gets every post, and a post that has none of the tags goes to everybody.

Sources: listmonk runs body and text part through html/template with sprig's functions (models/campaigns.go), and leaves
out a subscriber whose letter fails, so a condition must hold whatever her attribute is: `toStrings` makes a list of a
list, of a single text, and of nothing. Mailchimp's `*|INTERESTED:category:group,group|*` (kb.mailchimp.com, smart merge
tags with groups; several groups and `*|ELSE:|*` as published newsletters use them) has no "or chose nothing", so a card
stands there twice, once for each way to get it. Its blocks are not nested, which nothing documents, and have a line
break before an ELSE, since some report that an empty block is refused. Kit's Liquid has the names of a subscriber's
tags in `subscriber.tags`, as published broadcasts use it.
"""

from collections.abc import Callable, Iterable

from msgspec import Struct
from msgspec.structs import replace

from digest.collector.post import tag_key
from digest.config.schema import Digest

Audience = tuple[str, ...]  # names of tags at the provider: who chose one of them, or none at all; empty: everybody


class Segments(Struct, frozen=True):
    """The tags that readers choose from: `names` are those at the provider, by the key of the tag.

    `place` is where the provider keeps what a reader chose. With `measured` every card stands in a letter once, as in
    the one that a reader gets.
    """

    provider: str
    place: str
    names: dict[str, str]
    measured: bool = False

    @property
    def all_names(self) -> Audience:
        """The names of all tags, each once, in the order of the settings."""
        return tuple(dict.fromkeys(self.names.values()))


class Language(Struct, frozen=True):
    """How a provider's template language writes a block.

    `declare` returns what has to stand before the first block of a text, `begin` and `end` enclose one. `otherwise`
    returns a second block, of the same content, for readers who chose nothing, where the first cannot include them.
    """

    declare: Callable[[Segments], str]
    begin: Callable[[Segments, Audience], str]
    end: str
    otherwise: Callable[[Segments, str], str] | None = None


def segments_of(digest: Digest) -> Segments | None:
    """Return the segments of a digest; None when every reader gets every post."""
    settings = digest.segments
    if not settings.tags or digest.provider not in LANGUAGES:
        return None
    place = settings.group if digest.provider == "mailchimp" else settings.attribute
    names = {tag_key(tag): settings.names.get(tag, tag) for tag in settings.tags}
    return Segments(digest.provider, place, names)


def measured(segments: Segments | None) -> Segments | None:
    """Return the segments for measuring the letter of a reader, which has no card twice."""
    return replace(segments, measured=True) if segments else None


def audience(segments: Segments | None, *posts: Iterable[str]) -> Audience:
    """Return who gets at least one of `posts`, each of which is given by its tags."""
    if segments is None:
        return ()
    found: set[str] = set()
    for tags in posts:
        names = {segments.names[key] for key in map(tag_key, tags) if key in segments.names}
        if not names:
            return ()
        found |= names
    chosen = tuple(name for name in segments.all_names if name in found)
    return () if chosen == segments.all_names else chosen


def declared(segments: Segments | None, text: str) -> str:
    """Return a text that may hold blocks, with what has to stand before them."""
    if segments is None or not text:
        return text
    return f"{LANGUAGES[segments.provider].declare(segments)}{text}"


def shown(segments: Segments | None, text: str, to: Audience) -> str:
    """Return a text as a block that only an audience sees."""
    if segments is None or not to or not text:
        return text
    language = LANGUAGES[segments.provider]
    block = f"{language.begin(segments, to)}{text}{language.end}"
    if language.otherwise is None:
        return block
    return block + language.otherwise(segments, "" if segments.measured else text)


def edges(segments: Segments | None, to: Audience) -> tuple[str, str]:
    """Return what encloses a block for an audience; two empty texts where the language has no single block for it."""
    if segments is None or not to:
        return "", ""
    language = LANGUAGES[segments.provider]
    return ("", "") if language.otherwise else (declared(segments, language.begin(segments, to)), language.end)


def _declare_nothing(_: Segments) -> str:
    return ""


def _declare_in_go(segments: Segments) -> str:
    chosen = f"{{{{ $chosen := toStrings (index $.Subscriber.Attribs {_go_text(segments.place)}) }}}}"
    return f"{chosen}{{{{ $all := not (or {_go_tests(segments.all_names)}) }}}}"


def _begin_in_go(_: Segments, to: Audience) -> str:
    return f"{{{{ if or $all {_go_tests(to)} }}}}"


def _go_tests(names: Audience) -> str:
    return " ".join(f"(has {_go_text(name)} $chosen)" for name in names)


def _go_text(text: str) -> str:
    """Return a text as Go writes it; whatever is no letter, digit or space is escaped, so that no `}}` is in it."""
    return '"' + "".join(map(_go_character, text)) + '"'


def _go_character(character: str) -> str:
    return character if character.isalnum() or character in " -_" else f"\\U{ord(character):08x}"


def _declare_in_liquid(segments: Segments) -> str:
    """Return a test whose result, while it is not known, means that everything is shown."""
    chosen = f"{{% if {_liquid_tests(segments.all_names)} %}}{{% assign digest_all = false %}}{{% endif %}}"
    return f"{{% assign digest_all = true %}}{chosen}"


def _begin_in_liquid(_: Segments, to: Audience) -> str:
    return f"{{% if digest_all != false or {_liquid_tests(to)} %}}"


def _liquid_tests(names: Audience) -> str:
    return " or ".join(f"subscriber.tags contains {_liquid_text(name)}" for name in names)


def _liquid_text(text: str) -> str:
    quote = "'" if '"' in text else '"'
    return f"{quote}{text}{quote}"


def _begin_merge_tag(segments: Segments, to: Audience) -> str:
    return f"*|INTERESTED:{segments.place}:{','.join(to)}|*"


def _merge_tag_otherwise(segments: Segments, text: str) -> str:
    return f"{_begin_merge_tag(segments, segments.all_names)}\n*|ELSE:|*{text}{_END_MERGE_TAG}"


_END_MERGE_TAG = "*|END:INTERESTED|*"
LANGUAGES = {  # `config.segments` has the same providers
    "listmonk": Language(_declare_in_go, _begin_in_go, "{{ end }}"),
    "kit": Language(_declare_in_liquid, _begin_in_liquid, "{% endif %}"),
    "mailchimp": Language(_declare_nothing, _begin_merge_tag, _END_MERGE_TAG, _merge_tag_otherwise),
}
