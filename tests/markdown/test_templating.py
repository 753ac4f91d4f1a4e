"""Templating of other generators never reaches a reader, and what a post shows as code stays."""

import html as entities
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.markdown.foreign import shortcodes, templating
from tests.html_rules import faults
from tests.markup_samples import URL, config, html, post, render

LIQUID = [
    ("{% highlight ruby linenos %}\nputs '<x>' # {{ y }}\n{% endhighlight %}", '<pre><code class="language-ruby">puts \'&lt;x&gt;\' # {{ y }}\n</code></pre>'),
    ("- a\n  {% highlight js %}\n  x()\n  {% endhighlight %}", '<ul>\n<li>a\n<pre><code class="language-js">x()\n</code></pre>\n</li>\n</ul>'),
    ("{% codeblock title lang:js %}\nx()\n{% endcodeblock %}", '<pre><code class="language-js">x()\n</code></pre>'),
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
    ('<Tweet id="1" f={() => ({a: 1})} />\n\ntext', "<p>text</p>"),
    ("<Note title={x}>\n\nInner *x*\n\n</Note>", "<p>Inner <em>x</em></p>"),
    ("a{/* hidden */}b {frontmatter.title} c", "<p>ab   c</p>"),
    ("```js\nimport a from 'b'\n<Tweet/>\n```", '<pre><code class="language-js">import a from \'b\'\n&lt;Tweet/&gt;\n</code></pre>'),
    ("Use `<Tweet/>` here", "<p>Use <code>&lt;Tweet/&gt;</code> here</p>"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), LIQUID + HUGO)
def test_known_tags_become_something_sensible(source: str, expected: str) -> None:
    made = html(source)
    assert made == expected
    assert faults(made) == []


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


def test_every_name_is_treated_once() -> None:
    groups = [set(shortcodes.VERBATIM), shortcodes.DETAILS, shortcodes.SILENT, shortcodes.NOTES]
    assert all(not one & other for n, one in enumerate(groups) for other in groups[n + 1 :])
    assert set(shortcodes.ALIASES.values()) <= set(shortcodes.SINGLE)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(["{%", "%}", "{{", "}}", "{{<", ">}}", "{{%", "{#", "#}", "{:", "}", "raw", "endraw", "highlight", "/", " ", "\n", "\n\n", "`", "```\n", "    ", "- ", "<!--", "-->", "more", ":::", "note", "!!! x", "=", '"', "a", "{/*", "*/}", "import x", "[TOC]", "(", ")"]), max_size=30).map("".join))  # fmt: skip
def test_any_templating_is_survived(source: str) -> None:
    for path in ("content/a.md", "content/a.mdx"):
        made = templating.replace(source, post(path=path), config())
        assert len(made.problems) <= 20
        assert all(problem.line >= 5 for problem in made.problems)
