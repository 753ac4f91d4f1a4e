"""Front matter: where it stands in a file, what it says in YAML, TOML, JSON or key lines, and on which lines."""

from digest.config.schema import Limits
from digest.frontmatter.errors import HeaderError
from digest.frontmatter.header import Header, Value, line_number

__all__ = ["Header", "HeaderError", "Value", "line_number", "read_header"]


def read_header(text: str, limits: Limits) -> Header | None:
    """Return the front matter at the beginning of `text`; None when there is none.

    Raises `HeaderError` when it is not closed, too long, wrong in its format, or preceded by other text.
    """
    from digest.frontmatter.split import read_header as read  # loads python-frontmatter and PyYAML

    return read(text, limits)
