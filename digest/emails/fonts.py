"""The fonts of a letter in the order that its language wants.

Han characters look different in Chinese, Japanese and Korean, and a browser takes them from the first font that has
them. Fonts for Latin come first: they have no Han characters, and so Latin words and quotations keep their own look.
"""

import unicodedata

from msgspec.structs import replace

from digest import localisation
from digest.config.schema import Theme

SCRIPT = "cjk"  # the class of what is written in Chinese, Japanese or Korean
_SPACED = {"LATIN", "GREEK", "CYRILLIC", "ARMENIAN"}  # scripts, as names of their letters begin
_SANS = {
    "zh": ("PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC"),
    "zh-Hant": ("PingFang TC", "Microsoft JhengHei", "Noto Sans CJK TC", "Noto Sans TC"),
    "ja": ("Hiragino Sans", "Hiragino Kaku Gothic ProN", "Yu Gothic", "Meiryo", "Noto Sans CJK JP", "Noto Sans JP"),
    "ko": ("Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans CJK KR", "Noto Sans KR"),
}
_SERIF = {
    "zh": ("Songti SC", "SimSun", "Noto Serif CJK SC", "Noto Serif SC"),
    "zh-Hant": ("Songti TC", "PMingLiU", "Noto Serif CJK TC", "Noto Serif TC"),
    "ja": ("Hiragino Mincho ProN", "Yu Mincho", "MS PMincho", "Noto Serif CJK JP", "Noto Serif JP"),
    "ko": ("AppleMyungjo", "Batang", "Noto Serif CJK KR", "Noto Serif KR"),
}
_GENERIC = ("serif", "sans-serif", "monospace", "system-ui", "cursive", "fantasy", "ui-serif", "ui-sans-serif")


def han(language: str) -> str:
    """Return `zh`, `zh-Hant`, `ja` or `ko` for one of these languages, else nothing."""
    found = localisation.base_language(language)
    return found if found in _SANS else ""


def script(language: str) -> str:
    """Return the class of a text in a language: `cjk`, or nothing."""
    return SCRIPT if han(language) else ""


def spacing(text: str) -> str:
    """Return the class of a small heading whose letters may stand apart: those of Arabic or Hindi are joined."""
    letters = [unicodedata.name(character, "").partition(" ")[0] for character in text if character.isalpha()]
    return "spaced" if letters and set(letters) <= _SPACED else ""


def stack(font: str, language: str) -> str:
    """Return the fonts of a theme, with those for the Han characters of a language before the generic one."""
    names = [name.strip() for name in font.split(",")]
    if font == Theme().font:
        names = [name for name in names if name.strip("'") not in _known()]
    last = names[-1]
    fonts = _SERIF if last in ("serif", "ui-serif") else _SANS
    added = [f"'{name}'" for name in fonts[han(language) or "zh"]]
    if last in _GENERIC:
        return ", ".join([*names[:-1], *added, last])
    return ", ".join([*names, *added])


def with_stacks(theme: Theme, language: str) -> Theme:
    """Return a theme with the fonts of a language; without fonts for titles when they are those of the text."""
    font, headings = stack(theme.font, language), stack(theme.heading_font or theme.font, language)
    return replace(theme, font=font, heading_font="" if headings == font else headings)


def _known() -> set[str]:
    return {name for fonts in (_SANS, _SERIF) for names in fonts.values() for name in names}
