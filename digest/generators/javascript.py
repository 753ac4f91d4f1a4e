"""Read the literals of a JavaScript or TypeScript file, which is never run: the settings of Docusaurus and Astro.

Pygments finds the tokens; what is not a literal here is `UNREADABLE`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from digest.generators.generator import SettingsError
from digest.generators.javascript_tokens import (
    CLOSING,
    END,
    OPENING,
    UNREADABLE,
    Token,
    Unreadable,
    closers_of,
    number_of,
    tokens_of,
    unescaped,
)  # fmt: skip
from digest.generators.settings import read_table, settings_text

MAX_CHARACTERS = 200_000
SUFFIXES = ("", ".ts", ".mts", ".js", ".mjs", ".cjs", ".json", "/index.ts", "/index.js")
_OPERATORS = frozenset(("as", "in", "instanceof", "satisfies"))
_CONSTANTS = {"true": True, "false": False, "null": None, "undefined": None}


class Call(Struct, frozen=True):
    """A call of a function with its arguments, such as `defineConfig({...})`."""

    name: str
    arguments: tuple[Any, ...]


class Function(Struct, frozen=True):
    """A function, by the value that it returns last."""

    result: Any


class Module(Struct, frozen=True):
    """The values of a file: what it exports by default, and its names."""

    default: Any
    names: dict[str, Any]


def read_javascript(file: Path, root: Path) -> Module:
    """Return the values in a file, and in the files of the folder `root` that it imports. Raises `SettingsError`."""
    return _read(file, root, frozenset())


def settings_in(value: object) -> dict[str, Any]:
    """Return a table of settings, also inside of calls and functions; empty when there is none."""
    if isinstance(value, dict):
        return value
    if isinstance(value, Function):
        return settings_in(value.result)
    if isinstance(value, Call):
        return next(filter(None, map(settings_in, value.arguments)), {})
    return {}


def _read(file: Path, root: Path, importing: frozenset[Path]) -> Module:
    def imported(name: str) -> Module:
        return _imported(name, file.resolve(), root.resolve(), importing | {file.resolve()})

    text = settings_text(file)
    if len(text) > MAX_CHARACTERS:
        raise SettingsError(f"{file.name} is longer than {MAX_CHARACTERS:,} characters")
    try:
        tokens = list(tokens_of(text))
        parser = _Parser(tokens, closers_of(tokens), imported)
        parser.statements()
    except (IndexError, KeyError, RecursionError) as error:
        raise SettingsError(f"{file.name} cannot be read: its brackets do not match, or are too many") from error
    except ValueError as error:
        raise SettingsError(f"{file.name} cannot be read: {error}") from error
    return Module(parser.default, parser.names)


def _imported(name: str, file: Path, root: Path, importing: frozenset[Path]) -> Module:
    """Return the values of a file that another imports by a relative path; nothing when it cannot be read."""
    paths = [Path(f"{file.parent}/{name}{suffix}").resolve() for suffix in SUFFIXES if name.startswith(".")]
    found = next((path for path in paths if path.is_file() and path.is_relative_to(root)), None)
    try:
        if found is None or found in importing:
            return Module(UNREADABLE, {})
        if found.suffix == ".json":
            return Module(read_table(found), {})
        return _read(found, root, importing)
    except SettingsError:
        return Module(UNREADABLE, {})


class _Parser:
    """Reads the statements of a program from its tokens: the values of its names, and what it exports."""

    def __init__(self, tokens: list[Token], closers: dict[int, int], imported: Callable[[str], Module]) -> None:
        self.names: dict[str, Any] = {}
        self.default: Any = UNREADABLE
        self._tokens = tokens
        self._closers = closers
        self._imported = imported
        self._next = 0
        self._depth = 0  # of brackets within a statement

    def statements(self, end: int | None = None) -> None:
        """Read the statements up to the token at index `end`, else to the last."""
        while self._next < (len(self._tokens) if end is None else end):
            match self._take().text:
                case "import":
                    self._import()
                case "const" | "let" | "var":
                    self._declarations()
                case "default" | "return":
                    self.default = self._expression()
                case "{" | "(" | "[" | "${":
                    self._leave()
                case word:
                    self._assignment(word)

    # --- statements

    def _import(self) -> None:
        """Take the names of `import name, {name as other} from "./file"`, whose first word is read already."""
        words: list[str] = []
        while self._peek().kind != "text" and self._peek().text not in (";", "(", ".", ""):
            words.append(self._take().text)
        if self._peek().kind != "text" or not words:
            return
        module = self._imported(unescaped(self._take().text[1:-1]))
        before, _, listed = " ".join(words).removesuffix(" from").partition("{")
        default = before.strip(" ,")
        if default.startswith("* as "):
            self.names[default[len("* as ") :]] = module.names
        elif default.isidentifier():
            self.names[default] = module.default
        for name in listed.strip(" }").split(","):
            original, _, other = name.strip().removeprefix("type ").partition(" as ")
            if original in module.names:
                self.names[other or original] = module.names[original]

    def _declarations(self) -> None:
        """Read `name: Type = value, ...`, whose first word is read already."""
        while True:
            name = self._take()
            if name.text in OPENING:
                self._leave()
            self._skip_type("=")
            if self._peek().text != "=":
                return
            self._take()
            value = self._expression()
            if name.kind == "word":
                self.names[name.text] = value
            if self._peek().text != ",":
                return
            self._take()

    def _assignment(self, word: str) -> None:
        """Read `word.key = value`, also of `module.exports`, if that is what follows."""
        dot, key, sign = (self._peek(offset).text for offset in range(3))
        if (dot, sign) != (".", "="):
            return
        self._next += 3
        value = self._expression()
        table = self.names.get(word)
        if (word, key) == ("module", "exports"):
            self.default = value
        elif isinstance(table, dict):
            self.names[word] = {**table, key: value}

    # --- expressions

    def _expression(self) -> Any:
        """Return the value of an expression, up to a comma, a semicolon, a closing bracket or another statement."""
        value = self._operand()
        while self._peek().text == "+":
            self._take()
            added = self._operand()
            are_texts = isinstance(value, str) and isinstance(added, str)
            value = value + added if are_texts else UNREADABLE
        if self._peek().text in ("as", "satisfies") and not self._at_end():
            self._skip_type()
        if self._at_end():
            return value
        self._skip_to()
        return UNREADABLE

    def _operand(self) -> Any:
        if self._at_stop():
            return UNREADABLE
        token = self._take()
        if token.kind == "text":
            return unescaped(token.text[1:-1])
        if token.kind == "number":
            return number_of(token.text)
        if token.kind == "template":
            return self._template()
        if token.text == "-" and self._peek().kind == "number":
            value = number_of(self._take().text)
            return value if isinstance(value, Unreadable) else -value
        if token.kind == "word":
            return self._word(token.text)
        return self._bracketed(token.text)

    def _bracketed(self, bracket: str) -> Any:
        """Return the value of what begins with a bracket that is read already; unreadable for another sign."""
        closer = self._closers.get(self._next - 1)
        if closer is None:
            return UNREADABLE
        if bracket == "(" and self._is_function(closer):
            return self._function(closer + 1)
        self._depth += 1
        if bracket == "{":
            value: Any = self._object(closer)
        else:
            items = self._items(closer)
            value = items if bracket == "[" else (items or [UNREADABLE])[-1]
        self._depth -= 1
        self._next = closer + 1
        return value

    def _object(self, closer: int) -> dict[str, Any]:
        table: dict[str, Any] = {}
        while self._next < closer:
            key = self._take()
            following = self._peek().text
            if key.text == "...":
                table |= settings_in(self._expression())
            elif key.text in OPENING:
                self._leave()
            elif following == ":" and key.kind in ("word", "text", "number"):
                self._take()
                name = unescaped(key.text[1:-1]) if key.kind == "text" else key.text
                table[name] = self._expression()
            elif key.kind == "word":  # a name that stands for its value, or a method
                table[key.text] = self.names.get(key.text, UNREADABLE) if following in (",", "}") else UNREADABLE
            self._skip_to(",")
            self._next += self._next < closer
        return table

    def _items(self, closer: int) -> list[Any]:
        """Return the values between brackets, without those that are spread."""
        items: list[Any] = []
        while self._next < closer:
            if self._peek().text == "...":
                self._skip_to()
            elif self._peek().text != ",":
                items.append(self._expression())
            self._next += self._next < closer
        return items

    def _template(self) -> Any:
        """Return the text of a template string, whose first sign is read already."""
        parts: list[Any] = []
        typed = ""
        while (token := self._take()).text != "`":
            if token.text == "${":
                closer = self._closers[self._next - 1]
                self._depth += 1
                parts += [unescaped(typed), self._expression()]
                typed = ""
                self._depth -= 1
                self._next = closer + 1
            else:
                typed += token.text
        parts.append(unescaped(typed))
        are_plain = all(isinstance(part, str | int) and not isinstance(part, bool) for part in parts)
        return "".join(map(str, parts)) if are_plain else UNREADABLE

    def _word(self, word: str) -> Any:
        """Return the value of what begins with a word that is read already: a constant, a name, a call, a function."""
        if self._peek().text == "=>":
            return self._function(self._next)
        if word == "async":
            return self._operand()
        if word == "function":
            self._skip_to("(")
            return self._function(self._closers[self._next] + 1)
        value = _CONSTANTS[word] if word in _CONSTANTS else self.names.get(word, UNREADABLE)
        while self._peek().text in (".", "("):
            if self._take().text == ".":
                key = self._take().text
                value = value.get(key, UNREADABLE) if isinstance(value, dict) else UNREADABLE
                word = f"{word}.{key}"
            else:
                self._next -= 1
                value = self._call(word)
        return value

    def _call(self, name: str) -> Call:
        closer = self._closers[self._next]
        self._next += 1
        self._depth += 1
        arguments = self._items(closer)
        self._depth -= 1
        self._next = closer + 1
        return Call(name, tuple(arguments))

    def _is_function(self, closer: int) -> bool:
        """Return whether the bracket that ends at index `closer` holds the parameters of an arrow function."""
        following = self._tokens[closer + 1 : closer + 2]
        return bool(following) and following[0].text == "=>"

    def _function(self, after_parameters: int) -> Function:
        """Return a function, whose parameters end before an index, by its result."""
        self._next = after_parameters
        while self._peek().text not in ("{", "=>", ""):
            self._take()
        if self._peek().text == "=>":
            self._take()
        if self._peek().text != "{":
            return Function(self._operand())
        closer = self._closers[self._next]
        body = _Parser(self._tokens, self._closers, self._imported)
        body.names = dict(self.names)
        body._next = self._next + 1
        body.statements(closer)
        self._next = closer + 1
        return Function(body.default)

    # --- tokens

    def _peek(self, offset: int = 0) -> Token:
        place = self._next + offset
        return self._tokens[place] if place < len(self._tokens) else END

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _leave(self) -> None:
        """Go behind the bracket that closes the one just read."""
        self._next = self._closers[self._next - 1] + 1

    def _at_end(self) -> bool:
        """Return whether an expression ends before the next token."""
        token = self._peek()
        begins_statement = token.kind == "word" and token.begins_line and token.text not in _OPERATORS
        return self._at_stop() or (begins_statement and not self._depth)

    def _at_stop(self) -> bool:
        """Return whether the next token is one that no expression goes beyond."""
        token = self._peek()
        return token is END or (token.kind == "sign" and token.text in (",", ";", *CLOSING))

    def _skip_to(self, sign: str = "") -> None:
        """Go to the next `sign`, or to the end of the expression."""
        while not self._at_end() and self._peek().text != sign:
            self._next = self._closers.get(self._next, self._next) + 1

    def _skip_type(self, sign: str = "") -> None:
        """Go to the next `sign` behind a type of TypeScript, such as `Map<A, B>`, or to the end of the expression."""
        angles = 0
        while self._peek() is not END and (angles > 0 or not self._at_end()) and (angles or self._peek().text != sign):
            text = self._peek().text
            angles += 0 if text == "=>" else text.count("<") - text.count(">")
            self._next = self._closers.get(self._next, self._next) + 1
