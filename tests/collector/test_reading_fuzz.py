"""Any bytes are a post or problems, never an exception: mutated headers of every dialect."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.collector import body_of as body
from digest.collector import clean_text
from tests.reading_samples import config_of, read_all

HEADERS = (
    "---\ntitle: 'One'\ndate: 2026-11-18 09:00 +0100\ntags: [a, &x b, *x]\nimage: {url: a.png}\n---\n# Body\n",
    '+++\ntitle = "One"\ndate = 2026-11-18T09:00:00Z\n[taxonomies]\ntags = ["a"]\n+++\nBody\n',
    '{\n"title": "One",\n"date": "2026-11-18",\n"tags": ["a"],\n"author": {"name": "x"}\n}\nBody\n',
    "Title: One\nDate: 2026-11-18\nTags: a, b\nAuthors: x; y\n\nBody\n",
    "<!--\n.. title: One\n.. date: 2026-11-18 09:00:00 UTC+01:00\n.. tags: a, draft\n-->\nBody\n",
    "title: One\ndate: 2026-11-18\npermalink: /:year/:title/\n---\nBody\n",
    "---\r\nslug: /a/b\r\nurl: https://example.org/x\r\ndate: {created: 2026-11-18}\r\nlang: [zh-CN]\r\n---\r\n",
)
PIECES = (
    *(
        "---",
        "+++",
        ";;;",
        "{",
        "}",
        "[",
        "]",
        "&a ",
        "*a",
        "? ",
        ": ",
        "- ",
        "<<: *a",
        "!!python/x ",
        "!",
        "%",
        "@",
        "`",
    ),
    *(
        "\n",
        "\r",
        "\t",
        " ",
        "  ",
        "\x00",
        "\x1b",
        "\ufeff",
        "\u2028",
        "\ud800",
        "'",
        '"',
        "\\",
        "#",
        "|\n",
        ">\n",
        ",",
    ),
    *(
        "title",
        "date",
        "slug: ",
        "url: ",
        "tags: ",
        "image: ",
        "true",
        "~",
        "null",
        "9" * 50,
        "../",
        "%2e",
        "//",
        "http://[",
    ),
    *(
        "2018-02-30",
        "2026-03-29 02:30",
        "NaN",
        "1e999",
        "0x",
        "é",
        "e\u0301",
        "中",
        "🎉",
        "<!--",
        "-->",
        ".. ",
        "lang: xx",
    ),
)
EDITS = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 8), st.sampled_from(PIECES) | st.text(max_size=3)), max_size=6
)


def check(data: bytes, path: str) -> None:
    config = config_of(timezone="Europe/Berlin")
    post, problems = read_all(data, path, config)
    errors = {problem.code for problem in problems if problem.severity == "error"}
    assert (post is None) == bool(errors - {"missing-date"})
    for problem in problems:
        assert problem.code
        assert problem.line >= 1
        assert str(problem).isprintable()
    if post is not None:
        assert post.date.utcoffset() is not None
        assert post.url.startswith("https://example.org/")
        for text in (
            post.title,
            post.summary,
            post.slug,
            post.id,
            *post.tags,
            *post.aliases,
            *(a.name for a in post.authors),
        ):
            assert text == clean_text(text)
        assert "\r" not in body(data, post)


@settings(max_examples=1500)
@given(
    st.sampled_from(HEADERS),
    EDITS,
    st.sampled_from(["content/a.md", "content/2026-11-18-a/index.md", "content/ä b.de.md"]),
)
@example(HEADERS[6], [(490, 6, "{"), (282, 0, " ")], "content/a.md")  # a slug that begins with a slash and a space
def test_mutated_headers_never_raise(text: str, edits: list[tuple[int, int, str]], path: str) -> None:
    for position, removed, inserted in edits:
        at = position % (len(text) + 1)
        text = text[:at] + inserted + text[at + removed :]
    check(text.encode("utf-8", "surrogatepass"), path)


@settings(max_examples=150)
@given(st.binary(max_size=200), st.sampled_from([b"", b"---\n", b"+++\n", b"{", b"title: x\n"]))
def test_any_bytes_never_raise(data: bytes, start: bytes) -> None:
    check(start + data, "content/a.md")
