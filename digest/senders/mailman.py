"""Mailman 3: one message to a list that holds it for a moderator, then accepted by the REST API.

docs.mailman3.org, REST API, post moderation. Holding makes a message in two steps of what mail does in one: a message
that is posted twice is held twice, and accepted once. Before anything is posted the list is asked whether it holds what
comes from the digest's `sender`. What is held cannot be changed: other content is posted again, and what is held of the
edition besides is discarded when one is accepted.
"""

import base64
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from digest.emails.mime import split_address
from digest.senders.client import Call, Client, GoneError, is_safe
from digest.senders.message import header
from digest.senders.protocol import Ability, Handover, Ref, SendError, State, UnansweredError
from digest.senders.secret import Secret, Secrets
from digest.senders.smtp.settings import ListSettings
from digest.senders.smtp.to_list import ToList

PAGE, PAGES = 5, 20  # held messages; each answer has the whole of them
LONGEST_ANSWER = 50_000_000  # bytes
PATIENCE = 30.0  # seconds until Mailman has taken a message in
PRETENDED = "ID"


class MailmanSettings(ListSettings, frozen=True, kw_only=True):
    """A table of `kind = "mailman"`."""

    api: str = "http://localhost:8001/3.1"
    api_user: str = "restadmin"
    api_password_env: str = "MAILMAN_REST_PASSWORD"  # noqa: S105 - the name of a variable
    api_password_file: str = ""

    def filled_in_by(self) -> str:
        """Return the provider."""
        return "mailman"


class Mailman(ToList):
    """A sender of Mailman 3."""

    settings_type = MailmanSettings
    can: frozenset[Ability] = frozenset({"find", "draft", "hold", "state", "test", "text"})

    def __init__(self, settings: MailmanSettings, secrets: Secrets) -> None:
        super().__init__(settings, secrets)
        self.settings = settings
        self.client = Client(settings.api, self._authorisation, longest_answer=LONGEST_ANSWER)
        self._list = ""

    def check(self, handover: Handover, due: datetime | None) -> Sequence[str]:
        """Return what is wrong with the table or the edition."""
        found = list(super().check(handover, due))
        if not (is_safe(self.settings.api) or self.settings.insecure):
            found.append(f"{self.settings.api} is not safe for a password; write an https address")
        return found

    def rehearse(self, handover: Handover, due: datetime | None, *, draft_only: bool) -> Sequence[str]:
        """Return what would be asked of Mailman, and said to the mail server."""
        self._list = _list_of(handover)
        posted = super().rehearse(handover, due, draft_only=draft_only)
        with self.client.rehearsing() as calls:
            self.find(handover)
            self._require_holding(handover)
            before = list(calls)
            if not draft_only:
                self._moderate(PRETENDED, "accept")
            return [*before, *posted, *calls[len(before) :]]

    def find(self, handover: Handover) -> Ref | None:
        """Return the held message with the edition's Message-ID, the newest of several."""
        self._list = _list_of(handover)
        held = list(self._held(header(handover.message, "Message-ID")))
        return Ref(f"{self._list}/{max(held)}") if held else None

    def create(self, handover: Handover, _ref: Ref | None) -> Ref:
        """Post the message, and wait until Mailman holds it."""
        self._list = _list_of(handover)
        self._require_holding(handover)
        identifier = header(handover.message, "Message-ID")
        before = max(self._held(identifier), default=0)
        super().release(Ref(""), handover, None)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            newest = max(self._held(identifier), default=0)
            if newest > before:
                return Ref(f"{self._list}/{newest}")
            time.sleep(0.5)
        raise UnansweredError(f"{self._list} does not hold the message yet; look there, then run this again")

    def release(self, ref: Ref, handover: Handover, _due: datetime | None) -> None:
        """Accept the message; discard what else is held of the edition."""
        self._list = _list_of(handover)
        number = int(ref.id.rpartition("/")[2])
        for other in self._held(header(handover.message, "Message-ID")):
            if other != number:
                self._moderate(str(other), "discard")
        self._moderate(str(number), "accept")

    def state(self, ref: Ref) -> State:
        """Return whether the message is still held."""
        self._list, _, number = ref.id.rpartition("/")
        try:
            answer = self.client.get(f"/lists/{quote(self._list)}/held/{number}", pretended={})
        except GoneError:
            return State("gone")
        return State("draft", f"held: {answer.get('reason', '')}")

    def cancel(self, _ref: Ref) -> None:
        """Refuse: afterwards a discarded message looks like an accepted one."""
        raise SendError("discard it in Mailman; it then counts as sent")

    def close(self) -> None:
        """End the connections."""
        self.client.close()

    def _authorisation(self) -> Mapping[str, Secret]:
        password = self.secrets.get("api_password").reveal()
        pair = base64.b64encode(f"{self.settings.api_user}:{password}".encode()).decode()
        return {"Authorization": self.secrets.hide_too(f"Basic {pair}")}

    def _held(self, identifier: str) -> Iterator[int]:
        """Yield the numbers of the held messages with a Message-ID."""
        for page in range(1, PAGES + 1):
            answer = self.client.get(f"/lists/{quote(self._list)}/held", count=PAGE, page=page, pretended={})
            entries = answer.get("entries", [])
            yield from (entry["request_id"] for entry in entries if entry["message_id"] == identifier)
            if len(entries) < PAGE:
                return

    def _moderate(self, number: str, action: str) -> None:
        path = f"/lists/{quote(self._list)}/held/{number}"
        self.client.call(Call(method="POST", path=path, form={"action": action}))

    def _require_holding(self, handover: Handover) -> None:
        """Raise `SendError` when the list would not hold what comes from the digest's sender, but send it."""
        sender = split_address(handover.manifest.sender)[1]
        config = self.client.get(f"/lists/{quote(self._list)}/config", pretended={"emergency": True})
        if config.get("emergency"):
            return
        action = self._action(sender, config)
        if action != "hold":
            hint = f"let {self._list} hold posts of {sender}: moderation, “hold”"
            raise SendError(f"the list would not hold the message, but {action} it; {hint}")

    def _action(self, sender: str, config: Mapping[str, Any]) -> str:
        """Return what a list does with posts of an address."""
        for role in ("member", "nonmember"):
            try:
                found = self.client.get(f"/lists/{quote(self._list)}/{role}/{quote(sender)}", pretended=None)
            except GoneError:
                continue
            return str(found.get("moderation_action") or config[f"default_{role}_action"])
        return str(config["default_nonmember_action"])


def _list_of(handover: Handover) -> str:
    """Return the list's address."""
    return split_address(handover.manifest.to)[1]
