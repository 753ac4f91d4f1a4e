"""Write what docs/commands.md says of each command from the command's own help; what it says of JSON stays.

python docs/commands.py
"""

import inspect
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

from digest.cli.commands import cli

PAGE = Path(__file__).parent / "commands.md"
HEADING = "## `digest "
BY_HAND = "With `--json`"  # begins what is written by hand, at the end of a section
MORE = "More: "  # ends a section, with the page that has the rest
SHARED = "## Options of every command"
COMMON = {"folder", "file", "as_json", "quiet"}
WIDTH = 128  # of the text's lines


def page() -> str:
    """Return the page, with what its text by hand says now."""
    head, *sections = PAGE.read_text(encoding="utf-8").split(f"\n{HEADING}")
    kept = dict(map(_by_hand, sections))
    made = [_section(name, command, kept.get(name, "")) for name, command in commands(cli, "")]
    before, _, after = head.partition(f"{SHARED}\n")
    _, heading, rest = after.partition("\n## ")
    return "\n".join([f"{before}{SHARED}\n\n{_shared()}{heading}{rest}".rstrip() + "\n", *made])


def commands(group: click.Group, above: str) -> Iterator[tuple[str, click.Command]]:
    """Yield each command with its name, `ledger show`, in the order of the alphabet."""
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


def _by_hand(section: str) -> tuple[str, str]:
    """Return the command of a section, and what was written by hand at the section's end."""
    name, _, text = section.partition("`\n")
    _, mark, rest = text.partition(f"\n{BY_HAND}")
    written = rest.partition(f"\n{MORE}")[0]
    return name, f"{BY_HAND}{written}".rstrip() if mark else ""


def _section(name: str, command: click.Command, by_hand: str) -> str:
    context = click.Context(command, info_name=f"digest {name}", **cli.context_settings)
    usage = " ".join([f"digest {name}", *command.collect_usage_pieces(context)])
    parts = [f"{HEADING}{name}`", *_help(command.help or ""), f"    {usage}"]
    rows = [_row(each, context) for each in command.params if not _is_shared(each)]
    if rows:
        parts.append("\n".join(["| option | what it does |", "| --- | --- |", *rows]))
    if by_hand:
        parts.append(by_hand)
    page = (command.epilog or "").partition("digest help ")[2].partition("`")[0].removesuffix(".md")
    if page not in {"", "commands"}:
        parts.append(f"{MORE}[{page}]({page}.md).")
    return "\n\n".join(parts) + "\n"


def _help(text: str) -> Iterator[str]:
    """Yield the paragraphs of a command's help; its examples as a block of code."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        lines = paragraph.split("\n")
        if lines[0] == "\b":
            yield "\n".join(["```sh", *(line.strip() for line in lines[2:]), "```"])
        else:
            yield textwrap.fill(" ".join(paragraph.split()), WIDTH, break_on_hyphens=False)


def _is_shared(parameter: click.Parameter) -> bool:
    """Return whether every command has this option; an argument is none."""
    return isinstance(parameter, click.Argument) or parameter.name in COMMON or "--help" in parameter.opts


def _row(parameter: click.Parameter, context: click.Context) -> str:
    """Return an option as a row of a table."""
    name, meaning = parameter.get_help_record(context) or ("", "")
    return f"| `{name}` | {meaning} |".replace("FOLDER|SITEMAP", "FOLDER\\|SITEMAP")


def _shared() -> str:
    """Return the options that every command has which works on a site."""
    command = cli.commands["build"]
    context = click.Context(command, info_name="digest build", **cli.context_settings)
    options = [each for each in command.get_params(context) if isinstance(each, click.Option)]
    rows = [_row(each, context) for each in options if _is_shared(each)]
    return "\n".join(["| option | what it does |", "| --- | --- |", *rows, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
