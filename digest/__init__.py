"""Feeds and e-mail digests from a folder of Markdown posts, as a library: docs/library.md has examples.

Read a site's configuration with `load_config` and pass it to the other functions. Each name is imported from the
package that defines it when it is first used. Errors are `DigestError` or one of its kinds.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from digest.archive import mark_sent as mark_sent
    from digest.archive import published as published_editions
    from digest.archive.manifest import Manifest as Manifest
    from digest.build.check import check as check
    from digest.build.job import build as build
    from digest.build.report import EditionReport as EditionReport
    from digest.build.report import Report as Report
    from digest.build.status import DigestStatus as DigestStatus
    from digest.build.status import status as status
    from digest.collector.collect import Collection as Collection
    from digest.collector.collect import collect as collect
    from digest.collector.post import Post as Post
    from digest.collector.select import published as published
    from digest.collector.select import select as select
    from digest.config import load_config as load_config
    from digest.config.schema import Config as Config
    from digest.config.schema import Selection as Selection
    from digest.problems import ConfigError as ConfigError
    from digest.problems import ContentError as ContentError
    from digest.problems import DigestError as DigestError
    from digest.problems import LockedError as LockedError
    from digest.problems import Problem as Problem
    from digest.problems import WriteError as WriteError

__all__ = [
    "Collection",
    "Config",
    "ConfigError",
    "ContentError",
    "DigestError",
    "DigestStatus",
    "EditionReport",
    "LockedError",
    "Manifest",
    "Post",
    "Problem",
    "Report",
    "Selection",
    "WriteError",
    "build",
    "check",
    "collect",
    "load_config",
    "mark_sent",
    "published",
    "published_editions",
    "select",
    "status",
]

_HOMES = {  # module and name of each
    "Collection": "digest.collector.collect:Collection",
    "Config": "digest.config.schema:Config",
    "ConfigError": "digest.problems:ConfigError",
    "ContentError": "digest.problems:ContentError",
    "DigestError": "digest.problems:DigestError",
    "DigestStatus": "digest.build.status:DigestStatus",
    "EditionReport": "digest.build.report:EditionReport",
    "LockedError": "digest.problems:LockedError",
    "Manifest": "digest.archive.manifest:Manifest",
    "Post": "digest.collector.post:Post",
    "Problem": "digest.problems:Problem",
    "Report": "digest.build.report:Report",
    "Selection": "digest.config.schema:Selection",
    "WriteError": "digest.problems:WriteError",
    "build": "digest.build.job:build",
    "check": "digest.build.check:check",
    "collect": "digest.collector.collect:collect",
    "load_config": "digest.config:load_config",
    "mark_sent": "digest.archive:mark_sent",
    "published": "digest.collector.select:published",
    "published_editions": "digest.archive:published",
    "select": "digest.collector.select:select",
    "status": "digest.build.status:status",
}

# A package has the name of the function `build`. It is loaded here, since what loads it later would set the name.
import_module("digest.build")
del globals()["build"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
