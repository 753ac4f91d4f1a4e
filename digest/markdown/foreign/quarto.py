"""Chunks of code in R Markdown, Quarto and Jupyter Book: remove their execution options.

https://quarto.org/docs/computations/execution-options.html
"""

import re

from digest.markdown.code_regions import code_regions

_OPENING = re.compile(
    r"(?P<fence>`{3,}|~{3,})[ \t]*\{(?P<raw>=?)(?:#[^\s}]+ +)?\.?(?P<language>[A-Za-z][\w+#-]*)[^}\n]*\}[^\n]*\n"
)
_OPTION = re.compile(r"[ \t>]*(?:#|//|--|%%)\|[^\n]*\n")


def without_options(text: str) -> str:
    """Return `text` with plain fences for chunks: `{r, echo=FALSE}` becomes `r`, and lines with `#|` are removed.

    A `{=html}` block becomes raw HTML.
    """
    if "```{" not in text and "~~~{" not in text and "``` {" not in text:
        return text
    parts: list[str] = []
    position = 0
    for start, end in code_regions(text):
        opening = _OPENING.match(text, start, end)
        if opening is None:
            continue
        parts.append(text[position:start])
        position = opening.end()
        if opening["raw"] and opening["language"] == "html":
            parts.append(f"\n{text[position:end].rstrip().removesuffix(opening['fence'])}")
            position = end
            continue
        while option := _OPTION.match(text, position, end):
            position = option.end()
        parts.append(f"{opening['fence']}{opening['language'].lower()}\n")
    return "".join((*parts, text[position:]))
