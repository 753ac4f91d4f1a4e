"""The message: bytes that every reader of mail takes, whatever a title says."""

import email
import email.policy
import re
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header
from email.message import EmailMessage
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.emails import mime as messages

DATE = datetime(2026, 11, 23, 8, 0, tzinfo=timezone(timedelta(hours=8)))


def parse(headers: list[str], text: str = "text", html: str = "<p>html</p>") -> EmailMessage:
    data = messages.message(headers, DATE, text, [html])
    assert data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r")
    assert max(map(len, data.split(b"\r\n"))) <= 998
    return email.message_from_bytes(data, policy=email.policy.default)


def defects(message: EmailMessage) -> list[object]:
    found: list[object] = [defect for part in message.walk() for defect in part.defects]
    return found + [defect for value in message.values() for defect in getattr(value, "defects", ())]


@given(st.text(min_size=1, max_size=300))
@example("=?utf-8?q?Hi=0D=0ABcc:_x=40y?=")
@example("Hi\r\nBcc: x@example.org")
@example("👩‍👩‍👧‍👦" * 30)
@example("é" * 200)
@example("x" * 1500)
@example("a\u2028b\x85c\x00d\u202ee\ud800f")
def test_any_subject_arrives_as_one_clean_line(subject: str) -> None:
    header = messages.unstructured("Subject", subject)
    assert header.isascii()
    assert max(map(len, header.split("\r\n"))) <= 78
    message = parse([header])
    assert message.keys() == ["Subject", "Date", "MIME-Version", "Content-Type"]
    assert str(message["Subject"]) == messages.clean(subject)
    assert not defects(message)


@given(st.text(alphabet="潮汐é👩\u200d🏽\u0301ab ", min_size=30, max_size=120))
def test_an_encoded_word_ends_with_a_whole_character(subject: str) -> None:
    for word in re.findall(r"=\?.*?\?=", messages.unstructured("Subject", subject)):
        assert len(word) <= 75
        data, charset = decode_header(word)[0]
        assert cast("bytes", data).decode(str(charset))


@given(st.text(max_size=100))
@example('The "Harbour", Review \\')
@example("港口周刊")
@example("=?utf-8?q?Hi=0D=0ABcc:_x=40y?=")
@example("Dr. O'Neil <evil@example.net>")
def test_any_display_name_stands_beside_the_one_address(name: str) -> None:
    message = parse([messages.address("From", name, "news@example.org")])
    addresses = message["From"].addresses
    assert [address.addr_spec for address in addresses] == ["news@example.org"]
    # CPython keeps the space between two encoded words of a name.
    assert addresses[0].display_name.replace(" ", "") == messages.clean(name).replace(" ", "")
    assert not defects(message)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("Harbour <news@example.org>", ("Harbour", "news@example.org")),
        ("news@example.org", ("", "news@example.org")),
        ("港口 <news@münchen.example>", ("港口", "news@xn--mnchen-3ya.example")),
        ("nobody", ("", "")),
        ("", ("", "")),
        ("Evil <a@b.example\r\nBcc: c@d.example>", ("Evil", "")),
    ],
)
def test_an_address_is_split(given_: str, expected: tuple[str, str]) -> None:
    name, address = messages.split_address(given_)
    assert address == expected[1]
    if address:
        assert name == expected[0]


def test_identifiers_fold_and_can_not_leave_their_brackets() -> None:
    header = messages.identifiers(
        "List-Unsubscribe", ["https://example.org/" + "a" * 60, "mailto:x@example.org>\r\nBcc: y"]
    )
    assert header == f"List-Unsubscribe: <https://example.org/{'a' * 60}>,\r\n <mailto:x@example.org%3EBcc:y>"
    assert messages.identifiers("List-Id", ["weekly.example.org"], "Weekly") == "List-Id: Weekly <weekly.example.org>"


@given(st.text(max_size=2000), st.text(max_size=2000))
@example("From here\n.\n--=\n", "<p>" + "x" * 3000 + "</p> \n")
@example("ends with a space \nand a tab\t\n", "=41 = = \u00a0")
def test_parts_arrive_as_they_were_sent(text: str, html: str) -> None:
    message = parse(["Subject: x"], text, html)
    assert not defects(message)
    assert message.get_content_type() == "multipart/alternative"
    parts = list(message.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    for part, sent in zip(parts, (text, html), strict=True):
        assert part.get_content_charset() == "utf-8"
        received = cast("bytes", part.get_payload(decode=True)).decode()
        normal = re.sub(r"\r\n?", "\n", sent.encode("utf-8", "replace").decode())
        assert re.sub(r"\r\n?", "\n", received).rstrip("\n") == normal.rstrip("\n")


def test_a_message_in_pieces_is_the_message() -> None:
    pieces = ["<p>short</p>\n", "<p>" + "long, ünlike " * 100 + "</p>\n", "x", "y" * 900 + "\n", "\n", "z" * 900]
    assert messages.message([], DATE, "t", pieces) == messages.message([], DATE, "t", ["".join(pieces)])


@pytest.mark.parametrize(
    ("offset", "date"),
    [
        (timedelta(hours=8), "Date: Mon, 23 Nov 2026 08:00:00 +0800"),
        (timedelta(hours=-3, minutes=-30), "Date: Mon, 23 Nov 2026 08:00:00 -0330"),
        (timedelta(0), "Date: Mon, 23 Nov 2026 08:00:00 +0000"),
        (timedelta(minutes=-44, seconds=-30), "Date: Mon, 23 Nov 2026 08:44:30 +0000"),  # none in a header has seconds
    ],
)
def test_the_date_is_local_time(offset: timedelta, date: str) -> None:
    moment = DATE.replace(tzinfo=timezone(offset))
    assert date.encode() in messages.message([], moment, "text", ["html"]).split(b"\r\n")


def test_the_date_is_the_moment_given_and_the_boundary_follows_the_parts() -> None:
    message = parse(["Subject: x"])
    assert message["Date"].datetime == DATE.astimezone(UTC)
    assert messages.message([], DATE, "a", ["b"]) == messages.message([], DATE, "a", ["b"])
    boundary = parse([], "a", "b").get_boundary()
    assert boundary
    assert boundary != parse([], "a", "c").get_boundary()
    assert messages.message([], DATE, "a", ["b"]).count(f"--{boundary}".encode()) == 3


def test_the_message_id_follows_what_it_names() -> None:
    one = messages.message_id("example.org", "https://example.org/", "weekly/2026-W47")
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", one)
    assert one == messages.message_id("example.org", "https://example.org/", "weekly/2026-W47")
    assert one != messages.message_id("example.org", "https://example.org/", "weekly/2026-W48")
