"""Whether a text has any character that may have to be taken out of it: most have none, and that is told fast."""

from digest.patterns import pattern

_PRINTED = bytes((9, 10, *range(32, 127)))
_CHINESE = pattern("[\n -~\u2010-\u2027\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]*+")  # and Japanese
_SPACES = "\xa0\u200a\u3000\u200b\u200d"  # what texts have most of what Python does not call printable
_SAMPLE = 100


def unsuspicious(text: str) -> bool:
    """Return whether all characters of `text` are printed ones, spaces and joiners: all others need a closer look."""
    if len(text) > _SAMPLE and len(text[:_SAMPLE].encode("utf-8", "replace")) < _SAMPLE * 5 // 4:
        # Letters of Europe: what is beyond ASCII is little, and the rest goes five times as fast as bytes.
        text = text.encode("utf-8", "surrogatepass").translate(None, _PRINTED).decode("utf-8", "surrogatepass")
    elif _CHINESE.fullmatch(text):
        return True
    else:
        text = text.replace("\n", "").replace("\t", "")
    if text.isprintable():
        return True
    for space in _SPACES:
        text = text.replace(space, "")
    return text.isprintable()
