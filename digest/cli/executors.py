"""What runs a command in many sites: processes of this machine, or a cluster by its address.

The scheme of the address, such as `tcp` for Dask, says which cluster it is. Another package registers its own in the
entry-point group `digest.executors`: a class with the attributes of `ExecutorFactory` that is called with the address.
"""

import multiprocessing
import os
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from importlib.metadata import entry_points
from typing import Protocol
from urllib.parse import urlsplit

from digest.pool import end_with_parent
from digest.problems import ConfigError, DigestError, require

GROUP = "digest.executors"
_TASKS = 100  # of a process, until another takes its place: memory that is not given back goes with it


class ExecutorFactory(Protocol):
    """Makes executors for the machines of a cluster; another one is needed after a process was killed.

    A site is worked on by the same machine in every run, as far as possible, since its cache lies on a disk there.
    """

    @property
    def workers(self) -> Mapping[str, int]:
        """How many processes each machine has, by its name."""
        ...

    def executor(self, machine: str) -> Executor:
        """Return a new executor that prefers a machine."""
        ...


class Processes:
    """Processes of this machine."""

    def __init__(self, jobs: int = 0) -> None:
        self.workers = {"": jobs or os.cpu_count() or 1}

    def executor(self, machine: str) -> Executor:
        """Return processes that are started anew, so that they hold nothing of this one."""
        return ProcessPoolExecutor(
            self.workers[machine],
            mp_context=multiprocessing.get_context("spawn"),
            initializer=end_with_parent,
            initargs=(os.getpid(),),
            max_tasks_per_child=_TASKS,
        )


class Dask:
    """The workers of a Dask cluster at an address such as `tcp://host:8786`."""

    def __init__(self, address: str) -> None:
        require("distributed", "cluster", f"the cluster {address}")
        from distributed import Client

        try:
            self._client = Client(address, timeout=10)  # type: ignore[no-untyped-call]
        except OSError as error:
            raise DigestError(f"the cluster {address} cannot be reached: {error}") from error
        addresses = self._client.nthreads()  # type: ignore[no-untyped-call]
        if not addresses:
            raise DigestError(f"the cluster {address} has no workers; start some: dask worker {address} --nthreads 1")
        self.workers: Mapping[str, int] = Counter(urlsplit(each).hostname or "" for each in addresses)

    def executor(self, machine: str) -> Executor:
        """Return the workers as an executor; those of other machines help out when a machine has none left."""
        made: Executor = self._client.get_executor(pure=False, workers=[machine], allow_other_workers=True)  # type: ignore[no-untyped-call]
        return made


BUILT_IN = {"tcp": Dask, "tls": Dask}


def executors_at(address: str) -> ExecutorFactory:
    """Return the executors of a cluster by its address. Raises `ConfigError` for a scheme that nobody registered."""
    scheme = address.partition("://")[0]
    if scheme in BUILT_IN:
        return BUILT_IN[scheme](address)
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if scheme not in found:
        known = ", ".join(f"{name}://" for name in sorted({*BUILT_IN, *found}))
        raise ConfigError(f'"{address}" is the address of no cluster that is known here; known: {known}')
    executors: ExecutorFactory = found[scheme].load()(address)
    return executors
