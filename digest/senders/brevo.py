"""Brevo: a campaign as a draft, then scheduled or sent.

developers.brevo.com/reference, e-mail campaigns. A campaign with `scheduledAt` is no draft: it is sent then. Tests go
to addresses of the account's test list alone, and there is no text part.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from digest.config import SenderSettings
from digest.senders.client import GoneError
from digest.senders.protocol import Ability, Handover, Ref, State, Status
from digest.senders.secret import Secret, Secrets
from digest.senders.service import PRETENDED, ServiceSender, address_of, furthest, moment

PAGES, PAGE = 10, 100
STATUSES: dict[str, Status] = {
    "draft": "draft",
    "queued": "sending",
    "inProcess": "sending",
    "in_process": "sending",
    "inReview": "sending",
    "sent": "sent",
    "archive": "sent",
    "suspended": "failed",
}


class BrevoSettings(SenderSettings, frozen=True, kw_only=True):
    """A table of `kind = "brevo"`."""

    lists: tuple[int, ...] = ()
    segments: tuple[int, ...] = ()
    tag: str = ""
    url: str = "https://api.brevo.com/v3"
    key_env: str = "BREVO_API_KEY"
    key_file: str = ""

    def filled_in_by(self) -> str:
        """Return the provider."""
        return "brevo"


class Brevo(ServiceSender):
    """A sender of Brevo."""

    settings_type = BrevoSettings
    can: frozenset[Ability] = frozenset({"find", "draft", "state", "cancel", "schedule", "test"})

    def __init__(self, settings: BrevoSettings, secrets: Secrets) -> None:
        self.settings = settings
        super().__init__(settings, secrets)

    def base(self) -> str:
        """Return the address of the API."""
        return self.settings.url

    def authorisation(self) -> Mapping[str, Secret]:
        """Return the header with the key."""
        return {"api-key": self.secrets.get("key")}

    def check(self, handover: Handover, due: datetime | None) -> Sequence[str]:
        """Return why the edition cannot be handed over."""
        reasons = list(super().check(handover, due))
        if not (self.settings.lists or self.settings.segments):
            reasons.append("lists is empty: write the numbers of the lists that get it, or segments")
        return reasons

    def find(self, handover: Handover) -> Ref | None:
        """Return the campaign with this name."""
        named = (each for each in self._campaigns() if each["name"] == handover.name)
        return furthest((str(each["id"]), _state(each)) for each in named)

    def create(self, handover: Handover, ref: Ref | None) -> Ref:
        """Make a campaign, or change it."""
        if ref is not None:
            self.client.put(f"/emailCampaigns/{ref.id}", self._campaign(handover))
            return ref
        made = self.client.post("/emailCampaigns", self._campaign(handover), pretended={"id": PRETENDED})
        return Ref(str(made["id"]))

    def release(self, ref: Ref, _handover: Handover, due: datetime | None) -> None:
        """Schedule or send a campaign."""
        if due is None:
            self.client.post(f"/emailCampaigns/{ref.id}/sendNow")
        else:
            at = due.astimezone(UTC).isoformat(timespec="milliseconds")
            self.client.put(f"/emailCampaigns/{ref.id}", {"scheduledAt": at})

    def state(self, ref: Ref) -> State:
        """Return the status of a campaign."""
        try:
            answer = self.client.get(f"/emailCampaigns/{ref.id}", excludeHtmlContent="true", pretended=None)
        except GoneError:
            return State("gone")
        return _state(answer)

    def cancel(self, ref: Ref) -> None:
        """Make a scheduled campaign a draft again, or remove a draft."""
        if self.state(ref).status == "scheduled":
            self.client.put(f"/emailCampaigns/{ref.id}/status", {"status": "draft"})
        else:
            self.client.delete(f"/emailCampaigns/{ref.id}")

    def send_test(self, ref: Ref, _handover: Handover, to: Sequence[str]) -> None:
        """Send a campaign to addresses of the test list."""
        self.client.post(f"/emailCampaigns/{ref.id}/sendTest", {"emailTo": list(to)})

    def _campaign(self, handover: Handover) -> dict[str, Any]:
        name, address = address_of(handover.manifest.sender)
        recipients = {"listIds": list(self.settings.lists), "segmentIds": list(self.settings.segments)}
        campaign: dict[str, Any] = {
            "name": handover.name,
            "subject": handover.subject,
            "sender": {"name": name or handover.manifest.title, "email": address},
            "htmlContent": handover.html,
            "recipients": {key: ids for key, ids in recipients.items() if ids},
        }
        reply_to = address_of(handover.manifest.reply_to)[1]
        optional = {"replyTo": reply_to, "tag": self.settings.tag}
        return campaign | {key: value for key, value in optional.items() if value}

    def _campaigns(self) -> Iterator[Mapping[str, Any]]:
        """Yield the campaigns, the newest first."""
        for page in range(PAGES):
            answer = self.client.get(
                "/emailCampaigns",
                limit=PAGE,
                offset=page * PAGE,
                sort="desc",
                excludeHtmlContent="true",
                pretended={},
            )
            campaigns = (answer or {}).get("campaigns", [])
            yield from campaigns
            if len(campaigns) < PAGE:
                return


def _state(campaign: Mapping[str, Any]) -> State:
    status = campaign["status"]
    due = moment(campaign.get("scheduledAt"))
    known = STATUSES.get(status, "unknown")
    if status == "queued" and due is not None and due > datetime.now(UTC):
        known = "scheduled"
    return State(known, status, due)
