"""The wheel holds all that the installed command needs: built, installed into a new environment, run elsewhere."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import digest

ROOT = Path(__file__).parent.parent


def test_an_installed_wheel_builds_a_site_from_another_folder(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path / "dist"), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (wheel,) = (tmp_path / "dist").glob(f"digest_press-{digest.__version__}-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        assert not [name for name in packed.namelist() if "__pycache__" in name or name.endswith(".pyc")]
        assert [name for name in packed.namelist() if name.endswith("/share/man/man1/digest.1")]
        pages = {page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")}
        shown = {page for page in pages if not page.startswith("news/")}
        packed_pages = {name for name in packed.namelist() if name.startswith("digest/docs/")}
        assert packed_pages == {f"digest/docs/{page}" for page in shown}
    # The dependencies are this environment's own; the package itself comes from the wheel alone.
    venv.create(tmp_path / "env", system_site_packages=False, with_pip=False)
    places = sysconfig.get_paths("venv", vars={"base": str(tmp_path / "env"), "platbase": str(tmp_path / "env")})
    site = Path(places["purelib"])
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            "--target",
            str(site),
            str(wheel),
        ],
        check=True,
        capture_output=True,
        env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    (site / "dependencies.pth").write_text(f"{Path(pytest.__file__).parent.parent}\n")
    python = Path(places["scripts"], "python")
    command = [str(python), "-I", "-m", "digest"]
    work = tmp_path / "elsewhere"
    work.mkdir()
    subprocess.run([*command, "init", "site", "--now", "2026-11-23T09:00:00Z"], cwd=work, check=True)
    done = subprocess.run(
        [*command, "build", "--now", "2026-11-23T09:00:00Z"],
        cwd=work / "site",
        check=True,
        capture_output=True,
        text=True,
    )
    where = subprocess.run(
        [str(python), "-I", "-c", "import digest; print(digest.__file__)"],
        cwd=work,
        check=True,
        capture_output=True,
        text=True,
    )
    assert str(site) in where.stdout
    for path in ("feed.xml", "atom.xml", "feed.json", "editions/weekly/2026-W48/email.eml"):
        assert (work / "site" / "public" / path).is_file(), done.stdout + done.stderr
