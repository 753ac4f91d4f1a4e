"""The ledger's lines about an edition on its way to a sender, and the state that they add up to.

An intent (`Handing`, `Releasing`) is written before a call, its answer after it; the answer repeats the `number` of the
intent and names its time. A release without an answer may or may not have happened: nothing here guesses, and no later
line of another branch hides it. Order and duplicates of lines do not matter. No line holds an address.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

DeliveryState = Literal["handing", "drafted", "releasing", "scheduled", "failed", "cancelled", "sent"]
OPEN: frozenset[DeliveryState] = frozenset({"handing", "drafted", "releasing", "scheduled"})  # something is under way
SHUT: frozenset[DeliveryState] = frozenset({"releasing", "scheduled", "sent"})  # other content would not be sent


class Step(Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="event"):
    """A line about the edition `key` and the sender `via`. Each intent has the next `number`, its answers the same."""

    state: ClassVar[DeliveryState]
    key: str
    via: str
    number: int
    at: datetime
    ref: str = ""  # the sender's own id of the draft; empty when there is none


class Handing(Step, frozen=True, kw_only=True, tag="handing"):
    """A draft with the content hash `content` is about to be made, or to be given this content."""

    state = "handing"
    content: str


class Releasing(Step, frozen=True, kw_only=True, tag="releasing"):
    """A draft is about to be released: at once, or to be scheduled for `due`."""

    state = "releasing"
    content: str
    due: datetime | None = None


class Answer(Step, frozen=True, kw_only=True):
    """What became of the intent with this `number` that was written at `begun`."""

    begun: datetime


class Drafted(Answer, frozen=True, kw_only=True, tag="drafted"):
    """The sender holds a draft with the content hash `content`; `held` until somebody asks for its release."""

    state = "drafted"
    content: str
    held: bool = False


class Scheduled(Answer, frozen=True, kw_only=True, tag="scheduled"):
    """The sender sends the edition at `due`; None when it did not say when."""

    state = "scheduled"
    content: str = ""
    due: datetime | None = None


class Failed(Answer, frozen=True, kw_only=True, tag="failed"):
    """The sender refused, or failed later; nothing was sent by this intent."""

    state = "failed"
    reason: str = ""


class Cancelled(Answer, frozen=True, kw_only=True, tag="cancelled"):
    """The hand-over was cancelled, by `digest send --cancel` or in the service."""

    state = "cancelled"


class Sent(Struct, frozen=True, omit_defaults=True, tag_field="event", tag="sent"):
    """An edition was sent. `at` is the time given to `mark-sent`, `ref` the sender's own id for it.

    `via` is the sender's name, empty after `mark-sent`. `doubtful`: nobody knows, and it is not to be sent again.
    """

    key: str
    at: datetime
    ref: str = ""
    via: str = ""
    doubtful: bool = False


StepEvent = Handing | Releasing | Drafted | Scheduled | Failed | Cancelled


class Delivery(Struct, frozen=True, kw_only=True):
    """How far an edition is with the sender `via`.

    `content` is the hash of what the draft `ref` holds, empty when there is no draft or that is not known. `number` and
    `begun` are those of the intent that led here, `last` is the highest number; `due` is when it is scheduled for.
    A draft that is `held` waits until somebody asks for its release.
    """

    via: str
    state: DeliveryState
    number: int = 0
    last: int = 0
    at: datetime | None = None
    begun: datetime | None = None
    ref: str = ""
    content: str = ""
    due: datetime | None = None
    reason: str = ""
    held: bool = False


def deliveries(events: Iterable[object]) -> dict[str, dict[str, Delivery]]:
    """Return how far each edition is by the steps among a ledger's events, by its key and the sender's name."""
    grouped: dict[tuple[str, str], list[StepEvent]] = {}
    for event in events:
        if isinstance(event, StepEvent):
            grouped.setdefault((event.key, event.via), []).append(event)
    found: dict[str, dict[str, Delivery]] = {}
    for (key, via), each in sorted(grouped.items()):
        found.setdefault(key, {})[via] = _delivery(each)
    return found


def _delivery(steps: list[StepEvent]) -> Delivery:
    """Return what the lines about one edition and one sender add up to.

    A release without an answer comes first, then one that is scheduled and stands, then the last line.
    """
    ordered = sorted(steps, key=_order)
    last = (_open_releases(ordered) or _standing_schedules(ordered) or ordered)[-1]
    draft = last.ref or next((step.ref for step in reversed(ordered) if step.ref), "")
    return Delivery(
        via=last.via,
        state=last.state,
        number=last.number,
        last=ordered[-1].number,
        at=last.at,
        begun=getattr(last, "begun", last.at),
        ref=draft,
        content=_content_of(ordered, draft),
        due=getattr(last, "due", None),
        reason=getattr(last, "reason", ""),
        held=getattr(last, "held", False),
    )


def _open_releases(steps: list[StepEvent]) -> list[StepEvent]:
    answered = {(step.number, step.begun) for step in steps if isinstance(step, Answer)}
    return [step for step in steps if isinstance(step, Releasing) and (step.number, step.at) not in answered]


def _standing_schedules(steps: list[StepEvent]) -> list[StepEvent]:
    ended = {(step.number, step.begun) for step in steps if isinstance(step, Failed | Cancelled)}
    return [step for step in steps if isinstance(step, Scheduled) and (step.number, step.begun) not in ended]


def _content_of(steps: list[StepEvent], ref: str) -> str:
    """Return the content of the draft `ref`; empty when an update of it was not answered."""
    held = [step for step in steps if step.ref == ref and isinstance(step, Handing | Drafted | Releasing)]
    if not held or isinstance(held[-1], Handing):
        return ""
    return held[-1].content


_RANKS = {"handing": 0, "releasing": 0, "drafted": 1, "scheduled": 2, "failed": 3, "cancelled": 4}


def _order(step: StepEvent) -> tuple[int, int, bool, float, str]:
    is_held = isinstance(step, Drafted) and step.held
    return step.number, _RANKS[step.state], is_held, step.at.timestamp(), step.ref
