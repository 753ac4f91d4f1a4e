"""What a hand-over works with: its task, the lines it writes, and how it ends."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, NoReturn, Protocol

from msgspec import Struct

from digest.editions import Cancelled, Delivery, Failed, Handing, Scheduled, Sent, StepEvent
from digest.problems import DigestError
from digest.senders.protocol import Handover, Ref, Sender, SendError, State

Choice = Literal["ask", "repeat", "skip"]
ResultStatus = Literal["built", "handing", "drafted", "releasing", "scheduled", "sent", "failed", "cancelled"]


class DoubtError(DigestError):
    """Whether an edition was sent cannot be known by the program (exit code 75, EX_TEMPFAIL)."""

    exit_code = 75


class Standing(Struct, frozen=True):
    """What is known of an edition's way: whether it was sent, and how far it is with each sender by its name."""

    sent: Sent | None = None
    deliveries: dict[str, Delivery] = {}


class Journal(Protocol):
    """Where the steps of one edition are written down, durably, before `write` returns."""

    def read(self) -> Standing:
        """Return what is known now."""
        ...

    def write(self, event: StepEvent | Sent) -> None:
        """Add a line. Raises `DigestError` when it cannot be written, or the edition may no longer be released."""
        ...


class Order(Struct, frozen=True, kw_only=True):
    """What is wanted of a hand-over. `due` is when to send; None is at once. `urgent`: what is scheduled goes now."""

    due: datetime | None = None
    draft_only: bool = False
    urgent: bool = False
    on_doubt: Choice = "ask"


class Task(Struct, frozen=True, kw_only=True):
    """One hand-over: the edition, its sender `via`, where its steps are written, and what is wanted."""

    via: str
    sender: Sender
    handover: Handover
    journal: Journal
    clock: Callable[[], datetime]
    order: Order = Order()

    def can(self, *abilities: str) -> bool:
        """Return whether the sender has each of these abilities."""
        return self.sender.can.issuperset(abilities)


class Result(Struct, frozen=True, kw_only=True):
    """How far an edition is after a run. `new` tells whether this run brought it there."""

    key: str
    via: str
    status: ResultStatus
    ref: str = ""
    url: str = ""
    due: datetime | None = None
    new: bool = False
    detail: str = ""


def ask(task: Task, said: str) -> NoReturn:
    """Raise `DoubtError`, which says how people find out."""
    key = task.handover.key
    raise DoubtError(
        f"whether {key} was sent is not known ({said}); look whether it arrived: if it did, `digest mark-sent {key}`, "
        f"if not, `digest send {key} --resend`; `--give-up` leaves it, and it counts as sent"
    )


def record(task: Task, delivery: Delivery, state: State) -> Result:
    """Write down what a service says of an edition that was released; return how far it is."""
    ref = Ref(delivery.ref)
    if state.status in {"sending", "sent"}:
        task.journal.write(Sent(task.handover.key, task.clock(), delivery.ref, task.via))
        return result(task, "sent", ref, new=True, detail=state.detail)
    if state.status == "scheduled":
        return _record_schedule(task, delivery, state)
    if state.status == "failed":
        if delivery.state != "failed":
            task.journal.write(failed(task, delivery, state.detail))
        key = task.handover.key
        hint = f"release it there, then `digest mark-sent {key}`; or delete it there, and run `digest send {key}` again"
        raise SendError(f"{key} failed at {task.via}: {state.detail or 'no reason given'}; {hint}")
    if state.status == "unknown":
        return result(task, "scheduled", ref, new=False, due=delivery.due, detail=state.detail)
    task.journal.write(cancelled(task, delivery))
    return result(task, "cancelled", ref, new=True, detail=f"{task.via} has it as {state.status}")


def _record_schedule(task: Task, delivery: Delivery, state: State) -> Result:
    due = state.due or delivery.due
    is_new = delivery.state != "scheduled" or due != delivery.due
    if is_new:
        now = task.clock()
        is_answer = delivery.state != "failed" and delivery.begun is not None  # else it is found out, against a refusal
        scheduled = Scheduled(
            key=task.handover.key,
            via=task.via,
            number=delivery.number if is_answer else delivery.last + 1,
            at=now,
            ref=delivery.ref,
            begun=delivery.begun if is_answer and delivery.begun else now,
            content=delivery.content,
            due=due,
        )
        task.journal.write(scheduled)
    return result(task, "scheduled", Ref(delivery.ref), new=is_new, due=due, detail=state.detail)


def failed(task: Task, delivery: Delivery, reason: str) -> Failed:
    """Return the line that the intent of `delivery` did not come to pass."""
    return Failed(
        key=task.handover.key,
        via=task.via,
        number=delivery.number,
        at=task.clock(),
        ref=delivery.ref,
        begun=delivery.begun or task.clock(),
        reason=without_addresses(reason),
    )


def cancelled(task: Task, delivery: Delivery) -> Cancelled:
    """Return the line that what the intent of `delivery` brought about was taken back."""
    return Cancelled(
        key=task.handover.key,
        via=task.via,
        number=delivery.number,
        at=task.clock(),
        ref=delivery.ref,
        begun=delivery.begun or task.clock(),
    )


def as_delivery(handing: Handing, ref: Ref) -> Delivery:
    """Return how far an edition is while a draft is being made."""
    return Delivery(
        via=handing.via,
        state="handing",
        number=handing.number,
        last=handing.number,
        begun=handing.at,
        ref=ref.id,
        content=handing.content,
    )


def with_ref(delivery: Delivery, ref: Ref) -> Delivery:
    """Return how far an edition is once there is a draft."""
    return Delivery(
        via=delivery.via,
        state="drafted",
        number=delivery.number,
        last=delivery.last,
        begun=delivery.begun,
        ref=ref.id,
        content=delivery.content,
    )


def result(
    task: Task,
    status: ResultStatus,
    ref: Ref,
    *,
    new: bool,
    due: datetime | None = None,
    detail: str = "",
) -> Result:
    """Return how a run for a task ends."""
    return Result(
        key=task.handover.key,
        via=task.via,
        status=status,
        ref=ref.id,
        url=ref.url,
        due=due,
        new=new,
        detail=detail,
    )


def without_addresses(text: str) -> str:
    """Return a text whose words with an `@` are left out: no address stands in a ledger."""
    words = (word if "@" not in word else "(address)" for word in text.split())
    return " ".join(words)
