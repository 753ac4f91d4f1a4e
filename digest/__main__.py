"""Where the command starts, also as `python -m digest`."""

import gc

gc.disable()  # nothing that is loaded is garbage, and looking for some takes a tenth of the loading

from digest.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
