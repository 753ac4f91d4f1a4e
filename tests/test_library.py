"""`import digest`: what it offers, that it is documented, and that it costs next to nothing."""

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import digest

LIGHT = """
import sys
before = set(sys.modules)
import digest
loaded = {name for name in sys.modules if name not in before and name.split(".")[0] not in sys.stdlib_module_names}
assert loaded == {"digest", "digest.build"}, loaded
"""

# Whatever loads the package `digest.build`, the name stays that of the function.
FUNCTION = """
import digest
import digest.build.job
from digest.build import job
from digest.build.status import status
assert digest.build is job.build
assert digest.status is status
"""


@pytest.mark.parametrize("script", [LIGHT, FUNCTION], ids=["light", "function"])
def test_a_script(script: str) -> None:
    subprocess.run([sys.executable, "-c", script], check=True)


def test_every_name_is_there_and_documented() -> None:
    assert sorted(digest.__all__) == digest.__all__
    assert set(digest.__all__) <= set(dir(digest))
    for name in digest.__all__:
        offered = getattr(digest, name)
        assert callable(offered)
        assert inspect.getdoc(offered), name


def test_a_name_that_there_is_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'digest' has no attribute 'bild'"):
        getattr(digest, "bild")  # noqa: B009


def test_the_page_names_what_is_offered() -> None:
    page = (Path(__file__).parents[1] / "docs/library.md").read_text(encoding="utf-8")
    functions = [name for name in digest.__all__ if name.islower()]
    for name in functions:
        assert f"`{name}" in page or f"digest.{name}(" in page, name


def test_type_checkers_see_what_is_there() -> None:
    source = Path(digest.__file__).read_text(encoding="utf-8")
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    seen = {alias.asname or alias.name: (str(node.module), alias.name) for node in imports for alias in node.names}
    for name in digest.__all__:
        offered = getattr(digest, name)
        module, own_name = seen[name]
        assert getattr(import_module(module), own_name) is offered
