"""Fakes of services over HTTP: as much of their behaviour as the senders rely on, in memory, on a port of this machine."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

Answer = tuple[int, Any]
KEY = "canary-5f1d9c-us6"  # the secret that no output may show


class Call(Struct, frozen=True):
    """A call that a service got."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


class Service:
    """A service with drafts. `sent` are the letters that readers got: id and subject of each."""

    kind: ClassVar[str]
    settings: ClassVar[str] = ""
    header: ClassVar[str] = f"Bearer {KEY}"

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.items: dict[str, dict[str, Any]] = {}
        self.sent: list[tuple[str, str]] = []
        self.tests: list[tuple[str, tuple[str, ...]]] = []
        self.refusals: list[Answer] = []  # given to the next calls instead of doing anything
        self.loses = 0  # the number of the change that is made and not answered
        self.changes = 0
        self.pause = 0.0  # seconds before and after each call is carried out
        self.lost = False  # whether one was
        self.lock = threading.Lock()

    def handle(self, call: Call) -> Answer:
        """Do what a call asks for."""
        raise NotImplementedError

    def is_authorised(self, headers: Mapping[str, str]) -> bool:
        """Whether a call has the key."""
        return headers.get("authorization") == self.header

    def add(self, item: dict[str, Any]) -> dict[str, Any]:
        """Keep a new item under a new id."""
        item["id"] = str(len(self.items) + 1)
        self.items[item["id"]] = item
        return item

    def deliver(self, item: Mapping[str, Any], subject: str) -> None:
        """Send an item to the readers."""
        self.sent.append((str(item["id"]), subject))


class FakeListmonk(Service):
    """listmonk."""

    kind = "listmonk"
    settings = 'user = "api"\nlists = [1, 2]\ntoken_env = "CANARY"'
    header = f"token api:{KEY}"

    def handle(self, call: Call) -> Answer:
        match call.method, *call.path.removeprefix("/api/").split("/"):
            case "GET", "campaigns":
                words = call.query["query"].lower()
                found = [each for each in self.items.values() if words in f"{each['name']} {each['subject']}".lower()]
                return 200, {"data": {"results": found}}
            case "POST", "campaigns":
                if any(each["archive_slug"] == call.body["archive_slug"] for each in self.items.values()):
                    return 500, {"message": "duplicate key value violates unique constraint"}
                return 200, {"data": self.add({"status": "draft", "send_at": None, **call.body})}
            case method, "campaigns", number, *rest:
                return self.change(method, number, rest, call)
        return 404, {}

    def change(self, method: str, number: str, rest: list[str], call: Call) -> Answer:
        item = self.items.get(number)
        if item is None:
            return 400, {"message": "Campaign not found"}
        match method, rest:
            case "PUT", []:
                if item["status"] not in {"draft", "paused", "scheduled"}:
                    return 400, {"message": "Cannot update a running or a finished campaign."}
                item.update(call.body)
            case "PUT", ["status"]:
                return self.set_status(item, call.body["status"])
            case "POST", ["test"]:
                self.tests.append((call.body["subject"], tuple(call.body["subscribers"])))
            case "DELETE", []:
                del self.items[number]
        return 200, {"data": item}

    def set_status(self, item: dict[str, Any], status: str) -> Answer:
        allowed = {"scheduled": {"draft", "paused"}, "running": {"draft", "paused"}, "draft": {"scheduled"}}
        if item["status"] not in allowed[status]:
            return 400, {"message": "Only paused campaigns and drafts can be started"}
        if status == "scheduled" and not item["send_at"]:
            return 400, {"message": "Campaign needs a send_at date to be scheduled"}
        item["status"] = status
        if status == "running":
            self.deliver(item, item["subject"])
        return 200, {"data": item}


class FakeButtondown(Service):
    """Buttondown."""

    kind = "buttondown"
    settings = 'token_env = "CANARY"'
    header = f"Token {KEY}"

    def handle(self, call: Call) -> Answer:
        match call.method, *call.path.removeprefix("/").split("/"):
            case "GET", "emails":
                return 200, {"results": list(self.items.values()), "next": None}
            case "POST", "emails":
                item = self.add({"status": "about_to_send", "publish_date": None, **call.body})
                if item["status"] != "draft":
                    self.deliver(item, item["subject"])
                return 201, item
            case method, "emails", number, *rest:
                item = self.items.get(number, {})
                return self.change(method, item, rest, call) if item else (404, {"detail": "Not found."})
        return 404, {}

    def change(self, method: str, item: dict[str, Any], rest: list[str], call: Call) -> Answer:
        match method, rest:
            case "PATCH", []:
                if item["status"] not in {"draft", "scheduled"}:
                    return 400, {"code": "status_invalid", "detail": "This email cannot be changed."}
                item.update({key: None if value == "none" else value for key, value in call.body.items()})
                if item["status"] == "about_to_send":
                    self.deliver(item, item["subject"])
            case "POST", ["send-draft"]:
                self.tests.append((item["subject"], tuple(call.body["recipients"])))
            case "DELETE", []:
                del self.items[item["id"]]
                return 204, None
        return 200, item


class FakeMailchimp(Service):
    """Mailchimp."""

    kind = "mailchimp"
    settings = 'list = "a1b2c3"\nsegment = 5\nkey_env = "CANARY"'

    def handle(self, call: Call) -> Answer:
        match call.method, *call.path.removeprefix("/").split("/"):
            case "GET", "campaigns":
                return 200, {"campaigns": list(self.items.values())}
            case "POST", "campaigns":
                return 200, self.add({"status": "save", "send_time": "", "content": None, **call.body})
            case method, "campaigns", number, *rest:
                item = self.items.get(number, {})
                return self.change(method, item, rest, call) if item else (404, {"title": "Resource Not Found"})
        return 404, {}

    def change(self, method: str, item: dict[str, Any], rest: list[str], call: Call) -> Answer:
        subject = item["settings"]["subject_line"]
        if method != "GET" and rest[:1] != ["actions"] and item["status"] not in {"save", "paused"}:
            return 400, {"title": "Invalid Resource", "detail": "This campaign cannot be edited."}
        match method, rest:
            case "PATCH", []:
                item.update(call.body)
            case "PUT", ["content"]:
                item["content"] = call.body
            case "GET", ["send-checklist"]:
                wrong = {"type": "error", "heading": "Content", "details": "There is none"}
                return 200, {"is_ready": bool(item["content"]), "items": [] if item["content"] else [wrong]}
            case "POST", ["actions", "test"]:
                self.tests.append((subject, tuple(call.body["test_emails"])))
            case "POST", ["actions", action]:
                return self.act(item, action, call, subject)
            case "DELETE", []:
                del self.items[item["id"]]
        return 200, item

    def act(self, item: dict[str, Any], action: str, call: Call, subject: str) -> Answer:
        wanted = {"send": "save", "schedule": "save", "unschedule": "schedule"}[action]
        if item["status"] != wanted:
            return 400, {"title": "Bad Request", "detail": f"Cannot {action} a campaign that is {item['status']}"}
        if action == "send":
            self.deliver(item, subject)
        if action == "schedule":
            due = datetime.fromisoformat(call.body["schedule_time"])
            assert due.utcoffset() == due.astimezone(UTC).utcoffset()
            assert due.minute % 15 == 0
            item["send_time"] = call.body["schedule_time"]
        item["status"] = {"send": "sending", "schedule": "schedule", "unschedule": "save"}[action]
        return 204, None


class FakeResend(Service):
    """Resend."""

    kind = "resend"
    settings = 'segment = "78261eea-8f8b-4381-83c6-79fa7120f1cf"\nkey_env = "CANARY"'

    def handle(self, call: Call) -> Answer:
        match call.method, *call.path.removeprefix("/").split("/"):
            case "GET", "broadcasts":
                return 200, {"data": list(self.items.values()), "has_more": False}
            case "POST", "broadcasts":
                assert call.body["send"] is False
                return 201, {"id": self.add({"status": "draft", "scheduled_at": None, **call.body})["id"]}
            case "POST", "emails":
                assert call.headers["idempotency-key"]
                self.tests.append((call.body["subject"], tuple(call.body["to"])))
                return 200, {"id": "e1"}
            case method, "broadcasts", number, *rest:
                item = self.items.get(number, {})
                return self.change(method, item, rest, call) if item else (404, {"message": "Broadcast not found"})
        return 404, {}

    def change(self, method: str, item: dict[str, Any], rest: list[str], call: Call) -> Answer:
        match method, rest:
            case "PATCH", []:
                item.update(call.body)
            case "POST", ["send"]:
                if item["status"] != "draft":
                    return 422, {"message": "Only drafts can be sent", "name": "validation_error"}
                item["scheduled_at"] = call.body.get("scheduled_at")
                item["status"] = "scheduled" if item["scheduled_at"] else "queued"
                if not item["scheduled_at"]:
                    self.deliver(item, item["subject"])
            case "POST", ["cancel"]:
                item["status"] = "draft"
            case "DELETE", []:
                del self.items[item["id"]]
        return 200, item


class FakeBrevo(Service):
    """Brevo."""

    kind = "brevo"
    settings = 'lists = [7]\nkey_env = "CANARY"'

    def is_authorised(self, headers: Mapping[str, str]) -> bool:
        return headers.get("api-key") == KEY

    def handle(self, call: Call) -> Answer:
        match call.method, *call.path.removeprefix("/").split("/"):
            case "GET", "emailCampaigns":
                return 200, {"campaigns": list(self.items.values()), "count": len(self.items)}
            case "POST", "emailCampaigns":
                assert "scheduledAt" not in call.body
                return 201, {"id": int(self.add({"status": "draft", **call.body})["id"])}
            case method, "emailCampaigns", number, *rest:
                item = self.items.get(number, {})
                return self.change(method, item, rest, call) if item else (404, {"code": "document_not_found"})
        return 404, {}

    def change(self, method: str, item: dict[str, Any], rest: list[str], call: Call) -> Answer:
        match method, rest:
            case "PUT", []:
                item.update(call.body)
                if "scheduledAt" in call.body:
                    item["status"] = "queued"
            case "PUT", ["status"]:
                item["status"] = call.body["status"]
            case "POST", ["sendNow"]:
                if item["status"] != "draft":
                    return 400, {"code": "invalid_parameter", "message": "Campaign is already sent"}
                item["status"] = "sent"
                self.deliver(item, item["subject"])
            case "POST", ["sendTest"]:
                self.tests.append((item["subject"], tuple(call.body["emailTo"])))
            case "DELETE", []:
                del self.items[item["id"]]
            case "GET", []:
                return 200, item
        return 204, None


SERVICES: tuple[type[Service], ...] = (FakeListmonk, FakeButtondown, FakeMailchimp, FakeResend, FakeBrevo)


@contextmanager
def serving(service: Service) -> Iterator[str]:
    """Serve a fake on a port of this machine; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            with contextlib.suppress(ConnectionError):  # the program was killed
                self.carry_out()

        def carry_out(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("content-length") or 0)
            raw = self.rfile.read(length)
            headers = {name.lower(): value for name, value in self.headers.items()}
            is_form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
            body = raw.decode() if is_form else json.loads(raw or b"null")
            call = Call(self.command, parts.path, dict(parse_qsl(parts.query)), body, headers)
            with service.lock:
                time.sleep(service.pause)
                status, answer, is_lost = _decide(service, call)
            time.sleep(service.pause)
            if is_lost:
                self.close_connection = True
                return
            content = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _decide(service: Service, call: Call) -> tuple[int, Any, bool]:
    """Return status and body of an answer, and whether it gets lost."""
    service.calls.append(call)
    if not service.is_authorised(call.headers):
        return 401, {"message": "Unauthorized"}, False
    if service.refusals and call.method != "GET":
        return *service.refusals.pop(0), False
    status, body = service.handle(call)
    service.changes += call.method != "GET"
    is_lost = call.method != "GET" and service.changes == service.loses
    service.lost |= is_lost
    return status, body, is_lost
