"""TOML front matter as a tree of texts: the standard library's parser with limits and positions of errors."""

import re
import tomllib

from digest.config.key_positions import error_position
from digest.config.schema import Limits
from digest.frontmatter import errors
from digest.frontmatter.errors import HeaderError
from digest.frontmatter.header import Table, line_of_most, table_of

# Strings and comments (TOML 1.0); a single-line string may be unclosed.
_LONG_STRING = r'"""(?:\\.|[^\\])*?"""|' + r"'''.*?'''"
_STRING = re.compile(_LONG_STRING + r"""|"(?:\\.|[^"\\\n])*"?|'[^'\n]*'?|#[^\n]*""", re.DOTALL)
_KEY = re.compile(r"""[ \t]*\[{0,2}[ \t]*("[^"\n]*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*[=.\]]""")


def read_toml(text: str, line: int, limits: Limits) -> Table:
    """Parse TOML `text`, whose first line is number `line`. Raises `HeaderError`."""
    try:
        tree = tomllib.loads(text, parse_float=str)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(error, text, line) from None
    except RecursionError:
        raise errors.too_deep(limits, line_of_most(text, line, "[{")) from None
    except ValueError:  # Python converts at most 4,300 digits
        raise errors.long_number(line_of_most(text, line, "0123456789")) from None
    return table_of(tree, _key_lines(text, line), line, limits)


def _key_lines(text: str, first_line: int) -> dict[str, int]:
    """Return the lines of the keys; of a key in several tables, the first."""
    lines: dict[str, int] = {}
    depth = 0  # of the arrays and inline tables that are open where a line begins; they have no keys there
    # Multi-line strings have no keys; a single-line string may be a quoted key.
    without_long_strings = _STRING.sub(lambda string: "\n" * string[0].count("\n") or string[0], text)
    for number, line in enumerate(without_long_strings.split("\n"), first_line):
        match = _KEY.match(line)
        if match and depth == 0:
            lines.setdefault(match[1].strip("\"'"), number)
        depth += _opened(line)
    return lines


def _opened(line: str) -> int:
    """Return how many more arrays and inline tables a line opens than it closes."""
    bare = _STRING.sub("", line)
    return bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}")


def _syntax_error(error: tomllib.TOMLDecodeError, text: str, first_line: int) -> HeaderError:
    message, row, column = error_position(error)
    line = first_line + (row - 1 if row else text.count("\n"))  # 0: the end of the document
    if message == "Cannot overwrite a value":
        key = text.split("\n")[line - first_line].partition("=")[0].strip(" \t\"'")
        return errors.duplicate_key(key, _key_lines(text, first_line).get(key, first_line), line)
    return HeaderError("toml", f"not TOML: {message}", line, column, "see toml.io; texts stand in quotation marks")
