"""Which folders are sites: those of a pattern or a list that have a `digest.toml` of their own."""

import glob
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from digest.config import FILE_NAME
from digest.problems import DigestError


def find_sites(folder: Path, patterns: Sequence[str], listed: Path | None) -> list[str]:
    """Return the folders, relative to `folder`, that match one of `patterns` and have a `digest.toml`, or are `listed`.

    `listed` is a file with a folder a line (`-`: standard input). Raises `DigestError` when there is none.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        matches = sorted(glob.glob(pattern, root_dir=folder))  # noqa: PTH207 - a pattern may begin with a slash
        found |= dict.fromkeys(each for each in matches if (folder / each / FILE_NAME).is_file())
    if listed is not None:
        found |= dict.fromkeys(_lines(listed))
    if not found:
        asked = " ".join(patterns) or str(listed)
        raise DigestError(f"{asked}: no folder there has a {FILE_NAME}")
    return list(found)


def changed_sites(folder: Path, sites: Iterable[str], ref: str) -> list[str]:
    """Return the sites with a file that changed since a commit of git, tracked or not.

    Raises `DigestError` when git cannot say.
    """
    names = _git(folder, "diff", "--name-only", "--relative", "-z", ref, "--", ".")
    names += _git(folder, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")
    folders = {parent.as_posix() for name in names for parent in Path(name).parents}
    return [site for site in sites if Path(site).as_posix() in folders]


def _git(folder: Path, *arguments: str) -> list[str]:
    try:
        ended = subprocess.run(["git", *arguments], cwd=folder, check=False, capture_output=True, text=True)
    except OSError as error:
        raise DigestError(f"git cannot be run: {error}") from error
    if ended.returncode:
        raise DigestError(f"git cannot say what changed: {ended.stderr.strip()}")
    return [name for name in ended.stdout.split("\0") if name]


def _lines(path: Path) -> list[str]:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DigestError(f"{path}: cannot be read: {error}") from error
    return [line.strip() for line in text.splitlines() if line.strip()]
