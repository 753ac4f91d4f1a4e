"""Small sites of other generators, and the addresses that `digest list` gives their posts."""

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.commands import Command

Addresses = Callable[[dict[str, str]], dict[str, str]]
Address = Callable[..., str]


def write_site(folder: Path, files: dict[str, str]) -> None:
    """Write the files of a site; the text of a Markdown file may be only the lines of its header."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        is_whole = text.startswith(("---", "+++")) or "\n\n" in text
        is_only_header = file.suffix in {".md", ".markdown", ".mdx"} and not is_whole
        file.write_text(f"---\n{text}\n---\nText.\n" if is_only_header else text, encoding="utf-8")


@pytest.fixture
def addresses(tmp_path: Path, digest: Command) -> Addresses:
    """Return a function that writes a site and returns the decoded address of each post by its path."""

    def listed(files: dict[str, str]) -> dict[str, str]:
        write_site(tmp_path, files)
        posts = [json.loads(line) for line in digest(tmp_path, "list", "--all", "--json").out.splitlines()]
        return {post["path"]: unquote(post["url"]) for post in posts}

    return listed


@pytest.fixture
def address(addresses: Addresses) -> Address:
    """Return a function that gives the address of the one post at `path` in a site with these settings files."""

    def of_post(settings: dict[str, str], path: str, header: str = "title: A title\ndate: 2025-03-04") -> str:
        return addresses({**settings, path: header})[path]

    return of_post
