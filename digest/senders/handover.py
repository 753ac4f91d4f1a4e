"""The hand-over: from an edition to one that is sent, whatever fails between, and never twice.

Every call is written down before it is made, and its answer after it. A run that finds a call without an answer asks
the service what became of it; nothing is inferred from a time-out, nor from a refusal where the service can be asked.
From the first release on, an edition is shut: it is sent with the content it had then, or not at all.

| the ledger says | what the next run does |
| --- | --- |
| nothing | find an earlier draft or send, else make a draft |
| handing | the same; a draft that is found gets the present content |
| drafted | ask for the state: release a draft, take anything else as it is |
| releasing | the same; where the service cannot be asked, repeat under the same key, else go by `on_doubt` |
| scheduled | ask for the state, record it |
| failed, cancelled | with a draft as `drafted`, without one from the beginning |
| sent | nothing |
"""

from digest.editions import OPEN, Delivery, Drafted, Handing, Releasing, Sent
from digest.problems import ConfigError
from digest.senders.protocol import Ref, SendError, State, TryAgainError
from digest.senders.steps import Result, Standing, Task, as_delivery, ask, cancelled, failed, record, result, with_ref

NOTHING_DONE = (SendError, TryAgainError, ConfigError)  # errors after which it is certain that nothing was changed


def hand_over(task: Task) -> Result:
    """Bring an edition as far as is wanted: to a draft, a schedule, or to be sent; return how far it is.

    Raises `DoubtError` when only people can know whether it was sent, `SendError` when the service refuses it, and
    `TryAgainError` or `UnansweredError` when the next run may bring it further.
    """
    standing = task.journal.read()
    if standing.sent is not None:
        return result(task, "sent", Ref(standing.sent.ref), new=False)
    _refuse_second_sender(task, standing)
    delivery = standing.deliveries.get(task.via)
    if delivery is None or (delivery.state == "cancelled" and not task.can("state")):
        return _begin(task, delivery)
    if delivery.state == "scheduled":
        return _read_schedule(task, delivery)
    if delivery.state in {"handing", "failed", "cancelled"} and not delivery.ref:
        return _begin(task, delivery)
    return _go_on(task, delivery)


def _refuse_second_sender(task: Task, standing: Standing) -> None:
    for via, delivery in standing.deliveries.items():
        if via != task.via and delivery.state in OPEN:
            stop = f"`digest send --cancel {task.handover.key} --via {via}` takes it back"
            raise SendError(f"{task.handover.key} is {delivery.state} via {via}; {stop}")


def _begin(task: Task, delivery: Delivery | None) -> Result:
    """Find an earlier draft or send of the edition, else make a draft; then go on with it."""
    if not task.can("draft"):
        return _begin_without_draft(task, delivery)
    handing = _handing(task, delivery)
    begun = as_delivery(handing, Ref(""))
    try:
        found, state = _find(task)
        if found is not None and state.status not in {"draft", "gone"}:
            return record(task, with_ref(begun, found), state)
        draft = found if state.status == "draft" else None
        ref = task.sender.create(task.handover, draft)
    except NOTHING_DONE as error:
        task.journal.write(failed(task, begun, str(error)))
        raise
    return _drafted(task, handing, ref, is_new=draft is None)


def _find(task: Task) -> tuple[Ref | None, State]:
    """Return an earlier draft or send of the edition, and its state. Raises `TryAgainError` when that is not known."""
    found = task.sender.find(task.handover) if task.can("find", "state") else None
    if found is None:
        return None, State("gone")
    state = task.sender.state(found)
    if state.status == "unknown":
        raise TryAgainError(f"{task.via} does not say what became of {found.id}: {state.detail}")
    return found, state


def _begin_without_draft(task: Task, delivery: Delivery | None) -> Result:
    """Send an edition by a sender that holds no drafts, unless it knows that it was sent."""
    last = delivery.last if delivery else 0
    begun = Delivery(via=task.via, state="handing", number=last, last=last, content=task.handover.content)
    found, state = _find(task)
    if found is not None and state.status not in {"draft", "gone"}:
        return record(task, with_ref(begun, found), state)
    if task.order.draft_only:
        raise SendError(f"{task.via} holds no drafts; look at the edition with `--test`, then send it")
    return _release(task, begun, task.sender.create(task.handover, None))


def _handing(task: Task, delivery: Delivery | None, ref: str = "") -> Handing:
    """Write the intent to make a draft, or to change the draft `ref`; an open one for this content stands already."""
    key, content = task.handover.key, task.handover.content
    if delivery and delivery.state == "handing" and delivery.begun and not (delivery.ref or ref):
        return Handing(key=key, via=task.via, number=delivery.number, at=delivery.begun, content=content)
    handing = Handing(
        key=key,
        via=task.via,
        number=(delivery.last if delivery else 0) + 1,
        at=task.clock(),
        ref=ref,
        content=content,
    )
    task.journal.write(handing)
    return handing


def _drafted(task: Task, handing: Handing, ref: Ref, *, is_new: bool = False) -> Result:
    drafted = Drafted(
        key=handing.key,
        via=handing.via,
        number=handing.number,
        at=task.clock(),
        ref=ref.id,
        begun=handing.at,
        content=handing.content,
        held=task.order.draft_only,
    )
    task.journal.write(drafted)
    if task.order.draft_only:
        return result(task, "drafted", ref, new=True)
    delivery = with_ref(as_delivery(handing, ref), ref)
    if is_new:
        return _with_twin(task, delivery) or _release(task, delivery, ref)
    return _release(task, delivery, ref)


def _with_twin(task: Task, delivery: Delivery) -> Result | None:
    """Go on with another draft of the edition, if `find` prefers one to ours, which is new and was never released.

    A run elsewhere made it at the same time. It comes to the same draft, and a service releases one but once.
    """
    found, state = _find(task)
    if found is None or found.id == delivery.ref or state.status == "gone":
        return None
    if state.status == "draft":
        return _update(task, delivery, found)
    return record(task, with_ref(delivery, found), state)


def _go_on(task: Task, delivery: Delivery) -> Result:
    """Go on with a draft, or with a release that was not answered, by what the service says of it."""
    ref = Ref(delivery.ref)
    if not task.can("state"):
        if delivery.state == "releasing":
            return _repeat_or_ask(task, delivery, f"{task.via} cannot tell")
        return _release_draft(task, delivery, ref)
    state = _state_of(task, delivery)
    if state.status == "draft":
        return _record_other(task, delivery) or _release_draft(task, delivery, ref)
    if state.status in {"gone", "unknown"}:
        return _go_on_without_draft(task, delivery, state)
    return record(task, delivery, state)


def _state_of(task: Task, delivery: Delivery) -> State:
    state = task.sender.state(Ref(delivery.ref))
    if state.status == "gone" and task.can("hold"):
        return State("sent", f"{task.via} no longer holds it")
    return state


def _go_on_without_draft(task: Task, delivery: Delivery, state: State) -> Result:
    """Go on where the service has no draft any more, or does not say what became of it."""
    said = f"{task.via} says: {state.detail or state.status}"
    if delivery.state == "releasing":
        return _repeat_or_ask(task, delivery, said)
    if state.status == "gone":
        return _begin(task, delivery)
    raise TryAgainError(f"what became of the draft of {task.handover.key} is not known; {said}")


def _record_other(task: Task, delivery: Delivery) -> Result | None:
    """Record that another draft of the edition was released, as a run elsewhere does with a ledger of its own."""
    found, state = _find(task)
    if found is None or found.id == delivery.ref or state.status not in {"scheduled", "sending", "sent"}:
        return None
    return record(task, with_ref(delivery, found), state)


def _release_draft(task: Task, delivery: Delivery, ref: Ref) -> Result:
    """Release a draft, unless only a draft is wanted; give it the present content first."""
    is_current = delivery.content == task.handover.content
    if task.can("draft") and not is_current:
        return _update(task, delivery, ref)
    if task.order.draft_only:
        return _hold(task, delivery, ref)
    return _release(task, delivery, ref)


def _hold(task: Task, delivery: Delivery, ref: Ref) -> Result:
    """Leave a draft as it is, and write down that it waits until somebody asks for its release."""
    if delivery.state == "drafted" and not delivery.held and delivery.begun:
        held = Drafted(
            key=task.handover.key,
            via=task.via,
            number=delivery.number,
            at=task.clock(),
            ref=ref.id,
            begun=delivery.begun,
            content=delivery.content,
            held=True,
        )
        task.journal.write(held)
    return result(task, "drafted", ref, new=False)


def _update(task: Task, delivery: Delivery, ref: Ref) -> Result:
    """Give a draft the present content. A release that was not answered did not happen: the service has a draft."""
    if delivery.state == "releasing":
        task.journal.write(failed(task, delivery, "it is still a draft"))
    handing = _handing(task, delivery, ref.id)
    try:
        updated = task.sender.create(task.handover, ref)
    except NOTHING_DONE as error:
        task.journal.write(failed(task, as_delivery(handing, ref), str(error)))
        raise
    return _drafted(task, handing, updated)


def _release(task: Task, delivery: Delivery, ref: Ref) -> Result:
    """Release a draft; write the intent before, and what the service said after."""
    due = task.order.due
    releasing = Releasing(
        key=task.handover.key,
        via=task.via,
        number=delivery.last + 1,
        at=task.clock(),
        ref=ref.id,
        content=task.handover.content,
        due=due,
    )
    if delivery.state == "releasing":  # it did not happen, or people say so
        task.journal.write(failed(task, delivery, "it is released again"))
    task.journal.write(releasing)
    begun = Delivery(
        via=task.via,
        state="releasing",
        number=releasing.number,
        last=releasing.number,
        begun=releasing.at,
        ref=ref.id,
        content=releasing.content,
        due=due,
    )
    return _call_release(task, begun, ref)


def _call_release(task: Task, begun: Delivery, ref: Ref) -> Result:
    try:
        task.sender.release(ref, task.handover, begun.due)
    except NOTHING_DONE as error:
        task.journal.write(failed(task, begun, str(error)))
        raise
    return record(task, begun, State("scheduled" if begun.due else "sent", due=begun.due))


def _repeat_or_ask(task: Task, delivery: Delivery, said: str) -> Result:
    """Deal with a release of which nobody but people can know whether it happened."""
    ref = Ref(delivery.ref)
    if task.can("key") and delivery.content == task.handover.content:
        return _call_release(task, delivery, ref)
    if task.order.on_doubt == "repeat":
        return _release(task, delivery, ref)
    if task.order.on_doubt == "skip":
        key = task.handover.key
        task.journal.write(Sent(key, task.clock(), delivery.ref, task.via, doubtful=True))
        return result(task, "sent", ref, new=True, detail="nobody knows whether it was; it is not sent again")
    return ask(task, said)


def _read_schedule(task: Task, delivery: Delivery) -> Result:
    """Return how far a scheduled edition is; send it now, or at another time, when that is wanted."""
    ref = Ref(delivery.ref)
    is_changed = task.order.urgent or (task.order.due is not None and task.order.due != delivery.due)
    if not task.can("state"):
        if is_changed:
            raise SendError(f"{task.via} cannot change a schedule; do it there")
        return result(task, "scheduled", ref, new=False, due=delivery.due)
    state = task.sender.state(ref)
    if state.status == "scheduled" and is_changed:
        task.sender.cancel(ref)
        state = task.sender.state(ref)
        if state.status in {"draft", "gone"}:
            task.journal.write(cancelled(task, delivery))
            return _release(task, delivery, ref) if state.status == "draft" else _begin(task, delivery)
    return record(task, delivery, state)
