"""E-mails as `digest build` writes them, from the sites in tests/golden/sites: every part is what it was."""

import shutil
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import cast

import pytest

from tests.commands import Command

GOLDEN = Path(__file__).parents[1] / "golden"
NOW = "2026-11-23T12:00:00Z"
EDITIONS = {
    "harbour": ("begun", "brief", "weekly"),
    "gangkou": ("fanti", "zhoukan"),
    "marsa": ("weekly",),
}
PARTS = ("email.html", "email.txt", "email.eml", "index.html")


@pytest.mark.parametrize("site", EDITIONS)
def test_the_parts_of_an_edition_are_what_they_were(site: str, tmp_path: Path, digest: Command) -> None:
    root = tmp_path / site
    shutil.copytree(GOLDEN / "sites" / site, root)
    ended = digest(root, "build", "--now", NOW)
    assert ended.code == 0, ended.err
    missing = []
    for name in EDITIONS[site]:
        made, kept = root / f"public/editions/{name}/2026-W48", GOLDEN / "emails" / site / name
        for part in PARTS:
            if not (kept / part).exists():
                kept.mkdir(parents=True, exist_ok=True)
                shutil.copy(made / part, kept / part)
                missing.append(f"{site}/{name}/{part}")
            assert (made / part).read_bytes() == (kept / part).read_bytes()
    assert not missing, "golden files were missing and have been written: look at them"


@pytest.mark.parametrize(("site", "name"), [(site, name) for site, names in EDITIONS.items() for name in names])
def test_a_message_says_what_its_parts_say(site: str, name: str) -> None:
    folder = GOLDEN / "emails" / site / name
    data = (folder / "email.eml").read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r")
    assert max(len(line) for line in data.split(b"\r\n")) <= 78
    message = message_from_bytes(data, policy=policy.default)
    assert not [defect for part in message.walk() for defect in part.defects]
    text, html = (cast("EmailMessage", part).get_content().replace("\r\n", "\n") for part in message.iter_parts())
    assert text == (folder / "email.txt").read_text("utf-8")
    assert html == (folder / "email.html").read_text("utf-8")
