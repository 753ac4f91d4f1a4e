"""`digest build --copy-to s3://...`: real calls to an S3 server, moto's, in a thread of the tests."""

import hashlib
import itertools
import json
import logging
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands import NOW, POST, POSTS, TOML, Command
from tests.conftest import MakeSite

pytest.importorskip("s3fs", reason="s3fs is not installed")
moto_server = pytest.importorskip("moto.server", reason="moto's server is not installed")

BUCKET = "blogs"
TO = f"s3://{BUCKET}/sites/{{name}}"
RECORD = ".digest-copied.json"
EDITION = "editions/weekly/2026-W48"


class Storage:
    """The server's bucket, and the requests to it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.requests: list[str] = []  # "PUT sites/site/feed.xml"

    def objects(self) -> dict[str, bytes]:
        """The content of every object by its key."""
        listed = self._client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return {each["Key"]: self._client.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read() for each in listed}

    def type_of(self, key: str) -> str:
        found: str = self._client.head_object(Bucket=BUCKET, Key=key)["ContentType"]
        return found

    def put(self, key: str, content: bytes) -> None:
        self._client.put_object(Bucket=BUCKET, Key=key, Body=content)

    def changes(self) -> list[str]:
        """The requests since the last call that changed something, without those of the tests."""
        found = [request for request in self.requests if request.startswith(("PUT ", "POST ", "DELETE "))]
        self.requests.clear()
        return found


class Requests(logging.Handler):
    """Collects what the server logs of each request."""

    def __init__(self, into: list[str]) -> None:
        super().__init__(logging.INFO)
        self._into = into

    def emit(self, record: logging.LogRecord) -> None:
        found = re.search(rf"([A-Z]+) /{BUCKET}/([^ ?]*)\S* HTTP", record.getMessage())
        if found:
            self._into.append(f"{found[1]} {found[2]}")


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Storage]:
    """A server with an empty bucket, and an environment that leads there."""
    import boto3
    import s3fs

    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    reset = urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")  # servers share their buckets
    urllib.request.urlopen(reset).close()
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    made = Storage(client)
    log = logging.getLogger("werkzeug")
    handler = Requests(made.requests)
    log.addHandler(handler)
    monkeypatch.setattr(log, "level", logging.INFO)
    monkeypatch.setattr(log, "propagate", False)
    yield made
    log.removeHandler(handler)
    server.stop()
    s3fs.S3FileSystem.clear_instance_cache()


def published(site: Path) -> dict[str, bytes]:
    """The files of the output, by the keys that they should have."""
    output = site / "public"
    files = (path for path in output.rglob("*") if path.is_file())
    return {f"sites/{site.name}/{path.relative_to(output).as_posix()}": path.read_bytes() for path in files}


def build(digest: Command, site: Path, *options: str) -> dict[str, Any]:
    """Build and copy, and return the report."""
    ended = digest(site, "build", "--now", NOW, "--copy-to", TO, "--json", *options)
    assert ended.code == 0, ended.err
    report: dict[str, Any] = json.loads(ended.out)
    return report


def test_a_first_copy_has_every_file_with_its_type(storage: Storage, site: Path, digest: Command) -> None:
    report = build(digest, site)
    objects = storage.objects()
    record = json.loads(objects.pop(f"sites/site/{RECORD}"))
    assert objects == published(site)
    assert (report["copied"], report["deleted"]) == (len(objects), 0)
    assert record["version"] == 1
    assert {f"sites/site/{path}": digest for path, digest in record["files"].items()} == {
        key: hashlib.sha256(content).hexdigest() for key, content in objects.items()
    }


@pytest.mark.parametrize(("path", "kind"), [
    ("feed.xml", "application/xml; charset=utf-8"),
    ("atom.xml", "application/xml; charset=utf-8"),
    ("feed.json", "application/feed+json"),
    ("feeds/feed.css", "text/css; charset=utf-8"),
    ("feeds/feeds.opml", "text/x-opml; charset=utf-8"),
    ("feeds/index.html", "text/html; charset=utf-8"),
    (f"{EDITION}/email.eml", "message/rfc822"),
    (f"{EDITION}/email.txt", "text/plain; charset=utf-8"),
    (f"{EDITION}/email.html", "text/html; charset=utf-8"),
    (f"{EDITION}/manifest.json", "application/json"),
    (RECORD, "application/json"),
])  # fmt: skip
def test_each_file_has_its_content_type(path: str, kind: str, storage: Storage, site: Path, digest: Command) -> None:
    build(digest, site)
    assert storage.type_of(f"sites/site/{path}") == kind


def test_what_links_comes_after_what_it_links_to_and_manifests_last(
    storage: Storage, site: Path, digest: Command
) -> None:
    build(digest, site)
    record, removed, *files, manifest, again = storage.changes()
    assert record == again == f"PUT sites/site/{RECORD}"
    assert removed == f"DELETE sites/site/{EDITION}/manifest.json"
    assert manifest == f"PUT sites/site/{EDITION}/manifest.json"
    of_the_edition = [EDITION in request for request in files]
    assert of_the_edition == sorted(of_the_edition, reverse=True)
    assert sum(of_the_edition) == 4


def test_a_second_copy_changes_nothing(storage: Storage, site: Path, digest: Command) -> None:
    build(digest, site)
    storage.changes()
    report = build(digest, site)
    assert (report["copied"], report["deleted"]) == (0, 0)
    assert storage.changes() == []


def test_a_fresh_clone_copies_only_what_changed_and_removes_no_edition(
    storage: Storage, make_site: MakeSite, digest: Command
) -> None:
    first = make_site(POSTS, TOML, "one/site")
    build(digest, first)
    edition = {key: content for key, content in storage.objects().items() if EDITION in key}
    storage.changes()
    changed = {**POSTS, "content/old.md": POST.format("Old", "2025-01-01", "tools") + "More.\n"}
    toml = TOML.replace("[digests.weekly]", '[digests.monthly]\nevery = "month"\nat = "1 08:00"', 1)
    clone = make_site(changed, toml, "two/site")
    report = build(digest, clone)
    written = {request.removeprefix("PUT sites/site/") for request in storage.changes() if request.startswith("PUT")}
    assert {"feed.xml", "tags/tools/feed.xml"} <= written
    assert "tags/news/feed.xml" not in written
    assert report["deleted"] == 0
    assert edition.items() <= storage.objects().items()


def test_the_feed_of_a_tag_that_is_gone_is_removed(storage: Storage, site: Path, digest: Command) -> None:
    build(digest, site)
    for path in site.glob("content/*.md"):
        path.write_text(path.read_text().replace(", Tools", "").replace("[tools]", "[news]"))
    report = build(digest, site)
    assert report["deleted"] == 3
    objects = storage.objects()
    assert not [key for key in objects if "/tags/tools/" in key]
    del objects[f"sites/site/{RECORD}"]
    assert objects == published(site)


def test_the_manifest_of_an_edition_that_changes_is_away_meanwhile(
    storage: Storage, site: Path, digest: Command
) -> None:
    build(digest, site)
    storage.changes()
    (site / "content/one.md").write_text(POST.format("One, mended", "2026-11-20", "news, Tools"))
    build(digest, site, "weekly/2026-W48")
    requests = [request for request in storage.changes() if EDITION in request]
    assert requests[0] == f"DELETE sites/site/{EDITION}/manifest.json"
    assert requests[-1] == f"PUT sites/site/{EDITION}/manifest.json"
    assert f"PUT sites/site/{EDITION}/email.html" in requests[1:-1]


@pytest.mark.parametrize("calls", [0, 1, 3, 8, 15, 21, 22])
def test_a_run_after_one_that_was_interrupted_comes_out_right(
    calls: int, storage: Storage, site: Path, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    import s3fs

    whole = s3fs.S3FileSystem._pipe_file
    count = itertools.count()

    async def pipe_file(self: Any, path: str, *arguments: Any, **options: Any) -> None:
        if next(count) >= calls:
            raise ConnectionResetError("the line is dead")
        await whole(self, path, *arguments, **options)

    build(digest, site)
    before = published(site)
    (site / "content/one.md").write_text(POST.format("One, mended", "2026-11-20", "news"))
    (site / "content/old.md").unlink()
    assert digest(site, "build", "--now", NOW).code == 0
    assert digest(site, "build", "weekly/2026-W48", "--now", NOW).code == 0
    after = published(site)
    with monkeypatch.context() as patch:
        patch.setattr(s3fs.S3FileSystem, "_pipe_file", pipe_file)
        ended = digest(site, "build", "--now", NOW, "--copy-to", TO)
    done = calls > len([key for key in after if before.get(key) != after[key]]) + 1
    assert ended.code == (0 if done else 73)
    assert done or ended.err.count("the line is dead") == 1
    objects = storage.objects()
    for path, known in json.loads(objects[f"sites/site/{RECORD}"])["files"].items():
        assert not known or hashlib.sha256(objects[f"sites/site/{path}"]).hexdigest() == known
    manifest = objects.get(f"sites/site/{EDITION}/manifest.json")
    for file in json.loads(manifest)["files"] if manifest else ():
        assert hashlib.sha256(objects[f"sites/site/{EDITION}/{file['path']}"]).hexdigest() == file["sha256"]
    # The next run finds the site as it was, or as it is.
    build(digest, site)
    objects = storage.objects()
    del objects[f"sites/site/{RECORD}"]
    assert objects == after


def test_what_was_written_before_an_interruption_is_written_again_when_the_site_goes_back(
    storage: Storage, site: Path, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    import s3fs

    build(digest, site)
    before = storage.objects()
    post = site / "content/one.md"
    text = post.read_text()
    post.write_text(text + "More.\n")
    whole = storage.objects
    put = s3fs.S3FileSystem._pipe_file

    async def pipe_file(self: Any, path: str, *arguments: Any, **options: Any) -> None:
        await put(self, path, *arguments, **options)
        if path.endswith("/feed.xml"):
            raise ConnectionResetError("the line is dead")

    with monkeypatch.context() as patch:
        patch.setattr(s3fs.S3FileSystem, "_pipe_file", pipe_file)
        assert digest(site, "build", "--now", NOW, "--copy-to", TO).code == 73
    assert whole() != before
    post.write_text(text)
    build(digest, site)
    assert storage.objects() == before


def test_many_sites_are_copied_each_to_its_folder(storage: Storage, make_site: MakeSite, digest: Command) -> None:
    host = make_site(toml=None, folder="host")
    for name in ("ash", "birch"):
        make_site(POSTS, TOML, f"host/sites/{name}")
    ended = digest(host, "build", "--all", "sites/*", "--now", NOW, "--copy-to", TO, "--json", "--jobs", "1")
    assert ended.code == 0, ended.err
    results = [json.loads(line)["result"] for line in ended.out.splitlines()]
    expected = published(host / "sites/ash") | published(host / "sites/birch")
    objects = {key: content for key, content in storage.objects().items() if not key.endswith(RECORD)}
    assert objects == expected
    assert sum(result["copied"] for result in results) == len(expected)


@pytest.mark.parametrize(("address", "said"), [
    ("s3://nowhere/{name}", "error: s3://nowhere/site/.digest-copied.json: cannot be written: "),
    ("s3://No Bucket/x", "error: s3://No Bucket/x/.digest-copied.json: cannot be read: "),
])  # fmt: skip
def test_a_bucket_that_there_is_not_is_named_and_the_report_is_printed(
    address: str, said: str, storage: Storage, site: Path, digest: Command
) -> None:
    ended = digest(site, "build", "--now", NOW, "--copy-to", address, "--json", "--quiet")
    assert ended.code == 73
    assert ended.err.startswith(said)
    assert ended.err.count("\n") == 1
    assert json.loads(ended.out)["copied"] == 0
    assert len(json.loads(ended.out)["written"]) > 10


def test_a_refusal_is_one_line(
    storage: Storage, site: Path, digest: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    ended = digest(site, "build", "--now", NOW, "--copy-to", TO, "--quiet")
    assert ended.code == 73
    assert ended.err.count("\n") == 1
    assert "credentials" in ended.err
