"""Makes docs/screenshots/ of what the sample gives: an edition on a desktop, on a phone and in the dark, and feeds.

    python docs/screenshots.py [CHROMIUM]

The sample is built in a temporary folder and shown by headless Chromium; its pictures, which stand on the site's host,
are read from static/ and content/ instead.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
NOW = "2026-11-23T09:00:00+08:00"
SITE = "https://loam.example/"
HEIGHT = 1600  # pixels of a page that are shown
COLOURS = 128  # keeps a picture below 250 KB
PAGES = {  # page, width, more for Chromium
    "desktop": ("public/editions/weekly/2026-W48/email.html", 760, ()),
    "phone": ("public/editions/weekly/2026-W48/email.html", 390, ()),
    "dark": ("public/editions/weekly/2026-W48/email.html", 760, ("--blink-settings=preferredColorScheme=0",)),
    "feeds": ("public/feeds/index.html", 760, ()),
}


def build(folder: Path) -> None:
    """Build the sample in `folder`."""
    for name in ("content", "static", "notes"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "digest.toml", folder)
    subprocess.run([sys.executable, "-m", "digest", "build", "--now", NOW], cwd=folder, check=True)


def local(page: Path, folder: Path) -> Path:
    """Return a copy of a page whose pictures are the files of the sample in `folder`."""
    files = {file.name: file for part in ("static", "content") for file in (folder / part).rglob("*.*")}

    def local_file(match: re.Match[str]) -> str:
        file = files.get(match[1].rpartition("/")[2])
        return f'src="{file.as_uri()}"' if file else match[0]

    copy = page.with_name(f"local-{page.name}")
    copy.write_text(re.sub(rf'src="{SITE}([^"]*)"', local_file, page.read_text(encoding="utf-8")), encoding="utf-8")
    return copy


def shoot(chromium: str, page: Path, picture: Path, width: int, more: tuple[str, ...]) -> None:
    """Write the beginning of a page, `width` pixels wide, as a PNG.

    A frame holds the page, for a window of Chromium is never as narrow as a phone.
    """
    from PIL import Image

    frame = page.with_name("frame.html")
    style = f"border:0;width:{width}px;height:{HEIGHT}px;display:block"
    frame.write_text(
        f'<meta name="color-scheme" content="light dark"><body style="margin:0;overflow:hidden">'
        f'<iframe src="{page.as_uri()}" style="{style}" scrolling="no"></iframe>'
    )
    with tempfile.TemporaryDirectory() as profile:
        size = f"--window-size={max(width, 500)},{HEIGHT}"
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-sync", "--no-first-run"]
        quiet = ["--disable-quic", "--disable-background-networking", "--disable-component-update", "--hide-scrollbars"]
        given = [f"--user-data-dir={profile}", f"--screenshot={picture}", size, "--allow-file-access-from-files"]
        subprocess.run([*command, *quiet, *given, *more, frame.as_uri()], check=True, capture_output=True)
    with Image.open(picture) as image:
        shown = image.convert("RGB").crop((0, 0, width, min(HEIGHT, image.height)))
    shown.quantize(COLOURS, dither=Image.Dither.NONE).save(picture, optimize=True)


def main(chromium: str) -> None:
    """Make every picture anew."""
    target = ROOT / "docs/screenshots"
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder)
        for picture, (page, width, more) in PAGES.items():
            shoot(chromium, local(folder / page, folder), target / f"{picture}.png", width, more)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else shutil.which("chromium") or "chromium")
