"""Whether a text has any character that may have to be taken out of it: most have none, and that is told fast."""

_PRINTED = bytes((9, 10, *range(32, 127)))
_SAMPLE = 300


def unsuspicious(text: str) -> bool:
    """Return whether all characters of `text` are printed ones, tabs and line ends; no other needs a closer look."""
    if len(text) > _SAMPLE and len(text[:_SAMPLE].encode("utf-8", "replace")) < _SAMPLE * 5 // 4:
        # Letters of Europe: what is beyond ASCII is little, and the rest goes five times as fast as bytes.
        rest = text.encode("utf-8", "surrogatepass").translate(None, _PRINTED)
        return not rest or rest.decode("utf-8", "surrogatepass").isprintable()
    return text.replace("\n", "").replace("\t", "").isprintable()
