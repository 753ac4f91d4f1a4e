"""A reader's whole way through the real commands: subscribe, confirm, a letter, one click, and nothing more."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from tests.commands import POST, Command
from tests.mail_server import Inbox
from tests.readers.page.site import PAGE, Readers, application, links_in, wait_for
from tests.readers.page.test_attacks import served


def send_day(site: Path, digest: Command, day: datetime) -> None:
    """Write a post of a day, build its edition, and send it to the readers of the site."""
    (site / f"content/{day:%Y-%m-%d}.md").write_text(
        POST.format(f"Post of {day:%A}", f"{day:%Y-%m-%dT12:00:00Z}", "news")
    )
    later = (day + timedelta(days=1)).replace(hour=1).isoformat()
    assert digest(site, "build", "--now", later).code == 0
    ended = digest(site, "send", f"weekly/{day:%Y-%m-%d}", "--readers", "--via", "mail", "--as-of", later)
    assert ended.code == 0, ended.err


def test_from_the_form_to_the_letter_and_out_again(readers_site: Path, inbox: Inbox, digest: Command) -> None:
    toml = readers_site / "digest.toml"
    toml.write_text(toml.read_text().replace("[digests.weekly]", '[digests.weekly]\nevery = "day"\nat = "00:00"'))
    today = datetime.now(UTC)
    with served(readers_site) as (address, _), httpx.Client(base_url=address, timeout=20) as http:
        assert http.post("subscribe", data=application("ann@example.org", tag=["news"])).status_code == 200
        wait_for(inbox, 1)
        (confirm,) = links_in(inbox, "ann@example.org")
        assert http.get(confirm[1:]).status_code == 200
        send_day(readers_site, digest, today + timedelta(days=1))
        assert len(inbox.mails) == 1  # she has not confirmed yet
        assert http.post(confirm[1:]).status_code == 200
        send_day(readers_site, digest, today + timedelta(days=2))
        assert len(inbox.mails) == 2
        letter = inbox.letters()["ann@example.org"]
        assert f"{today + timedelta(days=2):%A}" in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        (preferences,) = [path for path in links_in(inbox, "ann@example.org") if path.startswith("/p/")]
        assert 'value="news" checked' in http.get(preferences[1:]).text
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        leave = letter["List-Unsubscribe"].strip("<>").removeprefix(PAGE)
        assert leave.startswith("u/")
        assert http.get(leave).status_code == 200
        body = {"List-Unsubscribe": "One-Click"}
        assert http.post(leave, data=body, headers={"Origin": "https://mail.example"}).status_code == 200
        assert Readers(readers_site).by("ann@example.org").state == "left"
        assert http.get(preferences[1:]).status_code == 400
        send_day(readers_site, digest, today + timedelta(days=3))
    assert len(inbox.mails) == 2
