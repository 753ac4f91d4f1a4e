"""The commands: the only code that prints. `main` is the program."""

from digest.cli.commands import main

__all__ = ["main"]
