"""The numbers in the documentation are those of the program."""

from datetime import timedelta

import pytest

from digest.archive import page as archive
from digest.editions import plan
from digest.emails import card, contrast, inline_css, letter
from digest.markdown import bounds, summary
from digest.preview import server
from digest.senders.smtp import deliver
from digest.unsubscribe import page as unsubscribe
from digest.unsubscribe import servers, tokens
from tests.docs.pages import DOCS

WORDS = {2: "two", 3: "three", 5: "five", 7: "seven"}
SAID = [
    ("editions.md", f"more than {plan.MANY} posts of a window"),
    ("editions.md", f"{plan.FAR // timedelta(days=1)} days after the newest post"),
    ("editions.md", f"From {2 * archive.LENGTH} on, the oldest {archive.LENGTH} stand on"),
    ("emails.md", f"at most {WORDS[letter._LISTED]} posts"),
    ("emails.md", f"from {WORDS[letter.CONTENTS_FROM]} posts on"),
    ("configuration.md", f"from {WORDS[letter.CONTENTS_FROM]} posts on"),
    ("emails.md", f"the first {WORDS[card._BRIEF]} sentences"),
    ("emails.md", f"at least\n{contrast.MINIMUM} on its ground"),
    ("emails.md", f"at\nmost {inline_css._STYLE_LIMIT // 1024} KB"),
    ("markdown.md", f"about {summary.LENGTH} characters ({summary.LENGTH // 2} in Chinese"),
    ("markdown.md", f"more than {bounds.MAX_DEPTH} elements"),
    ("preview.md", f"http://127.0.0.1:{server.PORT}/"),
    ("preview.md", f"Without it {server.PORT}"),
    ("sending.md", f"{WORDS[deliver.SENDER_REFUSALS]} in a row stop it with 1"),
    ("sending.md", f"{WORDS[deliver.UNANSWERED]} in a row stop it |"),
    ("unsubscribing.md", f"after {unsubscribe.WRONG_LINKS} wrong links in a minute"),
    ("unsubscribing.md", f"http://127.0.0.1:{servers.PORT}/"),
    ("commands.md", f"at least {tokens._SHORTEST_SECRET} characters"),
]


@pytest.mark.parametrize(("page", "words"), SAID, ids=[f"{page}: {words[:30]}" for page, words in SAID])
def test_a_number(page: str, words: str) -> None:
    text = " ".join((DOCS / page).read_text(encoding="utf-8").split())
    assert " ".join(words.split()) in text


def test_languages_are_counted() -> None:
    emails = (DOCS / "emails.md").read_text(encoding="utf-8")
    root = DOCS.parent / "digest"
    assert f"there are {len(list((root / 'locales').glob('*.po')))} of\nthem" in emails
    assert len([*(root / "feeds/locales").glob("*.po"), "en"]) == 7
    assert "in seven languages" in emails
