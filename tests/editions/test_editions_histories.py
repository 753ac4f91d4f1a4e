"""Random histories of a digest and its owner: no post goes out twice, and none is lost in silence.

The oracle reads only the published manifests, as a sender does, and the warnings. Files are in memory; ledger and output
are on disk. `HYPOTHESIS_PROFILE=histories` makes 10,000 of them.
"""

import contextlib
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from digest import archive
from digest.archive import locked
from digest.collector import Post
from digest.config import schedule
from digest.editions import Outcome, ledger
from digest.problems import DigestError
from tests.edition_runs import post, run, site

ZONES = ("UTC", "Asia/Shanghai", "America/Santiago", "Australia/Lord_Howe", "America/New_York", "Pacific/Kiritimati")
PLANS = (
    ("week", "monday 08:00"), ("week", "fri 00:00"), ("2 weeks", "wed 23:30"), ("day", "08:00"), ("day", "00:00"),
    ("3 days", "23:30"), ("month", "1 08:00"),
)  # fmt: skip
LOOK_BACK = 28
MOST_ACTS = 2  # on one post between two runs
DOMAINS = ("https://example.org", "https://a.example", "https://b.example/blog")
PATTERNS = ("/{folder}/{slug}/", "/{date:%Y/%m/%d}/{slug}/", "/{slug}.html")
numbers = st.integers(0, 10_000)


class File:
    """A post in the owner's hands. Its number is what the oracle knows it by."""

    def __init__(self, number: int, slug: str, title: str, body: str, date: datetime, *, is_late: bool) -> None:
        self.number, self.slug, self.title, self.body, self.date = number, slug, title, body, date
        self.folder = "posts"
        self.broken = self.draft = self.resend = False
        self.is_late = is_late  # it was not there when the digest began
        self.acts = 0

    @property
    def path(self) -> str:
        return f"content/{self.folder}/{self.slug}.md"


class Histories(RuleBasedStateMachine):
    """A site whose clock moves on while its owner writes, edits, renames, moves, merges, breaks and forgets to run."""

    @initialize(
        zone=st.sampled_from(ZONES), plan=st.sampled_from(PLANS), missed=st.sampled_from(["merge", "merge", "each"])
    )
    def begin(self, zone: str, plan: tuple[str, str], missed: str) -> None:
        self.root = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
        self.name, self.zone, self.plan, self.missed = "weekly", zone, plan, missed
        self.domain, self.pattern = DOMAINS[0], PATTERNS[0]
        self.formerly: str | None = None
        self.now = datetime(2026, 10, 1, tzinfo=UTC)
        self.files: dict[int, File] = {}
        self.sent: Counter[int] = Counter()
        self.allowed: Counter[int] = Counter()  # times that a post may go out more than once
        self.handled: dict[str, set[int]] = {}  # by idempotency key
        self.began: datetime | None = None
        self.last_run = self.now
        self.count = 0
        for days in (3, 20, 40, 400):
            self.write(self.now - timedelta(days=days, minutes=days))

    def teardown(self) -> None:
        if not hasattr(self, "root"):
            return
        try:
            for file in self.files.values():
                file.broken = False
            for _ in range(3):
                self.now = schedule.next_end(self.schedule, self.now).astimezone(UTC) + timedelta(hours=1)
                self.one_run()
        finally:
            shutil.rmtree(self.root)

    # --- the site

    def write(self, date: datetime, title: str = "", body: str = "", slug: str = "") -> File:
        self.count += 1
        number = self.count
        made = File(
            number,
            slug or f"post-{number}",
            title or f"Post {number}",
            body or f"Text {number}, see {self.domain}/other/",
            date,
            is_late=self.began is not None,
        )
        self.files[number] = made
        return made

    def post(self, file: File) -> Post:
        date = file.date.astimezone(ZoneInfo(self.zone))
        url = self.domain + self.pattern.format(folder=file.folder, slug=file.slug, date=file.date)
        made = post(file.slug, date, title=file.title, summary=file.body, draft=file.draft, resend=file.resend)
        return msgspec.structs.replace(made, id=url, url=url, path=file.path)

    @property
    def config(self) -> Any:
        every, at = self.plan
        return site(
            self.root,
            self.zone,
            self.name,
            every=every,
            at=at,
            missed=self.missed,
            look_back=LOOK_BACK,
            formerly=self.formerly,
        )

    @property
    def schedule(self) -> schedule.Schedule:
        return schedule.parse(*self.plan, self.zone)

    def pick(self, number: int) -> File | None:
        """A post that the owner may act on: recent ones, where it matters, more often than others."""
        ready = [file for file in self.files.values() if file.acts < MOST_ACTS]
        if not ready:
            return None
        recent = [file for file in ready if file.date > self.now - timedelta(days=LOOK_BACK)]
        chosen = recent if recent and number % 4 else ready
        file = chosen[number % len(chosen)]
        file.acts += 1
        return file

    def all_may_change(self) -> bool:
        return all(file.acts < MOST_ACTS for file in self.files.values())

    def act_on_all(self) -> list[File]:
        for file in self.files.values():
            file.acts += 1
        return list(self.files.values())

    # --- what happens to the clock

    @rule(hours=st.integers(0, 24 * 20))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours, minutes=7 * (hours % 9))

    @rule(days=st.integers(40, 120))
    def an_outage(self, days: int) -> None:
        self.now += timedelta(days=days / 2)
        self.write(self.now)
        self.now += timedelta(days=days / 2)

    @rule(days=st.integers(1, 9), hours=st.integers(0, 50), runs=st.booleans())
    def a_usual_week(self, days: int, hours: int, runs: bool) -> None:
        """Somebody writes, time passes, something older is merged, and mostly the digest runs."""
        self.write(self.now + timedelta(hours=hours))
        self.now += timedelta(days=days, hours=hours % 24)
        self.write(self.now - timedelta(days=days, hours=hours * 4))
        if runs:
            self.one_run()

    # --- what the owner does to posts

    @rule(hours=st.integers(-24 * 5, 24 * 3))
    def someone_writes(self, hours: int) -> None:
        self.write(self.now + timedelta(hours=hours))

    @rule(days=st.integers(3, 60))
    def an_old_branch_is_merged(self, days: int) -> None:
        self.write(self.now - timedelta(days=days))

    @rule(pick=numbers)
    def someone_writes_at_a_window_end(self, pick: int) -> None:
        end = schedule.latest_end(self.schedule, self.now).astimezone(UTC)
        self.write(end + timedelta(microseconds=(0, -1, 1)[pick % 3]))

    @rule()
    def an_open_thread(self) -> None:
        """Each has the title and the text of the one before."""
        date = self.now + timedelta(seconds=self.count)
        self.write(date, "Open thread", "Say what you like.", f"open-thread-{self.count}")

    @rule()
    def an_open_thread_in_one_file(self) -> None:
        """The old one moves away, and the new one takes its place."""
        for file in self.files.values():
            if file.slug == "open-thread":
                if file.acts:
                    return
                file.acts = MOST_ACTS
                file.slug = f"thread-{file.number}"
        date = self.now + timedelta(seconds=self.count)
        self.write(date, "Open thread", "Say what you like.", "open-thread").acts = MOST_ACTS

    @rule(number=numbers)
    def someone_edits_the_text(self, number: int) -> None:
        if file := self.pick(number):
            file.body += f" More {number}."

    @rule(number=numbers)
    def someone_edits_the_title(self, number: int) -> None:
        if file := self.pick(number):
            file.title += "!"

    @rule(number=numbers)
    def someone_renames(self, number: int) -> None:
        if file := self.pick(number):
            self.count += 1
            file.slug = f"renamed-{self.count}"

    @rule(number=numbers)
    def someone_moves(self, number: int) -> None:
        if file := self.pick(number):
            self.count += 1
            file.folder = f"folder-{self.count % 3}"
            if sum(other.path == file.path for other in self.files.values()) > 1:
                file.slug += f"-{self.count}"

    @rule(number=numbers, hours=st.integers(-60, 60))
    def a_date_is_corrected(self, number: int, hours: int) -> None:
        if file := self.pick(number):
            file.date += timedelta(hours=hours)

    @rule(number=numbers)
    def someone_deletes(self, number: int) -> None:
        if file := self.pick(number):
            del self.files[file.number]

    @rule(number=numbers)
    def a_post_breaks_or_is_mended(self, number: int) -> None:
        if file := self.pick(number):
            file.broken = not file.broken

    @rule(number=numbers)
    def a_post_becomes_a_draft_or_is_published(self, number: int) -> None:
        if file := self.pick(number):
            file.draft = not file.draft

    # --- what the owner does to the site

    @precondition(lambda self: self.all_may_change())
    @rule(number=numbers)
    def the_domain_changes(self, number: int) -> None:
        """With search and replace in every post."""
        new = DOMAINS[number % len(DOMAINS)]
        for file in self.act_on_all():
            file.body = file.body.replace(self.domain, new)
        self.domain = new

    @precondition(lambda self: self.all_may_change())
    @rule(number=numbers)
    def the_permalinks_change(self, number: int) -> None:
        self.act_on_all()
        self.pattern = PATTERNS[number % len(PATTERNS)]

    @rule(zone=st.sampled_from(ZONES))
    def the_zone_changes(self, zone: str) -> None:
        self.zone = zone

    @rule(plan=st.sampled_from(PLANS))
    def the_schedule_changes(self, plan: tuple[str, str]) -> None:
        self.plan = plan

    @rule(missed=st.sampled_from(["merge", "each"]))
    def missed_changes(self, missed: str) -> None:
        self.missed = missed

    @rule()
    def the_digest_is_renamed(self) -> None:
        """Without a word nothing is built; then the owner says so."""
        before, began = set(self.handled), self.began
        if not ledger.read(ledger.path_of(self.config, self.name)).events:
            return
        self.count += 1
        former, self.name, self.formerly = self.name, f"letter-{self.count}", None
        acts = {file.number: file.acts for file in self.files.values()}
        (outcome,) = self.one_run()
        for file in self.files.values():  # this run does not know the posts
            file.acts = acts[file.number]
        assert (outcome.status, [problem.code for problem in outcome.problems]) == ("not due", ["digest-renamed"])
        assert set(self.handled) == before
        self.formerly, self.began = former, began

    # --- runs, and what goes wrong with them

    @rule(number=numbers, first=st.integers(0, 2), second=st.integers(0, 2))
    def branches_are_joined(self, number: int, first: int, second: int) -> None:
        """Two branches lack some posts of each other and run at one moment; git joins the ledgers' lines."""
        if self.formerly and not ledger.path_of(self.config, self.name).exists():
            return
        plain = [number for number, file in sorted(self.files.items()) if "thread" not in file.slug]
        newest = plain[-first - second :] if first + second else []
        theirs, ours = newest[:first], newest[first:]
        side = Path(tempfile.mkdtemp(dir=self.root.parent))
        shutil.copytree(self.root, side, dirs_exist_ok=True)
        acts = {file.number: file.acts for file in self.files.values()}
        self.one_run(without=theirs)
        main, self.root = self.root, side
        self.one_run(without=ours, is_seen=False)
        self.root = main
        for file in self.files.values():
            file.acts = acts[file.number]
        for path in sorted((side / "ledger").glob("*.jsonl")):
            mine = main / "ledger" / path.name
            lines = mine.read_bytes().splitlines(keepends=True) if mine.exists() else []
            joined = [*lines, *(line for line in path.read_bytes().splitlines(keepends=True) if line not in lines)]
            mine.parent.mkdir(exist_ok=True)
            mine.write_bytes(b"".join(joined))
        for folder in sorted(side.glob("public/editions/*/*")):
            if not (main / folder.relative_to(side)).exists():
                shutil.copytree(folder, main / folder.relative_to(side))
        shutil.rmtree(side)
        with locked(self.config):
            archive.settle_ledger(self.config, self.name)
        self.send()

    @rule(years=st.integers(2, 60))
    def a_clock_is_far_ahead(self, years: int) -> None:
        now = self.now
        began, last_run = self.began, self.last_run
        self.now += timedelta(days=365 * years)
        self.one_run()
        self.now, self.began, self.last_run = now, began, last_run

    @rule(days=st.integers(1, 400))
    def a_clock_is_behind(self, days: int) -> None:
        """Nothing is built before the newest edition."""
        now, before = self.now, {found["key"]: found["window"]["end"] for found in self.manifests()}
        newest = max(map(datetime.fromisoformat, before.values()), default=None)
        recorded = {key for path in self.root.glob("ledger/*.jsonl") for key in ledger.read(path).editions}
        last_run = self.last_run
        self.now = last_run - timedelta(days=days)
        if self.began is not None:
            acts = {file.number: file.acts for file in self.files.values()}
            self.one_run()
            for file in self.files.values():
                file.acts = acts[file.number]
            known = {*before, *recorded}
            added = [found["window"]["end"] for found in self.manifests() if found["key"] not in known]
            assert newest is None or all(datetime.fromisoformat(end) > newest for end in added)
        self.now, self.last_run = now, last_run

    @rule(number=numbers, size=st.integers(0, 40))
    def a_manifest_is_torn(self, number: int, size: int) -> None:
        with locked(self.config):
            archive.settle_ledger(self.config, self.name)
        paths = list(archive.shown(self.config, self.name).values())
        if paths:
            path = paths[number % len(paths)]
            path.write_bytes(path.read_bytes()[:size])

    @rule(number=numbers)
    def a_mark_is_torn(self, number: int) -> None:
        marks = sorted(self.root.glob("public/editions/*/*/sent.json"))
        if marks:
            marks[number % len(marks)].write_bytes(b"")

    @rule(times=st.integers(1, 2), edits=numbers)
    def runs(self, times: int, edits: int) -> None:
        for _ in range(times):
            self.one_run()

    @rule()
    def a_run_is_killed(self) -> None:
        """After a manifest, before the ledger's line."""
        with locked(self.config):
            archive.settle_ledger(self.config, self.name)
        path = ledger.path_of(self.config, self.name)
        before = path.read_bytes() if path.exists() else b""
        acts = {file.number: file.acts for file in self.files.values()}
        self.one_run()
        for file in self.files.values():
            file.acts = acts[file.number]
        if path.exists():
            added = path.read_bytes().removeprefix(before).splitlines(keepends=True)
            path.write_bytes(before + b"".join(line for line in added if b'"event":"began"' in line))

    @rule()
    def the_output_is_lost(self) -> None:
        known = {key for path in self.root.glob("ledger/*.jsonl") for key in ledger.read(path).editions}
        if {manifest["key"] for manifest in self.manifests()} <= known:
            shutil.rmtree(self.root / "public", ignore_errors=True)

    @rule()
    def the_ledger_is_made_again(self) -> None:
        with locked(self.config):
            archive.rebuild_ledger(self.config, self.name)

    @rule(number=numbers)
    def an_edition_is_marked_as_sent(self, number: int) -> None:
        keys = list(archive.shown(self.config, self.name))
        if keys:
            with contextlib.suppress(DigestError):  # a draft needs an approval
                archive.mark_sent(self.config, keys[number % len(keys)], self.now)

    @rule(number=numbers)
    def an_edition_is_built_again(self, number: int) -> None:
        keys = list(archive.shown(self.config, self.name))
        if keys:
            self.one_run(keys[number % len(keys)])

    def one_run(self, key: str = "", without: Collection[int] = (), *, is_seen: bool = True) -> tuple[Outcome, ...]:
        """Build what is due, or the edition `key`, and hand it over if the sender sees this branch."""
        posts = [self.post(file) for file in self.files.values() if not file.broken and file.number not in without]
        outcomes = run(self.config, posts, self.now, key, follows=True)
        self.last_run = self.last_run if key else self.now
        if not is_seen:
            return outcomes
        self.send()
        for file in self.files.values():
            file.acts = 0
        if self.began is None:
            window = schedule.latest_window(self.schedule, self.now)
            self.began = window.start.astimezone(UTC)
        if not key and not without:
            self.check_none_is_lost(outcomes)
        return outcomes

    # --- the oracle

    def manifests(self) -> Iterator[dict[str, Any]]:
        for path in sorted(self.root.glob("public/editions/*/*/manifest.json")):
            with contextlib.suppress(ValueError):  # torn
                yield json.loads(path.read_bytes())

    def send(self) -> None:
        """Hand over every edition under its idempotency key, drafts after a look."""
        there = {file.path: file.number for file in self.files.values()}
        for manifest in self.manifests():
            posts = {there[found["path"]] for found in manifest["posts"] if found["path"] in there}
            key = manifest["idempotency_key"]
            if key in self.handled:
                continue
            self.handled[key] = posts
            self.sent.update(posts)
        for number, times in self.sent.items():
            assert times <= 1 + self.allowed[number], f"post {number} went out {times} times"

    def check_none_is_lost(self, outcomes: tuple[Outcome, ...]) -> None:
        """Every post that is due is sent or named."""
        if outcomes[-1].status not in {"built", "empty"}:
            return
        end = schedule.latest_end(self.schedule, self.now).astimezone(UTC)
        began = self.began or end
        named = {problem.path for outcome in outcomes for problem in outcome.problems}
        for file in self.files.values():
            is_visible = not file.broken and not file.draft
            is_due = file.date < end and (file.is_late or file.date >= began)
            if is_visible and is_due:
                assert self.sent[file.number] or file.path in named, f"post {file.number} is lost"


settings.register_profile("histories", max_examples=10_000, phases=[Phase.generate], derandomize=False)
TestHistories = Histories.TestCase
_IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "histories"
TestHistories.settings = settings(
    max_examples=10_000 if _IS_LONG else 200,
    stateful_step_count=40,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
    derandomize=not _IS_LONG,
)
