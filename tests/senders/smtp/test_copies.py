"""Copies: each reader gets the edition's bytes with a way out of their own."""

import email
import email.policy
import hashlib
import html
import time
from email.generator import BytesGenerator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.archive import manifest as manifests
from digest.senders.smtp import make_template
from digest.unsubscribe import link
from tests.commands import POST, POSTS
from tests.conftest import MakeSite
from tests.mail_server import mail_server
from tests.senders.smtp.mail_samples import KEY, PAGE, SECRET, built, hand_over, toml

CHINESE: dict[str, str | bytes] = {
    "content/one.md": POST.format("港口", "2026-11-20", "news").replace("Body of 港口.", "港口的起重机。" * 80)
}


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_SECRET", SECRET)


def edition(root: Path) -> tuple[Any, bytes]:
    path = root / "public/editions" / KEY / "manifest.json"
    return manifests.read(path), path.with_name("email.eml").read_bytes()


def parts(message: bytes) -> list[str]:
    parsed: Any = email.message_from_bytes(message, policy=email.policy.default)
    return [part.get_content().replace("\r\n", "\n") for part in parsed.walk() if not part.is_multipart()]


@pytest.mark.parametrize("posts", [POSTS, CHINESE], ids=["quoted-printable", "base64"])
def test_each_reader_gets_the_edition_with_their_own_way_out(
    make_site: MakeSite, posts: dict[str, str | bytes]
) -> None:
    with mail_server() as (inbox, port):
        root = built(
            make_site, toml(port=port), "Ann <ann@example.net>", "ANN@example.net", "bob@Example.net", posts=posts
        )
        hand_over(root)
    original: Any = email.message_from_bytes(edition(root)[1], policy=email.policy.default)
    assert inbox.readers == ["ann@example.net", "bob@example.net"]
    assert inbox.senders == ["weekly@notes.example"] * 2
    for reader, mail in inbox.mails:
        own = link(PAGE, SECRET, "weekly", reader)
        letter: Any = email.message_from_bytes(mail, policy=email.policy.default)
        assert letter["To"] == reader
        assert letter["List-Unsubscribe"].replace("\r\n", "") == f"<{own}>, <mailto:leave@notes.example>"
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert letter["Date"] == "Mon, 23 Nov 2026 09:00:00 +0000"  # when it was sent
        for name in ("From", "Subject", "List-Id", "Archived-At", "Precedence"):
            assert letter.get_all(name) == original.get_all(name)
        text, page = parts(mail)
        original_text, original_page = parts(edition(root)[1])
        assert text == original_text.replace(PAGE, own)
        assert page == original_page.replace(f'href="{html.escape(PAGE)}"', f'href="{html.escape(own)}"')
        assert own in text
        assert html.escape(own) in page
        assert max(map(len, mail.split(b"\r\n"))) < 998
    marks = [email.message_from_bytes(mail)["Message-ID"] for _, mail in inbox.mails]
    assert len({*marks, original["Message-ID"]}) == 3


def test_a_copy_is_the_same_each_time(make_site: MakeSite) -> None:
    root = built(make_site, toml(), "ann@example.net")
    first, again = make_template(*edition(root), SECRET), make_template(*edition(root), SECRET)
    assert first.copy("ann@example.net") == again.copy("ann@example.net")
    assert first.copy("ann@example.net") != first.copy("bob@example.net")


def test_without_a_web_page_the_way_out_is_that_of_the_edition(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DIGEST_SECRET")
    with mail_server() as (inbox, port):
        configuration = toml(port=port).replace(f"{PAGE}, ", "")
        hand_over(built(make_site, configuration, "ann@example.net"))
    letter = inbox.letters()["ann@example.net"]
    assert letter["List-Unsubscribe"] == "<mailto:leave@notes.example>"
    assert letter["List-Unsubscribe-Post"] is None


def eml(text: str, page: str, *, encoding: str) -> bytes:
    from email.charset import BASE64, QP, Charset
    from email.mime.multipart import MIMEMultipart
    from email.mime.nonmultipart import MIMENonMultipart

    charset = Charset("utf-8")
    charset.body_encoding = QP if encoding == "quoted-printable" else BASE64
    mail: Any = MIMEMultipart("alternative", boundary="=_inner")
    mail["Subject"], mail["To"], mail["Message-ID"] = "Hello", "list@example.org", "<a@b>"
    for kind, content in (("plain", text), ("html", page)):
        part = MIMENonMultipart("text", kind, charset="utf-8")
        part.set_payload(content, charset)
        mail.attach(part)
    output = BytesIO()
    BytesGenerator(output, policy=email.policy.SMTP).flatten(mail)
    return output.getvalue()


WORDS = st.lists(
    st.sampled_from([PAGE, f"{PAGE}&more", "x" * 70, "海", " ", "\n", "=", ".", "\n.\n", "0123456789abcdef" * 4, ">", "é" * 30]),
    max_size=12,
).map("".join)  # fmt: skip


@settings(max_examples=150)
@given(words=WORDS, encoding=st.sampled_from(["quoted-printable", "base64"]), offset=st.integers(0, 80))
def test_whatever_stands_around_a_link_arrives(
    words: str, encoding: str, offset: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = "-" * offset + words + f"\n{PAGE}\n{PAGE}\n"
    page = "-" * offset + html.escape(words) + f'<a href="{html.escape(PAGE)}">x</a>' * 2
    manifest = sample_manifest()
    copy = make_template(manifest, eml(text, page, encoding=encoding), SECRET).copy("ann@example.net")
    own = link(PAGE, SECRET, "weekly", "ann@example.net")
    sent_text, sent_page = parts(copy)
    assert sent_page == page.replace(f'href="{html.escape(PAGE)}"', f'href="{html.escape(own)}"')
    assert sent_text.count(own) >= 2
    assert sent_text.replace(own, PAGE) == text
    assert max(map(len, copy.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76


def sample_manifest() -> Any:
    import msgspec

    fields: dict[str, Any] = dict.fromkeys(
        ("title", "subject", "preheader", "reply_to", "to", "list_id", "archive_url", "provider"), ""
    )
    window = {"start": "2026-11-16T00:00:00Z", "end": "2026-11-23T00:00:00Z"}
    given = {**fields, "digest": "weekly", "key": KEY, "idempotency_key": "k", "window": window, "draft": False,
             "sender": "News <news@example.org>", "unsubscribe": PAGE, "one_click": True, "placeholders": {}, "posts": [],
             "files": []}  # fmt: skip
    return msgspec.convert(given, manifests.Manifest)


def test_a_post_cannot_learn_a_reader_s_token(make_site: MakeSite) -> None:
    manifest = sample_manifest()
    guesses = "".join(hashlib.sha256(str(number).encode()).hexdigest() for number in range(20))
    text = f"{guesses} {'0123456789abcdef' * 4}\n{PAGE}\n"
    copy = make_template(manifest, eml(text, "<p>x</p>", encoding="base64"), SECRET).copy("ann@example.net")
    assert parts(copy)[0].count(link(PAGE, SECRET, "weekly", "ann@example.net")[-64:]) == 1


def test_copies_are_made_a_hundred_times_as_fast_as_by_parsing(make_site: MakeSite) -> None:
    """Ratios of CPU time, each the best of three."""
    posts: dict[str, str | bytes] = {
        f"content/{n}.md": POST.format(f"Post {n}", "2026-11-20", "news").replace("Body", "Body of words " * 120)
        for n in range(12)
    }
    root = built(make_site, toml(), "ann@example.net", posts=posts)
    manifest, message = edition(root)
    template = make_template(manifest, message, SECRET)

    def spliced() -> None:
        for number in range(200):
            template.copy(f"reader{number}@example.net")

    def parsed() -> None:
        for number in range(4):
            letter = email.message_from_bytes(message, policy=email.policy.default)
            letter.replace_header("To", f"reader{number}@example.net")
            for part in letter.walk():
                if not part.is_multipart():
                    part.set_content(part.get_content().replace(PAGE, "x"), subtype=part.get_content_subtype())
            letter.as_bytes()

    def best(work: Any, number: int) -> float:
        times = []
        for _ in range(3):
            began = time.process_time()
            work()
            times.append(time.process_time() - began)
        return min(times) / number

    ratio = best(parsed, 4) / best(spliced, 200)
    print(f"{len(message):,} bytes; spliced {ratio:,.0f} times as fast as parsed and serialised")
    assert ratio > 100


def test_an_edition_with_images_within_keeps_them(make_site: MakeSite) -> None:
    inner = eml(f"Leave: {PAGE}\n", f'<a href="{html.escape(PAGE)}">x</a>', encoding="quoted-printable")
    head, _, body = inner.partition(b"\r\n\r\n")
    kind = next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Type"))
    outer = (
        b"Subject: x\r\nContent-Type: multipart/related; boundary=outer\r\nTo: x@y.z\r\n\r\n--outer\r\n" + kind
        + b"\r\n\r\n" + body + b"\r\n--outer\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--outer--\r\n"
    )  # fmt: skip
    copy = make_template(sample_manifest(), outer, SECRET).copy("ann@example.net")
    parsed: Any = email.message_from_bytes(copy, policy=email.policy.default)
    kinds = [part.get_content_type() for part in parsed.walk()]
    assert kinds == ["multipart/related", "multipart/alternative", "text/plain", "text/html", "image/png"]
    assert copy.count(b"token=3D") + copy.count(b"token=") >= 2
