#!/usr/bin/env python3
"""Send an edition by SMTP: to a list address, or to a file of subscribers one by one. Standard library only.

    python send.py public/editions/weekly/2026-W48/manifest.json --smtp mail.example.org:587 --starttls --list
    python send.py public/editions/weekly/2026-W48/manifest.json --smtp localhost:25 --subscribers readers.txt

User and password come from SMTP_USER and SMTP_PASSWORD, the secret behind the unsubscribe links from DIGEST_SECRET.

Every copy is written down in a SQLite log, "sending" before and "sent" after. After a kill the same command goes on
where it was; of the one copy that was under way nobody knows whether it arrived, so it is sent again, under the same
Message-ID. When all are sent it calls `digest mark-sent`.
"""

import argparse
import hashlib
import hmac
import html
import json
import os
import re
import smtplib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formataddr, formatdate, parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

TRY_AGAIN = 75  # EX_TEMPFAIL


def token(secret: str, digest: str, address: str) -> str:
    """Return what proves that an unsubscribe link for `address` is ours: HMAC-SHA256, 32 hex digits.

    The page behind the link computes it again and compares with `hmac.compare_digest`.
    """
    return hmac.new(secret.encode(), f"{digest}\n{address.casefold()}".encode(), hashlib.sha256).hexdigest()[:32]


def edition(path: Path, *, drafts: bool) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return manifest and files of an edition, each file held against its SHA-256."""
    manifest = json.loads(path.read_bytes())
    if manifest["version"] != 1:
        sys.exit(f"{path}: version {manifest['version']} is not known here")
    if manifest.get("needs_approval"):
        require_approval(path.with_name("approved.json"), manifest)
    elif manifest["draft"] and not drafts:
        sys.exit(f"{manifest['key']} is a draft: it was built long after its window. Look at it, then add --drafts")
    files = {}
    for file in manifest["files"]:
        files[file["path"]] = (path.parent / file["path"]).read_bytes()
        if hashlib.sha256(files[file["path"]]).hexdigest() != file["sha256"]:
            sys.exit(f"{path.parent / file['path']} is not the file that the manifest means; build the edition again")
    return manifest, files


def require_approval(path: Path, manifest: dict[str, Any]) -> None:
    """Stop when the edition was not approved, or was with other content."""
    key = manifest["key"]
    if not path.exists():
        sys.exit(f"{key} is not approved: look at it, then `digest approve {key}`")
    if json.loads(path.read_bytes())["content_hash"] != manifest["content_hash"]:
        sys.exit(f"{key} is not what was approved: look at it again, then `digest approve {key}`")


def subscribers(path: Path) -> Iterator[str]:
    """Yield the addresses of a file, one a line, each once; `#` begins a comment."""
    seen = set()
    for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        address = parseaddr(text)[1]
        if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", address):
            sys.exit(f"{path}:{number}: {text!r} is no address")
        if address.casefold() not in seen:
            seen.add(address.casefold())
            yield address


def web_address(unsubscribe: str) -> str:
    """Return the web page among the unsubscribe addresses of a manifest."""
    return next((url for url in unsubscribe.replace(",", " ").split() if url.startswith("http")), "")


def message(manifest: dict[str, Any], files: dict[str, bytes], address: str, secret: str) -> bytes:
    """Return the copy for `address`, with its own unsubscribe link (RFC 2369, RFC 8058)."""
    text, page = files["email.txt"].decode(), files["email.html"].decode()
    domain = parseaddr(manifest["sender"])[1].partition("@")[2] or "localhost"
    mail = MIMEMultipart("alternative")
    mail["Subject"] = Header(clean(manifest["subject"]), "utf-8").encode()
    mail["From"] = formataddr(parseaddr(manifest["sender"]))
    mail["To"] = address
    mail["Date"] = formatdate()
    mark = hashlib.sha256(f"{manifest['idempotency_key']} {address.casefold()}".encode()).hexdigest()[:32]
    mail["Message-ID"] = f"<{mark}@{domain}>"
    if manifest["reply_to"]:
        mail["Reply-To"] = formataddr(parseaddr(manifest["reply_to"]))
    if manifest["list_id"]:
        mail["List-Id"] = list_id(clean(manifest["list_id"]))
    mail["List-Archive"] = f"<{clean(manifest['archive_url'])}>"
    if base := web_address(manifest["unsubscribe"]):
        query = urlencode({"address": address, "token": token(secret, manifest["digest"], address)})
        own = f"{base}{'&' if '?' in base else '?'}{query}"
        text = re.sub(re.escape(base) + r"(?![^\s>)])", lambda _: own, text)
        link = re.escape(html.escape(base, quote=False))
        page = re.sub(rf'(?<=href="){link}(?=")', lambda _: html.escape(own), page)
        mail["List-Unsubscribe"] = f"<{own}>"
        if manifest["one_click"]:
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    elif manifest["unsubscribe"]:
        mail["List-Unsubscribe"] = f"<{clean(manifest['unsubscribe'])}>"
    mail.attach(MIMEText(text, "plain", "utf-8"))
    mail.attach(MIMEText(page, "html", "utf-8"))
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def list_id(value: str) -> str:
    """Return `Name <weekly.example.org>` as a header (RFC 2919), every character of the name kept (RFC 2047)."""
    name, mark, identifier = value.rpartition("<")
    if name.isascii() or not mark:
        return value.encode("ascii", "ignore").decode()
    encoded = Header(name.strip().strip('"'), "utf-8").encode()
    return f"{encoded} <{identifier}"


def clean(value: str) -> str:
    """Return a header's value without what could end it."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", value).split())


def open_log(path: Path) -> sqlite3.Connection:
    """Return the send log, held by us alone until we end."""
    log = sqlite3.connect(path, timeout=1, isolation_level=None)
    try:
        log.execute("PRAGMA locking_mode = EXCLUSIVE")
        log.execute("BEGIN EXCLUSIVE")
        columns = "key TEXT, address TEXT, state TEXT, said TEXT, PRIMARY KEY (key, address)"
        log.execute(f"CREATE TABLE IF NOT EXISTS copies ({columns})")
        log.execute("COMMIT")
    except sqlite3.OperationalError as error:
        sys.exit(f"{path}: {error}; is it being sent already?")
    return log


def connect(arguments: argparse.Namespace) -> smtplib.SMTP:
    """Return a session with the mail server."""
    host, _, port = arguments.smtp.rpartition(":")
    smtp = smtplib.SMTP(host.strip("[]"), int(port), timeout=60)
    if arguments.starttls:
        smtp.starttls()
    if user := os.environ.get("SMTP_USER"):
        smtp.login(user, os.environ.get("SMTP_PASSWORD", ""))
    return smtp


def send(
    arguments: argparse.Namespace, manifest: dict[str, Any], files: dict[str, bytes], log: sqlite3.Connection
) -> int:
    """Send every copy that the log does not have as sent; return how many were sent now."""
    key, sender = manifest["key"], parseaddr(manifest["sender"])[1]
    addresses = [manifest["to"]] if arguments.list else list(subscribers(arguments.subscribers))
    done = {row[0] for row in log.execute("SELECT address FROM copies WHERE key = ? AND state != 'sending'", (key,))}
    count, smtp = 0, None
    for address in (address for address in addresses if address.casefold() not in done):
        secret = os.environ.get("DIGEST_SECRET", "")
        mail = files["email.eml"] if arguments.list else message(manifest, files, address, secret)
        row = (key, address.casefold())
        log.execute("INSERT OR REPLACE INTO copies VALUES (?, ?, 'sending', '')", row)
        smtp = smtp or connect(arguments)
        try:
            smtp.sendmail(sender, [parseaddr(address)[1]], mail)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            if code < 500:  # not now; later copies may do, and the next run tries this one again
                print(f"{address}: {code} {said.decode(errors='replace')}", file=sys.stderr)
                continue
            log.execute(
                "UPDATE copies SET state = 'refused', said = ? WHERE key = ? AND address = ?", (str(said), *row)
            )
            print(f"{address}: refused, {code} {said.decode(errors='replace')}", file=sys.stderr)
            continue
        log.execute("UPDATE copies SET state = 'sent' WHERE key = ? AND address = ?", row)
        count += 1
    if smtp:
        smtp.quit()
    return count


def main() -> None:
    """Send, and say so."""
    parser = argparse.ArgumentParser(description="Send an edition by SMTP.")
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--smtp", required=True, metavar="HOST:PORT")
    parser.add_argument("--starttls", action="store_true")
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--list", action="store_true", help="send email.eml to the manifest's list address")
    target.add_argument("--subscribers", type=Path, metavar="FILE", help="one address a line")
    parser.add_argument("--log", type=Path, default=Path("sent.sqlite"))
    parser.add_argument("--drafts", action="store_true", help="send a draft that needs no approval")
    parser.add_argument("--digest", default="digest", metavar="COMMAND", help="called to mark the edition as sent")
    arguments = parser.parse_args()
    manifest, files = edition(arguments.manifest, drafts=arguments.drafts)
    for name in ("sender", *(["to"] if arguments.list else [])):
        if not manifest[name]:
            sys.exit(f"the digest has no {name}: write it into digest.toml and build the edition again")
    if arguments.subscribers and web_address(manifest["unsubscribe"]) and not os.environ.get("DIGEST_SECRET"):
        sys.exit("DIGEST_SECRET is not set: unsubscribe links need it")
    with closing(open_log(arguments.log)) as log:
        try:
            count = send(arguments, manifest, files, log)
        except (OSError, smtplib.SMTPException) as error:
            print(f"stopped: {error}; run the same command again", file=sys.stderr)
            sys.exit(TRY_AGAIN)
        states = "SELECT count(*) FROM copies WHERE key = ? AND state = ?"
        (left,), (total,) = (log.execute(states, (manifest["key"], s)).fetchone() for s in ("sending", "sent"))
    print(f"{manifest['key']}: {count} sent now, {total} in all")
    if left:
        sys.exit(TRY_AGAIN)
    mark = [*arguments.digest.split(), "mark-sent", manifest["key"], "--ref", f"smtp, {total} copies"]
    sys.exit(subprocess.run(mark, check=False).returncode)


if __name__ == "__main__":
    main()
