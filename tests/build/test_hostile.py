"""Hostile posts through the whole build: refused by name or inert in every output, and nobody else is harmed."""

import json
import re
import time
from email import message_from_bytes, policy
from typing import Any

import pytest

from tests.commands import NOW, Command
from tests.conftest import MakeSite
from tests.hostile_cases import cases, needs_cases, oracle, rows

HONEST = "---\ntitle: Honest\ndate: 2026-11-19\ntags: [news]\n---\nHONEST BODY\n"
TOML = """
[site]
title = "Notes"
url = "https://notes.example/"
timezone = "Europe/Berlin"
[digests.weekly]
title = "Notes weekly"
text = "full"
look_back = 400
sender = "Notes <weekly@notes.example>"
unsubscribe = "https://notes.example/unsubscribe"
postal_address = "1 Note Street, 12345 Town"
provider = "{provider}"
"""
OTHERS = {  # what makes a case out of a post that is harmless alone
    "path-29-same-slug-b.md": "slug: same",
    "path-31-case-b.md": "slug: CaseClash",
    "path-33-nfd.md": "slug: caf\u00e9",
    "path-35-same-id-b.md": 'id: "urn:same"',
}


@needs_cases
@pytest.mark.parametrize("row", rows(), ids=lambda row: row["file"])
def test_each_case_gets_what_it_must(
    row: dict[str, str], make_site: MakeSite, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "s3cr3t-canary")
    files: dict[str, str | bytes] = {"content/honest.md": HONEST, f"content/{row['file']}": cases()[row["file"]]}
    if row["file"] in OTHERS:
        other = OTHERS[row["file"]]
        files["content/another.md"] = f"---\ntitle: Other\ndate: 2026-11-18T09:00:00+01:00\n{other}\n---\nx\n"
    provider = row["oracle"].partition(":")[2] or "plain"
    root = make_site(files, TOML.replace("{provider}", provider))
    began = time.process_time()
    ended = digest(root, "build", "--now", NOW)
    assert time.process_time() - began < 4  # two seconds of a machine that does nothing else
    outputs = {p.relative_to(root).as_posix(): p.read_bytes() for p in (root / "public").rglob("*") if p.is_file()}
    assert set(root.parent.rglob("*PWNED*")) == set()
    assert b"HONEST BODY" in outputs["public/feed.xml"]
    folder = "public/editions/weekly/2026-W48/"
    message: Any = message_from_bytes(outputs[folder + "email.eml"], policy=policy.default)
    texts = {path: content.decode() for path, content in outputs.items()}
    shown = [*texts.values(), ended.out, ended.err, message.get_body(("html",)).get_content(), message["Subject"]]
    if row["verdict"] == "reject":
        assert ended.code == 65, ended.err
        place = re.escape(f"content/{row['file']}") + (rf":{row['line']}\b" if row["line"] != "-" else "")
        assert re.search(place, ended.err), ended.err
        assert not any("MARKER-OK" in text for text in texts.values())
        return
    if row["class"] != "md-dos":
        assert ended.code == 0, ended.err
    if row["require"]:
        assert any(row["require"] in re.sub(r"&#(\d+);", lambda m: chr(int(m[1])), text) for text in shown)
    if row["forbid"]:
        # the e-mail has the sender's own placeholders too, so only what stands with the post's text counts
        sent = [text for path, text in texts.items() if path.startswith(folder)]
        lines = [line for text in sent for line in text.splitlines() if "MARKER-OK" in line]
        places = lines if row["oracle"].startswith("sender:") else shown
        assert not [text for text in places if re.search(row["forbid"], text)]
    if row["oracle"] == "dom":
        fragments = [item.get("content_html", "") for item in json.loads(texts["public/feed.json"])["items"]]
        assert [oracle().dangerous(fragment) for fragment in fragments] == [[]] * len(fragments)
        assert [f for f in oracle().dangerous(texts[folder + "email.html"], mail=True) if not f.startswith("<")] == []
