"""Pictures, enclosures, people and sources in the shapes that themes gave them."""

import pytest

from digest.collector import Author, Enclosure, Image
from tests.reading_samples import faults, read_text, with_fields

HOME = "https://example.org"


@pytest.mark.parametrize(
    ("lines", "image"),
    [
        (["image: https://cdn.example/a b.png"], Image(url="https://cdn.example/a%20b.png")),
        (["image: /assets/a.png"], Image(url=HOME + "/assets/a.png", file="static/assets/a.png")),
        (["image: /own pic.png"], Image(url=HOME + "/own%20pic.png", file="static/own pic.png")),
        (["image: own pic.png"], Image(url=HOME + "/2026/11/18/hello/own%20pic.png", file="content/own pic.png")),
        (["cover: a.png"], Image(url=HOME + "/2026/11/18/hello/a.png", file="content/a.png")),
        (["cover: ./img/ä.png"], Image(url=HOME + "/2026/11/18/hello/img/%C3%A4.png", file="content/img/ä.png")),
        (["heroImage: ../assets/a.png"], Image(url=HOME + "/2026/11/18/assets/a.png", file="assets/a.png")),
        (["image: ''", "thumbnail: /t.png"], Image(url=HOME + "/t.png", file="static/t.png")),
        (["hero: false", "image: /a.png"], Image(url=HOME + "/a.png", file="static/a.png")),
        (["image: /a.png", "image_alt: A dog"], Image(url=HOME + "/a.png", alt="A dog", file="static/a.png")),
        (["featured_image: {url: /a.png, alt: A dog}"], Image(url=HOME + "/a.png", alt="A dog", file="static/a.png")),
        (["image: {src: /a.png, alt: A dog}"], Image(url=HOME + "/a.png", alt="A dog", file="static/a.png")),
        (["cover: {image: /a.png, alt: A dog}"], Image(url=HOME + "/a.png", alt="A dog", file="static/a.png")),
        (["images: [/a.png, /b.png]"], Image(url=HOME + "/a.png", file="static/a.png")),
        (["extra: {image: /a.png}"], Image(url=HOME + "/a.png", file="static/a.png")),
        (["header: {teaser: /a.png}"], Image(url=HOME + "/a.png", file="static/a.png")),
        (["image: {uid: x}"], None),
        (["image:"], None),
        (["image: []"], None),
    ],
)
def test_pictures_in_every_shape(lines: list[str], image: Image | None) -> None:
    assert with_fields(*lines).image == image


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("image: ../../../../etc/hostname", (3, "path-outside", "error")),
        ("image: '%2e%2e/%2e%2e/%2e%2e/x'", (3, "path-outside", "error")),
        ("image: /../../etc/hostname", (3, "path-outside", "error")),
        ("image: //evil.example/x.png", (3, "address", "warning")),
        ("image: 'javascript:alert(1)'", (3, "address", "warning")),
        ("image: 'data:image/svg+xml,x'", (3, "address", "warning")),
        ("image: 'https://[x'", (3, "address", "warning")),
        ("image: '{{ site.logo }}'", (3, "template", "warning")),
        (f"image: /{'x' * 2001}", (3, "link-too-long", "error")),
    ],
)
def test_pictures_that_can_not_be(line: str, problem: tuple[int, str, str]) -> None:
    assert faults(line) == [problem]


@pytest.mark.parametrize(
    ("lines", "authors"),
    [
        (["author: Ann"], [Author(name="Ann")]),
        (["author: Ann, Bob"], [Author(name="Ann, Bob")]),
        (["Author: [Ann, Bob, Ann, ~]"], [Author(name="Ann"), Author(name="Bob")]),
        (["author_name: Ann"], [Author(name="Ann")]),
        (["author: Ann <ann@x.test>"], [Author(name="Ann", email="ann@x.test")]),
        (["author: <ann@x.test>"], [Author(name="ann@x.test", email="ann@x.test")]),
        (["author: Ann", "author_url: https://ann.test/"], [Author(name="Ann", url="https://ann.test/")]),
        (["author: Ann", "author_url: 'javascript:x'", "author_email: x"], [Author(name="Ann")]),
        (["author: {name: Ann, email: a@x.test, url: 'https://[x'}"], [Author(name="Ann", email="a@x.test")]),
        (
            ["authors:\n  - name: Ann\n    url: https://ann.test/\n  - bob"],
            [Author(name="Ann", url="https://ann.test/"), Author(name="bob")],
        ),
        (
            ["authors: {ann: {url: https://ann.test/}, bob: ~}"],
            [Author(name="ann", url="https://ann.test/"), Author(name="bob")],
        ),
        (["taxonomies: {authors: [Ann]}"], [Author(name="Ann")]),
        (["extra: {author: Ann}"], [Author(name="Ann")]),
        (
            ['author: "News <ceo@evil.example>,\\r\\nCc: x@evil.example"'],
            [Author(name="News", email="ceo@evil.example")],
        ),
        (["authors: [{url: https://ann.test/}, [x]]"], []),
        (["x: y"], []),
    ],
)
def test_people_in_every_shape(lines: list[str], authors: list[Author]) -> None:
    assert list(with_fields(*lines).authors) == authors


def test_people_are_separated_by_commas_where_the_dialect_says_so() -> None:
    post = read_text("Title: x\nDate: 2026-11-18\nAuthors: Ann, Bob\n\n")
    assert [author.name for author in post.authors] == ["Ann", "Bob"]
    post = read_text("Title: x\nDate: 2026-11-18\nAuthors: Last, Ann; Bob\n\n")
    assert [author.name for author in post.authors] == ["Last, Ann", "Bob"]


@pytest.mark.parametrize(
    ("line", "enclosure"),
    [
        (
            "enclosure: {url: https://x.test/a.mp3, type: audio/mpeg, length: 123, duration: '1:02:03'}",
            Enclosure(url="https://x.test/a.mp3", type="audio/mpeg", length=123, duration=3723),
        ),
        ("audio: /a.ogg", Enclosure(url=HOME + "/a.ogg", type="audio/ogg")),
        ("video: [{src: /a.mp4, duration: soon}]", Enclosure(url=HOME + "/a.mp4", type="video/mp4")),
        (
            f"audio: {{url: /a.mp3, length: {'9' * 15}, duration: '{':'.join('9' * 40)}'}}",
            Enclosure(url=HOME + "/a.mp3", type="audio/mpeg", length=10**15 - 1),
        ),
        ("audio: /a.xyz", None),
        ("audio: false", None),
        ("enclosure: {length: 3}", None),
        ("enclosure: [[x]]", None),
    ],
)
def test_enclosures_in_every_shape(line: str, enclosure: Enclosure | None) -> None:
    assert with_fields(line).enclosure == enclosure


def test_where_a_post_first_appeared() -> None:
    post = with_fields("source_url: https://other.example/x", "source: Other")
    assert (post.source_url, post.source_title) == ("https://other.example/x", "Other")
    assert with_fields("canonical_url: https://example.org/x", "source: Other").source_url == ""
    assert with_fields("canonical: 'javascript:x'").source_url == ""
    assert with_fields("canonical: 'https://[x'").source_url == ""
    assert with_fields(f"canonical: https://other.example/{'x' * 2000}").source_url == ""


def test_aliases_are_a_list_or_one() -> None:
    home = "https://example.org"
    assert with_fields("aliases: [/a, b/c, /a, ~]").aliases == (f"{home}/a", f"{home}/b/c")
    assert with_fields("redirect_from: /a").aliases == (f"{home}/a",)
    assert with_fields(f"aliases: [{home}/x/, https://other.example/y, //z, /, ../../w]").aliases == (f"{home}/x/",)
