"""Front matter: finding it in a file, and parsing YAML, TOML, JSON and key lines with the line of each key."""

from digest.config.schema import Limits
from digest.frontmatter.errors import HeaderError
from digest.frontmatter.header import Header, Value, line_number

__all__ = ["Header", "HeaderError", "Value", "line_number", "read_header"]


def read_header(text: str, limits: Limits, *, restructured: bool = False) -> Header | None:
    """Return the front matter at the beginning of `text`; None when there is none.

    In reStructuredText it may also be the title and a field list.

    Raises `HeaderError` when it is not closed, too long, wrong in its format, or preceded by other text.
    """
    from digest.frontmatter.split import read_header as read  # loads python-frontmatter and PyYAML

    return read(text, limits, restructured=restructured)
