"""The form to subscribe: double opt-in, one answer to everybody, and limits."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.mail_server import Inbox, mail_server
from tests.readers.page.site import Controls, Readers, application, link, links_in, message_of, page_of, wait_for


def at_port(root: Path, port: int) -> None:
    """Let a site send by the mail server at a port."""
    toml = root / "digest.toml"
    lines = [f"port = {port}" if line.startswith("port") else line for line in toml.read_text().split("\n")]
    toml.write_text("\n".join(lines))


def test_a_new_reader_confirms_by_mail_what_she_chose(readers_site: Path, inbox: Inbox) -> None:
    readers = Readers(readers_site)
    with page_of(readers_site) as page:
        filled = application("Ann@Müller.example", tag=["news", "made-up"], language="de", every="week")
        asked = page.post("/subscribe", data=filled)
        assert (asked.status_code, "mailbox" in message_of(asked.text)) == (200, True)
        wait_for(inbox, 1)
        ann = readers.by("ann@xn--mller-kva.example")
        assert (ann.state, ann.tags, ann.language, ann.every) == ("pending", "news", "de", "week")
        (path,) = links_in(inbox, "Ann@xn--mller-kva.example")
        assert page.post(path).status_code == 200
    assert readers.by(ann).state == "active"
    asked_for, confirmed = readers.consent(ann)
    assert (asked_for["what"], confirmed["what"], asked_for["source"]) == ("asked", "confirmed", "page")
    assert asked_for["text_version"]
    assert asked_for["text"] == "I want to get Notes by e-mail. I can unsubscribe at any time."
    assert confirmed["text"] == "Ich möchte „Notes“ per E-Mail erhalten. Ich kann mich jederzeit abmelden."


def test_the_mail_is_plain_and_says_what_machines_need(readers_site: Path, inbox: Inbox) -> None:
    with page_of(readers_site) as page:
        page.post("/subscribe", data=application("ann@example.org"), headers={"Host": "evil.example"})
        wait_for(inbox, 1)
    letter = inbox.letters()["ann@example.org"]
    assert letter["From"] == "Notes <weekly@notes.example>"
    assert letter["To"] == "ann@example.org"
    assert letter["Reply-To"] == "editor@notes.example"
    assert letter["Subject"] == "Please confirm: Notes"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"].endswith("@notes.example>")
    assert inbox.senders == ["weekly@notes.example"]
    text, html = (letter.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    (path,) = links_in(inbox, "ann@example.org")
    assert f'href="https://notes.example/readers{path}"' in html
    assert "<script" not in html
    assert "evil" not in text + html
    assert "1 Note Street" in text


def test_the_answer_is_the_same_whoever_the_address_belongs_to(readers_site: Path, inbox: Inbox) -> None:
    readers = Readers(readers_site)
    states = ("active", "pending", "left", "bounced")
    for state in states:
        readers.add(f"{state}@example.org", state)
    readers.suppress("complained@example.org", "complained")
    readers.suppress("forgotten@example.org", "forgotten")
    names = [*states, "complained", "forgotten", "new"]
    with page_of(readers_site) as page:
        answers = [page.post("/subscribe", data=application(f"{name}@example.org")) for name in names]
        assert len({(answer.status_code, answer.content, tuple(answer.headers.items())) for answer in answers}) == 1
        wait_for(inbox, 6)
    assert sorted(inbox.readers) == sorted(f"{name}@example.org" for name in names if name != "complained")
    kinds = {name: links_in(inbox, f"{name}@example.org")[0][:3] for name in names if name != "complained"}
    assert kinds.pop("active") == "/p/"
    assert set(kinds.values()) == {"/c/"}
    assert not readers.knows("complained@example.org")


def test_nothing_is_looked_up_before_the_answer(readers_site: Path, inbox: Inbox) -> None:
    """The answer takes as long whoever the address belongs to: it does not wait for the database, nor the mail server."""
    with page_of(readers_site) as page:
        database = readers_site / "private/readers.sqlite"
        database.rename(database.with_suffix(".away"))
        database.mkdir()
        assert page.post("/subscribe", data=application("ann@example.org")).status_code == 200
    assert inbox.mails == []


def test_a_reader_is_told_so_in_her_mailbox_alone_and_keeps_what_she_chose(readers_site: Path, inbox: Inbox) -> None:
    readers = Readers(readers_site)
    ann = readers.add(tags="news", language="de")
    with page_of(readers_site) as page:
        page.post("/subscribe", data=application("ANN@example.org", tag=["local"], every="month"))
        wait_for(inbox, 1)
        assert readers.by(ann) == ann
        letter = inbox.letters()["ann@example.org"]
        assert "bereits abonniert" in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        (path,) = links_in(inbox, "ann@example.org")
        assert page.get(path).status_code == 200


def test_an_address_gets_one_mail_an_hour(readers_site: Path, inbox: Inbox) -> None:
    with page_of(readers_site) as page:
        for address in ("ann@example.org", "bob@example.org", "Ann@Example.org", "ann@example.org"):
            assert page.post("/subscribe", data=application(address)).status_code == 200
    with page_of(readers_site) as page:  # and the server that is started again knows
        page.post("/subscribe", data=application("ann@example.org"))
    assert sorted(inbox.readers) == ["ann@example.org", "bob@example.org"]


def test_who_left_can_come_back_by_her_own_hand(readers_site: Path, inbox: Inbox) -> None:
    readers = Readers(readers_site)
    ann = readers.add()
    with page_of(readers_site) as page:
        page.post(link(ann, "unsubscribe"))
        page.post("/subscribe", data=application("ann@example.org"))
        wait_for(inbox, 1)
        back = readers.by(ann)
        assert back.state == "pending"
        assert page.get(link(ann, "preferences")).status_code == 400  # of the time before
        (path,) = links_in(inbox, "ann@example.org")
        page.post(path)
    assert readers.by(ann).state == "active"


@pytest.mark.parametrize(
    "address",
    ["", "ann", "ann@", "@example.org", "ann@localhost", "ann@example", "a b@example.org", "ann@example.org, bob@example.org",
     "ann@example.org\r\nBcc: bob@example.org", "ann@example.org%0d%0aBcc:bob@example.org", "<ann@example.org>", "ann@[127.0.0.1]",
     "ann＠example.org", "a" * 65 + "@example.org", "ann@-x.example", "a@b@c.example", '"ann"@example.org', "ann@exam\x00ple.org"],
)  # fmt: skip
def test_what_is_no_address_is_named_at_its_field(address: str, readers_site: Path, inbox: Inbox) -> None:
    with page_of(readers_site) as page:
        answer = page.post("/subscribe", data=application(address, tag=["news"]))
    assert answer.status_code == 400
    found = Controls(answer.text)
    (field,) = [each for each in found.controls if each.get("name") == "address"]
    assert (field["aria-invalid"], field["aria-describedby"]) == ("true", "address-error")
    assert 'id="address-error" role="alert"' in answer.text
    assert (found.ticked("tag"), found.ticked("consent")) == (["news"], ["yes"])
    assert inbox.mails == []


def test_consent_has_to_be_given(readers_site: Path, inbox: Inbox) -> None:
    with page_of(readers_site) as page:
        data = application("ann@example.org")
        del data["consent"]
        answer = page.post("/subscribe", data=data)
        assert (answer.status_code, "Please tick this box" in answer.text) == (400, True)
        assert 'value="ann@example.org"' in answer.text
        assert "autofocus" in answer.text
    assert inbox.mails == []


def test_the_owner_says_what_readers_agree_to(readers_site: Path) -> None:
    toml = readers_site / "digest.toml"
    toml.write_text(toml.read_text().replace("[readers]", '[readers]\nconsent = "Mail me <b>now</b> and {title}."'))
    with page_of(readers_site) as page:
        assert "Mail me &lt;b&gt;now&lt;/b&gt; and {title}." in page.get("/subscribe").text


def test_programs_that_fill_in_everything_are_told_the_same_and_get_nothing(readers_site: Path, inbox: Inbox) -> None:
    with page_of(readers_site) as page:
        person = page.post("/subscribe", data=application("ann@example.org"))
        program = page.post("/subscribe", data=application("bob@example.org", website="https://spam.example"))
        assert program.content == person.content
    assert inbox.readers == ["ann@example.org"]


def test_one_client_can_write_ten_addresses_an_hour(readers_site: Path, inbox: Inbox) -> None:
    with page_of(readers_site) as page:
        page.client = "2001:db8:1:2::1"
        statuses = []
        for number in range(12):
            page.client = f"2001:db8:1:2::{number}"  # of one household
            answer = page.post("/subscribe", data=application(f"reader{number}@example.org"))
            statuses.append(answer.status_code)
        assert statuses == [200] * 10 + [429] * 2
        assert answer.headers["Retry-After"]
        page.client = "2001:db8:1:3::1"
        assert page.post("/subscribe", data=application("other@example.org")).status_code == 200
    assert len(inbox.mails) == 11


def test_what_could_not_be_sent_is_tried_again(readers_site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.readers.page_applications._PAUSES", (0.1, 0.1, 0.1))

    def not_at_first(stage: str, _address: str, number: int) -> str:
        return "450 not now" if stage == "recipient" and number < 2 else ""

    with mail_server(not_at_first) as (inbox, port):
        at_port(readers_site, port)
        with page_of(readers_site) as page:
            page.post("/subscribe", data=application("ann@example.org"))
            wait_for(inbox, 1)
    assert inbox.readers == ["ann@example.org"]


def test_an_address_that_is_never_confirmed_is_removed(readers_site: Path, inbox: Inbox) -> None:
    readers = Readers(readers_site)
    imported = readers.add("imported@example.org", "pending")
    with page_of(readers_site) as page:
        page.post(link(readers.add("back@example.org"), "unsubscribe"))
        for name in ("new", "back", "late", "imported"):
            page.post("/subscribe", data=application(f"{name}@example.org"))
        wait_for(inbox, 4)
    path = readers_site / "private/readers.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        late = readers.by("late@example.org")
        database.execute("UPDATE consent SET at = at - 31 * 86400 WHERE subscriber <> ?", (late.id,))
    with page_of(readers_site) as page:
        (confirm,) = links_in(inbox, "new@example.org")
        assert page.get(confirm).status_code == 400
        assert page.get(links_in(inbox, "late@example.org")[0]).status_code == 200
        assert page.get(links_in(inbox, "back@example.org")[0]).status_code == 400
    assert not readers.knows("new@example.org")
    assert readers.by("back@example.org").state == "left"
    assert (readers.by("late@example.org").state, readers.by(imported).state) == ("pending", "pending")
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT COUNT(*) FROM consent WHERE what = 'asked'").fetchone() == (2,)


def test_an_internationalised_address_gets_its_mail(readers_site: Path, inbox: Inbox) -> None:
    with page_of(readers_site) as page:
        assert page.post("/subscribe", data=application("jörg@example.org")).status_code == 200
    assert inbox.readers == ["jörg@example.org"]


def test_a_mail_server_that_is_away_is_said_in_the_log_without_an_address(
    readers_site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(stage: str, address: str, _number: int) -> str:
        return f"450 <{address}>: not now" if stage == "recipient" else ""

    with mail_server(refuse) as (inbox, port):
        at_port(readers_site, port)
        with page_of(readers_site) as page:
            assert page.post("/subscribe", data=application("ann@example.org")).status_code == 200
    said = capsys.readouterr()
    assert "the mail server answers 450" in said.err
    assert "ann" not in said.out + said.err
    assert inbox.mails == []
    assert Readers(readers_site).by("ann@example.org").state == "pending"


def test_a_form_in_parts_is_not_taken_for_one_that_is_empty(readers_site: Path, inbox: Inbox) -> None:
    with page_of(readers_site) as page:
        answer = page.post("/subscribe", files={"address": (None, "ann@example.org"), "consent": (None, "yes")})
    assert answer.status_code == 400
    assert inbox.mails == []
