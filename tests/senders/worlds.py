"""A world in which hand-overs go wrong: services of several manners, a network, a disk, a clock, and an owner.

Everything follows from one seed. A step may be killed before or after its effect; a request is lost, delayed or
doubled, its answer lost; a line of the ledger is torn or does not fit on the disk; the clock turns.
"""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from msgspec import Struct
from msgspec.structs import replace

from digest.archive import Manifest
from digest.editions import Sent, StepEvent
from digest.editions.delivery import deliveries
from digest.problems import DigestError, WriteError
from digest.senders import (
    Ability,
    DoubtError,
    Handover,
    Order,
    Ref,
    SendError,
    Standing,
    State,
    Task,
    TryAgainError,
    UnansweredError,
    cancel,
    hand_over,
    read_back,
)

START = datetime(2026, 11, 30, 9, tzinfo=UTC)
KEY = "weekly/2026-W48"


class Killed(BaseException):
    """The process ends here."""


class Manner(Struct, frozen=True, kw_only=True):
    """How a service behaves. `lag` is for how many calls its search does not know a new draft.

    It `keeps` as a draft what was scheduled and is taken back, and `forgets` what it has sent.
    """

    name: str
    can: frozenset[Ability]
    lag: int = 0
    keeps: bool = True
    forgets: bool = False
    slow: float = 0.0  # share of requests that arrive long after the program stopped to wait
    refusing: float = 0.0  # share of changes that it refuses


DRAFTS: frozenset[Ability] = frozenset({"find", "draft", "state", "cancel", "schedule", "text"})
MANNERS = (
    Manner(name="prompt", can=DRAFTS),
    Manner(name="lagging", can=DRAFTS, lag=40, keeps=False),
    Manner(name="no search", can=DRAFTS - {"find"}),
    Manner(name="slow", can=DRAFTS, slow=0.3, keeps=False),
    Manner(name="refusing", can=DRAFTS, refusing=0.3),
    Manner(name="holding", can=frozenset({"find", "draft", "hold", "state", "text"}), lag=3, forgets=True),
    Manner(name="no drafts", can=frozenset({"text"})),
    Manner(name="keyed", can=frozenset({"key", "text"})),
)


class Item:
    """What a service keeps of an edition."""

    def __init__(self, name: str, content: str, born: int) -> None:
        self.name = name
        self.content = content
        self.born = born
        self.status = "draft"
        self.due: datetime | None = None


class Service:
    """A service. `inbox` has the content of each letter that readers got."""

    def __init__(self, manner: Manner) -> None:
        self.manner = manner
        self.items: dict[str, Item] = {}
        self.inbox: list[str] = []
        self.keys: set[str] = set()
        self.calls = 0
        self.made = 0

    def find(self, name: str) -> str | None:
        order = ("draft", "failed", "scheduled", "sent")
        known = [
            (order.index(item.status), int(ref) if self.manner.forgets else -int(ref))
            for ref, item in self.items.items()
            if item.name == name and self.calls - item.born >= self.manner.lag
        ]
        return str(abs(max(known)[1])) if known else None

    def create(self, name: str, content: str, ref: str | None) -> str:
        if ref is None:
            self.made += 1
            ref = str(self.made)
            self.items[ref] = Item(name, content, self.calls)
            return ref
        item = self.items.get(ref)
        if item is None or item.status != "draft":
            raise SendError("it is no draft")
        item.content = content
        return ref

    def release(self, ref: str, content: str, key: str, due: datetime | None) -> None:
        if "draft" not in self.manner.can:
            if "key" not in self.manner.can or key not in self.keys:
                self.inbox.append(content)
            self.keys.add(key)
            return
        item = self.items.get(ref)
        if item is None or item.status != "draft":
            raise SendError("it is no draft")
        item.status, item.due = ("scheduled", due) if due else ("sent", None)
        if not due:
            self.inbox.append(item.content)
        if self.manner.forgets:
            del self.items[ref]

    def cancel(self, ref: str) -> None:
        item = self.items.get(ref)
        if item is not None and item.status == "scheduled" and self.manner.keeps:
            item.status = "draft"
        elif item is not None and item.status in {"draft", "scheduled"}:
            del self.items[ref]

    def state(self, ref: str) -> State:
        item = self.items.get(ref)
        if item is None:
            return State("gone")
        return State("sent" if item.status == "sent" else "scheduled" if item.status == "scheduled" else "draft")

    def send_due(self, now: datetime) -> None:
        """Send what was scheduled until `now`."""
        for item in self.items.values():
            if item.status == "scheduled" and item.due is not None and item.due <= now:
                item.status = "sent"
                self.inbox.append(item.content)


class Faults:
    """The dice. `budget` is how many things go wrong at most; in quiet times nothing does."""

    def __init__(self, dice: random.Random, budget: int) -> None:
        self.dice = dice
        self.budget = budget

    def strike(self, share: float) -> bool:
        """Whether something goes wrong now."""
        if self.budget <= 0 or self.dice.random() >= share:
            return False
        self.budget -= 1
        return True


class Disk:
    """The ledger's lines; a write may fail whole, be torn, or be the last thing that the process does."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.lines: list[StepEvent | Sent] = []
        self.contents: set[str] = set()  # what was released

    def read(self) -> Standing:
        sent = [line for line in self.lines if isinstance(line, Sent)]
        return Standing(sent[0] if sent else None, deliveries(self.lines).get(KEY, {}))

    def write(self, event: StepEvent | Sent) -> None:
        if self.faults.strike(0.05):
            raise WriteError("the disk is full")  # the next append overwrites what was torn
        if self.faults.strike(0.05):
            raise Killed
        self.lines.append(event)
        if self.faults.strike(0.05):
            raise Killed


class Net:
    """A sender over a network: each request may be lost, delayed or doubled, each answer lost."""

    def __init__(self, service: Service, faults: Faults) -> None:
        self.provider = "plain"
        self.service = service
        self.can = service.manner.can
        self.faults = faults
        self.late: list[Callable[[], Any]] = []
        self.meanwhile: Callable[[], None] | None = None  # what happens elsewhere during a call

    def check(self, _handover: Handover, _due: datetime | None) -> Sequence[str]:
        return ()

    def rehearse(self, _handover: Handover, _due: datetime | None, *, draft_only: bool) -> Sequence[str]:
        raise NotImplementedError

    def test(self, _handover: Handover, _to: Sequence[str]) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def find(self, handover: Handover) -> Ref | None:
        found = self._call(lambda: self.service.find(handover.name), changes=False)
        return Ref(found) if found else None

    def create(self, handover: Handover, ref: Ref | None) -> Ref:
        if "draft" not in self.can:
            return Ref("")
        old = ref.id if ref else None
        if self.meanwhile and not self.late and self.faults.strike(0.2):
            self.meanwhile()
        return Ref(self._call(lambda: self.service.create(handover.name, handover.content, old)))

    def release(self, ref: Ref, handover: Handover, due: datetime | None) -> None:
        key = handover.idempotency_key
        self._call(lambda: self.service.release(ref.id, handover.content, key, due), once="draft" not in self.can)

    def state(self, ref: Ref) -> State:
        answer: State = self._call(lambda: self.service.state(ref.id), changes=False)
        return answer

    def cancel(self, ref: Ref) -> None:
        self._call(lambda: self.service.cancel(ref.id))

    def arrive(self) -> None:
        """Carry out what was delayed."""
        late, self.late = self.late, []
        for request in late:
            self._carry_out(request)

    def _carry_out(self, request: Callable[[], Any]) -> None:
        try:
            request()
        except DigestError:
            return

    def _call(self, request: Callable[[], Any], *, changes: bool = True, once: bool = False) -> Any:
        """Make a call. `once`: no proxy repeats it, as with mail."""
        self.service.calls += 1
        if self.late and self.faults.dice.random() < 0.2:
            self.arrive()
        self._before(request, changes=changes)
        if changes and not once and self.faults.strike(0.05):
            self._carry_out(request)  # and then once more
        answer = request()
        if changes and not once and self.faults.strike(0.03):
            self.late.append(request)
        if self.faults.strike(0.06):
            raise Killed
        if self.faults.strike(0.06):
            self._lose()
        return answer

    def _before(self, request: Callable[[], Any], *, changes: bool) -> None:
        manner = self.service.manner
        if self.faults.strike(0.05):
            raise Killed
        if self.faults.strike(0.05):
            self._lose()
        if changes and self.faults.strike(0.03 + manner.slow):
            self.late.append(request)
            self._lose()
        if changes and self.faults.strike(0.02 + manner.refusing):
            raise self.faults.dice.choice([SendError, TryAgainError])("no")

    def _lose(self) -> NoReturn:
        raise UnansweredError("no answer")


class History(Struct, frozen=True):
    """How a history ended."""

    inbox: tuple[str, ...]
    released: frozenset[str]  # the contents that were ever to be sent
    asked: int
    needless: int  # of these, times when the service could have told
    is_sent: bool
    lines: int


class World:
    """One edition, its service, and all that happens until it is sent."""

    def __init__(self, manner: Manner, seed: int, edition: Handover) -> None:
        self.dice = random.Random(seed)
        self.faults = Faults(self.dice, self.dice.randint(0, 8))
        self.service = Service(manner)
        self.net = Net(self.service, self.faults)
        self.disk = Disk(self.faults)
        self.edition = edition
        self.elsewhere: list[StepEvent | Sent] = []  # lines of another machine that git has not joined yet
        if manner.name == "prompt":
            self.net.meanwhile = self._run_meanwhile
        self.time = START  # of the service
        self.skew = timedelta()  # of the program's clock
        self.asked = 0
        self.needless = 0
        self.released: set[str] = set()

    @property
    def now(self) -> datetime:
        """What the program's clock says."""
        return self.time + self.skew

    def live(self) -> History:
        """Run until the edition is sent and nothing is on its way any more."""
        for _ in range(200):
            if self.disk.read().sent is not None and not self.net.late:
                break
            self._something_happens()
        return History(
            inbox=tuple(self.service.inbox),
            released=frozenset(self.released),
            asked=self.asked,
            needless=self.needless,
            is_sent=self.disk.read().sent is not None,
            lines=len(self.disk.lines),
        )

    def _something_happens(self) -> None:
        self.time += timedelta(minutes=self.dice.randint(1, 300))
        if self.faults.strike(0.05):
            self.skew = timedelta(days=self.dice.randint(-30, 30))
        elif self.faults.budget <= 0:
            self.skew = timedelta()
        self.service.send_due(self.time)
        self.disk.lines += [line for line in self.elsewhere if line not in self.disk.lines]
        self.elsewhere.clear()
        if self.dice.random() < 0.1:
            self._build_again()
        if self.dice.random() < 0.2:
            self.net.arrive()
        if self.service.manner.name == "prompt" and not self.net.late and self.faults.strike(0.1):
            self._run_elsewhere()
        else:
            self._run(self._order())

    def _run_meanwhile(self) -> None:
        """Run on another machine while a run here is at a call: it has the lines so far, and a draft of its own."""
        calm = Faults(self.dice, 0)
        disk, net = Disk(calm), Net(self.service, calm)
        disk.lines = list(self.disk.lines)
        task = Task(
            via="news",
            sender=net,
            handover=self.edition,
            journal=disk,
            clock=lambda: self.now,
            order=Order(draft_only=self.dice.random() < 0.3),
        )
        hand_over(task)
        self.elsewhere += [line for line in disk.lines if line not in self.disk.lines]

    def _run_elsewhere(self) -> None:
        """Run on another machine, whose ledger lacks the last lines; git then joins the lines of both."""
        lines = self.disk.lines
        self.disk.lines = lines[: self.dice.randint(0, len(lines))]
        self._run(self._order())
        if self.dice.random() < 0.5:
            here, self.disk.lines = self.disk.lines, lines
            self._run(self._order())
            self.disk.lines = [*here, *(line for line in self.disk.lines if line not in here)]
        else:
            self.disk.lines = [*lines, *(line for line in self.disk.lines if line not in lines)]

    def _build_again(self) -> None:
        """Change the content, as a build does while the edition is not shut."""
        states = {delivery.state for delivery in self.disk.read().deliveries.values()}
        if states.isdisjoint({"releasing", "scheduled"}):
            content = f"content {self.dice.randint(1, 9)}"
            self.edition = replace(self.edition, manifest=replace(self.edition.manifest, content_hash=content))

    def _order(self) -> Order:
        is_calm = self.faults.budget <= 0
        due = None
        if "schedule" in self.net.can and self.dice.random() < 0.2:
            due = self.now + timedelta(hours=self.dice.randint(1, 10))
        return Order(due=due, draft_only=not is_calm and self.dice.random() < 0.2, urgent=self.dice.random() < 0.2)

    def _run(self, order: Order) -> None:
        task = Task(
            via="news",
            sender=self.net,
            handover=self.edition,
            journal=self.disk,
            clock=lambda: self.now,
            order=order,
        )
        try:
            if self.dice.random() < 0.05:
                self._take_back(task)
            elif self.dice.random() < 0.1:
                read_back(task)
            else:
                self.released.add(self.edition.content)
                hand_over(task)
        except Killed:
            return
        except DoubtError:
            self._owner_looks(task)
        except DigestError:
            return

    def _take_back(self, task: Task) -> None:
        """Cancel; where it is not known whether the edition was sent, that is left as it is."""
        try:
            cancel(task)
        except DoubtError:
            return

    def _owner_looks(self, task: Task) -> None:
        """Wait until nothing is on its way, look at the inbox, and say what is there."""
        self.asked += 1
        delivery = self.disk.read().deliveries["news"]
        self.needless += "key" in self.net.can or delivery.ref in self.service.items
        self.net.arrive()
        self.service.send_due(self.time)
        calm = Faults(self.dice, 0)
        self.disk.faults, busy = calm, self.disk.faults
        try:
            if self.service.inbox:
                self.disk.write(Sent(KEY, self.now, "looked"))
                return
        finally:
            self.disk.faults = busy
        try:
            hand_over(replace(task, order=replace(task.order, on_doubt="repeat")))
        except (Killed, DigestError):
            return


def edition_of(manifest: Manifest, folder: Path) -> Handover:
    """Return an edition as it is handed over, for a world."""
    return Handover(
        manifest=manifest,
        folder=folder,
        name=f"{manifest.key} {manifest.idempotency_key}",
        subject=manifest.subject,
        html="<p>Hello</p>",
        text="Hello",
        message=b"Subject: Hello\r\n\r\nHello\r\n",
    )
