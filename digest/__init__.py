"""Feeds and e-mail digests from a folder of Markdown posts, as a library: docs/library.md has examples.

Read a site's configuration with `load_config` and pass it to the other functions. Each name is imported lazily, on
first use. Every error is a `DigestError` or a subclass of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from digest.archive import Manifest, mark_sent
    from digest.archive import published as published_editions
    from digest.build.approve import approve
    from digest.build.check import check
    from digest.build.draft import build_draft
    from digest.build.families import load_config
    from digest.build.job import build
    from digest.build.report import EditionReport, Report
    from digest.build.status import DigestStatus, status
    from digest.collector.collect import Collection, collect
    from digest.collector.post import Post
    from digest.collector.select import published, select
    from digest.config import Config, Selection
    from digest.problems import ConfigError, ContentError, DigestError, LockedError, Problem, WriteError
    from digest.senders import (
        DoubtError,
        Rehearsal,
        SendError,
        TryAgainError,
        UnansweredError,
        cancel_sending,
        rehearse_sending,
        send,
        send_test,
        sending_status,
    )
    from digest.senders import Result as SendResult

__all__ = [
    "Collection",
    "Config",
    "ConfigError",
    "ContentError",
    "DigestError",
    "DigestStatus",
    "DoubtError",
    "EditionReport",
    "LockedError",
    "Manifest",
    "Post",
    "Problem",
    "Rehearsal",
    "Report",
    "Selection",
    "SendError",
    "SendResult",
    "TryAgainError",
    "UnansweredError",
    "WriteError",
    "approve",
    "build",
    "build_draft",
    "cancel_sending",
    "check",
    "collect",
    "load_config",
    "mark_sent",
    "published",
    "published_editions",
    "rehearse_sending",
    "select",
    "send",
    "send_test",
    "sending_status",
    "status",
]

_LAZY_IMPORTS = {  # public name: "module:attribute"
    "Collection": "digest.collector.collect:Collection",
    "Config": "digest.config.schema:Config",
    "ConfigError": "digest.problems:ConfigError",
    "ContentError": "digest.problems:ContentError",
    "DigestError": "digest.problems:DigestError",
    "DigestStatus": "digest.build.status:DigestStatus",
    "DoubtError": "digest.senders:DoubtError",
    "EditionReport": "digest.build.report:EditionReport",
    "LockedError": "digest.problems:LockedError",
    "Manifest": "digest.archive.manifest:Manifest",
    "Post": "digest.collector.post:Post",
    "Problem": "digest.problems:Problem",
    "Rehearsal": "digest.senders:Rehearsal",
    "Report": "digest.build.report:Report",
    "Selection": "digest.config.schema:Selection",
    "SendError": "digest.senders:SendError",
    "SendResult": "digest.senders:Result",
    "TryAgainError": "digest.senders:TryAgainError",
    "UnansweredError": "digest.senders:UnansweredError",
    "WriteError": "digest.problems:WriteError",
    "approve": "digest.build.approve:approve",
    "build": "digest.build.job:build",
    "build_draft": "digest.build.draft:build_draft",
    "cancel_sending": "digest.senders:cancel_sending",
    "check": "digest.build.check:check",
    "collect": "digest.collector.collect:collect",
    "load_config": "digest.build.families:load_config",
    "mark_sent": "digest.archive:mark_sent",
    "published": "digest.collector.select:published",
    "published_editions": "digest.archive:published",
    "rehearse_sending": "digest.senders:rehearse_sending",
    "select": "digest.collector.select:select",
    "send": "digest.senders:send",
    "send_test": "digest.senders:send_test",
    "sending_status": "digest.senders:sending_status",
    "status": "digest.build.status:status",
}

# The subpackage `build` has the same name as the function. Importing it later would set `digest.build` to the package,
# so import it now and delete the name; `__getattr__` then returns the function.
import_module("digest.build")
del globals()["build"]


def __getattr__(name: str) -> object:
    if name not in _LAZY_IMPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _LAZY_IMPORTS[name].partition(":")
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
