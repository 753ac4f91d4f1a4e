"""Weeks of a newsletter, through the real commands: every post reaches every reader who wanted its tag, exactly once.

`DIGEST_WEEKS=104 DIGEST_READERS=1000 pytest tests/readers/test_two_years.py` makes it two years with so many readers.
Readers join, change their tags and how often they get letters, leave and are forgotten; runs are missed and repeated,
posts appear late, and there are two digests.
"""

import json
import os
import random
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import Struct

from tests.commands import Command
from tests.mail_server import Inbox
from tests.readers.conftest import MakeHarbour, post

WEEKS = int(os.environ.get("DIGEST_WEEKS", "7"))
READERS = int(os.environ.get("DIGEST_READERS", "20"))
BEGIN = datetime(2026, 11, 30, 9, tzinfo=UTC)
TAGS = ("news", "sport", "food", "arts")
SETTINGS = 'max_age = 36_000\napprove = "never"\n'
MONTHLY = '[digests.monthly]\nevery = "month"\nsender = "Harbour <news@harbour.example>"\nsend_via = "mail"\n'
QUIET = 9  # weeks at the end in which nobody changes anything, so that nobody waits any more
_POST = re.compile(r"The words of (post-\d+)\.")


class Member(Struct):
    """A reader as the test knows her."""

    address: str
    tag: str
    every: str
    since: datetime
    changed: list[tuple[datetime, str]]  # when she chose which tag
    ended: datetime | None = None

    def tag_at(self, moment: datetime) -> str:
        return next(tag for when, tag in reversed(self.changed) if when <= moment)


class Newsletter:
    """A site, its members and its clock."""

    def __init__(self, folder: Path, digest: Command, server: Inbox) -> None:
        self.folder, self.digest, self.server = folder, digest, server
        self.dice = random.Random(11)
        self.now = BEGIN
        self.members: list[Member] = []
        self.posts: dict[str, tuple[datetime, str, datetime]] = {}  # date, tag, and when it was there
        self.due: set[str] = set()

    def command(self, *arguments: str) -> str:
        ended = self.digest(self.folder, *arguments)
        assert ended.code == 0, f"{arguments}: {ended.err}"
        return ended.out

    def write(self, number: int) -> None:
        for _ in range(number):
            name, tag = f"post-{len(self.posts)}", self.dice.choice(TAGS)
            is_late = self.dice.random() < 0.1
            date = self.now - timedelta(
                days=self.dice.randint(8, 20) if is_late else 0, hours=self.dice.randint(1, 100)
            )
            self.posts[name] = (date, tag, self.now)
            (self.folder / f"content/{name}.md").write_text(post(name, f"{date:%Y-%m-%d %H:%M}", tag))

    def join(self, number: int) -> None:
        for _ in range(number):
            tag = self.dice.choice(("", *TAGS))
            since = self.now - timedelta(minutes=self.dice.randint(1, 3000))
            address = f"m{len(self.members)}@example.org"
            member = Member(address, tag, self.dice.choice(("", "", "week", "month")), since, [(since, tag)])
            self.members.append(member)

    def change(self, member: Member) -> None:
        member.tag = self.dice.choice(("", *TAGS))
        member.every = self.dice.choice(("", "", "week", "month"))
        member.changed.append((self.now, member.tag))

    def import_members(self) -> None:
        rows = [
            f"{each.address},{each.tag},{each.every},active,{each.since.isoformat()}"
            for each in self.members
            if each.ended is None
        ]
        (self.folder / "members.csv").write_text("\n".join(("address,tags,every,state,since", *rows, "")))
        self.command("readers", "import", "members.csv")

    def end(self, member: Member) -> None:
        member.ended = self.now
        self.command("readers", "forget", member.address)

    def run(self) -> None:
        moment = self.now.isoformat()
        self.command("build", "--now", moment)
        status = json.loads(self.command("status", "--now", moment, "--json"))
        self.due.update(key for each in status for key in each["unsent"])
        for _ in range(self.dice.choice((1, 1, 2))):  # a run may be repeated
            self.command("send", "--readers", "--as-of", moment)

    def got(self) -> Counter[tuple[str, str]]:
        """How often each member got each post, by address and post."""
        found: Counter[tuple[str, str]] = Counter()
        for to, letter in self.server.parsed():
            found.update((to, name) for name in set(_POST.findall(letter)))
        return found


def test_every_post_reaches_every_reader_who_wanted_it_once(
    make_harbour: MakeHarbour, digest: Command, inbox: tuple[Inbox, int]
) -> None:
    server, port = inbox
    folder = make_harbour("address\nnobody@example.org\n", port, SETTINGS + MONTHLY + SETTINGS)
    digest(folder, "readers", "forget", "nobody@example.org")
    letters = Newsletter(folder, digest, server)
    letters.join(READERS)
    letters.import_members()
    for week in range(WEEKS + QUIET):
        letters.now = BEGIN + timedelta(weeks=week)
        is_quiet = week >= WEEKS
        letters.write(8 if is_quiet else letters.dice.randint(0, 6))
        active = [member for member in letters.members if member.ended is None]
        if not is_quiet:
            letters.join(letters.dice.randint(0, max(1, READERS // 50)))
            for member in letters.dice.sample(active, max(1, len(active) // 30)):
                letters.change(member)
            letters.import_members()
            if letters.dice.random() < 0.5:
                letters.end(letters.dice.choice(active))
        if is_quiet or letters.dice.random() < 0.9:
            letters.run()
    check(letters)


def check(letters: Newsletter) -> None:
    """Nobody got a post twice, or one that was not hers; nobody missed one."""
    got = letters.got()
    assert [key for key, number in got.items() if number > 1] == []
    last = BEGIN + timedelta(weeks=WEEKS)
    missed, strange = [], []
    for member in letters.members:
        for name, (date, tag, there) in letters.posts.items():
            had = (member.address, name) in got
            tags = {chosen for when, chosen in member.changed if when <= there + timedelta(weeks=QUIET)}
            if had and (date < member.since or not tags & {"", tag}):
                strange.append((member.address, name))
            always = all(chosen in ("", tag) for chosen in tags) and member.since <= date
            if member.ended is None and always and there < last and not had:
                missed.append((member.address, name))
    assert (missed, strange) == ([], [])
    assert got
    editions = letters.folder / "public" / "editions"
    built = {path.parent.relative_to(editions).as_posix() for path in editions.glob("*/*/manifest.json")}
    assert letters.due <= built
    status = json.loads(letters.command("status", "--now", letters.now.isoformat(), "--json"))
    assert [each["unsent"] for each in status] == [[], []]
