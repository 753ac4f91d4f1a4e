"""A program of the owner's: it gets the path of the manifest, and says by its exit code what became of it.

0: sent. 75: nothing was sent, try again. 64 to 78 otherwise (sysexits.h): refused, and nothing was sent. Any other
code, or a signal: nobody knows. A program that sends nothing twice under one DIGEST_IDEMPOTENCY_KEY is called again
then, if its table says `keyed = true`.
"""

import os
import subprocess
from collections.abc import Sequence
from datetime import datetime

from digest.archive import manifest as manifests
from digest.config import ProviderName, SenderSettings
from digest.senders.protocol import Ability, Handover, Ref, SendError, State, TryAgainError, UnansweredError
from digest.senders.secret import Secrets

TRY_AGAIN = 75
REFUSED = range(64, 79)
SHOWN = 500  # characters of what the program says at last


class CommandSettings(SenderSettings, frozen=True, kw_only=True):
    """A table of `kind = "command"`."""

    run: tuple[str, ...]  # the program and its arguments; {manifest} is the manifest's path
    provider: ProviderName = "plain"
    keyed: bool = False  # it sends nothing twice under one idempotency key
    text: bool = True  # it sends the text part
    timeout: int = 600  # seconds
    secret_env: str = ""  # a secret that the program gets as DIGEST_SECRET
    secret_file: str = ""

    def filled_in_by(self) -> str:
        """Return the provider."""
        return self.provider


class Command:
    """A sender that runs a program."""

    settings_type = CommandSettings

    def __init__(self, settings: CommandSettings, secrets: Secrets) -> None:
        self.provider = settings.filled_in_by()
        self.settings = settings
        self.secrets = secrets
        abilities: set[Ability] = {"test", "schedule"}
        abilities |= {"key"} if settings.keyed else set()
        abilities |= {"text"} if settings.text else set()
        self.can = frozenset(abilities)

    def check(self, _handover: Handover, _due: datetime | None) -> Sequence[str]:
        """Return why the edition cannot be handed over."""
        return [] if self.settings.run else ['run is empty: write run = ["program", "{manifest}"]']

    def rehearse(self, handover: Handover, due: datetime | None, *, draft_only: bool) -> Sequence[str]:
        """Return the program, its arguments and its environment."""
        if draft_only:
            return []
        environment = [f"{name}={value}" for name, value in _environment(handover, due, ()).items()]
        return ["\n".join([" ".join(self._arguments(handover)), *environment])]

    def find(self, _handover: Handover) -> Ref | None:
        """Return nothing: a program is not asked."""
        return None

    def create(self, _handover: Handover, _ref: Ref | None) -> Ref:
        """Make nothing: a program has no drafts."""
        return Ref("")

    def test(self, handover: Handover, to: Sequence[str]) -> None:
        """Run the program with DIGEST_TEST_TO."""
        self._run(handover, _environment(handover, None, to))

    def release(self, _ref: Ref, handover: Handover, due: datetime | None) -> None:
        """Run the program."""
        self._run(handover, _environment(handover, due, ()))

    def state(self, _ref: Ref) -> State:
        """Return that it is not known."""
        return State("unknown")

    def cancel(self, _ref: Ref) -> None:
        """Raise an error: a program takes nothing back."""
        raise SendError("what a program has sent cannot be taken back")

    def close(self) -> None:
        """Do nothing."""

    def _arguments(self, handover: Handover) -> list[str]:
        path = str(handover.folder / manifests.NAME)
        return [argument.replace("{manifest}", path) for argument in self.settings.run]

    def _run(self, handover: Handover, environment: dict[str, str]) -> None:
        secret = self.secrets.get("secret", required=False)
        given = {"DIGEST_SECRET": secret.reveal()} if secret else {}
        arguments = self._arguments(handover)
        try:
            ended = subprocess.run(
                arguments,
                env={**os.environ, **environment, **given},
                cwd=self.secrets.root,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self.settings.timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise UnansweredError(f"{arguments[0]} took longer than {self.settings.timeout} s and was ended") from None
        except OSError as error:
            raise SendError(f"{arguments[0]} cannot be run: {error.strerror or error}") from None
        said = (ended.stderr or ended.stdout).decode("utf-8", "replace").strip()[-SHOWN:]
        _raise_for(ended.returncode, f"{arguments[0]} ended with {ended.returncode}: {said or 'it said nothing'}")


def _environment(handover: Handover, due: datetime | None, to: Sequence[str]) -> dict[str, str]:
    return {
        "DIGEST_MANIFEST": str(handover.folder / manifests.NAME),
        "DIGEST_KEY": handover.key,
        "DIGEST_IDEMPOTENCY_KEY": handover.idempotency_key,
        "DIGEST_SUBJECT": handover.subject,
        "DIGEST_DUE": due.isoformat() if due else "",
        "DIGEST_TEST_TO": ",".join(to),
    }


def _raise_for(code: int, message: str) -> None:
    """Raise what the exit code of a program means, nothing for 0."""
    if code == TRY_AGAIN:
        raise TryAgainError(message)
    if code in REFUSED:
        raise SendError(message)
    if code:
        raise UnansweredError(message)
