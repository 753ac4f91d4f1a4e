"""One image once, and links to audio and video."""

from pathlib import Path

import pytest

from tests.email_samples import POST, composed


@pytest.mark.parametrize(
    ("image", "shown", "count"),
    [
        ("/a.png", "/a.png", 1),
        ("/a.png?w=600", "https://harbour.example/a.png", 1),
        ("/a-300x200.png", "/a.png", 1),
        ("/a-scaled.png", "/a@2x.png", 1),
        ("/a.png", "/a_640w.png", 1),
        ("/a-1.png", "/a-2.png", 2),
        ("/2026.png", "/a.png", 2),
        ("/a.png", "https://other.example/a.png", 2),
    ],
)
@pytest.mark.parametrize("layout", ["featured", "compact"])
def test_a_card_s_image_that_its_body_shows_is_shown_once(
    image: str, shown: str, count: int, layout: str, tmp_path: Path
) -> None:
    post = {"content/a.md": POST.format(f"A\nlayout: {layout}\nimage: {image}", "20", f"text\n\n![b]({shown})")}
    assert composed(tmp_path, post, digest='text = "full"').html.count("<img") == count


def test_a_summary_keeps_the_image_that_the_body_has(tmp_path: Path) -> None:
    post = {"content/a.md": POST.format("A\nimage: /a.png", "20", "text\n\n![b](/a.png)")}
    assert composed(tmp_path, post).html.count("<img") == 1


@pytest.mark.parametrize(
    ("field", "language", "label"),
    [
        ("audio: /a.mp3", "en", "Listen: "),
        ("enclosure: {url: /a.mp3, duration: '33:10'}", "en", "Listen, 33 min: "),
        ("enclosure: {url: /a.mp3, duration: '1:02:00'}", "de", "Anhören, 1 Std. 2 Min.: "),
        ("video: {url: /a.mp4, duration: 600}", "zh", "观看视频，10分钟："),
        ("audio: {url: /a.mp3, duration: 300}", "ar", "استمع، 5 د: "),
    ],
)
@pytest.mark.parametrize("layout", ["featured", "compact"])
def test_a_recording_has_a_link(field: str, language: str, label: str, layout: str, tmp_path: Path) -> None:
    post = {"content/a.md": POST.format(f"A song\nlayout: {layout}\n{field}", "20", "x")}
    made = composed(tmp_path, post, digest=f'language = "{language}"')
    ending = "mp4" if "mp4" in field else "mp3"
    address = f"https://harbour.example/a.{ending}"
    (link,) = [part for part in made.html.split("<a ") if part.startswith(f'href="{address}"')]
    assert f">{label}</span>A song</a>" in link
    assert f"{label.removesuffix(' ').removesuffix('：')}" in made.text
    assert address in made.text


def test_a_file_that_is_neither_has_none(tmp_path: Path) -> None:
    post = {"content/a.md": POST.format("A\nenclosure: /a.pdf", "20", "x")}
    assert "a.pdf" not in composed(tmp_path, post).html
