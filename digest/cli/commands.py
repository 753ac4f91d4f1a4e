"""The command group, and the entry point with its exit codes."""

import errno
import io
import os
import sys
from collections.abc import Sequence

import click
import msgspec

from digest import __version__
from digest.cli import build, doctor, editions, init, manual, readers, send, show, unsubscribe
from digest.cli.signals import ending_cleanly
from digest.cli.terminal import complain
from digest.problems import DigestError, WriteError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)  # standard output cannot be written
COMMANDS = (
    *(build.build, build.check, build.ping, build.schema, show.list_posts, show.preview),
    *(editions.status, editions.approve, send.send, editions.mark_sent, editions.ledger, init.init),
    *(readers.plan, readers.readers, unsubscribe.unsubscribe, doctor.doctor, manual.show_help, manual.completion),
)
# The page of the documentation on which each command stands; `digest help PAGE` shows it, wherever the program runs.
PAGES = {
    "approve": "sending",
    "build": "editions",
    "check": "problems",
    "completion": "commands",
    "doctor": "sending",
    "help": "commands",
    "init": "configuration",
    "ledger": "editions",
    "list": "front-matter",
    "mark-sent": "sending",
    "ping": "feeds",
    "plan": "readers.md",
    "preview": "preview.md",  # .md where there is a command of this name too
    "readers": "readers.md",
    "schema": "configuration",
    "send": "sending",
    "status": "editions",
    "unsubscribe": "unsubscribing",
}


def _name_page(command: click.Command, page: str) -> None:
    """Let the help of a command end with its page of the documentation."""
    command.epilog = f"More: `digest help {page}`."
    if isinstance(command, click.Group):
        for below in command.commands.values():
            _name_page(below, page)


for _command in COMMANDS:
    _name_page(_command, PAGES[_command.name or ""])


@click.group(
    commands=COMMANDS,
    epilog="`digest help` lists the pages of the documentation, `digest help PAGE` shows one.",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("-V", "--version", is_flag=True, help="Show the version and exit.")
@click.option("--json", "as_json", is_flag=True, help="With --version: as JSON, with what it runs on.")
@click.pass_context
def cli(context: click.Context, *, version: bool, as_json: bool) -> None:
    """Feeds and a reliable e-mail digest from a folder of Markdown posts."""
    if version:
        click.echo(versions() if as_json else f"digest, version {__version__}")
        context.exit()
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        sys.exit(click.UsageError.exit_code)


def versions() -> str:
    """Return the versions of the program, of Python and of the packages that it uses, and the system, as JSON."""
    import platform
    from importlib.metadata import distributions

    packages = {each.name: each.version for each in distributions()}
    found = {
        "digest": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": dict(sorted(packages.items())),
    }
    return msgspec.json.encode(found).decode()


def main() -> None:
    """Run the command line; report errors as messages and exit codes."""
    write_utf8()
    try:
        with ending_cleanly(sys.argv):
            run()
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        discard_output()
        sys.exit(141)
    except OSError as error:
        full = error.errno in FULL
        place = error.filename or ("standard output" if full else "")
        message = error.strerror or str(error)
        discard_output()
        complain(f"{place}: {message}" if place else message)
        sys.exit(WriteError.exit_code if full else DigestError.exit_code)


def run_arguments(arguments: Sequence[str]) -> int:
    """Run a command in this process, its errors as messages, and return its exit code: for one site of many."""
    try:
        cli(list(arguments), prog_name="digest", standalone_mode=False)
    except SystemExit as ending:
        return int(ending.code or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except Exception as error:
        complain(f"{type(error).__name__}: {error}")
        return 1
    return 0


def write_utf8() -> None:
    """Write UTF-8 to standard output and error, whatever the locale or the code page of a console is."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def run() -> None:
    """Run a command, then flush standard output."""
    try:
        cli(prog_name="digest", standalone_mode=False)
    finally:
        sys.stdout.flush()


def discard_output() -> None:
    """Send the unwritten rest of standard output to the null device, so that the flush at exit does not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
