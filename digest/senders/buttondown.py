"""Buttondown: an e-mail as a draft, then published.

api.buttondown.com/v1/openapi.json. A new e-mail is sent unless its status is `draft`, so the status is always written.
The body is HTML in the mode `fancy`, since the other one is Markdown, and the template `naked` adds nothing to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from digest.config import SenderSettings
from digest.senders.client import GoneError
from digest.senders.protocol import Ability, Handover, Ref, State, Status
from digest.senders.secret import Secret, Secrets
from digest.senders.service import PRETENDED, ServiceSender, furthest, moment

MODE = "<!-- buttondown-editor-mode: fancy -->"
MARK = "digest"  # the key of an e-mail's metadata with the edition's name
PAGES = 10
STATUSES: dict[str, Status] = {
    "draft": "draft",
    "scheduled": "scheduled",
    "about_to_send": "sending",
    "in_flight": "sending",
    "throttled": "sending",
    "paused": "sending",
    "resending": "sending",
    "sent": "sent",
    "errored": "failed",
    "suppressed": "failed",
    "deleted": "gone",
}


class ButtondownSettings(SenderSettings, frozen=True, kw_only=True):
    """A table of `kind = "buttondown"`."""

    url: str = "https://api.buttondown.com/v1"
    template: str = "naked"
    token_env: str = "BUTTONDOWN_API_KEY"  # noqa: S105 - the name of a variable
    token_file: str = ""

    def filled_in_by(self) -> str:
        """Return the provider."""
        return "buttondown"


class Buttondown(ServiceSender):
    """A sender of Buttondown."""

    settings_type = ButtondownSettings
    can: frozenset[Ability] = frozenset({"find", "draft", "state", "cancel", "schedule", "test"})

    def __init__(self, settings: ButtondownSettings, secrets: Secrets) -> None:
        self.settings = settings
        super().__init__(settings, secrets)

    def base(self) -> str:
        """Return the address of the API."""
        return self.settings.url

    def authorisation(self) -> Mapping[str, Secret]:
        """Return the header with the key."""
        return {"Authorization": self.secrets.hide_too(f"Token {self.secrets.get('token').reveal()}")}

    def find(self, handover: Handover) -> Ref | None:
        """Return the e-mail whose metadata name the edition."""
        found = (each for each in self._emails(handover) if each.get("metadata", {}).get(MARK) == handover.name)
        return furthest((each["id"], _state(each)) for each in found)

    def create(self, handover: Handover, ref: Ref | None) -> Ref:
        """Make a draft, or change it."""
        email: dict[str, Any] = {
            "subject": handover.subject,
            "body": MODE + handover.html,
            "canonical_url": handover.manifest.archive_url,
            "metadata": {MARK: handover.name},
        }
        if self.settings.template:
            email["template"] = self.settings.template
        if ref is not None:
            self.client.patch(f"/emails/{ref.id}", email)
            return ref
        made = self.client.post("/emails", email | {"status": "draft"}, pretended={"id": PRETENDED})
        return Ref(made["id"])

    def release(self, ref: Ref, _handover: Handover, due: datetime | None) -> None:
        """Schedule or publish a draft."""
        change = {"status": "about_to_send"}
        if due is not None:
            change = {"status": "scheduled", "publish_date": due.isoformat(timespec="seconds")}
        self.client.patch(f"/emails/{ref.id}", change)

    def state(self, ref: Ref) -> State:
        """Return the status of an e-mail."""
        try:
            return _state(self.client.get(f"/emails/{ref.id}", pretended=None))
        except GoneError:
            return State("gone")

    def cancel(self, ref: Ref) -> None:
        """Make a scheduled e-mail a draft again, or remove a draft."""
        if self.state(ref).status == "scheduled":
            self.client.patch(f"/emails/{ref.id}", {"status": "draft", "publish_date": "none"})
        else:
            self.client.delete(f"/emails/{ref.id}")

    def send_test(self, ref: Ref, _handover: Handover, to: Sequence[str]) -> None:
        """Send a draft to addresses."""
        self.client.post(f"/emails/{ref.id}/send-draft", {"recipients": list(to)})

    def _emails(self, handover: Handover) -> Iterator[Mapping[str, Any]]:
        """Yield the e-mails that were made since the edition's window ended, the newest first."""
        since = (handover.manifest.window.end - timedelta(days=1)).date().isoformat()
        query = {"creation_date__start": since, "ordering": "-creation_date", "excluded_fields": "body"}
        for page in range(1, PAGES + 1):
            answer = self.client.get("/emails", pretended={"results": []}, **query, page=page)
            yield from answer["results"]
            if not answer.get("next"):
                return


def _state(email: Mapping[str, Any]) -> State:
    status = email["status"]
    reason = email.get("suppression_reason") or ""
    return State(STATUSES.get(status, "unknown"), f"{status} {reason}".strip(), moment(email.get("publish_date")))
