"""The message: headers that nobody can inject into, and parts that arrive as they were sent."""

import email
import email.policy
import json
import re
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.commands import Command
from tests.email_samples import POST, compose_body, composed, parsed, write

HEADERS = [
    *("From", "To", "Subject", "Message-ID", "List-Id", "Archived-At", "Content-Language", "Auto-Submitted"),
    *("Precedence", "List-Unsubscribe", "List-Unsubscribe-Post", "Date", "MIME-Version", "Content-Type"),
]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)
several = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read(data: bytes) -> EmailMessage:
    """Return a message as a mail client reads it, after a look at its lines."""
    assert data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r")
    assert max(len(line) for line in data.split(b"\r\n")) <= 78
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    defects = [defect for part in message.walk() for defect in part.defects]
    assert not defects + [defect for value in message.values() for defect in getattr(value, "defects", ())]
    return message


def quoted(text: str) -> str:
    """Return a text as TOML and YAML read it."""
    return json.dumps(text, ensure_ascii=False)


def letters(text: str) -> str:
    """Return a text without white space: a reader may break a name into lines."""
    return "".join(text.split())


@several
@given(TEXTS)
@example("=?utf-8?q?Hi=0D=0ABcc:_x=40y?=")
@example("Hi\r\nBcc: x@example.org")
@example("👩‍👩‍👧‍👦" * 30)
@example("é" * 200)
@example("x" * 1500)
@example("some ascii words, " * 20)
@example("words 潮汐 between 潮汐 and  two  spaces " * 5)
@example("a\u2028b\x85c\x00d\u202ee")
def test_any_subject_arrives_as_one_clean_line(tmp_path: Path, subject: str) -> None:
    note = {"notes/weekly/2026-W47.md": f"---\nsubject: {quoted(subject)}\n---\n"}
    made = composed(tmp_path, {"content/a.md": POST.format("A", "20", "x"), **note})
    message = read(made.eml)
    assert sorted(message.keys()) == sorted(HEADERS)
    arrived = str(message["Subject"]).replace("\u2060", "")  # which keeps a provider from reading a tag
    assert arrived == made.subject.replace("\u2060", "")
    if subject.isprintable() and subject.strip():
        assert arrived == " ".join(subject.split()) or not subject.isascii()


@several
@given(TEXTS.filter(lambda text: not re.search(r'[\\"<>\x00-\x1f\x7f-\x9f]', text)))
@example("港口周刊")
@example("=?utf-8?q?Hi=0D=0ABcc:_x=40y?=")
@example("Dr. O'Neil, (and) [others]; @home")
@example("O\u2060'Neil " * 20)
def test_any_display_name_stands_beside_the_one_address(tmp_path: Path, name: str) -> None:
    write(tmp_path, {}, digest=f"reply_to = {quoted(f'{chr(34)}{name}{chr(34)} <news@harbour.example>')}")
    message = read(compose_body(tmp_path, "x", digest=(tmp_path / "digest.toml").read_text().splitlines()[-1]).eml)
    (address,) = message["Reply-To"].addresses
    assert address.addr_spec == "news@harbour.example"
    assert not letters(name).isascii() or letters(address.display_name).replace("\u2060", "") == letters(name)


@pytest.mark.parametrize(
    ("setting", "header"),
    [
        ('reply_to = "Harbour <ann@harbour.example>"', "Harbour <ann@harbour.example>"),
        ('reply_to = "ann@harbour.example"', "ann@harbour.example"),
        ('reply_to = "港口 <ann@münchen.example>"', "港口 <ann@xn--mnchen-3ya.example>"),
        ('reply_to = ""', None),
    ],
)
def test_an_address_is_read(setting: str, header: str | None, tmp_path: Path) -> None:
    assert read(compose_body(tmp_path, "x", digest=setting).eml)["Reply-To"] == header


def test_the_headers_say_who_sends_and_how_to_leave(tmp_path: Path) -> None:
    lines = ['to = "Readers <weekly@lists.harbour.example>"', 'list_id = "Harbour Weekly <weekly.harbour.example>"']
    made = compose_body(tmp_path, "x", digest="\n".join(lines))
    message = read(made.eml)
    assert message["From"] == "The Harbour Review <news@harbour.example>"
    assert message["To"] == "Readers <weekly@lists.harbour.example>"
    assert message["Subject"] == made.subject
    assert message["List-Id"] == "Harbour Weekly <weekly.harbour.example>"
    assert re.split(r",\s*", message["List-Unsubscribe"]) == [
        "<https://harbour.example/unsubscribe>",
        "<mailto:leave@harbour.example>",
    ]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Archived-At"] == "<https://harbour.example/editions/weekly/2026-W47/>"
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ('list_id = "<weekly.harbour.example>"', "Harbour Weekly <weekly.harbour.example>"),
        ('list_id = "weekly.harbour.example"', "Harbour Weekly <weekly.harbour.example>"),
        ('list_id = ""', "Harbour Weekly <weekly.harbour.example>"),
        ('list_id = "One < two <w.harbour.example>"', '"One < two" <w.harbour.example>'),
        ('list_id = "Wöchentlich <w.harbour.example>"', "Wöchentlich <w.harbour.example>"),
        ('list_id = "Week <wöch.harbour.example>"', "Week <w%C3%B6ch.harbour.example>"),
    ],
)
def test_a_list_has_a_name_and_an_identifier(setting: str, expected: str, tmp_path: Path) -> None:
    assert read(compose_body(tmp_path, "x", digest=setting).eml)["List-Id"] == expected


def test_without_a_sender_the_site_sends(tmp_path: Path) -> None:
    write(tmp_path, {"content/a.md": POST.format("A", "20", "x")})
    toml = tmp_path / "digest.toml"
    given_ = re.sub(r"sender = .*|unsubscribe = .*|one_click = .*", "", toml.read_text())
    toml.write_text(
        f'{given_}\nunsubscribe = "mailto:leave@harbour.example, https://harbour.example/ü"\none_click = false\n'
    )
    from tests.email_samples import compose

    message = read(compose(tmp_path).eml)
    assert message["From"] == "The Harbour Review <newsletter@harbour.example>"
    assert message["List-Unsubscribe-Post"] is None
    assert re.split(r",\s*", message["List-Unsubscribe"]) == [
        "<https://harbour.example/%C3%BC>",
        "<mailto:leave@harbour.example>",
    ]


@several
@given(TEXTS, TEXTS)
@example("From here\n.\n--=\n", "x" * 3000 + " \n")
@example("ends with a space \nand a tab\t\n", "=41 = = \u00a0 --=_alternative--")
def test_parts_arrive_as_they_were_sent(tmp_path: Path, text: str, html: str) -> None:
    made = compose_body(tmp_path, f"<pre>{'&lt;'.join(text.split('<'))}</pre>", summary=html)
    message = read(made.eml)
    assert message.get_content_type() == "multipart/alternative"
    parts = list(message.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    for part, sent in zip(parts, (made.text, made.html), strict=True):
        assert isinstance(part, EmailMessage)
        assert part.get_content_charset() == "utf-8"
        received = part.get_content()
        assert re.sub(r"\r\n?", "\n", received).rstrip("\n") == re.sub(r"\r\n?", "\n", sent).rstrip("\n")


@pytest.mark.parametrize(
    ("zone", "date"),
    [
        ("Asia/Shanghai", "Mon, 23 Nov 2026 08:00:00 +0800"),
        ("America/St_Johns", "Mon, 23 Nov 2026 08:00:00 -0330"),
        ("UTC", "Mon, 23 Nov 2026 08:00:00 +0000"),
    ],
)
def test_the_date_is_local_time(zone: str, date: str, tmp_path: Path, digest: Command) -> None:
    write(tmp_path, {"content/a.md": POST.format("A", "20", "x")}, digest=f'timezone = "{zone}"\nat = "monday 08:00"')
    assert digest(tmp_path, "build", "--now", "2026-11-23T23:00:00Z").code == 0
    message = read((tmp_path / "public/editions/weekly/2026-W48/email.eml").read_bytes())
    assert message["Date"] == date


def test_a_date_whose_zone_had_seconds_is_in_utc(tmp_path: Path, digest: Command) -> None:
    write(
        tmp_path,
        {"content/a.md": "---\ntitle: A\ndate: 1970-01-07\n---\nx\n"},
        digest='timezone = "Africa/Monrovia"\nat = "monday 08:00"',
    )
    assert digest(tmp_path, "build", "--now", "1970-01-12T12:00:00Z").code == 0
    message = read((tmp_path / "public/editions/weekly/1970-W03/email.eml").read_bytes())
    assert message["Date"] == "Mon, 12 Jan 1970 08:44:30 +0000"


def test_the_message_id_follows_what_it_names(tmp_path: Path) -> None:
    post = {"content/a.md": POST.format("A", "20", "x")}
    one = parsed(composed(tmp_path, post))["Message-ID"]
    assert re.fullmatch(r"<[0-9a-f]{32}@harbour\.example>", one)
    assert parsed(composed(tmp_path, post, digest='text = "full"'))["Message-ID"] == one
    toml = (tmp_path / "digest.toml").read_text().replace("https://harbour.example/", "https://other.example/")
    (tmp_path / "digest.toml").write_text(toml)
    from tests.email_samples import compose

    assert parsed(compose(tmp_path))["Message-ID"] != one


@pytest.mark.parametrize(
    ("words", "encoding"), [("words " * 200, "quoted-printable"), ("潮汐表与它的作者们" * 60, "base64")]
)
def test_a_part_has_the_shorter_encoding(words: str, encoding: str, tmp_path: Path) -> None:
    made = compose_body(tmp_path, f"<p>{words}</p>")
    message = read(made.eml)
    for part, sent in zip(message.iter_parts(), (made.text, made.html), strict=True):
        assert isinstance(part, EmailMessage)
        assert part["Content-Transfer-Encoding"] == encoding
        assert part.get_content().replace("\r\n", "\n") == sent
