"""How far the definitions of a term go, `: meaning`, and whether one of them has several paragraphs."""

_LINE_START = " \t>"


def read_definitions(text: str, start: int, limit: int, prefix: str) -> tuple[int, bool]:
    """Return the end of the definitions after the line end at `start`, and whether one has several paragraphs.

    `prefix` is the indentation and the block quote markers before them. Reads up to `limit`.
    """
    is_loose = False
    is_after_blank = False
    position = start
    while 0 <= position < limit:
        end = text.find("\n", position + 1)  # -1 for the last line
        line = text[position + 1 : end if end >= 0 else len(text)]
        content = line.lstrip(_LINE_START)
        is_definition = content.startswith((": ", "~ "))
        is_paragraph = bool(is_after_blank and content and not is_definition)
        if is_paragraph and not line[len(prefix) :].startswith((" ", "\t")):
            break
        is_loose = is_loose or is_paragraph
        is_after_blank = not content
        position = end
    return (position if position >= 0 else len(text)), is_loose
