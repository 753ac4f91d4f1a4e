"""What front matter says of a post in feeds: whether it is in them, its comments, its categories, its episode."""

import msgspec
import pytest

from digest.collector import Credit, Enclosure, EnclosureSource, Episode, Transcript
from digest.config import Config, Feeds
from tests.reading_samples import config_of, faults, with_fields

HOME = "https://example.org"
PAGE = f"{HOME}/2026/11/18/hello/"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("x: y", True),
        ("feed: false", False),
        ("feed: no", False),
        ("Feed: FALSE", False),
        ("feed: true", True),
        ("feed:", True),
        ("feed: {excerpt_only: true}", True),
    ],
)
def test_a_post_can_stay_out_of_feeds(line: str, shown: bool) -> None:
    assert with_fields(line).in_feeds is shown
    assert faults(line) == []


def test_another_word_keeps_a_post_in_the_feeds_and_is_named() -> None:
    assert with_fields("feed: podcast").in_feeds
    assert faults("feed: podcast") == [(3, "unknown-value", "warning")]


def test_jekyll_feeds_own_key_asks_for_the_excerpt() -> None:
    assert with_fields("feed: {excerpt_only: true}").full_text is False
    assert with_fields("feed: {excerpt_only: true}", "full_text: true").full_text is True
    assert with_fields("feed: {excerpt_only: false}").full_text is None


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("x: y", ("", True)),
        ("comments: true", ("", True)),
        ("comments: false", ("", False)),
        ("comments: giscus", ("", True)),
        ("comments: https://talk.example/1", ("https://talk.example/1", True)),
        ("comments: '#talk'", (f"{PAGE}#talk", True)),
        ("comments_url: /talk/1/", (f"{HOME}/talk/1/", True)),
        ("comments: //evil.example/", ("", True)),
        ("comments: 'javascript:alert(1)'", ("", True)),
        ("comments: {url: https://talk.example/1}", ("https://talk.example/1", True)),
        (
            "comments: {host: masto.example, username: '@mara', id: 1234}",
            ("https://masto.example/@mara/1234", True),
        ),
        ("comments: {host: masto.example}", ("", True)),
    ],
)
def test_comments_in_every_shape(line: str, found: tuple[str, bool]) -> None:
    post = with_fields(line)
    assert (post.comments_url, post.has_comments) == found


def per_category() -> Config:
    """Return a configuration that asks for feeds of categories."""
    return msgspec.structs.replace(config_of(), feeds=Feeds(per_category=True))


@pytest.mark.parametrize(
    ("line", "path", "categories"),
    [
        ("categories: [Reports, reports, News]", "content/a.md", ("Reports", "News")),
        ("category: Reports", "content/a.md", ("Reports",)),
        ("categories: [[a, b], c]", "content/a.md", ("a", "b", "c")),
        ("categories: a b", "content/_posts/2026-11-18-a.md", ("a", "b")),
        ("taxonomies: {categories: [a]}", "content/a.md", ("a",)),
        ("x: y", "content/a.md", ()),
    ],
)
def test_categories_are_read_as_tags_are(line: str, path: str, categories: tuple[str, ...]) -> None:
    assert with_fields(line, path=path, config=per_category()).categories == categories


def test_categories_are_passed_over_when_nobody_asks() -> None:
    assert with_fields("categories: [a]").categories == ()
    assert faults("categories: {a: b}") == []


def test_several_enclosures_stand_in_a_list_or_under_several_keys() -> None:
    post = with_fields("enclosures: [/a.mp3, {url: https://x.test/b.pdf, title: Notes}, /a.mp3]", "video: c.mp4")
    assert post.enclosure == Enclosure(f"{HOME}/a.mp3", "audio/mpeg")
    assert post.more_enclosures == (
        Enclosure("https://x.test/b.pdf", "application/pdf", title="Notes"),
        Enclosure(f"{PAGE}c.mp4", "video/mp4"),
    )
    assert post.enclosure_sources == (
        EnclosureSource("static/a.mp3", 3),
        EnclosureSource("", 3),
        EnclosureSource("content/c.mp4", 4),
    )


@pytest.mark.parametrize(
    ("written", "length"), [("123", 123), ("'12,345'", 12345), ("12_345", 12345), ("'12 345'", 12345)]
)
def test_lengths_may_group_their_digits(written: str, length: int) -> None:
    post = with_fields(f"enclosure: {{url: https://x.test/a.mp3, length: {written}}}")
    assert post.enclosure == Enclosure("https://x.test/a.mp3", "audio/mpeg", length)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("enclosure: {url: /a.mp3, length: 12 MB}", "enclosure-length"),
        ("enclosure: {url: /a.mp3, length: -1}", "enclosure-length"),
        ("enclosure: {url: /a.mp3, length: 1.5}", "enclosure-length"),
        ("audio: {src: /a.mp3, duration: soon}", "enclosure-duration"),
        ("enclosure: /a.xyz", "enclosure-type"),
    ],
)
def test_what_cannot_be_read_of_an_enclosure_is_named(line: str, code: str) -> None:
    assert faults(line) == [(3, code, "warning")]


AUDIO = "audio: /a.mp3"


def test_an_episode_in_a_table_of_its_own() -> None:
    post = with_fields(
        AUDIO,
        "podcast:",
        "  season: {number: 2, name: The sea}",
        "  episode: {number: 3.5, display: Ch. 3}",
        "  episodeType: Bonus",
        "  explicit: clean",
        "  transcript: [/a.vtt, {url: a.srt, language: de, rel: captions}]",
        "  chapters: /a.json",
        "  hosts: Ann",
        "  guests: [{name: Bo, url: https://bo.example/, img: /bo.png, group: writing}]",
    )
    assert post.enclosure == Enclosure(f"{HOME}/a.mp3", "audio/mpeg")
    assert post.episode == Episode(
        season=2,
        season_name="The sea",
        number="3.5",
        display="Ch. 3",
        kind="bonus",
        explicit=False,
        transcripts=(
            Transcript(f"{HOME}/a.vtt", "text/vtt"),
            Transcript(f"{PAGE}a.srt", "application/x-subrip", "de", captions=True),
        ),
        chapters=f"{HOME}/a.json",
        people=(
            Credit("Ann", "host"),
            Credit("Bo", "guest", "writing", "https://bo.example/", f"{HOME}/bo.png"),
        ),
    )


def test_an_episode_in_keys_of_its_own() -> None:
    assert with_fields(AUDIO, "season: 1", "episode: 12", "explicit: yes").episode == Episode(
        season=1, number="12", explicit=True
    )


def test_a_post_without_sound_is_no_episode() -> None:
    assert with_fields("season: 1", "episode: twelve", "transcript: x").episode is None
    assert faults("season: one", "episode: twelve", "chapters: [a]") == []
    assert with_fields(AUDIO).episode is None


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("season: one", "podcast-season"),
        ("episode: twelve", "podcast-episode"),
        ("episode_type: bonsu", "podcast-episode-type"),
        ("explicit: maybe", "podcast-explicit"),
        ("transcript: /a.xyz", "podcast-transcript"),
        ("transcript: Hello and welcome to the show", "podcast-address"),
        ("transcript: ../../../../etc/a.vtt", "path-outside"),
        ("chapters: [{start: '0', title: x}]", "podcast-chapters"),
    ],
)
def test_what_cannot_be_read_of_an_episode_is_named_and_left_out(line: str, code: str) -> None:
    assert faults(line, AUDIO) == [(3, code, "warning")]
    assert with_fields(line, AUDIO).episode is None
