"""What the preview shows: its page, an e-mail as a client in light, in dark or without pictures has it, and policies.

The page is not the owner's to replace, so its template is always the shipped one.
"""

import base64
import functools
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from msgspec import Struct

from digest import templates as pages
from digest.emails.compose import PREHEADER, Email
from digest.feeds import FILES, MEDIA_TYPES
from digest.patterns import pattern
from digest.problems import DigestError, Problem

GMAIL_CUTS = 102_400  # bytes of HTML beyond which Gmail shows "message clipped"
SAFE_SIZE = 87_000  # what stays below that after a sender has rewritten the links
MAX_LISTED = 200  # problems, or files: more make a page that nobody reads
TYPES = {
    **{FILES[form]: media for form, media in MEDIA_TYPES.items()},
    ".css": "text/css; charset=utf-8",
    ".eml": "message/rfc822",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".opml": "text/x-opml",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
}
# Neither scripts nor forms run; the page around it may still measure the e-mail, and its links open in new tabs.
_SANDBOX = (
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; form-action 'none'; frame-ancestors 'self'"
)
FILE_POLICY = f"{_SANDBOX}; style-src 'self' 'unsafe-inline'; img-src 'self' https: http:; media-src https: http:"

_INLINE = {
    "script": pattern(r"<script>(.*?)</script>", re.DOTALL),
    "style": pattern(r"<style>(.*?)</style>", re.DOTALL),
}
_STYLE_OR_MEDIA = pattern(r"""(<style\b[^>]*>.*?</style>|<source\b[^>]*>)""", re.DOTALL | re.IGNORECASE)
_SCHEME = pattern(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_PICTURE = pattern(
    r"""(<(?:img|td|table|body|source)\b[^>]*?\s(?:src|background|srcset)=")([^"\s]+)(")""", re.IGNORECASE
)
_HEAD = pattern(r"<head\b[^>]*>", re.IGNORECASE)
_LABELS = {
    "html_bytes": "HTML part",
    "text_bytes": "Text part",
    "eml_bytes": "Whole message",
    "posts": "Posts",
    "subject_characters": "Subject",
    "preheader_characters": "Preheader",
}

View = Literal["light", "dark", "no-images"]


class Site(Struct, frozen=True):
    """What a preview shows, as one build in memory gave it. `compose` raises DigestError when it can not make a key."""

    title: str
    url: str  # absolute, with a slash at its end; every address of the site starts with it
    files: Mapping[str, bytes]  # feeds and pages by their path below the output folder
    modified: datetime  # aware: the newest entry's date or the newest window's end
    problems: tuple[Problem, ...]  # in posts and settings
    keys: tuple[str, ...]  # the editions to choose from, in the order of a list
    due: str  # the one that is shown first; empty when none is due
    reason: str  # why none is due
    compose: Callable[[str], Email]
    folders: Mapping[str, Path] = {}  # where local pictures lie: the static files by `url`, a post's own by its URL


class Check(Struct, frozen=True):
    """One figure of an edition, and whether it is as it should be (`""`: there is no rule)."""

    label: str
    value: str
    state: Literal["", "good", "bad"] = ""
    advice: str = ""


def media_type(path: str) -> str:
    """Return the media type of a path by its name."""
    name = path.rpartition("/")[2]
    return TYPES.get(name) or TYPES.get(f".{name.rpartition('.')[2].lower()}", "application/octet-stream")


def shell(site: Site, key: str, email: Email | None, version: int) -> str:
    """Return the page that shows an edition with its problems beside it; without `email`, why there is none."""
    shown: dict[str, Any] = {"reason": "" if email else site.reason}
    problems: Iterable[Problem] = site.problems
    if email:
        problems = {*site.problems, *email.problems}
        parsed = message_from_bytes(email.eml.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", policy=policy.default)
        shown |= {"headers": [(name, str(value)) for name, value in parsed.items()], "checks": checks(email)}
    return _page(site, key, version, problems, shown | {"email": email})


def trouble(error: Exception, version: int, site: Site | None = None, key: str = "") -> str:
    """Return the page that says what keeps the edition, or the whole site, from being shown."""
    if isinstance(error, DigestError):
        problems = {*(site.problems if site else ()), *error.problems}
        said = "\n".join(map(str, error.problems))  # what stands beside need not be said twice
        reason = "Something in the files is wrong, as is said beside." if str(error) == said else str(error)
    else:
        detail = getattr(error, "detail", "")
        reason = detail or f"The program failed: {type(error).__name__}: {error}. The terminal has the details."
        problems = set()
    return _page(site, key, version, problems, {"email": None, "reason": reason})


def _page(site: Site | None, key: str, version: int, problems: Iterable[Problem], values: Mapping[str, Any]) -> str:
    found = sorted(set(problems), key=lambda problem: (problem.severity, problem))
    files = (
        [(path, media_type(path).partition(";")[0], len(site.files[path])) for path in _ordered(site)] if site else []
    )
    keys = (key, *site.keys) if site and key and key not in site.keys else site.keys if site else ()
    page: str = _template().render(
        {"headers": (), "checks": (), "reason": ""}
        | dict(values)
        | {
            "title": site.title if site else "",
            "key": key,
            "keys": keys,
            "due": site.due if site else "",
            "path": quote(key),
            "version": version,
            "problems": found[:MAX_LISTED],
            "more_problems": max(0, len(found) - MAX_LISTED),
            "errors": sum(problem.severity == "error" for problem in found),
            "warnings": sum(problem.severity == "warning" for problem in found),
            "files": files[:MAX_LISTED],
            "more_files": max(0, len(files) - MAX_LISTED),
            "size": (SAFE_SIZE, GMAIL_CUTS),
        }
    )
    return page


def _ordered(site: Site) -> list[str]:
    """Return the paths of the site's files, those at the top first."""
    return sorted(site.files, key=lambda path: (path.count("/"), path))


@functools.cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(pages.SHIPPED),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("preview.html.jinja")


def checks(email: Email) -> list[Check]:
    """Return the figures of an edition, each with what is wrong about it."""
    made = []
    for name, value in email.checks.items():
        label = _LABELS.get(name, name.replace("_", " ").capitalize())
        unit = " bytes" if name.endswith("_bytes") else " characters" if name.endswith("_characters") else ""
        state: Literal["", "good", "bad"] = ""
        advice = ""
        if name == "html_bytes":
            state, advice = ("good", "") if value <= SAFE_SIZE else ("bad", "Gmail cuts a message at 102,400 bytes")
        elif name == "preheader_characters":
            state = "good" if PREHEADER[0] <= value <= PREHEADER[1] else "bad"
            advice = "" if state == "good" else f"{PREHEADER[0]} to {PREHEADER[1]} are shown well"
        made.append(Check(label, f"{value:,}{unit}", state, advice))
    return made


def email(html: str, view: str, local: Callable[[str], str]) -> str:
    """Return an e-mail as a client shows it: `view` is `light`, `dark` or `no-images`.

    The browser's own setting does not count: the rules for the view's scheme are in force, those for the other are not.
    `local` gives the preview's address of a picture that is a file of the site.
    """
    dark = view == "dark"

    def forced(match: re.Match[str]) -> str:
        return _SCHEME.sub(lambda m: "(min-width:0)" if (m[1].lower() == "dark") == dark else "(max-width:0)", match[0])

    html = _STYLE_OR_MEDIA.sub(forced, html)
    html = _PICTURE.sub(lambda m: f"{m[1]}{local(m[2])}{m[3]}", html)
    scheme = f"<style>:root{{color-scheme:only {'dark' if dark else 'light'} !important}}</style>"
    return _HEAD.sub(lambda m: f'{m[0]}<base target="_blank">{scheme}', html, count=1)


def email_policy(view: str) -> str:
    """Return the content security policy of an e-mail: pictures and its own styles, nothing that runs."""
    pictures = "'none'" if view == "no-images" else "'self' https: http:"
    return f"{_SANDBOX}; style-src 'unsafe-inline'; font-src https:; img-src {pictures}"


def shell_policy(html: str) -> str:
    """Return the content security policy of the page: its own script and style by their hashes, and this server."""
    hashes = {name: " ".join(map(_hash, found.findall(html))) for name, found in _INLINE.items()}
    return (
        f"default-src 'none'; script-src {hashes['script']}; style-src {hashes['style']}; img-src data:; "
        "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
