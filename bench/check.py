"""Whether a program did the whole job: each feed has the posts it should have, in order, with their full text."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import archive
from lxml import etree
from programs import Program

LIMIT = 20
WEEK = 38  # posts of the last week at whichever hour it ends
_SPACE = re.compile(r"\s+")
_post = functools.cache(archive.post)


@functools.cache
def _expected(posts: int) -> dict[str, list[int]]:
    """Return the numbers of the posts that each feed should have, newest first, by its folder."""
    folders: dict[str, list[int]] = {".": list(range(min(posts, LIMIT)))}
    for number in range(posts):
        for tag in archive.post(number).tags:
            folders.setdefault(f"tags/{tag}", []).append(number)
    return {folder: numbers[:LIMIT] for folder, numbers in sorted(folders.items())}


def faults(program: Program, posts: int) -> Iterator[str]:
    """Yield what is missing or wrong in the output of a program that ran on an archive of so many posts."""
    for folder, numbers in _expected(posts).items():
        for name in (program.rss, "atom.xml"):
            yield from _wrong(program.output / folder / name, f"{folder}/{name}", numbers)
    pages = sorted(program.output.glob(program.page))
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    absent = [number for number in range(min(WEEK, posts)) if _post(number).title not in text]
    if absent:
        yield f"{program.page}: {len(pages)} found, without the posts {absent}"


def _wrong(file: Path, name: str, numbers: list[int]) -> Iterator[str]:
    if not file.is_file():
        yield f"{name} is not there"
        return
    try:
        parsed = etree.parse(file)
    except etree.XMLSyntaxError as error:
        yield f"{name}: {error}"
        return
    entries = [
        (element.findtext("{*}title") or "", "".join(map(str, element.itertext())))
        for element in parsed.iter("{*}item", "{*}entry")
    ]
    found = [int(title.split()[0]) for title, _ in entries]
    if found != numbers:
        yield f"{name} has {found} and should have {numbers}"
        return
    for number, (_, text) in zip(numbers, entries, strict=True):
        if _SPACE.sub("", _post(number).paragraphs[-2]) not in _SPACE.sub("", text) or f"/{number}/13.jpg" not in text:
            yield f"{name}: the text of {number} is not whole"


def stale(program: Program, case: str, number: int) -> Iterator[str]:
    """Yield what the output does not show of the change that this case made in this round."""
    if case == "one post changed":
        text, files = archive.EDIT.format(number), [program.output / program.rss]
    elif case == "one setting changed":
        text, files = f"Bench {number}", [program.output / program.rss]
    elif case == "one template changed":
        text, files = rf"<p[^>]*>{number}</p>", sorted(program.output.glob(program.page))
    else:
        return
    if not any(re.search(text, file.read_text(encoding="utf-8")) for file in files):
        yield f"{program.name} does not show the change: {case}"
