"""The rules that feeds are held to do find fault: one break at a time in a good feed."""

import pytest

from digest.config import Format
from tests.feed_rules import faults, html_faults
from tests.feed_samples import config, document, rich_post

BREAKS: list[tuple[Format, bytes, bytes]] = [
    ("rss", b"<link>https://harbour.example/posts/7/</link>", b""),
    ("rss", b"<pubDate>Thu", b"<pubDate>Fri"),
    ("rss", b"<pubDate>Thu, 08", b"<pubDate>8"),
    ("rss", b"https://harbour.example/posts/7/", b"/posts/7/"),
    ("rss", b'isPermaLink="false"', b'isPermaLink="true"'),
    ("rss", b'length="123456" ', b""),
    ("rss", b'rel="self"', b'rel="via"'),
    ("rss", b"<dc:creator>Mara Quay", b"<dc:creator>"),
    ("rss", b"&lt;p&gt;Hello", b"&lt;p&gt;&lt;script&gt;"),
    ("rss", b"&lt;b&gt;", b"&lt;b onclick=''&gt;"),
    ("rss", b"&lt;/p&gt;", b"&lt;/div&gt;"),
    ("rss", b"Hello", b"Hello\xc2\x85"),
    ("rss", b"<dc:creator>", b'<dc:creator xmlns:x="urn:x">'),
    ("rss", b"  </channel>", b"<title>again</title></channel>"),
    ("atom", b"<published>2026", b"<published>"),
    ("atom", b"updated>", b"updatd>"),
    ("atom", b'rel="self"', b'rel="alternate"'),
    ("atom", b"<entry xml:lang", b"<entry lang"),
    ("atom", b'href="https://harbour.example/posts/7/"', b'href="/posts/7/"'),
    ("atom", b"author>", b"contributor>"),
    ("json", b'"version":"https://jsonfeed.org/version/1.1"', b'"version":"1"'),
    ("json", b'"title":"The', b'"titel":"The'),
    ("json", b'"id":"', b'"key":"'),
    ("json", b'"size_in_bytes":123456', b'"size_in_bytes":"123456"'),
    ("json", b'"date_published":"2026-', b'"date_published":"26-'),
    ("json", b'"content_html"', b'"_content"'),
    ("json", b'"image":"https:', b'"image":"'),
    ("json", b'"tags":["News"', b'"tags":[""'),
]


@pytest.mark.parametrize(("fmt", "good", "bad"), BREAKS)
def test_a_broken_feed_is_found_out(fmt: Format, good: bytes, bad: bytes) -> None:
    whole = document(config(), (rich_post(),), fmt)
    assert faults(whole, fmt) == []
    assert good in whole
    try:
        found = faults(whole.replace(good, bad), fmt)
    except (KeyError, ValueError) as error:
        found = [repr(error)]
    assert found


@pytest.mark.parametrize("html", ["<b>x", "<a href='x'>y</a>", "<img src='//x/y.png'>", "<iframe></iframe>", "</div>"])
def test_bad_html_is_found_out(html: str) -> None:
    assert html_faults(html)
    assert html_faults("<p>A <a href='https://x.example/'>good</a> piece</p>") == []
