"""The themes that ship, and settings of one's own before theirs."""

from itertools import product
from pathlib import Path

import msgspec
import pytest

from digest.config import Theme, load_config
from digest.emails import ink
from digest.emails.contrast import MINIMUM, ratio
from digest.problems import ConfigError

THEMES = ("plain", "paper", "press")


def theme(root: Path, lines: str) -> Theme:
    (root / "digest.toml").write_text(f"[theme]\n{lines}\n")
    return load_config(root).theme


@pytest.mark.parametrize("name", THEMES)
def test_every_text_of_a_theme_can_be_read(name: str, tmp_path: Path) -> None:
    found = msgspec.structs.asdict(theme(tmp_path, f'name = "{name}"'))
    for mode, text, ground in product(("", "dark_"), ("text", "muted", "accent"), ("surface", "background")):
        assert ratio(found[f"{mode}{text}"], found[f"{mode}{ground}"]) >= MINIMUM, (name, mode, text, ground)
    for accent in (found["accent"], found["dark_accent"]):
        assert ratio(ink(accent), accent) >= MINIMUM


def test_the_themes_differ_and_plain_is_the_default(tmp_path: Path) -> None:
    assert len({theme(tmp_path, f'name = "{name}"') for name in THEMES}) == 3
    assert theme(tmp_path, 'name = "plain"') == theme(tmp_path, "") == Theme()


def test_what_the_table_sets_goes_before_the_theme(tmp_path: Path) -> None:
    paper = theme(tmp_path, 'name = "paper"')
    mine = theme(tmp_path, 'name = "paper"\naccent = "#004400"\nradius = 20')
    assert mine == msgspec.structs.replace(paper, accent="#004400", radius=20)


def test_a_theme_that_does_not_exist_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as found:
        theme(tmp_path, 'width = 600\nname = "papr"')
    (problem,) = found.value.problems
    assert problem.line == 3
    assert "paper" in f"{problem.message} {problem.hint}"
