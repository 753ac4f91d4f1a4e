#!/usr/bin/env python3
"""An unsubscribe page as a serverless function, with Python's standard library alone.

`handler` takes the events of AWS Lambda function URLs and API Gateway (payload 2.0), which others have taken over. It
needs the secret and no list of addresses: it checks the token of the link (docs/unsubscribing.md) and keeps it where
`keep` puts it. `digest unsubscribe add TOKEN...` takes the kept tokens in before the next edition is sent.
"""

import hashlib
import hmac
import os
from typing import Any
from urllib.parse import parse_qs

PAGE = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Unsubscribe</title><h1>Unsubscribe</h1>{}</html>'
BUTTON = '<form method="post"><button>Unsubscribe</button></form>'


def proof(secret: str, digest: str, reader: str) -> str:
    """Return the second half of a token."""
    text = f"unsubscribe\n{digest}\n{reader}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


def is_ours(digest: str, token: str) -> bool:
    """Return whether a token was made with our secret."""
    expected = proof(os.environ["DIGEST_SECRET"], digest, token[:32])
    return hmac.compare_digest(expected.encode(), token[32:].encode())


def keep(digest: str, token: str) -> None:
    """Keep a token. Replace this by your own store; here it is the function's log."""
    print(f"unsubscribe {digest} {token}")


def handler(event: dict[str, Any], _context: object = None) -> dict[str, Any]:
    """Answer a request: `GET` shows a button, `POST` leaves (RFC 8058)."""
    query = parse_qs(event.get("rawQueryString", ""))
    digest, token = query.get("digest", [""])[0], query.get("token", [""])[0]
    method = event["requestContext"]["http"]["method"]
    if not is_ours(digest, token):
        return answer(400, "<p>This link is incomplete or no longer valid.</p>")
    if method != "POST":
        return answer(200, BUTTON)
    keep(digest, token)
    return answer(200, "<p>You are unsubscribed.</p>")


def answer(status: int, html: str) -> dict[str, Any]:
    """Return an answer that is neither cached nor framed, and whose address nobody is told."""
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return {"statusCode": status, "headers": headers, "body": PAGE.format(html)}
