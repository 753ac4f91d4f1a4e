"""Other site generators: their settings, which are read and never run, and the addresses that they give posts.

One module a generator, with its settings, `adopt`, which reads them from its files, and its rule for addresses. The
module is imported when a site is made with that generator.
"""

import os
from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from digest.generators.generator import AddressError, Adoption, Found, Generator, Place, PostSource, SettingsError


class _Known(NamedTuple):
    """Where a generator is described, and its settings files: patterns of names in the site's folder."""

    module: str
    struct: str
    files: tuple[str, ...]
    reader: str = "adopt"


_KNOWN = {
    "astro": _Known("astro", "Astro", ("astro.config.*",)),
    "docusaurus": _Known("docusaurus", "Docusaurus", ("docusaurus.config.*",)),
    "eleventy": _Known("eleventy", "Eleventy", (".eleventy.js", "eleventy.config.*", "package.json")),
    "hexo": _Known("hexo", "Hexo", ("_config.*",)),
    "hugo": _Known("hugo", "Hugo", ("hugo.*", "config.*", "config")),
    "jekyll": _Known("jekyll", "Jekyll", ("_config.*",)),
    "nikola": _Known("nikola", "Nikola", ("conf.py",)),
    "pelican": _Known("pelican", "Pelican", ("pelicanconf.py", "publishconf.py")),
    "zensical": _Known("mkdocs", "Zensical", ("zensical.toml",), "adopt_zensical"),
    "mkdocs": _Known("mkdocs", "MkDocs", ("mkdocs.*",)),
    "zola": _Known("zola", "Zola", ("zola.*", "config.toml")),
}
GENERATORS = tuple(_KNOWN)  # their names, in the order in which they are looked for


def generator_type(name: str) -> type[Generator]:
    """Return the struct of the generator `name`, one of `GENERATORS`."""
    known = _KNOWN[name]
    struct: type[Generator] = getattr(import_module(f"{__name__}.{known.module}"), known.struct)
    return struct


def adopt(root: Path, name: str = "") -> Adoption | None:
    """Return what the settings of the site generator in the folder `root` say; None when there are none.

    `name` chooses a generator, else the first whose settings are found is taken. Raises `SettingsError` when its
    settings file cannot be read.
    """
    try:
        entries = os.listdir(root)  # noqa: PTH208 - only the names
    except OSError:
        return None
    for known in [_KNOWN[name]] if name else _KNOWN.values():
        if _has_one(entries, known.files):
            read: Callable[[Path], Adoption | None] = getattr(import_module(f"{__name__}.{known.module}"), known.reader)
            adoption = read(root)
            if adoption is not None:
                return adoption
    return None


def copied_by(root: Path, path: Path) -> str:
    """Return the generator that copies a file of the site into its output as it is; empty for none."""
    if _has_one((entry.name for entry in root.glob("_config.*")), _KNOWN["jekyll"].files):
        from digest.generators.jekyll import copies

        return "Jekyll" if copies(root, path) else ""
    return ""


def _has_one(entries: Iterable[str], patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(entry, pattern) for entry in entries for pattern in patterns)


__all__ = [
    "GENERATORS", "AddressError", "Adoption", "Found", "Generator", "Place", "PostSource", "SettingsError", "adopt",
    "copied_by", "generator_type",
]  # fmt: skip
