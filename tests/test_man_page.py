"""docs/digest.1 is made of the commands' own help, and says what they say now."""

import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"


def test_the_manual_page_is_that_of_the_commands() -> None:
    made = runpy.run_path(str(DOCS / "man.py"))["page"]()
    assert (DOCS / "digest.1").read_text(encoding="utf-8") == made, "run python docs/man.py"


def test_man_shows_it_without_a_warning() -> None:
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    shown = subprocess.run(
        ["groff", "-k", "-man", "-Tutf8", "-ww", str(DOCS / "digest.1")], capture_output=True, text=True, check=True
    )
    assert shown.stderr == ""
    assert "digest.toml is wrong" in shown.stdout
