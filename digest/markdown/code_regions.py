"""Where code stands in Markdown source, as comrak sees it: fences, indented blocks, spans, and raw HTML code elements.

Templating that a post shows as code is its subject and stays as it is. comrak writes the source position of each code
element into its HTML (`RenderOptions.sourcepos`): https://docs.rs/comrak/latest/comrak/options/struct.Render.html
"""

import re

import comrak

_POSITION = re.compile(r'<(?:pre|code) data-sourcepos="(\d+):(\d+)-(\d+):(\d+)"')
_RAW_ELEMENT = re.compile(r"<(pre|code|script|style)\b[^>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_LINE = re.compile(r"[^\n]*\n?")


def code_regions(markdown: str) -> list[tuple[int, int]]:
    """Return the `[start, end)` offsets of all code in `markdown`, in order and without overlaps.

    The fences and backticks of a block or span belong to it. Lines of `markdown` must end in LF.
    """
    return _merged([*_markdown_code(markdown), *_raw_code(markdown)])


def _markdown_code(markdown: str) -> list[tuple[int, int]]:
    if "`" not in markdown and "~~~" not in markdown and "    " not in markdown and "\t" not in markdown:
        return []
    html = comrak.render_markdown(markdown, _extensions(), _parsing(), _rendering())
    starts = _line_starts(markdown)
    regions = []
    for position in _POSITION.finditer(html):
        first_line, first_column, last_line, last_column = map(int, position.groups())
        start = starts[first_line - 1] + first_column - 1
        if last_column == 0:  # a block that ends with the line before
            end = starts[last_line - 1]
        else:
            end = starts[last_line - 1] + last_column
        regions.append((start, min(end, len(markdown))))
    return regions


def _raw_code(markdown: str) -> list[tuple[int, int]]:
    return [element.span() for element in _RAW_ELEMENT.finditer(markdown)]


def _merged(regions: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(regions):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _line_starts(markdown: str) -> list[int]:
    return [line.start() for line in _LINE.finditer(markdown)]


def _extensions() -> comrak.ExtensionOptions:
    options = comrak.ExtensionOptions()
    options.table = True
    options.footnotes = True
    options.math_code = False
    options.description_lists = False
    return options


def _parsing() -> comrak.ParseOptions:
    options = comrak.ParseOptions()
    options.sourcepos_chars = True  # columns count characters, not bytes
    return options


def _rendering() -> comrak.RenderOptions:
    options = comrak.RenderOptions()
    options.sourcepos = True  # raw HTML is omitted, so nothing in a post can pretend to be a position
    return options
