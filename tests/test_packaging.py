"""What is published: metadata, locks, workflows and the container's file. `.ci/try.py` tries them in empty places."""

import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from functools import cache
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import digest

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
LOCKS = sorted(ROOT.glob("requirements*.lock"))
REPOSITORY = "https://forge.example/loam/digest"
# Hosts of package registries, or the ends of their names, which no file has: who installs decides where packages are from.
_HOSTS = (("pypi", "org"), ("hosted", "org"), ("pmjs", "org"), ("docker", "io"), ("ghcr", "io"))
REGISTRIES = tuple(map(".".join, _HOSTS))

with (ROOT / "pyproject.toml").open("rb") as file:
    PYPROJECT: dict[str, Any] = tomllib.load(file)
PROJECT = PYPROJECT["project"]


def built(to: Path, **variables: str) -> Path:
    """Build sdist and wheel into a folder."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(to), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | variables)
    return to


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of sdist and wheel, built where the repository's address is not known."""
    return built(tmp_path_factory.mktemp("packages"), DIGEST_REPOSITORY="")


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of sdist and wheel, built as the release workflow does."""
    return built(tmp_path_factory.mktemp("released"), DIGEST_REPOSITORY=REPOSITORY)


def in_wheel(folder: Path, ending: str) -> str:
    """Return the one file of the wheel whose name has an ending."""
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(ending))
        return archive.read(name).decode()


def metadata_of(folder: Path) -> Message:
    return Parser().parsestr(in_wheel(folder, ".dist-info/METADATA"))


def in_sdist(folder: Path) -> set[str]:
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


# --- metadata


def test_the_metadata_is_complete(packages: Path) -> None:
    metadata = metadata_of(packages)
    assert metadata["Name"] == "digest-press"
    assert metadata["Version"] == digest.__version__
    assert metadata["License-Expression"] == "MIT"
    assert metadata["License-File"] == "LICENSE"
    assert metadata["Author"]
    assert metadata["Summary"]
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Description-Content-Type"] == "text/markdown"
    pythons = {line.rpartition(" ")[2] for line in metadata.get_all("Classifier", []) if "Python :: 3." in line}
    assert pythons == {"3.11", "3.12", "3.13", "3.14"}
    extras = set(metadata.get_all("Provides-Extra", [])) - {"dev"}
    assert {"all", "cluster", "images", "preview", "rst", "send", "storage"} <= extras
    page = (ROOT / "docs/installing.md").read_text(encoding="utf-8")
    assert {extra for extra in extras if f"\n| `{extra}` | " not in page} == set()
    assert in_wheel(packages, "/licenses/LICENSE").startswith("MIT")


def links(text: str) -> list[str]:
    """Return the targets of the links and pictures of a Markdown text, outside of code."""
    prose = "".join(text.split("```")[::2])
    return re.findall(r"\]\(([^)]*)\)", prose)


def test_the_readme_stands_by_itself_where_the_repository_is_not_known(packages: Path) -> None:
    readme = str(metadata_of(packages).get_payload())
    assert readme.startswith("# digest")
    assert [link for link in links(readme) if "://" not in link] == []
    assert "![" not in readme
    assert metadata_of(packages).get_all("Project-URL") is None


def test_the_readme_leads_into_the_repository_that_releases_it(released: Path) -> None:
    metadata = metadata_of(released)
    tag = f"v{digest.__version__}"
    found = links(str(metadata.get_payload()))
    assert f"{REPOSITORY}/blob/{tag}/docs/configuration.md" in found
    assert f"{REPOSITORY}/raw/{tag}/docs/screenshots/desktop.png" in found
    assert all("://" in link for link in found)
    own = [link.removeprefix(f"{REPOSITORY}/").split("/", 2)[2] for link in found if link.startswith(REPOSITORY)]
    assert [path for path in own if not (ROOT / path.partition("#")[0]).exists()] == []
    urls = dict(line.split(", ", 1) for line in metadata.get_all("Project-URL", []))
    assert urls["Source"] == REPOSITORY
    assert urls["Changelog"] == f"{REPOSITORY}/blob/{tag}/CHANGELOG.md"


def test_the_sdist_has_docs_examples_and_what_the_tests_need(packages: Path) -> None:
    names = in_sdist(packages)
    wanted = (
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
        "Makefile",
        "Containerfile",
        "action.yml",
        ".pre-commit-hooks.yaml",
    )
    assert {name for name in wanted if name not in names} == set()
    for folder in ("docs", "examples", "tests/golden", "content", "static", "templates", "digest/locales"):
        assert any(name.startswith(f"{folder}/") for name in names), folder
    assert {path.name for path in LOCKS} <= names
    assert not [name for name in names if name.startswith((".git/", ".venv", "public/", ".digest"))]


def test_the_wheel_has_a_bill_of_materials_of_what_it_runs_with(packages: Path) -> None:
    bill = json.loads(in_wheel(packages, ".dist-info/sboms/digest-press.cdx.json"))
    assert (bill["bomFormat"], bill["metadata"]["component"]["version"]) == ("CycloneDX", digest.__version__)
    listed = {component["name"]: Version(component["version"]) for component in bill["components"]}
    assert listed == {name: version for name, (version, _) in locked(ROOT / "requirements.lock").items()}
    (direct,) = bill["dependencies"]
    assert {ref.split("/")[1].split("@")[0] for ref in direct["dependsOn"]} == {
        canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]
    }


def test_the_version_stands_in_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(digest.__version__)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE)


def test_packages_whose_output_is_published_are_bounded_above() -> None:
    extras = [line for name, lines in PROJECT["optional-dependencies"].items() if name != "dev" for line in lines]
    unbounded = [line for line in [*PROJECT["dependencies"], *extras] if "<" not in line and "digest-press" not in line]
    assert {Requirement(line).name for line in unbounded} == {"distributed", "tzdata"}


# --- locks

Locked = dict[str, tuple[Version, str]]  # version and marker by name


def locked(lock: Path) -> Locked:
    """Return the packages of a lock."""
    found: Locked = {}
    for line in lock.read_text(encoding="utf-8").splitlines():
        if "==" in line:
            requirement = Requirement(line.removesuffix("\\").strip())
            (pin,) = requirement.specifier
            found[requirement.name] = Version(pin.version), str(requirement.marker or "")
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_has_a_hash_for_every_package(lock: Path) -> None:
    lines = lock.read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith(" ")]
    assert pins
    assert all(re.fullmatch(r"[a-z0-9.-]+==\S+( ; .+)? \\", line) for line in pins)
    assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in lines if line.startswith(" "))


def test_locks_agree_with_one_another() -> None:
    everything = locked(ROOT / "requirements-dev.lock")
    for lock in LOCKS:
        versions = {name: version for name, (version, _) in locked(lock).items()}
        assert versions == {name: everything[name][0] for name in versions}


ENVIRONMENTS = [
    {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.2", "sys_platform": platform,
     "os_name": "nt" if platform == "win32" else "posix", "platform_system": system}
    for minor in (11, 12, 13, 14)
    for platform, system in (("linux", "Linux"), ("darwin", "Darwin"), ("win32", "Windows"))
]  # fmt: skip


@cache
def metadata_requirements(name: str) -> tuple[str, ...]:
    try:
        return tuple(requires(name) or ())
    except PackageNotFoundError:
        return ()


def closure(lines: list[str], environment: dict[str, str]) -> Iterator[Requirement]:
    """Yield what requirements need in an environment, by the metadata of what is installed."""
    waiting, seen = [Requirement(line) for line in lines], set()
    while waiting:
        requirement = waiting.pop()
        yield requirement
        for extra in ("", *requirement.extras):
            if (requirement.name, extra) in seen:
                continue
            seen.add((requirement.name, extra))
            own = PROJECT["optional-dependencies"].get(extra, ()) if requirement.name == "digest-press" else ()
            for line in own or metadata_requirements(requirement.name):
                needed = Requirement(line)
                if needed.marker is None or needed.marker.evaluate({**environment, "extra": extra}):
                    waiting.append(needed)


@pytest.mark.parametrize(
    "environment", ENVIRONMENTS, ids=lambda found: f"{found['python_version']}-{found['sys_platform']}"
)
@pytest.mark.parametrize(("lock", "extras"), [("requirements.lock", []), ("requirements-all.lock", ["all"])])
def test_a_lock_holds_for_every_python_and_system(lock: str, extras: list[str], environment: dict[str, str]) -> None:
    found = locked(ROOT / lock)
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in PROJECT["optional-dependencies"][extra])]
    for requirement in closure(lines, environment):
        name = canonicalize_name(requirement.name)
        if name == "digest-press":
            continue
        version, marker = found[name]
        assert version in requirement.specifier, requirement
        assert not marker or Requirement(f"x ; {marker}").marker.evaluate(environment), requirement  # type: ignore[union-attr]


def test_a_build_needs_no_package_of_an_extra() -> None:
    found = locked(ROOT / "requirements.lock")
    assert (
        not {"babel", "distributed", "docutils", "fsspec", "httpx", "pillow", "rich", "s3fs", "starlette", "watchfiles"}
        & found.keys()
    )


# --- workflows and the container


def steps_of(workflow: Path) -> Iterator[dict[str, Any]]:
    for job in yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"].values():
        yield from job["steps"]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_their_commit(workflow: Path) -> None:
    used = [step["uses"] for step in steps_of(workflow) if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}|\./", action) for action in used)
    for line in workflow.read_text(encoding="utf-8").splitlines():
        if "uses:" in line and "./" not in line:
            assert re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_ci_runs_on_every_system_and_the_pythons_at_both_ends() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    jobs = workflow["jobs"]
    matrix = jobs["tests"]["strategy"]["matrix"]["include"]
    assert {(row["os"].partition("-")[0], row["python"]) for row in matrix} == {
        ("ubuntu", "3.13"), ("ubuntu", "3.14"), ("macos", "3.13"), ("windows", "3.13"),
    }  # fmt: skip
    assert jobs["debian"]["container"] == "debian:12"  # its Python is 3.11.2
    assert {"run": "bash .ci/run"} in jobs["debian"]["steps"]
    assert {"run": "make packages"} in jobs["packages"]["steps"]


def test_a_release_is_tried_published_without_a_token_and_attested() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))
    jobs = workflow["jobs"]
    assert workflow["permissions"] == {}
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert jobs["publish"]["needs"] == "build"
    publish = jobs["publish"]["steps"][-1]
    assert publish["uses"].startswith("pypa/gh-action-pypi-publish@")
    assert publish["with"]["attestations"] is True
    assert not {"password", "user"} & publish["with"].keys()
    assert "make packages" in [step.get("run") for step in jobs["build"]["steps"]]


def instructions(name: str) -> list[tuple[str, str]]:
    """Return the instructions of the container's file with their arguments."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.partition(" ")[0], " ".join(line.partition(" ")[2].split())) for line in lines]


def test_the_container_runs_as_nobody_in_particular_and_is_asked_for_its_status() -> None:
    found = instructions("Containerfile")
    last_stage = found[max(index for index, (name, _) in enumerate(found) if name == "FROM") :]
    values = dict(last_stage)
    assert values["USER"] == "10001:10001"
    assert [name for name, _ in last_stage].index("USER") > [name for name, _ in last_stage].index("RUN")
    command = json.loads(values["HEALTHCHECK"].partition(" CMD ")[2])
    assert command[:2] == ["digest", "status"]
    assert json.loads(values["ENTRYPOINT"]) == ["digest"]
    assert "pip" not in "".join(argument for name, argument in last_stage if name == "RUN")
    installs = [argument for name, argument in found if name == "RUN" and "pip" in argument]
    assert all("--require-hashes" in one or "--no-index" in one for one in installs)


def test_what_the_container_is_built_from_is_not_ignored() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "*"
    kept = {line.removeprefix("!") for line in lines if line.startswith("!")}
    wheel = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    wanted = {*wheel["only-include"], "pyproject.toml", "hatch_build.py", "README.md", *PROJECT["license-files"]}
    assert {name for name in wanted if name not in kept} == set()
    assert "requirements*.lock" in kept


def test_no_file_names_a_package_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and any(host.encode() in path.read_bytes() for host in REGISTRIES):
            found.append(name)
    assert found == []
