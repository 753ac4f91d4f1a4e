"""What every command prints with `--json`, and the names of its fields."""

import json
from collections.abc import Iterator
from typing import Any

from tests.commands import NOW, POST, TOML, Command
from tests.conftest import MakeSite
from tests.mail_server import mail_server
from tests.name_server import name_server

READERS = "ann@example.org\n"
SEND = """
[senders.script]
kind = "command"
run = ["true"]
[senders.mail]
kind = "smtp"
readers = "readers.txt"
host = "127.0.0.1"
"""
OWN = '[readers]\nurl = "https://notes.example/me"\n'
OWN_READERS = "address,tags,since\nann@example.org,news,2026-11-01\n"
BOUNCE = "From: a@b.example\n\nNo report.\n"


def fields(value: Any, way: str = "", named: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the path of each field of a value, `editions/key`. In an object at a path of `named` the keys are a user's."""
    if isinstance(value, dict):
        for key, held in value.items():
            path = f"{way}/{'NAME' if way in named else key}".lstrip("/")
            yield path
            yield from fields(held, path, named)
    elif isinstance(value, list):
        for held in value:
            yield from fields(held, way, named)


def outputs(make_site: MakeSite, digest: Command, hub: str) -> Iterator[tuple[str, Any]]:
    """Yield each command with what it prints with `--json`, in a site where there is something of everything."""
    posts = {
        "content/one.md": POST.format("One", "2026-11-20\nimage: a.png\nlang: en\nupdated: 2026-11-21", "news"),
        "content/two.md": POST.format("Two", "2026-11-21", "news"),
        "content/next.md": POST.format("Next", "2026-11-23T08:30:00", "news"),
        "content/bad.md": "---\ntitle: Bad\ndate: no\n---\n",
        "readers.txt": READERS,
        "bounce.eml": BOUNCE,
        "public/other/index.html": "",
    }
    settings = TOML.replace("[digests", f'[feeds]\nhub = "{hub}"\n[digests', 1).replace(
        'title = "Notes weekly"', 'title = "Notes weekly"\nsend_via = "script"\napprove = "always"\none_click = true'
    )
    site = make_site(posts, settings + SEND)
    now = ("--now", NOW)
    key = "weekly/2026-W48"

    def run(name: str, *arguments: str) -> tuple[str, Any]:
        ended = digest(site, *name.split(), *arguments, "--json", "--quiet")
        assert ended.out, f"{name} {arguments}: {ended}"
        if name == "list":
            return name, [json.loads(line) for line in ended.out.splitlines()]
        return name, json.loads(ended.out)

    yield run("check", *now)
    yield run("check", "--links", "public", *now)
    yield run("build", *now)
    yield run("build", "--draft", *now)
    yield run("list", "--all", *now)
    yield run("status", *now)
    yield run("approve", key, *now)
    yield run("send", key, "--dry-run")
    yield run("send", key, "--test", "me@example.org")
    yield run("send", "--status", "--as-of", NOW)
    yield run("send", key, "--as-of", NOW)
    yield run("send", "--bounces", "bounce.eml", "--via", "mail")
    yield run("mark-sent", key, *now)
    yield run("ledger show", "content/one.md")
    yield run("ledger rebuild")
    yield run("ping", *now)
    yield run("schema")
    yield run("init", "other")
    with name_server({}) as server:
        yield run("doctor", "--nameserver", server)
    yield run("unsubscribe link", "ann@example.org")
    yield run("unsubscribe add", "ann@example.org")
    yield run("unsubscribe count")
    yield run("unsubscribe undo", "ann@example.org")
    site = make_site(
        posts | {"readers.csv": OWN_READERS}, settings.replace('"script"', '"mail"') + OWN + SEND, "second"
    )
    toml = site / "digest.toml"
    digest(site, "build", *now)
    digest(site, "approve", key, *now)
    yield run("readers import", "readers.csv")
    yield run("plan", "weekly", "--as-of", NOW)
    with mail_server() as (_, port):
        toml.write_text(toml.read_text(encoding="utf-8") + f'port = {port}\ninsecure = true\nsecurity = "none"\n')
        yield run("send", key, "--readers", "--as-of", NOW)
    yield run("readers bounces", "readers.csv")
    yield run("readers status")
    yield run("readers export")
    yield run("readers export", "ann@example.org")
    yield run("readers suppress", "readers.csv")
    yield run("readers suppress", "readers.csv", "--undo")
    yield run("readers forget", "ann@example.org")
