"""Walking the content folder: what is read, what is left out, what is never opened, and what is twice there."""

import os
import pickle
import socket
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.cache import Store
from digest.collector import Post, candidates, collect, read_bytes, scan
from digest.collector.collect import read_file, without_doubles
from digest.collector.remembered import ReadFile
from digest.config import Limits, Posts
from digest.frontmatter import HeaderError
from tests.conftest import MakeSite
from tests.reading_samples import config_of

NOW = datetime(2030, 1, 1, tzinfo=UTC)

POST = "---\ntitle: x\ndate: 2026-11-18\n---\nBody\n"


def post(day: int = 18, fields: Mapping[str, str] = MappingProxyType({})) -> str:
    lines = "".join(f"{key}: {value}\n" for key, value in fields.items())
    return f"---\ntitle: x\ndate: 2026-11-{day:02}\n{lines}---\nBody\n"


def codes(root: Path, **site: Any) -> list[tuple[str, int, str]]:
    return [(problem.path, problem.line, problem.code) for problem in collect(config_of(root, **site)).problems]


def test_posts_come_newest_first_and_by_permalink(make_site: MakeSite) -> None:
    root = make_site(
        {"content/b.md": post(), "content/a.md": post(), "content/c/d.markdown": post(19), "content/e.MDX": post(1)}
    )
    collection = collect(config_of(root))
    assert [found.path for found in collection.posts] == [
        "content/c/d.markdown",
        "content/a.md",
        "content/b.md",
        "content/e.MDX",
    ]
    assert collection.problems == ()


def test_a_post_is_the_same_to_the_last_offset_when_another_process_read_it(make_site: MakeSite) -> None:
    fields = (
        "updated: 2026-11-19 12:00:00\npublishDate: 2026-11-18T09:00:00-03:30\nexpiryDate: 2027-01-01\n"
        "tags: [a, 文字]\nimage: /i.png\nauthor: Ann <a@b.example>\naudio: {url: /a.mp3, length: 1, duration: 1:00}\n"
    )
    root = make_site({"content/a.md": f"---\ntitle: x\ndate: 2026-11-18 11:19:11\n{fields}---\nx", "content/b.md": "x"})
    config = config_of(root, timezone="Asia/Shanghai")
    said = [read_file(config, path) for path in ("content/a.md", "content/b.md")]
    assert said[0].post
    assert said[0].post.expires
    assert said[1].problems
    assert repr(pickle.loads(pickle.dumps(said))) == repr(said)
    assert repr(msgspec.msgpack.decode(msgspec.msgpack.encode(said), type=list[ReadFile])) == repr(said)


def test_what_is_no_post_is_left_out_by_rules_that_can_be_changed(make_site: MakeSite) -> None:
    names = [
        "_index.md",
        ".hidden.md",
        ".git/x.md",
        "README.md",
        "sub/readme.md",
        "README.zh.md",
        "404.md",
        "node_modules/a/x.md",
    ]
    names += ["index.md", "_includes/x.md", "LICENSE.md", "notes.txt", "x.html"]
    root = make_site(
        {f"content/{name}": "no post" for name in names} | {"content/_posts/a.md": POST, "content/sub/index.md": POST}
    )
    assert [found.path for found in collect(config_of(root)).posts] == ["content/_posts/a.md", "content/sub/index.md"]
    assert codes(root) == []
    everything = msgspec.structs.replace(config_of(root), posts=Posts(ignore=("/sub/*", "INDEX.md")))
    paths = [file.path for file in candidates(everything, scan(everything))[0]]
    assert "content/README.md" in paths
    assert "content/sub/readme.md" not in paths
    assert "content/index.md" not in paths


def test_the_sites_own_other_folders_hold_no_posts(make_site: MakeSite) -> None:
    names = ["public/a.md", "notes/weekly/1.md", "ledger/x.md"]
    root = make_site(dict.fromkeys(names, "no post") | {"posts/a.md": POST})
    assert [found.path for found in collect(config_of(root, content=".")).posts] == ["posts/a.md"]
    assert codes(root, content=".") == []


def test_a_mounted_output_holds_no_posts_either(make_site: MakeSite) -> None:
    root = make_site({"posts/a.md": POST, "digest.toml": '[site]\ncontent = "."\n'})
    (root / "public").mkdir()
    inside = f"mount -t tmpfs none {root}/public && echo text > {root}/public/b.md"
    listing = f"{sys.executable} -m digest list --json --all -C {root}"
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", f"{inside} || exit 99; {listing}"]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    except FileNotFoundError:
        pytest.skip("unshare is not installed")
    if ended.returncode == 99 or "unshare" in ended.stderr:
        pytest.skip("mounting is not allowed here")
    assert (ended.returncode, len(ended.stdout.splitlines())) == (0, 1), ended.stderr


def test_a_missing_content_folder_is_a_problem(make_site: MakeSite) -> None:
    assert codes(make_site()) == [("content", 0, "no-content")]


def test_a_bad_post_leaves_the_others(make_site: MakeSite) -> None:
    root = make_site({"content/a.md": POST, "content/b.md": "---\ntitle: x\n", "content/c.md": "---\ntitle: x\n---\n"})
    collection = collect(config_of(root))
    assert [(found.path, found.state(NOW)) for found in collection.posts] == [
        ("content/a.md", "published"),
        ("content/c.md", "undated"),
    ]
    assert [(found.path, found.code) for found in collection.problems] == [
        ("content/b.md", "unclosed-front-matter"),
        ("content/c.md", "missing-date"),
    ]


def test_a_file_that_became_a_link_out_of_the_content_folder_is_not_remembered(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("digest.collector.scan"), "RESOLUTION", 0)
    root = make_site({"content/a.md": POST, "secret.md": POST, "b.bin": POST, "content/b.bin": POST})
    (root / "content/b.md").symlink_to(root / "content/b.bin")
    for path in ("content/a.md", "secret.md", "b.bin", "content/b.bin"):
        os.utime(root / path, (10**9, 10**9))

    def found() -> list[tuple[str, str]]:
        config = config_of(root)
        with Store(root / "cache.sqlite", b"key") as store:
            collection = collect(config, store)
            read = [("read", "")] * collection.files_read
        return [*read, *((problem.code, problem.path) for problem in collection.problems)]

    assert [code for code, _ in found()] == ["read", "read"]
    assert found() == []
    (root / "content/a.md").unlink()
    (root / "content/a.md").symlink_to(root / "secret.md")
    assert found() == [("link-outside", "content/a.md")]
    (root / "content/b.md").unlink()
    (root / "content/b.md").symlink_to(root / "b.bin")
    assert found() == [("link-outside", "content/a.md"), ("link-outside", "content/b.md")]


def test_links_out_of_the_content_folder_are_not_followed(make_site: MakeSite) -> None:
    root = make_site({"content/a.md": POST, "secret.md": POST, "secrets/b.md": POST})
    (root / "content/link.md").symlink_to(root / "secret.md")
    (root / "content/passwd.md").symlink_to("/etc/passwd")
    (root / "content/dangling.md").symlink_to(root / "content/nothing.md")
    (root / "content/folder").symlink_to(root / "secrets", target_is_directory=True)
    (root / "content/loop").symlink_to(root / "content", target_is_directory=True)
    assert codes(root) == [
        ("content/dangling.md", 0, "not-a-file"),
        ("content/folder", 0, "linked-folder"),
        ("content/link.md", 0, "link-outside"),
        ("content/loop", 0, "linked-folder"),
        ("content/passwd.md", 0, "link-outside"),
    ]
    assert len(collect(config_of(root)).posts) == 1


def test_a_link_inside_the_content_folder_is_read(make_site: MakeSite) -> None:
    root = make_site({"content/a.txt": POST})
    (root / "content/a.md").symlink_to(root / "content/a.txt")
    assert [found.path for found in collect(config_of(root)).posts] == ["content/a.md"]


def test_a_link_that_turns_outward_after_the_walk_is_not_read(make_site: MakeSite) -> None:
    root = make_site({"content/a.md": POST, "secret.md": "secret"})
    config = config_of(root)
    assert [file.path for file in candidates(config, scan(config))[0]] == ["content/a.md"]
    (root / "content/a.md").unlink()
    (root / "content/a.md").symlink_to(root / "secret.md")
    with pytest.raises(HeaderError, match="cannot be read"):
        read_bytes(config, "content/a.md")


def test_pipes_and_sockets_are_never_opened(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_site({"content/a.md": POST})
    os.mkfifo(root / "content/pipe.md")
    monkeypatch.chdir(root / "content")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.md")
        assert codes(root) == [("content/pipe.md", 0, "not-a-file"), ("content/socket.md", 0, "not-a-file")]
    with pytest.raises(HeaderError, match="no regular file"):  # one that took a file's place after the walk
        read_bytes(config_of(root), "content/pipe.md")


def test_a_folder_named_like_a_post_is_a_folder(make_site: MakeSite) -> None:
    root = make_site({"content/a.md/b.md": POST})
    assert [found.path for found in collect(config_of(root)).posts] == ["content/a.md/b.md"]


def test_what_can_not_be_read_is_a_problem(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_site({"content/a.md": POST, "content/sub/b.md": POST})
    refuse = PermissionError(13, "Permission denied")
    scan = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("sub"):
            raise refuse
        return scan(path)

    def refused(*_: object) -> int:
        raise refuse

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(os, "open", refused)
    assert codes(root) == [("content/a.md", 0, "unreadable"), ("content/sub", 0, "unreadable")]


def test_folders_may_be_nested_without_end(make_site: MakeSite) -> None:
    root = make_site({"content/a.md": POST})
    deep = root / "content" / "d"
    below = deep
    for _ in range(1_500):
        below.mkdir()
        below = below / "d"
    (below.parent / "b.md").write_text(post(19))
    try:
        assert [found.path for found in collect(config_of(root)).posts] == [
            "content/a.md",
            (below.parent / "b.md").relative_to(root).as_posix(),
        ][::-1]
    finally:
        subprocess.run(["rm", "-r", deep], check=True)  # Python's own way of removing folders would go too deep


def test_a_name_that_is_not_utf_8_is_a_problem(make_site: MakeSite) -> None:
    root = make_site({"content/a.md": POST})
    (root / os.fsdecode(b"content/caf\xe9.md")).write_text(POST)
    ((path, _, code),) = codes(root)
    assert code == "name-not-utf-8"
    assert path == r"content/caf\udce9.md"


def test_no_more_is_read_than_the_limit(make_site: MakeSite) -> None:
    root = make_site({"content/a.md": "x" * 5000})
    config = msgspec.structs.replace(config_of(root), posts=Posts(limits=Limits(file_bytes=1000)))
    assert len(read_bytes(config, "content/a.md")) == 1001
    assert [problem.code for problem in collect(config).problems] == ["file-too-large"]


@pytest.mark.parametrize("limit", [100, 4094, 4095, 4096, 9000])
def test_the_limit_of_a_file_holds_to_the_byte(make_site: MakeSite, limit: int) -> None:
    posts = Posts(limits=Limits(file_bytes=limit))
    for size, expected in ((limit, []), (limit + 1, ["file-too-large"])):
        config = msgspec.structs.replace(config_of(make_site({"content/a.md": POST.ljust(size, "x")})), posts=posts)
        assert [problem.code for problem in collect(config).problems] == expected


@pytest.mark.parametrize(
    ("first", "second", "code", "line"),
    [
        ({"slug": "same"}, {"slug": "same"}, "duplicate-permalink", 4),
        ({"slug": "Same"}, {"lang": "en", "slug": "same"}, "duplicate-permalink", 5),
        ({"slug": "caf\u00e9"}, {"slug": "cafe\u0301"}, "duplicate-permalink", 4),
        ({"slug": "STRASSE"}, {"slug": "straße"}, "duplicate-permalink", 4),
        ({"permalink": "/x/"}, {"Permalink": "/X/"}, "duplicate-permalink", 4),
        ({"id": "urn:x"}, {"id": "urn:X"}, "duplicate-id", 4),
        ({"guid": "urn:x"}, {"id": "urn:x"}, "duplicate-id", 4),
    ],
)
def test_doubles_are_named_with_both_files(
    make_site: MakeSite, first: dict[str, str], second: dict[str, str], code: str, line: int
) -> None:
    root = make_site({"content/a.md": post(fields=first), "content/b.md": post(fields=second)})
    collection = collect(config_of(root))
    assert [found.path for found in collection.posts] == ["content/a.md"]
    (problem,) = collection.problems
    assert (problem.path, problem.line, problem.code) == ("content/b.md", line, code)
    assert "content/a.md" in problem.message


def test_doubles_by_name_alone_stand_at_the_first_line(make_site: MakeSite) -> None:
    root = make_site({"content/a.md": post(), "content/a.markdown": post()})
    assert codes(root) == [("content/a.md", 1, "duplicate-permalink")]


SPELLINGS = [
    ["x", "X", "%78"],
    ["é", "e\u0301", "%C3%A9", "%c3%89", "e%CC%81"],
    ["ß", "ss", "s%73"],
    ["春", "%E6%98%A5"],
    ["%", "%25"],
    ["=", "%3D"],
    ["\n", "%0A"],
    ["\r", "%0D"],
    ["\ud800"],
    ["\ufffd", "%E6", "%ff"],
    ["4"],
    ["_"],
]


@given(st.lists(st.lists(st.sampled_from(SPELLINGS).flatmap(st.sampled_from), max_size=4).map("".join), max_size=6))
@example(["%x", "%25x"])
@example(["%41", "%2541", "%2541"])
@example(["%", "%25", "é"])
@example(["%\ré\n", "%é"])
@example(["é", "é", "é%0Ax"])
@example(["%%3D", "%25=", "é"])
def test_doubles_are_the_addresses_that_decode_to_the_same(addresses: list[str]) -> None:
    posts = [Post(f"{n}.md", url, url, NOW, slug="s", title="t") for n, url in enumerate(addresses)]
    same = [unicodedata.normalize("NFC", unicodedata.normalize("NFC", unquote(url)).casefold()) for url in addresses]
    kept, problems = without_doubles(config_of(Path()), posts)
    assert [found.path for found in kept] == [f"{n}.md" for n, form in enumerate(same) if form not in same[:n]]
    assert len(kept) + len(problems) == len(posts)


def test_drafts_take_no_address(make_site: MakeSite) -> None:
    root = make_site(
        {"content/a.md": post(fields={"slug": "x"}), "content/b.md": post(fields={"slug": "x", "draft": "true"})}
    )
    assert len(collect(config_of(root)).posts) == 2
    assert codes(root) == []
