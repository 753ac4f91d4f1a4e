"""docs/words.md: one word, one meaning, and the documentation uses it so."""

import pytest

from tests.docs.pages import DOCS, codes, lines_of_text, rows

WORDS = {
    name.strip("*") for row in rows((DOCS / "words.md").read_text(encoding="utf-8")) for name in row[0].split(", ")
}
# In these pages `draft` without another word is that of a generator, or of a service.
OF_OTHERS = {"generators.md", "front-matter.md", "sending.md", "words.md", "configuration.md"}


def test_the_words_with_several_uses_elsewhere_have_one_here() -> None:
    assert {
        "digest",
        "draft",
        "skip",
        "text",
        "archive",
        "key",
        "take",
        "sent",
        "draft edition",
        "advance copy",
    } <= WORDS


def test_what_a_word_is_not_to_be_confused_with_has_its_own_line() -> None:
    for row in rows((DOCS / "words.md").read_text(encoding="utf-8")):
        others = set(row[2].split("**")[1::2])
        assert {word.removeprefix("a ") for word in others} <= WORDS | NOT_OURS, row


NOT_OURS = {"feed reader", "API key", "key of the cache", "edition's key", "taken", "send"}


@pytest.mark.parametrize("page", sorted(page.name for page in DOCS.glob("*.md") if page.name not in OF_OTHERS))
def test_an_edition_is_no_draft_without_a_word_that_says_of_which_kind(page: str) -> None:
    for number, line in lines_of_text(DOCS / page):
        for code in codes(line):
            line = line.replace(f"`{code}`", "")
        assert "as a draft " not in line.replace("as a draft edition", ""), f"{page}:{number}"
        assert "is a draft " not in line.replace("is a draft edition", ""), f"{page}:{number}"
