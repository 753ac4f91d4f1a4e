"""A plain-text summary of a post, cut at the end of a sentence or word, and its word count.

A summary is never cut inside a word, a combining sequence or an emoji. Chinese, Japanese and Korean have no spaces
between words, so any character may end a summary there, and each counts as half a word.
"""

import html as entities
import re
import unicodedata

from digest.collector.post import Post
from digest.markdown.commonmark import to_html
from digest.markdown.prose import prepare
from digest.markdown.sanitize import Settings, sanitize, scrub

LENGTH = 200  # characters of a summary, about; half of it for Chinese, Japanese and Korean
_MAX_GIVEN = 5_000  # characters of a front matter summary that are read
_MAX_MATCHED = 500  # characters of a truncated summary that are searched for in the body
_MAX_SEARCHED = 5_000  # characters of the body that are searched

_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f]")
_TAG = re.compile(r"<[^>]*>")
_BLOCK_TAG = re.compile(
    r"</?(?:p|div|li|tr|td|th|h[1-6]|pre|blockquote|br|hr|dd|dt|figcaption|table|ul|ol|section|summary)\b[^>]*>"
)
_BLOCK = re.compile(r"<(p|blockquote|figure|pre|table|details|aside|section|nav|ul|ol|dl|h[1-6])\b[^>]*>")
_LINK = re.compile(r"<a [^>]*>.*?</a>", re.DOTALL)
_PICTURE_LINE = re.compile(r"(?:<a [^>]*>)?<img [^>]*>(?:</a>)?\s*(?:<br>|\n)\s*")
_SLANTED = re.compile(r"<(em|i|small)>.*</\1>", re.DOTALL)
_BOLD = re.compile(r"<(strong|b)>[^<]*</\1>")
_FOOTNOTE = re.compile(r'<sup><a href="[^"]*" id="[^"]*fnref-[^"]*">[^<]*</a></sup>')
_WORD = re.compile(r"[^\W_]\S*")
# A full stop after a capital ends an abbreviation (U.S.) as often as a sentence, so it does not count.
_SENTENCE_END = re.compile(r"(?:(?<![A-Z.])\.|[!?…])[\"'”’»)\]]*(?=\s+[^a-z\s])|[。！？；…][”’」』）]*")

_CAPTION_CHARACTERS = 150
_TITLE_CHARACTERS = 80  # of the bold line that begins a call-out
_TRANSPARENT = frozenset(("section", "aside"))  # blocks whose paragraphs count
_LOOSE_ENDS = " ,;:，；：、"
_OPENING_ENDS = _LOOSE_ENDS + "-–—(（「『“‘"
_NEVER_FIRST = frozenset("，。、；：！？）」』”’,.;:!?)…")
_VIRAMA = 9  # canonical combining class of the signs that join two letters of Indic scripts
_JOINERS = frozenset("\u200d\ufe0e\ufe0f")
_MARKS = frozenset(("Mn", "Me", "Mc"))


def plain(html: str) -> str:
    """Return the text of clean `html`: blocks apart by a space, entities as characters, white space collapsed."""
    text = _TAG.sub("", _BLOCK_TAG.sub(" ", html))
    return " ".join(entities.unescape(text).split())


def count_words(html: str) -> int:
    """Return how many words clean `html` has; a Chinese, Japanese or Korean character counts as half a word."""
    words, characters = _counted(html)
    return words + (characters + 1) // 2


def count_characters(html: str) -> int:
    """Return how many words clean `html` has, each Chinese, Japanese or Korean character counted as one."""
    words, characters = _counted(html)
    return words + characters


def _counted(html: str) -> tuple[int, int]:
    """Return the number of words of other scripts, and of Chinese, Japanese and Korean characters."""
    text = entities.unescape(_TAG.sub(" ", html)).replace("\xa0", "")
    text, characters = _CJK.subn(" ", text)
    return len(_WORD.findall(text)), characters


def summary(post: Post, html: str, lead: str) -> str:
    """Return the summary in the front matter of `post`, else its text before the `more` mark, else its start.

    A front matter summary that only repeats the title is ignored. Raises RefusedError for one beyond a bound.
    """
    given = from_markup(post.summary) if post.summary else ""
    if given and not same_words(_without_ellipsis(given), post.title):
        return mend(given, html)
    return beginning(lead or html)


def same_words(text: str, other: str) -> bool:
    """Return whether two texts have the same letters and digits, ignoring case, spaces and punctuation."""
    return _letters(text) == _letters(other)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def from_markup(text: str) -> str:
    """Return a line of front matter, which may hold Markdown or HTML, as plain text."""
    line = " ".join(scrub(text[:_MAX_GIVEN]).split())
    html = to_html(prepare(f"# {line} #").markdown)  # in a heading, nothing begins a list or a quotation
    return plain(sanitize(html, Settings("")).html)


def beginning(html: str) -> str:
    """Return the summary of a post whose front matter gives none."""
    return shorten(opening(html) or plain(html))


def mend(given: str, html: str) -> str:
    """Return `given`, a one-line summary, repaired when another tool truncated it with an ellipsis.

    It is completed from the body, or cut back to its last whole word.
    """
    cut = _without_ellipsis(given)
    if cut == given:
        return given
    kept = cut.rstrip()
    if not kept:
        return beginning(html)
    text = plain(html)
    start = _find_words(text, kept)
    if start is not None:
        return _completed(text[start:], max(len(kept), 20))
    in_word = kept == cut and kept[-1].isalnum() and not _CJK.match(kept[-1])
    head = kept.rpartition(" ")[0]
    if in_word and head:
        kept = head
    elif in_word:
        return f"{kept}…"
    return f"{kept.rstrip(_LOOSE_ENDS)}…"


def _completed(text: str, length: int) -> str:
    """Return the first `length` characters of `text`, extended to the end of the sentence if that is near."""
    for end in _SENTENCE_END.finditer(text, 0, length + _usual_length(text)):
        if end.end() >= length:
            return text[: end.end()]
    return shorten(text, length)


def _without_ellipsis(text: str) -> str:
    for ellipsis in ("[…]", "[...]", "…"):
        if text.endswith(ellipsis):
            return text.removesuffix(ellipsis)
    return text.rstrip(".") if text.endswith("...") else text


def _find_words(text: str, words: str) -> int | None:
    """Return where in `text` the characters of `words` begin, white space aside, or None when they do not occur."""
    sought = "".join(words.split())[:_MAX_MATCHED]
    begin = text.find(sought[0])
    while 0 <= begin < _MAX_SEARCHED:
        near = text[begin : begin + 3 * len(sought) + 50]
        if "".join(near.split()).startswith(sought):
            return begin
        begin = text.find(sought[0], begin + 1)
    return None


def opening(html: str) -> str:
    """Return the text of the first paragraphs of clean `html`, or else of those in its quotations.

    Skips headings, images and their captions, lists, links on their own, bold titles, and code.
    """
    html = html.partition("<hr>\n<section>")[0]  # footnotes
    return _first_paragraphs(html, _TRANSPARENT) or _first_paragraphs(html, _TRANSPARENT | {"blockquote"})


def _first_paragraphs(html: str, transparent: frozenset[str]) -> str:
    """Return the text of the first paragraphs at the top level or in `transparent` blocks."""
    texts: list[str] = []
    length = position = 0
    is_after_picture = False
    while length < LENGTH and (block := _BLOCK.search(html, position)):
        name = block[1]
        position = block.end()
        if name in transparent:
            continue
        end = _end_of(name, html, position)
        if end < 0:
            break
        content = html[position:end]
        position = end
        text = _prose(content, is_after_picture=is_after_picture) if name == "p" else ""
        is_after_picture = "<img " in content
        if text:
            texts.append(text)
            length += 2 * len(text) if _CJK.search(text) else len(text)
    return " ".join(texts)


def _end_of(name: str, html: str, position: int) -> int:
    """Return the offset of the end tag of the element whose content begins at `position`, or -1."""
    end = html.find(f"</{name}>", position)
    inner = html.find(f"<{name}", position, end)
    while 0 <= inner < end:
        end = html.find(f"</{name}>", end + 1)
        inner = html.find(f"<{name}", inner + 1, end)
    return end


def _prose(content: str, *, is_after_picture: bool) -> str:
    """Return the text of a paragraph; empty for a caption, a link on its own, or a title."""
    content = _FOOTNOTE.sub("", content).strip()
    text = plain(content)
    is_title = _BOLD.fullmatch(content) and len(text) <= _TITLE_CHARACTERS and not text.endswith((".", "!", "?", "。"))
    is_link = not _letters(plain(_LINK.sub("", content)))
    return "" if is_title or is_link or _is_caption(content, is_after_picture=is_after_picture) else text


def _is_caption(content: str, *, is_after_picture: bool) -> bool:
    """Return whether a paragraph is a short line below an image, or italic text after a paragraph with one."""
    picture = _PICTURE_LINE.match(content)
    if picture:
        line = content[picture.end() :]
        return "\n" not in line and len(plain(line)) <= _CAPTION_CHARACTERS
    return is_after_picture and bool(_SLANTED.fullmatch(content))


def shorten(text: str, length: int = 0) -> str:
    """Return `text` of at most about `length` characters, cut after a sentence if one ends near, else after a word."""
    length = length or _usual_length(text)
    if len(text) <= length:
        return text
    ends = [end.end() for end in _SENTENCE_END.finditer(text, 0, length + length // 4)]
    if ends and ends[-1] >= length // 2:
        return text[: ends[-1]].rstrip()
    return text[: word_end(text, length)].rstrip(_OPENING_ENDS) + "…"


def _usual_length(text: str) -> int:
    sample = text[:LENGTH]
    is_cjk = 3 * len(_CJK.findall(sample)) > len(sample)
    return LENGTH // 2 if is_cjk else LENGTH


def word_end(text: str, at: int) -> int:
    """Return the last place not after `at` where `text` may be cut: between words, or between whole CJK characters."""
    for place in range(at, 0, -1):
        if _may_cut(text, place):
            return place
    for place in range(at, 1, -1):  # a single long word: cut between characters
        if not _joined(text, place):
            return place
    return 1


def _may_cut(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    if after.isspace() or before.isspace():
        return True
    if _joined(text, place) or after in _NEVER_FIRST:
        return False
    return bool(_CJK.match(after) or _CJK.match(before))


def _joined(text: str, place: int) -> bool:
    """Return whether the code points around `place` form one visible character."""
    before, after = text[place - 1], text[place]
    if unicodedata.combining(after) or unicodedata.category(after) in _MARKS:
        return True
    if after in _JOINERS or before == "\u200d" or unicodedata.combining(before) == _VIRAMA:
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":  # skin tones, tags of a flag
        return True
    return _is_flag(after) and _flags_before(text, place) % 2 == 1


def _is_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flags_before(text: str, place: int) -> int:
    """Return how many regional indicators stand right before `place`; two make a flag."""
    start = place
    while start > 0 and _is_flag(text[start - 1]):
        start -= 1
    return place - start
