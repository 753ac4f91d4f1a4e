"""What a package says of itself that stands in no file: its addresses, a README for an index page, and its SBOM.

`DIGEST_REPOSITORY` is the web address of the repository that publishes the package; the release workflow sets it. The
README's links lead there, at the tag of the version. Without it they are plain words, since an index has no such pages.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

LOCK = "requirements.lock"
SBOM = "digest-press.cdx.json"
IMAGES = (".png", ".jpg", ".svg")


class Metadata(MetadataHookInterface):
    """Sets the README and the addresses."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add what depends on the repository to the table `project`."""
        repository = os.environ.get("DIGEST_REPOSITORY", "").rstrip("/")
        tag = f"v{metadata['version']}"
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": with_links_to(text, repository, tag)}
        metadata["urls"] = urls(repository, tag) if repository else {}


class Sbom(BuildHookInterface[Any]):
    """Puts a bill of materials into the wheel (PEP 770), made from the lock."""

    def initialize(self, _version: str, build_data: dict[str, Any]) -> None:
        """Write the bill and name it for the wheel."""
        core = self.metadata.core
        lock = Path(self.root, LOCK).read_text(encoding="utf-8")
        bill = sbom(lock, name=core.name, version=self.metadata.version, direct=core.dependencies)
        self._folder = tempfile.TemporaryDirectory()
        file = Path(self._folder.name, SBOM)
        file.write_text(json.dumps(bill, indent=1) + "\n", encoding="utf-8", newline="\n")
        build_data["sbom_files"].append(str(file))

    def finalize(self, _version: str, _build_data: dict[str, Any], _artifact: str) -> None:
        """Remove the file again."""
        self._folder.cleanup()


def urls(repository: str, tag: str) -> dict[str, str]:
    """Return the addresses of a project on a forge whose paths are those of GitHub."""
    return {
        "Source": repository,
        "Documentation": f"{repository}/tree/{tag}/docs",
        "Changelog": f"{repository}/blob/{tag}/CHANGELOG.md",
        "Issues": f"{repository}/issues",
    }


def with_links_to(text: str, repository: str, tag: str) -> str:
    """Return Markdown whose relative links lead into the repository; without one, their words alone and no pictures."""
    first, *rest = text.split("](")
    made = first
    for piece in rest:
        target, _, after = piece.partition(")")
        if "://" in target or target.startswith(("#", "mailto:")):
            made += f"]({target}){after}"
        elif repository:
            kind = "raw" if target.endswith(IMAGES) else "blob"
            made += f"]({repository}/{kind}/{tag}/{target}){after}"
        else:
            made = _without_link(made) + after
    return made


def _without_link(text: str) -> str:
    """Return text without the `[` of its last link, and without its last picture."""
    before, _, words = text.rpartition("[")
    return before.removesuffix("!") if before.endswith("!") else before + words


def sbom(lock: str, *, name: str, version: str, direct: list[str]) -> dict[str, Any]:
    """Return a bill of materials (CycloneDX 1.6) of a package and all that it runs with, in the versions of a lock."""
    itself = _component(name, version) | {"type": "application", "licenses": [{"license": {"id": "MIT"}}]}
    components = [_component(*line.split()[0].split("==")) for line in lock.splitlines() if "==" in line]
    known = {component["name"]: component["bom-ref"] for component in components}
    named = {known[_name_in(requirement)] for requirement in direct}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": itself},
        "components": components,
        "dependencies": [{"ref": itself["bom-ref"], "dependsOn": sorted(named)}],
    }


def _component(name: str, version: str) -> dict[str, Any]:
    address = f"pkg:pypi/{name}@{version}"
    return {"type": "library", "bom-ref": address, "name": name, "version": version, "purl": address}


def _name_in(requirement: str) -> str:
    """Return the name in a requirement such as `Jinja2[i18n]>=3`."""
    end = next((index for index, sign in enumerate(requirement) if not (sign.isalnum() or sign in "-_.")), None)
    return requirement[:end].lower().replace("_", "-").replace(".", "-")
