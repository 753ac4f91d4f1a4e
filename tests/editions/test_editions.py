"""Which posts an edition has: the definition in docs/editions.md, sentence by sentence."""

import json
import re
from pathlib import Path

import pytest

from digest import archive
from digest.archive import locked
from digest.collector import UNDATED
from digest.config import Section
from digest.editions import Outcome
from digest.editions import ledger as ledgers
from digest.problems import DigestError, LockedError
from tests.commands import Command
from tests.conftest import MakeSite
from tests.edition_runs import ids, moment, post, run, site, tree

MONDAY = "2026-11-23T09:00"


def codes(outcome: Outcome) -> list[str]:
    return [problem.code for problem in outcome.problems]


def test_the_first_edition_has_its_own_window_and_never_the_archive(tmp_path: Path) -> None:
    posts = [
        post("old", "2026-11-16T07:59"),
        post("first", "2026-11-16T08:00"),
        post("last", "2026-11-23T07:59:59"),
        post("next", "2026-11-23T08:00"),
    ]
    (made,) = run(site(tmp_path), posts, MONDAY)
    assert (made.key, made.status, ids(made)) == ("weekly/2026-W48", "built", ["last", "first"])
    assert made.problems == ()


def test_an_edition_takes_what_appears_late_within_the_look_back_and_names_what_is_older(tmp_path: Path) -> None:
    config = site(tmp_path, look_back=14)
    weeks = [post("a", "2026-11-01T12:00")]
    run(config, weeks, "2026-11-02T09:00")
    late = [
        post("b", "2026-11-22T12:00"), post("in", "2026-11-09T08:00"), post("out", "2026-11-01T12:30"),
        post("said", "2026-11-01T12:31", digest="skip"),
    ]  # fmt: skip
    (made,) = run(config, [*weeks, *late], MONDAY)
    assert ids(made) == ["b", "in"]
    assert [(p.code, p.path) for p in made.problems] == [("late-lost", "content/out.md")]
    (taken,) = run(config, [*weeks, *late], "2026-11-30T09:00", since=moment("2026-11-01"))
    assert ids(taken) == ["out"]
    assert taken.edition
    assert taken.edition.late == ("https://example.org/out/",)


def test_a_draft_with_the_address_of_a_post_does_not_keep_it_out(tmp_path: Path) -> None:
    published = post("a", "2026-11-22")
    others = [post("a", "2026-11-20", draft=True), post("a", UNDATED)]
    (made,) = run(site(tmp_path), [published, *others], MONDAY)
    assert ids(made) == ["a"]
    assert made.edition
    assert made.edition.posts == (published,)


def test_a_second_run_says_already_built_and_writes_nothing(tmp_path: Path) -> None:
    config = site(tmp_path)
    posts = [post("a", "2026-11-22")]
    run(config, posts, MONDAY)
    before = tree(tmp_path)
    (again,) = run(config, [*posts, post("late", "2026-11-21")], "2026-11-23T10:00")
    assert again.status == "already built"
    assert tree(tmp_path) == before
    (after,) = run(config, [*posts, post("late", "2026-11-21")], "2026-11-30T10:00")
    assert ids(after) == ["late"]


def test_nothing_new_is_empty_and_waiting_posts_wait(tmp_path: Path) -> None:
    config = site(tmp_path, min_posts=2)
    assert [o.status for o in run(config, [], "2026-11-09T09:00")] == ["empty"]
    one = [post("a", "2026-11-15")]
    (few,) = run(config, one, "2026-11-16T09:00")
    assert (few.status, few.message) == ("empty", "1 of 2 posts")
    (made,) = run(config, [*one, post("b", "2026-11-22")], MONDAY)
    assert ids(made) == ["b", "a"]


def test_missed_windows_merge_into_one_edition_from_the_last_end(tmp_path: Path) -> None:
    config = site(tmp_path)
    posts = [post("a", "2026-11-01"), post("b", "2026-11-08"), post("c", "2026-11-15"), post("d", "2026-11-22")]
    run(config, posts, "2026-11-02T09:00")
    (made,) = run(config, posts, MONDAY)
    assert ids(made) == ["d", "c", "b"]
    assert made.edition
    assert made.edition.start == moment("2026-11-02T08:00")
    assert made.edition.late == ()


def test_missed_windows_each_make_an_edition_and_the_stale_ones_are_drafts(tmp_path: Path) -> None:
    config = site(tmp_path, missed="each")
    posts = [post("a", "2026-11-01"), post("b", "2026-11-08"), post("d", "2026-11-22")]
    run(config, posts, "2026-11-02T09:00")
    made = run(config, posts, MONDAY)
    assert [(o.key[-3:], ids(o), o.edition and o.edition.draft) for o in made] == [
        ("W46", ["b"], True),
        ("W48", ["d"], False),
    ]


def test_missed_windows_are_skipped_but_a_quiet_one_was_not_missed(tmp_path: Path) -> None:
    config = site(tmp_path, missed="skip")
    posts = [post("a", "2026-11-01"), post("b", "2026-11-08"), post("d", "2026-11-22")]
    run(config, posts, "2026-11-02T09:00")
    (made,) = run(config, posts, MONDAY)
    assert ids(made) == ["d"]
    assert [o.status for o in run(config, posts, "2026-11-30T09:00")] == ["empty"]  # b is given up, for good
    late = [*posts, post("late", "2026-11-29"), post("e", "2026-12-06")]
    assert [ids(o) for o in run(config, late, "2026-12-07T09:00")] == [["e", "late"]]


def test_an_edition_long_after_its_window_is_a_draft(tmp_path: Path) -> None:
    (made,) = run(site(tmp_path), [post("a", "2026-11-22")], "2026-11-26T08:00:01")
    assert made.edition
    assert made.edition.draft
    assert "draft" in made.message
    (again,) = run(site(tmp_path), [post("a", "2026-11-22")], "2026-11-26T08:00:01", key="weekly/2026-W48")
    assert again.edition == made.edition


def test_an_edited_post_is_not_sent_again_but_resend_does_once(tmp_path: Path) -> None:
    config = site(tmp_path)
    run(config, [post("a", "2026-11-15")], "2026-11-16T09:00")
    assert [o.status for o in run(config, [post("a", "2026-11-15", summary="edited")], MONDAY)] == ["empty"]
    again = [post("a", "2026-11-15", summary="edited", resend=True)]
    assert [ids(o) for o in run(config, again, "2026-11-30T09:00")] == [["a"]]
    assert [o.status for o in run(config, again, "2026-12-07T09:00")] == ["empty"]


def test_a_new_post_with_resend_goes_out_once(tmp_path: Path) -> None:
    config = site(tmp_path)
    posts = [post("a", "2026-11-15", resend=True)]
    run(config, posts, "2026-11-16T09:00")
    assert [o.status for o in run(config, posts, MONDAY)] == ["empty"]


def test_a_renamed_file_is_recognised_and_warned_about(tmp_path: Path) -> None:
    config = site(tmp_path)
    run(config, [post("a", "2026-11-15", title="T", summary="text")], "2026-11-16T09:00")
    (same,) = run(config, [post("b", "2026-11-15", title="T", summary="text")], MONDAY)
    assert (same.status, codes(same)) == ("empty", ["permalink-changed"])
    (alike,) = run(config, [post("b", "2026-11-15", title="T", summary="other")], MONDAY)
    assert (alike.status, codes(alike)) == ("empty", ["maybe-renamed"])
    sent = post("b", "2026-11-15", title="T", summary="other", resend=True)
    assert [ids(o) for o in run(config, [sent], MONDAY)] == [["b"]]
    assert [o.status for o in run(config, [sent], "2026-11-30T09:00")] == ["empty"]


def test_a_copy_beside_the_original_is_a_post_of_its_own(tmp_path: Path) -> None:
    config = site(tmp_path)
    first = post("a", "2026-11-15", title="T", summary="text")
    run(config, [first], "2026-11-16T09:00")
    (made,) = run(config, [first, post("b", "2026-11-20", title="T", summary="text")], MONDAY)
    assert ids(made) == ["b"]


def test_a_post_deleted_before_is_gone_and_one_deleted_afterwards_stays_in_the_ledger(tmp_path: Path) -> None:
    config = site(tmp_path)
    run(config, [post("a", "2026-11-15")], "2026-11-16T09:00")
    assert [o.status for o in run(config, [], MONDAY)] == ["empty"]
    ((key, item),) = ledgers.read(ledgers.path_of(config, "weekly")).lookup("content/a.md")
    assert (key, item.title) == ("weekly/2026-W47", "A")


def test_building_again_keeps_the_posts_and_shows_them_as_they_are(tmp_path: Path) -> None:
    config = site(tmp_path)
    posts = [post("a", "2026-11-22", summary="tpyo"), post("b", "2026-11-21")]
    run(config, posts, MONDAY)
    mended = [post("a", "2026-11-22", summary="typo"), post("late", "2026-11-20")]
    (again,) = run(config, mended, "2026-11-28", key="weekly/2026-W48")
    assert (again.status, ids(again), codes(again)) == ("built", ["a"], ["withdrawn"])
    assert b"typo" in (tmp_path / "public/editions/weekly/2026-W48/email.txt").read_bytes()
    assert len(ledgers.path_of(config, "weekly").read_bytes().splitlines()) == 1


def test_a_sent_edition_is_only_shown(tmp_path: Path) -> None:
    config = site(tmp_path)
    run(config, [post("a", "2026-11-22")], MONDAY)
    assert archive.mark_sent(config, "weekly/2026-W48", moment(MONDAY), "ref 1")
    assert not archive.mark_sent(config, "weekly/2026-W48", moment(MONDAY), "ref 2")
    before = tree(tmp_path)
    (shown,) = run(config, [post("a", "2026-11-22", summary="other")], "2026-11-24", key="weekly/2026-W48")
    assert (shown.status, shown.edition) == ("sent", None)
    assert tree(tmp_path) == before
    with pytest.raises(DigestError, match="never built"):
        archive.mark_sent(config, "weekly/2026-W49", moment(MONDAY))
    with pytest.raises(DigestError, match="no digest"):
        archive.mark_sent(config, "daily/2026-11-02", moment(MONDAY))


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("weekly/2026-W49", "can be built from then on"),
        ("weekly/2026-W46", "editions go forward"),
        ("weekly/2026-W44", "before the digest began"),
        ("weekly/2026-11-23", "is no key of a week"),
        ("daily/2026-11-23", "no digest"),
    ],
)
def test_keys_that_can_not_be_built_say_why(tmp_path: Path, key: str, message: str) -> None:
    config = site(tmp_path)
    run(config, [], "2026-11-02T09:00")
    run(config, [post("a", "2026-11-15")], "2026-11-16T09:00")
    with pytest.raises(DigestError, match=message):
        run(config, [], MONDAY, key=key)


def test_looking_at_an_empty_old_window_does_not_begin_the_digest_there(tmp_path: Path) -> None:
    config = site(tmp_path)
    posts = [post("a", "2026-11-10"), post("b", "2026-11-22")]
    assert [o.status for o in run(config, posts, MONDAY, key="weekly/2026-W20")] == ["empty"]
    assert [ids(o) for o in run(config, posts, MONDAY)] == [["b"]]


def test_a_month_looks_back_from_where_it_begins(tmp_path: Path) -> None:
    config = site(tmp_path, every="month", at="1 00:00")
    run(config, [], "2026-09-01")
    posts = [post("begin", "2026-10-01"), post("late", "2026-09-05")]
    run(config, [post("x", "2026-09-02")], "2026-10-01T01:00")
    (made,) = run(config, [post("x", "2026-09-02"), *posts], "2026-11-01T01:00")
    assert (made.key, ids(made)) == ("weekly/2026-10", ["begin", "late"])


def test_a_changed_schedule_never_goes_back(tmp_path: Path) -> None:
    run(site(tmp_path), [post("a", "2026-11-22")], MONDAY)
    monthly = site(tmp_path, every="month")
    assert [o.status for o in run(monthly, [post("a", "2026-11-22")], MONDAY)] == ["not due"]


def test_a_key_is_never_built_with_other_posts_when_the_zone_moves_west(tmp_path: Path) -> None:
    east = site(tmp_path, "Asia/Shanghai", every="day", missed="each")
    first, second, third = (post(slug, date) for slug, date in [("a", "2026-11-21T20:00"), ("b", "2026-11-22T20:00"), ("c", "2026-11-23T05:00")])  # fmt: skip
    run(east, [first], "2026-11-22T01:00")
    run(east, [first, second], "2026-11-23T01:00")
    sent = tree(tmp_path / "public/editions")
    west = site(tmp_path, "America/Santiago", every="day", missed="each")
    made = [
        *run(west, [first, second, third], "2026-11-23T12:00"),
        *run(west, [first, second, third], "2026-11-24T12:00"),
    ]
    assert [(o.key, o.status, ids(o)) for o in made] == [
        ("weekly/2026-11-23", "already built", []),
        ("weekly/2026-11-24", "built", ["c"]),
    ]
    assert sent.items() <= tree(tmp_path / "public/editions").items()


def test_only_posts_that_readers_may_see_go_out(tmp_path: Path) -> None:
    posts = [
        post("draft", "2026-11-22", draft=True),
        post("expired", "2026-11-22", expires=moment("2026-11-23")),
        post("held", "2026-11-01", publish=moment("2026-11-20")),
        post("skipped", "2026-11-22", digest="skip"),
        post("other", "2026-11-22", tags=("b",)),
        post("tagged", "2026-11-22", tags=("A",)),
    ]
    (made,) = run(site(tmp_path), posts, MONDAY)
    assert sorted(ids(made)) == ["held", "other", "tagged"]
    (chosen,) = run(site(tmp_path / "two", any=("a",)), posts, MONDAY)
    assert ids(chosen) == ["tagged"]


def shape(outcome: Outcome) -> list[tuple[str, list[str]]]:
    return [(s.title, [p.slug for p in s.posts]) for s in outcome.edition.sections] if outcome.edition else []


SECTIONS = (
    Section(title="Sound", any=("sound",), limit=1),
    Section(title="Craft", any=("craft", "sound"), order="oldest"),
    Section(title="All of it", any=("sound",), also_in=True, order="title"),
)
TAGGED = [
    post("one", "2026-11-20", tags=("sound",)),
    post("two", "2026-11-19", tags=("sound",)),
    post("three", "2026-11-21", tags=("craft",)),
    post("four", "2026-11-18"),
]


def test_a_post_stands_in_the_first_section_that_takes_it_and_has_room(tmp_path: Path) -> None:
    (made,) = run(site(tmp_path, sections=SECTIONS), TAGGED, MONDAY)
    assert shape(made) == [
        ("Sound", ["one"]), ("Craft", ["two", "three"]), ("All of it", ["one", "two"]), ("More", ["four"]),
    ]  # fmt: skip
    assert made.edition
    assert len(made.edition.posts) == 4
    (again,) = run(site(tmp_path, sections=SECTIONS), TAGGED, MONDAY, key=made.key)
    assert again.edition == made.edition


def test_without_a_rest_what_no_section_has_room_for_waits(tmp_path: Path) -> None:
    sections = (Section(title="Sound", any=("sound",), limit=1),)
    config = site(tmp_path, sections=sections, rest="")
    (first,) = run(config, TAGGED, MONDAY)
    assert shape(first) == [("Sound", ["one"])]
    (second,) = run(config, TAGGED, "2026-11-30T09:00")
    assert shape(second) == [("Sound", ["two"])]
    (third,) = run(config, TAGGED, "2027-02-01T09:00")
    assert (third.status, codes(third)) == ("empty", [])  # four was never wanted, so nothing is lost


def test_a_pinned_post_leads(tmp_path: Path) -> None:
    posts = [*TAGGED, post("pinned", "2026-11-16T09:00", digest="pin", tags=("craft",))]
    (made,) = run(site(tmp_path, sections=SECTIONS), posts, MONDAY)
    assert shape(made)[0] == ("", ["pinned"])
    (plain,) = run(site(tmp_path / "two"), posts, MONDAY)
    assert ids(plain)[0] == "pinned"


def test_a_note_changes_its_edition_and_nothing_else(tmp_path: Path) -> None:
    notes = tmp_path / "notes/weekly"
    notes.mkdir(parents=True)
    header = (
        '---\nsubject: "Hello"\npreheader: p\noutro: |\n  Bye\norder: [four, https://example.org/one/, nobody]\n---\n'
    )
    (notes / "2026-W48.md").write_text(header + "\nIntro *here*.\n")
    (made,) = run(site(tmp_path), TAGGED, MONDAY)
    assert ids(made) == ["four", "one", "three", "two"]
    assert made.edition
    assert made.edition.note
    assert (made.edition.note.intro, made.edition.note.outro) == ("Intro *here*.", "Bye")
    assert (made.edition.note.subject, made.edition.note.preheader) == ("Hello", "p")
    assert codes(made) == ["unknown-post"]
    (other,) = run(site(tmp_path), [post("x", "2026-11-29")], "2026-11-30T09:00")
    assert other.edition
    assert other.edition.note is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Only words", []),
        ("---\nsubjct: x\n---\n", ["unknown-key"]),
        ("---\norder: {a: b}\nsubject: [x]\n---\n", ["wrong-type", "wrong-type"]),
        ("---\nsubject: x\n", ["unclosed-front-matter"]),
    ],
)
def test_a_wrong_note_is_named_with_its_line(tmp_path: Path, text: str, expected: list[str]) -> None:
    (tmp_path / "notes/weekly").mkdir(parents=True)
    (tmp_path / "notes/weekly/2026-W48.md").write_text(text)
    (made,) = run(site(tmp_path), [post("a", "2026-11-22")], MONDAY)
    assert codes(made) == expected
    assert all(problem.path == "notes/weekly/2026-W48.md" and problem.line for problem in made.problems)


def test_an_output_that_is_gone_is_made_again_with_the_same_bytes(tmp_path: Path) -> None:
    config = site(tmp_path)
    posts = [post("a", "2026-11-15"), post("b", "2026-11-22")]
    run(config, posts, "2026-11-16T09:00")
    archive.mark_sent(config, "weekly/2026-W47", moment("2026-11-16T10:00"))
    run(config, posts, MONDAY)
    before = tree(tmp_path)
    for path in sorted((tmp_path / "public").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert [o.status for o in run(config, posts, "2026-11-24")] == ["restored", "restored"]
    assert tree(tmp_path) == before


def test_two_runs_at_once_are_one(tmp_path: Path) -> None:
    config = site(tmp_path)
    with locked(config), pytest.raises(LockedError, match="already running"), locked(config):
        pass


def test_the_archive_page_lists_every_edition_newest_first(tmp_path: Path) -> None:
    config = site(tmp_path)
    run(config, [post("a", "2026-11-15", title="A <b>")], "2026-11-16T09:00")
    run(config, [post("b", "2026-11-22")], MONDAY)
    editions = archive.published(config, "weekly")
    page = archive.make_page(config, "weekly", editions).decode()
    assert page.index("editions/weekly/2026-W48/") < page.index("editions/weekly/2026-W47/")
    assert "A &lt;b&gt;" in page


def test_the_rules_have_the_numbers_that_the_page_gives_them() -> None:
    root = Path(__file__).parents[2]
    page = (root / "docs/editions.md").read_text(encoding="utf-8").partition("## Which posts")[2].partition("## ")[0]
    source = (root / "digest/editions/selection.py").read_text(encoding="utf-8")
    numbers = re.findall(r"^(\d)\. \*\*", page, re.MULTILINE)
    assert numbers == sorted(numbers)
    assert set(numbers) == set(re.findall(r"[Rr]ule (\d)", source))


def test_the_signs_have_the_numbers_and_names_that_the_page_gives_them() -> None:
    root = Path(__file__).parents[2]
    page = (root / "docs/editions.md").read_text(encoding="utf-8").partition("## Known again")[2].partition("\n## ")[0]
    source = (root / "digest/editions/identity.py").read_text(encoding="utf-8")
    on_page = re.findall(r"^(\d)\. \*\*(.+?)\.\*\*", page, re.MULTILINE)
    in_code = re.findall(r'^def (\w+)\(.*\n    """Sign (\d):', source, re.MULTILINE)
    assert [(number, name.lower().replace(" ", "_")) for number, name in on_page] == sorted(
        (number, name) for name, number in in_code
    )


POST_FILE = "---\ntitle: T\ndate: {0}\n{1}---\n{2}\n"


def test_a_post_with_its_former_address_is_the_same_post(make_site: MakeSite, digest: Command) -> None:
    toml = '[site]\nurl = "https://a.example/"\n[digests.weekly]\ntitle = "W"\nat = "monday 08:00"\n'
    root = make_site({"content/a.md": POST_FILE.format("2026-11-15", "", "text")}, toml)
    assert digest(root, "build", "--now", "2026-11-16T09:00").code == 0
    (root / "content/a.md").unlink()
    moved = POST_FILE.format("2026-11-15", "aliases: [/2026/11/15/a/]\n", "other text")
    (root / "content/b.md").write_text(moved, encoding="utf-8")
    ended = digest(root, "build", "--now", "2026-11-23T09:00")
    assert "weekly/2026-W48: empty" in ended.err
    feed = json.loads((root / "public/feed.json").read_text(encoding="utf-8"))
    assert [(item["id"], item["url"]) for item in feed["items"]] == [
        ("https://a.example/2026/11/15/a/", "https://a.example/2026/11/15/b/")
    ]


def test_a_changed_address_is_a_warning_that_says_what_to_write(make_site: MakeSite, digest: Command) -> None:
    toml = '[site]\nurl = "https://a.example/"\n[digests.weekly]\ntitle = "W"\nat = "monday 08:00"\n'
    root = make_site({"content/a.md": POST_FILE.format("2026-11-15", "", "text")}, toml)
    digest(root, "build", "--now", "2026-11-16T09:00")
    (root / "content/a.md").rename(root / "content/b.md")
    said = digest(root, "build", "--now", "2026-11-23T09:00").err
    assert "permalink-changed: this is https://a.example/2026/11/15/a/, which went out in weekly/2026-W47" in said
    assert 'write "aliases: [/2026/11/15/a/]"' in said


def test_an_address_that_two_posts_had_is_the_id_of_neither(make_site: MakeSite, digest: Command) -> None:
    alias = "aliases: [/latest/]\n"
    root = make_site({f"content/{name}.md": POST_FILE.format("2026-11-15", alias, name) for name in "ab"}, "")
    ended = digest(root, "list", "--json")
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert (ended.code, len(rows)) == (0, 2)
    assert all(row["id"] == row["url"] for row in rows)
