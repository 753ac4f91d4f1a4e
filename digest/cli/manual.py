"""The commands `help`, which also shows the pages of the documentation, and `completion`."""

import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path

import click

from digest.problems import did_you_mean

_INSTALLED = Path(__file__).parents[1] / "docs"
PAGES = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[2] / "docs"
SHELLS = ("bash", "zsh", "fish")


@click.command(name="help")
@click.argument("topic", default="")
@click.pass_context
def show_help(context: click.Context, topic: str) -> None:
    """Show the help of a command, or a page of the documentation.

    \b
    Examples:
      digest help build
      digest help configuration
    """
    group = context.find_root()
    commands = group.command.commands if isinstance(group.command, click.Group) else {}
    pages = _pages()
    name = topic.removesuffix(".md")
    page = name if name in pages else _only_page(name, pages)
    if not topic:
        click.echo(group.get_help())
        click.echo(f"\n{_list_of(pages)}")
    elif topic in commands:
        click.echo(commands[topic].get_help(click.Context(commands[topic], info_name=topic, parent=group)))
    elif page:
        _show_page(pages[page])
    else:
        known = (*commands, *pages)
        hint = did_you_mean(topic, known) or f"known: {', '.join(known)}"
        raise click.UsageError(f'there is no command and no page "{topic}"; {hint}')


def _pages() -> dict[str, Path]:
    """Return the pages of the documentation by name, `editions` or `tutorials/first-letter`; the news are none."""
    found = {page.relative_to(PAGES).with_suffix("").as_posix(): page for page in PAGES.rglob("*.md")}
    return {name: found[name] for name in sorted(found) if name != "index" and not name.startswith("news/")}


def _only_page(topic: str, pages: Iterable[str]) -> str:
    """Return the name of the one page in a folder that has this name; an empty text when there is none, or several."""
    found = [name for name in pages if name.rpartition("/")[2] == topic]
    return found[0] if len(found) == 1 else ""


def _list_of(pages: Iterable[str]) -> str:
    """Return the names of the pages, those of each folder together."""
    folders: dict[str, list[str]] = {}
    for name in pages:
        folders.setdefault(name.rpartition("/")[0], []).append(name)
    lines = [
        textwrap.fill(
            ", ".join(folders[folder]), 78, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
        )
        for folder in sorted(folders)
    ]
    return "\n".join(["Pages of the documentation, `digest help PAGE`:", *lines])


def _show_page(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if sys.stdout.isatty():
        click.echo_via_pager(text)
    else:
        click.echo(text, nl=False)


@click.command(short_help="Print a script that completes commands in a shell.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script that completes commands and options in a shell.

    \b
    Examples:
      digest completion bash >> ~/.bashrc
      digest completion zsh >> ~/.zshrc
      digest completion fish > ~/.config/fish/completions/digest.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"{shell} is not known")
    click.echo(kind(context.find_root().command, {}, "digest", "_DIGEST_COMPLETE").source())
