"""The shipped templates in compiled form, kept as Python keeps its own modules: beside their sources.

Compiling them takes longer than filling them. Only what is shipped is kept: a site's own templates would be kept in its
folder, and what lies there as compiled code may come from anybody's pull request.
"""

import contextlib
import hashlib
import marshal
import os
import sys
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2.bccache import Bucket, BytecodeCache

from digest.collector.scan import environment

if TYPE_CHECKING:
    from jinja2 import Environment


class Compiled(BytecodeCache):
    """What Jinja2 asks for compiled templates: those of one folder, for environments with the same `options`.

    Nothing is written where Python writes no compiled modules either (`PYTHONDONTWRITEBYTECODE`, a folder of another
    user).
    """

    def __init__(self, folder: Path, options: str) -> None:
        self._folder = folder
        self._options = f"{environment()} {options}"

    def get_bucket(
        self,
        environment: "Environment",
        name: str,  # noqa: ARG002 -- as Jinja2 calls it
        filename: str | None,
        source: str,
    ) -> Bucket:
        """Return the bucket of a template, with its code when that was kept."""
        ours = filename is not None and Path(filename).parent == self._folder
        bucket = Bucket(environment, cache_from_source(filename) if filename and ours else "", self._mark(source))
        self.load_bytecode(bucket)
        return bucket

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take the code that was kept, if it is of this very source."""
        if not bucket.key:
            return
        with contextlib.suppress(OSError, EOFError, ValueError, TypeError):
            kept = Path(bucket.key).read_bytes()
            mark = bucket.checksum.encode()
            if kept.startswith(mark):
                bucket.code = marshal.loads(kept[len(mark) :])  # noqa: S302 -- from where Python loads its own modules

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template, if that can be done."""
        if not bucket.key or sys.dont_write_bytecode:
            return
        file = Path(bucket.key)
        part = file.with_name(f"{file.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            file.parent.mkdir(exist_ok=True)
            part.write_bytes(bucket.checksum.encode() + marshal.dumps(bucket.code))
            part.replace(file)

    def _mark(self, source: str) -> str:
        return hashlib.blake2b(f"{self._options}\0{source}".encode("utf-8", "replace")).hexdigest()
