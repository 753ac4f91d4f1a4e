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


def built(site: str, folder: Path, digest: Command) -> Path:
    """Build a site in `folder` and return the folder of its editions."""
    root = folder / site
    shutil.copytree(GOLDEN / "sites" / site, root)
    ended = digest(root, "build", "--now", NOW)
    assert ended.code == 0, ended.err
    return root / "public/editions"


@pytest.mark.parametrize("site", EDITIONS)
def test_the_parts_of_an_edition_are_what_they_were(site: str, tmp_path: Path, digest: Command) -> None:
    editions = built(site, tmp_path, digest)
    golden = GOLDEN / "emails" / site
    missing = []
    for name in EDITIONS[site]:
        for part in PARTS:
            made, kept = editions / name / "2026-W48" / part, golden / name / part
            if not kept.exists():
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(made, kept)
                missing.append(f"{site}/{name}/{part}")
    assert not missing, "golden files were missing and have been written: look at them"
    for name in EDITIONS[site]:
        for part in PARTS:
            assert (editions / name / "2026-W48" / part).read_bytes() == (golden / name / part).read_bytes()


@pytest.mark.parametrize(("site", "name"), [(site, name) for site, names in EDITIONS.items() for name in names])
def test_a_message_says_what_its_parts_say(site: str, name: str, tmp_path: Path, digest: Command) -> None:
    folder = built(site, tmp_path, digest) / name / "2026-W48"
    data = (folder / "email.eml").read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r")
    assert max(len(line) for line in data.split(b"\r\n")) <= 78
    message = message_from_bytes(data, policy=policy.default)
    assert not [defect for part in message.walk() for defect in part.defects]
    text, html = (cast("EmailMessage", part).get_content().replace("\r\n", "\n") for part in message.iter_parts())
    assert text == (folder / "email.txt").read_text("utf-8")
    assert html == (folder / "email.html").read_text("utf-8")
