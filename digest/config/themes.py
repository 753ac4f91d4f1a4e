"""The themes that ship: the settings of `[theme]` that a name stands for; what the table sets itself goes first."""

from typing import Any

_SERIF = "'Iowan Old Style', 'Palatino Linotype', Palatino, 'Book Antiqua', Georgia, 'Noto Serif', serif"
_CONDENSED = (
    "'Avenir Next Condensed', 'Roboto Condensed', 'Helvetica Neue Condensed', 'Arial Narrow', "
    "'Liberation Sans Narrow', sans-serif"
)

# `plain` is what `Theme` says without a name.
THEMES: dict[str, dict[str, str | int]] = {
    "plain": {},
    "paper": {
        "background": "#efe8da",
        "surface": "#fcf9f2",
        "text": "#2a241e",
        "muted": "#675c4e",
        "accent": "#8a2f1d",
        "line": "#dcd2bf",
        "dark_background": "#171411",
        "dark_surface": "#211d19",
        "dark_text": "#ece4d8",
        "dark_muted": "#b3a797",
        "dark_accent": "#eda48f",
        "dark_line": "#473f36",
        "font": _SERIF,
        "heading_font": _SERIF,
        "heading_weight": "normal",
        "masthead": "center",
        "title_size": 40,
        "radius": 3,
    },
    "press": {
        "background": "#ecebe8",
        "surface": "#ffffff",
        "text": "#111111",
        "muted": "#565656",
        "accent": "#b80d22",
        "line": "#111111",
        "dark_background": "#0e0e0f",
        "dark_surface": "#19191b",
        "dark_text": "#f1f1f0",
        "dark_muted": "#adadad",
        "dark_accent": "#ff8f87",
        "dark_line": "#8c8c8c",
        "heading_font": _CONDENSED,
        "heading_weight": "bold",
        "masthead": "left",
        "title_size": 46,
        "masthead_line": 8,
        "radius": 0,
    },
}


def with_theme(table: dict[str, Any]) -> dict[str, Any]:
    """Return the tables of `digest.toml` with the settings of the theme that `[theme] name` names, if there is one."""
    given = table.get("theme")
    name = given.get("name") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(name, str):
        return table
    return table | {"theme": THEMES.get(name, {}) | given}
