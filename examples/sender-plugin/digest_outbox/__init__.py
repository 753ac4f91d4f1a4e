"""A sender of one's own: it puts an edition into a folder as a draft, and releases it by renaming it."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from digest.senders import Ability, Handover, Ref, Secrets, SendError, SenderSettings, State


class OutboxSettings(SenderSettings, frozen=True, kw_only=True):
    """A table of `kind = "outbox"`."""

    folder: str


class Outbox:
    """An outbox: `NAME.draft` is a draft, `NAME.eml` is sent by whatever reads the folder."""

    settings_type = OutboxSettings
    can: frozenset[Ability] = frozenset({"find", "draft", "state", "cancel", "test", "text"})

    def __init__(self, settings: OutboxSettings, secrets: Secrets) -> None:
        self.provider = settings.filled_in_by()
        self.folder = secrets.root / settings.folder

    def check(self, _handover: Handover, due: datetime | None) -> Sequence[str]:
        """Return why the edition cannot be handed over."""
        return ["an outbox knows no time"] if due else []

    def rehearse(self, handover: Handover, _due: datetime | None, *, draft_only: bool) -> Sequence[str]:
        """Return what a run would do."""
        name = self._name(handover)
        written = f"write {name}.draft ({len(handover.message):,} bytes)"
        return [written] if draft_only else [written, f"rename it to {name}.eml"]

    def find(self, handover: Handover) -> Ref | None:
        """Return an earlier draft or send."""
        ref = Ref(self._name(handover))
        return None if self.state(ref).status == "gone" else ref

    def create(self, handover: Handover, _ref: Ref | None) -> Ref:
        """Write a draft, or write it again."""
        ref = Ref(self._name(handover))
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f"{ref.id}.part"
        part.write_bytes(handover.message)
        part.replace(self._draft(ref))
        return ref

    def test(self, handover: Handover, to: Sequence[str]) -> None:
        """Write the letter once for each address; nothing else is left behind."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for address in to:
            (self.folder / f"test-{address}.eml").write_bytes(handover.message)

    def release(self, ref: Ref, _handover: Handover, _due: datetime | None) -> None:
        """Send a draft: renaming happens whole or not at all, and a second time it fails."""
        try:
            self._draft(ref).rename(self._sent(ref))
        except FileNotFoundError as error:
            raise SendError(f"there is no draft {ref.id}") from error

    def state(self, ref: Ref) -> State:
        """Return what became of a draft."""
        if self._sent(ref).exists():
            return State("sent")
        return State("draft" if self._draft(ref).exists() else "gone")

    def cancel(self, ref: Ref) -> None:
        """Remove a draft."""
        self._draft(ref).unlink(missing_ok=True)

    def close(self) -> None:
        """Do nothing: there are no connections."""

    def _draft(self, ref: Ref) -> Path:
        return self.folder / f"{ref.id}.draft"

    def _sent(self, ref: Ref) -> Path:
        return self.folder / f"{ref.id}.eml"

    def _name(self, handover: Handover) -> str:
        return handover.name.replace("/", "-").replace(" ", "-")
