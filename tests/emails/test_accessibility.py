"""What screen readers, keyboards and narrow windows need."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml.html import document_fromstring

from tests.email_samples import POST, compose_body, composed, html_of

BODY = "# One\n\ntext\n\n### Three\n\nmore\n"
LONG = "\n\n".join(["A wave is a word that the sea says twice." * 5] * 6)
SECTION = '[[digests.weekly.sections]]\ntitle = "Sea"\nany = ["sea"]\n'


def levels(html: str) -> list[int]:
    page: Any = document_fromstring(html)
    return [int(heading.tag[1]) for heading in page.iter("h1", "h2", "h3", "h4", "h5", "h6")]


@pytest.mark.parametrize("count", [1, 2, 6])
@pytest.mark.parametrize("sections", ["", SECTION, f'rest = "Others"\n{SECTION}'])
@pytest.mark.parametrize("text", ["full", "summary"])
def test_headings_go_down_one_at_a_time(count: int, sections: str, text: str, tmp_path: Path) -> None:
    posts = {
        f"content/{n}.md": POST.format(f"Post {n}\ntags: [{'sea' if n % 2 else 'land'}]", 20 - n, BODY)
        for n in range(1, count + 1)
    }
    made = composed(tmp_path, posts, digest=f'text = "{text}"\n{sections}')
    for html in (made.html, made.web):
        found = levels(html)
        assert found[:2] == [1, 2]
        assert found.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(found))


def test_every_link_has_words_of_its_own(tmp_path: Path) -> None:
    posts = {f"content/{n}.md": POST.format(f"Post {n}", n, LONG) for n in range(16, 22)}
    digest = 'text = "full"\nfull_words = 30\n[[digests.weekly.sections]]\ntitle = "All"\nlayout = "featured"'
    for number, layout in enumerate(("featured", "compact")):
        root = tmp_path / str(number)
        root.mkdir()
        page: Any = document_fromstring(composed(root, posts, digest=digest.replace("featured", layout)).html)
        places: dict[str, set[str]] = {}
        for link in page.iter("a"):
            assert not link.get("aria-label")
            if not link.get("href").startswith("#"):
                places.setdefault(link.text_content(), set()).add(link.get("href"))
        assert "Continue reading: Post 17" in places
        assert [text for text, found in places.items() if len(found) > 1] == []


def test_the_contents_are_a_list(tmp_path: Path) -> None:
    posts = {f"content/{n}.md": POST.format(f"Post {n}", n, "x") for n in range(16, 22)}
    page: Any = document_fromstring(composed(tmp_path, posts).html)
    lines = page.xpath("//ul/li/a[starts-with(@href, '#p')]")
    assert len(lines) == 5  # the lead stands above them
    assert {line.get("href")[1:] for line in lines} <= set(page.xpath("//td/@id"))


def test_a_card_has_the_language_and_direction_of_its_post(tmp_path: Path) -> None:
    posts = {
        "content/a.md": POST.format("جداول المد\nlang: ar\ntags: [بحر]\nauthor: Ann", 20, "البحر"),
        "content/b.md": POST.format("RSS בעברית\nlang: he", 19, "הים"),
        "content/c.md": POST.format("潮汐表\nlang: zh-CN", 18, "潮水"),
        "content/d.md": POST.format("Plain", 17, "x"),
        "content/e.md": POST.format("More", 17, "x"),
    }
    page: Any = document_fromstring(composed(tmp_path, posts).html)
    cards = page.xpath("//td[starts-with(@id, 'p')]")
    expected = [("ar", "rtl"), ("he", "rtl"), ("zh-CN", "ltr"), ("en", "ltr"), ("en", "ltr")]
    assert [(card.get("lang"), card.get("dir")) for card in cards] == expected
    lines = page.xpath("//ul/li")
    assert [(line.get("lang"), line.get("dir")) for line in lines] == expected[1:]
    assert not cards[0].xpath(".//*[@dir='auto']")
    (meta,) = cards[0].xpath(".//p[@class='meta']/span")
    assert (meta.get("lang"), meta.get("dir")) == ("en", "ltr")


@pytest.mark.parametrize(
    ("html", "language", "expected"),
    [
        ("<p>plain words — “quoted”, naïve</p>", "en", "<p>plain words — “quoted”, naïve</p>"),
        ("<p>潮汐不等人</p>", "en", '<p lang="zh">潮汐不等人</p>'),
        ("<p>tide, 潮汐, and</p>", "en", '<p>tide, <span lang="zh">潮汐</span>, and</p>'),
        ("<p>the sea <b>x</b> 海の 音 now</p>", "en", '<p>the sea <b>x</b> <span lang="ja">海の 音</span> now</p>'),
        ("<p>and море, ok</p>", "en", '<p>and <span lang="und-Cyrl">море</span>, ok</p>'),
        ("<p>a مد وجزر b</p>", "en", '<p>a <span lang="und-Arab" dir="rtl">مد وجزر</span> b</p>'),
        ("<p>α and β</p>", "en", "<p>α and β</p>"),
        ("<p>潮汐 RSS feed 表</p>", "zh", "<p>潮汐 RSS feed 表</p>"),
        (
            "<p>潮汐 time and tide wait for none 表</p>",
            "zh",
            '<p>潮汐 <span lang="und-Latn">time and tide wait for none</span> 表</p>',
        ),
        ("<p>潮汐かな</p>", "ja", "<p>潮汐かな</p>"),
        ("<p>潮汐 は 表</p>", "zh", '<p lang="ja">潮汐 は 表</p>'),
        (
            "<p>go → there 🎉!</p>",
            "en",
            '<p>go <span role="img" aria-label="→">→</span> there <span role="img" aria-label="🎉">🎉</span>!</p>',
        ),
        ("<p>👩‍👩‍👧 x</p>", "en", '<p><span role="img" aria-label="👩‍👩‍👧">👩‍👩‍👧</span> x</p>'),
        (
            '<p>x <a href="https://a.example/" aria-label="Back">↩</a></p>',
            "en",
            '<p>x <a href="https://a.example/" aria-label="Back"><span role="img" aria-label="↩">↩</span></a></p>',
        ),
        ("<p><code>潮汐 →</code></p>", "en", "<p><code>潮汐 →</code></p>"),
        ("<p><i>x</i>潮汐<i>y</i> 表</p>", "en", '<p><i>x</i><span lang="zh">潮汐</span><i>y</i> 表</p>'),
    ],
)  # fmt: skip
def test_a_passage_in_another_script_and_a_pictograph_are_marked(
    html: str, language: str, expected: str, tmp_path: Path
) -> None:
    digest = f'text = "full"\nlanguage = "{language}"'
    assert html_of(compose_body(tmp_path, html, digest=digest)) == expected


def test_a_long_word_breaks_wherever_it_stands(tmp_path: Path) -> None:
    word = "Rhabarberbarbara" * 12
    posts = {"content/a.md": POST.format(f"{word}\ntags: [{word}]\nauthor: {word}", 20, word)}
    html = composed(tmp_path, posts, digest=f'reason = "{word}"\n[[digests.weekly.sections]]\ntitle = "{word}"').html
    page: Any = document_fromstring(html)
    for element in page.xpath(f"//body//*[contains(text(), '{word}')]"):
        styles = [each.get("style", "") for each in (element, *element.iterancestors())]
        breaking = next(style for style in styles if "overflow-wrap" in style)
        assert "overflow-wrap:break-word" in breaking


def test_a_table_of_data_has_a_name_and_its_header_cells_a_scope(tmp_path: Path) -> None:
    rows = "<tr><th>Port</th><th>High</th></tr><tr><th>Brest</th><td>1</td></tr>"
    out = html_of(compose_body(tmp_path, f"<h2>Tides</h2><table>{rows}</table>"))
    assert 'aria-label="Tides"' in out
    assert '<th scope="col" class="head">High</th>' in out
    assert '<th scope="row" class="head">Brest</th>' in out
    captioned = f"<table><caption>Ports</caption>{rows}</table>"
    assert "aria-label" not in html_of(compose_body(tmp_path, captioned))
