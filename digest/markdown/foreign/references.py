"""Links by reference, `[text][label]`, shown as typed when they lack a definition, `[label]: https://…`."""

import re
from collections.abc import Iterator

from digest.markdown.code_regions import code_regions
from digest.markdown.foreign.body import Body
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
    lost = {_folded(label): (link, label) for link, label in reversed(links) if _folded(label) not in defined}
    if not lost:
        return
    code = code_regions(body.text)
    for link, label in [*lost.values()][::-1][:MAX_WARNINGS]:
        if any(start <= link.start() < end for start, end in code):
            continue
        yield Problem(
            body.post.path,
            body.post.body_line + body.text.count("\n", 0, link.start()),
            link.start() - body.text.rfind("\n", 0, link.start()),
            "reference-undefined",
            f"the link [{label}] has no definition, so it shows as typed",
            f"add a line [{label}]: https://…",
            "warning",
        )


def _folded(label: str) -> str:
    return " ".join(label.casefold().split())
