"""Links from the web version of an edition to the editions before and after it.

The later one does not exist when an edition is built, so its link is written into the page that is there; nothing else
of the page changes, and neither does the hash that an approval is of.
"""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from urllib.parse import urljoin

import msgspec
from msgspec import Struct

from digest import files
from digest.archive import manifest as manifests
from digest.archive.manifest import Manifest
from digest.config import Config
from digest.localisation import words

PAGE = "index.html"
_START, _END = '<nav class="neighbours"', "</nav>"  # of the template's element for the links
_PREVIOUS, _NEXT = '<a rel="prev"', '<a rel="next"'  # each link has a line of its own


class Links(Struct, frozen=True):
    """The links of a digest's pages: in which language, and to which site."""

    language: str
    url: str

    def put_into(self, page: bytes, manifest: Manifest) -> bytes:
        """Return a page with the links that `manifest` has; without a place for them the page as it is."""
        before, start, rest = page.decode().rpartition(_START)
        attributes, _, inside = rest.partition(">")
        if not start:
            return page
        links, end, after = inside.partition(_END)
        kept = [line for line in links.split("\n") if not line.startswith((_PREVIOUS, _NEXT))]
        own = words(self.language)
        previous = self._link(_PREVIOUS, manifest.previous, own.previous)
        following = self._link(_NEXT, manifest.next, own.next)
        lines = "\n".join([*previous, *kept, *following])
        return f"{before}{start}{attributes}>{lines}{end}{after}".encode()

    def _link(self, start: str, key: str, label: str) -> list[str]:
        if not key:
            return []
        url = urljoin(self.url, f"editions/{key}/")
        return [f'{start} href="{escape(url)}">{escape(label)}</a>']


def link_neighbours(
    config: Config, digest: str, editions: Sequence[Manifest]
) -> tuple[tuple[Manifest, ...], tuple[str, ...]]:
    """Link the pages of the `editions` of a digest, newest first, to each other.

    Returns the manifests as they are now, and the paths that changed, below the output folder. The page is written
    before its manifest, so the next run mends what a kill between the two leaves. The caller must hold the lock.
    """
    links = Links(_language(config, digest), config.site.url)
    keys = [edition.key for edition in editions]
    linked: list[Manifest] = []
    changed: list[str] = []
    for edition, following, previous in zip(editions, ["", *keys], [*keys[1:], ""], strict=False):
        wanted = msgspec.structs.replace(edition, previous=previous, next=following)
        written = wanted if wanted == edition else _write(config, edition, wanted, links)
        linked.append(written)
        if written != edition:
            changed += [f"editions/{edition.key}/{name}" for name in (PAGE, manifests.NAME)]
    return tuple(linked), tuple(changed)


def with_links(
    config: Config, contents: Mapping[str, bytes], manifest: Manifest, former: Manifest | None
) -> tuple[Mapping[str, bytes], Manifest]:
    """Return an edition's files and manifest with the links that its `former` manifest has."""
    if former is None or PAGE not in contents:
        return contents, manifest
    wanted = msgspec.structs.replace(manifest, previous=former.previous, next=former.next)
    links = Links(_language(config, manifest.digest), config.site.url)
    page = links.put_into(contents[PAGE], wanted)
    return {**contents, PAGE: page}, _describing(wanted, page)


def _write(config: Config, edition: Manifest, wanted: Manifest, links: Links) -> Manifest:
    """Write the links that `wanted` has into the page of `edition`; return the manifest as it is then.

    A page that is not the one of the manifest is left alone.
    """
    output = config.root / config.site.output
    folder = f"editions/{edition.key}"
    page = _read(output / folder / PAGE)
    if not _is_page_of(edition, page) and not _is_page_of(edition, links.put_into(page, edition)):
        return edition
    linked = links.put_into(page, wanted)
    made = _describing(wanted, linked)
    files.write(output, f"{folder}/{PAGE}", linked)
    files.write(output, f"{folder}/{manifests.NAME}", manifests.encode(made))
    files.sync_folder(output / folder)
    return made


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _is_page_of(edition: Manifest, page: bytes) -> bool:
    return manifests.describe(PAGE, page) in edition.files


def _describing(manifest: Manifest, page: bytes) -> Manifest:
    described = manifests.describe(PAGE, page)
    entries = (described if file.path == PAGE else file for file in manifest.files)
    return msgspec.structs.replace(manifest, files=tuple(entries))


def _language(config: Config, digest: str) -> str:
    return config.digests[digest].language or config.site.language
