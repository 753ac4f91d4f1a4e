"""Check `[digests.NAME.segments]`: the provider, where it keeps what readers chose, and the names of tags there.

A name stands in a condition of the provider's template language. Go's texts take every character, as an escape. In one
of Mailchimp's merge tags `:` separates the category from its groups and `,` the groups, and no escape of them is known.
Liquid's texts have no escapes, and a tag of it ends at the first `%}`, also within a text. `<`, `>` and `&` would be
markup where such a name stands in HTML.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from digest.config.checks import Fault
from digest.config.key_positions import Keys
from digest.config.schema import Digest, File, Segments
from digest.config.senders import read_senders
from digest.problems import did_you_mean

_KEPT_IN = {"listmonk": "attribute", "mailchimp": "group", "kit": ""}  # the key that says where choices are kept
_IMPOSSIBLE = {"listmonk": "", "mailchimp": ":,*|<>&", "kit": "{}<>&\\"}
_EXAMPLES = {"attribute": "topics", "group": "Topics"}


def segment_faults(table: Mapping[str, Any], file: File) -> Iterator[Fault]:
    """Yield what is wrong in the segments of each digest; `table` is the file as written, which has no other fault."""
    providers = {name: settings.filled_in_by() for name, settings in read_senders(file.senders).items()}
    for name, digest in file.digests.items():
        if "segments" in table["digests"][name]:
            provider = providers.get(digest.send_via, digest.provider)
            yield from _faults(("digests", name, "segments"), digest, provider)


def _faults(keys: Keys, digest: Digest, provider: str) -> Iterator[Fault]:
    if provider not in _KEPT_IN:
        message = f'"{provider}" knows no blocks that only some readers see'
        hint = 'write provider = "listmonk", "mailchimp" or "kit"; for others make a digest for each tag, with per_tag'
        yield Fault(keys, "segments", message, hint)
        return
    segments = digest.segments
    if not segments.tags:
        yield Fault((*keys, "tags"), "missing-key", "tags is missing", 'add the tags that readers choose, tags = ["…"]')
    yield from _place_faults(keys, segments, provider)
    yield from _name_faults(keys, segments, provider)


def _place_faults(keys: Keys, segments: Segments, provider: str) -> Iterator[Fault]:
    """Yield what is wrong with the key that says where the provider keeps what a reader chose."""
    key = _KEPT_IN[provider]
    if not key:
        return
    place = getattr(segments, key)
    if not place:
        yield Fault((*keys, key), "missing-key", f"{provider} needs {key}", f'add {key} = "{_EXAMPLES[key]}"')
    elif mistake := _mistake(place, provider):
        message = f'"{place}" cannot stand in a block of {provider}: {mistake}'
        yield Fault((*keys, key), "segments", message, "rename it at the provider")


def _name_faults(keys: Keys, segments: Segments, provider: str) -> Iterator[Fault]:
    """Yield each tag whose name cannot stand in the provider's language, and each name of no tag."""
    for tag in segments.tags:
        key = "names" if tag in segments.names else "tags"
        name = segments.names.get(tag, tag)
        if mistake := _mistake(name, provider):
            message = f'"{name}" cannot stand in a block of {provider}: {mistake}'
            hint = f'give it another name there, and write it here: names = {{ {json.dumps(tag)} = "…" }}'
            yield Fault((*keys, key), "segments", message, hint)
    for tag in segments.names:
        if tag not in segments.tags:
            hint = did_you_mean(tag, segments.tags) or "add it to tags"
            yield Fault((*keys, "names", tag), "segments", f'"{tag}" is none of the tags', hint)


def _mistake(name: str, provider: str) -> str:
    """Return why a name cannot stand in the provider's language; empty when it can."""
    if not name.strip():
        return "it is empty"
    if name != name.strip() or not name.isprintable():
        return "it has white space at its ends, or characters that do not print"
    found = [character for character in _IMPOSSIBLE[provider] if character in name]
    if found:
        return f"it has {' '.join(found)}"
    if provider == "kit" and '"' in name and "'" in name:
        return "it has quotes of both kinds"
    return ""
