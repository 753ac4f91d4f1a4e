"""The output folder in one run: what counts as written, whatever becomes of who writes."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from digest.index import Index
from digest.output import Output
from digest.workers import Crew
from tests.reading_samples import config_of

Item = TypeVar("Item")
Made = TypeVar("Made")


class Killed(Crew):
    """A crew whose worker does its work and is killed before it can say so, so that it is done here again."""

    def share(self, work: Callable[[Item], Made], item: Item) -> Callable[[], Made]:
        """Do the work twice, and return what the second time gives."""
        work(item)
        return lambda: work(item)


def test_a_file_written_by_a_killed_worker_counts_as_written(tmp_path: Path) -> None:
    config = msgspec.structs.replace(config_of(tmp_path), root=tmp_path)
    with Index(None, b"") as index:
        output = Output(config, index, Killed())
        output.put("a.xml", b"source", lambda: [b"one", b"two"])
        output.flush()
        assert (output.written, output.unchanged) == (["a.xml"], 0)
        assert (tmp_path / "public" / "a.xml").read_bytes() == b"onetwo"
        again = Output(config, index, Killed())
        again.put("a.xml", b"another source", lambda: [b"onetwo"])
        again.flush()
        assert (again.written, again.unchanged) == ([], 1)
