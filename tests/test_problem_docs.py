"""docs/problems.md: every code of a problem has its line, and no line is of a code that is gone."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
CODE = re.compile(r"[a-z]+(-[a-z0-9]+)*")
DEFINITIONS = (ast.ClassDef, ast.FunctionDef)
PARTIAL = "warn"  # the name of functions that have some of their arguments already


def parameters(definition: ast.AST) -> list[str]:
    """Return the parameters of a function, or those with which a class is called."""
    if isinstance(definition, ast.FunctionDef):
        names = [parameter.arg for parameter in (*definition.args.posonlyargs, *definition.args.args)]
        return names[1:] if names[:1] == ["self"] else names
    if not isinstance(definition, ast.ClassDef):
        return []
    for inner in definition.body:
        if isinstance(inner, ast.FunctionDef) and inner.name == "__init__":
            return parameters(inner)
    return [
        inner.target.id
        for inner in definition.body
        if isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name)
    ]


def constants(tree: ast.Module) -> dict[str, str]:
    """Return the texts that a module has as constants, by name."""
    found = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    found[target.id] = str(statement.value.value)
    return found


def codes() -> Iterator[str]:
    """Yield the code of every problem in the program: each text that is given as `code` to a function or a class."""
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in sorted((ROOT / "digest").rglob("*.py"))]
    shared: dict[str, list[list[str]]] = {}  # of definitions with one name, each
    named: dict[str, str] = {}
    for tree in trees:
        named |= constants(tree)
        for node in ast.walk(tree):
            if isinstance(node, DEFINITIONS):
                shared.setdefault(node.name, []).append(parameters(node))
    for tree in trees:
        own = {node.name: [parameters(node)] for node in ast.walk(tree) if isinstance(node, DEFINITIONS)}
        known = shared | own
        for call in ast.walk(tree):
            if isinstance(call, ast.Call):
                yield from code_of(call, known, named)


def code_of(call: ast.Call, known: dict[str, list[list[str]]], named: dict[str, str]) -> Iterator[str]:
    """Yield the code in a call, if it has one."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name == PARTIAL:
        yield from (word for word in map(text_of, call.args) if "-" in word and CODE.fullmatch(word))
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    for expected in known.get(name, []):
        if "code" in expected:
            value = (dict(zip(expected, call.args, strict=False)) | keywords).get("code")
            text = text_of(value) or named.get(getattr(value, "id", ""), "")
            if CODE.fullmatch(text):
                yield text


def text_of(value: ast.expr | None) -> str:
    """Return a constant text; an empty one for anything else."""
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def test_every_code_has_its_line() -> None:
    page = (ROOT / "docs/problems.md").read_text(encoding="utf-8")
    described = {
        code
        for line in page.split("\n")
        if line.startswith("| `")
        for code in re.findall("`([^`]+)`", line.split("|")[1])
    }
    used = set(codes())
    assert len(used) > 100
    assert used - described == set()
    assert described - used == set()
