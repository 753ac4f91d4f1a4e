"""What `digest doctor` finds, and what to do about it."""

from typing import Literal

from msgspec import Struct

Verdict = Literal["ok", "warning", "error", "unknown"]


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that was looked at. `advice` says what to write where; `unknown`: it could not be found out."""

    about: str
    verdict: Verdict
    message: str
    advice: str = ""

    def __str__(self) -> str:
        advice = f"\n    {self.advice}" if self.advice else ""
        return f"{self.verdict}: {self.about}: {self.message}{advice}"


def ok(about: str, message: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(about=about, verdict="ok", message=message)


def warning(about: str, message: str, advice: str = "") -> Finding:
    """Return what mailbox providers may hold against a letter."""
    return Finding(about=about, verdict="warning", message=message, advice=advice)


def error(about: str, message: str, advice: str = "") -> Finding:
    """Return what keeps letters from arriving."""
    return Finding(about=about, verdict="error", message=message, advice=advice)


def unknown(about: str, message: str, advice: str = "") -> Finding:
    """Return what could not be found out."""
    return Finding(about=about, verdict="unknown", message=message, advice=advice)
