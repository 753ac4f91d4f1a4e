"""Posts in reStructuredText, from the sites of Pelican and Nikola."""

import json
from pathlib import Path

import pytest

from tests.commands import Command
from tests.generators.conftest import write_site

PELICAN = "SITEURL = 'https://a.example'\nPATH = 'content'\n"
NIKOLA = """BLOG_TITLE = 'T'
SITE_URL = 'https://a.example/'
POSTS = (('posts/*.rst', 'blog', ''), ('posts/*.txt', 'blog', ''), ('posts/*.md', 'blog', ''))
"""
TOP = "A title\n=======\n\n:date: 2025-01-02\n:tags: one, two\n\n"


@pytest.fixture
def built(tmp_path: Path, digest: Command) -> "Built":
    return Built(tmp_path, digest)


class Built:
    """The feed's items of a site, and what a build says of it."""

    def __init__(self, folder: Path, digest: Command) -> None:
        self.folder = folder
        self.digest = digest
        self.said = ""

    def items(self, files: dict[str, str]) -> list[dict[str, object]]:
        write_site(self.folder, files)
        self.said = self.digest(self.folder, "build").err
        items: list[dict[str, object]] = json.loads((self.folder / "public/feed.json").read_text())["items"]
        return items

    def html(self, body: str, path: str = "content/x.rst") -> str:
        """Return the HTML that a body becomes on Pelican's site."""
        return str(self.items({"pelicanconf.py": PELICAN, path: TOP + body})[0]["content_html"])


def test_an_article_of_pelican(built: Built) -> None:
    top = TOP.replace(":tags:", ":summary: Short\n:tags:")
    (item,) = built.items({"pelicanconf.py": PELICAN, "content/x.rst": f"{top}Text.\n"})
    assert item["url"] == "https://a.example/a-title.html"
    assert item["title"] == "A title"
    assert item["tags"] == ["one", "two"]
    assert item["summary"] == "Short"
    assert item["content_html"] == "<p>Text.</p>"


def test_posts_of_nikola(built: Built) -> None:
    header = ".. title: N\n.. date: 2025-01-02\n\n"
    files = {"posts/a.rst": f"{header}*A*\n", "posts/sub/b.txt": f"{header}B\n", "posts/c.md": f"{header}*C*\n"}
    items = built.items({"conf.py": NIKOLA, **files})
    assert {item["url"]: item["content_html"] for item in items} == {
        "https://a.example/blog/a/": "<p><em>A</em></p>",
        "https://a.example/blog/sub/b/": "<p>B</p>",
        "https://a.example/blog/c/": "<p><em>C</em></p>",
    }


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("``code`` :math:`a<b`", "<code>code</code> "),
        (".. code-block:: python\n\n   x = 1", '<pre><code class="language-python">x = 1</code></pre>'),
        ("::\n\n   x < 1", "<pre><code>x &lt; 1</code></pre>"),
        (".. note:: Care", "<blockquote>\n<p><strong>Note</strong></p>\n<p>Care</p>\n</blockquote>"),
        ("`a <{static}/b.png>`_", 'href="https://a.example/b.png"'),
        (".. image:: {static}/b.png", '<img src="https://a.example/b.png" alt="">'),
        (".. youtube:: dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        (":abbr:`HTML (a language)`", '<abbr title="a language">HTML</abbr>'),
        ("One\n---\n\nText\n\nTwo\n---\n\nText", "<h2>Two</h2>"),
    ],
)
def test_elements(built: Built, body: str, html: str) -> None:
    assert html in built.html(f"{body}\n")


def test_the_lead_ends_at_the_mark(built: Built) -> None:
    html = built.html("Before.\n\n.. PELICAN_END_SUMMARY\n\nAfter.\n\n.. another comment\n")
    assert "Before." in html
    assert "After." in html
    assert "comment" not in html


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (".. include:: /etc/hostname", '"include" directive disabled'),
        (".. raw:: html\n\n   <b>x</b>", '"raw" directive disabled'),
        (".. csv-table:: T\n   :file: /etc/passwd", 'ignoring "csv-table" directive'),
        (".. |now| date::\n\n|now|", "the day of a build is not shown"),
        (".. nothing:: x", 'Unknown directive type "nothing"'),
    ],
)
def test_what_reads_files_or_the_clock_is_off(built: Built, body: str, words: str) -> None:
    html = built.html(f"Text.\n\n{body}\n")
    assert html.startswith("<p>Text.</p>")
    assert "root" not in html
    assert words in built.said
    assert "content/x.rst:9:" in built.said


@pytest.mark.parametrize(
    "body",
    [
        "`x <javascript:alert(1)>`_",
        ".. image:: javascript:alert(1)",
        ".. role:: raw-html(raw)\n   :format: html\n\n:raw-html:`<script>x</script>`",
    ],
)
def test_html_is_sanitized(built: Built, body: str) -> None:
    html = built.html(f"Text.\n\n{body}\n")
    assert "javascript" not in html
    assert "<script" not in html


def test_a_role_ends_with_its_post(built: Built) -> None:
    role = ".. role:: red(strong)\n\n:red:`x`\n"
    files = {f"content/{name}.rst": TOP.replace("A title", f"{name} title") for name in "ab"}
    files["content/a.rst"] += role
    files["content/b.rst"] += ":red:`x`\n"
    built.items({"pelicanconf.py": PELICAN, **files})
    assert 'content/b.rst:7:0: warning: rst: Unknown interpreted text role "red"' in built.said.replace(
        ":7:1:", ":7:0:"
    )


def test_markdown_sites_have_no_restructured_text(tmp_path: Path, digest: Command) -> None:
    write_site(tmp_path, {"content/x.md": "title: T\ndate: 2025-01-02", "content/y.rst": TOP})
    assert "1 .rst file not read" in digest(tmp_path, "list").err


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (
            "".join(f".. |a{n}| replace:: |a{n + 1}| |a{n + 1}|\n" for n in range(40)) + "\n|a0|\n",
            "too-many-substitutions",
        ),
        ("*a\n" * 30_000, "too-many-marks"),
        ("a_ b\n" * 20_000, "too-many-marks"),
        ("== " * 300 + "\n" + ("a  " * 300 + "\n") * 300 + "== " * 300 + "\n", "table-too-large"),
        ("".join(" " * n + "x\n\n" for n in range(600)), "nested-too-deeply"),
        ("word " * 100_000, "body-too-long"),
    ],
)
def test_hostile_text_is_refused(built: Built, body: str, code: str) -> None:
    built.items({"pelicanconf.py": PELICAN, "content/x.rst": TOP + body, "content/y.rst": TOP.replace("A", "B") + "B"})
    assert code in built.said
