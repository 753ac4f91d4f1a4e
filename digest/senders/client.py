"""A small HTTP client for the services: what it retries, what an answer means, and what nobody may see.

A read is repeated, and so is a call under a key that the service knows it by; any other call is made once. Certificates
are verified, no redirect is followed, and an answer of more than a megabyte is not read.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from msgspec import Struct

from digest import __version__
from digest.problems import MissingPackageError, printable, require
from digest.senders.protocol import SendError, TryAgainError, UnansweredError
from digest.senders.secret import HIDDEN, Secret

if TYPE_CHECKING:
    import httpx

CONNECT, WHOLE = 10.0, 60.0  # seconds
LONGEST_ANSWER = 1_000_000  # bytes
LONGEST_PAUSE = 300.0  # seconds that a service may ask to wait
ATTEMPTS = 4
SHOWN = 300  # characters of what a service says
SHOWN_VALUE = 80  # characters of a value in a rehearsal
LOOPBACK = ("localhost", "127.0.0.1", "::1")
KEYS_OF_MESSAGES = ("message", "detail", "title", "error", "code", "name")  # where services say what is wrong


class GoneError(SendError):
    """There is nothing at this address any more (404, 410)."""


class WrongKeyError(SendError):
    """The key is wrong, or may not do this (401, 403)."""


class Call(Struct, frozen=True, kw_only=True):
    """A call: `path` below the base address, `body` as JSON or a `form`.

    `key` is one that the service knows a repetition by.
    """

    method: str
    path: str
    query: Mapping[str, str | int] = {}
    body: Mapping[str, Any] | None = None
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = {}
    key: str = ""

    @property
    def repeatable(self) -> bool:
        """Whether making the call twice does nothing twice."""
        return self.method == "GET" or bool(self.key)


class Client:
    """A client of the service at `base`.

    `authorisation` returns the headers that hold a secret, for each call; `sign` returns a request with its signature.
    """

    def __init__(
        self,
        base: str,
        authorisation: Callable[[], Mapping[str, Secret]],
        sign: "Callable[[httpx.Request], httpx.Request] | None" = None,
        longest_answer: int = LONGEST_ANSWER,
    ) -> None:
        self.base = base.rstrip("/")
        self._longest_answer = longest_answer
        self._authorisation = authorisation
        self._sign = sign
        self._http: httpx.Client | None = None
        self._rehearsed: list[str] | None = None

    def get(self, path: str, *, pretended: Any, **query: str | int) -> Any:
        """Return the JSON at `path`; in a rehearsal what is `pretended`. Raises `GoneError` when there is nothing."""
        return self.call(Call(method="GET", path=path, query=query), pretended)

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, pretended: Any = None) -> Any:
        """Make a POST call and return the answer's JSON; in a rehearsal what is `pretended`."""
        return self.call(Call(method="POST", path=path, body=body), pretended)

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        """Make a PUT call and return the answer's JSON."""
        return self.call(Call(method="PUT", path=path, body=body), None)

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """Make a PATCH call and return the answer's JSON."""
        return self.call(Call(method="PATCH", path=path, body=body), None)

    def delete(self, path: str) -> None:
        """Make a DELETE call; nothing there is as good."""
        try:
            self.call(Call(method="DELETE", path=path), None)
        except GoneError:
            return

    def call(self, call: Call, pretended: Any = None) -> Any:
        """Make a call and return the answer's JSON, None for an empty answer."""
        if self._rehearsed is not None:
            self._rehearsed.append(self._described(call))
            return pretended
        _require_httpx()
        attempts = ATTEMPTS if call.repeatable else 1
        for attempt in range(1, attempts + 1):
            try:
                return self._call_once(call)
            except TryAgainError as error:
                pause = error.pause or float(2 ** (attempt - 1))
                if attempt == attempts or pause > LONGEST_PAUSE:
                    raise
                time.sleep(pause)
            except UnansweredError:
                if attempt == attempts:
                    raise
                time.sleep(2 ** (attempt - 1))
        raise AssertionError("every attempt returns or raises")

    @contextmanager
    def rehearsing(self) -> Iterator[list[str]]:
        """Meanwhile make no call, but yield what would be called."""
        self._rehearsed = []
        try:
            yield self._rehearsed
        finally:
            self._rehearsed = None

    def close(self) -> None:
        """End the connections."""
        if self._http is not None:
            self._http.close()

    def _call_once(self, call: Call) -> Any:
        import httpx

        request = self._client().build_request(
            call.method,
            self.base + call.path,
            params=dict(call.query) or None,
            json=call.body,
            data=call.form,
            headers={**call.headers, **{name: secret.reveal() for name, secret in self._authorisation().items()}},
        )
        try:
            with_body = self._client().send(request, stream=True, auth=self._sign)
            try:
                return self._answer(with_body, _read(with_body, self._longest_answer))
            finally:
                with_body.close()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            if "CERTIFICATE" in str(error):
                raise SendError(f"the certificate of {request.url.host} is not valid: {error}") from None
            raise TryAgainError(f"{request.url.host} cannot be reached: {error or type(error).__name__}") from None
        except httpx.TransportError as error:
            said = str(error) or type(error).__name__
            raise UnansweredError(f"{request.url.host} did not answer {call.method} {call.path}: {said}") from None

    def _client(self) -> "httpx.Client":
        if self._http is None:
            import httpx

            self._http = httpx.Client(
                timeout=httpx.Timeout(WHOLE, connect=CONNECT),
                follow_redirects=False,
                trust_env=self.base.startswith("https:"),  # a proxy could read what goes over http
                headers={
                    "User-Agent": f"digest/{__version__}",
                    "Accept": "application/json",
                    "Accept-Encoding": "identity",  # so that no answer is longer than it looks
                },
            )
        return self._http

    def _answer(self, answer: "httpx.Response", body: bytes) -> Any:
        """Return the JSON of an answer. Raises what its status code means."""
        status = answer.status_code
        if answer.is_success:
            return _json(body)
        said = f"{answer.request.method} {answer.request.url.path} {status}{_said(body)}"
        if answer.is_redirect:
            target = urlsplit(answer.headers.get("location", ""))
            raise SendError(f"{said}: it redirects to {target.scheme}://{target.hostname}; write that address")
        if status in {404, 410}:
            raise GoneError(said)
        if status in {401, 403}:
            raise WrongKeyError(f"{said}: the key is wrong, or may not do this")
        if status == 429 or (status == 503 and "retry-after" in answer.headers):  # the service itself refused
            error = TryAgainError(said)
            error.pause = _pause(answer.headers.get("retry-after", ""))
            raise error
        if status >= 500 or status == 408:
            raise UnansweredError(said)
        raise SendError(said)

    def _described(self, call: Call) -> str:
        """Return a call for people: no secret, and long values shortened."""
        query = f"?{urlencode(call.query)}" if call.query else ""
        headers = {**call.headers, **dict.fromkeys(self._authorisation(), HIDDEN)}
        lines = [f"{call.method} {self.base}{call.path}{query}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if call.body is not None:
            lines.append(json.dumps(_shortened(call.body), ensure_ascii=False, indent=2))
        if call.form is not None:
            lines.append(urlencode(call.form))
        return "\n".join(lines)


def is_safe(address: str) -> bool:
    """Return whether a secret may be sent to an address: by TLS, or within this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _require_httpx() -> None:
    try:
        require("httpx", "send", "a service over HTTP")
    except MissingPackageError as error:
        raise SendError(str(error)) from error


def _read(answer: "httpx.Response", longest: int) -> bytes:
    """Return the body of an answer. Raises `UnansweredError` when it is too long, or comes too slowly."""
    began = time.monotonic()
    body = b""
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > longest:
            raise UnansweredError(f"the answer of {answer.request.url.host} is longer than {longest:,} bytes")
        if time.monotonic() - began > WHOLE:
            raise UnansweredError(f"the answer of {answer.request.url.host} took longer than {WHOLE:.0f} s")
    return body


def _json(body: bytes) -> Any:
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except ValueError:
        raise UnansweredError("the answer is not JSON; is the address right?") from None


def _said(body: bytes) -> str:
    """Return what a service says is wrong, after a colon; empty when it says nothing."""
    try:
        answer = json.loads(body)
    except ValueError:
        return ""
    if isinstance(answer, dict) and isinstance(answer.get("error"), dict):
        answer = answer["error"]
    if not isinstance(answer, dict):
        return ""
    words = [str(answer[key]) for key in KEYS_OF_MESSAGES if answer.get(key)]
    details = answer.get("errors")
    words += [json.dumps(details, ensure_ascii=False)] if details else []
    return f": {printable(' '.join(words))[:SHOWN]}" if words else ""


def _pause(value: str) -> float:
    """Return how many seconds `Retry-After` asks for; 0 when it does not say."""
    from email.utils import parsedate_to_datetime

    if value.strip().isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max((until - datetime.now(UTC)).total_seconds(), 0.0)


def _shortened(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _shortened(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_shortened(inner) for inner in value]
    if isinstance(value, str) and len(value) > SHOWN_VALUE:
        return f"{value[:SHOWN_VALUE]}… ({len(value.encode()):,} bytes)"
    return value
