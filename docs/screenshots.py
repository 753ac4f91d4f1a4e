"""Makes docs/screenshots/ of real output: editions in each theme, on a desktop, on a phone and in the dark, and pages.

    python docs/screenshots.py [CHROMIUM [NAME ...]]

The sample, and small sites in Chinese and Arabic, are built in temporary folders and shown by headless Chromium. Their
pictures, which stand on the site's host, are read from static/ and content/ instead.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
SITES = ROOT / "tests/golden/sites"
NOW = "2026-11-23T15:00:00+08:00"
# Runs before NOW, so that the sample's archive has more than one edition.
EARLIER = [f"{day}T09:00:00+08:00" for day in ("2025-12-08", "2026-01-19", "2026-03-23", "2026-07-20", "2026-09-07")]
HEIGHT = 1600  # pixels of a page that are shown
COLOURS = 128  # keeps a picture below 250 KB
EDITION = "public/editions/weekly/2026-W48/email.html"
ARCHIVE = "public/editions/weekly/index.html"


class Shot(NamedTuple):
    """A picture of a page of a site, in a theme."""

    name: str
    page: str = EDITION
    width: int = 760
    theme: str = ""  # that of the site when empty
    site: str = "sample"
    dark: bool = False


SHOTS = (
    Shot("desktop"),
    Shot("phone", width=390),
    Shot("dark", dark=True),
    Shot("feeds", page="public/feeds/index.html"),
    *(
        shot
        for theme in ("plain", "paper", "press")
        for shot in (
            Shot(theme, theme=theme),
            Shot(f"{theme}-dark", theme=theme, dark=True),
            Shot(f"{theme}-phone", theme=theme, width=390),
        )
    ),
    Shot("archive", page=ARCHIVE),
    Shot("archive-dark", page=ARCHIVE, theme="paper", dark=True),
    Shot("chinese", page="public/editions/zhoukan/2026-W48/email.html", site="gangkou", theme="paper"),
    Shot("arabic", site="marsa", theme="press"),
)


def build(shot: Shot, folder: Path) -> Path:
    """Return the folder in `folder` with the site of a shot in its theme, built unless it is there."""
    is_archive = shot.page == ARCHIVE
    target = folder / f"{shot.site}-{shot.theme}-{is_archive}"
    if target.exists():
        return target
    source = ROOT if shot.site == "sample" else SITES / shot.site
    for name in ("content", "static", "notes", "links", "slots"):
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name)
    if shot.site != "sample":
        lend_pictures(target)
    settings = (source / "digest.toml").read_text(encoding="utf-8")
    if shot.theme:
        settings = f'{without_theme(settings)}\n[theme]\nname = "{shot.theme}"\n'
    (target / "digest.toml").write_text(settings, encoding="utf-8")
    for now in (*(EARLIER if is_archive else ()), NOW):
        command = [sys.executable, "-m", "digest", "build", "--quiet", "--now", now]
        subprocess.run(command, cwd=target, check=True, capture_output=True)
    return target


def lend_pictures(folder: Path) -> None:
    """Put the sample's pictures where a site of the tests has plain squares."""
    pictures = cycle(sorted((ROOT / "static/images").glob("*.jpg")))
    for file in sorted([*folder.rglob("*.png"), *folder.rglob("*.jpg")]):
        shutil.copy(next(pictures), file)


def without_theme(settings: str) -> str:
    """Return the text of a `digest.toml` without its table `[theme]`."""
    before, _, rest = settings.partition("[theme]\n")
    _, mark, after = rest.partition("\n[")
    return f"{before}{mark}{after}"


def local(page: Path, folder: Path) -> Path:
    """Return a copy of a page whose pictures are the files of the site in `folder`."""
    files = {file.name: file for part in ("static", "content") for file in (folder / part).rglob("*.*")}

    def local_file(match: re.Match[str]) -> str:
        file = files.get(match[1].rpartition("/")[2])
        return f'src="{file.as_uri()}"' if file else match[0]

    copy = page.with_name(f"local-{page.name}")
    text = re.sub(r'src="https://[^/"]+/([^"]*)"', local_file, page.read_text(encoding="utf-8"))
    copy.write_text(text, encoding="utf-8")
    return copy


def shoot(chromium: str, page: Path, picture: Path, *, width: int, dark: bool = False, height: int = HEIGHT) -> None:
    """Write the beginning of a page, `width` pixels wide, as a PNG.

    A frame holds the page, for a window of Chromium is never as narrow as a phone.
    """
    from PIL import Image

    frame = page.with_name("frame.html")
    style = f"border:0;width:{width}px;height:{height}px;display:block"
    frame.write_text(
        f'<meta name="color-scheme" content="light dark"><body style="margin:0;overflow:hidden">'
        f'<iframe src="{page.as_uri()}" style="{style}" scrolling="no"></iframe>'
    )
    with tempfile.TemporaryDirectory() as profile:
        size = f"--window-size={max(width, 500)},{height}"
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-sync", "--no-first-run"]
        quiet = ["--disable-quic", "--disable-background-networking", "--disable-component-update", "--hide-scrollbars"]
        given = [f"--user-data-dir={profile}", f"--screenshot={picture}", size, "--allow-file-access-from-files"]
        scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
        subprocess.run([*command, *quiet, *given, *scheme, frame.as_uri()], check=True, capture_output=True)
    with Image.open(picture) as image:
        shown = image.convert("RGB").crop((0, 0, width, min(height, image.height)))
    shown.quantize(COLOURS, dither=Image.Dither.NONE).save(picture, optimize=True)


def main(chromium: str, *names: str) -> None:
    """Make the pictures with these names, or every one, anew."""
    target = ROOT / "docs/screenshots"
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        for shot in [shot for shot in SHOTS if shot.name in names or not names]:
            folder = build(shot, Path(name))
            page = local(folder / shot.page, folder)
            shoot(chromium, page, target / f"{shot.name}.png", width=shot.width, dark=shot.dark)


if __name__ == "__main__":
    main(*sys.argv[1:] or [shutil.which("chromium") or "chromium"])
