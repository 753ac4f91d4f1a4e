"""The pages behind the links of mails: leaving, confirming, preferences, a reader's data."""

import json
from pathlib import Path

import pytest

from digest.readers import Subscribers, open_readers
from digest.readers.tokens import make_token
from tests.readers.page.site import SECRET, Controls, Readers, link, message_of, page_of


def test_opening_a_link_to_leave_shows_a_button_and_a_post_leaves(readers_site: Path) -> None:
    readers = Readers(readers_site)
    ann = readers.add()
    with page_of(readers_site) as page:
        for method in ("GET", "HEAD", "GET"):
            assert page.request(method, link(ann, "unsubscribe")).status_code == 200
        shown = page.get(link(ann, "unsubscribe"))
        assert message_of(shown.text) == "Do you want to stop getting Notes by e-mail?"
        assert readers.by(ann).state == "active"
        first, second = (page.post(link(ann, "unsubscribe")) for _ in range(2))
    assert message_of(first.text) == "You are unsubscribed from Notes."
    assert (first.status_code, first.content) == (second.status_code, second.content) == (200, first.content)
    assert readers.by(ann).state == "left"
    assert [each["what"] for each in readers.consent(ann)] == ["imported as active", "left"]


@pytest.mark.parametrize("body", [
    ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'),
    ("multipart/form-data", b"--never begun"),
    ("", b""),
    ("text/plain", b"\xff\x00" * 100_000),
])  # fmt: skip
def test_a_mail_client_leaves_at_once_whatever_it_posts(body: tuple[str, bytes], readers_site: Path) -> None:
    readers = Readers(readers_site)
    ann = readers.add()
    with page_of(readers_site) as page:
        headers = {"Content-Type": body[0], "Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
        answer = page.post(link(ann, "unsubscribe"), content=body[1], headers=headers)
    assert (answer.status_code, readers.by(ann).state) == (200, "left")


def test_a_link_to_leave_never_dies_and_says_the_same_to_everybody(readers_site: Path) -> None:
    readers = Readers(readers_site)
    ann, bob = readers.add(), readers.add("bob@example.org")
    with page_of(readers_site) as page:
        page.post(link(ann, "preferences"), data={"do": "forget"})
        assert readers.by(ann).state == "forgotten"
        page.post(link(bob, "unsubscribe"))
        nobody = f"/u/{make_token(SECRET, 'unsubscribe', 99, 0)}"  # of a database that was lost
        paths = (link(ann, "unsubscribe"), link(bob, "unsubscribe"), nobody)
        assert len({page.get(path).content for path in paths}) == 1
        assert {page.post(path).status_code for path in paths} == {200}
        assert len({page.post(path).content for path in paths}) == 1


def test_an_old_secret_still_leaves(readers_site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readers = Readers(readers_site)
    ann = readers.add()
    monkeypatch.setenv("DIGEST_SECRET", f"a-new-secret-of-this-site {SECRET}")
    with page_of(readers_site) as page:
        assert page.post(link(ann, "unsubscribe")).status_code == 200
    assert readers.by(ann).state == "left"


def test_confirming_needs_the_button_and_leads_to_preferences(readers_site: Path) -> None:
    readers = Readers(readers_site)
    ann = readers.add(state="pending")
    with page_of(readers_site) as page:
        for method in ("GET", "HEAD"):
            assert page.request(method, link(ann, "confirm")).status_code == 200
        asked = page.get(link(ann, "confirm"))
        assert "I want to get Notes by e-mail." in message_of(asked.text)
        assert readers.by(ann).state == "pending"
        first, second = (page.post(link(ann, "confirm")) for _ in range(2))
        assert first.content == second.content
        assert message_of(first.text) == "You are subscribed to Notes."
        assert f'href="..{link(readers.by(ann), "preferences")}"' in first.text
        again = page.get(link(ann, "confirm"))
        assert (message_of(again.text), "href" in again.text) == ("You are subscribed to Notes.", False)
        confirmed = readers.by(ann)
        assert (confirmed.state, confirmed.since > 1_700_000_000) == ("active", True)
        assert readers.consent(ann)[-1]["what"] == "confirmed"
        assert readers.consent(ann)[-1]["text_version"]
        page.post(link(ann, "unsubscribe"))
        for method in ("GET", "POST"):
            assert page.request(method, link(ann, "confirm")).status_code == 400
    assert readers.by(ann).state == "left"


def test_preferences_show_what_is_chosen_and_change_it(readers_site: Path) -> None:
    readers = Readers(readers_site)
    ann = readers.add(tags="Tools\n+local\nknitting\nnews", language="fr", every="week")
    with page_of(readers_site) as page:
        shown = Controls(page.get(link(ann, "preferences")).text)
        assert shown.values("tag") == ['<b>&"x', "local", "news", "tools", "+local", "knitting"]
        assert shown.ticked("tag") == ["news", "tools", "+local", "knitting"]
        assert shown.ticked("every") == ["week"]
        html = page.get(link(ann, "preferences")).text
        assert '<option value="fr" lang="fr" selected>' in html
        choice = {"do": "save", "tag": ["news", "knitting", "+local", "made-up"], "language": "de", "every": "month"}
        saved = page.post(link(ann, "preferences"), data=choice)
        assert "Ihre Auswahl ist gespeichert." in saved.text
        assert Controls(saved.text).ticked("tag") == ["news", "+local", "knitting"]
    changed = readers.by(ann)
    assert (changed.tags, changed.language, changed.every) == ("news\n+local\nknitting", "de", "month")
    assert changed.state == "active"


def test_what_the_page_does_not_offer_changes_nothing(readers_site: Path) -> None:
    readers = Readers(readers_site)
    ann = readers.add(tags="news", language="de", every="day")
    with page_of(readers_site) as page:
        data = {"do": "save", "tag": ["news"], "language": "tlh", "every": "hour", "state": "left", "since": "0"}
        assert page.post(link(ann, "preferences"), data=data).status_code == 200
        kept = readers.by(ann)
        assert (kept.tags, kept.language, kept.every, kept.state) == ("news", "de", "day", "active")
        # A mail client that takes the link for one to unsubscribe changes nothing either.
        assert page.post(link(ann, "preferences"), data={"List-Unsubscribe": "One-Click"}).status_code == 400
        assert page.post(link(ann, "preferences"), data={"do": "delete-everything"}).status_code == 400
    assert readers.by(ann) == kept


def test_tags_and_languages_are_those_of_published_posts_or_of_the_settings(readers_site: Path) -> None:
    with page_of(readers_site) as page:
        offered = Controls(page.get("/subscribe").text)
    assert offered.values("tag") == ['<b>&"x', "local", "news", "tools"]
    toml = readers_site / "digest.toml"
    toml.write_text(toml.read_text().replace("[readers]", '[readers]\ntags = ["Zebra", "ants"]'))
    (readers_site / "content/three.md").unlink()
    with page_of(readers_site) as page:
        html = page.get("/subscribe").text
    assert Controls(html).values("tag") == ["Zebra", "ants"]
    assert "<select" not in html


def test_a_reader_gets_her_data_and_is_forgotten_when_she_says_it_twice(readers_site: Path) -> None:
    readers = Readers(readers_site)
    ann = readers.add(tags="news")
    with page_of(readers_site) as page:
        data = page.post(link(ann, "preferences"), data={"do": "export"})
        assert data.headers["content-type"] == "application/json"
        assert data.headers["content-disposition"].startswith("attachment")
        found = json.loads(data.content)
        assert (found["address"], found["tags"]) == ("ann@example.org", "news")
        asked = page.post(link(ann, "preferences"), data={"do": "ask-to-forget"})
        assert "cannot be undone" in message_of(asked.text)
        assert readers.by(ann).state == "active"
        done = page.post(link(ann, "preferences"), data={"do": "forget"})
        assert message_of(done.text) == "Your data is deleted."
        assert page.get(link(ann, "preferences")).status_code == 400
    gone = readers.by(ann)
    assert (gone.address, gone.tags, gone.state) == (None, "", "forgotten")
    assert b"ann@example.org" not in (readers_site / "private/readers.sqlite").read_bytes()


def test_who_leaves_from_her_preferences_can_press_the_button_twice(readers_site: Path) -> None:
    readers = Readers(readers_site)
    ann = readers.add()
    with page_of(readers_site) as page:
        html = page.get(f"/readers{link(ann, 'preferences')}").text
        action = html.partition('action="')[2].partition('"')[0]
        assert action == f"..{link(ann, 'unsubscribe')}"
        assert [page.post(f"/readers{action[2:]}").status_code for _ in range(2)] == [200, 200]
        assert page.get(link(ann, "preferences")).status_code == 400
    assert readers.by(ann).state == "left"


def test_who_left_while_she_confirmed_has_left(readers_site: Path) -> None:
    readers = Readers(readers_site)
    ann = readers.add(state="pending")
    with open_readers(readers.config) as database:
        subscribers = Subscribers(database, [SECRET])
        subscribers.leave(ann, "page")
        subscribers.confirm(ann, "page", "")  # as it was read before
        assert readers.by(ann).state == "left"
        subscribers.forget(readers.by(ann), "page")
        subscribers.leave(ann, "page")
    assert readers.by(ann).state == "forgotten"
