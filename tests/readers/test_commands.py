"""`digest readers`, `digest plan` and `digest send --readers`, as their owner uses them."""

import json
import re
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import pytest
from PIL import Image

import digest as library
from digest.preview import rehearse
from tests.commands import Command, Ended
from tests.mail_server import DROP, Inbox, mail_server
from tests.readers.conftest import KEY, NOW, MakeHarbour, post

HEAD = "address,tags,language,every,state,since\n"
READERS = f"""{HEAD}ann@example.org,news,,,active,2026-01-01
bob@example.org,sport,,,active,2026-01-01
cy@example.org,,,,active,2026-11-20
dee@example.org,,zh,,active,2026-01-01
eve@example.org,"news, -food",en,,active,2026-01-01
fay@example.org,,,,left,2026-01-01
"""
Server = tuple[Inbox, int]


def send(digest: Command, folder: Path, *options: str, key: str = KEY, now: str = NOW) -> Ended:
    return digest(folder, "send", key, "--readers", "--as-of", now, *options)


def words(letter: EmailMessage, kind: str = "plain") -> str:
    """The text of a part of a letter."""
    part = letter.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def titles(letter: EmailMessage) -> set[str]:
    """The posts that stand in a letter."""
    text = words(letter)
    return {title for title in ("Ferry", "Match", "Market", "码头", "Second") if f"The words of {title}." in text}


def test_each_reader_gets_what_she_chose(make_harbour: MakeHarbour, digest: Command, inbox: Server) -> None:
    server, port = inbox
    folder = make_harbour(READERS, port)
    ended = send(digest, folder)
    assert ended.code == 0, ended.err
    letters = server.letters()
    assert {to: titles(letter) for to, letter in letters.items()} == {
        "ann@example.org": {"Ferry", "Market", "码头"},
        "bob@example.org": {"Match"},
        "cy@example.org": {"Market", "码头"},
        "dee@example.org": {"码头"},
        "eve@example.org": {"Ferry"},
    }
    assert letters["bob@example.org"]["Subject"] == "Harbour: Match"
    assert letters["ann@example.org"]["Subject"] == "Harbour: 码头"


def test_letters_have_links_of_their_own(make_harbour: MakeHarbour, digest: Command, inbox: Server) -> None:
    server, port = inbox
    folder = make_harbour(READERS, port)
    assert send(digest, folder).code == 0
    seen = set()
    for letter in server.letters().values():
        leave = letter["List-Unsubscribe"].strip("<>")
        assert leave.startswith("https://harbour.example/readers/u/")
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        for kind in ("plain", "html"):
            body = words(letter, kind)
            assert leave in body
            assert "https://harbour.example/readers/p/" in body
            assert "/u/\n" not in body
        assert letter["To"].partition("@")[0] not in leave
        seen.add(leave)
    assert len(seen) == len(server.letters())


def test_the_words_of_a_letter_are_in_the_language_of_its_reader(
    make_harbour: MakeHarbour, digest: Command, inbox: Server
) -> None:
    server, port = inbox
    folder = make_harbour(READERS, port)
    assert send(digest, folder).code == 0
    letters = server.letters()
    assert "退订" in words(letters["dee@example.org"])
    assert "Unsubscribe" in words(letters["ann@example.org"])


def test_a_plan_says_who_would_get_what(make_harbour: MakeHarbour, digest: Command) -> None:
    folder = make_harbour(READERS, 1)
    found = json.loads(digest(folder, "plan", "weekly", "--as-of", NOW, "--sample", "20", "--json").out)
    assert (found["key"], found["readers"], found["letters"], found["editions"]) == (KEY, 5, 5, 5)
    assert found["sample"][1] == {"address": "bob@example.org", "language": "", "posts": ["Match"]}
    assert not found["written"]
    said = digest(folder, "plan", "weekly", "--as-of", NOW).out
    assert f"{KEY}: 5 letters would be sent to 5 readers" in said
    assert not (folder / "ledger" / "weekly.sent").exists()


def test_a_second_run_sends_nothing(make_harbour: MakeHarbour, digest: Command, inbox: Server) -> None:
    server, port = inbox
    folder = make_harbour(READERS, port)
    assert send(digest, folder).code == 0
    assert send(digest, folder).code == 0
    assert len(server.readers) == 5


def test_two_digests_bring_a_post_once(make_harbour: MakeHarbour, digest: Command, inbox: Server) -> None:
    server, port = inbox
    other = '[digests.other]\nsender = "Harbour <news@harbour.example>"\nsend_via = "mail"\n'
    folder = make_harbour(READERS, port, other)
    assert send(digest, folder).code == 0
    assert send(digest, folder, key="other/2026-W48").code == 0
    assert len(server.readers) == 5
    assert "other/2026-W48: no letters" in digest(folder, "readers", "status").out


def test_readers_who_leave_get_nothing(make_harbour: MakeHarbour, digest: Command, inbox: Server) -> None:
    server, port = inbox
    folder = make_harbour(READERS, port)
    assert digest(folder, "readers", "forget", "ann@example.org").code == 0
    (folder / "complaints.txt").write_text("bob@example.org\nstranger@example.org\n")
    ended = digest(folder, "readers", "suppress", "complaints.txt")
    assert "2 suppressed" in ended.err
    assert send(digest, folder).code == 0
    assert sorted(server.readers) == ["cy@example.org", "dee@example.org", "eve@example.org"]


def test_an_import_wakes_nobody(make_harbour: MakeHarbour, digest: Command) -> None:
    folder = make_harbour(READERS, 1)
    digest(folder, "readers", "forget", "ann@example.org")
    ended = digest(folder, "readers", "import", "readers.csv", "--json")
    assert json.loads(ended.out) == {"added": 0, "changed": 0, "unchanged": 4, "ended": 0, "kept_away": 2}
    (folder / "again.csv").write_text("address,state\nfay@example.org,active\nann@example.org,active\n")
    assert json.loads(digest(folder, "readers", "import", "again.csv", "--json").out)["kept_away"] == 2


def test_an_import_is_a_difference(make_harbour: MakeHarbour, digest: Command) -> None:
    folder = make_harbour(READERS, 1)
    (folder / "more.csv").write_text("Email Address,TAGS\nann@example.org,sport\nnew@example.org,food\n")
    rehearsed = digest(folder, "readers", "import", "more.csv", "--dry-run")
    assert "would be: 1 added, 1 changed" in rehearsed.err
    assert digest(folder, "readers", "import", "more.csv").code == 0
    rows = digest(folder, "readers", "export").out.splitlines()
    assert rows[0] == HEAD.strip()
    assert "ann@example.org,sport,,,active,2026-01-01T00:00:00Z" in rows
    assert any(row.startswith("new@example.org,food,,,active,2") for row in rows)
    assert len(rows) == 7


def test_what_is_exported_can_be_imported(make_harbour: MakeHarbour, digest: Command) -> None:
    folder = make_harbour(READERS, 1)
    exported = digest(folder, "readers", "export").out
    (folder / "exported.csv").write_text(exported)
    assert json.loads(digest(folder, "readers", "import", "exported.csv", "--json").out)["changed"] == 0


def test_everything_that_is_kept_of_a_reader_can_be_exported(
    make_harbour: MakeHarbour, digest: Command, inbox: Server
) -> None:
    folder = make_harbour(READERS, inbox[1])
    assert send(digest, folder).code == 0
    found = json.loads(digest(folder, "readers", "export", "bob@example.org").out)
    assert found["tags"] == "sport"
    assert found["letters"][0]["edition"] == KEY
    assert found["letters"][0]["subject"] == "Harbour: Match"
    assert found["consent"][0]["what"] == "imported as active"
    assert digest(folder, "readers", "export", "nobody@example.org").code == 1


def test_a_listmonk_export_is_read(make_harbour: MakeHarbour, digest: Command) -> None:
    folder = make_harbour(READERS, 1)
    (folder / "listmonk.csv").write_text(
        "uuid,email,name,attributes,status,created_at,updated_at\n"
        'x,lin@example.org,Lin,"{}",enabled,2026-10-07T11:12:13.123456Z,2026-10-07T11:12:13Z\n'
        'y,mo@example.org,Mo,"{}",blocklisted,2026-10-07T11:12:13Z,2026-10-07T11:12:13Z\n'
    )
    found = json.loads(digest(folder, "readers", "import", "listmonk.csv", "--json").out)
    assert (found["added"], found["ended"]) == (1, 1)
    assert "lin@example.org,,,,active,2026-10-07T11:12:13Z" in digest(folder, "readers", "export").out


def test_a_list_of_mailman_is_read(make_harbour: MakeHarbour, digest: Command) -> None:
    folder = make_harbour(READERS, 1)
    (folder / "members.txt").write_text("Lin Example <lin@example.org>\nmo@example.org\n")
    assert json.loads(digest(folder, "readers", "import", "members.txt", "--json").out)["added"] == 2


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        ("ann@example,news,,,active,2026-01-01", 1, '"example" is no domain'),
        ("ann@example.org,news,english!,,active,", 3, '"english!" is no language'),
        ("ann@example.org,news,,hourly,active,", 4, '"hourly" is no frequency'),
        ("ann@example.org,news,,,actve,", 5, 'did you mean "active"?'),
        ("ann@example.org,news,,,active,yesterday", 6, '"yesterday" is no moment'),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_imported(
    row: str, column: int, message: str, make_harbour: MakeHarbour, digest: Command
) -> None:
    folder = make_harbour(READERS, 1)
    (folder / "wrong.csv").write_text(f"{HEAD}new@example.org,,,,,\n{row}\n")
    ended = digest(folder, "readers", "import", "wrong.csv")
    assert ended.code == 65
    assert f"wrong.csv:3:{column}: reader: " in ended.err
    assert message in ended.err
    assert "new@example.org" not in digest(folder, "readers", "export").out


def test_a_slower_reader_waits_and_loses_nothing(make_harbour: MakeHarbour, digest: Command, inbox: Server) -> None:
    server, port = inbox
    folder = make_harbour(f"{HEAD}ann@example.org,,en,month,active,2026-01-01\n", port)
    assert send(digest, folder).code == 0
    (folder / "content/second.md").write_text(post("Second", "2026-11-25 10:00", "news"))
    later = "2026-11-30T09:00:00+00:00"
    assert digest(folder, "build", "--now", later).code == 0
    assert "1 reader wait" in digest(folder, "plan", "weekly", "--as-of", later).out
    assert send(digest, folder, key="weekly/2026-W49", now=later).code == 0
    assert len(server.mails) == 1
    (folder / "content/third.md").write_text(post("Third", "2026-12-02 10:00", "news"))
    next_month = "2026-12-07T09:00:00+00:00"
    assert digest(folder, "build", "--now", next_month).code == 0
    assert send(digest, folder, key="weekly/2026-W50", now=next_month).code == 0
    assert titles(server.letters()["ann@example.org"]) == {"Second"}
    assert "The words of Third." in words(server.letters()["ann@example.org"])


def test_a_changed_post_is_named_before_it_is_sent(make_harbour: MakeHarbour, digest: Command, inbox: Server) -> None:
    folder = make_harbour(READERS, inbox[1])
    (folder / "content/ferry.md").write_text(post("Ferry", "2026-11-18 10:00", "news") + "\nAn afterthought.\n")
    ended = send(digest, folder)
    assert ended.code == 1
    assert f"`digest build {KEY}` takes the changes in" in ended.err
    assert not inbox[0].mails


def test_a_letter_that_is_put_off_is_sent_by_the_next_run(make_harbour: MakeHarbour, digest: Command) -> None:
    def fault(stage: str, address: str, number: int) -> str:
        return "450 4.2.0 not now" if (stage, address, number) == ("recipient", "bob@example.org", 0) else ""

    with mail_server(fault) as (server, port):
        folder = make_harbour(READERS, port)
        assert send(digest, folder).code == 75
        assert "weekly/2026-W48: 1 deferred, 4 sent" in digest(folder, "readers", "status").out
        assert digest(folder, "send", KEY, "--as-of", NOW).code == 0  # it goes on to the readers without being told
        assert sorted(server.readers) == [f"{name}@example.org" for name in ("ann", "bob", "cy", "dee", "eve")]


def test_a_letter_without_an_answer_is_sent_again_under_its_message_id(
    make_harbour: MakeHarbour, digest: Command
) -> None:
    def fault(stage: str, address: str, number: int) -> str:
        return DROP if (stage, address, number) == ("message", "bob@example.org", 0) else ""

    with mail_server(fault) as (server, port):
        folder = make_harbour(READERS, port)
        assert send(digest, folder).code == 75
        assert "1 unknown" in digest(folder, "readers", "status").out
        assert send(digest, folder).code == 0
    letters = [message_from_bytes(content) for reader, content in server.mails if reader == "bob@example.org"]
    assert len(letters) == 2
    assert letters[0]["Message-ID"] == letters[1]["Message-ID"]
    others = sorted(reader for reader in server.readers if reader != "bob@example.org")
    assert others == [f"{name}@example.org" for name in ("ann", "cy", "dee", "eve")]


def test_without_the_address_of_the_page_nothing_is_sent(make_harbour: MakeHarbour, digest: Command) -> None:
    folder = make_harbour(READERS, 1)
    settings = folder / "digest.toml"
    settings.write_text(settings.read_text().replace('url = "https://harbour.example/readers"', ""))
    ended = send(digest, folder)
    assert ended.code == 1
    assert "the address of the page behind the links" in ended.err


def test_services_are_not_for_readers_of_the_site(make_harbour: MakeHarbour, digest: Command) -> None:
    folder = make_harbour(READERS, 1)
    settings = folder / "digest.toml"
    settings.write_text(
        settings.read_text()
        .replace('kind = "smtp"\nhost', 'kind = "command"\nrun = ["true"]\n#')
        .replace("port = 1", "")
    )
    ended = send(digest, folder)
    assert ended.code == 78
    assert 'to readers send "smtp" and "ses"' in ended.err


def test_the_database_is_never_in_a_work_tree(make_harbour: MakeHarbour, digest: Command, tmp_path: Path) -> None:
    import subprocess

    folder = make_harbour(READERS, 1)
    subprocess.run(["git", "init", "-q", folder], check=True)
    settings = folder / "digest.toml"
    settings.write_text(settings.read_text() + 'database = "readers.sqlite"\n')
    ended = digest(folder, "readers", "status")
    assert ended.code == 78
    assert "git does not ignore this file" in ended.err


def test_a_rehearsal_says_how_many(make_harbour: MakeHarbour, digest: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_harbour(READERS, 1)
    monkeypatch.delenv("DIGEST_SECRET")
    ended = send(digest, folder, "--dry-run")
    assert "5 letters, 5 editions, in batches of 50" in ended.out


REPORT = """From: MAILER-DAEMON@example.org
Message-ID: <1@mx.example.org>
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {address}
Action: failed
Status: {status}

--x--
"""


@pytest.mark.parametrize(("status", "state"), [("5.1.1", "bounced"), ("5.2.2", "active"), ("4.4.1", "active")])
def test_a_reader_whose_mailbox_is_gone_gets_no_more(
    status: str, state: str, make_harbour: MakeHarbour, digest: Command, inbox: Server
) -> None:
    folder = make_harbour(READERS, inbox[1])
    assert send(digest, folder).code == 0
    (folder / "report.eml").write_text(REPORT.format(address="bob@example.org", status=status))
    assert digest(folder, "readers", "bounces", "report.eml").code == 0
    assert f"bob@example.org,sport,,,{state}," in digest(folder, "readers", "export").out


def test_a_report_about_somebody_else_ends_nothing(make_harbour: MakeHarbour, digest: Command, inbox: Server) -> None:
    folder = make_harbour(READERS, inbox[1])
    (folder / "report.eml").write_text(REPORT.format(address="bob@example.org", status="5.1.1"))
    ended = digest(folder, "readers", "bounces", "report.eml")
    assert "1 about others than readers" in ended.err  # she was never sent a letter


def test_the_preview_shows_the_letter_of_a_reader(make_harbour: MakeHarbour) -> None:
    folder = make_harbour(READERS, 1)
    site = rehearse(library.load_config(folder), datetime.fromisoformat(NOW), "bob@example.org")
    shown = site.compose(KEY)
    assert "The words of Match." in shown.html
    assert "The words of Ferry." not in shown.html
    with pytest.raises(library.DigestError, match="no reader of this site"):
        rehearse(library.load_config(folder), datetime.fromisoformat(NOW), "nobody@example.org").compose(KEY)


def test_a_build_says_how_to_send_to_the_readers(make_harbour: MakeHarbour, digest: Command) -> None:
    folder = make_harbour(READERS, 1)
    said = digest(folder, "build", "--now", NOW).err
    assert f"`digest send {KEY} --readers`" in said
    assert "no-unsubscribe" not in said


def test_a_secret_is_wanted_only_where_one_is_needed(
    make_harbour: MakeHarbour, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_harbour(f"{HEAD}ann@example.org,,,,active,\n", 1)
    monkeypatch.delenv("DIGEST_SECRET")
    for command in (("import", "readers.csv"), ("status",), ("export",)):
        assert digest(folder, "readers", *command).code == 0
    ended = digest(folder, "readers", "forget", "ann@example.org")
    assert (ended.code, "DIGEST_SECRET is not set" in ended.err) == (78, True)
    assert "ann@example.org" in digest(folder, "readers", "export").out


@pytest.mark.parametrize("mode", ["link", "resize", "embed"])
def test_the_images_of_a_letter_are_there(mode: str, make_harbour: MakeHarbour, digest: Command, inbox: Server) -> None:
    server, port = inbox
    folder = make_harbour(READERS, port, f'images = "{mode}"\nmax_embedded_bytes = 5_000\n')
    (folder / "static").mkdir()
    for name, size in (("large.png", (2_400, 1_600)), ("small.png", (1_300, 40))):
        Image.effect_noise(size, 60).save(folder / "static" / name)
    for name, picture in (("ferry", "large"), ("match", "small"), ("market", "small")):
        path = folder / f"content/{name}.md"
        path.write_text(path.read_text().replace("tags:", f"image: /{picture}.png\ntags:"))
    assert digest(folder, "build", KEY, "--now", NOW).code == 0
    assert send(digest, folder).code == 0
    site = "https://harbour.example/"
    shown = 0
    for letter in server.letters().values():
        parts = {part["Content-ID"].strip("<>") for part in letter.walk() if part["Content-ID"]}
        for source in re.findall(r'<img[^>]* src="([^"]*)"', words(letter, "html")):
            shown += 1
            file = source.removeprefix(site)
            published = (folder / "public" / file).is_file() or (folder / "static" / file).is_file()
            assert source.removeprefix("cid:") in parts or published, source
    assert shown


def test_an_edition_is_not_sent_to_nobody(make_harbour: MakeHarbour, digest: Command) -> None:
    folder = make_harbour(READERS, 1)
    for path in (folder / "private").glob("readers.sqlite*"):
        path.unlink()
    ended = send(digest, folder)
    assert ended.code == 1
    assert "the site has no readers yet: `digest readers import FILE`" in ended.err
    assert not (folder / "public/editions" / KEY / "sent.json").exists()
