"""What can be done with an edition that was handed over: ask how far it is, and take it back."""

from digest.editions import OPEN, Delivery
from digest.senders.protocol import Ref, SendError, State
from digest.senders.steps import Result, Task, ask, cancelled, record, result


def read_back(task: Task) -> Result:
    """Return how far an edition is by what the service says; write down what is new, and release nothing."""
    standing = task.journal.read()
    delivery = standing.deliveries.get(task.via)
    if standing.sent is not None:
        return result(task, "sent", Ref(standing.sent.ref), new=False)
    if delivery is None:
        return result(task, "built", Ref(""), new=False)
    ref = Ref(delivery.ref)
    if not task.can("state") or delivery.state not in {"drafted", "releasing", "scheduled"}:
        return result(task, delivery.state, ref, new=False, due=delivery.due, detail=delivery.reason)
    state = task.sender.state(ref)
    is_known = state.status in {"scheduled", "sending", "sent", "failed"}
    if is_known or delivery.state == "scheduled":
        return record(task, delivery, state)
    return result(task, delivery.state, ref, new=False, detail=state.detail or state.status)


def cancel(task: Task) -> Result:
    """Take a draft or a scheduled edition back. Raises `SendError` when it is too late, `DoubtError` when unknown."""
    standing = task.journal.read()
    key = task.handover.key
    if standing.sent is not None:
        raise SendError(f"{key} was sent; it cannot be taken back")
    delivery = standing.deliveries.get(task.via)
    if delivery is None or delivery.state not in OPEN:
        return result(task, "built", Ref(""), new=False, detail=f"{task.via} has nothing of it")
    state = _state_for_cancelling(task, delivery)
    if state.status in {"draft", "scheduled"}:
        _call_cancel(task, delivery)
    elif state.status != "gone":
        record(task, delivery, state)
        raise SendError(f"{key} is {state.status} at {task.via}; it cannot be taken back")
    task.journal.write(cancelled(task, delivery))
    return result(task, "cancelled", Ref(delivery.ref), new=True)


def _state_for_cancelling(task: Task, delivery: Delivery) -> State:
    ref = Ref(delivery.ref)
    if delivery.state == "handing":
        found = task.sender.find(task.handover) if task.can("find") else None
        return task.sender.state(found) if found else State("gone")
    if task.can("state"):
        state = task.sender.state(ref)
    else:
        state = State("draft" if delivery.state == "drafted" else "unknown")
    if state.status == "unknown" or (state.status == "gone" and delivery.state == "releasing"):
        ask(task, f"{task.via} says: {state.detail or state.status}")
    return state


def _call_cancel(task: Task, delivery: Delivery) -> None:
    if not task.can("cancel"):
        raise SendError(f"{task.via} cannot take it back; delete it there, then run the same command again")
    ref = Ref(delivery.ref) if delivery.ref else task.sender.find(task.handover)
    if ref is None:
        return
    task.sender.cancel(ref)
    after = task.sender.state(ref) if task.can("state") else State("gone")
    if after.status not in {"draft", "gone"}:
        record(task, delivery, after)
        raise SendError(f"{task.handover.key} is {after.status} at {task.via}; it could not be taken back")
