"""Every word arrives: what authors write in Markdown and HTML, in the feed, the e-mail and its text part of one build."""

import json
import re
from pathlib import Path
from typing import Any

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from digest.markdown import policy
from tests.commands import Command
from tests.conftest import MakeSite
from tests.markup_samples import html

TOML = """
[site]
title = "Site"
url = "https://site.example/"
permalink = "/{slug}/"

[digests.weekly]
title = "Weekly"
text = "full"
"""
# of which the first is SVG 2, the second MathML 4
SVG = (
    "a animate animateMotion animateTransform circle clipPath defs desc ellipse feBlend feColorMatrix feComposite "
    "feFlood feGaussianBlur feImage feMerge feOffset feTile filter foreignObject g hatch image line linearGradient "
    "marker mask metadata mpath path pattern polygon polyline radialGradient rect set stop switch symbol text "
    "textPath tspan unknown use view"
)
MATHML = (
    "abs and annotation apply approx arccos arg bvar card cartesianproduct ci cn codomain compose condition conjugate "
    "cos cross curl declare degree determinant diff divergence divide domain eq equivalent exists exp factorial factorof "
    "fn forall gcd geq grad gt ident image imaginary implies in int intersect interval inverse lambda laplacian lcm leq "
    "limit list ln log logbase lowlimit lt maction max mean median menclose merror mfenced mfrac mi min minus mmultiscripts "
    "mn mo mode moment mover mpadded mphantom mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr "
    "munder munderover neq not notin or otherwise outerproduct partialdiff piece piecewise plus power product quotient "
    "real rem root scalarproduct sdev sec selector sep set setdiff sin subset sum tan tendsto times transpose union uplimit "
    "variance vector vectorproduct xor"
)
NAMES = sorted({*SVG.split(), *MATHML.split()} - {"a", "image"})  # which mean links and pictures

# Markdown, what the HTML must have (;; between), what it must not have
CASES = {
    "a placeholder": ("cp <path> <your-dest>, and more", "cp &lt;path&gt; &lt;your-dest&gt;, and more", ""),
    "a generic type": ("A Map<String, List<int>> and vec<u8>, done", "List&lt;int&gt;&gt; and vec&lt;u8&gt;, done", ""),
    "a comparison": ("if a<b then c>d", "if a&lt;b then c&gt;d", ""),
    "an unknown element": ("<int>5</int> and <custom-x>six</custom-x>.", "5 and six.", "custom"),
    "an unclosed title": ("Use <title>, then.\n\nNext *p*.", "&lt;title&gt;, then. ;; Next <em>p</em>", ""),
    "two mentions of an element": ("A <title> ends\n\nwith a </title> tag", "ends ;; with a", ""),
    "an unclosed block": ("<textarea>\na *b*\n\nNext *p*.", "a <em>b</em> ;; Next <em>p</em>", ""),
    "an unclosed comment": ("<!-- a *b*\n\nNext *p*.", "a <em>b</em> ;; Next <em>p</em>", ""),
    "unwrapped blocks": ("<fieldset><legend>A</legend>B</fieldset>C", "", "AB ;; BC"),
    "a dialog and a menu": ("<dialog open>A</dialog><menu><li>B</menu>C", "<li>B</li>", "AB ;; BC"),
    "a button": ("A <button>Press *me*</button> B.\n\n<button>\nC *d*\n\n</button>\n\nE", "A Press <em>me</em> B. ;; <p>C <em>d</em></p> ;; <p>E</p>", "button"),
    "a button that is never closed": ("The <button>Press\n\nand *p* <button type=submit>go</button> on", "&lt;button&gt;Press ;; and <em>p</em> go on", "/button"),
    "a choice": ('Fruit:<select name=a>\n<optgroup label="Red">\n<option>Apple\n<option selected>Cherry</option>\n</select>\n\nB *c*', "Fruit: ;; Red ;; <br>Apple ;; <br>Cherry ;; <em>c</em>", "option ;; select"),
    "a choice that is never closed": ("Pick <select> now\n\n*b* <option> c", "Pick &lt;select&gt; now ;; <em>b</em> &lt;option&gt; c", ""),
    "a field of text": ("<textarea rows=3>\nA\n\nb *c*\n</textarea>\n\nD</textarea> e", "<p>A</p> ;; b <em>c</em> ;; D e", "textarea"),
    "a form": ('<form><label>Name</label><input name=a><input type="submit" value="Send *now*"></form>z', "Name  Send *now* ;; z", "NameSend"),
    "boxes": ('<li><input type="checkbox" checked> a</li><li><input type=checkbox> b</li>', "☑ a ;; ☐ b", ""),
    "placeholders in code of HTML": ("<code>cp <path> <dest></code>, <pre>Use <title> and List<int>\n<select>\n</pre>\n\nthen *b*", "<code>cp &lt;path&gt; &lt;dest&gt;</code>, ;; Use &lt;title&gt; and List&lt;int&gt; ;; then <em>b</em>", ""),
    "colours in code of HTML": ("<pre><font color=red>a</font> <b>c</b></pre>", "<pre>a <b>c</b></pre>", "font"),
    "a drawing": ("a <svg><title>Red circle</title><path d='M0'/></svg> b", "a Red circle b", ""),
    "MathML": ("is <math><mfrac><mi>a</mi><mn>2</mn></mfrac></math> ok", '"language-math">a/2</code> ok', ""),
    "MathML with TeX": (
        "is <math><semantics><mi>e</mi><annotation encoding='application/x-tex'>e_1*b*</annotation></semantics></math> ok",
        '"language-math">e_1*b*</code> ok',
        "",
    ),
    "KaTeX": (
        "<span class=katex><span class=katex-mathml><math><mi>x</mi></math></span><span class='katex-html'>x</span></span>!",
        "<code ;; x</code></span></span>!",
        "<span>x",
    ),
    "a numeric reference of Windows-1252": ("1990&#150;2000 &#x85;", "1990–2000 …", ""),
    "a range": ("20~30, 25~35, **5~8** and ~~struck~~", "20~30, 25~35, <strong>5~8</strong> and <del>struck", ""),
    "a range in HTML": ("<div>\n20~30 or 40~50\n</div>", "20~30 or 40~50", "#126"),
    "a tilde in an address": ("https://a.example/~b/~c [d](/~e/~f)", "/~b/~c</a> ;; site.example/~e/~f", "<del>"),
    "dollars and code": ("A seat is $20, then `$A` and `$B`.", "$20, then <code>$A</code> and <code>$B</code>", ""),
    "dollars and letters": ("US$20 and A$30, $PATH=a:$HOME, a$b$c", "US$20 and A$30, $PATH=a:$HOME, a$b$c", "<code"),
    "a formula": ("where $f*g$ and $a_1*b$", "<code class=\"language-math\">f*g</code> and ;; a_1*b</code>", "<em>"),
    "a formula of LaTeX": (r"where \(f*g\) and \[h*k_1\]", 'language-math">f*g</code> ;; h*k_1</code>', "<em>"),
    "an environment": (
        "\\begin{align}\na &= b \\\\\nc_1 &= d*e*\n\\end{align}",
        "\\begin{align}\na &amp;= b \\\\\nc_1 &amp;= d*e*\n\\end{align}",
        "<em>",
    ),
    "a formula over lines": ("$$\na\n= b\n- c\n$$", "a\n= b\n- c</code>", "<h1 ;; <li"),
    "escaped brackets": (r"\[1\] \(as such\) \[a\](https://b.example/)", "[1] (as such) [a](", "<code ;; \\"),
    "a comma after an address": ("见 https://a.example/b，然后（https://c.example/d）。", '/b">https://a.example/b</a>，然后（ ;; /d">', "%E"),
    "a quotation of an address": ('"https://a.example/b"is “https://a.example/c”。', '/b"> ;; /c">', "%22 ;; %E2"),
    "a dash after an address": ("https://a.example/b—then https://a.example和 www.a.example。", '/b"> ;; https://a.example"> ;; //www.a.example">', "%E"),
    "Markdown after an address": ("https://a.example/，**重要**", '<a href="https://a.example/">https://a.example/</a>，<strong>重要', ""),
    "a picture's path with spaces": ("![Shot](images/Screen Shot.png)", "/images/Screen%20Shot.png\" alt=\"Shot\"", "]("),
    "a link's path with spaces": ('[`a` b](my file.pdf "T") [sic](as he wrote)', "my%20file.pdf\" title=\"T\" ;; [sic](as he wrote)", ""),
    "a picture's size": ("![Gate](gate.png =300x200) ![b](c.png =50x)", 'width="300" height="200" ;; width="50"', "=300"),
    "lines of Chinese": ("发芽很\n早，**燕\n子**\n也`来`\n了\nABC\n中", "发芽很早，<strong>燕子</strong>也<code>来</code>了\nABC\n中", ""),
    "lines of code in Chinese": ("```\n发芽\n很早\n```", "发芽\n很早\n", ""),
    "paragraphs of a definition": ("Alpha\n: First para.\n\n  Second para.\n\nBeta\n: one", "<p>First para.</p> ;; <dd>one</dd>", ""),
    "paragraphs of a second definition": ("> Alpha\n> : one\n> : two a.\n>\n>   two b.", "<p>two a.</p>", ""),
    "marked words": ("a ==b== 这是==重点==内容 `==c==` x==y and z==w", "<mark>b</mark> ;; <mark>重点</mark> ;; ==c== ;; x==y and z==w", ""),
    "names of emoji": (":tada: at 10:30:45 a:key:b `:smile:`", "🎉 at 10:30:45 a:key:b <code>:smile:</code>", ""),
    "a link to a heading": ("[x](#sub-head) [y](#中文)\n\n## Sub head\n\n## 中文", '/#sub-head" ;; /#%E4%B8%AD%E6%96%87"', "#p"),
    "hidden elements": ("<div hidden>secret <b>x</b></div>\n\n<p style='color:red;display: none'>secret</p>\n\nshown", "shown", "secret"),
    "Markdown in HTML": (
        '<div markdown="1">\n    Some *b* [c](/d).\n\n    - <p markdown=1>e *f*</p>\n</div>\nthen *g*\n\n`<p markdown="1">`',
        '<em>b</em> <a href="https://site.example/d">c</a> ;; <em>f</em> ;; <em>g</em> ;; <code>&lt;p markdown="1"&gt;',
        "<pre",
    ),
    "a call-out of Notion": ("<aside>\n💡 Mind the **gap**.\n\n</aside>", "<aside>\n<p>💡 Mind the <strong>gap", ""),
    "languages of code": (
        "```js{1,3-4}\na\n```\n\n```{.python .x}\nb\n```\n\n```{r, echo=F}\nc\n```\n\n```rust,ignore\nd\n```\n\n```c++\ne\n```",
        'language-js"> ;; language-python"> ;; language-r"> ;; language-rust"> ;; language-c++">',
        "",
    ),
    "a first heading like the title": ("# *Post*\n\nLead text.", "Lead text.", "<h1"),
    "a heading like the title further down": ("Lead.\n\n## Post\n\nText.", "<h2>Post</h2>", ""),
    "a noscript": ("<noscript>Enable JavaScript</noscript><noscript><img src=/a.png></noscript> b", "/a.png", "Enable"),
}  # fmt: skip


class Built:
    """What a build made of posts: an item of the feed and the problems by the name of the post."""

    def __init__(self, root: Path, said: str) -> None:
        feed = json.loads((root / "public/feed.json").read_text(encoding="utf-8"))
        self.items = {item["url"].split("/")[-2]: item for item in feed["items"]}
        edition = next((root / "public/editions/weekly").glob("*/email.txt"))
        self.text = edition.read_text(encoding="utf-8")
        self.said = said


def built(make_site: MakeSite, digest: Command, posts: dict[str, str], header: str = "") -> Built:
    files: dict[str, str | bytes] = {
        f"content/{slug}.md": f"---\ntitle: Post\ndate: 2026-11-20\n{header}---\n{body}\n"
        for slug, body in posts.items()
    }
    root = make_site(files, TOML)
    ended = digest(root, "build", "--now", "2026-11-30T09:00:00Z", "--since", "2000-01-01")
    return Built(root, ended.out + ended.err)


def text_of(html: str) -> str:
    """Return what a browser shows of HTML: not its comments, nor what elements hold that are not displayed."""
    tree = html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=False)
    return " ".join(_words(tree).split())


def _words(element: Any) -> str:
    if not isinstance(element.tag, str) or element.tag in policy.DROPPED:
        return str(element.tail or "")
    return f"{element.text or ''}{''.join(map(_words, element))}{element.tail or ''}"


@pytest.mark.parametrize(("source", "wanted", "unwanted"), CASES.values(), ids=CASES.keys())
def test_words_arrive(make_site: MakeSite, digest: Command, source: str, wanted: str, unwanted: str) -> None:
    made = built(make_site, digest, {"post": source})
    html = made.items["post"]["content_html"]
    for part in filter(None, wanted.split(" ;; ")):
        assert part in html
    for part in filter(None, unwanted.split(" ;; ")):
        assert part not in html
        assert part not in made.text


def test_no_name_of_svg_or_mathml_takes_words_with_it(make_site: MakeSite, digest: Command) -> None:
    placeholders = "\n\n".join(f"Before {name} <{name}> inside, after {name}." for name in NAMES)
    elements = "\n\n".join(f"Before {name} <{name}>inside</{name}>, after {name}." for name in NAMES)
    made = built(make_site, digest, {"placeholders": placeholders, "elements": elements})
    shown, unwrapped = (made.items[slug]["content_html"] for slug in ("placeholders", "elements"))
    for name in NAMES:
        assert f"<p>Before {name} &lt;{name}&gt; inside, after {name}.</p>" in shown
        assert f"<p>Before {name} inside, after {name}.</p>" in unwrapped


# the given description, Markdown, the summary
SUMMARIES = {
    "a caption": ("", "![Sea](/b.jpg)\n*Photo: the sea*\n\n![c](d.png)\n\n*A caption*\n\nThe tide came in.", "The tide came in."),
    "a picture in a line": ("", "![](/icon.png) The tide came in.", "The tide came in."),
    "contents": ("", "- [One](#one)\n\n- [Two](#two)\n\n  - [Three](#three)\n\nThe tide came in.", "The tide came in."),
    "an embed": ("", "<iframe src=https://youtu.be/abcdefghijk></iframe>\n\n[Back](/)\n\nThe tide came in.", "The tide came in."),
    "the title of a call-out": ("", "> [!info] Before you read\n> This is old.", "This is old."),
    "a call-out and a lead": ("", "> [!info] Before you read\n> This is old.\n\nThe tide came in.", "The tide came in."),
    "a bold line": ("", "**At a glance**\n\nThe tide came in.", "The tide came in."),
    "a bold sentence": ("", "**The tide came in.**\n\nAll went.", "The tide came in. All went."),
    "a heading like the title": ("", "# Post\n\nThe tide came in.", "The tide came in."),
    "HTML": ("We <a href='/x'>released</a> <b>it</b>, a < b <script>x()</script>~today~.", "Body.", "We released it, a < b ~today~."),
    "the title again": ("Post!", "The tide came in.", "The tide came in."),
    "the title again, cut": ("Post …", "The tide came in.", "The tide came in."),
    "one that was cut": ("The tide came in and all wen...", "The tide came in and all went home. Then more.", "The tide came in and all went home."),
    "lines of Chinese": ("", "发芽很\n早，燕子20~30只，又25~35只。", "发芽很早，燕子20~30只，又25~35只。"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "source", "expected"), SUMMARIES.values(), ids=SUMMARIES.keys())
def test_a_summary_is_what_a_person_would_read_first(
    make_site: MakeSite, digest: Command, given: str, source: str, expected: str
) -> None:
    made = built(make_site, digest, {"post": source}, header=f"description: {json.dumps(given)}\n" if given else "")
    assert made.items["post"]["summary"] == expected


def test_what_is_shown_otherwise_than_written_is_named_with_its_line(make_site: MakeSite, digest: Command) -> None:
    source = "One\n\nUse <title>.\n\n<select><option>a</select>\n\n<p hidden>secret</p>\n\nA <foo bar=b> c"
    said = built(make_site, digest, {"post": source}).said
    for line, code in ((7, "tag-as-text"), (9, "html-removed"), (11, "hidden-removed"), (13, "html-removed")):
        assert re.search(rf"content/post\.md:{line}:\d+: warning: {code}", said)


def test_a_place_is_that_of_the_construct_not_of_the_same_text_elsewhere(make_site: MakeSite, digest: Command) -> None:
    source = (
        "`<title> <foo bar=b> <script>`\n\n<title>a</title> and <title>.\n\n```\n<p hidden> /p.gif\n```\n\n<p>a</p>\n\n<p hidden>b</p>\n\n"
        f"/p.gif\n\n<img src=/p.gif width=1>\n\nA <foo bar=b> c\n\n<script>d</script>\n\n[e](/{'x' * 2001})"
    )
    said = built(make_site, digest, {"post": source}).said
    places = {
        code: (int(line), int(column))
        for line, column, code in re.findall(r"post\.md:(\d+):(\d+): warning: ([a-z-]+)", said)
    }
    assert places["tag-as-text"] == (7, 22)
    assert places["hidden-removed"] == (15, 1)
    assert places["tracking-pixel"] == (19, 1)
    assert places["link-too-long"] == (25, 5)
    assert re.search(r"post\.md:21:3: warning: html-removed: <foo", said)
    assert re.search(r"post\.md:23:1: warning: html-removed: <script", said)


def test_names_of_emoji_are_read_in_titles(make_site: MakeSite, digest: Command) -> None:
    files: dict[str, str | bytes] = {
        "content/a.md": '---\ntitle: "Ship it :rocket: at 10:30:45, std::key::b"\ndate: 2026-11-20\n---\nx',
        "content/b.md": "---\ndate: 2026-11-20\n---\n# Good news :tada:\n\nBody.",
    }
    root = make_site(files, TOML)
    digest(root, "build", "--now", "2026-11-30T09:00:00Z", "--since", "2000-01-01")
    items = json.loads((root / "public/feed.json").read_text(encoding="utf-8"))["items"]
    assert {item["title"] for item in items} == {"Ship it 🚀 at 10:30:45, std::key::b", "Good news 🎉"}
    assert "Good news" not in items[0]["content_html"] + items[1]["content_html"]


def test_the_page_of_an_author_may_be_a_path(make_site: MakeSite, digest: Command) -> None:
    made = built(make_site, digest, {"post": "x"}, header="authors:\n  - name: Ann\n    url: /about/ann\n")
    assert made.items["post"]["authors"] == [{"name": "Ann", "url": "https://site.example/about/ann"}]


@pytest.mark.parametrize(("language", "view"), [("zh-CN", "："), ("ja", "："), ("ko", ": "), ("en", ": ")])
def test_a_colon_after_chinese_or_japanese_is_full_width(
    make_site: MakeSite, digest: Command, language: str, view: str
) -> None:
    table = f"| 名称 | Name |\n|--|--|\n| 柳 {'x' * 40} | {'y' * 40} |\n| b | c |"
    root = make_site(
        {"content/a.md": f"---\ntitle: T\ndate: 2026-11-20\n---\n{table}"},
        TOML.replace("url =", f'language = "{language}"\nurl ='),
    )
    digest(root, "build", "--now", "2026-11-30T09:00:00Z", "--since", "2000-01-01")
    text = next((root / "public/editions/weekly").glob("*/email.txt")).read_text(encoding="utf-8")
    assert f"{view}https://site.example/" in text
    assert "名称：柳" in text
    assert "Name: y" in text


BLOCKS = st.sampled_from(
    [
        "# {}", "{}\n===", "> {}\n> {}", "- {}\n- {}", "1. {}\n\n   {}", "```\n{}\n```", "    {}", "{}  \n{}", "{}\n{}", "| {} | {} |\n|--|--|\n| {} | {} |",
        "<div>\n{}\n</div>", "<div>\n\n{}\n\n</div>", "<table><tr><td>{}<td>{}</table>", "<details><summary>{}</summary>\n\n{}\n\n</details>",
        "<fieldset><legend>{}</legend>{}</fieldset>", "<dialog open>{}</dialog>{}", "<p>{}<p>{}", "<ul><li>{}<li>{}</ul>", "Term\n: {}\n\n  {}",
        "> > {}\n> {}", "- {}\n  - {}\n\n    {}", "> - {}\n>   {}", "1) {}\n   > {}", "| {} | {} |\n|:-:|--|\n| a \\| b | {} |", "| {} | {} |\n| {} | {} |", "<ul><li>{}\n\n{}</ul>",
        "<pre>{} {}</pre>", '- <div markdown="1">\n  {}\n  </div>', "<select><option>{}<option>{}</select>", "<button>\n{}\n\n{}\n</button>",
        "<dl><dt>{}<dd>{}</dl>", "<!-- no -->\n{}\n\n{}", "    <script>\n\n{}",
        "> [!NOTE] {}\n> {}", "<form action=/x>{}</form>{}", '<div markdown="1">\n{}\n</div>', "<aside>\n{}\n\n</aside>",
    ]
)  # fmt: skip
INLINES = st.sampled_from(
    [
        "{}", "*{}*", "**{}**", "`{}`", "[{}](https://a.example/)", "{}~{}~{}", "~~{}~~", "${} and ${}", "$20 {}", "a < {} > b", "<b>{}</b>", "<b>{}", "<path> {}", "<path>{}</path>",
        "<title> {}", "<button>{}", "<select> {}", "<svg> {}", "<label>{}</label>", "{} https://a.example/，{}", "“https://a.example/”{}", "{}\\*{}", "{} &amp; {}", "{}&#150;{}", "\\({}\\)",
        "\\[{}\\]", "=={}==", "{}=={}", "({})", "<!-- no -->{}", "<!-- {}", "<int>{}", "<a href=/b>{}</a>", "<font color=red>{}</font>", "![x](a b.png) {}", "{}: {}:", ":{}", "</p>{}", "{} <{}",
        "<code>{} <path> {}</code>", "<kbd>{}</kbd>", "<q>{}</q>", "<option>{}", "<textarea>{}</textarea>", "[{}][nope]", "<span markdown='1'>{}</span>", "[[{}]]", "[{}][{}]", "{}^{}^",
        "<mark>{}</mark>", "[x {}]", "{{ {} }}", "%{}%", "<label><input>{}</label>", "**{}*{}*{}**", "``{} ` {}``", "<ruby>{}<rt>{}</ruby>", "<sub>{}<sup>{}",
    ]
)  # fmt: skip


@st.composite
def markdown(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Return Markdown of many constructs, and the words in it."""
    words: list[str] = []

    def word() -> str:
        words.append(f"w{len(words)}x")
        return words[-1]

    def inline() -> str:
        pattern = draw(INLINES)
        return re.sub(r"\{\}", lambda _: word(), pattern)

    blocks = draw(st.lists(BLOCKS, min_size=1, max_size=5))
    return "\n\n".join(re.sub(r"\{\}", lambda _: f"{inline()} {inline()}", block) for block in blocks), words


@settings(max_examples=400)
@given(markdown())
def test_no_word_of_any_markdown_is_lost(made: tuple[str, list[str]]) -> None:
    source, words = made
    shown = text_of(html(source, title=""))
    plain = text_of(MarkdownIt("commonmark").enable("table").render(source))
    lost = [word for word in words if word in plain and word not in shown]
    assert not lost, source
