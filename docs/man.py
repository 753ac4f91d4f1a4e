"""Write docs/digest.1, the manual page, from the commands' own help.

python docs/man.py
"""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from digest import __version__
from digest.cli.commands import cli

PAGE = Path(__file__).parent / "digest.1"
TABLES = Path(__file__).parent / "commands.md"  # exit codes and environment variables


def page() -> str:
    """Return the manual page, in the language of man(7)."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield f'.TH DIGEST 1 "" "digest {__version__}" "User Commands"'
    yield from (".SH NAME", r"digest \- " + _text(cli.get_short_help_str(100)))
    yield from (".SH SYNOPSIS", ".B digest", ".I COMMAND", "[\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]")
    yield from (".SH DESCRIPTION", "Every command that works on a site finds its digest.toml from any folder of it.")
    yield "\\fBdigest help\\fR \\fIPAGE\\fR shows a page of the documentation."
    yield ".SH COMMANDS"
    for name, command in sorted(cli.commands.items()):
        yield from _command(name, command)
    yield ".SH EXIT STATUS"
    for code, meaning in _rows("## Exit codes"):
        yield from (".TP", f".B {code}", meaning)
    yield ".SH ENVIRONMENT"
    for variable, meaning in _rows("## Environment variables"):
        yield from (".TP", f".B {variable}", meaning)


def _rows(heading: str) -> Iterator[tuple[str, str]]:
    """Yield the rows of the first table below a heading of docs/commands.md, as plain text."""
    text = TABLES.read_text(encoding="utf-8").partition(f"\n{heading}\n")[2].strip()
    for line in text.partition("\n\n")[0].split("\n")[2:]:
        first, second = line.strip("| ").split(" | ")
        yield _text(_plain(first)), _text(_plain(second))


def _plain(markdown: str) -> str:
    """Return a text without its marks of code and the targets of its links."""
    before, *links = markdown.replace("`", "").split("](")
    return (before + "".join(link.partition(")")[2] for link in links)).replace("[", "")


def _command(name: str, command: click.Command) -> Iterator[str]:
    if isinstance(command, click.Group):
        for below, inner in sorted(command.commands.items()):
            yield from _command(f"{name} {below}", inner)
        return
    context = click.Context(command, info_name=f"digest {name}", **cli.context_settings)
    yield f".SS {_text(' '.join([f'digest {name}', *command.collect_usage_pieces(context)]))}"
    yield from _help(command.help or "")
    for parameter in command.get_params(context):
        described = parameter.get_help_record(context)
        if described is not None and described[1]:
            yield from (".TP", f"\\fB{_text(described[0])}\\fR", _text(described[1]))
    yield from (".PP", _text(command.epilog or ""))


def _help(text: str) -> Iterator[str]:
    """Yield the help of a command; a paragraph after `\\b` is shown as it is."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        yield ".PP"
        if paragraph.startswith("\b"):
            yield from (".nf", *map(_text, paragraph.splitlines()[1:]), ".fi")
        else:
            yield _text(" ".join(paragraph.split()))


def _text(line: str) -> str:
    """Return a line in which nothing is a request of man(7)."""
    escaped = line.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
