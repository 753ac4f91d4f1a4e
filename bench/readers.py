"""How many readers one machine serves: planning, composing, making copies and sending them, each beside what is least.

A plan is measured beside a bare SQL scan of the same rows, composing beside inlining each letter as a whole, copies
beside parsing and serialising each, sending beside a bare socket client with the same bytes. Tags are chosen as people
choose them: few by many, many by few (Zipf).

    python bench/readers.py --readers 10000 100000 1000000
"""

import argparse
import email
import email.policy
import json
import os
import random
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import archive
import plot
from premailer import Premailer
from rates import rendered
from report import machine, table

from digest import emails
from digest.collector import read as reading
from digest.collector.post import Post
from digest.config import Config, load_config
from digest.editions import Edition, EditionSection
from digest.readers import open_readers
from digest.readers.database import Database
from digest.readers.deliveries import write_plan
from digest.readers.letters import make_letter, with_readers_links
from digest.readers.plan import Circumstances, Plan, make_plan
from digest.readers.stories import Story
from digest.readers.subscribers import Subscriber

HERE = Path(__file__).parent
TAGS, STORIES, TAGS_OF_A_READER = 5_000, 40, 3
EDITIONS, WHOLE, COPIES, PARSED, MAILS = 1_000, 10, 20_000, 200, 2_000
END = datetime(2026, 11, 23, tzinfo=UTC)
SECRET = "a secret behind the links of letters"
PAGE = """# Benchmarks of readers

How many [readers](readers.md) one machine serves. `make bench` measures it (`python bench/readers.py --help` shows what
can be chosen). {tags:,} tags, of which a reader has {each}, few by many and many by few; {stories} posts a run, which
nobody had before, and half of those that another digest of the site sent. Ratios are of CPU seconds measured one after
the other in one process; sending is measured in wall seconds, beside a client that writes the same bytes to the same
server.

{machine}.

![CPU seconds against readers](benchmarks-readers.svg)

{plans}

{parts}
"""


def stories(run: int, chance: random.Random) -> tuple[Story, ...]:
    """Return the posts of a run."""
    made = []
    for number in range(STORIES):
        url = f"https://bench.example/{run}/{number}/"
        date = END - timedelta(days=7 - 7 * run, hours=number)
        post = Post(path=f"content/{run}-{number}.md", id=url, url=url, date=date, tags=tags(chance), title=url)
        made.append(Story(post, (url,), is_resent=False, appeared=date.timestamp()))
    return tuple(made)


def tags(chance: random.Random) -> tuple[str, ...]:
    """Return some tags as people choose them."""
    weights = [1 / number for number in range(1, TAGS + 1)]
    return tuple(f"tag{number}" for number in chance.choices(range(TAGS), weights, k=TAGS_OF_A_READER))


def circumstances(config: Config, digest: str, found: tuple[Story, ...]) -> Circumstances:
    """Return a run of a digest."""
    return Circumstances(
        config=config,
        digest=digest,
        key=f"{digest}/run",
        start=END - timedelta(days=7),
        end=END,
        stories=found,
        fresh=len(found),
    )


def fill(database: Database, readers: int, chance: random.Random) -> None:
    """Add readers, whose first letters went out."""
    weights = [1 / number for number in range(1, TAGS + 1)]

    def rows() -> Iterator[tuple[str, str, str, str]]:
        for number in range(readers):
            chosen = {f"tag{tag}" for tag in chance.choices(range(TAGS), weights, k=TAGS_OF_A_READER)}
            every = "week" if number % 3 == 0 else ""
            yield f"r{number}@bench.example", f"r{number}@bench.example", "\n".join(chosen), every

    with database.transaction():
        database.run_many(
            "INSERT INTO subscriber (address, name, tags, every, state, since) VALUES (?, ?, ?, ?, 'active', 0)", rows()
        )


def planning(readers: int) -> None:
    """Print, as JSON, what a plan costs beside a scan; in a process of its own, whose memory is measured."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "digest.toml").write_text(
            '[site]\ntitle = "Bench"\n[digests.weekly]\n[digests.daily]\nevery = "day"\n', encoding="utf-8"
        )
        config = load_config(root)
        first, second = stories(0, chance), stories(1, chance)
        with open_readers(config) as database:
            fill(database, readers, chance)
            before = circumstances(config, "weekly", first)
            write_plan(before, make_plan(before, database), database, END)
            database.run("UPDATE delivery SET state = 'sent'")
            database.run("UPDATE run SET finished_at = 1")
            run = circumstances(config, "daily", (*second, *first[: STORIES // 2]))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            scanned = min(cpu(lambda: scan(database)) for _ in range(3))
            made: list[Plan] = []
            planned = min(cpu(lambda: made.append(make_plan(run, database))) for _ in range(3))
            written = cpu(lambda: write_plan(run, made[-1], database, END))
    figures = {
        "readers": readers,
        "letters": len(made[-1].readers),
        "editions": len(made[-1].editions),
        "scan": scanned,
        "plan": planned,
        "write": written,
        "megabytes": max(peak, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024,
    }
    print(json.dumps(figures))


def scan(database: Database) -> int:
    """Read every reader and every letter, and return how many rows there are."""
    count = 0
    for _ in database.scan("SELECT id, tags, language, every, since FROM subscriber WHERE state = 'active'"):
        count += 1
    for _ in database.scan("SELECT subscriber, edition, state FROM delivery"):
        count += 1
    return count


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds of a piece of work."""
    began = time.process_time()
    work()
    return time.process_time() - began


class Desk:
    """A site with the posts of a week, whose letters are made."""

    def __init__(self, folder: Path) -> None:
        archive.make(folder, STORIES)
        settings = (folder / "digest.toml").read_text(encoding="utf-8")
        readers = '\n[readers]\nurl = "https://bench.example/readers/"\n'
        (folder / "digest.toml").write_text(settings + readers, encoding="utf-8")
        self.config = with_readers_links(load_config(folder), "weekly", "")
        paths = [f"content/{archive.path(number)}" for number in range(STORIES)]
        read = [reading.read(path, (folder / path).read_bytes(), self.config)[0] for path in paths]
        self.posts = tuple(post for post in read if post is not None)
        self.bodies = rendered(self.config, self.posts)
        self.chance = random.Random(2)

    def edition(self) -> Edition:
        """Return an edition of some of the posts."""
        chosen = tuple(self.chance.sample(self.posts, self.chance.randint(2, 8)))
        section = EditionSection("", chosen)
        return Edition("weekly", "weekly/2026-W48", END - timedelta(days=7), END, (section,))

    def compose(self) -> emails.Email:
        """Return the e-mail of some of the posts."""
        return emails.compose(self.edition(), self.bodies, self.config, with_page=False)


def composing(desk: Desk) -> dict[str, float]:
    """Return seconds an edition: composed, and with its CSS inlined as a whole."""
    made = desk.compose()  # everything is imported and compiled
    composed = cpu(lambda: [desk.compose() for _ in range(EDITIONS)]) / EDITIONS
    sheet = (HERE.parent / "templates" / "email.css").read_text(encoding="utf-8")
    plain = re.sub(r' style="[^"]*"', "", made.html)
    inliner = {"css_text": sheet, "allow_network": False, "disable_validation": True}
    inlined = cpu(lambda: [Premailer(plain, **inliner).transform() for _ in range(WHOLE)]) / WHOLE
    return {"compose": composed, "inline": inlined}


def copying(desk: Desk) -> tuple[dict[str, float], list[bytes]]:
    """Return seconds a copy, spliced and serialised, and some copies."""
    made = desk.compose()
    letter = make_letter(made, desk.config, "weekly", key="run", now=END, secret=SECRET)
    reader = Subscriber(
        id=7, address="r7@bench.example", language="", every="", tags="", state="active", since=0, epoch=0
    )

    def make() -> None:
        for _ in range(COPIES):
            letter.copy(reader, SECRET)

    copies = [letter.copy(reader, SECRET) for _ in range(MAILS)]
    parsed = cpu(lambda: [serialised(copies[0]) for _ in range(PARSED)]) / PARSED
    return {"splice": cpu(make) / COPIES, "serialise": parsed}, copies


def serialised(message: bytes) -> bytes:
    """Return a message with another reader, parsed and serialised."""
    found = email.message_from_bytes(message, policy=email.policy.SMTP)
    found.replace_header("To", "other@bench.example")
    return found.as_bytes()


def sending(copies: list[bytes]) -> dict[str, float]:
    """Return mails a second: by the sender of this program, and by a bare client."""
    from digest.senders.smtp.settings import ReadersSettings
    from digest.senders.smtp.transport import Smtp

    command = [sys.executable, str(HERE / "sink.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sink:
        assert sink.stdout is not None
        port = int(sink.stdout.readline())
        try:
            bare = max(bare_client(port, copies) for _ in range(3))
            ours = 0.0
            for _ in range(3):
                settings = ReadersSettings(kind="smtp", host="127.0.0.1", port=port, per_connection=len(copies) + 1)
                transport = Smtp(settings, None, HERE, settings.per_connection)  # type: ignore[arg-type]
                began = time.perf_counter()
                for copy in copies:
                    transport.send("news@bench.example", "r@bench.example", copy)
                ours = max(ours, len(copies) / (time.perf_counter() - began))
                transport.close()
        finally:
            sink.terminate()
    return {"ours": ours, "bare": bare}


def bare_client(port: int, copies: list[bytes]) -> float:
    """Return mails a second of a client that writes the commands and waits for each reply."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        replies = connection.makefile("rb")
        replies.readline()

        def say(line: bytes) -> None:
            connection.sendall(line)
            while replies.readline()[3:4] == b"-":
                pass

        say(b"EHLO bench.example\r\n")
        began = time.perf_counter()
        for copy in copies:
            say(b"MAIL FROM:<news@bench.example>\r\n")
            say(b"RCPT TO:<r@bench.example>\r\n")
            say(b"DATA\r\n")
            say(copy.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n")
        return len(copies) / (time.perf_counter() - began)


def plans_of(sizes: list[int]) -> list[dict[str, float]]:
    """Return the figures of a plan for each number of readers."""
    path = os.pathsep.join((str(HERE.parent), os.environ.get("PYTHONPATH", "")))
    found = []
    for readers in sizes:
        command = [sys.executable, __file__, "--plan", str(readers)]
        environment = os.environ | {"PYTHONPATH": path}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        found.append(json.loads(done.stdout))
        print(f"{readers:,} readers: planned", file=sys.stderr, flush=True)
    return found


def page(plans: list[dict[str, float]], parts: dict[str, float]) -> str:
    """Return benchmarks-readers.md."""
    head = [
        "readers",
        "letters",
        "editions",
        "scan",
        "plan",
        "plan ÷ scan (goal 5)",
        "writing it",
        "memory (goal 256 MB)",
    ]
    rows = [
        [
            f"{each['readers']:,}",
            f"{each['letters']:,}",
            f"{each['editions']:,}",
            f"{each['scan']:.2f} s",
            f"{each['plan']:.2f} s",
            f"{each['plan'] / each['scan']:.2g}",
            f"{each['write']:.2f} s",
            f"{each['megabytes']:.0f} MB",
        ]
        for each in plans
    ]
    composed, inlined = parts["compose"], parts["inline"]
    spliced, parsed = parts["splice"], parts["serialise"]
    ours, bare = parts["ours"], parts["bare"]
    compared = [
        [
            "an edition",
            milliseconds(composed),
            f"{milliseconds(inlined)} to inline it",
            f"{inlined / composed:.0f}",
            "50",
        ],
        ["a copy", milliseconds(spliced), f"{milliseconds(parsed)} to serialise it", f"{parsed / spliced:.0f}", "100"],
        ["sending", f"{ours:,.0f} a second", f"{bare:,.0f} by a bare client", f"{ours / bare:.2f}", "0.5"],
    ]
    return PAGE.format(
        tags=TAGS,
        each=TAGS_OF_A_READER,
        stories=STORIES,
        machine=machine(),
        plans=table(head, rows),
        parts=table(["part", "this program", "beside", "ratio", "goal, at least"], compared),
    )


def milliseconds(seconds: float) -> str:
    """Return a short time."""
    return f"{seconds * 1e3:.3g} ms"


def main() -> None:
    """Measure, and write what was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--readers", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--plan", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs", help="for the table and the plot")
    said = parser.parse_args()
    if said.plan:
        planning(said.plan)
        return
    plans = plans_of(said.readers)
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        parts = composing(desk)
        copied, copies = copying(desk)
    parts |= copied | sending(copies)
    said.out.mkdir(parents=True, exist_ok=True)
    (said.out / "benchmarks-readers.md").write_text(page(plans, parts), encoding="utf-8")
    lines = {name: [(int(each["readers"]), each[name]) for each in plans] for name in ("plan", "scan", "write")}
    (said.out / "benchmarks-readers.svg").write_text(plot.svg({"a run": lines}, "readers"), encoding="utf-8")


if __name__ == "__main__":
    main()
