"""Contrast of colours (WCAG 2.2, success criterion 1.4.3), to check that a custom theme is readable."""

from collections.abc import Iterator

from digest.config.schema import Theme

MINIMUM = 4.5
_DARK_INK = "#14161a"
_LIGHT_INK = "#ffffff"
_PAIRS = (
    ("text", "surface"),
    ("text", "background"),
    ("muted", "surface"),
    ("muted", "background"),
    ("accent", "surface"),
)


def ratio(one: str, other: str) -> float:
    """Return the contrast of two colours `#rrggbb`, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def ink(background: str) -> str:
    """Return white or nearly black: the colour with the higher contrast on `background`."""
    return max(_LIGHT_INK, _DARK_INK, key=lambda colour: ratio(colour, background))


def faint(theme: Theme) -> Iterator[tuple[str, str, float]]:
    """Yield text key, background key and contrast of colours that are hard to read: `muted`, `surface`, 3.9."""
    for mode in ("", "dark_"):
        for name, ground in _PAIRS:
            contrast = ratio(getattr(theme, mode + name), getattr(theme, mode + ground))
            if contrast < MINIMUM:
                yield mode + name, mode + ground, contrast


def _luminance(colour: str) -> float:
    """Return the relative luminance, 0 to 1, of `#rrggbb` (WCAG 2.2, definition of relative luminance)."""
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    if channel <= 0.04045:
        return channel / 12.92
    return float(((channel + 0.055) / 1.055) ** 2.4)
