"""Telling a hub of changed feeds: which, how, and what happens when it cannot be told."""

import http.server
import threading
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from digest import feeds
from digest.problems import DigestError
from tests.commands import NOW, Command
from tests.conftest import MakeSite
from tests.feed_samples import config, posts


class Hub(http.server.BaseHTTPRequestHandler):
    """A hub that remembers what it was told, and refuses what has `refused` in it."""

    told: list[dict[str, list[str]]]

    def do_POST(self) -> None:
        """Take one announcement; at `/moved/CODE`, send it on to the root."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        moved = self.path.removeprefix("/moved/") if self.path.startswith("/moved/") else ""
        if moved:
            self.send_response(int(moved))
            self.send_header("Location", self.path if "loop" in body else "/")
        else:
            self.told.append(parse_qs(body))
            self.send_response(410 if "refused" in body else 204)
        self.end_headers()

    def do_GET(self) -> None:
        """Answer as a page does: a hub is told nothing by a GET."""
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub() -> Iterator[str]:
    """Run a hub on this machine and return its address."""
    Hub.told = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{served.server_address[1]}/"
        served.shutdown()
        thread.join()


def test_only_feeds_that_changed_are_announced() -> None:
    made = config(archive=True, limit=1)
    planned = feeds.plan(made, posts(3))
    changed = ("tags/news/atom.xml", "feed.xml", "archive/1/feed.xml", "editions/weekly/2026-W01/index.html")
    assert feeds.changed_topics(planned, changed, made) == (
        "https://harbour.example/feed.xml",
        "https://harbour.example/tags/news/atom.xml",
    )
    assert feeds.changed_topics(planned, (), made) == ()


def test_the_hub_is_told_of_each_feed(hub: str) -> None:
    topics = ("https://x.example/feed.xml", "https://x.example/%E6%95%B0/feed.xml")
    assert feeds.ping(topics, config(hub=hub)) == 2
    assert [told["hub.mode"] for told in Hub.told] == [["publish"], ["publish"]]
    assert [told["hub.url"] for told in Hub.told] == [[topic] for topic in topics]


def test_a_hub_that_refuses_is_named_with_its_answer(hub: str) -> None:
    topics = ("https://x.example/refused/1", "https://x.example/taken", "https://x.example/refused/2")
    with pytest.raises(
        DigestError, match=r"refused https://x\.example/refused/1: 410 Gone; https://x\.example/refused/2: 410"
    ):
        feeds.ping(topics, config(hub=hub))
    assert len(Hub.told) == 3


@pytest.mark.parametrize("code", [307, 308])
def test_a_hub_that_moved_is_followed(code: int, hub: str) -> None:
    topics = ("https://x.example/feed.xml", "https://x.example/atom.xml")
    assert feeds.ping(topics, config(hub=f"{hub}moved/{code}")) == 2
    assert [told["hub.url"] for told in Hub.told] == [[topic] for topic in topics]


@pytest.mark.parametrize("code", [301, 302])
def test_a_redirect_that_makes_a_get_of_it_is_a_refusal(code: int, hub: str) -> None:
    with pytest.raises(DigestError, match=f'feed.xml: {code} .*write hub = "/"'):
        feeds.ping(("https://x.example/feed.xml",), config(hub=f"{hub}moved/{code}"))
    assert Hub.told == []


def test_a_hub_that_sends_in_a_circle_is_given_up(hub: str) -> None:
    with pytest.raises(DigestError, match=r"loop: 307"):
        feeds.ping(("https://x.example/loop",), config(hub=f"{hub}moved/307"))


def test_what_a_hub_took_is_told_with_what_it_refused(hub: str) -> None:
    topics = ("https://x.example/refused/1", "https://x.example/taken", "https://x.example/refused/2")
    with pytest.raises(feeds.HubError) as caught:
        feeds.ping(topics, config(hub=hub))
    assert caught.value.taken == {"https://x.example/taken"}


def test_only_what_changed_since_the_last_successful_ping_is_told(
    hub: str, make_site: MakeSite, digest: Command
) -> None:
    toml = f'[site]\nurl = "https://notes.example/"\n[feeds]\nhub = "{hub}"\nformats = ["rss"]\n'
    post = "---\ntitle: {0}\ndate: 2026-11-20\ntags: [{1}]\n---\n{0}\n"
    site = make_site(
        {"content/one.md": post.format("One", "refused"), "content/two.md": post.format("Two", "sea")}, toml
    )

    def told() -> tuple[int, list[str]]:
        Hub.told.clear()
        code = digest(site, "ping", "--now", NOW).code
        return code, [told["hub.url"][0].removeprefix("https://notes.example/") for told in Hub.told]

    digest(site, "build", "--now", NOW)
    (site / "content/two.md").write_text(post.format("Two again", "sea"))
    digest(site, "build", "--now", NOW)  # twice without a ping: both are told of
    assert told() == (1, ["feed.xml", "tags/refused/feed.xml", "tags/sea/feed.xml"])
    assert told() == (1, ["tags/refused/feed.xml"])
    (site / "content/two.md").write_text(post.format("Two once more", "sea"))
    digest(site, "build", "--now", NOW)
    digest(site, "build", "--now", NOW)
    assert told() == (1, ["feed.xml", "tags/refused/feed.xml", "tags/sea/feed.xml"])
    (site / "content/one.md").unlink()
    digest(site, "build", "--now", NOW)
    assert told() == (0, ["feed.xml"])
    assert told() == (0, [])
    (site / "content/two.md").write_text(post.format("Two for good", "sea"))
    digest(site, "build", "--now", NOW)
    (site / ".digest/announced.json").unlink()
    assert told() == (0, ["feed.xml", "tags/sea/feed.xml"])


def test_a_new_hub_is_told_of_every_feed(hub: str, make_site: MakeSite, digest: Command) -> None:
    toml = '[site]\nurl = "https://notes.example/"\n[feeds]\nhub = "{}"\nformats = ["json"]\nper_tag = false\n'
    site = make_site({"content/one.md": "---\ntitle: One\ndate: 2026-11-20\n---\nOne\n"}, toml.format(hub))
    digest(site, "build", "--now", NOW)
    assert digest(site, "ping", "--now", NOW).out.split() == ["https://notes.example/feed.json"]
    assert digest(site, "ping", "--now", NOW).out.split() == []
    (site / "digest.toml").write_text(toml.format(f"{hub}moved/308"))
    assert digest(site, "ping", "--now", NOW).out.split() == ["https://notes.example/feed.json"]
    (site / "digest.toml").write_text(toml.format(""))
    assert digest(site, "ping", "--now", NOW).code == 1


def test_without_network_it_fails_clearly() -> None:
    with pytest.raises(DigestError, match=r"the hub http://127\.0\.0\.1:1/ cannot be reached: .*refused"):
        feeds.ping(("https://x.example/feed.xml",), config(hub="http://127.0.0.1:1/"))


@pytest.mark.parametrize("address", ["", "file:///etc/passwd"])
def test_without_a_hub_it_says_where_to_name_one(address: str) -> None:
    with pytest.raises(DigestError, match=r"under \[feeds\]"):
        feeds.ping((), config(hub=address))
