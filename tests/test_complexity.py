"""The size and shape of the program: limits that keep it readable, counted as radon and Python's own parser count."""

import ast
import re
import statistics
from pathlib import Path

import pytest
from radon.complexity import cc_visit
from radon.visitors import Function

PACKAGE = Path(__file__).parents[1] / "digest"
MODULES = sorted(PACKAGE.rglob("*.py"))
FLAT = {"__init__", "__main__", "files", "localisation", "pool", "problems", "templates", "text"}

MAX_COMPLEXITY = 10
MAX_MEAN_COMPLEXITY = 3.8
MAX_LINES = 400
MAX_EXPRESSIONS = 205
MAX_CACHES = 25

COMPILING = {"compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
CACHING = {"cache", "lru_cache", "cached_property"}


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE.parent).as_posix()


def functions(path: Path) -> list[Function]:
    """Return the functions and methods of a module; what stands inside one counts as a part of it."""
    return [block for block in cc_visit(path.read_text(encoding="utf-8")) if isinstance(block, Function)]


def calls_of(path: Path, names: set[str], module: str) -> int:
    """Return how often a module uses `module.name`, or a bare name that it imports from there, of `names`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
        if alias.name in names
    }
    found = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found += node.value.id == module and node.attr in names
        elif isinstance(node, ast.Name):
            found += node.id in imported
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_function_is_too_complex(path: Path) -> None:
    above = [f"{found.fullname}: {found.complexity}" for found in functions(path) if found.complexity > MAX_COMPLEXITY]
    assert above == []


def test_most_functions_are_simple() -> None:
    found = [function.complexity for path in MODULES for function in functions(path)]
    assert len(found) > 500
    assert statistics.mean(found) <= MAX_MEAN_COMPLEXITY


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_is_too_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_only_what_every_package_uses_lies_flat() -> None:
    assert {path.stem for path in PACKAGE.glob("*.py")} <= FLAT


def test_regular_expressions_are_few_and_plain() -> None:
    assert 0 < sum(calls_of(path, COMPILING, "re") for path in MODULES) <= MAX_EXPRESSIONS
    # Possessive quantifiers and atomic groups are wrong before Python 3.11.5 (python/cpython#106052).
    pieces = re.compile(r"[*+?}]\+|\(\?>")
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if not isinstance(node.func.value, ast.Name) or node.func.value.id != "re" or not node.args:
                continue
            source = node.args[0]
            if isinstance(source, ast.Constant) and isinstance(source.value, str):
                unescaped = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "x", source.value)
                assert not pieces.search(unescaped), f"{name_of(path)}:{node.lineno}"


def test_memo_caches_are_few() -> None:
    assert sum(calls_of(path, CACHING, "functools") for path in MODULES) <= MAX_CACHES
