"""The look at the folders: each entry that cannot be looked at costs itself only."""

import os
from pathlib import Path

from digest.collector import Stamp, scan
from tests.reading_samples import config_of


def test_files_links_and_pipes_are_seen_as_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "content/deep/er").mkdir(parents=True)
    (tmp_path / "content/deep/er/a.md").write_text("a")
    (tmp_path / "content/b.md").symlink_to("deep/er/a.md")
    (tmp_path / "content/gone.md").symlink_to("nothing")
    (tmp_path / "content/itself.md").symlink_to("itself.md")
    (tmp_path / "content/elsewhere").symlink_to("/")
    os.mkfifo(tmp_path / "content/pipe.md")
    (tmp_path / "content" / os.fsdecode(b"\xff.md")).touch()  # a name that is not UTF-8
    seen = scan(config_of(tmp_path))
    assert [(file.path, file.kind, file.stamp is None) for file in seen.content] == [
        ("content/b.md", "link", False),
        ("content/deep/er/a.md", "file", False),
        ("content/elsewhere", "link", False),
        ("content/gone.md", "link", True),
        ("content/itself.md", "link", True),
        ("content/pipe.md", "other", False),
        ("content/\udcff.md", "file", False),
    ]
    assert seen.linked_folders == ("content/elsewhere",)
    assert seen.unreadable == ()


def test_a_folder_that_cannot_be_listed_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "content").write_text("a file where a folder should be")
    assert scan(config_of(tmp_path)).unreadable == (("content", "Not a directory"),)


def test_a_stamp_is_settled_when_a_later_change_would_show() -> None:
    second = 10**9
    assert Stamp(1, 0, 0).is_settled(3 * second)
    assert not Stamp(1, 2 * second, 0).is_settled(3 * second)
    assert not Stamp(1, 0, 2 * second).is_settled(3 * second)
