"""Fixtures that every test module may use."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

MakeSite = Callable[..., Path]


@pytest.fixture
def make_site(tmp_path: Path) -> MakeSite:
    """Return a function that writes files (text or bytes by path) and a digest.toml into a new folder."""

    def make(files: Mapping[str, str | bytes] = {}, toml: str | None = "", folder: str = "site") -> Path:
        root = tmp_path / folder
        root.mkdir(parents=True, exist_ok=True)
        if toml is not None:
            (root / "digest.toml").write_text(toml, encoding="utf-8")
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return root

    return make
