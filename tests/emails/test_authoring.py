"""What `digest check` says of posts that some readers cannot follow."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Command
from tests.email_samples import POST, composed, write

BODY = """![](/plain.png)

![A boat](/boat.png) and [![](/linked.png) the boat](https://b.example/)

See [click here!](https://a.example/) and [the tide tables](https://t.example/).

## Two

#### Four

### Three

|  |  |
| - | - |
| Brest | 1 |

| Port | High |
| - | - |
| Brest | 1 |
"""


def found(root: Path, digest: Command, files: dict[str, str]) -> list[dict[str, Any]]:
    write(root, files)
    problems: list[dict[str, Any]] = json.loads(digest(root, "check", "--json").out)["problems"]
    return problems


def test_each_is_named_at_its_line(tmp_path: Path, digest: Command) -> None:
    problems = found(tmp_path, digest, {"content/a.md": POST.format("A", "20", BODY)})
    assert [(each["code"], each["path"], each["line"], each["severity"]) for each in problems] == [
        ("image-alt", "content/a.md", 6, "warning"),
        ("link-text", "content/a.md", 10, "warning"),
        ("heading-jump", "content/a.md", 14, "warning"),
        ("table-headers", "content/a.md", 20, "warning"),
    ]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Read more →"),
        ("de-AT", "Hier"),
        ("de", "click here"),
        ("pt-BR", "clique aqui"),
        ("nn", "Les meir her"),
        ("nb", "her"),
        ("zh-CN", "点击这里"),
        ("ja", "こちら"),
        ("ar", "اضغط هنا"),
        ("hi", "यहाँ"),
        ("ru", "Подробнее…"),
    ],
)
def test_a_link_that_says_nothing_is_named_in_its_language(
    language: str, text: str, tmp_path: Path, digest: Command
) -> None:
    post = POST.format(f"A\nlang: {language}", "20", f"x\n\nSee [{text}](https://a.example/).")
    problems = found(tmp_path, digest, {"content/a.md": post})
    expected = [] if text == "Les meir her" else [("link-text", 9)]
    assert [(each["code"], each["line"]) for each in problems] == expected


@pytest.mark.parametrize("body", ["[Her](https://a.example/) is a film.", "## A\n\n### B\n\n## C", "text"])
def test_what_is_right_is_not_named(body: str, tmp_path: Path, digest: Command) -> None:
    assert found(tmp_path, digest, {"content/a.md": POST.format("A\nlang: en", "20", body)}) == []


def test_the_page_s_own_words_are_marked(tmp_path: Path) -> None:
    html = composed(
        tmp_path, {"content/a.md": POST.format("A", "20", "x")}, digest='reason = "Because 潮汐表 → <you>"'
    ).html
    arrow = '<span role="img" aria-label="→">→</span>'
    assert f'Because <span lang="zh">潮汐表</span> {arrow} &lt;you&gt;</p>' in html
