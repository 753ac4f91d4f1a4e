"""Where the command starts, also as `python -m digest`."""

import gc

# What a run makes lives until the run ends: looking for garbage among it would be a tenth of the work.
gc.disable()

from digest.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
