"""What Outlook for Windows, which is Word, needs: space by table cells, a row for each card, images that fit."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml.html import document_fromstring

from tests.email_samples import POST, composed

GOLDEN = sorted((Path(__file__).parents[1] / "golden/emails").glob("*/*/email.html"))
COLUMN = 536
CARD = re.compile("p[0-9a-f]{10}")
# Word shows padding on cells; on inline elements nobody needs it.
PADDED = {"td", "th", "a", "code"}
SPACED = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dd", "hr"}
EVERYTHING = """![Wide](/wide.png)

> Quoted, and
>
> > quoted again ![Within](/within.png).

```python
x = 1
```

| a | b |
| - | - |
| 1 | ![Cell](/cell.png) |

- one ![Item](/item.png)
- [ ] two

<figure><img src="/figure.png" alt="Figure"><figcaption>Caption</figcaption></figure>

<details><summary>More</summary>Text</details>

Term[^1]

---

[^1]: A note.
"""


def boxes(style: str, name: str) -> tuple[str, str]:
    """Return what a style says of a property at the top and at the bottom, `0` by default."""
    top = bottom = "0"
    for declaration in style.split(";"):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        values = value.split()
        if key == name:
            top, bottom = values[0], values[2 if len(values) > 2 else 0]
        elif key == f"{name}-top":
            top = value
        elif key == f"{name}-bottom":
            bottom = value
    return top, bottom


def faults(html: str) -> Iterator[str]:
    """Yield what Word would show otherwise."""
    page: Any = document_fromstring(html)
    column = int(re.findall(r'<!--\[if mso\]><table [^>]*width="(\d+)"', html)[0]) - 64
    for row in page.iter("tr"):
        cards = [each for each in row.iter() if CARD.fullmatch(each.get("id") or "")]
        if len(cards) > 1:
            yield f"a row holds {len(cards)} cards"
    for element in page.body.iter("*"):
        style = element.get("style", "")
        if element.tag not in PADDED and set(boxes(style, "padding")) != {"0"}:
            yield f"padding on <{element.tag}>: {style}"
        if element.tag not in SPACED and set(boxes(style, "margin")) != {"0"}:
            yield f"margin on <{element.tag}>: {style}"
    for image in page.iter("img"):
        if next(image.iterancestors("td"), None) is None:
            yield "an image outside a cell"
        if not (image.get("width") or image.get("style", "").startswith("height")):
            yield f"an image without a width: {image.get('src')}"
        if int(image.get("width") or 0) > column:
            yield f"an image wider than the column: {image.get('src')}"


@pytest.mark.parametrize("file", GOLDEN, ids=[str(file.parent.relative_to(file.parents[2])) for file in GOLDEN])
def test_the_golden_e_mails_hold_the_rules(file: Path) -> None:
    assert not list(faults(file.read_text("utf-8")))


@pytest.mark.parametrize("layout", ["featured", "compact", "title"])
@pytest.mark.parametrize("text", ["full", "summary"])
def test_an_author_s_post_holds_the_rules(layout: str, text: str, tmp_path: Path) -> None:
    posts = {
        f"content/{name}.md": POST.format(f"{name}\nlayout: {layout}\nimage: /lead.png", "20", EVERYTHING)
        for name in ("one", "two")
    }
    sections = '[[digests.weekly.sections]]\ntitle = "One"\nlimit = 1\n'
    made = composed(tmp_path, posts, digest=f'text = "{text}"\n{sections}')
    for html in (made.html, made.web):
        assert not list(faults(html))
        assert html.count('<tr><td class="surface side text') == 2


def test_an_image_leaves_room_for_what_stands_around_it(tmp_path: Path) -> None:
    html = composed(tmp_path, {"content/a.md": POST.format("A", "20", EVERYTHING)}, digest='text = "full"').html
    found = {image.get("alt"): int(image.get("width") or 0) for image in document_fromstring(html).iter("img")}
    assert found["Wide"] == COLUMN
    assert found["Cell"] == COLUMN // 2 - 20
    assert found["Figure"] == COLUMN


def test_a_table_has_a_width_in_pixels_in_outlook_alone(tmp_path: Path) -> None:
    html = composed(tmp_path, {"content/a.md": POST.format("A", "20", "x")}).html
    outlook, others = re.findall(
        r"<!--\[if mso\]>(<table [^>]*>)<!\[endif\]--><!--\[if !mso\]><!-->(<table [^>]*>)", html
    )[0]
    assert 'width="600"' in outlook
    assert "max-width:600px" in others


@pytest.mark.parametrize(
    ("size", "shown"),
    [((400, 1000), (400, 1000)), ((900, 1200), (482, 643)), ((600, 600), (536, 536)), ((400, 760), (338, 643))],
)
def test_a_portrait_is_no_taller_than_a_window(size: tuple[int, int], shown: tuple[int, int], tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "static").mkdir()
    Image.new("RGB", size).save(tmp_path / "static/a.png")
    post = "---\ntitle: A\ndate: 2026-11-20\nimage: /a.png\n---\n\n![b](/a.png?body)\n"
    made = composed(tmp_path, {"content/a.md": post}, digest='text = "full"')
    width, height = shown
    assert f'width="{width}" height="{height}"' in made.html
