"""The shared hostile posts: what each must come to, its content, and the judge of what HTML is dangerous."""

import csv
import functools
import importlib.util
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.reading_samples import SHARED

FOLDER = SHARED / "hostile"

needs_cases = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared hostile posts are not beside the repository")


def rows() -> list[dict[str, str]]:
    """Return what each case must come to, by the names of the columns; empty without the shared posts."""
    if not FOLDER.is_dir():
        return []
    with (FOLDER / "EXPECT.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE, restval=""))


@functools.cache
def cases() -> dict[str, bytes]:
    """Return the content of each case by its file name."""
    with tarfile.open(FOLDER / "cases.tar.xz") as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        return {Path(m.name).name: f.read() for m in members if (f := archive.extractfile(m)) is not None}


@functools.cache
def oracle() -> Any:
    """Return the module that judges HTML: its `dangerous` returns what is."""
    spec = importlib.util.spec_from_file_location("oracle", FOLDER / "oracle.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
