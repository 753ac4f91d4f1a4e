"""Words, dates and directions by language; contrast of colours."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po

import digest
from digest import localisation
from digest.config import Theme
from digest.emails import contrast
from tests import locale_data

LOCALES = Path(digest.__file__).parent / "locales"
FEED_LOCALES = Path(digest.__file__).parent / "feeds/locales"
READERS_LOCALES = Path(digest.__file__).parent / "readers/locales"
CATALOGUES = sorted([*LOCALES.glob("*.po"), *FEED_LOCALES.glob("*.po"), *READERS_LOCALES.glob("*.po")])
MOMENT = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "view"),
    [("en", "View in browser"), ("en-GB", "View in browser"), ("zh-CN", "在浏览器中查看"), ("zh-TW", "在瀏覽器中檢視"), ("zh_Hant", "在瀏覽器中檢視"), ("zh-Hans-HK", "在浏览器中查看"), ("pt-BR", "Ver no navegador"), ("nn", "Vis i nettleseren"), ("tlh", "View in browser"), ("", "View in browser")],
)  # fmt: skip
def test_words_of_a_language_or_english(language: str, view: str) -> None:
    assert localisation.words(language).view == view


Texts = tuple[str, ...]  # one, or one for each plural form


def catalogue(path: Path) -> dict[str, tuple[Texts, Texts]]:
    """Return the English and the translated texts of a catalogue by their context, which is their name in the program."""
    with path.open("rb") as file:
        read = read_po(file, abort_invalid=True)
    messages = [message for message in read if message.id]
    assert not [message for message in messages if message.fuzzy or list(message.check())]
    return {str(message.context): (texts(message.id), texts(message.string)) for message in messages}


def name_of(path: Path) -> str:
    return f"{path.parts[-3]}-{path.stem}"


def texts(given: Any) -> Texts:
    return (given,) if isinstance(given, str) else tuple(given)


def placeholders(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


@pytest.mark.parametrize("path", CATALOGUES, ids=name_of)
def test_a_catalogue_has_every_message_with_its_placeholders(path: Path) -> None:
    english, translated = catalogue(path.with_name("digest.pot")), catalogue(path)
    assert translated.keys() == english.keys()
    for context, (ids, strings) in translated.items():
        assert ids == english[context][0]
        assert all(text.strip() == text != "" for text in strings), context
        wanted = placeholders(ids[-1])
        found = [placeholders(text) for text in strings]
        # A form for one or for two may be a word: "a single word".
        assert all(each in (wanted, set()) for each in found), context
        assert wanted in found, context
        assert found[-1] == wanted, context


@pytest.mark.parametrize("path", CATALOGUES, ids=name_of)
def test_a_catalogue_has_the_plural_forms_that_its_header_names(path: Path) -> None:
    with path.open("rb") as file:
        read = read_po(file)
    assert read.locale_identifier == path.stem
    counted = [strings for ids, strings in catalogue(path).values() if len(ids) > 1]
    assert all(len(strings) == read.num_plurals for strings in counted)
    assert bool(counted) == (path.parent == LOCALES)


def test_there_are_27_languages_each_with_its_own_words() -> None:
    languages = {path.stem for path in CATALOGUES if path.parent == LOCALES}
    assert len(languages) == 26  # and English
    assert {path.stem for path in READERS_LOCALES.glob("*.po")} == languages
    views = {localisation.words(language).view for language in languages}
    assert "View in browser" not in views
    assert set(localisation.Words.__struct_fields__) == catalogue(LOCALES / "digest.pot").keys()


def test_unsubscribe_is_understood_by_anyone() -> None:
    assert localisation.unsubscribe("en") == "Unsubscribe"
    assert localisation.unsubscribe("ar") == "إلغاء الاشتراك (Unsubscribe)"


@pytest.mark.parametrize(
    ("language", "direction"),
    [("en", "ltr"), ("ar", "rtl"), ("he-IL", "rtl"), ("az-Arab", "rtl"), ("ar-Latn", "ltr"), ("", "ltr")],
)
def test_direction(language: str, direction: str) -> None:
    assert localisation.direction(language) == direction


@pytest.mark.parametrize(("text", "direction"), [("123 שלום", "rtl"), ("(a) שלום", "ltr"), ("123", "ltr")])
def test_direction_of_a_text(text: str, direction: str) -> None:
    assert localisation.text_direction(text) == direction


@pytest.mark.parametrize(
    ("language", "day"),
    [("en", "Nov 20, 2026"), ("en-GB", "20 Nov 2026"), ("zh-CN", "2026年11月20日"), ("de", "20. Nov. 2026"), ("nosuch", "Nov 20, 2026")],
)  # fmt: skip
def test_day(language: str, day: str) -> None:
    assert localisation.day(MOMENT, UTC, language) == day


def test_one_moment_has_a_day_in_every_zone() -> None:
    assert localisation.day(MOMENT, ZoneInfo("Asia/Shanghai"), "zh-CN") == "2026年11月21日"
    assert localisation.day(MOMENT.astimezone(ZoneInfo("Asia/Shanghai")), UTC, "zh-CN") == "2026年11月20日"


def test_span_ends_before_its_end() -> None:
    start = datetime(2026, 11, 16, tzinfo=UTC)
    assert localisation.span(start, datetime(2026, 11, 23, tzinfo=UTC), UTC, "zh") == "2026年11月16日至22日"
    assert localisation.span(start, datetime(2026, 11, 17, tzinfo=UTC), UTC, "de") == "16. Nov. 2026"


@pytest.mark.parametrize(
    ("language", "count", "text"),
    [("en", 1, "1 word"), ("en", 3214, "3,214 words"), ("ru", 22, "22 слова"), ("ru", 25, "25 слов"), ("ar", 1, "كلمة واحدة"), ("ar", 2, "كلمتان"),
     ("ar", 5, "5 كلمات"), ("ar", 11, "11 كلمة"), ("ar", 101, "101 كلمة"), ("pl", 2, "2 słowa"), ("pl", 5, "5 słów"), ("fr", 0, "0 mot"), ("zh", 3214, "3,214 字")],
)  # fmt: skip
def test_a_number_of_words_in_the_plural_form_of_a_language(language: str, count: int, text: str) -> None:
    assert localisation.word_count(count, language) == text


@pytest.mark.parametrize(("count", "text"), [(1, "und eine weitere"), (20, "und 20 weitere")])
def test_how_many_posts_a_list_leaves_out(count: int, text: str) -> None:
    assert localisation.other_posts(count, "de") == text


@pytest.mark.parametrize(("language", "day"), [("en", "Nov 20"), ("de", "20. Nov."), ("ko", "11월 20일")])
def test_a_day_without_its_year(language: str, day: str) -> None:
    assert localisation.day(MOMENT, UTC, language, year=False) == day


def test_one_window_has_days_in_every_zone() -> None:
    start, end = datetime(2026, 11, 16, 5, tzinfo=UTC), datetime(2026, 11, 23, 5, tzinfo=UTC)
    assert localisation.span(start, end, ZoneInfo("America/New_York"), "zh") == "2026年11月16日至22日"
    assert localisation.span(start, end, ZoneInfo("Asia/Shanghai"), "zh") == "2026年11月16日至23日"


def test_known_languages() -> None:
    assert localisation.known("zh-Hant-TW")
    assert localisation.known("tlh")  # has a name and no data
    assert localisation.known("lld")  # has data and no English name
    assert not localisation.known("")
    assert not localisation.known("root")
    assert not localisation.known("xx-invalid")


def test_contrast_is_that_of_wcag() -> None:
    assert contrast.ratio("#000000", "#ffffff") == pytest.approx(21)
    assert contrast.ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast.ink("#0b57d0") == "#ffffff"
    assert contrast.ink("#8ab4f8") == "#14161a"


def test_the_shipped_theme_can_be_read_and_a_faint_one_is_named() -> None:
    assert list(contrast.faint(Theme())) == []
    assert [(name, ground) for name, ground, _ in contrast.faint(Theme(dark_accent="#333333"))] == [
        ("dark_accent", "dark_surface")
    ]


def test_the_formats_of_languages_are_those_of_babel() -> None:
    written = locale_data.FILE.read_text(encoding="utf-8")
    assert written == locale_data.written(), "python -m tests.locale_data writes it again"


@pytest.mark.parametrize(
    "tag", ["en", "en-GB", "zh-TW", "hi", "ar", "fr-CA", "fa", "es", "sw", "he", "ka", "pt-PT", "sl"]
)
def test_days_and_spans_are_those_of_babel(tag: str) -> None:
    locale = locale_data.alone(locale_data.resolved(tag.lower()))
    for end in (
        datetime(2026, 11, 23, tzinfo=UTC),
        datetime(2026, 12, 5, tzinfo=UTC),
        datetime(2027, 1, 2, tzinfo=UTC),
    ):
        last = end - timedelta(days=1)
        assert localisation.day(last, UTC, tag) == locale_data.by_babel(last.date(), locale, "yMMMd")
        assert localisation.day(last, UTC, tag, year=False) == locale_data.by_babel(last.date(), locale, "MMMd")
        assert localisation.span(MOMENT, end, UTC, tag) == locale_data.span_by_babel(MOMENT.date(), last.date(), locale)


@pytest.mark.parametrize(
    ("language", "number", "text"),
    [("en", 999, "999 words"), ("de", 1_234_567, "1.234.567 Wörter"), ("hi", 1_234_567, "12,34,567 शब्द"), ("fr", 1_000, "1\u202f000 mots")],
)  # fmt: skip
def test_digits_are_grouped_as_in_the_language(language: str, number: int, text: str) -> None:
    assert localisation.word_count(number, language) == text


@pytest.mark.parametrize(
    ("language", "seconds", "text"),
    [("en", 3_780, "1 hr 3 min"), ("he", 7_200, "שעתיים"), ("pl", 60, "1 min"), ("en", 3_600 * 1_234, "1,234 hr"), ("es", 3_600, "1 horas")],
)  # fmt: skip
def test_durations(language: str, seconds: int, text: str) -> None:
    assert localisation.duration(seconds, language) == text


@pytest.mark.parametrize(
    ("language", "name"),
    [("ar", "العربية"), ("iw", "עברית"), ("zh-TW", "中文 (繁體, 台灣)"), ("tlh-Latn", "tlh-Latn"), ("en-GB", "English (United Kingdom)")],
)  # fmt: skip
def test_languages_by_their_own_names(language: str, name: str) -> None:
    assert localisation.language_name(language) == name
