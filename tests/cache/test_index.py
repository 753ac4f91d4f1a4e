"""The memory between runs: kept, forgotten, set aside, and never believed when it could deceive."""

import pickle
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from digest.cache.damage import begun_again
from digest.cache.fingerprint import fingerprint
from digest.cache.store import Index
from digest.collector.post import Post
from digest.collector.remembered import One, Said
from digest.collector.scan import Seen
from digest.pool import CHUNK
from digest.problems import Problem, WriteError

POST = Post(
    path="content/a.md", id="i", url="https://x.example/a/", slug="a", title="甲", date=datetime(2026, 11, 1, tzinfo=UTC),
    body_start=10, body_line=4, tags=("x", "y"),
)  # fmt: skip
SAID: One = (POST, (Problem("content/a.md", 1, 2, "code", "message", "hint", "warning"),))
REMEMBERED = [POST], [*SAID[1]]
LONG_AGO = 10**18
FILE = Seen("content/a.md", 1, LONG_AGO, LONG_AGO, "file")
BEGAN = LONG_AGO + 60 * 10**9


def learn(path: Path, file: Seen = FILE, began: int = BEGAN, reading: bytes = b"r") -> None:
    with Index(path, reading) as index:
        index.facts.learn([([file], Said([SAID]))], began)


def facts(path: Path, file: Seen = FILE, reading: bytes = b"r") -> tuple[list[Post], list[Problem]] | None:
    """What is remembered of a file; it is to be read when that is nothing."""
    with Index(path, reading) as index:
        if index.facts.match([file]):
            assert (index.facts.posts, index.facts.problems) == ([], [])
            return None
        return [*map(index.facts.whole, index.facts.posts)], index.facts.problems


def test_what_files_said_stays_the_same_on_its_way_to_another_process() -> None:
    said = Said([SAID, (None, ()), (POST, ())])
    copy = pickle.loads(pickle.dumps(said))
    assert [copy.whole(n) for n in range(3)] == said
    assert pickle.loads(pickle.dumps(copy)).whole(0) == SAID


def test_facts_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "i.sqlite"
    learn(path)
    assert facts(path) == REMEMBERED
    with Index(path, b"r") as index:
        index.facts.match([FILE])
        index.facts.hashed("content/a.md", b"h" * 16)
    with Index(path, b"r") as index:
        index.facts.match([FILE])
        assert index.facts.hashes == {"content/a.md": b"h" * 16}
    with Index(path, b"r") as index:
        assert index.facts.match([]) == []
        assert index.facts.hashes == {}
    assert facts(path) is None


RANGES = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 200), st.integers(0, 2)), max_size=3)
VERSIONS = RANGES.map(lambda ranges: {n: size for first, many, size in ranges for n in range(first, first + many)})


@settings(max_examples=60)
@given(st.lists(VERSIONS, min_size=1, max_size=5))
@example([dict.fromkeys(range(200), size) for size in (0, 1, 2)])
@example([dict.fromkeys(range(200), 0), dict.fromkeys(range(10, 200, 30), 1) | dict.fromkeys(range(90), 0), {}])
def test_facts_of_many_files_are_what_the_last_run_that_saw_them_learnt(histories: list[dict[int, int]]) -> None:
    hashes: dict[str, bytes] = {}

    def post_of(file: Seen) -> Post | None:
        """What a version of a file says; that it is no post, of every fifth."""
        return replace(POST, path=file.path, title=f"{file.path} {file.size}") if int(file.path[:-3]) % 5 else None

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "i.sqlite")
        for run, versions in enumerate(histories):
            files = {f"{n}.md": Seen(f"{n}.md", v, LONG_AGO, LONG_AGO, "file") for n, v in sorted(versions.items())}
            with Index(path, b"r") as index:
                facts, changed = index.facts, index.facts.match([files[name] for name in sorted(files)])
                names = [problem.path for problem in facts.problems]
                assert sorted([*names, *(file.path for file in changed)]) == sorted(files)
                hashes = {name: hash_ for name, hash_ in hashes.items() if name in names}
                assert facts.hashes == hashes
                for n in range(0, len(changed), CHUNK):
                    some = changed[n : n + CHUNK]
                    said = Said([(post_of(file), (Problem(file.path, file.size, 0, "x", "y"),)) for file in some])
                    facts.learn([(some, pickle.loads(pickle.dumps(said)) if run % 2 else said)], BEGAN)
                assert sorted((problem.path, problem.line) for problem in facts.problems) == sorted(
                    (file.path, file.size) for file in files.values()
                )
                found = {post.path: facts.whole(post) for post in facts.posts[:: 3 - run % 3]}
                assert all(post == post_of(files[path]) for path, post in found.items())
                assert {post.path for post in facts.posts} == {path for path in files if int(path[:-3]) % 5}
                for name in [*files][:: 70 * (run + 1)]:
                    hashes[name] = bytes([run]) * 16
                    facts.hashed(name, hashes[name])
                facts.put()
                assert all(facts.whole(post) == post_of(files[post.path]) for post in facts.posts)
            with closing(sqlite3.connect(path)) as base:
                assert base.execute("SELECT count(*) FROM facts").fetchone()[0] <= len(files) / CHUNK + 1
            with Index(path, b"r") as index:
                assert index.facts.match([files[name] for name in sorted(files)]) == []


def test_a_file_whose_name_is_not_utf_8_stands_in_no_way_of_those_beside_it(tmp_path: Path) -> None:
    first, odd, last = (replace(FILE, path=f"content/{name}.md") for name in ("a", "b\udcff", "c"))
    with Index(tmp_path / "i.sqlite", b"r") as index:
        index.facts.learn([([first, last], Said([SAID, SAID]))], BEGAN)
    with Index(tmp_path / "i.sqlite", b"r") as index:
        assert index.facts.match([first, odd, last]) == [odd]
        assert len(index.facts.posts) == 2


@pytest.mark.parametrize("change", [{"size": 2}, {"mtime": LONG_AGO + 1}])
def test_a_file_of_another_size_or_time_is_read_again(tmp_path: Path, change: dict[str, int]) -> None:
    learn(tmp_path / "i.sqlite")
    assert facts(tmp_path / "i.sqlite", replace(FILE, **change)) is None


def test_a_file_changed_just_now_is_not_trusted_by_its_time(tmp_path: Path) -> None:
    path = tmp_path / "i.sqlite"
    learn(path, began=LONG_AGO + 10**6)
    assert facts(path) is None


def test_a_file_changed_a_moment_ago_is_trusted_while_nothing_touched_it(tmp_path: Path) -> None:
    path = tmp_path / "i.sqlite"
    learn(path, began=LONG_AGO + 10**9)
    assert facts(path) == REMEMBERED
    assert facts(path, replace(FILE, ctime=LONG_AGO + 2 * 10**8)) is None  # of the same size and time


def test_facts_of_another_reading_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "i.sqlite"
    learn(path)
    assert facts(path, reading=b"other") is None
    with Index(path, b"other") as index:  # which keeps something, and learns nothing
        index.keep(b"k", b"v")
    assert facts(path, reading=b"other") is None


def test_many_new_fragments_go_to_the_file_at_once(tmp_path: Path) -> None:
    path, large = tmp_path / "i.sqlite", b"x" * 30_000_000
    with Index(path, b"r") as index:
        for number in range(3):
            index.keep(b"%d" % number, large)
        with Index(path, b"r") as other:
            assert other.fragment(b"0") == large
        assert [index.fragment(b"%d" % number) == large for number in range(3)] == [True] * 3
        assert index.has(b"0")
    with Index(path, b"r") as index:
        assert index.fragment(b"2") == large


def test_fragments_are_kept_while_they_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "i.sqlite"
    with Index(path, b"r") as index:
        index.keep(b"used", b"1")
        index.keep(b"idle", b"2")
        assert index.fragment(b"used") == b"1"
    for number in range(40):
        with Index(path, b"r") as index:
            assert index.fragment(b"used") == b"1"
            index.keep(b"new", str(number).encode())
    with Index(path, b"r") as index:
        assert index.fragment(b"idle") is None
        assert index.fragment(b"new") == b"39"


def test_an_error_in_the_run_keeps_nothing(tmp_path: Path) -> None:
    def run() -> None:
        with Index(tmp_path / "i.sqlite", b"r") as index:
            index.keep(b"k", b"v")
            raise KeyError

    with pytest.raises(KeyError):
        run()
    with Index(tmp_path / "i.sqlite", b"r") as index:
        assert index.fragment(b"k") is None


@pytest.mark.parametrize("kind", ["damaged", "foreign", "older", "cut"])
def test_a_wrong_file_is_set_aside_with_one_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "i.sqlite"
    if kind == "damaged":
        path.write_bytes(b"no database at all, but long enough to look like something" * 50)
    elif kind == "foreign":
        with closing(sqlite3.connect(path)) as base:
            base.execute("CREATE TABLE other(x)")
    else:
        with Index(path, b"r") as index:
            index.facts.learn([([FILE], Said([SAID]))], BEGAN)
            index.keep(b"k", b"v" * 100_000)
        if kind == "older":
            with closing(sqlite3.connect(path)) as base:
                base.execute("PRAGMA user_version = 0")
        else:
            path.write_bytes(path.read_bytes()[:5000])
    said: list[str] = []
    with Index(path, b"r", said.append) as index:
        assert index.facts.match([FILE]) == [FILE]
        index.keep(b"k2", b"v2")
    assert len(said) == 1
    assert path.with_suffix(".set-aside").exists()
    with Index(path, b"r", said.append) as index:
        assert index.fragment(b"k2") == b"v2"
    assert len(said) == 1


def test_without_a_path_nothing_is_kept(tmp_path: Path) -> None:
    with Index(None, b"r") as index:
        index.keep(b"k", b"v")
        assert index.fragment(b"k") == b"v"
    assert list(tmp_path.iterdir()) == []


def test_two_runs_at_once_both_end_well(tmp_path: Path) -> None:
    path = tmp_path / "i.sqlite"
    with Index(path, b"r") as one, Index(path, b"r") as two:
        one.keep(b"1", b"one")
        two.keep(b"2", b"two")
    with Index(path, b"r") as index:
        assert (index.fragment(b"1"), index.fragment(b"2")) == (b"one", b"two")


def test_what_two_runs_at_once_kept_of_a_file_is_told_once_and_kept_once_from_then_on(tmp_path: Path) -> None:
    path = tmp_path / "i.sqlite"
    learn(path)
    with closing(sqlite3.connect(path)) as base:
        columns = "sum, files, marks, said, rest_sum, rest"
        base.execute(f"INSERT INTO facts({columns}) SELECT {columns} FROM facts")
        base.commit()
    for rows in (2, 1, 1):
        with closing(sqlite3.connect(path)) as base:
            assert base.execute("SELECT count(*) FROM facts").fetchone() == (rows,)
        assert facts(path) == REMEMBERED


@pytest.mark.parametrize("files", [[], [FILE], [replace(FILE, path="content/b.md")]])
def test_a_run_that_another_one_overtook_begins_again_with_what_that_one_kept(
    tmp_path: Path, files: list[Seen]
) -> None:
    path = tmp_path / "i.sqlite"
    learn(path)
    changed = replace(POST, title="乙", url="https://x.example/b/")
    said: list[str] = []
    runs = 0

    @begun_again
    def run() -> list[Post]:
        nonlocal runs
        runs += 1
        with Index(path, b"r", said.append) as index:
            index.facts.match([FILE])
            if runs == 1:
                with Index(path, b"r") as other:
                    other.facts.match([])
                    other.facts.learn([([file], Said([(changed, ())])) for file in files], BEGAN)
            return [*map(index.facts.whole, index.facts.posts)]

    assert [post.title for post in run()] == (["乙"] if files == [FILE] else [])
    assert (runs, said) == (2, [])
    assert not path.with_suffix(".set-aside").exists()


def test_a_fingerprint_tells_parts_apart() -> None:
    assert fingerprint("a", "b") == fingerprint("a", "b") != fingerprint("ab", "")
    assert len(fingerprint(POST)) == 16


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE facts SET said = NULL",
        "UPDATE facts SET said = x'ff'",
        "UPDATE facts SET files = NULL",
        "UPDATE facts SET marks = NULL",
        "UPDATE facts SET rest = NULL",
        "UPDATE facts SET rest = x'ff'",
        "UPDATE facts SET rest = x'ff', rest_sum = 4278190080",  # as if it had been written so
        "UPDATE fragments SET value = NULL",
        "UPDATE fragments SET value = x'00'",
        "UPDATE meta SET value = 'x'",
        "DROP TABLE facts",
        "DROP TABLE fragments",
    ],
)
def test_a_run_that_meets_damage_begins_again_without_what_was_remembered(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "i.sqlite"
    with Index(path, b"r") as index:
        index.facts.learn([([FILE], Said([SAID]))], BEGAN)
        index.keep(b"k", b"v")
    with closing(sqlite3.connect(path)) as base:
        base.execute(harm)
        base.commit()
    said: list[str] = []

    @begun_again
    def run() -> tuple[bool, bytes | None]:
        with Index(path, b"r", said.append) as index:
            index.facts.match([FILE])
            for post in index.facts.posts:
                index.facts.whole(post)
            return index.has(b"k"), index.fragment(b"k")

    harmless = "meta" in harm  # another reading: what files said is stale, fragments are not
    assert run() == ((True, b"v") if harmless else (False, None))
    assert len(said) == (0 if harmless else 1)
    assert path.with_suffix(".set-aside").exists() != harmless


def test_an_index_that_can_not_be_opened_is_an_error_for_people(tmp_path: Path) -> None:
    (tmp_path / "i.sqlite").mkdir()
    with pytest.raises(WriteError, match=r"i\.sqlite.*--no-cache"):
        Index(tmp_path / "i.sqlite", b"r")
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError, match="--no-cache"):
        Index(tmp_path / "file" / "i.sqlite", b"r")
