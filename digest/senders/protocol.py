"""What a sender is: the four verbs and the state, what they are given, and the errors that they raise."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

import msgspec
from msgspec import Struct

from digest.archive import Manifest
from digest.problems import DigestError, Problem

Ability = Literal["find", "key", "draft", "hold", "state", "cancel", "schedule", "test", "text"]
Status = Literal["draft", "scheduled", "sending", "sent", "failed", "gone", "unknown"]
TEST_MARK = "[test] "  # before the subject, and before the name in the service
Progress = Callable[[str, int, int], None]  # what is done, how many are, of how many


def no_progress(_stage: str, _done: int, _total: int) -> None:
    """Show nothing."""


Warn = Callable[[Problem], None]


def no_warning(_problem: Problem) -> None:
    """Show nothing."""


class Handover(Struct, frozen=True, kw_only=True):
    """An edition as it is handed over: its manifest, and its files, held against the manifest.

    `name` is its name in the service, by which `find` knows it again: it holds the edition's key and the beginning of
    the idempotency key, and never changes. `message` is `email.eml`.
    """

    manifest: Manifest
    folder: Path
    name: str
    subject: str
    html: str
    text: str
    message: bytes
    is_test: bool = False
    progress: Progress = no_progress
    warn: Warn = no_warning
    former_names: tuple[str, ...] = ()  # of the digest, under which readers may have left
    rate: str = ""  # of copies, "20/s"; that of the sender's table when empty

    @property
    def key(self) -> str:
        """The edition's key, such as `weekly/2026-W48`."""
        return self.manifest.key

    @property
    def content(self) -> str:
        """The content hash: another one is another letter."""
        return self.manifest.content_hash

    @property
    def idempotency_key(self) -> str:
        """The same whenever this edition is handed over; another one for a test."""
        return f"test-{self.content[:16]}" if self.is_test else self.manifest.idempotency_key

    def as_test(self) -> "Handover":
        """Return the same letter, with the mark of a test before its subject and its name, and its own Message-ID."""
        from digest.senders.message import mark_as_test

        return msgspec.structs.replace(
            self,
            name=TEST_MARK + self.name,
            subject=TEST_MARK + self.subject,
            message=mark_as_test(self.message, TEST_MARK, self.manifest.subject),
            is_test=True,
        )


class Ref(Struct, frozen=True):
    """A draft or a send in a service: its id there, and an address for people, if it has one."""

    id: str
    url: str = ""


class State(Struct, frozen=True):
    """What a service says of a draft or a send. `unknown`: it cannot say, which is neither yes nor no."""

    status: Status
    detail: str = ""  # the service's own word, or how many were sent
    due: datetime | None = None  # of a scheduled one, if the service says so


class Sender(Protocol):
    """A service that editions are handed over to.

    A class of this form is registered in the entry-point group `digest.senders` under the name of its kind, and is
    called with a table's settings and secrets: `Kind(settings, secrets)`. Making one opens no socket and reads no file.
    Its attribute `settings_type` is the struct of its tables, a subclass of `SenderSettings`.

    `provider` says whose placeholders it fills in; an edition made for another one is refused before any call.

    `can` says what holds of it; the rules of `handover` follow from it:

    - `find`: `find` knows an earlier draft or send of an edition again: the one that is furthest, and of several that
      are as far always the same. It needs `state`.
    - `draft`: `create` makes a draft that can be released later. Without it `create` makes no call, and returns a
      `Ref` that `state` knows, or `Ref("")`; `release` sends all.
    - `hold`: a draft is gone once it was released, so one that is gone counts as sent: by us, or by somebody there.
      `find` knows the newest, and there is no `cancel`.
    - `state`: `state` says what became of a draft or a send, so that a lost answer is no doubt.
    - `key`: repeating `release` under the same idempotency key sends nothing twice, however late it comes.
    - `cancel`: `cancel` stops what is scheduled, or removes a draft.
    - `schedule`: `release` takes a time.
    - `test`: `test` sends one letter to given addresses.
    - `text`: the text part is kept; without it `--dry-run` says that the service drops it.
    """

    provider: str
    can: frozenset[Ability]

    def check(self, handover: Handover, due: datetime | None) -> Sequence[str]:
        """Return why the edition cannot be handed over, or released at `due`; empty when it can. Opens no socket."""
        ...

    def rehearse(self, handover: Handover, due: datetime | None, *, draft_only: bool) -> Sequence[str]:
        """Return what `--dry-run` shows: each request in its order, secrets hidden. Opens no socket."""
        ...

    def find(self, handover: Handover) -> Ref | None:
        """Return an earlier draft or send of this edition; None when there is none, or it cannot be known."""
        ...

    def create(self, handover: Handover, ref: Ref | None) -> Ref:
        """Make a draft, or give the draft `ref` this content. It must never send."""
        ...

    def test(self, handover: Handover, to: Sequence[str]) -> None:
        """Send the letter of `handover`, which is marked as a test, to these addresses alone; leave nothing behind."""
        ...

    def release(self, ref: Ref, handover: Handover, due: datetime | None) -> None:
        """Send the draft `ref`, now or at `due`. Return once the service has accepted it."""
        ...

    def state(self, ref: Ref) -> State:
        """Return what became of a draft or a send."""
        ...

    def cancel(self, ref: Ref) -> None:
        """Stop what is scheduled; it may stay as a draft."""
        ...

    def close(self) -> None:
        """End connections; called once, after everything else."""
        ...


class SendError(DigestError):
    """Nothing was changed, and the same call again would fail again: a wrong key, a refused edition (exit code 1)."""


class TryAgainError(DigestError):
    """Nothing was changed; the same call may do later (exit code 75, EX_TEMPFAIL)."""

    exit_code = 75
    pause = 0.0  # seconds that the service asks to wait


class UnansweredError(DigestError):
    """Whether the call did anything is not known: a time-out, a lost connection (exit code 75, EX_TEMPFAIL)."""

    exit_code = 75
