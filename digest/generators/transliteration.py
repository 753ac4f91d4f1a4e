"""Text as ASCII, as the package Unidecode writes it, from which Pelican and Nikola make slugs.

That package is under the GPL and so is not used here. text-unidecode has the older tables that both grew from; the
differences that titles meet are listed below.
"""

import unicodedata

_NOT_IN_TABLES = "[?]"
_CORRECTIONS = {
    # Hebrew, Japanese, Cyrillic
    "\u05ba": "o", "\u05be": "-", "א": "A", "ח": "H", "ך": "KH", "כ": "KH", "ק": "k", "\u05f2": "EY",
    "し": "shi", "ち": "chi", "っ": "tsu", "つ": "tsu", "シ": "shi", "チ": "chi", "ッ": "tsu", "ツ": "tsu", "ー": "-",
    "Є": "Ie",
    # signs
    "−": "-", "⸺": "----", "⸻": "------", "½": " 1/2", "¼": " 1/4", "¾": " 3/4", "№": "No. ",
    "♠": "spades", "♣": "clubs", "♥": "hearts", "♦": "diamonds",
    "♡": "hearts", "♢": "diamonds", "♤": "spades", "♧": "clubs",
    "₱": "P", "₲": "G", "₳": "A", "₴": "UAH", "₵": "C|", "₸": "T", "₹": "Rs", "₺": "L", "₼": "m", "₽": "R", "₾": "l",
    "₿": "BTC", "℗": "(p)", "℮": "e",
    "🆑": "[CL]", "🆒": "[COOL]", "🆓": "[FREE]", "🆔": "[ID]", "🆕": "[NEW]", "🆖": "[NG]", "🆗": "[OK]",
    "🆘": "[SOS]", "🆙": "[UP!]", "🆚": "[VS]",
}  # fmt: skip


def to_ascii(text: str) -> str:
    """Return `text` with each character that is not ASCII as letters that sound or look like it; the rest is left out.

    A Chinese character becomes its Mandarin reading and a space.
    """
    if text.isascii():
        return text
    return "".join(map(_ascii, text))


def _ascii(character: str) -> str:
    if character.isascii():
        return character
    known = _CORRECTIONS.get(character)
    return _from_tables(character) if known is None else known


def _from_tables(character: str) -> str:
    """Return what the tables have for a character, else for the plainer characters that it stands for."""
    from text_unidecode import unidecode

    written: str = unidecode(character)
    if written and _NOT_IN_TABLES not in written:
        return written
    plainer = unicodedata.normalize("NFKC", character)
    if plainer == character:
        return ""
    return "".join(map(_ascii, plainer))
