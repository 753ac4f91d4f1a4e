"""The ledger's file: what it says, what a kill or a merge does to it, and how it is made anew."""

import itertools
from pathlib import Path

import pytest

from digest import archive
from digest.editions import Built, Empty, Event, Item, Sent, content_hash, hash_file, ledger
from digest.problems import ContentError, WriteError
from tests.edition_runs import moment, post, run, site, tree

ITEM = Item("id", "https://example.org/a/", "A", moment("2026-11-20"), "ab12", "content/a.md")
OTHER = Item("other", "https://example.org/b/", "B", moment("2026-11-21"), "cd34", "content/b.md")
BUILT = Built("weekly/2026-W48", moment("2026-11-16T08:00"), moment("2026-11-23T08:00"), (ITEM,))
SENT = Sent("weekly/2026-W48", moment("2026-11-23T09:00"), "campaign 7")


def test_what_is_appended_is_read(tmp_path: Path) -> None:
    path = tmp_path / "ledger/weekly.jsonl"
    assert ledger.read(path) == ledger.Ledger()
    for event in (BUILT, SENT):
        ledger.append(path, event)
    read = ledger.read(path)
    assert (read.editions, read.sent) == ({BUILT.key: BUILT}, {BUILT.key: SENT})
    assert (read.last_end, read.baseline) == (BUILT.end, BUILT.start)
    for name in (ITEM.id, ITEM.url, ITEM.path):
        assert read.lookup(name) == ((BUILT.key, ITEM),)
    assert read.lookup("nobody") == ()


@pytest.mark.parametrize("cut", [1, 10, 60])
def test_a_torn_last_line_is_unwritten_and_put_right_by_the_next_append(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "weekly.jsonl"
    path.write_bytes(ledger.lines([BUILT]) + ledger.lines([SENT])[:cut])
    read = ledger.read(path)
    assert (list(read.editions), read.sent) == ([BUILT.key], {})
    ledger.append(path, SENT)
    assert path.read_bytes() == ledger.lines([BUILT, SENT])


def test_a_last_line_whose_end_an_editor_took_off_still_counts(tmp_path: Path) -> None:
    path = tmp_path / "weekly.jsonl"
    path.write_bytes(ledger.lines([BUILT]).rstrip(b"\n"))
    assert list(ledger.read(path).editions) == [BUILT.key]
    ledger.append(path, SENT)
    assert path.read_bytes() == ledger.lines([BUILT, SENT])


@pytest.mark.parametrize(
    "line",
    [
        b"<<<<<<< HEAD", b"{}", b'{"event":"bilt"}', b"\xff\xfe", b"null", b'{"event":"sent","key":"weekly/1","at":5}',
        b'{"event":"sent","key":"weekly/1","at":"2026-11-23T08:00:00"}', b'{"event":"built","key":"weekly/2026-W48"}',
        ledger.lines([BUILT]).strip().replace(b"2026-11-20T00:00:00Z", b"2026-11-20T00:00:00"),
    ],
)  # fmt: skip
def test_any_other_wrong_line_is_an_error_with_its_place(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "ledger/weekly.jsonl"
    path.parent.mkdir()
    path.write_bytes(ledger.lines([BUILT]) + line + b"\n" + ledger.lines([SENT]))
    with pytest.raises(ContentError, match=r"ledger/weekly.jsonl:2:1: ledger: "):
        ledger.read(path)


def test_lines_say_the_same_in_any_order_and_however_often() -> None:
    first = Empty("weekly/2026-W47", moment("2026-11-09T08:00"), moment("2026-11-16T08:00"))
    events: list[Event] = [first, BUILT, SENT, Sent(SENT.key, moment("2026-11-24"), "later")]
    wanted = ledger.fold(events)
    assert wanted.baseline == first.start
    assert wanted.sent == {SENT.key: SENT}
    for order in itertools.permutations(events):
        assert ledger.fold([*order, *order]) == wanted


def test_two_branches_that_built_one_key_have_the_posts_of_both() -> None:
    other = Built(BUILT.key, BUILT.start, BUILT.end, (OTHER,), draft=True, skipped=("id", "x"))
    for events in ([BUILT, other], [other, BUILT]):
        joined = ledger.fold(events).editions[BUILT.key]
        assert {item.id for item in joined.posts} == {"id", "other"}
        assert (joined.draft, joined.skipped) == (False, ("x",))


def test_the_published_posts_win_when_branches_are_joined_and_the_others_go_out_next(tmp_path: Path) -> None:
    config = site(tmp_path)
    first = post("first", "2026-11-08")
    run(config, [first], "2026-11-09T09:00")
    path = ledger.path_of(config, "weekly")
    base = path.read_bytes()
    a, b = post("a", "2026-11-15"), post("b", "2026-11-14")
    run(config, [first, b], "2026-11-16T09:00")
    theirs = path.read_bytes().removeprefix(base)
    path.write_bytes(base)
    (tmp_path / "public/editions/weekly/2026-W47/manifest.json").unlink()
    run(config, [first, a], "2026-11-16T09:00")
    path.write_bytes(path.read_bytes() + theirs)
    posts = [first, a, b, post("c", "2026-11-20")]
    (made,) = run(config, posts, "2026-11-23T09:00")
    assert [p.slug for p in made.edition.posts] == ["c", "b"] if made.edition else False
    for file in (tmp_path / "public").rglob("manifest.json"):
        file.unlink()
    restored = {o.key[-3:]: {p.slug for p in o.edition.posts} for o in run(config, posts, "2026-11-24") if o.edition}
    assert restored == {"W46": {"first"}, "W47": {"a"}, "W48": {"b", "c"}}


def test_a_ledger_that_can_not_be_read_or_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "weekly.jsonl").mkdir()
    with pytest.raises(ContentError, match="cannot be read"):
        ledger.read(tmp_path / "weekly.jsonl")
    with pytest.raises(WriteError, match="cannot be written"):
        ledger.append(tmp_path / "weekly.jsonl", BUILT)


def test_a_lost_ledger_is_made_anew_with_the_same_decisions(tmp_path: Path) -> None:
    config = site(tmp_path)
    posts = [post("a", "2026-11-08"), post("b", "2026-11-15"), post("c", "2026-11-22", resend=True)]
    for day in ("2026-11-09T09:00", "2026-11-16T09:00", "2026-11-23T09:00"):
        run(config, posts, day)
    archive.mark_sent(config, "weekly/2026-W47", moment("2026-11-16T10:00"))
    before = ledger.read(ledger.path_of(config, "weekly"))
    output = tree(tmp_path / "public")
    ledger.path_of(config, "weekly").unlink()
    with archive.locked(config):
        assert archive.rebuild_ledger(config, "weekly") == 3
    after = ledger.read(ledger.path_of(config, "weekly"))
    assert (after.editions, after.sent, after.baseline) == (before.editions, before.sent, before.baseline)
    assert [o.status for o in run(config, posts, "2026-11-24")] == ["already built"]
    assert tree(tmp_path / "public") == output


def test_rebuilding_keeps_what_a_broken_ledger_still_says(tmp_path: Path) -> None:
    config = site(tmp_path)
    run(config, [post("a", "2026-11-15")], "2026-11-16T09:00")
    path = ledger.path_of(config, "weekly")
    archive.mark_sent(config, "weekly/2026-W47", moment("2026-11-16T10:00"), "ref")
    good = path.read_bytes()
    path.write_bytes(b"=======\n" + good + b'{"eve')
    with archive.locked(config):
        archive.rebuild_ledger(config, "weekly")
    assert path.read_bytes() == good


def test_a_damaged_manifest_costs_its_edition_a_warning(tmp_path: Path) -> None:
    config = site(tmp_path)
    run(config, [post("a", "2026-11-15")], "2026-11-16T09:00")
    known = archive.settle_ledger(config, "weekly")
    ledger.path_of(config, "weekly").unlink()
    manifest = archive.shown(config, "weekly")["weekly/2026-W47"]
    whole = manifest.read_bytes()
    for data in (b"", b"{", b"[]", whole[:-30]):
        manifest.write_bytes(data)
        lost = archive.settle_ledger(config, "weekly")
        assert lost.editions == {}
        assert archive.published(config, "weekly") == ()
        for history, unreadable, shown in ((lost, ("weekly/2026-W47",), ()), (known, (), ())):
            found = archive.examine(config, "weekly", history, has_run=True)
            assert (found.unreadable, found.shown, bool(found.draft_because)) == (unreadable, shown, bool(unreadable))
            assert [problem.code for problem in found.problems] == ["damaged-manifest"]


def test_a_manifest_of_a_later_program_is_an_error(tmp_path: Path) -> None:
    config = site(tmp_path)
    run(config, [post("a", "2026-11-15")], "2026-11-16T09:00")
    ledger.path_of(config, "weekly").unlink()
    manifest = archive.shown(config, "weekly")["weekly/2026-W47"]
    manifest.write_bytes(manifest.read_bytes().replace(b'"version": 1', b'"version": 9'))
    with pytest.raises(ContentError, match=r"manifest\.json"):
        archive.settle_ledger(config, "weekly")


@pytest.mark.parametrize("data", [b"", b"{", b'{"key": 5}'])
def test_a_damaged_mark_is_a_warning_and_mark_sent_writes_it_again(tmp_path: Path, data: bytes) -> None:
    config = site(tmp_path)
    run(config, [post("a", "2026-11-15")], "2026-11-16T09:00")
    mark = tmp_path / "public/editions/weekly/2026-W47/sent.json"
    mark.write_bytes(data)
    found = archive.examine(config, "weekly", archive.settle_ledger(config, "weekly"), has_run=True)
    assert [problem.code for problem in found.problems] == ["damaged-mark"]
    assert archive.mark_sent(config, "weekly/2026-W47", moment("2026-11-16T10:00"))
    known = archive.settle_ledger(config, "weekly")
    assert archive.examine(config, "weekly", known, has_run=True).problems == ()
    assert mark.read_bytes() != data


def test_a_post_whose_file_is_gone_has_no_hash(tmp_path: Path) -> None:
    config = site(tmp_path)
    found = post("lamp", "2026-11-20")
    with pytest.raises(ContentError, match=r"content/lamp.md: unreadable: the file cannot be read"):
        hash_file(config, found)
    (tmp_path / "content").mkdir()
    (tmp_path / "content/lamp.md").write_bytes(b"Body\r\n")
    assert hash_file(config, found) == content_hash("Lamp", b"Body\n")
