"""Errors of TOML's syntax, in words for the person who wrote the file, at the place where the mistake was made."""

import tomllib

from digest.config.key_positions import error_position, first_broken_line
from digest.problems import Problem

_QUOTES = ('"', "'")
_OPEN_ENDS = ("Unterminated string", "Unclosed array", "Unclosed inline table")
_TRUTHS = {"True": "true", "False": "false", "yes": "true", "no": "false", "on": "true", "off": "false"}


def syntax_problem(name: str, text: str, error: tomllib.TOMLDecodeError) -> Problem:
    """Return an error of `tomllib` in the file `name` as a problem.

    TOML 1.0 has LF and CRLF as line ends; `tomllib` stops at the first lone CR, so its line numbers are right.
    """
    reason, line, column = error_position(error)
    lines = text.replace("\r\n", "\n").split("\n")
    begin = first_broken_line(text)
    is_open = not line or reason in _OPEN_ENDS or (begin < line and "=" in lines[line - 1])
    if is_open:
        line, column = begin, 1
    source = lines[line - 1]
    quote = _unclosed_quote(source) if is_open or reason.startswith("Illegal character") else 0
    if source[column - 1 : column] == "\r":
        message, hint = reason, "end lines in LF or CRLF, not in CR alone"
    elif quote:
        column = quote
        message, hint = "this text has no closing quote", f"write {source[quote - 1]} at its end"
    elif is_open:
        message, hint = _open_end(reason, source)
    else:
        message, hint = _explained(reason, source, source[column - 1 :])
    return Problem(name, line, column, "toml", message, hint)


def _open_end(reason: str, source: str) -> tuple[str, str]:
    """Return what is wrong with a value that goes on to the end of the file; it begins in `source`."""
    for quotes in ('"""', "'''"):
        if quotes in source:
            return f"the text that begins here has no closing {quotes}", f"write {quotes} at its end"
    if "[" in source.partition("=")[2]:
        return "the list that begins here has no closing bracket", "write ] at its end"
    return reason, ""


def _unclosed_quote(source: str) -> int:
    """Return the column, from 1, of a quote that opens a text and is not closed in its line; 0 when there is none.

    Triple quotes may be closed in a later line.
    """
    if '"""' in source or "'''" in source:
        return 0
    place = 0
    while place < len(source) and source[place] != "#":
        if source[place] in _QUOTES:
            closing = _closing_quote(source, place)
            if closing < 0:
                return place + 1
            place = closing
        place += 1
    return 0


def _closing_quote(source: str, opening: int) -> int:
    """Return where the text that opens at `opening` is closed; -1 when it is not."""
    quote = source[opening]
    place = opening + 1
    while place < len(source):
        if source[place] == quote:
            return place
        is_escape = source[place] == "\\" and quote == '"'
        place += 2 if is_escape else 1
    return -1


def _explained(reason: str, source: str, rest: str) -> tuple[str, str]:
    """Return a message and a hint for an error in the line `source`, of which `rest` was not understood."""
    key = source.partition("=")[0].strip()
    word = rest.split("#")[0].strip(" \t,]")
    if reason == "Invalid value":
        return _invalid_value(key, word)
    if reason.startswith("Expected '=' after a key"):
        found = source.partition(":")
        return "there is no = after the key", f"write {found[0].strip()} = …" if found[1] else "write key = value"
    if reason == "Cannot overwrite a value":
        return f"{key} stands here for the second time", "leave one of them out"
    if reason.startswith("Cannot declare"):
        return f"the table {source.strip()} stands here for the second time", "put its keys into one table"
    if reason.startswith("Expected newline or end of document"):
        return f"after the value stands {word}", "a text with quotes in it stands in quotes of the other kind"
    return reason, ""


def _invalid_value(key: str, word: str) -> tuple[str, str]:
    if not word:
        return f"{key} has no value", f'write {key} = "…"'
    if word in _TRUTHS:
        return f"{word} is not a value of TOML", f"write {key} = {_TRUTHS[word]}"
    return f"{word} is not a value of TOML", f'write {key} = "{word}", in quotes, if it is a text'
