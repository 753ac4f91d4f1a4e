"""Random histories of a digest: no post in two editions, none lost, one key the same bytes, ends in order.

Posts are in memory and so is the output, so that thousands of histories are cheap; files stand in
test_editions_kills.py. Set DIGEST_HISTORIES for more of them.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from digest.collector import Post
from digest.config import schedule
from digest.editions import Built, DigestRun, Event, Ledger, Sent, due_editions, edition_for_key, ledger
from tests.edition_runs import compose, hash_of, post, site

ZONES = (
    "UTC", "Asia/Shanghai", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "America/New_York",
    "America/Sao_Paulo", "America/Nuuk", "Africa/Casablanca", "Europe/Dublin",
)  # fmt: skip
BEGIN = {
    "Pacific/Apia": datetime(2011, 12, 10, tzinfo=UTC),
    "America/Sao_Paulo": datetime(2018, 10, 10, tzinfo=UTC),
    "America/Nuuk": datetime(2024, 3, 5, tzinfo=UTC),
}
PLANS = (
    ("week", "monday 08:00"), ("week", "sunday 02:30"), ("week", "fri 00:00"), ("2 weeks", "wed 23:30"),
    ("day", "08:00"), ("day", "00:00"), ("day", "02:15"), ("3 days", "23:30"), ("month", "1 08:00"), ("month", "31 00:30"),
)  # fmt: skip
Hours = st.integers(0, 24 * 40)


class Histories(RuleBasedStateMachine):
    """A site whose clock moves on while people write, merge late, edit, rename, break, mend and forget to run."""

    @initialize(
        zone=st.sampled_from(ZONES),
        plan=st.sampled_from(PLANS),
        missed=st.sampled_from(["merge", "merge", "each"]),
        minimum=st.sampled_from([1, 1, 2, 3]),
    )
    def begin(self, zone: str, plan: tuple[str, str], missed: str, minimum: int) -> None:
        self.config = site(
            Path("/nowhere"), zone, every=plan[0], at=plan[1], missed=missed, min_posts=minimum, look_back=28
        )
        self.plan = schedule.parse(*plan, zone)
        self.zone = ZoneInfo(zone)
        self.now = BEGIN.get(zone, datetime(2026, 10, 1, tzinfo=UTC))
        self.posts: dict[str, Post] = {}
        self.broken: dict[str, Post] = {}
        self.lines: list[bytes] = []
        self.shelf: dict[str, bytes] = {}
        self.built: list[Built] = []
        self.merged: dict[str, datetime] = {}  # id: when it was first to be seen
        self.number = 0
        self.add_archive()

    def add_archive(self) -> None:
        for days in (3, 40, 400):
            self.write(self.now - timedelta(days=days), "archive")

    def write(self, date: datetime, word: str = "post") -> str:
        self.number += 1
        made = post(f"{word}{self.number}", date.astimezone(self.zone), summary=f"text {self.number}")
        made = msgspec.structs.replace(made, id=f"id{self.number}")
        self.posts[made.id] = made
        self.merged[made.id] = self.now
        return made.id

    @rule(hours=Hours)
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours, minutes=7 * (hours % 9))

    @rule(days=st.integers(1, 9), hours=st.integers(0, 50), runs=st.booleans())
    def a_usual_week(self, days: int, hours: int, runs: bool) -> None:
        """Somebody writes, time passes, something older is merged, and mostly the digest runs."""
        self.write(self.now + timedelta(hours=hours))
        self.now += timedelta(days=days, hours=hours % 24)
        self.write(self.now - timedelta(days=days, hours=hours * 4))
        if runs:
            self.one_run(dies=False)

    @rule(hours=st.integers(-24 * 5, 24 * 3))
    def someone_writes(self, hours: int) -> None:
        self.write(self.now + timedelta(hours=hours))

    @rule(days=st.integers(3, 45))
    def an_old_branch_is_merged(self, days: int) -> None:
        self.write(self.now - timedelta(days=days))

    @rule(pick=st.integers(0))
    def someone_writes_at_a_window_end(self, pick: int) -> None:
        end = schedule.latest_end(self.plan, self.now).astimezone(UTC)
        self.write(end + timedelta(microseconds=(0, -1, 1)[pick % 3]))

    def pick(self, number: int) -> Post:
        return self.posts[sorted(self.posts)[number % len(self.posts)]]

    @precondition(lambda self: self.posts)
    @rule(number=st.integers(0))
    def someone_edits(self, number: int) -> None:
        chosen = self.pick(number)
        self.posts[chosen.id] = msgspec.structs.replace(chosen, summary=chosen.summary + "!")

    @precondition(lambda self: self.posts)
    @rule(number=st.integers(0), edits=st.booleans())
    def someone_renames(self, number: int, edits: bool) -> None:
        """With the id kept, or a file that has none: the same text under another address."""
        chosen = self.pick(number)
        self.number += 1
        path = f"content/moved{self.number}.md"
        if edits:
            self.posts[chosen.id] = msgspec.structs.replace(chosen, path=path, summary=chosen.summary + "?")
        else:
            new = f"id{self.number}"
            self.posts[new] = msgspec.structs.replace(self.posts.pop(chosen.id), path=path, id=new)
            self.merged[new] = self.now

    @precondition(lambda self: self.built)
    @rule(number=st.integers(0))
    def a_post_that_went_out_moves(self, number: int) -> None:
        there = [i for i in self.built[-1].posts if i.id in self.posts and hash_of(self.posts[i.id]) == i.hash]
        if there:
            self.number += 1
            new = f"id{self.number}"
            chosen = self.posts.pop(there[number % len(there)].id)
            self.posts[new] = msgspec.structs.replace(chosen, path=f"content/moved{self.number}.md", id=new)
            self.merged[new] = self.now

    @precondition(lambda self: self.posts)
    @rule(number=st.integers(0))
    def someone_deletes(self, number: int) -> None:
        del self.posts[self.pick(number).id]

    @precondition(lambda self: self.posts)
    @rule(number=st.integers(0))
    def a_post_breaks(self, number: int) -> None:
        chosen = self.pick(number)
        self.broken[chosen.id] = self.posts.pop(chosen.id)

    @precondition(lambda self: self.broken)
    @rule()
    def broken_posts_are_mended(self) -> None:
        self.posts |= self.broken
        self.merged |= dict.fromkeys(self.broken, self.now)
        self.broken = {}

    @rule(times=st.integers(1, 3), dies=st.booleans())
    def runs(self, times: int, dies: bool) -> None:
        """`dies`: the run is killed between a manifest and the ledger's line for it."""
        for _ in range(times):
            before = dict(self.shelf)
            self.one_run(dies=dies)
            dies = False
            assert all(self.shelf[key] == content for key, content in before.items())

    def one_run(self, *, dies: bool) -> None:
        known = self.ledger()
        outcomes = due_editions(self.run_with(known))
        for outcome in outcomes:
            assert outcome.status in {"built", "already built", "sent", "empty"}
            if outcome.edition is None:
                if outcome.event:
                    self.append(outcome.event)
                continue
            assert isinstance(outcome.event, Built)
            self.shelf[outcome.key] = repr(compose(outcome.edition)).encode()
            self.built.append(outcome.event)
            if dies:
                return
            self.append(outcome.event)
        if any(outcome.status == "built" for outcome in outcomes):
            self.check_lost(known.baseline)

    def scrambled(self) -> list[Post]:
        return sorted(self.posts.values(), key=lambda p: hash_of(p))

    def run_with(self, known: Ledger) -> DigestRun:
        return DigestRun(
            name="weekly",
            config=self.config,
            posts=tuple(self.scrambled()),
            ledger=known,
            now=self.now,
            shown=self.shelf,
            hash_of=hash_of,
        )

    def ledger(self) -> Ledger:
        events = [ledger._event(line) for line in self.lines]
        known = ledger.fold(events)
        missing = [built for built in self.built if built.key not in known.editions]
        for event in missing:
            self.append(event)
        return ledger.fold([*events, *missing])

    def append(self, event: Event) -> None:
        self.lines.append(ledger.lines([event]).strip())

    @precondition(lambda self: self.built)
    @rule(sent=st.booleans())
    def the_same_key_is_built_again(self, sent: bool) -> None:
        """At any later time, with whatever has been merged since: the same bytes while its own posts are the same."""
        last = self.built[-1]
        if any(self.posts.get(i.id) is None or hash_of(self.posts[i.id]) != i.hash for i in last.posts):
            return
        known = self.ledger()
        outcome = edition_for_key(self.run_with(known), last.key)
        if last.key in known.sent:
            assert outcome.edition is None
        else:
            assert outcome.edition
            assert repr(compose(outcome.edition)).encode() == self.shelf[last.key]
        if sent:
            self.append(Sent(last.key, self.now))

    @rule(data=st.randoms(use_true_random=False))
    def branches_are_joined(self, data: Any) -> None:
        self.lines += self.lines[: data.randint(0, len(self.lines))]
        data.shuffle(self.lines)

    @rule()
    def the_ledger_is_lost_and_made_again(self) -> None:
        known = self.ledger()
        rebuilt = ledger.fold([*self.built, *known.sent.values()])
        assert rebuilt.editions == known.editions
        if rebuilt.editions:
            assert rebuilt.baseline == known.baseline
            self.lines = ledger.lines(rebuilt.events).splitlines()

    def check_lost(self, baseline: datetime | None) -> None:
        """After an edition is built, every post inside the look-back is in one."""
        end = schedule.latest_end(self.plan, self.now).astimezone(UTC)
        if self.built[-1].end.astimezone(UTC) != end:
            return
        first = self.built[0]
        lower = max(end - timedelta(days=27, hours=22), min(b.start for b in self.built).astimezone(UTC))
        hashes = {item.hash for built in self.built for item in built.posts}
        ids = {item.id for built in self.built for item in built.posts}
        urls = {item.url for built in self.built for item in built.posts}
        if first.end.astimezone(UTC) == end and baseline is None:
            lower = first.start.astimezone(UTC)
        for found in self.posts.values():
            if lower <= found.date < end:
                assert found.id in ids or hash_of(found) in hashes or found.url in urls, found

    @invariant()
    def no_post_is_in_two_editions(self) -> None:
        ids = [item.id for built in getattr(self, "built", ()) for item in built.posts]
        assert len(ids) == len(set(ids))
        texts = [item.hash for built in getattr(self, "built", ()) for item in built.posts]
        assert len(texts) == len(set(texts))

    @invariant()
    def ends_come_in_order(self) -> None:
        ends = [built.end.astimezone(UTC) for built in getattr(self, "built", ())]
        keys = [built.key for built in getattr(self, "built", ())]
        assert ends == sorted(set(ends))
        assert keys == sorted(set(keys))

    @invariant()
    def the_archive_is_never_sent(self) -> None:
        for built in getattr(self, "built", ()):
            assert all(item.title != "Archive3" for item in built.posts)


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=int(os.environ.get("DIGEST_HISTORIES", "100")),
    stateful_step_count=30,
    deadline=None,
    phases=[Phase.generate] if "DIGEST_HISTORIES" in os.environ else [Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
    database=None,
    derandomize="DIGEST_HISTORIES" not in os.environ,
)
