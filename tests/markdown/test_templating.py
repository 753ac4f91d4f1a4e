"""Templating of other generators never reaches a reader, and what a post shows as code stays."""

import html as entities
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.collector import Pages
from digest.markdown import foreign
from tests.html_rules import faults
from tests.markup_samples import URL, config, html, post, render

LIQUID = [
    ("{% highlight ruby linenos %}\nputs '<x>' # {{ y }}\n{% endhighlight %}", '<pre><code class="language-ruby">puts \'&lt;x&gt;\' # {{ y }}\n</code></pre>'),
    ("- a\n  {% highlight js %}\n  x()\n  {% endhighlight %}", '<ul>\n<li>a\n<pre><code class="language-js">x()\n</code></pre>\n</li>\n</ul>'),
    ("{% codeblock title lang:js %}\nx()\n{% endcodeblock %}", '<p><strong>title</strong></p>\n<pre><code class="language-js">x()\n</code></pre>'),
    ("{% raw %}{{ user.name }}{% endraw %}", "<p>{{ user.name }}</p>"),
    ("a {% comment %}hidden{% endcomment %} b", "<p>a  b</p>"),
    ("[a]({{ site.baseurl }}/about/)", '<p><a href="https://x.org/blog/about/">a</a></p>'),
    ("[a]({{ site.url }}{{ site.baseurl }}/about/)", '<p><a href="https://x.org/blog/about/">a</a></p>'),
    ('[a]({{ "/about/" | relative_url }})', '<p><a href="https://x.org/blog/about/">a</a></p>'),
    ("[a]({{ '/about/' | prepend: site.baseurl }})", '<p><a href="https://x.org/blog/about/">a</a></p>'),
    ("{{ page.title }} of {{ site.title }}", "<p>Hello of A *site*</p>"),
    ("[p]({% post_url 2020-01-05-first-post %})", '<p><a href="https://x.org/blog/2020/01/05/first-post/">p</a></p>'),
    ("[p]({% link _posts/2020-01-05-first-post.md %}#a)", '<p><a href="https://x.org/blog/2020/01/05/first-post/#a">p</a></p>'),
    ('{% image "assets/a b.jpg" "A team" %}', '<p><img src="https://x.org/blog/assets/a%20b.jpg" alt="A team"></p>'),
    ('{% include youtube.html id="abcdefghijk" title="Talk" %}', '<p><a href="https://www.youtube.com/watch?v=abcdefghijk"><img src="https://i.ytimg.com/vi/abcdefghijk/hqdefault.jpg" alt="" width="480" height="360"><br>▶\ufe0e Talk (YouTube)</a></p>'),
    ("{% include figure.html src='/a.png' alt='A' caption='It *is*' %}", '<figure><img src="https://x.org/a.png" alt="A"><figcaption>It <em>is</em></figcaption></figure>'),
    ('{% include "linked-figure.html",\n  image: "/a.jpg",\n  alt: "cloud.gov\'s",\n  caption: "C" %}', '<figure><img src="https://x.org/a.jpg" alt="cloud.gov\'s"><figcaption>C</figcaption></figure>'),
    ("{% asset_img cat.png A cat %}", f'<p><img src="{URL}cat.png" alt="A cat"></p>'),
    ("{% blockquote Ada, Notes %}\nIt *is*.\n{% endblockquote %}", "<blockquote>\n<p>It <em>is</em>.</p>\n<p>— Ada, Notes</p>\n</blockquote>"),
    ("{% for x in site.posts %}{{ x.title }}{% endfor %}after", "<p>after</p>"),
]  # fmt: skip
HUGO = [
    ('{{< figure src="a.png" title="T" alt="A" >}}', f'<figure><img src="{URL}a.png" alt="A"><figcaption>T</figcaption></figure>'),
    ('[a]({{< ref "2020-01-05-first.md" >}} "T")', '<p><a href="https://x.org/blog/2020/01/05/first/" title="T">a</a></p>'),
    ('[a]({{< relref "docs/about.md#x" >}})', '<p><a href="https://x.org/blog/docs/about/#x">a</a></p>'),
    ("{{< highlight go >}}\nx := 1\n{{< /highlight >}}", '<pre><code class="language-go">x := 1\n</code></pre>'),
    ("{{< highlight >}}marked{{< /highlight >}}", "<p><mark>marked</mark></p>"),
    ("{{< tweet user=\"ada\" id=\"12\" >}}", '<p><a href="https://twitter.com/ada/status/12">▶\ufe0e Twitter</a></p>'),
    ("{{< gist ada 12 >}}", '<p><a href="https://gist.github.com/ada/12">▶\ufe0e GitHub Gist</a></p>'),
    ("{{< vimeo 146022717 >}}", '<p><a href="https://vimeo.com/146022717">▶\ufe0e Vimeo</a></p>'),
    ("{{% notice warning %}}\nMind *this*.\n{{% /notice %}}\nafter", "<blockquote>\n<p>Mind <em>this</em>.</p>\n</blockquote>\n<p>after</p>"),
    ('{{< button href="/go" text="Go *on*" >}}', '<p><a href="https://x.org/go">Go <em>on</em></a></p>'),
    ('{{< quote-block text="Be." cite="Me" >}}', "<blockquote>Be.<br>— Me</blockquote>"),
    ("{{</* figure src=x */>}}", "<p>{{&lt; figure src=x &gt;}}</p>"),
    ("{{< tabs >}}{{< tab >}}one{{< /tab >}}{{< /tabs >}}", "<p>one</p>"),
    ('{{< details title="More" >}}\n\n*x*\n\n{{< /details >}}', "<details><summary>More</summary>\n<p><em>x</em></p>\n</details>"),
]  # fmt: skip
OTHERS = [
    ('{{ youtube(id="abcdefghijk") }}', "YouTube"),
    ('{% quote(author="Ada") %}\nBe.\n{% end %}', "<blockquote>\n<p>Be.</p>\n<p>— Ada</p>\n</blockquote>"),
    ("# H {#intro .big}\n\n[to](#intro)", 'intro"></a></h1>'),
    ("text\n{: .note}", "<p>text</p>"),
    ("* TOC\n{:toc}\n\ntext", "<p>text</p>"),
    ("![a](/a.png){: width='3' .left }", '<p><img src="https://x.org/a.png" alt="a"></p>'),
    ("[a](/a){target=_blank .b}", '<p><a href="https://x.org/a">a</a></p>'),
    (":::note Mind *this*\n\nInner\n\n:::\n\nafter", "<blockquote>\n<p><strong>Mind <em>this</em></strong></p>\n<p>Inner</p>\n</blockquote>\n<p>after</p>"),
    (":::note Mind the gap. Now\nInner\n:::", "<blockquote>\n<p><strong>Mind the gap. Now</strong></p>\n<p>Inner</p>\n</blockquote>"),
    (":::details Title\nInner\n:::", "<details><summary>Title</summary>\n<p>Inner</p>\n</details>"),
    (":::tip[Label]\nInner\n:::", "<blockquote>\n<p><strong>Label</strong></p>\n<p>Inner</p>\n</blockquote>"),
    ("::: columns\nInner\n:::", "<p>Inner</p>"),
    ('!!! note "Mind"\n    Inner\n\n    ```\n    {{ x }}\n    ```\n\nafter', "<blockquote>\n<p><strong>Mind</strong></p>\n<p>Inner</p>\n<pre><code>{{ x }}\n</code></pre>\n</blockquote>\n<p>after</p>"),
    ('??? tip "More"\n    Inner', "<details><summary>More</summary>\n<p>Inner</p>\n</details>"),
    ('=== "One"\n    Inner', "<p><strong>One</strong></p>\n<p>Inner</p>"),
    ("> [!NOTE]\n> Inner", "<blockquote>\n<p><strong>Note</strong></p>\n<p>Inner</p>\n</blockquote>"),
    ("> [!tip]- Mine\n> Inner", "<blockquote>\n<p><strong>Mine</strong></p>\n<p>Inner</p>\n</blockquote>"),
    ("[TOC]\n\ntext", "<p>text</p>"),
    ("[Toc]\n\ntext", "<p>text</p>"),
    ("*[HTML]: Hyper Text\n\nHTML", "<p>HTML</p>"),
    ("![[cat.png|A cat]]", f'<p><img src="{URL}cat.png" alt="A cat"></p>'),
    ("Title\n=====\n\ntext", "<h1>Title</h1>\n<p>text</p>"),
]  # fmt: skip
MDX = [
    ("import X from './x'\nimport {\n  Y,\n} from 'y'\n\nexport const a = {\n  b: 1\n}\n\ntext", "<p>text</p>"),
    ('<Chart id="1" f={() => ({a: 1})} />\n\ntext', "<p>text</p>"),
    ("<Tabs\n  values={[{a: {b: 1}}]}\n  {...more}\n>\n\nInner\n\n</Tabs>", "<p>Inner</p>"),
    ("Map<String, T> stays", "<p>Map&lt;String, T&gt; stays</p>"),
    ("<Note title={x}>\n\nInner *x*\n\n</Note>", "<blockquote>\n<p>Inner <em>x</em></p>\n</blockquote>"),
    ("a{/* hidden */}b {frontmatter.title} c", "<p>ab Hello c</p>"),
    ("```js\nimport a from 'b'\n<Tweet/>\n```", '<pre><code class="language-js">import a from \'b\'\n&lt;Tweet/&gt;\n</code></pre>'),
    ("Use `<Tweet/>` here", "<p>Use <code>&lt;Tweet/&gt;</code> here</p>"),
]  # fmt: skip


# Where code begins and ends decides what is templating; each fence and backtick here misled about it.
BESIDE_CODE = [
    ("> ```\n> x\n\n{% wobble %} after", "<blockquote>\n<pre><code>x\n</code></pre>\n</blockquote>\n<p>after</p>"),
    ("- > ~~~\n  > x\n\n[a]({{ site.baseurl }}/b/)", '<ul>\n<li>\n<blockquote>\n<pre><code>x\n</code></pre>\n</blockquote>\n</li>\n</ul>\n<p><a href="https://x.org/blog/b/">a</a></p>'),
    ("- a `b\n- {% wobble %} c` d", "<ul>\n<li>a `b</li>\n<li>c` d</li>\n</ul>"),
    ("a `b\n# {% wobble %}c` d", "<p>a `b</p>\n<h1>c` d</h1>"),
    ("{% raw %}\n```\n{{ x }}\n```\n{% endraw %}\n\n{% wobble %} after", "<pre><code>{{ x }}\n</code></pre>\n<p>after</p>"),
    ("{% raw %}a ` b {{ x }}{% endraw %}\n\n{% wobble %} c `", "<p>a ` b {{ x }}</p>\n<p>c `</p>"),
    ("{% highlight md %}\n```js\n{{ x }}\n{% endhighlight %}\n\n{% wobble %} after\n\n```\n{% y %}\n```", '<pre><code class="language-md">```js\n{{ x }}\n</code></pre>\n<p>after</p>\n<pre><code>{% y %}\n</code></pre>'),
    ("{{< highlight md >}}\n~~~\n`x\n{{< /highlight >}}\n\n{{< wobble >}}after `{{< y >}}`", '<pre><code class="language-md">~~~\n`x\n</code></pre>\n<p>after <code>{{&lt; y &gt;}}</code></p>'),
    ("{% codeblock %}\n```\n{% endcodeblock %}\n\n{% codeblock %}\n```\n{% endcodeblock %}\n\n{% wobble %} after", "<pre><code>```\n</code></pre>\n<pre><code>```\n</code></pre>\n<p>after</p>"),
    ("{% comment %}`{% endcomment %} {% wobble %}a ` b", "<p>a ` b</p>"),
    ("`{% raw %}` {% wobble %}and `{% endraw %}`", "<p><code>{% raw %}</code> and <code>{% endraw %}</code></p>"),
    ("```\n{% highlight js %}\n```\n{% wobble %}\n```\n{% endhighlight %}\n```", "<pre><code>{% highlight js %}\n</code></pre>\n\n<pre><code>{% endhighlight %}\n</code></pre>"),
    ("{% highlight html %}{% raw %}\n{{ x }}\n{% endraw %}{% endhighlight %}", '<pre><code class="language-html">{{ x }}\n</code></pre>'),
    ('!!! note\n    [a]({{ site.baseurl }}/b/)\n\n    [c]({{ site.baseurl }}/d/)\n\n        {{ x }}', '<blockquote>\n<p><strong>Note</strong></p>\n<p><a href="https://x.org/blog/b/">a</a></p>\n<p><a href="https://x.org/blog/d/">c</a></p>\n<pre><code>{{ x }}\n</code></pre>\n</blockquote>'),
    ("`:::note` and `![[a.png]]` and `x\n:::note\ny`", "<p><code>:::note</code> and <code>![[a.png]]</code> and <code>x :::note y</code></p>"),
    ('{% include figure.html src="/a.png" alt="`x`" %} {% wobble %}b', '<p><img src="https://x.org/a.png" alt="`x`"> b</p>'),
]  # fmt: skip
IN_QUOTATIONS = [
    ("> {% highlight ruby %}\n> x\n> {% endhighlight %}\n> after", '<blockquote>\n<pre><code class="language-ruby">x\n</code></pre>\n<p>after</p>\n</blockquote>'),
    ("> {% note %}\n> in\n> {% endnote %}\n> after", "<blockquote>\n<blockquote>\n<p>in</p>\n</blockquote>\n<p>after</p>\n</blockquote>"),
    ("> :::tip One. Two\n> in\n> :::\n> after", "<blockquote>\n<blockquote>\n<p><strong>One. Two</strong></p>\n<p>in</p>\n</blockquote>\n<p>after</p>\n</blockquote>"),
]  # fmt: skip
ARGUMENTS = [
    ('{{< figure\n  src="a.png" >}}', f'<p><img src="{URL}a.png" alt=""></p>'),
    ("[a]({{< ref /docs/b/ >}})", '<p><a href="https://x.org/blog/docs/b/">a</a></p>'),
    ('[a]({{< ref "b.md" >}}"T")', '<p><a href="https://x.org/blog/2026/b/" title="T">a</a></p>'),
    ('{{< gist ada 12 file="x.go" >}}', '<p><a href="https://gist.github.com/ada/12">▶\ufe0e GitHub Gist</a></p>'),
    ("{% asset_img x.png It's nice %}", f'<p><img src="{URL}x.png" alt="It\'s nice"></p>'),
]


@pytest.mark.parametrize(("source", "expected"), LIQUID + HUGO)
def test_known_tags_become_something_sensible(source: str, expected: str) -> None:
    made = html(source)
    assert made == expected
    assert faults(made) == []


@pytest.mark.parametrize(("source", "expected"), BESIDE_CODE)
def test_templating_beside_code_is_read_and_templating_in_it_is_shown(source: str, expected: str) -> None:
    assert html(source) == expected


@pytest.mark.parametrize(("source", "expected"), IN_QUOTATIONS)
def test_tags_in_a_quotation_stay_in_it(source: str, expected: str) -> None:
    assert html(source) == expected


@pytest.mark.parametrize(("source", "expected"), ARGUMENTS)
def test_arguments_are_read_as_generators_read_them(source: str, expected: str) -> None:
    assert html(source) == expected


@pytest.mark.parametrize(("source", "expected"), OTHERS)
def test_dialects_become_something_sensible(source: str, expected: str) -> None:
    made = html(source)
    assert expected in made
    assert not re.search(r"\{[%:#.]|:::|!!!|\[!", re.sub(r"<pre>.*?</pre>", "", made, flags=re.DOTALL))


@pytest.mark.parametrize(("source", "expected"), MDX)
def test_mdx_becomes_its_markdown(source: str, expected: str) -> None:
    assert html(source, path="content/hello.mdx") == expected


def test_what_is_not_known_goes_with_one_warning_a_name() -> None:
    made = render("One\n\n{{< wobble x >}}\n\ntwo {{< wobble y >}} {% frob %}in{% endfrob %}")
    assert made.html == "<p>One</p>\n\n<p>two  in</p>"
    assert [(p.code, p.line, p.column, p.severity) for p in made.problems] == [
        ("templating-removed", 7, 1, "warning"),
        ("templating-removed", 9, 22, "warning"),
    ]
    assert "{{< wobble >}}" in made.problems[0].message
    assert "{% frob %}" in made.problems[1].message


CODE = ["{{ x }}", "{% if x %}", "{{< figure src=\"x\" >}}", "{{% note %}}", "{# c #}", "{: .x }", "{% raw %}", ":::note", "<!-- more -->", "*|X|*"]  # fmt: skip


AROUND = ["```\n@\n```", "~~~ liquid\n@\n~~~", "text\n\n    @\n", "Use `@` so", "``a ` @``", "- item\n\n  ```\n  @\n  ```", "> ```\n> @\n> ```"]  # fmt: skip


@pytest.mark.parametrize("shown", CODE)
@pytest.mark.parametrize("around", AROUND)
def test_what_a_post_shows_as_code_stays(around: str, shown: str) -> None:
    made = render("Intro\n\n" + around.replace("@", shown) + "\n\nEnd")
    assert shown in entities.unescape(made.html)
    assert made.problems == ()


def test_what_raw_html_shows_as_code_stays() -> None:
    made = render("<pre>\n{% if x %}\n\n{{ site.url }}</pre>\n\n<code>{% x %}</code>")
    assert "{% if x %}\n\n{{ site.url }}" in made.html
    assert "<code>{% x %}</code>" in made.html
    assert made.problems == ()


def test_marks_that_let_a_generator_show_tags_go() -> None:
    assert html("`{% raw %}{{{% endraw %} x }}`") == "<p><code>{{ x }}</code></p>"
    assert html("`{% raw %}` and `{% endraw %}`") == "<p><code>{% raw %}</code> and <code>{% endraw %}</code></p>"
    assert html("```\n{{</* ref x */>}}\n```") == "<pre><code>{{&lt; ref x &gt;}}\n</code></pre>"


@pytest.mark.parametrize("text", ["{{ 7*191 }}", "{{ a_b_c }}", "{{unsubscribe_url}}", "*|EMAIL|*", "%recipient.x%", "{{ .Title }}", "{{ config.items() }}", "{{ unclosed", "{% %}", "{x}", "100 {%", "{{<", "{{ 'a' }"])  # fmt: skip
def test_what_is_no_templating_of_posts_is_text(text: str) -> None:
    assert entities.unescape(html(f"see {text} there")) == f"<p>see {text} there</p>"


def test_a_picture_that_only_its_site_can_find_is_not_shown_broken() -> None:
    made = render('{{< img src="api-pillars" >}}')
    assert made.html.strip() == ""
    assert [problem.code for problem in made.problems] == ["templating-removed"]


def test_a_removed_tag_does_not_end_the_html_around_it() -> None:
    made = html("<ul>\n  {% wobble %}\n    <li>a</li>\n  {% endwobble %}\n</ul>")
    assert "<pre>" not in made
    assert "<li>a</li>" in made


def test_a_mark_that_ends_the_beginning_is_found_wherever_it_stands() -> None:
    made = render(
        "one `<!-- more -->`\n\n<pre>\n<!-- more --></pre>\n\n- two <!--more--> three\n\nfour <!-- more --> five"
    )
    assert made.lead == "<p>one <code>&lt;!-- more --&gt;</code></p>\n<pre></pre>\n<ul>\n<li>two</li>\n</ul>"
    assert made.html == f"{made.lead}\n<p>three</p>\n<p>four  five</p>"
    assert render("one\n\n```\n<!-- more -->\n```").lead == ""


def test_a_table_of_contents_goes_with_the_list_item_that_it_replaces() -> None:
    assert html("* TOC\n{:toc}\n\ntext") == "<p>text</p>"
    assert html("intro\n\n1. Contents\n{:toc .big}\n\ntext") == "<p>intro</p>\n\n<p>text</p>"
    assert html("- item {:toc}\n\ntext") == "<ul>\n<li>item</li>\n</ul>\n<p>text</p>"


def test_every_file_of_the_package_is_listed() -> None:
    listed = set(re.findall(r"`([a-z_]+)(?:\.\w+)?`", foreign.__doc__ or ""))
    files = {path.stem for path in Path(foreign.__file__).parent.glob("*.py")}
    assert files - {"__init__"} <= listed


@settings(max_examples=300)
@given(st.lists(st.sampled_from(["{%", "%}", "{{", "}}", "{{<", ">}}", "{{%", "{#", "#}", "{:", "}", "raw", "endraw", "highlight", "/", " ", "\n", "\n\n", "`", "```\n", "    ", "- ", "<!--", "-->", "more", ":::", "note", "!!! x", "=", '"', "a", "{/*", "*/}", "import x", "[TOC]", "(", ")", "> ", "<A ", "\\n:::", "\\n[!", "![[a.png]]"]), max_size=30).map("".join))  # fmt: skip
def test_any_templating_is_survived(source: str) -> None:
    for path in ("content/a.md", "content/a.mdx"):
        made = foreign.plain_markdown(source, foreign.SiteLinks(post(path=path), config(), Pages()))
        assert len(made.problems) <= 20
        assert all(problem.line >= 5 for problem in made.problems)
