"""A plot of cost against size as SVG, written by hand: both axes are logarithmic, a panel a case, a line a program."""

import math

COLOURS = ("#0b57d0", "#d1242f", "#57606a", "#9a6700", "#1a7f37")
WIDTH, HEIGHT, LEFT, TOP, GAP = 250, 260, 62, 56, 52

Series = dict[str, dict[str, list[tuple[int, float]]]]


def svg(panels: Series, things: str = "posts") -> str:
    """Return the plot: CPU seconds against the number of `things`, by case and program.

    Points that were not measured are not drawn.
    """
    points = [point for lines in panels.values() for line in lines.values() for point in line]
    wide = _decades([posts for posts, _ in points])
    high = _decades([seconds for _, seconds in points])
    names = list(next(iter(panels.values()), {}))
    total = LEFT + len(panels) * (WIDTH + GAP)
    label = f"CPU seconds against number of {things}"
    box = f"0 0 {total} {TOP + HEIGHT + 50}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img" aria-label="{label}">',
        "<style>text{font:12px sans-serif}</style>",
        f'<rect width="{total}" height="{TOP + HEIGHT + 50}" fill="#ffffff"/>',
    ]
    for at, name in enumerate(names):
        x = LEFT + at * 110
        parts.append(f'<circle cx="{x}" cy="14" r="4" fill="{COLOURS[at]}"/><text x="{x + 9}" y="18">{name}</text>')
    for at, (case, lines) in enumerate(panels.items()):
        parts += _panel(LEFT + at * (WIDTH + GAP), case, lines, wide, high, things, labelled=at == 0)
    return "\n".join([*parts, "</svg>", ""])


def _decades(values: list[float] | list[int]) -> tuple[int, int]:
    if not values:
        return 0, 1
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _panel(
    left: int,
    case: str,
    lines: dict[str, list[tuple[int, float]]],
    wide: tuple[int, int],
    high: tuple[int, int],
    things: str,
    *,
    labelled: bool,
) -> list[str]:
    bottom = TOP + HEIGHT

    def x(posts: float) -> float:
        return left + WIDTH * (math.log10(posts) - wide[0]) / (wide[1] - wide[0])

    def y(seconds: float) -> float:
        return bottom - HEIGHT * (math.log10(seconds) - high[0]) / (high[1] - high[0])

    parts = [f'<text x="{left + WIDTH / 2}" y="{TOP - 12}" text-anchor="middle" style="font-weight:bold">{case}</text>']
    for power in range(wide[0], wide[1] + 1):
        at = x(10**power)
        parts.append(f'<path d="M{at:.1f} {TOP}V{bottom}" stroke="#d8dee4"/>')
        parts.append(f'<text x="{at:.1f}" y="{bottom + 18}" text-anchor="middle">{10**power:,}</text>')
    parts.append(f'<text x="{left + WIDTH / 2}" y="{bottom + 38}" text-anchor="middle">{things}</text>')
    for power in range(high[0], high[1] + 1):
        at = y(10.0**power)
        parts.append(f'<path d="M{left} {at:.1f}h{WIDTH}" stroke="#d8dee4"/>')
        if labelled:
            parts.append(f'<text x="{left - 8}" y="{at + 4:.1f}" text-anchor="end">{10.0**power:g} s</text>')
    for colour, points in zip(COLOURS, lines.values(), strict=False):
        places = [f"{x(posts):.1f} {y(seconds):.1f}" for posts, seconds in points]
        if places:
            parts.append(f'<path d="M{"L".join(places)}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for place in places:
            across, down = place.split()
            parts.append(f'<circle cx="{across}" cy="{down}" r="3.5" fill="{colour}"/>')
    return parts
