"""Real archives: what is collected is what their own generators read.

Skipped where the archives are not beside the repository. The rules are those of the comparison that comes with them:
title, date, tags and draft of every post, none missing, none too many.
"""

import json
import tarfile
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from digest.collector import UNDATED, Collection, Post, collect, tag_key
from digest.config import Posts
from tests.reading_samples import SHARED, config_of

ARCHIVES = SHARED / "archives"
# name: content folder, truth's field of tags, tag keys, files that are no posts (a readme, a page without a date)
SITES = {
    "18f": ("content/posts", "tags", ("tags",), ()),
    "digitalgov": ("content/news", "topics", ("topics",), ()),
    "gopheracademy": ("content", "tags", ("tags",), ("content/birthday-bash-2014/readme.md",)),
    "prometheus-blog": ("blog/posts", "tags", ("tags",), ()),
    "rust-blog": ("content", "tags", ("tags",), ()),
}

pytestmark = pytest.mark.skipif(not ARCHIVES.is_dir(), reason="the shared archives are not here")

Load = Callable[[str], tuple[dict[str, dict[str, Any]], Collection]]


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Load:
    def loaded(name: str) -> tuple[dict[str, dict[str, Any]], Collection]:
        folder = tmp_path_factory.mktemp(name)
        with tarfile.open(ARCHIVES / f"{name}.tar.xz") as archive:
            archive.extractall(folder, filter="data")
        root = folder if (folder / SITES[name][0]).is_dir() else folder / name
        config = config_of(root, Posts(tag_keys=SITES[name][2]), content=SITES[name][0])
        return {row["path"]: row for row in rows(name)}, collect(config)

    return loaded


def rows(name: str) -> list[dict[str, Any]]:
    with (ARCHIVES / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def text(value: str | None) -> str:
    return unicodedata.normalize("NFC", " ".join((value or "").split()))


def moment(value: str | None) -> datetime | None:
    if not value:
        return None
    read = datetime.fromisoformat(value)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).replace(microsecond=0)


def differences(post: Post, row: dict[str, Any], tags: str) -> list[tuple[str, object, object]]:
    pairs: list[tuple[str, object, object]] = [
        ("title", text(row["title"]), text(post.typed_title or post.title)),
        ("date", moment(row["date"]), None if post.date == UNDATED else post.date.replace(microsecond=0)),
        ("tags", {tag_key(tag) for tag in row.get(tags) or ()}, {tag_key(tag) for tag in post.tags}),
        ("draft", row["draft"], post.draft),
    ]
    return [pair for pair in pairs if pair[1] != pair[2]]


@pytest.mark.parametrize("name", sorted(SITES))
def test_what_is_collected_is_what_the_generator_reads(name: str, load: Load) -> None:
    truth, collection = load(name)
    posts = {post.path: post for post in collection.posts}
    assert set(truth) - set(posts) == set(SITES[name][3])
    assert set(posts) - set(truth) == set()
    wrong = {path: found for path, post in posts.items() if (found := differences(post, truth[path], SITES[name][1]))}
    assert wrong == {}


def test_what_the_generator_refuses_is_refused_at_the_same_line(load: Load) -> None:
    _, collection = load("digitalgov")
    lines = (ARCHIVES / "digitalgov.errors.jsonl").read_text(encoding="utf-8").splitlines()
    refused = {json.loads(line)["path"]: json.loads(line)["error"] for line in lines}
    assert {problem.path: problem.code for problem in collection.problems} == dict.fromkeys(refused, "duplicate-key")
    for problem in collection.problems:
        assert f"[{problem.line - 1}:" in refused[problem.path]  # Hugo counts from the line after the fence
