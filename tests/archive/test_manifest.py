"""The manifest: the contract with sending scripts."""

import hashlib
import json
from pathlib import Path

import pytest

from digest import archive
from digest.archive import manifest
from digest.problems import ContentError
from tests.edition_runs import compose, post, run, site


def test_a_manifest_says_what_is_in_the_folder(tmp_path: Path) -> None:
    config = site(tmp_path, "Asia/Shanghai", sender="N <n@example.org>", to="l@example.org", provider="listmonk",
                  list_id="News <news.example.org>", unsubscribe="https://example.org/leave")  # fmt: skip
    run(config, [post("x", "2026-11-08")], "2026-11-10T09:00")
    (outcome,) = run(config, [post("a", "2026-11-22", title="题"), post("late", "2026-11-03")], "2026-11-23T09:00")
    assert outcome.edition
    folder = tmp_path / "public/editions/weekly/2026-W48"
    found = json.loads((folder / "manifest.json").read_bytes())
    assert {file["path"] for file in found["files"]} == set(compose(outcome.edition))
    for file in found["files"]:
        data = (folder / file["path"]).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert found["window"] == {"start": "2026-11-09T08:00:00+08:00", "end": "2026-11-23T08:00:00+08:00"}
    assert [(p["title"], p["late"]) for p in found["posts"]] == [("题", False), ("Late", True)]
    assert (found["version"], found["digest"], found["key"], found["draft"]) == (1, "weekly", "weekly/2026-W48", False)
    assert found["archive_url"] == "https://example.org/editions/weekly/2026-W48/"
    assert found["placeholders"]["unsubscribe"] == "{{ UnsubscribeURL }}"
    assert len(found["idempotency_key"]) == 32


def test_the_idempotency_key_is_the_edition_s_and_not_its_text_s(tmp_path: Path) -> None:
    def key(folder: str, now: str, summary: str) -> str:
        config = site(tmp_path / folder)
        run(config, [post("a", "2026-11-15"), post("b", "2026-11-22", summary=summary)], now)
        return archive.published(config, "weekly")[0].idempotency_key

    assert key("one", "2026-11-23T09:00", "x") == key("two", "2026-11-25T09:00", "y")
    assert key("one", "2026-11-23T09:00", "x") != key("three", "2026-11-16T09:00", "x")


def test_the_schema_names_every_field_and_is_versioned(tmp_path: Path) -> None:
    schema = json.loads(manifest.schema())
    definition = schema["$defs"]["Manifest"]
    run(site(tmp_path), [post("a", "2026-11-22")], "2026-11-23T09:00")
    found = json.loads((tmp_path / "public/editions/weekly/2026-W48/manifest.json").read_bytes())
    assert set(found) == set(definition["properties"])
    assert definition["properties"]["version"]["default"] == manifest.VERSION


def test_a_manifest_is_read_as_it_was_written_and_others_are_refused(tmp_path: Path) -> None:
    (outcome,) = run(site(tmp_path), [post("a", "2026-11-22")], "2026-11-23T09:00")
    path = archive.shown(site(tmp_path), "weekly")[outcome.key]
    read = manifest.read(path)
    assert manifest.encode(read) == path.read_bytes()
    assert manifest.event(read) == outcome.event
    with pytest.raises(ContentError, match="cannot be read"):
        manifest.read(tmp_path / "nothing.json")
    with pytest.raises(ValueError, match="has no edition"):
        manifest.make(run(site(tmp_path), [], "2026-11-23T09:00")[0], {}, site(tmp_path), subject="", preheader="")
