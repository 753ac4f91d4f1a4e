"""listmonk: a campaign as a draft, then scheduled or started.

listmonk.app/docs/apis/campaigns; cmd/campaigns.go and internal/core/campaigns.go of knadh/listmonk: a campaign starts
only from `draft` or `paused`, an update wants its lists again, a test wants the whole campaign again and its addresses
to be subscribers, and `archive_slug` is unique.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from digest.config import SenderSettings
from digest.senders.client import GoneError
from digest.senders.protocol import Handover, Ref, SendError, State, Status
from digest.senders.secret import Secret, Secrets
from digest.senders.service import PRETENDED, ServiceSender, furthest, moment

STATUSES: dict[str, Status] = {
    "draft": "draft",
    "scheduled": "scheduled",
    "running": "sending",
    "paused": "sending",
    "finished": "sent",
    "cancelled": "failed",
}


class ListmonkSettings(SenderSettings, frozen=True, kw_only=True):
    """A table of `kind = "listmonk"`."""

    url: str
    user: str  # of the API
    lists: tuple[int, ...]
    template: int = 0  # an empty one, {{ template "content" . }}; 0 for the default
    tags: tuple[str, ...] = ()
    insecure: bool = False  # http to another machine, where nobody listens
    token_env: str = "LISTMONK_TOKEN"  # noqa: S105 - the name of a variable
    token_file: str = ""

    def filled_in_by(self) -> str:
        """Return the provider."""
        return "listmonk"


class Listmonk(ServiceSender):
    """A sender of listmonk."""

    settings_type = ListmonkSettings

    def __init__(self, settings: ListmonkSettings, secrets: Secrets) -> None:
        self.settings = settings
        super().__init__(settings, secrets)

    def base(self) -> str:
        """Return the address of the API."""
        return f"{self.settings.url.rstrip('/')}/api"

    def authorisation(self) -> Mapping[str, Secret]:
        """Return the header with user and token."""
        token = self.secrets.get("token").reveal()
        return {"Authorization": self.secrets.hide_too(f"token {self.settings.user}:{token}")}

    def check(self, handover: Handover, due: datetime | None) -> Sequence[str]:
        """Return why the edition cannot be handed over."""
        reasons = [] if self.settings.insecure else list(super().check(handover, due))
        if not self.settings.lists:
            reasons.append("lists is empty: write the numbers of the lists that get it")
        return reasons

    def find(self, handover: Handover) -> Ref | None:
        """Return the campaign with this name."""
        answer = self.client.get(
            "/campaigns",
            query=handover.name,
            no_body="true",
            per_page=100,
            order_by="created_at",
            order="DESC",
            pretended={"data": {"results": []}},
        )
        named = [each for each in answer["data"]["results"] if each["name"] == handover.name]
        return furthest((str(each["id"]), _state(each)) for each in named)

    def create(self, handover: Handover, ref: Ref | None) -> Ref:
        """Make a campaign, or change it."""
        if ref is None:
            made = self.client.post("/campaigns", self._campaign(handover), pretended={"data": {"id": PRETENDED}})
            ref = Ref(str(made["data"]["id"]))
        else:
            self.client.put(f"/campaigns/{ref.id}", self._campaign(handover))
        return Ref(ref.id, f"{self.settings.url.rstrip('/')}/admin/campaigns/{ref.id}")

    def release(self, ref: Ref, handover: Handover, due: datetime | None) -> None:
        """Schedule or start a campaign."""
        if due is not None:
            at = {"send_at": due.isoformat(timespec="seconds")}
            self.client.put(f"/campaigns/{ref.id}", self._campaign(handover) | at)
        self.client.put(f"/campaigns/{ref.id}/status", {"status": "scheduled" if due else "running"})

    def state(self, ref: Ref) -> State:
        """Return the status of a campaign."""
        try:
            answer = self.client.get(f"/campaigns/{ref.id}", no_body="true", pretended=None)
        except GoneError:
            return State("gone")
        except SendError as error:
            if " 400" in str(error) and "not found" in str(error).lower():  # what listmonk answers instead of 404
                return State("gone")
            raise
        return _state(answer["data"])

    def cancel(self, ref: Ref) -> None:
        """Remove a campaign that has not begun; its description does not know a way back from a schedule."""
        self.client.delete(f"/campaigns/{ref.id}")

    def send_test(self, ref: Ref, handover: Handover, to: Sequence[str]) -> None:
        """Send a campaign to subscribers."""
        self.client.post(f"/campaigns/{ref.id}/test", self._campaign(handover) | {"subscribers": list(to)})

    def _campaign(self, handover: Handover) -> dict[str, Any]:
        manifest = handover.manifest
        headers = {"Reply-To": manifest.reply_to, "List-Id": manifest.list_id}
        campaign: dict[str, Any] = {
            "name": handover.name,
            "subject": handover.subject,
            "lists": list(self.settings.lists),
            "from_email": manifest.sender,
            "type": "regular",
            "content_type": "html",
            "body": handover.html,
            "altbody": handover.text,
            "messenger": "email",
            "tags": list(self.settings.tags),
            "headers": [{name: value} for name, value in headers.items() if value],
            "archive_slug": _slug(handover.name),
        }
        return campaign | ({"template_id": self.settings.template} if self.settings.template else {})


def _state(campaign: Mapping[str, Any]) -> State:
    status = campaign["status"]
    detail = f"{status}, {campaign.get('sent', 0):,} of {campaign.get('to_send', 0):,} sent"
    return State(STATUSES.get(status, "unknown"), detail, moment(campaign.get("send_at")))


def _slug(name: str) -> str:
    letters = (character if character.isalnum() else "-" for character in name.lower())
    return "".join(letters).strip("-")
