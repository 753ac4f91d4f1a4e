"""What stands in for modules that packages load for what they never do here.

premailer loads requests to fetch style sheets, feedgen dateutil to read dates that are given as words: each takes
longer to load than the package itself.
"""

import contextlib
import sys
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any


class StandIn(ModuleType):
    """A module that has what it is given, and turns into the real one when it is asked for anything else."""

    def __init__(self, name: str, **own: object) -> None:
        """Stand in for module `name` with `own` attributes."""
        super().__init__(name)
        self.__dict__.update(own)

    def __getattr__(self, attribute: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), attribute)


@contextlib.contextmanager
def standing_in(*stand_ins: StandIn) -> Iterator[None]:
    """Have modules that are not loaded yet replaced in what is imported meanwhile; whoever imports them later gets
    the real ones."""
    new = {module.__name__: module for module in stand_ins if module.__name__ not in sys.modules}
    sys.modules.update(new)
    try:
        yield
    finally:
        for name, module in new.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
