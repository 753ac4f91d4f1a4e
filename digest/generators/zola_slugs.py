"""Slugs as Zola makes them, by the Rust packages slug and deunicode."""

import unicodedata

from digest.generators.transliteration import to_ascii

_UNSAFE = frozenset('<>:"/\\|?*')
_FIRST_EMOJI = "\U0001f300"  # of those that are not read as signs of ASCII
_DROPPED = frozenset(("Mn", "Me", "Cf"))  # marks, joiners
# What deunicode writes for a character that `to_ascii` writes in another way; of emoji, those that titles have most.
_OTHERWISE = {
    "½": "1/2", "¼": "1/4", "¾": "3/4", "№": "No", "℃": "C", "℉": "F", "Є": "E", "√": "sqrt", "∞": "inf", "∑": "S",
    "₴": "HRN", "₺": "TL", "₽": "Rb", "し": "si", "ち": "ti", "っ": "tu", "つ": "tu", "シ": "si", "チ": "ti",
    "ッ": "tu", "ツ": "tu", "ー": "", "什": "Shen ", "价": "Jia ", "么": "Me ", "旅": "Lv ", "术": "Shu ", "א": "'",
    "ח": "kh", "ך": "k", "כ": "k", "ק": "q", "ا": "", "ـ": "", "♠": "spades ", "♣": "clubs ", "♥": "hearts ",
    "♦": "diamonds ", "♡": "white heart ", "★": "*", "☆": "*", "☀": "*", "☑": "v", "✔": "checkmark ",
    "✏": "pencil2 ", "➡": "arrow right ", "⬅": "<", "⬆": "^", "⬇": "v", "⭐": "*", "❗": "!", "❓": "?", "❌": "x ",
    "✅": "white check mark ", "⚠": "warning ", "⚡": "zap ", "☕": "coffee ", "⏳": "hourglass flowing sand ",
    "♻": "recycle ", "❤": "heart", "🌟": "*", "😀": "grinning ", "😃": "smiley ", "😄": "smile ", "😁": "grin ",
    "😅": "sweat smile ", "😂": "joy ", "🙂": "slight smile ", "😉": "wink ", "😊": "blush ", "😍": "heart eyes ",
    "😎": "sunglasses ", "🤔": "thinking ", "😢": "cry ", "😭": "sob ", "😡": "rage ", "😱": "scream ",
    "😴": "sleeping ", "🥳": "partying face ", "🤗": "hugs ", "👍": "+1 ", "👎": "-1 ", "👏": "clap ",
    "👋": "wave ", "🙏": "pray ", "💪": "muscle ", "🙈": "see no evil ", "🙌": "raised hands ", "🤦": "facepalm ",
    "🤖": "robot ", "💯": "100 ", "🎉": "tada ", "🎂": "birthday ", "🎁": "gift ", "🎨": "art ",
    "🎧": "headphones ", "🎶": "notes ", "🎬": "clapper ", "🎯": "dart ", "🎓": "mortar board ", "💡": "bulb ",
    "📢": "loudspeaker ", "📣": "mega ", "📅": "date ", "📆": "calendar ", "🗓": "calendar ", "📖": "book ",
    "📱": "iphone ", "💻": "computer ", "🖥": "desktop ", "🐞": "beetle ", "🐳": "whale ", "🏠": "house ",
    "🏁": "checkered flag ", "🏗": "construction site ", "🌍": "earth africa ", "🌎": "earth americas ",
    "🌏": "earth asia ", "🌊": "ocean ", "🛠": "tools ", "🧵": "thread ", "🆕": "new ", "🆓": "free ",
    "🔓": "unlock ", "🔗": "link ", "🔍": "mag ", "🔎": "mag right ", "🚧": "construction ",
    "🚨": "rotating light ", "🛑": "stop sign ", "🚲": "bike ", "🚗": "car ", "🍕": "pizza ", "🍺": "beer ",
}  # fmt: skip


def slugify(text: str) -> str:
    """Return `text` as small ASCII letters and digits, with a hyphen for each run of other characters."""
    written = "".join(map(_ascii, text)).lower()
    spaced = "".join(character if character.isalnum() else " " for character in written)
    return "-".join(spaced.split())


def without_unsafe(text: str) -> str:
    """Return `text` without the characters that file names on Windows may not have."""
    return "".join(character for character in text.rstrip(" .") if character not in _UNSAFE)


def _ascii(character: str) -> str:
    if character.isascii():
        return character
    known = _OTHERWISE.get(character)
    if known is None:
        known = to_ascii(character) or _unknown(character)
    return known


def _unknown(character: str) -> str:
    """Return what stands for a character without a reading: an emoji's name, nothing for a mark, else a hyphen."""
    category = unicodedata.category(character)
    if category in _DROPPED:
        return ""
    is_emoji = category == "So" and character >= _FIRST_EMOJI
    return f"{unicodedata.name(character, '-')} " if is_emoji else "-"
