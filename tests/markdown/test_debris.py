"""Real archives: no templating of other generators is left in what readers get, but with a warning.

Skipped where the archives are not beside the repository.
"""

import re
import tarfile
from pathlib import Path

import pytest

from digest import markdown
from digest.collector import body_of, collect, read_bytes
from digest.config import Posts
from tests.reading_samples import SHARED, config_of

ARCHIVES = SHARED / "archives"
CONTENT = {
    "18f": "content/posts",
    "digitalgov": "content/news",
    "gopheracademy": "content",
    "prometheus-blog": "blog/posts",
    "rust-blog": "content",
}
CODE = re.compile(r"<(pre|code)\b.*?</\1>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
DEBRIS = re.compile(
    r"\{\{|\}\}|\{%|%\}|\{:|\{#|/%7B\w+%7D|%7B(?:%7B|%25)|%257B|:::|\[!\w+\]|\[\[\w"  # templating and marks
    r"|&lt;/?[A-Z]\w+(?:\s+\w+=|\s*/?&gt;)"  # components
    r"|(?<!\\)\[[^\]\[<>]{2,80}\]\[[^\]\[<>]{0,80}\]",  # references without a definition
    re.ASCII,
)
# What the authors wrote for readers, outside of code
OF_AUTHORS = {
    "content/posts/2024-07-17-working-with-oracle-databases-in-open-source-projects.md": {"{{", "}}"},
    "content/news/2017/06/2017-06-13-fractal-and-federalist-join-the-u-s-web-design-standards.md": {"/%7BBRANCH%7D", "/%7BFILENAME%7D"},
    "content/Project-Goals-2025-November-Update.md": {"[@Nadrieril][]"},
    "content/advent-2018/llvm-ir-and-go.md": {"&lt;Ty&gt;"},
}  # fmt: skip

pytestmark = pytest.mark.skipif(not ARCHIVES.is_dir(), reason="the shared archives are not here")


def debris(html: str) -> list[str]:
    shown = CODE.sub("", html)
    links = re.findall(r'(?:href|src)="([^"]*)"', shown)
    return [found[0] for text in (TAG.sub("", shown), *links) for found in DEBRIS.finditer(text)]


@pytest.mark.parametrize("name", sorted(CONTENT))
def test_what_is_left_of_templating_has_a_warning(name: str, tmp_path: Path) -> None:
    with tarfile.open(ARCHIVES / f"{name}.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    root = tmp_path if (tmp_path / CONTENT[name]).is_dir() else tmp_path / name
    config = config_of(root, Posts(), content=CONTENT[name])
    left = {}
    for post in collect(config).posts:
        rendered = markdown.render(post, body_of(read_bytes(config, post.path), post), config)
        found = set(debris(rendered.html)) - OF_AUTHORS.get(post.path, set())
        if found and not rendered.problems:
            left[post.path] = found
    assert left == {}
