"""The page of the preview, and the content security policies of all responses.

Users cannot override the page: its template is always the shipped one.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from email import message_from_bytes, policy
from typing import Any, Literal
from urllib.parse import quote

from msgspec import Struct

from digest.archive.media_types import media_type
from digest.emails import PREHEADER, Email
from digest.preview.site import Site
from digest.problems import DigestError, Problem, fold
from digest.templates import environment

GMAIL_CUTS = 102_400  # bytes of HTML beyond which Gmail shows "message clipped"
SAFE_SIZE = 87_000  # stays below GMAIL_CUTS after a sender has rewritten the links
MAX_LISTED = 200  # problems or files shown
LABELS = {
    "html_bytes": "HTML part",
    "text_bytes": "Text part",
    "eml_bytes": "Whole message",
    "posts": "Posts",
    "subject_characters": "Subject",
    "preheader_characters": "Preheader",
}
# Neither scripts nor forms run; the page around it may still measure the e-mail, and its links open in new tabs.
SANDBOX = (
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; form-action 'none'; frame-ancestors 'self'"
)
FILE_POLICY = f"{SANDBOX}; style-src 'self' 'unsafe-inline'; img-src 'self' https: http:; media-src https: http:"
IMAGE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


class Check(Struct, frozen=True):
    """One figure of an edition, and whether it is within its limits (empty: there is no limit)."""

    label: str
    value: str
    state: Literal["", "good", "bad"] = ""
    advice: str = ""


def shell(site: Site, key: str, email: Email | None, version: int) -> str:
    """Return the page that shows an edition with its problems beside it; without `email`, the reason."""
    if email is None:
        return _page(site, key, version, site.problems, {"reason": site.reason})
    head = email.eml.partition(b"\r\n\r\n")[0]
    headers = message_from_bytes(head + b"\r\n\r\n", policy=policy.default).items()
    shown = {"email": email, "headers": [(name, str(value)) for name, value in headers], "checks": checks(email)}
    return _page(site, key, version, (*site.problems, *email.problems), shown)


def trouble(error: Exception, version: int, site: Site | None = None, key: str = "") -> str:
    """Return the page that shows why the edition, or the whole site, cannot be shown."""
    problems = site.problems if site else ()
    if not isinstance(error, DigestError):
        detail = getattr(error, "detail", "")
        reason = detail or f"The program failed: {type(error).__name__}: {error}. The terminal has the details."
        return _page(site, key, version, (), {"reason": reason})
    reason = str(error)
    if reason == "\n".join(map(str, error.problems)):  # the page lists them anyway
        reason = "Something in the files is wrong, as is said beside."
    return _page(site, key, version, (*problems, *error.problems), {"reason": reason})


def _page(site: Site | None, key: str, version: int, problems: Iterable[Problem], values: Mapping[str, Any]) -> str:
    found = set(problems)
    listed = sorted(fold(found), key=lambda problem: problem.severity)
    errors = sum(problem.severity == "error" for problem in found)
    shown = _site_values(site, key) if site else {"title": "", "keys": (), "files": (), "more_files": 0}
    shown |= {
        "key": key,
        "path": quote(key),
        "version": version,
        "problems": listed[:MAX_LISTED],
        "more_problems": max(0, len(listed) - MAX_LISTED),
        "errors": errors,
        "warnings": len(found) - errors,
        "size": (SAFE_SIZE, GMAIL_CUTS),
    }
    template = environment(None).get_template("preview.html.jinja")
    return str(template.render({"email": None, "headers": (), "checks": (), "reason": ""} | shown | dict(values)))


def _site_values(site: Site, key: str) -> dict[str, Any]:
    paths = sorted(site.files, key=lambda path: (path.count("/"), path))
    keys = site.keys if key in ("", *site.keys) else (key, *site.keys)
    return {
        "title": site.title,
        "keys": keys,
        "states": dict.fromkeys(site.open_keys, "open") | dict.fromkeys(site.due_keys, "due"),
        "files": [(path, media_type(path), len(site.files[path])) for path in paths[:MAX_LISTED]],
        "more_files": max(0, len(paths) - MAX_LISTED),
    }


def checks(email: Email) -> list[Check]:
    """Return the figures of an edition, each compared with its limits."""
    return [_check(name, value) for name, value in email.checks.items()]


def _check(name: str, value: int) -> Check:
    label = LABELS.get(name, name.replace("_", " ").capitalize())
    unit = name.rpartition("_")[2]
    shown = f"{value:,} {unit}" if unit in ("bytes", "characters") else f"{value:,}"
    if name == "html_bytes":
        good, advice = value <= SAFE_SIZE, f"Gmail cuts a message at {GMAIL_CUTS:,} bytes"
    elif name == "preheader_characters":
        good, advice = PREHEADER[0] <= value <= PREHEADER[1], f"{PREHEADER[0]} to {PREHEADER[1]} are shown well"
    else:
        return Check(label, shown)
    return Check(label, shown, "good") if good else Check(label, shown, "bad", advice)


def email_policy(view: str) -> str:
    """Return the content security policy of an e-mail: images and its own styles, no scripts."""
    images = "'none'" if view == "no-images" else "'self' https: http:"
    return f"{SANDBOX}; style-src 'unsafe-inline'; font-src https:; img-src {images}"


def shell_policy(html: str) -> str:
    """Return the content security policy of the page: its own script and style by their hashes, and this server."""
    return (
        f"default-src 'none'; script-src {_hash(html, 'script')}; style-src {_hash(html, 'style')}; img-src data:; "
        "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _hash(html: str, element: str) -> str:
    """Return the source expression for the page's only element of this name (CSP level 3, section 2.3.1)."""
    text = html.partition(f"<{element}>")[2].partition(f"</{element}>")[0]
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
