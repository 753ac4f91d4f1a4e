"""Amazon SES, version 2 of its API: a copy for each address of a file, as `smtp` sends them, one call a reader.

docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html, signed with Signature Version 4
(docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html). SES has no drafts, no search and no idempotency
key, so the state of each address is kept here.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from digest.senders.client import Client, WrongKeyError, is_safe
from digest.senders.protocol import Handover, SendError, TryAgainError, UnansweredError
from digest.senders.secret import Secret, Secrets
from digest.senders.smtp.one_by_one import OneByOne
from digest.senders.smtp.reply import Reply, reply
from digest.senders.smtp.settings import ReadersSettings
from digest.senders.smtp.transport import Transport

if TYPE_CHECKING:
    import httpx

SERVICE = "ses"
PATH = "/v2/email/outbound-emails"
OF_MAIL_SERVERS = ("host", "port", "security", "user", "ca_file", "sendmail", "hello")


class SesSettings(ReadersSettings, frozen=True, kw_only=True):
    """A table of `kind = "ses"`."""

    region: str  # such as "eu-central-1"
    configuration_set: str = ""
    rate: str = "10/s"
    url: str = ""  # another address of the API, for tests
    access_key_env: str = "AWS_ACCESS_KEY_ID"
    access_key_file: str = ""
    secret_key_env: str = "AWS_SECRET_ACCESS_KEY"  # noqa: S105 - the name of a variable
    secret_key_file: str = ""
    session_token_env: str = "AWS_SESSION_TOKEN"  # noqa: S105 - the name of a variable
    session_token_file: str = ""


class Ses(OneByOne):
    """A sender of SES."""

    settings_type = SesSettings

    def __init__(self, settings: SesSettings, secrets: Secrets) -> None:
        super().__init__(settings, secrets)
        self.ses = settings

    def check_delivery(self, handover: Handover, due: datetime | None) -> list[str]:
        """Return what is wrong with the table or the edition, whoever the readers are."""
        given = [key for key in OF_MAIL_SERVERS if getattr(self.ses, key)]
        reasons = [f"{key} is of mail servers, which SES does without" for key in given]
        if not is_safe(self._base()):
            reasons.append(f"{self._base()} is not safe for a key; write an https address")
        return [*reasons, *super().check_delivery(handover, due)]

    def mistakes(self) -> list[str]:
        """Return nothing: there is no mail server whose settings may be wrong."""
        return []

    def opening(self, handover: Handover) -> list[str]:
        """Return the call that is made for each reader."""
        body = _body(self.ses, self.envelope_sender(handover), "…", "…")
        shown = json.dumps(body, indent=2, ensure_ascii=False)
        return [f"POST {self._base()}{PATH}\nAuthorization: ***\n{shown}"]

    def transport(self, per_connection: int = 100) -> Transport:  # noqa: ARG002
        """Return how messages leave."""
        return SesTransport(self.ses, self.secrets, self._base())

    def reachable(self) -> str:
        """Ask for the account, which changes nothing. Raises `SendError` for a wrong key."""
        return SesTransport(self.ses, self.secrets, self._base()).account()

    def _base(self) -> str:
        return self.ses.url or f"https://email.{self.ses.region}.amazonaws.com"


class SesTransport:
    """One call a message."""

    def __init__(self, settings: SesSettings, secrets: Secrets, base: str) -> None:
        self._settings = settings
        self._secrets = secrets
        self._client = Client(base, dict, sign=self._signed)

    def send(self, sender: str, address: str, message: bytes) -> Reply:
        """Send a message to one address; return what became of it as a mail server would say it."""
        body = _body(self._settings, sender, address, base64.b64encode(message).decode())
        try:
            answer = self._client.post(PATH, body)
        except WrongKeyError:
            raise
        except SendError as error:
            return reply("message", 550, str(error))
        except TryAgainError as error:
            return reply("recipient", 450, str(error))
        except UnansweredError as error:
            return reply("message", 0, str(error), lost_message=True)
        return reply("message", 250, str((answer or {}).get("MessageId", "")))

    def account(self) -> str:
        """Return whether the account may send, as the service says it."""
        try:
            answer = self._client.get("/v2/email/account", pretended={})
        finally:
            self.close()
        return f"sending is {'on' if (answer or {}).get('SendingEnabled') else 'off'} for this account"

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def _signed(self, request: "httpx.Request") -> "httpx.Request":
        token = self._secrets.get("session_token", required=False)
        headers = signature(
            request.method,
            str(request.url),
            request.read(),
            region=self._settings.region,
            access_key=self._secrets.get("access_key"),
            secret_key=self._secrets.get("secret_key"),
            session_token=token,
            now=datetime.now(UTC),
        )
        request.headers.update({name: value.reveal() for name, value in headers.items()})
        return request


def _body(settings: SesSettings, sender: str, address: str, message: str) -> dict[str, Any]:
    """Return the body of a call; `message` is in Base64."""
    body: dict[str, Any] = {
        "FromEmailAddress": sender,
        "Destination": {"ToAddresses": [address]},
        "Content": {"Raw": {"Data": message}},
    }
    if settings.configuration_set:
        body["ConfigurationSetName"] = settings.configuration_set
    return body


def signature(
    method: str,
    url: str,
    body: bytes,
    *,
    region: str,
    access_key: Secret,
    secret_key: Secret,
    session_token: Secret,
    now: datetime,
) -> Mapping[str, Secret]:
    """Return the headers that sign a request without a query (Signature Version 4)."""
    parts = urlsplit(url)
    time = f"{now:%Y%m%dT%H%M%SZ}"
    scope = f"{now:%Y%m%d}/{region}/{SERVICE}/aws4_request"
    headers = {"content-type": "application/json", "host": parts.netloc, "x-amz-date": time}
    if session_token:
        headers["x-amz-security-token"] = session_token.reveal()
    signed = ";".join(sorted(headers))
    canonical_headers = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = "\n".join([method, parts.path, parts.query, canonical_headers, signed, hashlib.sha256(body).hexdigest()])
    to_sign = "\n".join(["AWS4-HMAC-SHA256", time, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = f"AWS4{secret_key.reveal()}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    proof = _hmac(key, to_sign).hex()
    credential = f"{access_key.reveal()}/{scope}"
    authorisation = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature={proof}"
    made = {"X-Amz-Date": Secret(time), "Authorization": Secret(authorisation)}
    return made | ({"X-Amz-Security-Token": session_token} if session_token else {})


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
