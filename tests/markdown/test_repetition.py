"""A body of one pattern over and over is rendered in a time that grows with its length, or refused by name."""

import itertools
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.markup_samples import render

LONG = 240_000  # characters
SHORT = 60_000
SLOW = 4e-6  # seconds of processor time for a character; the usual is half of it
SPECIAL = "!\"#$&'()*+-.:<=>@[\\]^_`{|}~ \n"
MARKDOWN = (
    "a", "中", "中\n", "a\n", "a\n\n", "- a\n", "1. a\n", "> a\n", "# a\n", "a@b.cc ", "a@b.cc，", "http://a.bc ", "https://a.bc/，", "www.a.bc ",
    "[a](b)", "[a](b c.png)", "![a](b c.png)", "![a](b =1x2)", "[a][b]", "[a]: b\n", "[^a]", "[^a]: b\n", "[a](<b>", "](a b", "](", "](a", "[[[", "(((",
    "$a$ ", "$a", "$$a$$", "\\(a\\)", "\\[", "\\(", "\\begin{a}", "\\begin{a}\\end{a}", "~a", "~~a~~", "==a==", "a==b", ":tada:", "a:b:c",
    "`a`", "``a` ", "**a", "_a_", "*a*", "a*", "***", "---\n", "===\n", "a\n===\n", "```\n", "~~~\n", "    a\n", "\ta\n", "\\\n", "a  \n",
    "a\n: b\n", "a\n: b\n\n  c\n", "> a\n> : b\n", ": a\n", "~ a\n", "|a|b|\n", "- [ ] a\n", "<a@b.cc>", "<http://a.b>", "&amp;", "&#150;", "“a”", "😀",
)  # fmt: skip
HTML = (
    "<b>", "<b>a</b>", "<path>", "<path>a</path>", "</path>", "<title>", "<title>a</title>", "<svg>", "<svg></svg>", "<math>", "<math><mi>a</mi></math>",
    "<div>\n", "<div>\n\n", "<div markdown=1>", '<div markdown="1">a</div>\n', "<aside>\na\n", "<p hidden>", "<p hidden>a</p>", "<!--", "<!-- a -->",
    "<?", "<![CDATA[", '<a "', "<a '", '<a href="', "<select>", "<option>a", "<table><tr><td>", "<iframe src=a>", "<video>", "<noscript>",
    "<noscript><img src=a></noscript>", "<img data-src=a>", "<textarea>", "<pre>", "<pre>a</pre>", "<script>", "<script>a</script>", "<style>a</style>",
    "<fieldset><legend>a</legend></fieldset>", "<details><summary>a</summary>\n", "a<br>", "<li>", "<ruby>a<rt>b", "<span>", "<font>", "</", "</a>",
    "<a", "<a>", "a<b ", "<p>", "<p><b>", "<dl><dt>a<dd>b",
)  # fmt: skip
OTHERS = (
    "{{ a }}",
    "{% a %}",
    "{: .a}",
    "{#a}",
    ":::note\n",
    "!!! a\n",
    "??? a\n",
    '=== "a"\n',
    "[[a]]",
    "![[a.png]]",
    "*|a|*",
    "%%a%%",
    "%%",
    "![[",
    "@tab a\n",
    "[a b='c']",
    "{% include a.md %}",
    "](link://slug/a)",
    '<Aa b="c">',
    "<aside>\na\n</aside>\n",
)
PAIRS = tuple(first + second for first, second in itertools.combinations(SPECIAL, 2))  # over and over, ba is ab
# The worst of them, in full length.
WORST = (
    "*a **b",
    "~a ~~b",
    "*(**a)",
    "%%",
    "![[a]]",
    "[a]\n",
    "[gallery]\n",
    "{% include a.md %}",
    "](link://slug/a)",
    "<aside>\na\n</aside>\n",
    "a@b.cc ",
    "&",
    "$>",
    "*~",
    "#\n",
    "![a](b c.png)",
    "a\n: b\n\n  c\n",
    "=~",
    "<p hidden>a</p>",
    "$a$ ",
)
# A new program's peak starts with that of its parent in getrusage(), but from nothing in VmHWM.
ONCE = """
import sys, time
from pathlib import Path
from tests.markup_samples import render
pattern = sys.argv[1]
made = render(pattern * (1_000_000 // len(pattern)))
errors = [problem.code for problem in made.problems if problem.severity == "error"]
assert bool(errors) != bool(made.html), errors
status = Path("/proc/self/status").read_text()
print(time.process_time(), status.partition("VmHWM:")[2].split()[0])
"""


def seconds(pattern: str, characters: int) -> float:
    source = pattern * (characters // len(pattern))
    start = time.process_time()
    render(source)
    return time.process_time() - start


@pytest.mark.parametrize(
    ("patterns", "characters"),
    [(MARKDOWN, LONG), (HTML, LONG), (OTHERS, LONG), (SPECIAL, LONG), (PAIRS, SHORT)],
    ids=["Markdown", "HTML", "others", "signs", "pairs"],
)
def test_time_grows_no_faster_than_the_body(patterns: tuple[str, ...], characters: int) -> None:
    for pattern in patterns:
        taken = seconds(pattern, characters)
        if taken > SLOW * characters and taken >= 8 * seconds(pattern, characters // 4):
            # Measured again, since a busy machine makes a process slower for a moment.
            whole = min(seconds(pattern, characters) for _ in range(2))
            assert whole < 8 * max(seconds(pattern, characters // 4) for _ in range(2)), pattern


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
@pytest.mark.parametrize("pattern", WORST)
def test_a_megabyte_takes_two_seconds_and_300_mebibytes_at_most(pattern: str) -> None:
    once = subprocess.run([sys.executable, "-c", ONCE, pattern], check=True, capture_output=True, text=True)
    taken, peak_kibibytes = once.stdout.split()
    assert int(peak_kibibytes) < 300 * 1024
    assert float(taken) < 6  # a core that others use too takes up to three times its time
