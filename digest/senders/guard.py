"""A sender whose every error is one of ours, names the sender, and shows no secret."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ParamSpec, TypeVar

from digest.problems import ConfigError, DigestError
from digest.senders.protocol import Handover, Ref, Sender, State, UnansweredError
from digest.senders.secret import Secrets

Given = ParamSpec("Given")
Returned = TypeVar("Returned")


class GuardedSender:
    """The sender `via`, called through here: any exception that it does not declare is an `UnansweredError`."""

    def __init__(self, via: str, sender: Sender, secrets: Secrets) -> None:
        self.provider = sender.provider
        self.can = sender.can
        self._via = via
        self._sender = sender
        self._secrets = secrets

    def check(self, handover: Handover, due: datetime | None) -> Sequence[str]:
        """Return why the edition cannot be handed over."""
        return self._call(self._sender.check, handover, due)

    def rehearse(self, handover: Handover, due: datetime | None, *, draft_only: bool) -> Sequence[str]:
        """Return the requests of a run, secrets hidden."""
        lines = self._call(self._sender.rehearse, handover, due, draft_only=draft_only)
        return [self._secrets.redact(line) for line in lines]

    def find(self, handover: Handover) -> Ref | None:
        """Return an earlier draft or send."""
        return self._call(self._sender.find, handover)

    def create(self, handover: Handover, ref: Ref | None) -> Ref:
        """Make or change a draft."""
        return self._call(self._sender.create, handover, ref)

    def test(self, handover: Handover, to: Sequence[str]) -> None:
        """Send a test."""
        self._call(self._sender.test, handover, to)

    def release(self, ref: Ref, handover: Handover, due: datetime | None) -> None:
        """Send a draft."""
        self._call(self._sender.release, ref, handover, due)

    def state(self, ref: Ref) -> State:
        """Return what became of a draft or a send."""
        return self._call(self._sender.state, ref)

    def cancel(self, ref: Ref) -> None:
        """Stop what is scheduled."""
        self._call(self._sender.cancel, ref)

    def close(self) -> None:
        """End connections."""
        self._call(self._sender.close)

    def _call(self, verb: Callable[Given, Returned], *given: Given.args, **named: Given.kwargs) -> Returned:
        # No exception is chained: what a package says of a request may hold a secret.
        try:
            return verb(*given, **named)
        except ConfigError as error:
            raise ConfigError(self._secrets.redact(str(error)), error.problems) from None
        except DigestError as error:
            raise type(error)(f"{self._via}: {self._secrets.redact(str(error))}", error.problems) from None
        except Exception as error:
            said = self._secrets.redact(f"{type(error).__name__}: {error}")
            raise UnansweredError(f"{self._via}: {said}") from None
