"""`action.yml` and `.pre-commit-hooks.yaml`: their commands run as they stand, in a folder of a site."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import MakeSite

ROOT = Path(__file__).parents[1]
POST = "---\ntitle: One\ndate: 2026-11-20\n---\nText.\n"


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    """Return an environment in which `digest` is the command of this environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    output = {"GITHUB_OUTPUT": str(tmp_path / "output"), "RUNNER_TEMP": str(tmp_path)}
    return os.environ | output | more | {"PATH": path}


@pytest.mark.parametrize(("post", "code"), [(POST, 0), (POST.replace("2026-11-20", "someday"), 65)])
def test_the_action_builds_and_reports_also_when_a_post_is_wrong(
    make_site: MakeSite, tmp_path: Path, post: str, code: int
) -> None:
    site = make_site({"content/one.md": post, "content/two.md": POST})
    build = next(step for step in read("action.yml")["runs"]["steps"] if step.get("id") == "build")
    ended = subprocess.run(
        ["bash", "-e", "-c", build["run"]], cwd=tmp_path, env=environment(tmp_path, FOLDER=str(site)), check=False
    )
    assert ended.returncode == code
    name, _, report = (tmp_path / "output").read_text().partition("=")
    assert name == "report"
    assert "public/feed.xml" in json.loads(report)["written"]


def test_the_actions_that_it_uses_are_pinned() -> None:
    for step in read("action.yml")["runs"]["steps"]:
        if "uses" in step:
            assert len(step["uses"].partition("@")[2]) == 40


def test_the_hook_names_what_is_wrong(make_site: MakeSite, tmp_path: Path) -> None:
    (hook,) = read(".pre-commit-hooks.yaml")
    site = make_site({"content/one.md": POST})
    assert subprocess.run(shlex.split(hook["entry"]), cwd=site, env=environment(tmp_path), check=False).returncode == 0
    (site / "content/two.md").write_text(POST.replace("2026-11-20", "someday"))
    ended = subprocess.run(
        shlex.split(hook["entry"]), cwd=site, env=environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 65
    assert "content/two.md:3:1: unreadable-date" in ended.stderr
