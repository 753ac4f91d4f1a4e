"""Links by reference, `[text][label]`, shown as typed when they lack a definition, `[label]: https://…`."""

import re
from collections.abc import Iterator

from digest.markdown.code_regions import region_at
from digest.markdown.foreign.body import Body
from digest.markdown.foreign.mkdocs import find_code
from digest.markdown.places import warning_at
from digest.problems import Problem

MAX_WARNINGS = 20

_DEFINITION = re.compile(r"^[ >]{0,8}\[([^\]\n]{1,300})\]:", re.MULTILINE)
_REFERENCE = re.compile(r"(?<![\w\\\])/])\[([^\[\]\n]{1,200})\]\[([^\[\]\n]{0,200})\]")


def definitions(text: str) -> frozenset[str]:
    """Return the labels that have a definition, case-folded."""
    return frozenset(map(_folded, _DEFINITION.findall(text)))


def undefined(body: Body, markdown: str) -> Iterator[Problem]:
    """Yield a warning for each label of a link in `body` without a definition in it or in the `markdown` made of it."""
    defined = body.definitions | definitions(markdown)
    links = [(link, link[2] or link[1]) for link in _REFERENCE.finditer(body.text)]
    lost = [(link, label) for link, label in links if _folded(label) not in defined]
    if not lost:
        return
    code = find_code(body.text)
    first: dict[str, tuple[int, str]] = {}  # where each label is first used outside of code, and how it is written
    for link, label in lost:
        is_known = _folded(label) in first or len(first) >= MAX_WARNINGS
        if not is_known and region_at(code, link.start()) is None and link[0] in markdown:
            first[_folded(label)] = (link.start(), label)
    for start, label in first.values():
        message = f"the link [{label}] has no definition, so it shows as typed"
        hint = f"add a line [{label}]: https://…"
        yield warning_at(body.post, body.text, start, "reference-undefined", message, hint)


def _folded(label: str) -> str:
    return " ".join(label.casefold().split())
