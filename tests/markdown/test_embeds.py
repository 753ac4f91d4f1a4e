"""Films, sounds and framed pages become links with a picture; pictures that wait for scripts become pictures."""

import pytest

from digest.markdown import Page, page_of_player
from tests.html_rules import faults
from tests.markup_samples import URL, html


@pytest.mark.parametrize(
    ("player", "page", "picture"),
    [
        ("https://www.youtube.com/embed/r7i-2wHtNjw?si=Nc2", "https://www.youtube.com/watch?v=r7i-2wHtNjw", "https://i.ytimg.com/vi/r7i-2wHtNjw/hqdefault.jpg"),
        ("//www.youtube-nocookie.com/embed/r7i-2wHtNjw", "https://www.youtube.com/watch?v=r7i-2wHtNjw", "https://i.ytimg.com/vi/r7i-2wHtNjw/hqdefault.jpg"),
        ("https://youtu.be/r7i-2wHtNjw", "https://www.youtube.com/watch?v=r7i-2wHtNjw", "https://i.ytimg.com/vi/r7i-2wHtNjw/hqdefault.jpg"),
        ("https://www.youtube.com/watch?v=r7i-2wHtNjw&t=3", "https://www.youtube.com/watch?v=r7i-2wHtNjw", "https://i.ytimg.com/vi/r7i-2wHtNjw/hqdefault.jpg"),
        ("https://www.youtube.com/embed/videoseries?list=PL1", "https://www.youtube.com/playlist?list=PL1", ""),
        ("https://www.youtube.com/about", "https://www.youtube.com/about", ""),
        ("https://player.vimeo.com/video/146022717?h=1", "https://vimeo.com/146022717", ""),
        ("https://www.dailymotion.com/embed/video/x7tgad0", "https://www.dailymotion.com/video/x7tgad0", "https://www.dailymotion.com/thumbnail/video/x7tgad0"),
        ("//player.bilibili.com/player.html?bvid=BV1GJ411x7h7", "https://www.bilibili.com/video/BV1GJ411x7h7", ""),
        ("https://player.bilibili.com/player.html?aid=170001", "https://www.bilibili.com/video/av170001", ""),
        ("https://w.soundcloud.com/player/?url=https%3A//soundcloud.com/a/b", "https://soundcloud.com/a/b", ""),
        ("https://open.spotify.com/embed/track/1", "https://open.spotify.com/track/1", ""),
        ("https://tube.example/videos/embed/9c9de5e8-0a1e-484a-b099-e80766180a6d", "https://tube.example/w/9c9de5e8-0a1e-484a-b099-e80766180a6d", ""),
        ("https://maps.example/embed?x=1", "https://maps.example/embed?x=1", ""),
    ],
)  # fmt: skip
def test_players_lead_to_the_page_where_a_person_watches(player: str, page: str, picture: str) -> None:
    assert page_of_player(player) == Page(page, picture)


def test_a_film_is_a_link_with_its_picture_and_title() -> None:
    made = html(
        '<iframe src="https://www.youtube.com/embed/r7i-2wHtNjw" title="A &quot;talk&quot;" allow="x">none</iframe>'
    )
    assert made == (
        '<a href="https://www.youtube.com/watch?v=r7i-2wHtNjw"><img src="https://i.ytimg.com/vi/r7i-2wHtNjw/hqdefault.jpg" '
        'alt="" width="480" height="360"><br>▶\ufe0e A "talk" (YouTube)</a>'
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('<video poster="/p.jpg" controls><source src="/v.mp4">no</video>', '<a href="https://x.org/v.mp4"><img src="https://x.org/p.jpg" alt=""><br>▶\ufe0e v.mp4</a>'),
        ('<video><source src="/v.webm" type="video/webm"><source src="/v.mp4"></video>', '<a href="https://x.org/v.webm">▶\ufe0e v.webm</a> · <a href="https://x.org/v.mp4">MP4</a>'),
        ('<video src="/a.mp4"></video> <audio><source src="/b?1" type="audio/ogg; codecs=opus"><source src="/b?2" type=audio/mpeg></audio>', '<a href="https://x.org/a.mp4">▶\ufe0e a.mp4</a> <a href="https://x.org/b?1">▶\ufe0e b</a> · <a href="https://x.org/b?2">MPEG</a>'),
        ('<video src="/v.mp4"><source src="/v.mp4"><source src="javascript:x"></video>', '<a href="https://x.org/v.mp4">▶\ufe0e v.mp4</a>'),
        ('<audio src="talk.mp3"></audio>', f'<a href="{URL}talk.mp3">▶\ufe0e talk.mp3</a>'),
        ('<embed src="https://slides.example/1">', '<a href="https://slides.example/1">▶\ufe0e slides.example</a>'),
        ('<iframe src="javascript:alert(1)"></iframe>', ""),
        ('<iframe src="https://[bad/"></iframe>', ""),
        ("<iframe></iframe>", ""),
        ('<iframe src="https://x.org/a">', '<a href="https://x.org/a">▶\ufe0e x.org</a>'),
    ],
)  # fmt: skip
def test_media_elements(source: str, expected: str) -> None:
    made = html(f"<div>{source}</div>")
    assert made == f"<div>{expected}</div>"
    assert faults(made) == []


@pytest.mark.parametrize(
    ("source", "picture"),
    [
        ('<img data-src="/a.png" alt="A">', "https://x.org/a.png"),
        ('<img src="data:image/gif;base64,R0" data-lazy-src="/a.png" alt="A">', "https://x.org/a.png"),
        ('<img srcset="/s.png 320w, /a.png 640w, /m.png 480w" alt="A">', "https://x.org/a.png"),
        ('<img srcset="/s.png 320w,/a.png 640w,/m.png 480w" alt="A">', "https://x.org/a.png"),
        ('<img srcset="/s.png, /a,b.png 2x" alt="A">', "https://x.org/a,b.png"),
        ('<img src="/a.png" srcset="/b.png 2x" alt="A">', "https://x.org/a.png"),
        ('<picture><source srcset="/a.avif"><img src="/a.png" alt="A"></picture>', "https://x.org/a.png"),
        ('<noscript><img src="/a.png" alt="A"></noscript>', "https://x.org/a.png"),
        ('<img data-src="/a.png" alt="A"><noscript><img src="/a.png" alt="A"></noscript>', "https://x.org/a.png"),
    ],
)
def test_pictures_that_wait_for_a_script(source: str, picture: str) -> None:
    made = html(f"<div>{source}</div>")
    assert made == f'<div><img src="{picture}" alt="A"></div>'
