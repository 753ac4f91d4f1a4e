"""The recipes of `digest init --with`: files that run the program on a schedule, filled in for this machine."""

import getpass
import os
import shutil
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from digest import __version__

RECIPES = {
    "github-action": (".github/workflows/digest.yml",),
    "systemd": (
        "deploy/digest.service",
        "deploy/digest.timer",
        "deploy/digest-send.service",
        "deploy/digest-send.timer",
    ),
    "cron": ("deploy/digest.cron",),
}
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


def texts_of_recipes(names: Iterable[str], site: Path) -> dict[str, str]:
    """Return the text of each file of the recipes for the folder `site`, by its path there."""
    paths = [path for name in names for path in RECIPES[name]]
    return {path: _filled_in(path, Path(os.path.realpath(site))) for path in paths}


def _filled_in(path: str, site: Path) -> str:
    from digest.templates import SHIPPED

    text = (SHIPPED / "recipes" / Path(path).name).read_text(encoding="utf-8")
    program = _program()
    is_unit = path.endswith(".service")
    values = {
        "VERSION": __version__,
        "PATH": f"{program.parent}:{SYSTEM_PATH}",
        "DIGEST": _in_unit(str(program), quoted=True),
        "USER": _user(),
        "SITE": _in_unit(str(site), quoted=False) if is_unit else str(site),
        "QUOTED_SITE": _in_unit(str(site), quoted=True),
    }
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def _program() -> Path:
    """Return the path of the installed command, which a scheduler's PATH may not lead to."""
    installed = Path(sysconfig.get_path("scripts"), "digest")
    found = shutil.which("digest")
    if not installed.exists() and found:
        return Path(found).absolute()
    return installed if installed.exists() else Path(sys.executable).with_name("digest")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())


def _in_unit(path: str, *, quoted: bool) -> str:
    """Return a path as systemd's units have it: `%` begins a specifier there, and a blank ends a word."""
    escaped = path.replace("%", "%%")
    if not quoted or not any(character.isspace() or character in "\"'\\" for character in escaped):
        return escaped
    return '"' + escaped.replace("\\", "\\\\").replace('"', '\\"') + '"'
