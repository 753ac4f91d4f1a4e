"""docs/library.md: its examples run, in order, in the sample site, and print what the page says."""

import contextlib
import io
import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def test_the_examples_print_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs/library.md").read_text(encoding="utf-8")
    examples = EXAMPLES.findall(page)
    assert len(examples) == page.count("```python") == 5
    site = tmp_path / "site"
    site.mkdir()
    for name in ("content", "notes", "static"):
        shutil.copytree(ROOT / name, site / name)
    shutil.copy(ROOT / "digest.toml", site)
    monkeypatch.chdir(site)
    names: dict[str, object] = {}
    for source, expected in examples:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(source, names)  # the page's own code
        assert printed.getvalue() == expected
