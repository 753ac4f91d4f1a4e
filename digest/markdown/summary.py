"""What a post is about in plain text, cut where a person would cut it, and how many words it has.

A summary is never cut inside a word, a combining sequence or an emoji. Chinese, Japanese and Korean have no spaces
between words, so there any character may end a summary, and each tells about as much as half a word.
"""

import html as entities
import unicodedata

from digest.collector.post import Post
from digest.patterns import pattern

MAX_GIVEN = 5_000  # characters of a front matter summary that are looked at
LENGTH = 200  # characters of a summary, about; half of it for Chinese, Japanese and Korean

_CJK_CLASS = "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f]"
_CJK = pattern(_CJK_CLASS)
_CJK_RUN = pattern(f"{_CJK_CLASS}+")
_TAG = pattern(r"<[^>]*>")
_BLOCK_TAG = pattern(
    r"</?(?:p|div|li|tr|td|th|h[1-6]|pre|blockquote|br|hr|dd|dt|figcaption|table|ul|ol|section|summary)\b[^>]*>"
)
_PARAGRAPH = pattern(r"<(p|blockquote|figure|pre|table|details|aside|section|nav)\b[^>]*>|<h[1-6]\b")
_FOOTNOTE = pattern(r'<sup><a href="[^"]*" id="[^"]*fnref-[^"]*">[^<]*</a></sup>')
# A full stop after a capital ends an abbreviation (U.S.) as often as a sentence, so it does not count.
_SENTENCE_END = pattern(r"(?:(?<![A-Z.])\.|[!?…])[\"'”’»)\]]*(?=\s+[^a-z\s])|[。！？；…][”’」』）]*")
_SENTENCE_MARK = pattern(r"[.!?…。！？；]")  # one of these begins each
_CUT_ENDS = ("…", "...", "…]", "...]")
_CUT_SHORT = pattern(r"\s*(?:…|\.{3,}|\[(?:…|\.\.\.)\])\s*$")
_MARKDOWN_LINK = pattern(r"!?\[([^\]\[]*)\]\((?:[^()\s]|\([^()]*\))*(?:\s+\"[^\"]*\")?\)")
_MARKDOWN_MARK = pattern(
    r"(\*\*|__|~~|`+)(?=\S)(.+?)(?<=\S)\1|(?<![\w*])([*_])(?=\S)([^*_]+?)(?<=\S)\3(?![\w*])|^#{1,6}\s+|\\(?=[!-/:-@\[-`{-~])"
)
_MARKDOWN_LETTER = pattern(r"[*_~`#\\]")  # one of these is in each such mark
_PUNCTUATION = pattern(r"(?:\W|_|&[a-z]+;)+")
_VIRAMA = 9  # canonical combining class of what joins two letters of Indic scripts
_JOINERS = "\u200d\ufe0e\ufe0f"


def plain(html: str) -> str:
    """Return the text of clean `html`: blocks apart by a space, entities as characters, white space collapsed."""
    html = html.replace("</p>\n<p>", " ")  # most blocks; what is left takes ten times as long
    text = _TAG.sub("", _BLOCK_TAG.sub(" ", html))
    return " ".join(entities.unescape(text).split())


def count_words(html: str) -> int:
    """Return how many words clean `html` has; a Chinese, Japanese or Korean character counts as half a word."""
    text = _TAG.sub(" ", html) if "<" in html else html
    characters = 0
    if not text.isascii():
        length = len(text)
        text, runs = _CJK_RUN.subn(" ", text)
        characters = length - len(text) + runs
    words = [word for word in text.split() if word.isalnum() or (len(word) > 1 and not _PUNCTUATION.fullmatch(word))]
    return len(words) + (characters + 1) // 2


def from_markup(text: str) -> str:
    """Return a line of front matter, which may hold Markdown or HTML, as plain text."""
    text = text[:MAX_GIVEN]
    if "<" in text or "&" in text:
        text = plain(text)
    if "[" in text:
        text = _MARKDOWN_LINK.sub(r"\1", text)
    if _MARKDOWN_LETTER.search(text):
        text = _MARKDOWN_MARK.sub(lambda m: m[2] or m[4] or "", text)
    return " ".join(text.split())


def summary(post: Post, html: str, lead: str) -> str:
    """Return what the front matter of `post` says, else its text before the `more` mark, else its start."""
    if post.summary and (given := from_markup(post.summary)):
        return mend(given, html)
    return shorten(opening(lead or html) or plain(lead or html))


def mend(given: str, html: str) -> str:
    """Return `given`, a summary on one line, whole when another tool had cut it.

    It is begun anew from the body, or cut back to its last word.
    """
    found = _CUT_SHORT.search(given, len(given.rstrip(" .…[]"))) if given.endswith(_CUT_ENDS) else None
    if not found:
        return given
    kept = given[: found.start()]
    if not kept:
        return shorten(opening(html) or plain(html))
    tight = "".join(kept.split())[:500]
    end = html.find("</p>", 4 * len(kept) + 200)  # most begin where the body does, so not all of it need be read
    text = plain(html[:end] if end >= 0 else html)
    start = _find_tight(text, tight)
    if end >= 0 and (start is None or len(text) - start < 2 * len(kept) + 100):
        text = plain(html)
        start = _find_tight(text, tight)
    if start is not None:
        return shorten(text[start:], max(len(kept), 20))
    if _CJK.match(kept[-1]) or not kept[-1].isalnum() or given[found.start()].isspace():
        return kept.rstrip(" ,;:，；：、") + "…"
    head, space, _ = kept.rpartition(" ")
    return (head.rstrip(" ,;:，；：、") if space else kept) + "…"


def _find_tight(text: str, tight: str) -> int | None:
    """Return where in `text` the characters of `tight` begin, white space aside, or None when they do not occur."""
    begin = text.find(tight[:1])
    while 0 <= begin < 5_000:
        if text.startswith(tight, begin) or (
            "".join(text[begin : begin + 3 * len(tight) + 50].split()).startswith(tight)
        ):
            return begin
        begin = text.find(tight[:1], begin + 1)
    return None


def opening(html: str) -> str:
    """Return the text of the first paragraphs of clean `html`, passing over headings, pictures, quotes and code."""
    texts: list[str] = []
    html = html.partition("<hr>\n<section>")[0]  # footnotes
    length = position = 0
    while length < LENGTH and (found := _PARAGRAPH.search(html, position)):
        name = found[1] or ""
        if name != "p":
            end = html.find(f"</{name}>" if name else "</h", found.end())
            position = end if end >= 0 and name not in ("section", "aside", "nav") else found.end()
            continue
        end = html.find("</p>", found.end())
        position = end if end >= 0 else len(html)
        text = plain(_FOOTNOTE.sub("", html[found.end() : position]))
        if any(map(str.isalnum, text)):
            texts.append(text)
            length += len(text) * (2 if _CJK.search(text) else 1)
    return " ".join(texts)


def shorten(text: str, length: int = 0) -> str:
    """Return `text` of at most about `length` characters, ended at a sentence if one ends near, else after a word."""
    if not length:
        sample = text[:LENGTH]
        length = LENGTH // 2 if len(_CJK.findall(sample)) * 3 > len(sample) else LENGTH
    if len(text) <= length:
        return text
    limit = length + length // 4
    marks = [mark.start() for mark in _SENTENCE_MARK.finditer(text, 0, limit)]  # which are found fast
    ends = [found.end() for mark in marks if (found := _SENTENCE_END.match(text, mark, limit))]
    near = [end for end in ends if end >= length // 2]
    if near:
        return text[: near[-1]].rstrip()
    return text[: word_end(text, length)].rstrip(" ,;:，；：、-–—(（「『“‘") + "…"


def word_end(text: str, at: int) -> int:
    """Return the last place not after `at` where `text` may be cut: between words, or between whole CJK characters."""
    place = at
    while place > 0 and not _may_cut(text, place):
        place -= 1
    if place == 0:  # one word longer than that: cut it, but between characters
        place = at
        while place > 1 and _joined(text, place):
            place -= 1
    return place


def _joined(text: str, place: int) -> bool:
    """Return whether the characters around `place` make one."""
    after, before = text[place], text[place - 1]
    return (
        unicodedata.combining(after) != 0
        or unicodedata.category(after) in ("Mn", "Me", "Mc")
        or after in _JOINERS
        or before == "\u200d"
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or unicodedata.combining(before) == _VIRAMA
        or (_is_flag(after) and _flags_before(text, place) % 2 == 1)
        or "\U000e0020" <= after <= "\U000e007f"
    )


def _is_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flags_before(text: str, place: int) -> int:
    """Return how many regional indicators stand right before `place`; two make a flag."""
    start = place
    while start > 0 and _is_flag(text[start - 1]):
        start -= 1
    return place - start


def _may_cut(text: str, place: int) -> bool:
    after, before = text[place], text[place - 1]
    if after.isspace() or before.isspace():
        return True
    if _joined(text, place) or after in "，。、；：！？）」』”’,.;:!?)…":
        return False
    return bool(_CJK.match(after) or _CJK.match(before))
