"""What a build says of bodies, which are read when something is made of them."""

import json
from pathlib import Path

from tests.commands import NOW, POST, Command


def test_a_body_that_is_not_utf_8_leaves_its_post_out_with_line_and_column(site: Path, digest: Command) -> None:
    head = POST.format("Bad", "2026-11-19", "news").encode()
    (site / "content" / "bad.md").write_bytes(head + b"words " * 1_000 + b"\nand \xff\n")
    (site / "content" / "sign.md").write_text(POST.format("Sign", "2026-11-19", "news") + "The sign \ufffd itself.\n")
    for _ in range(2):
        ended = digest(site, "build", "--now", NOW, "--json")
        assert ended.code == 65
        (problem,) = json.loads(ended.out)["problems"]
        assert (problem["path"], problem["line"], problem["column"]) == ("content/bad.md", 9, 5)
        assert problem["code"] == "not-utf-8"
    feed = (site / "public" / "feed.xml").read_text()
    assert "<title>Bad</title>" not in feed
    assert "<title>Sign</title>" in feed
    assert "The sign \ufffd itself." in feed


def test_a_summary_nested_too_deeply_is_ignored_with_a_warning(site: Path, digest: Command) -> None:
    head = POST.format("Deep", "2026-11-19", "news").replace("---\n", f'---\nsummary: "{"<b>" * 150}"\n', 1)
    (site / "content" / "deep.md").write_text(f"{head}The first sentence.\n")
    ended = digest(site, "build", "--now", NOW, "--json")
    assert ended.code == 0
    (problem,) = json.loads(ended.out)["problems"]
    assert (problem["path"], problem["code"], problem["severity"]) == ("content/deep.md", "nesting-too-deep", "warning")
    assert "The first sentence." in (site / "public" / "feed.xml").read_text()
