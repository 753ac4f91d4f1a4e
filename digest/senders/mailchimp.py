"""Mailchimp: a campaign and its content as a draft, then scheduled or sent.

mailchimp.com/developer/marketing/api/campaigns. A campaign is found by its title in the list of those made since the
edition's window ended, since the search has a delay; it is scheduled for a quarter of an hour.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from digest.config import SenderSettings
from digest.senders.client import GoneError
from digest.senders.protocol import Handover, Ref, SendError, State, Status
from digest.senders.secret import HIDDEN, Secret, Secrets
from digest.senders.service import PRETENDED, ServiceSender, address_of, furthest, moment

QUARTER = 15  # minutes
STATUSES: dict[str, Status] = {
    "save": "draft",
    "paused": "draft",
    "schedule": "scheduled",
    "sending": "sending",
    "sent": "sent",
    "canceled": "failed",
    "canceling": "failed",
    "archived": "failed",
}


class MailchimpSettings(SenderSettings, frozen=True, kw_only=True):
    """A table of `kind = "mailchimp"`."""

    list: str  # the id of the audience
    segment: int = 0  # the number of a saved segment or tag
    url: str = ""  # of the API; made of the key's ending when empty
    key_env: str = "MAILCHIMP_API_KEY"
    key_file: str = ""

    def filled_in_by(self) -> str:
        """Return the provider."""
        return "mailchimp"


class Mailchimp(ServiceSender):
    """A sender of Mailchimp."""

    settings_type = MailchimpSettings

    def __init__(self, settings: MailchimpSettings, secrets: Secrets) -> None:
        self.settings = settings
        super().__init__(settings, secrets)

    def base(self) -> str:
        """Return the address of the API, whose host is named by the ending of the key: `…-us6`."""
        if self.settings.url:
            return self.settings.url
        key = self.secrets.get("key").reveal()
        centre = "us1" if key == HIDDEN else key.rpartition("-")[2]
        if not (centre.isalnum() and centre.isascii()):
            raise SendError("the key does not end in the name of a data centre, such as -us6; write url")
        return f"https://{centre}.api.mailchimp.com/3.0"

    def authorisation(self) -> Mapping[str, Secret]:
        """Return the header with the key."""
        return {"Authorization": self.secrets.hide_too(f"Bearer {self.secrets.get('key').reveal()}")}

    def check(self, handover: Handover, due: datetime | None) -> Sequence[str]:
        """Return why the edition cannot be handed over."""
        reasons = list(super().check(handover, due))
        if due is not None and (due.minute % QUARTER or due.second):
            reasons.append(f"Mailchimp sends at quarters of an hour alone, not at {due:%H:%M:%S}")
        return reasons

    def find(self, handover: Handover) -> Ref | None:
        """Return the campaign with this title."""
        since = handover.manifest.window.end - timedelta(days=1)
        answer = self.client.get(
            "/campaigns",
            since_create_time=since.astimezone(UTC).isoformat(timespec="seconds"),
            count=1000,
            fields="campaigns.id,campaigns.status,campaigns.send_time,campaigns.settings.title",
            pretended={"campaigns": []},
        )
        named = [each for each in answer["campaigns"] if each["settings"].get("title") == handover.name]
        return furthest((each["id"], _state(each)) for each in named)

    def create(self, handover: Handover, ref: Ref | None) -> Ref:
        """Make a campaign, or change it, and give it its content."""
        if ref is None:
            made = self.client.post("/campaigns", self._campaign(handover), pretended={"id": PRETENDED})
            ref = Ref(made["id"])
        else:
            self.client.patch(f"/campaigns/{ref.id}", self._campaign(handover))
        self.client.put(f"/campaigns/{ref.id}/content", {"html": handover.html, "plain_text": handover.text})
        return ref

    def release(self, ref: Ref, _handover: Handover, due: datetime | None) -> None:
        """Schedule or send a campaign that Mailchimp finds ready."""
        checklist = self.client.get(f"/campaigns/{ref.id}/send-checklist", pretended={"is_ready": True})
        if not checklist["is_ready"]:
            errors = [each for each in checklist.get("items", ()) if each.get("type") == "error"]
            said = "; ".join(f"{each.get('heading', '')}: {each.get('details', '')}" for each in errors)
            raise SendError(f"the campaign is not ready: {said}")
        if due is None:
            self.client.post(f"/campaigns/{ref.id}/actions/send")
        else:
            at = due.astimezone(UTC).isoformat(timespec="seconds")
            self.client.post(f"/campaigns/{ref.id}/actions/schedule", {"schedule_time": at})

    def state(self, ref: Ref) -> State:
        """Return the status of a campaign."""
        try:
            answer = self.client.get(f"/campaigns/{ref.id}", fields="status,send_time,emails_sent", pretended=None)
        except GoneError:
            return State("gone")
        return _state(answer)

    def cancel(self, ref: Ref) -> None:
        """Take a campaign back from its schedule, or remove its draft."""
        if self.state(ref).status == "scheduled":
            self.client.post(f"/campaigns/{ref.id}/actions/unschedule")
        else:
            self.client.delete(f"/campaigns/{ref.id}")

    def send_test(self, ref: Ref, _handover: Handover, to: Sequence[str]) -> None:
        """Send a campaign to addresses."""
        self.client.post(f"/campaigns/{ref.id}/actions/test", {"test_emails": list(to), "send_type": "html"})

    def _campaign(self, handover: Handover) -> dict[str, Any]:
        name, address = address_of(handover.manifest.sender)
        recipients: dict[str, Any] = {"list_id": self.settings.list}
        if self.settings.segment:
            recipients["segment_opts"] = {"saved_segment_id": self.settings.segment}
        settings = {
            "title": handover.name,
            "subject_line": handover.subject,
            "from_name": name or handover.manifest.title,
            "reply_to": address_of(handover.manifest.reply_to)[1] or address,
            "inline_css": False,
            "auto_footer": False,
        }
        return {"type": "regular", "recipients": recipients, "settings": settings}


def _state(campaign: Mapping[str, Any]) -> State:
    status = campaign["status"]
    return State(STATUSES.get(status, "unknown"), status, moment(campaign.get("send_time")))
