"""The pages that list the published editions of a digest, newest first, by year.

A page holds `LENGTH` editions, counted from the oldest, so that a page does not change when editions are added. The
first page, `editions/DIGEST/index.html`, holds the newest, and more of them until there are enough for another page.
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, timedelta, tzinfo
from itertools import groupby
from typing import Any

import msgspec
from markupsafe import Markup
from msgspec import Struct

from digest.archive.manifest import Manifest
from digest.config import Config, Format

LENGTH = 50  # editions
NAMED = 4  # posts of an edition
FEED_NAMES: dict[Format, str] = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}


class ArchivePage(Struct, frozen=True):
    """One of the pages: its path below the output folder, its editions, and the paths of the pages beside it."""

    path: str
    editions: tuple[Manifest, ...]
    newer: str = ""
    older: str = ""


def plan_pages(digest: str, editions: Sequence[Manifest]) -> tuple[ArchivePage, ...]:
    """Return the pages of a digest, the first one first; `editions` are the newest first."""
    full = max(0, len(editions) // LENGTH - 1)
    paths = [f"editions/{digest}/index.html", *(_path(digest, number) for number in range(full, 0, -1))]
    ends = [len(editions) - number * LENGTH for number in range(full, -1, -1)]
    starts = [0, *ends]
    return tuple(
        ArchivePage(path, tuple(editions[start:end]), newer, older)
        for path, start, end, newer, older in zip(paths, starts, ends, ["", *paths], [*paths[1:], ""], strict=False)
    )


def find_stale(config: Config, digest: str, pages: Iterable[ArchivePage]) -> tuple[str, ...]:
    """Return the paths of pages of a digest that earlier builds wrote and that are in `pages` no longer."""
    output = config.root / config.site.output
    wanted = {page.path for page in pages}
    found = sorted((output / f"editions/{digest}/page").glob("*/index.html"))
    paths = [path.relative_to(output).as_posix() for path in found if path.parent.name.isdecimal()]
    return tuple(path for path in paths if path not in wanted)


def make_page(config: Config, digest: str, editions: Sequence[Manifest], number: int = 0) -> bytes:
    """Return the page of this `number`, from 0, that `plan_pages` plans of the `editions` of a digest, as HTML."""
    from digest.emails import ink, with_stacks
    from digest.feeds import FILES, MEDIA_TYPES
    from digest.localisation import direction, words
    from digest.templates import environment

    language = config.digests[digest].language or config.site.language
    zone = config.digest_zone(digest)
    pages = plan_pages(digest, editions)
    page = pages[number]
    base = f"{config.site.url}editions/{digest}/"
    listed = [(_year(manifest, zone), _edition(manifest, zone, language)) for manifest in page.editions]
    years = [(year, [edition for _, edition in group]) for year, group in groupby(listed, key=lambda dated: dated[0])]
    template = environment(config.own_templates).get_template("editions.html.jinja")
    html = template.render(
        digest=config.digests[digest],
        name=digest,
        site=config.site,
        language=language,
        direction=direction(language),
        words=words(language),
        marked=functools.partial(_marked, language=language),
        theme=with_stacks(config.theme, language),
        button_text=ink(config.theme.accent),
        dark_button_text=ink(config.theme.dark_accent),
        feeds=[
            {"type": MEDIA_TYPES[form], "url": f"{base}{FILES[form]}", "name": FEED_NAMES[form]}
            for form in config.feeds.formats
        ],
        editions=[edition for _, edition in listed],
        years=years,
        named=NAMED,
        all_years=list(_years(config, pages, zone)) if number == 0 else [],
        url=_url(config, page.path),
        newer=_url(config, page.newer),
        older=_url(config, page.older),
    )
    return html.encode("utf-8")


def _marked(text: str, language: str) -> Markup:
    """Return a text as HTML, with the languages of other scripts in it marked."""
    from digest.emails import marked

    return Markup(marked(text, language))  # noqa: S704 - escaped


def _path(digest: str, number: int) -> str:
    return f"editions/{digest}/page/{number}/index.html"


def _url(config: Config, path: str) -> str:
    return f"{config.site.url}{path.removesuffix('index.html')}" if path else ""


def _years(config: Config, pages: Sequence[ArchivePage], zone: tzinfo) -> Iterator[tuple[int, str]]:
    """Yield each year with the address of its newest edition on the pages, the newest first."""
    seen = set()
    for page in pages:
        for manifest in page.editions:
            year = _year(manifest, zone)
            if year not in seen:
                seen.add(year)
                yield year, f"{_url(config, page.path)}#y{year}"


def _year(manifest: Manifest, zone: tzinfo) -> int:
    """Return the year of the last day that an edition covers."""
    last_instant = manifest.window.end.astimezone(UTC) - timedelta(microseconds=1)
    return last_instant.astimezone(zone).year


def _edition(manifest: Manifest, zone: tzinfo, language: str) -> dict[str, Any]:
    """Return an edition as the template shows it."""
    from digest.emails import unescape_header
    from digest.localisation import other_posts, span, words

    others = len(manifest.posts) - NAMED
    return {
        "url": manifest.archive_url,
        "number": words(language).number.format(n=manifest.number) if manifest.number else "",
        "subject": unescape_header(manifest.subject),
        "preheader": unescape_header(manifest.preheader),
        "image": manifest.image,
        "period": span(manifest.window.start, manifest.window.end, zone, language),
        "posts": [msgspec.structs.replace(post, date=post.date.astimezone(zone)) for post in manifest.posts],
        "others": other_posts(others, language) if others > 0 else "",
    }
