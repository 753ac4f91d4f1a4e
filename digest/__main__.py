"""Where the command starts and ends, also as `python -m digest`."""

import gc
import os
import sys
from importlib import import_module

# What a run makes lives until the run ends: looking for garbage among it would be a tenth of the work.
gc.disable()

from digest.stand_ins import StandIn, standing_in  # noqa: E402

# What msgspec loads and never uses here would be a thirtieth of a run with nothing to do: what typing has since Python
# 3.11, what wraps the texts of schemas, and, by uuid, what tells of all the systems there are.
_known = {"system": lambda: os.uname().sysname} if os.name == "posix" else {}
with standing_in(StandIn("textwrap"), StandIn("platform", **_known)):
    if "typing_extensions" not in sys.modules:
        sys.modules["typing_extensions"] = None  # type: ignore[assignment]  # as if it were not installed
        import msgspec  # noqa: F401

        del sys.modules["typing_extensions"]


def _cleandoc(text: str) -> str:
    """Return what `inspect.cleandoc` does, at once of the one line that an option has."""
    return text.expandtabs().lstrip() if "\n" not in text else import_module("inspect").cleandoc(text)


# What else Click asks of it is for pages of help, and it would be another twentieth of a run with nothing to do.
with standing_in(StandIn("inspect", cleandoc=_cleandoc)):
    from digest.cli import commands as cli


def main() -> None:
    """Run the command and end the process."""
    try:
        cli.main()
        code = 0
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else 1
    os._exit(code)  # at once: taking everything apart first would be a tenth of a run with nothing to do


if __name__ == "__main__":
    main()
