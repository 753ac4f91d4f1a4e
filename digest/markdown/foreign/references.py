"""Links by reference, `[text][label]`, shown as typed when they lack a definition, `[label]: https://…`."""

import re
from collections.abc import Iterator

from digest.markdown.code_regions import region_at
from digest.markdown.foreign.body import Body
from digest.markdown.foreign.mkdocs import find_code
from digest.markdown.places import warning_at
from digest.problems import Problem

MAX_WARNINGS = 20
MAX_LINKS = 500  # without a definition, that are looked at

_DEFINITION = re.compile(r"^[ >]{0,8}\[([^\]\n]{1,300})\]:", re.MULTILINE)
_REFERENCE = re.compile(r"(?<![\w\\\])/])\[([^\[\]\n]{1,200})\]\[([^\[\]\n]{0,200})\]")


def definitions(text: str) -> frozenset[str]:
    """Return the labels that have a definition, case-folded."""
    return frozenset(map(_folded, _DEFINITION.findall(text)))


def undefined(body: Body, markdown: str) -> Iterator[Problem]:
    """Yield a warning for each label of a link in `body` without a definition in it or in the `markdown` made of it."""
    defined = body.definitions | definitions(markdown)
    lost = [link for link in _REFERENCE.finditer(body.text) if _folded(_label(link)) not in defined]
    if not lost:
        return
    code = find_code(body.text)
    outside = [link for link in lost if region_at(code, link.start()) is None]
    first: dict[str, re.Match[str]] = {}
    for link in outside[:MAX_LINKS]:
        if link[0] in markdown:
            first.setdefault(_folded(_label(link)), link)
    for link in [*first.values()][:MAX_WARNINGS]:
        label = _label(link)
        message = f"the link [{label}] has no definition, so it shows as typed"
        hint = f"add a line [{label}]: https://…"
        yield warning_at(body.post, body.text, link.start(), "reference-undefined", message, hint)


def _label(link: re.Match[str]) -> str:
    return link[2] or link[1]


def _folded(label: str) -> str:
    return " ".join(label.casefold().split())
