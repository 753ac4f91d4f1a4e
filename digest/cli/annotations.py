"""Problems as GitHub annotations, shown beside the lines of a pull request."""

import os
from pathlib import Path

from digest.problems import Problem, printable


def on_github() -> bool:
    """Return whether the program runs in GitHub Actions."""
    return bool(os.environ.get("GITHUB_ACTIONS"))


def annotation(problem: Problem, root: Path) -> str:
    """Return a problem as a GitHub workflow command, escaped as actions/toolkit does; its path is below `root`."""
    values = {
        "file": _in_repository(root, problem.path),
        "line": str(problem.line or ""),
        "col": str(problem.column or ""),
        "title": problem.code,
    }
    properties = ",".join(f"{name}={escape(value, ':,')}" for name, value in values.items() if value)
    message = f"{problem.message} ({problem.hint})" if problem.hint else problem.message
    return f"::{problem.severity} {properties}::{escape(message)}"


def escape(text: str, characters: str = "") -> str:
    """Return text for a workflow command; in the value of a property a colon and a comma are escaped too."""
    text = printable(text).replace("%", "%25")
    for character in characters:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _in_repository(root: Path, path: str) -> str:
    """Return a path below `root` relative to the repository, as GitHub wants it; unchanged outside a repository."""
    workspace = os.environ.get("GITHUB_WORKSPACE")
    if not workspace:
        return path
    file, repository = Path(os.path.realpath(root), path), os.path.realpath(workspace)
    return file.relative_to(repository).as_posix() if file.is_relative_to(repository) else path
