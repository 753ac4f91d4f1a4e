"""Code is found in Markdown source where comrak's HTML has it."""

import itertools
import re
from typing import Any

import html5lib
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.markdown import bounds, code_regions, to_html


def code(markdown: str) -> list[str]:
    return [markdown[start:end] for start, end in code_regions(markdown)]


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("a `b` c", ["`b`"]),
        ("`` ` `` and ``` `` ```", ["`` ` ``", "``` `` ```"]),
        ("a `b\nc` d", ["`b\nc`"]),
        ("a\n    b `c\n  d` `e`", ["`c\n  d`", "`e`"]),
        ("> a `b\n> c` d", ["`b\n> c`"]),
        (r"\`a` `b`", ["` `"]),
        (r"\```a`` b", ["``a``"]),
        ("`a` `b", ["`a`"]),
        ("文 `字` é `ü`", ["`字`", "`ü`"]),
        ("```py\na\n```\n\nb", ["```py\na\n```"]),
        ("~~~\n```\n~~~\nb", ["~~~\n```\n~~~"]),
        ("a\n\n```\nb\n\nc", ["```\nb\n\nc"]),
        ("> ```\n> a\n> ```\nb", ["```\n> a\n> ```"]),
        ("> ```\n> a\n\nb", ["```\n> a"]),
        ("- ```\n  a\n  ```\n- b", ["```\n  a\n  ```"]),
        ("- ```\n  a\n\nb", ["```\n  a\n"]),
        ("    a\n\n    b\n\nc", ["a\n\n    b"]),
        ("\ta\n\nb", ["a"]),
        ("- a\n\n      b\n\nc", ["b"]),
        ("1.     a\n\nb", ["a"]),
        ("para\n    graph", []),
        ("# a `b`\n\nc `d`\n---", ["`b`", "`d`"]),
        ("| a | `b\\|c` `d` |\n|---|---|\n  | \\| `e` | `f` |", ["`b\\|c`", "`d`", "`e`", "`f`"]),
        ("a[^1] `b`\n\n[^1]: `c`\n\n        d\n\ne `f`", ["`b`", "`c`", "d", "`f`"]),
        ("[^1]: `a`\n\nb[^1] `c`", ["`a`", "`c`"]),
        ("term\n\n: `a` b", ["`a`"]),
        ("[a]: /x\nb `c` `c`\n`d`", ["`c`", "`c`", "`d`"]),
        ("[a `b`](/c) ![`d`](e)", ["`b`"]),
        ("$`a`$ $b$", ["$`a`$"]),
        ("a <code>{{ b }}</code> c", ["<code>{{ b }}</code>"]),
        ("<PRE class=x>\na\n\n    b</PRE>\n\nc", ["<PRE class=x>\na\n\n    b</PRE>"]),
        ("<script>\na\n\nb</script>\n\n<style>c</style>", ["<script>\na\n\nb</script>", "<style>c</style>"]),
        ("Write `<pre>` and `</pre>` around", ["`<pre>`", "`</pre>`"]),
        (r"Write \<pre> and {{ x }} and \</pre> around", []),
        ("<!-- <pre> --> a <pre>b</pre>", ["<pre>b</pre>"]),
        ("<pre> is not closed", []),
        ("", []),
    ],
)
def test_code_is_found(markdown: str, expected: list[str]) -> None:
    assert code(markdown) == expected


PIECES = (
    "`", "``", "```", "```\n", "~~~\n", "\n", "\n\n", "> ", "- ", "  ", "    ", "\t", "1. ", "10. ", "| ", "|---|---|\n", "\n| a | b |\n|---|---|\n",
    "| `@` | \\| `@\\|` |\n", "# ", "[", "](", "x)", "[^1]", "\n[^1]: ", "\n\n: ", "[a]: /x\n", "*", "**", "_", "~~", "\\", "\\`", "\\|", "é", "文", "😀", "\u3000",
    "\xa0", " ", "  \n", "---\n", "===\n", "- [ ] ", "- ```\n  @\n", "> ```\n", "`@\n @`", "\n\n    ", "\n\n\t", "&amp;", "http://x.org/ ", "![", "@", "@", "@", "@ ", " @",
)  # fmt: skip
RAW_PIECES = (
    "`", "```\n", "\n\n", "> ", "- ", "    @\n", "\t", "| ", "# ", "[", "](", "*", "文", " ", "@", "@ ", "`@`", "\n\n<pre>@</pre>\n\n", "a <code>@</code>",
    "a <code>`@`</code>", "\n\n<PRE class='a'>\n@\n\n    @</PRE>\n\n", "\n\n<script>\n@\n\n@</script>\n\n", "\n\n<style>\n@</style>\n\n", "a <!-- <pre> @ -->", "a <b>", "a \\<code>@\\</code>",
)  # fmt: skip
WORD = re.compile(r"w\d+q")


def with_words(pieces: list[str]) -> str:
    """Return the pieces in a row, with another word for each `@`."""
    first, *others = "".join(pieces).split("@")
    return first + "".join(f"w{number}q{text}" for number, text in enumerate(others))


def words_of_html(html: str) -> tuple[set[str], set[str]]:
    """Return the words that stand in code, and those that stand elsewhere; mathematics is neither."""
    found: dict[bool, set[str]] = {True: set(), False: set()}

    def walk(element: Any, *, in_code: bool) -> None:
        if element.get("class") == "language-math":
            return
        in_code = in_code or element.tag in ("pre", "code", "script", "style")
        found[in_code].update(WORD.findall(element.text or ""))
        for child in element:
            walk(child, in_code=in_code)
            found[in_code].update(WORD.findall(child.tail or ""))

    tree: Any = html5lib.parseFragment(html, namespaceHTMLElements=False)
    walk(tree, in_code=False)
    return found[True], found[False]


def check(markdown: str) -> None:
    regions = code_regions(markdown)
    assert regions == sorted(regions)
    assert all(start < end for start, end in regions)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(regions))
    found = {word[0] for word in WORD.finditer(markdown) if any(s <= word.start() < e for s, e in regions)}
    code, elsewhere = words_of_html(to_html(markdown))
    assert code - elsewhere <= found  # what is a link's title too stands twice
    assert not (elsewhere - code) & found


@settings(max_examples=1_000)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map(with_words))
@example("1.     w1q\n\nw2q")
@example("- ```\n\tw1q\n\nw2q")
@example("w1q\n    ``w2q\nw3q`` w4q `w5q`")
@example("[a]: /x\nw1q `w2q`\n  `w3q`")
@example("| a | b |\n|---|---|\nw1q| `w2q` | w3q")
@example("   | a | b |\n|---|---|\n`w1q` | w2q \\| `w3q` w4q")
def test_code_of_markdown_is_found_as_comrak_has_it(markdown: str) -> None:
    check(markdown)


@settings(max_examples=500)
@given(st.lists(st.sampled_from(RAW_PIECES), max_size=15).map(with_words))
def test_code_of_raw_html_is_found_as_parsers_have_it(markdown: str) -> None:
    check(markdown)


def test_markdown_beyond_a_bound_is_refused() -> None:
    table = "|a" * 1_500 + "|\n" + "|-" * 1_500 + "|\n" + "x\n" * 1_500
    with pytest.raises(bounds.RefusedError, match="cells"):
        code_regions(table)
