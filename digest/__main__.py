"""Where the command starts, also as `python -m digest`."""

from digest.cli.commands import main

if __name__ == "__main__":
    main()
