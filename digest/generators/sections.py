"""The `_index.md` of folders, in which Hugo and Zola keep what they know of a section.

They are content, which is not trusted: links are not followed, and front matter with YAML aliases is not read, since a
few lines of it can stand for millions.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from digest.generators.generator import read_text
from digest.generators.settings import MAX_BYTES, table_of


def index_files(root: Path, folder: str) -> Iterator[Path]:
    """Yield the files named `_index` in `folder`, a path relative to the site's folder `root`, and deeper, sorted."""
    if ".." in folder.split("/") or folder.startswith("/"):
        return
    for file in sorted((root / folder).rglob("_index.*")):
        if file.is_file() and not file.is_symlink():
            yield file


def read_front_matter(file: Path) -> Mapping[str, Any]:
    """Return the front matter of a file as typed values; empty when it has none that can be read."""
    try:
        if file.stat().st_size > MAX_BYTES:
            return {}
        text = read_text(file).replace("\r\n", "\n").lstrip()
        return table_of(_parsed(text))
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return {}


def _parsed(text: str) -> object:
    if text.startswith("{"):
        return json.JSONDecoder().raw_decode(text)[0]
    fence, _, rest = text.partition("\n")
    header = f"\n{rest}".partition(f"\n{fence.strip()}")[0]
    if fence.strip() == "+++":
        return tomllib.loads(header)
    return yaml.load(header, _LoaderWithoutAliases) if fence.strip() == "---" else {}  # noqa: S506 - a SafeLoader


class _LoaderWithoutAliases(yaml.SafeLoader):
    """A YAML loader that refuses aliases."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Return the next node. Raises `YAMLError` at an alias."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)
