"""Resend: a broadcast as a draft, then sent or scheduled; a test is an e-mail of its own.

resend.com/docs/api-reference/broadcasts and its OpenAPI description. Broadcasts take no idempotency key, e-mails do.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from digest.config import SenderSettings
from digest.senders.client import Call, GoneError
from digest.senders.protocol import Handover, Ref, State, Status
from digest.senders.secret import Secret, Secrets
from digest.senders.service import PRETENDED, ServiceSender, furthest, moment

PAGES = 10
STATUSES: dict[str, Status] = {
    "draft": "draft",
    "scheduled": "scheduled",
    "queued": "sending",
    "sending": "sending",
    "sent": "sent",
    "failed": "failed",
    "canceled": "draft",
}


class ResendSettings(SenderSettings, frozen=True, kw_only=True):
    """A table of `kind = "resend"`."""

    segment: str  # the id of the readers
    topic: str = ""  # the id of a topic that readers can leave
    url: str = "https://api.resend.com"
    key_env: str = "RESEND_API_KEY"
    key_file: str = ""

    def filled_in_by(self) -> str:
        """Return the provider."""
        return "resend"


class Resend(ServiceSender):
    """A sender of Resend."""

    settings_type = ResendSettings

    def __init__(self, settings: ResendSettings, secrets: Secrets) -> None:
        self.settings = settings
        super().__init__(settings, secrets)

    def base(self) -> str:
        """Return the address of the API."""
        return self.settings.url

    def authorisation(self) -> Mapping[str, Secret]:
        """Return the header with the key."""
        return {"Authorization": self.secrets.hide_too(f"Bearer {self.secrets.get('key').reveal()}")}

    def find(self, handover: Handover) -> Ref | None:
        """Return the broadcast with this name."""
        named = (each for each in self._broadcasts() if each.get("name") == handover.name)
        return furthest((each["id"], _state(each)) for each in named)

    def create(self, handover: Handover, ref: Ref | None) -> Ref:
        """Make a broadcast, or change it."""
        broadcast = self._letter(handover) | {"name": handover.name, "segment_id": self.settings.segment}
        if self.settings.topic:
            broadcast["topic_id"] = self.settings.topic
        if ref is not None:
            self.client.patch(f"/broadcasts/{ref.id}", broadcast)
            return ref
        made = self.client.post("/broadcasts", broadcast | {"send": False}, pretended={"id": PRETENDED})
        return Ref(made["id"])

    def release(self, ref: Ref, _handover: Handover, due: datetime | None) -> None:
        """Send a broadcast, or schedule it."""
        at = {"scheduled_at": due.isoformat(timespec="seconds")} if due else {}
        self.client.post(f"/broadcasts/{ref.id}/send", at)

    def state(self, ref: Ref) -> State:
        """Return the status of a broadcast."""
        try:
            return _state(self.client.get(f"/broadcasts/{ref.id}", pretended=None))
        except GoneError:
            return State("gone")

    def cancel(self, ref: Ref) -> None:
        """Take a broadcast back from its schedule, or remove its draft."""
        if self.state(ref).status == "scheduled":
            self.client.post(f"/broadcasts/{ref.id}/cancel")
        else:
            self.client.delete(f"/broadcasts/{ref.id}")

    def test(self, handover: Handover, to: Sequence[str]) -> None:
        """Send the letter as an e-mail to each address; no draft is needed."""
        for number, address in enumerate(to, 1):
            key = f"{handover.idempotency_key}-{datetime.now(UTC):%Y%m%d%H%M}-{number}"
            email = self._letter(handover) | {"to": [address]}
            call = Call(method="POST", path="/emails", body=email, headers={"Idempotency-Key": key}, key=key)
            self.client.call(call)

    def send_test(self, _ref: Ref, handover: Handover, to: Sequence[str]) -> None:
        """Send the letter of a draft to addresses."""
        self.test(handover, to)

    def _letter(self, handover: Handover) -> dict[str, Any]:
        manifest = handover.manifest
        letter: dict[str, Any] = {
            "from": manifest.sender,
            "subject": handover.subject,
            "html": handover.html,
            "text": handover.text,
        }
        return letter | ({"reply_to": [manifest.reply_to]} if manifest.reply_to else {})

    def _broadcasts(self) -> Iterator[Mapping[str, Any]]:
        """Yield the broadcasts, the newest first."""
        after: dict[str, str] = {}
        for _ in range(PAGES):
            answer = self.client.get("/broadcasts", pretended={"data": []}, limit=100, **after)
            yield from answer["data"]
            if not answer.get("has_more") or not answer["data"]:
                return
            after = {"after": answer["data"][-1]["id"]}


def _state(broadcast: Mapping[str, Any]) -> State:
    status = broadcast["status"]
    due = moment(broadcast.get("scheduled_at"))
    known = STATUSES.get(status, "unknown")
    if status == "queued" and due is not None and due > datetime.now(UTC):
        known = "scheduled"
    return State(known, status, due)
