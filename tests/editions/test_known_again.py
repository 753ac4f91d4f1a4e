"""A post that went out is known again after any two ordinary acts, and two different posts are two."""

import itertools
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from digest.collector import Post
from digest.editions import Outcome, ledger
from tests.edition_runs import ids, moment, post, run, site

FIRST, MONDAY, NEXT = "2026-11-16T09:00", "2026-11-23T09:00", "2026-11-30T09:00"


def changed(old: Post, *, slug: str = "", url: str = "", **fields: object) -> Post:
    """A post after an act; without an `id` of its own, its address is its id."""
    if slug:
        url = url or old.url.replace(old.slug, slug)
        fields |= {"slug": slug, "path": old.path.replace(old.slug, slug)}
    if url:
        fields |= {"url": url, "id": url}
    return msgspec.structs.replace(old, **fields)


ACTS: dict[str, Callable[[Post], Post]] = {
    "edit the text": lambda old: changed(old, summary=f"{old.summary}, mended"),
    "edit the title": lambda old: changed(old, title=f"{old.title}!"),
    "rename": lambda old: changed(old, slug=f"{old.slug}-two"),
    "move": lambda old: changed(
        old, url=old.url.replace(old.slug, f"essays/{old.slug}"), path=f"content/essays/{old.slug}.md"
    ),
    "domain": lambda old: changed(
        old, url=old.url.replace("example.org", "a.example"), summary=old.summary.replace("example.org", "a.example")
    ),
    "permalink": lambda old: changed(old, url=old.url.replace("example.org/", "example.org/2026/11/")),
    "date": lambda old: changed(old, date=moment("2026-11-17T10:00")),
}
START = post("a", "2026-11-15T10:00", title="Hello", summary="see https://example.org/b/")


@pytest.mark.parametrize("between", [True, False], ids=["a run between", "at once"])
@pytest.mark.parametrize(("one", "two"), list(itertools.permutations(ACTS, 2)))
def test_two_acts_in_any_order(tmp_path: Path, one: str, two: str, between: bool) -> None:
    config = site(tmp_path)
    run(config, [START], FIRST, follows=True)
    once = ACTS[one](START)
    if between:
        assert [o.status for o in run(config, [once], "2026-11-17T09:00", follows=True)] == ["already built"]
    twice = ACTS[two](once)
    for now in (MONDAY, NEXT):
        (made,) = run(config, [twice], now, follows=True)
        assert (made.status, ids(made)) == ("empty", [])


def codes(outcome: Outcome) -> list[str]:
    return [problem.code for problem in outcome.problems]


def test_a_doubt_is_named_at_each_run_until_it_is_settled(tmp_path: Path) -> None:
    config = site(tmp_path)
    run(config, [START], FIRST, follows=True)
    other = changed(START, slug="b", summary="other")
    for now in ("2026-11-23T08:30", MONDAY, "2026-11-23T10:00"):
        (made,) = run(config, [other], now, follows=True)
        assert (made.status, codes(made)) == ("empty", ["maybe-renamed"])
    settled = msgspec.structs.replace(other, id=START.id)
    for now in ("2026-11-23T11:00", NEXT):
        (made,) = run(config, [settled], now, follows=True)
        assert (made.status, codes(made)) == ("empty", [])


def test_a_post_in_doubt_is_sent_once_with_resend(tmp_path: Path) -> None:
    config = site(tmp_path)
    run(config, [START], FIRST, follows=True)
    other = changed(START, slug="b", summary="other")
    run(config, [other], MONDAY, follows=True)
    sent = msgspec.structs.replace(other, resend=True)
    (made,) = run(config, [sent], "2026-11-23T10:00", follows=True)
    assert ids(made) == ["b"]
    renamed = changed(sent, slug="c")
    for now in (NEXT, "2026-12-07T09:00"):
        (made,) = run(config, [renamed], now, follows=True)
        assert made.status == "empty"


def test_posts_that_share_title_and_text_are_two(tmp_path: Path) -> None:
    config = site(tmp_path)
    october = post("october", "2026-11-15", title="Open thread", summary="Say what you like.")
    november = post("november", "2026-11-20", title="Open thread", summary="Say what you like.")
    run(config, [october], FIRST, follows=True)
    moved = changed(october, slug="archive-october")
    (made,) = run(config, [moved, november], MONDAY, follows=True)
    assert (ids(made), codes(made)) == (["november"], ["permalink-changed"])


def test_a_new_post_at_an_address_that_another_left_is_new(tmp_path: Path) -> None:
    config = site(tmp_path)
    old = post("open-thread", "2026-11-15", title="Open thread", summary="Say what you like.")
    run(config, [old], FIRST, follows=True)
    moved = changed(old, slug="october")
    new = post("open-thread", "2026-11-20", title="Open thread", summary="Say what you like.")
    (made,) = run(config, [moved, new], MONDAY, follows=True)
    assert [found.path for found in made.edition.posts] == [new.path] if made.edition else False
    (later,) = run(config, [moved, new], NEXT, follows=True)
    assert later.status == "empty"


def test_a_post_of_other_text_in_the_same_file_is_in_doubt(tmp_path: Path) -> None:
    config = site(tmp_path)
    run(config, [START], FIRST, follows=True)
    new = changed(START, title="News", summary="All new.", date=moment("2026-11-20"))
    (made,) = run(config, [new], MONDAY, follows=True)
    assert (made.status, codes(made)) == ("empty", ["maybe-renamed"])
    assert '"resend: true" sends it' in made.problems[0].hint


def test_looks_of_two_branches_are_both_known(tmp_path: Path) -> None:
    config = site(tmp_path)
    run(config, [START], FIRST, follows=True)
    path = ledger.path_of(config, "weekly")
    base = path.read_bytes()
    branches = [changed(START, title="One", summary="one", slug="one"), changed(START, slug="two")]
    lines = []
    for branch in branches:
        path.write_bytes(base)
        run(config, [branch], "2026-11-17T09:00", follows=True)
        lines.append(path.read_bytes().removeprefix(base))
    path.write_bytes(base + b"".join(lines))
    for branch in branches:
        (made,) = run(config, [changed(branch, date=moment("2026-11-18"))], MONDAY, follows=False)
        assert made.status == "empty"


def test_a_late_post_from_before_the_digest_is_taken_or_named(tmp_path: Path) -> None:
    config = site(tmp_path)
    archive = [post("old", "2025-01-01"), post("near", "2026-11-08")]
    run(config, [*archive, post("a", "2026-11-15")], FIRST, follows=True)
    late = [post("late", "2026-11-07"), post("very-late", "2026-01-01")]
    (made,) = run(config, [*archive, post("a", "2026-11-15"), *late], MONDAY, follows=True)
    assert (ids(made), [(p.code, p.path) for p in made.problems]) == (["late"], [("late-lost", "content/very-late.md")])
    moved = [changed(archive[0], slug="older"), changed(archive[1], slug="nearer")]
    (made,) = run(config, [*moved, post("a", "2026-11-15"), *late, post("b", "2026-11-24")], NEXT, follows=True)
    assert ids(made) == ["b"]


def test_every_post_of_a_merged_window_is_taken_however_long_the_outage(tmp_path: Path) -> None:
    config = site(tmp_path)
    run(config, [post("a", "2026-01-04")], "2026-01-05T09:00", follows=True)
    (made,) = run(config, [post("a", "2026-01-04"), post("b", "2026-01-06"), post("c", "2026-11-22")], MONDAY)
    assert (ids(made), codes(made)) == (["c", "b"], [])
