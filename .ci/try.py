"""Try what is published, each in an empty place: wheel, sdist, GitHub Action, pre-commit hook, `uvx` and container.

    python .ci/try.py                     # all of them
    python .ci/try.py wheel container     # some

Packages come from the index that pip uses. Needs git, bash, and what `make test` installs; the container is built where
podman or docker runs, else its last stage is acted out: another user on a file system that is read-only.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
MOMENT = "2026-11-23T09:00:00Z"
MOST_MEGABYTES = 57  # half of what a build on a schedule installed before there were extras, without pip itself
NOT_OURS = ("pip", "setuptools", "pkg_resources", "_distutils_hack")  # what a new environment has
USER = "10001"  # of the container


def main() -> None:
    """Try what the arguments name, or everything."""
    with tempfile.TemporaryDirectory(prefix="digest-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        packages = build(ROOT, place / "dist")
        for name in sys.argv[1:] or TRIALS:
            empty = place / name
            empty.mkdir()
            said = TRIALS[name](empty, packages)
            print(f"{name}: {said or 'works'}", flush=True)


def build(source: Path, to: Path) -> Path:
    """Build sdist and wheel of a folder, the wheel from the sdist; return their folder."""
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", to, source)
    return to


def try_wheel(place: Path, packages: Path) -> str:
    """Install the wheel with the lock of a build into a new environment; build, check and show a new site."""
    environment = new_environment(place / "env", ROOT / "requirements.lock", wheel_in(packages))
    megabytes = megabytes_of(environment)
    assert megabytes <= MOST_MEGABYTES, f"{megabytes} MB are installed"
    use_the_program(place, environment)
    with zipfile.ZipFile(wheel_in(packages)) as archive:
        names = archive.namelist()
    assert any("/sboms/" in name for name in names)
    assert any("/licenses/" in name for name in names)
    return f"works, and {megabytes} MB are installed with it"


def try_sdist(place: Path, packages: Path) -> str:
    """Build the wheel from the unpacked sdist, build its sample site, and find all of its tests."""
    (archive,) = packages.glob("*.tar.gz")
    shutil.unpack_archive(archive, place)
    (source,) = place.glob("digest_press-*")
    again = build(source, place / "dist")
    assert names_in(wheel_in(again)) == names_in(wheel_in(packages))
    run(sys.executable, "-m", "digest", "build", "--now", "2026-11-23T09:00:00+08:00", cwd=source)
    assert (source / "public/editions/weekly/2026-W48/email.eml").is_file()
    run(sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", cwd=source)
    return ""


def try_action(place: Path, packages: Path) -> str:
    """Run the steps of `action.yml` as a runner does, from a checkout, for a site in an empty folder."""
    checkout = clone(place / "checkout")
    environment = new_environment(place / "env")
    site = place / "site"
    use_installed = {"PATH": f"{environment / scripts()}{os.pathsep}{os.environ['PATH']}"}
    variables = use_installed | {
        "GITHUB_ACTION_PATH": str(checkout),
        "GITHUB_OUTPUT": str(place / "output"),
        "RUNNER_TEMP": str(place),
        "FOLDER": str(site),
        "VERSION": "",
        "EXTRAS": "images",
    }
    steps = yaml.safe_load((checkout / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]
    install, build_step = (step["run"] for step in steps if "run" in step)
    run("bash", "-e", "-c", install, cwd=place, variables=variables)
    run(program(environment), "init", site, "--now", MOMENT)
    run("bash", "-e", "-c", build_step, cwd=place, variables=variables)
    run(python_of(environment), "-c", "import PIL")
    assert (place / "output").read_text(encoding="utf-8").startswith("report={")
    return ""


def try_hook(place: Path, packages: Path) -> str:
    """Let pre-commit install the hook from a checkout, and check a site with it."""
    checkout = clone(place / "checkout")
    environment = new_environment(place / "env")
    run(python_of(environment), "-m", "pip", "install", "--quiet", "pre-commit")
    site = place / "site"
    use_installed = {"PATH": f"{environment / scripts()}{os.pathsep}{os.environ['PATH']}"}
    cached = {"PRE_COMMIT_HOME": str(place / "cache")}
    run(sys.executable, "-m", "digest", "init", site, "--now", MOMENT)
    run("git", "init", "--quiet", cwd=site)
    run("git", "add", ".", cwd=site)
    hook = ("pre-commit", "try-repo", checkout, "digest-check", "--all-files")
    run(*hook, cwd=site, variables=use_installed | cached)
    (site / "content" / "wrong.md").write_text("---\ndate: someday\n---\n", encoding="utf-8")
    run("git", "add", ".", cwd=site)
    failed = run(*hook, cwd=site, variables=use_installed | cached, check=False)
    assert failed.returncode == 1, failed.stdout
    assert "unreadable-date" in failed.stdout
    return ""


def try_uvx(place: Path, packages: Path) -> str:
    """Run the program from the wheel without installing it; what it needs comes by pip, which knows an index."""
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    wheels = place / "wheels"
    lock = ("--no-deps", "--require-hashes", "-r", ROOT / "requirements.lock")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", *lock, "--wheel-dir", wheels)
    found = ("--offline", "--no-index", "--find-links", wheels)
    run_wheel = (uv, "tool", "run", *found, "--python", sys.executable, "--from", wheel_in(packages))
    said = run(*run_wheel, "digest", "--version")
    assert said.stdout.startswith("digest")
    return ""


def try_container(place: Path, packages: Path) -> str:
    """Build the image and run it with a read-only root."""
    engine = next((name for name in ("podman", "docker") if runs(name)), "")
    site = place / "site"
    run(sys.executable, "-m", "digest", "init", site, "--now", MOMENT)
    give(site)
    if not engine:
        return act_out_container(place, packages, site)
    form = ("--format", "docker") if engine == "podman" else ()
    run(engine, "build", *form, "--file", ROOT / "Containerfile", "--tag", "digest-try", ROOT)
    start = (engine, "run", "--rm", "--read-only", "--tmpfs", "/tmp", "--volume", f"{site}:/site", "digest-try")
    run(*start, "build", "--now", MOMENT)
    run(*start, "status", "--quiet")
    assert list((site / "public").glob("editions/weekly/*/email.eml"))
    return f"works with {engine}"


def act_out_container(place: Path, packages: Path, site: Path) -> str:
    """Run the program as the image does: as its user, with a read-only root and an empty /tmp."""
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("unshare"):
        return "not tried: there is neither podman nor docker here, nor root on Linux"
    environment = new_environment(
        place / "env", ROOT / "requirements-all.lock", wheel_in(packages), python="/usr/bin/python3"
    )
    script = f"""
        mkdir -p {place}/root
        mount --rbind / {place}/root
        mount -o remount,ro,bind {place}/root
        mount --bind {place} {place}/root{place}
        mount -o remount,ro,bind {place}/root{place}
        mount --bind {site} {place}/root{site}
        exec chroot {place}/root setpriv --reuid {USER} --regid {USER} --clear-groups \\
            env -i PATH={environment}/bin:/usr/bin:/bin XDG_STATE_HOME=/nonexistent sh -ec '
                cd {site}
                ! touch /try 2>/dev/null
                digest build --now {MOMENT}
                digest status --quiet
            '
    """
    run("unshare", "--mount", "sh", "-ec", script)
    assert list((site / "public").glob("editions/weekly/*/email.eml"))
    return "works as its user with a read-only root (acted out: there is neither podman nor docker here)"


TRIALS: dict[str, Callable[[Path, Path], str]] = {
    "wheel": try_wheel,
    "sdist": try_sdist,
    "action": try_action,
    "hook": try_hook,
    "uvx": try_uvx,
    "container": try_container,
}


def use_the_program(place: Path, environment: Path) -> None:
    """Make a site in an empty folder and use the commands that a new user would."""
    site = place / "site"
    run(program(environment), "--version", cwd=place)
    run(program(environment), "init", site, "--now", MOMENT, cwd=place)
    for arguments in (["build"], ["check"], ["status"], ["list"], ["build", "--draft"]):
        run(program(environment), *arguments, "--now", MOMENT, cwd=site)
    run(program(environment), "help", "editions", cwd=site)
    assert (site / "public/feed.xml").is_file()
    assert list((site / "public").glob("editions/weekly/*/email.eml"))


def new_environment(folder: Path, lock: Path | None = None, wheel: Path | None = None, python: str = "") -> Path:
    """Make a virtual environment with the packages of a lock and a wheel."""
    if python and Path(python).exists():
        run(python, "-m", "venv", folder)
    else:
        venv.create(folder, with_pip=True)
    install = (python_of(folder), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")
    if lock:
        run(*install, "--require-hashes", "-r", lock)
    if wheel:
        run(*install, "--no-index", wheel)
        run(python_of(folder), "-m", "pip", "check")
    return folder


def scripts() -> str:
    return "Scripts" if sys.platform == "win32" else "bin"


def python_of(environment: Path) -> Path:
    return environment / scripts() / "python"


def program(environment: Path) -> Path:
    return environment / scripts() / "digest"


def wheel_in(folder: Path) -> Path:
    (wheel,) = folder.glob("*.whl")
    return wheel


def names_in(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return sorted(archive.namelist())


def megabytes_of(environment: Path) -> int:
    """Return how much room the packages of an environment take, without those that a new one has."""
    (packages,) = environment.glob("Lib/site-packages" if sys.platform == "win32" else "lib/python*/site-packages")
    files = [file for file in packages.rglob("*") if file.is_file()]
    ours = [file for file in files if not file.relative_to(packages).parts[0].startswith(NOT_OURS)]
    return round(sum(file.stat().st_size for file in ours) / 1_000_000)


def clone(to: Path) -> Path:
    """Clone what is committed."""
    run("git", "clone", "--quiet", "--no-local", ROOT, to)
    return to


def give(site: Path) -> None:
    """Give a folder to the user of the container."""
    if sys.platform != "win32" and os.geteuid() == 0:
        for path in (site, *site.rglob("*")):
            os.chown(path, int(USER), int(USER))


def runs(engine: str) -> bool:
    """Return whether a container engine is here and answers."""
    return bool(shutil.which(engine)) and run(engine, "info", check=False).returncode == 0


def run(
    *command: str | Path, cwd: Path | None = None, variables: Mapping[str, str] = {}, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run a command; show what it printed and end when it fails."""
    known = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "GITHUB_ACTIONS")}
    ended = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**known, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    if check and ended.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{ended.stdout}{ended.stderr}\nended with {ended.returncode}")
    return ended


if __name__ == "__main__":
    main()
