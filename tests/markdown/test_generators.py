"""What authors write for their generators arrives: one site, a post for each case, built by the command."""

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Command
from tests.conftest import MakeSite

TOML = '[site]\ntitle = "Site"\nurl = "https://site.example/"\npermalink = "/{slug}/"\n[posts]\nwithout_front_matter = true\n[feeds]\nlimit = 1000\n'
HEADER = "---\ntitle: A post\ndate: 2026-11-20\nslug: {}\n---\n"

# name: Markdown, what is in the HTML of the feed, what is not
LINKS = {
    "pelican-static": ("![a]({static}/i/x.png) ![b]({attach}y.png)", ['src="https://site.example/i/x.png"', "/pelican-static/y.png"], ["{", "%7B"]),
    "pelican-beside": ("![a]({static}x.png)", ['src="https://site.example/x.png"'], ["%7B"]),
    "pelican-filename": ("[a]({filename}other.md) [b](|filename|/2020-01-02-more.md#z) [c]({index})", ['/other/"', '/more/#z"', 'href="https://site.example/"'], ["%7B", "|"]),
    "pelican-html": ('<a href="{filename}/other.md">a</a> <img src="{static}/a b.png">', ['href="https://site.example/other/"', "a%20b.png"], ["%7B"]),
    "pelican-tag": ("- see [words]({tag}sea) and [more]({category}news)", ["see words and more"], ["%7B", "<a"]),
    "pelican-code": ("Write `{static}/x.png` or {static} so", ["<code>{static}/x.png</code>", "or {static} so"], []),
    "nikola-slug": ("> See [the tide](link://slug/tide-table#top).", ['href="https://site.example/tide-table/#top"'], ["link:"]),
    "nikola-tag": ("See [the tide](link://tag/sea) and [all](link://archive).", ["See the tide and all."], ["link:", "<a"]),
    "wikilinks": ("[[Bee Keeping]], [[Bees/Queen|the *queen*]], [[#Sub head]], [[Note#Part]] `[[x]]`", ["Bee Keeping, the <em>queen</em>", '#sub-head"', "Note &gt; Part", "<code>[[x]]</code>"], ["|"]),
    "no-wikilinks": ("a [[1]](https://a.example/) and [[ -f x ]] and [[1]]", ['<a href="https://a.example/">[1]</a>', "[[ -f x ]]", "[[1]]"], []),
    "embeds": ("![[a b.png|Alt|300x200]] ![[talk.pdf]]", ['alt="Alt" width="300" height="200"', 'talk.pdf">talk.pdf</a>'], ["[["]),
    "templating-in-links": ("[a]({{ user.url }}/x) ![alt]({{ page.img }}) [b][d] <a href='{{ x }}'>c</a>\n\n[d]: {{ y }}/z", ["a alt b c"], ["{{", "%7B", "<a", "[b]"]),
    "assign": ('{% assign base = "https://a.example" %}{% assign w = "**bold**" %}[a]({{ base }}/p) {{ w }}\n\n{% assign w = "two" %}{{ w | upcase }}', ['href="https://a.example/p"', "<strong>bold</strong>", "TWO"], ["{"]),
    "capture": ("{% capture x %}some *words*{% endcapture %}\n\nHere are {{ x }}.", ["Here are some <em>words</em>."], ["{"]),
    "assigned-unknown": ("{% assign n = 3 %}{% assign x = site.data.y %}It is {{ n }}, {{ x }} or {{ user.name }}.", ["It is 3,  or {{ user.name }}."], ["{{ x"]),
}  # fmt: skip
HIDDEN = {
    "obsidian-comments": ("Shown. %%ask Ann%% More, 100%% sure, 50%%.\n\n%%\nnot\n\n```\nfor readers\n```\n%%\n\nEnd `%%code%%`.", ["Shown.", "100%% sure, 50%%", "End <code>%%code%%</code>"], ["Ann", "readers"]),
    "block-ids": ("A line. ^abc123\n\n- item ^id-2\n- other\n\nx ^2 and y^n stay `a ^b1`\n\n| a | b |\n|---|---|\n| c | ^Same |", ["^Same", "<p>A line.</p>", "item</li>", "x ^2 and y^n stay"], ["^abc", "^id"]),
    "kramdown-comment": ("Shown.\n\n{::comment}\nhidden\n{:/comment}\n\nAfter {::comment}also{:/} it.", ["Shown.", "After  it."], ["hidden", "also", "{"]),
    "merge-in-html": ("<p>Hello *|FNAME|*, {{ user_name }}</p>\n\nand *|X|* {{ a_b_c }}", ["Hello *|FNAME|*, {{ user_name }}", "and *|X|* {{ a_b_c }}"], ["\\"]),
    "chunks": ("```{r, echo=FALSE}\n#| label: x\nplot(1)\n```\n\n- a\n  ```{python}\n  #| y: 1\n  z\n  ```\n\n```{=html}\n<b>raw</b>\n```", ['class="language-r">plot(1)', 'class="language-python">z', "<b>raw</b>"], ["#|", "{r"]),
}  # fmt: skip
HEXO = {
    "link": ("{% link Seeds https://seeds.example/shop %} {% link \"The shop\" /shop/ true 'A title' %} {% link One, https://a.example/, https://a.example/i.png %}", ['<a href="https://seeds.example/shop">Seeds</a>', '<a href="https://site.example/shop/">The shop</a>', '<a href="https://a.example/">One</a>'], ["true"]),
    "folding": ("> {% folding red open, How it works %}\n> Inner *x*\n> {% endfolding %}", ["<summary>How it works</summary>", "<em>x</em>"], ["red"]),
    "fold": ("{% fold info @The title %}\nInner\n{% endfold %}\n\n{% hideToggle Click me,blue,#fff %}\nHid\n{% endhideToggle %}", ["<summary>The title</summary>", "<summary>Click me</summary>"], ["info", "blue"]),
    "buttons": ("{% btn 'https://a.example/',Go there,far fa-hand,blue larger %} {% btn center large, Buy it, /buy, fas fa-x %}", ['<a href="https://a.example/">Go there</a>', '<a href="https://site.example/buy">Buy it</a>'], ["fa-", "blue", "large"]),
    "timeline": ("{% timeline 2014,blue %}\n{% timenode 2014-9 %}\nBegan.\n{% endtimenode %}\n{% endtimeline %}", ["<strong>2014</strong>", "<strong>2014-9</strong>", "Began."], ["blue"]),
    "nodes": ("{% timeline %}\n<!-- node 2015 -->\nGrew.\n{% endtimeline %}", ["<strong>2015</strong>", "Grew."], []),
    "notes": ("{% note blue 'fas fa-bullhorn' simple %}\nOne\n{% endnote %}\n\n{% note info My title %}\nTwo\n{% endnote %}", ["<blockquote>\n<p>One", "<strong>My title</strong>"], ["fa-", "info"]),
    "inline": ("{% label primary @the text %} {% label word red %} {% span red, some text %} {% checkbox red checked, done %} {% hideInline answer,Show %} {% u under %}", ["the text</mark>", "word</mark>", "some text", "☑ done", "answer", "under"], ["red", "primary", "Show"]),
    "hexo-tabs": ("{% tabs kinds %}\n<!-- tab Apple -->\nRed.\n<!-- endtab -->\n<!-- tab Pear@icon -->\nGreen.\n<!-- endtab -->\n{% endtabs %}", ["<strong>Apple</strong>", "Red.", "<strong>Pear</strong>"], ["@icon"]),
    "hugo-tabs": ('{{< tabs >}}\n{{% tab "macOS" %}}\nbrew\n{{% /tab %}}\n{{< tab name="Linux" >}}\napt\n{{< /tab >}}\n{{< /tabs >}}', ["<strong>macOS</strong>", "brew", "<strong>Linux</strong>"], ["{{"]),
    "hugo-notice": ('{{% notice warning "Mind" %}}\nIt\n{{% /notice %}}', ["<strong>Mind</strong>"], ["warning"]),
    "hexo-code": ("```\n{% link Seeds https://a.example %}\n```\n\n`{% btn a,b %}`", ["{% link Seeds https://a.example %}", "{% btn a,b %}"], []),
}  # fmt: skip
WORDPRESS = {
    "caption": ('[caption id="a_1" align="alignnone" width="3"]<img src="/a.jpg" width="300" /> A *caption* here[/caption]\n\n[caption id="b" caption="Old words"]<a href="/b"><img src="b.jpg"></a>[/caption]', ["<figure><img", "<figcaption>A <em>caption</em> here</figcaption>", "<figcaption>Old words"], ["[caption", "[/"]),
    "media": ('[embed]https://a.example/page[/embed] [embed width="1"]https://b.example/[/embed]\n\n[audio mp3="/a.mp3"][/audio] [video src="/v.mp4"] [youtube https://youtu.be/abcdefghijk] [vimeo 123]\n\n[youtube=http://www.youtube.com/watch?v=_7pZAuHwz0E&amp;w=600]\n\n[soundcloud url=”https://api.soundcloud.com/tracks/1″ params=”a=1″]', ["_7pZAuHwz0E", 'href="https://api.soundcloud.com/tracks/1"', 'href="https://a.example/page"', 'href="https://b.example/"', 'href="https://site.example/a.mp3"', "v.mp4", "abcdefghijk", "vimeo.com/123"], ["[youtube", "[soundcloud", "[embed", "[audio", "[video", "[vimeo"]),
    "unknown": ('Before [contact-form-7 id="1" title="Contact"] after\n\n> [su_box title="x"]Inside[/su_box]\n\n[gallery ids="1,2"]\n\n[recent_posts]\n\n[later] on', ["[later] on", "Before  after", "Inside"], ["[contact", "[su_box", "[/su", "[gallery", "[recent"]),
    "references": ("[caption] and [gallery][caption] and [note] and [x] `[caption id=\"1\"]`\n\n[caption]: https://a.example/", ['<a href="https://a.example/">caption</a>', ">gallery</a>", "[note] and [x]", '<code>[caption id="1"]</code>'], []),
    "sourcecode": ('[sourcecode language="php"]\n$x = [1];\n[/sourcecode]', ['class="language-php">$x = [1];'], ["[source"]),
}  # fmt: skip
BLOCKS = {
    "markdown-in-div": ('<div markdown="1">\n## Head\nSome *emphasis* and a [link](/x).\n</div>\nAfter *it*.', ["<h2", "<em>emphasis</em>", 'href="https://site.example/x"', "<em>it</em>"], ["*", "##"]),
    "markdown-in-cells": ('<table>\n<tr><td markdown="span">*x*</td><td>*y*</td></tr>\n</table>', ["<em>x</em>", "*y*"], []),
    "markdown-nested": ('<div class="a" markdown="block">\n    Indented *a*.\n    <div markdown=1>Inner *b*</div>\n</div>', ["<em>a</em>", "<em>b</em>"], ["*", "<pre"]),
    "markdown-in-lists": ('1. a\n\n   <div markdown="1">\n   *x*\n   </div>\n2. b\n\n> <div markdown="1">\n> *y*\n> </div>', ["<em>x</em>", "<li>\n<p>b</p>", "<blockquote>\n<div>\n<p><em>y</em></p>\n</div>\n</blockquote>"], ["*", "start"]),
    "markdown-shown": ('`<div markdown="1">`\n\n```html\n<div markdown="1">\n*x*\n</div>\n```', ['&lt;div markdown="1"&gt;\n*x*\n'], []),
    "notion": ("<aside>\n💡 Mind the **gap**, read [this](https://a.example/).\n\n</aside>", ["<strong>gap</strong>", 'href="https://a.example/"'], ["**", "[this]"]),
    "aside-of-html": ("<aside>\n<p>a *b*</p>\n</aside>", ["a *b*"], []),
    "table-without-head": ("Text\n\n| a | b |\n| c | d |\n\nEnd", ["<td>a</td>", "<td>d</td>"], ["|"]),
    "table-of-kramdown": ("| h | i |\n|---+---|\n| c | d |\n|===+===|\n| f | g |", ["<th>h</th>", "<td>c</td>", "<td>g</td>"], ["|", "="]),
    "pandoc": ("::: {#fig-x layout-ncol=2}\nIn *it*\n:::\n\n::::{grid} 2\n:::{card} Title\nB\n:::\n::::", ["<em>it</em>", "B"], [":::", "fig-x"]),
    "quarto": ('::: {.callout-note title="Heads up"}\nOne *x*.\n:::\n\n> ::: {.callout-tip collapse="true"}\n> Two\n> :::', ["<blockquote>", "Heads up", "<strong>Tip</strong>", "Two"], [":::", "collapse"]),
    "containers": (":::tip[My *label*]{icon=x}\nA\n:::\n\n::: warning Watch out {.x}\nB\n:::\n\n> [!note|wide]+ Mine\n> C", ["My <em>label</em>", "<strong>Watch out</strong>", "<strong>Mine</strong>"], [":::", "[!", "wide"]),
}  # fmt: skip
MDX = {
    "mdx-html": ("<details>\n  <summary>Sum</summary>\n  In *it*\n</details>\n\n<p style={{color: 'red'}}>Red *r*</p>", ["<p>In <em>it</em></p>", "Red <em>r</em>"], ["*"]),
    "mdx-lists": ("<FileTree>\n\n- src/\n  - a.js\n\n</FileTree>\n\n<Card title=\"T\">\n    - b\n      - c\n</Card>", ["<li>src/\n<ul>\n<li>a.js", "<li>b\n<ul>\n<li>c"], ["<pre"]),
    "require": ("import pic from './p.png';\n\n<img src={require('./b.png').default} alt=\"B\" width={300} style={{a: 1}} />\n\n<Image src={pic} alt=\"C\" /> <img src={useBaseUrl('/i/d.png')} />", ['/require/b.png" alt="B" width="300"', 'p.png" alt="C"', "site.example/i/d.png"], ["{", "require(", "import"]),
    "cards": ("import { Card } from 'x';\n\n<CardGrid>\n  <Card title=\"Seeds\" icon=\"seed\">\n    Sow in *May*.\n  </Card>\n</CardGrid>\n\n<LinkCard title=\"Guide\" href=\"/guide/\" description=\"All about it\" />", ["<strong>Seeds</strong>", "<em>May</em>", 'href="https://site.example/guide/"', "Guide", "All about it"], ["<pre", "icon"]),
    "docusaurus-tabs": ("<Tabs values={[\n  {label: 'An apple', value: 'apple'},\n]}>\n  <TabItem value=\"apple\">\n\n    Red *x*\n\n    ```js\n    go()\n    ```\n\n  </TabItem>\n  <TabItem value=\"p\" label=\"A pear\">Green</TabItem>\n</Tabs>", ["<strong>An apple</strong>", "<em>x</em>", 'class="language-js">go()', "<strong>A pear</strong>", "Green"], ["label", "values"]),
    "asides": ('<Aside type="tip" title="Did you know">\n  It *is*\n</Aside>\n\n<Accordion title="More">\n\nHid\n\n</Accordion>\n\n> <Note>\n> quoted\n> </Note>', ["<blockquote>", "<strong>Did you know</strong>", "<em>is</em>", "<summary>More</summary>", "quoted"], ["type"]),
    "expressions": ('{/* no */}Made {"by"} {1 + 1} {props.x} {frontmatter.title} $\\frac{a}{b}$ `{x}`\n\nexport const X = () => {\n\n  return <b>no</b>\n}\n\nEnd', ["Made by", "A post", "\\frac{a}{b}", "<code>{x}</code>", "End"], ["1 + 1", "props", "return", "export", "no"]),
    "fragments": ("<>\n\nText *a*\n\n</>\n\n<Badge text=\"New\" />", ["<em>a</em>", "New"], ["&lt;"]),
    "links": ('<Link to="/x">go</Link> and <Button href="https://a.example/">press</Button>', ['<a href="https://site.example/x">go</a>', '<a href="https://a.example/">press</a>'], []),
}  # fmt: skip
LISTS = {
    "hugo-in-lists": ('  1. One\n  \n    {{< figure src="/a/b.jpg" alt="B" >}}\n  2. Two [x]({{< ref "c.md" >}})\n  \n    see [y]({{< ref "d.md" >}})', ['<img src="https://site.example/a/b.jpg" alt="B">', '/d/">y</a>'], ["{{", "<pre"]),
    "hugo-in-html": ('<p>\nOne\n</p>\n\n    <p>\n      <a href="{{< ref "d.md" >}}">d</a>\n    </p>', ['/d/">d</a>'], ["{{", "<pre"]),
    "hugo-shown": ('Text\n\n    {{< figure src="/a/b.jpg" >}}\n\n```\n[a]({{< ref "b.md" >}})\n```', ['{{&lt; figure src="/a/b.jpg" &gt;}}', '[a]({{&lt; ref "b.md" &gt;}})'], []),
}  # fmt: skip
NESTED = {
    "mkdocs-titles": ('??? note "a *b*"\n    c\n\n??? tip ""\n    d', ["<summary>a <em>b</em></summary>", "<summary>…</summary>"], ["*"]),
    "nested-item": ('- <div markdown="1">\n  a *b*\n\n  - c\n  </div>\n- d\n\n1. <div markdown="1">e *f*</div>\n2. g', ["<div>\n<p>a <em>b</em></p>\n<ul>\n<li>c</li>\n</ul>\n</div>\n</li>", "<p>e <em>f</em></p>\n</div>\n</li>"], ["*"]),
    "nested-item-quoted": ("> - <aside>\n>   a *b*\n>\n>   </aside>\n> - c", ["<li>\n<aside>\n<p>a <em>b</em></p>\n</aside>\n</li>"], ["*"]),
    "nested-item-indented": ("- a\n\n    <aside>\n    b *c*\n    \n    </aside>\n\n- d", ["<p>b <em>c</em></p>"], ["*", "<pre"]),
    "nested-cell": ('<table>\n  <tr>\n    <td markdown="1">a *b*</td>\n    <td markdown="1">\n      c *d*\n    </td>\n  </tr>\n</table>', ["<p>a <em>b</em></p>", "<p>c <em>d</em></p>"], ["*", "<pre"]),
    "nested-code": ('<div markdown="1">\n    a\n\n    b *c*\n    </div>\nd *e*', ["b <em>c</em>", "d <em>e</em>"], ["*", "<pre"]),
    "nested-bare": ("<section markdown>\n<div markdown>\n# H\n</div>\n</section>\n*x*", ["<h1>H</h1>", "<em>x</em>"], ["*"]),
    "nested-summary": ('<details markdown="1"><summary>a</summary>\nb *c*\n</details>', ["<summary>a</summary>\n<p>b <em>c</em></p>"], ["*"]),
    "nested-table": ('<div markdown="1">\n# H\n| a | `b` |\n| c | d |\n{: .wide}\n</div>', ["<h1>H</h1>", "<td><code>b</code></td>"], ["|"]),
    "nested-rule": ("| a | b |\n|===|===|\n| c | d |", ["<th>a</th>"], ["|"]),
}  # fmt: skip
TITLES = {
    "container-titles": (":::note Set {{ x }} or {a}\nIn\n:::\n\n:::tip Mind {.big #id}\nB\n:::", ["<strong>Set {{ x }} or {a}</strong>", "<strong>Mind</strong>"], ["big"]),
    "fence-titles": ('```js title="my_app.js"\na\n```\n\n> ```ts [b*.ts]\n> b\n> ```\n\n- c\n  ```css title=\'d.css\'\n  e\n  ```', ["<strong>my_app.js</strong></p>\n<pre>", "<strong>b*.ts</strong></p>\n<pre>", "<strong>d.css</strong>"], ["title="]),
    "codeblock-titles": ("{% codeblock My title lang:js line_number:false https://a.example/ page %}\na\nb\n{% endcodeblock %}", ['<strong>My title <a href="https://a.example/">page</a></strong>', 'language-js">a\nb'], ["line_number"]),
    "vuepress-tabs": ("::: tabs\n\n@tab npm\n\nuse *npm*\n\n@tab:active yarn#id\n\nuse yarn\n\n:::\n\nmail @tab x", ["<strong>npm</strong>", "<strong>yarn</strong>", "mail @tab x"], ["@tab:", "#id"]),
    "docusaurus-md": ('<Tabs>\n<TabItem value="a" label="Apple">\n\nRed *x*\n\n</TabItem>\n</Tabs>\n\n<LinkCard title="Sea" href="/sea/" />\n\nUse <Link> or Map<Tabs>.', ["<strong>Apple</strong>", "<em>x</em>", "Use &lt;Link&gt;"], ["label"]),
    "butterfly": ("{% tabs First, 2 %}\n<!-- tab -->\nOne\n<!-- endtab -->\n<!-- tab -->\nTwo\n<!-- endtab -->\n{% endtabs %}\n\n{% timeline 2022,blue %}\n<!-- timeline 01-02 -->\nDid\n<!-- endtimeline -->\n{% endtimeline %}\n\n{% galleryGroup 'Walls' 'All *walls*' /walls/ https://a.example/1.png %}", ["<strong>First 1</strong>", "<strong>First 2</strong>", "<strong>2022</strong>", "<strong>01-02</strong>", 'href="https://site.example/walls/"', "<strong>Walls</strong> All <em>walls</em>"], ["blue"]),
    "players": ('{% aplayer "Song" "Singer" "https://a.example/s.mp3" %} {% dplayer "url=https://a.example/v.mp4" %} {% inlineImg /a.png 150px %}', ["Song – Singer</a>", 'href="https://a.example/v.mp4"', 'alt=""'], ["150px"]),
    "signed": ("{% blockquote Ada, Notes https://a.example/ The *page* %}\nBe.\n{% endblockquote %}\n\n{% pullquote left %}Pulled{% endpullquote %}", ['— Ada, Notes <a href="https://a.example/">The <em>page</em></a>', "Pulled"], ["left"]),
    "hugo-figure": ('{{< figure src="/a.png" title="T" caption="Cap *x*" attr="By X" attrlink="https://a.example/" >}}', ["<figcaption><strong>T</strong> Cap <em>x</em> <a href=\"https://a.example/\">By X</a></figcaption>"], []),
    "hugo-cards": ('{{< cards >}}{{< card link="/docs/" title="Docs" subtitle="All of *it*" icon="x" >}}{{< /cards >}}\n\n{{< columns >}}L <---> R{{< /columns >}}', ['<a href="https://site.example/docs/"><strong>Docs</strong></a> All of <em>it</em>', "<p>L</p>", "<p>R</p>"], ["icon"]),
    "unknown-titles": ('{{< wobblebox title="My *box*" >}}In it{{< /wobblebox >}}', ["<strong>My <em>box</em></strong>", "In it"], []),
    "around-buttons": ('{{< button href="/go" >}}Go *on*{{< /button >}} [button link="https://a.example/" color="red"]Now[/button]', ['<a href="https://site.example/go">Go <em>on</em></a>', '<a href="https://a.example/">Now</a>'], ["red"]),
    "wordpress-rows": ('[vc_row][vc_column width="1/2"][vc_column_text]Visual *x*[/vc_column_text][/vc_column][/vc_row] [video mp4="v.mp4"][/video]', ["Visual <em>x</em>", "/v.mp4"], ["[", "width"]),
}  # fmt: skip
MATERIAL = {
    "pymdown-blocks": ("/// note | Mind *x*\nIn **it**.\n///\n\n![a](/a.png)\n/// caption\nBelow\n///\n\n/// details | More\nHid\n///\n\na // b /// c", ["<strong>Mind <em>x</em></strong>", "In <strong>it</strong>.", "<p>Below</p>", "<summary>More</summary>", "a // b /// c"], ["caption", "| M"]),
    "snippets": ('--8<-- "part.md"\n\n<<< @/code.js\n\nEnd <<< x', ["End &lt;&lt;&lt; x"], ["8", "code.js"]),
    "pandoc-spans": ("A [small *word*]{.smallcaps} and [a](/b){.c}, [d][e]{.f} ![g](/h.png){.i}\n\n[e]: /e", ["A small <em>word</em> and", ">a</a>", ">d</a>", "h.png"], ["{", "["]),
    "stellar": ("{% note My title color:red %}\nBody\n{% endnote %}\n\n{% box red, Heading %}\nIn *box*\n{% endbox %}", ["<strong>My title</strong>", "<strong>Heading</strong>", "In <em>box</em>"], ["color", "red"]),
    "loose-boxes": ("- [x] a\n\n- [ ] b\n\n  c", ["<p>☑ a</p>", "<p>☐ b</p>"], []),
    "attributes-below": ("!!! note annotate\n    N (1)\n{ .annotate }\n\n1.  Anno\n\n:smile:{ .big } and ::: { .x } stay", ["N (1)", "Anno"], [".annotate", ".big"]),
    "fence-ids": ("``` {#id .haskell}\nz\n```", ['language-haskell">z'], ["#id"]),
    "links-with-spaces": ('[a](<a b.md>) [c](d%20e.md#f)', ['/a%20b/"', '/d%20e/#f"'], ["%25"]),
    "notion-icons": ('<aside>\n<img src="/i.png" width="40px" /> Mind **x**\n\n</aside>', ["Mind <strong>x</strong>", "/i.png"], ["*"]),
}  # fmt: skip
MARKDOWN = MATERIAL | LINKS | HIDDEN | HEXO | WORDPRESS | BLOCKS | LISTS | NESTED | TITLES
WARNED = (
    "snippets",
    "unknown-titles",
    "wordpress-rows",
    "pelican-tag",
    "nikola-tag",
    "templating-in-links",
    "unknown",
    "expressions",
)
MORE = ("<!-- TEASER_END -->", "<!-- TEASER_END: Read on -->", "<!--more-->", "<!--more Read on-->", "<!-- excerpt -->", "<!-- endexcerpt -->", "<!-- truncate -->", "{/* truncate */}", "<!--break-->", "<!-- PELICAN_END_SUMMARY -->", "READMORE", "<!-- read more -->")  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the items of the site's feed by the names of their posts, and the warnings."""
    import contextlib
    import io
    import os
    import sys

    from digest.cli import commands

    root = tmp_path_factory.mktemp("generators")
    (root / "content").mkdir()
    (root / "digest.toml").write_text(TOML)
    for cases, ending in ((MARKDOWN, "md"), (MDX, "mdx")):
        for name, (source, _, _) in cases.items():
            (root / "content" / f"{name}.{ending}").write_text(HEADER.format(name) + source)
    for n, mark in enumerate(MORE):
        source = f"Short lead.\n\n{mark}\n\nLong rest."
        (root / "content" / f"more-{n}.md").write_text(HEADER.format(f"more-{n}") + source)
    before = sys.argv, Path.cwd()
    said = io.StringIO()
    try:
        sys.argv = ["digest", "build", "--now", "2026-11-30T09:00:00Z"]
        os.chdir(root)
        with (
            contextlib.suppress(SystemExit),
            contextlib.redirect_stderr(said),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            commands.main()
    finally:
        sys.argv = before[0]
        os.chdir(before[1])
    items = json.loads((root / "public" / "feed.json").read_text())["items"]
    return {item["url"].rstrip("/").rpartition("/")[2]: item for item in items} | {"": said.getvalue()}


@pytest.mark.parametrize("name", [*MARKDOWN, *MDX])
def test_each_generators_words_arrive(name: str, built: Mapping[str, Any]) -> None:
    _, wanted, unwanted = (MARKDOWN | MDX)[name]
    made = built[name]["content_html"]
    assert [part for part in wanted if part not in made] == [], made
    text = made.replace('"https://site.example', '"')
    assert [part for part in unwanted if part in text] == [], made


@pytest.mark.parametrize("name", WARNED)
def test_what_is_lost_is_told_with_its_line(name: str, built: Mapping[str, Any]) -> None:
    ending = "mdx" if name in MDX else "md"
    assert f"content/{name}.{ending}:6:" in built[""]


@pytest.mark.parametrize("n", range(len(MORE)))
def test_each_generators_mark_ends_the_summary(n: int, built: Mapping[str, Any]) -> None:
    item = built[f"more-{n}"]
    assert item["summary"] == "Short lead."
    assert "Long rest." in item["content_html"]
    assert "READMORE" not in item["content_html"]


INCLUDES = {
    "content/a.md": HEADER.format("a") + "[sea][] and {% include deep/note.md who='Ann' %}\n\n{% include_relative _part.md %}\n\n{% include references.md %}\n",
    "_includes/references.md": "{% comment %} all {% endcomment %}\n[sea]: https://sea.example/\n",
    "_includes/deep/note.md": "Hello *{{ include.who }}*",
    "content/_part.md": "Beside.",
    "content/b.md": HEADER.format("b") + "[PR #12][] [new 3][] [old 3][]\n\n{% include linkers/pulls.md v=2 pulls='12,3' %}\n{% include unknown.md %}\n",
    "_includes/linkers/pulls.md": '{% capture /dev/null %}\n{% assign _all = include.pulls | split: "," %}\n{% endcapture %}{% for n in _all %}\n[pr #{{n}}]: https://a.example/{{ n }}\n{% if include.v > 1 %}\n[new {{n}}]: https://new.example/{{n}}\n{% else %}\n[old {{n}}]: https://old.example/{{n}}\n{% endif %}\n{% endfor %}\n',
    "_includes/unknown.md": "{% for post in site.posts %}leak{% endfor %}",
}  # fmt: skip


def feed(folder: Path, slug: str = "a") -> str:
    items = json.loads((folder / "public" / "feed.json").read_text())["items"]
    return next(str(item["content_html"]) for item in items if item["url"].endswith(f"/{slug}/"))


def test_an_included_file_is_read_and_noticed_when_it_changes(
    make_site: MakeSite, digest: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("digest.collector.scan"), "RESOLUTION", 0)
    folder = make_site(INCLUDES, TOML)
    build = ("build", "--now", "2026-11-30T09:00:00Z")
    said = digest(folder, *build).err
    assert "content/a.md" not in said
    assert "{% include unknown %}" in said
    assert '<a href="https://a.example/12">PR #12</a> <a href="https://new.example/3">new 3</a> [old 3][]' in feed(
        folder, "b"
    )
    assert "leak" not in feed(folder, "b")
    assert '<a href="https://sea.example/">sea</a> and Hello <em>Ann</em>' in feed(folder)
    assert "Beside." in feed(folder)
    (folder / "_includes/deep/note.md").write_text("Bye {{ include.who }}")
    (folder / "content/_part.md").write_text("Below.")
    digest(folder, *build)
    assert "Bye Ann" in feed(folder)
    assert "Below." in feed(folder)
    (folder / "_includes/deep/note.md").unlink()
    assert "{% include note %}" in digest(folder, *build).err
    assert "Bye" not in feed(folder)


LOGIC = {
    "_includes/x.md": 'A{{ include.none }}B{{ include.none | default: "*c*" }} {% assign a = include.who %}{{ a }}',
    "_includes/untaken.md": '{% assign n = "1,2" | split: "," %}{% if include.none %}{% assign n = "3" | split: "," %}{% for u in site.posts %}x{% endfor %}{% endif %}{% for i in n %}n{{ i }} {% endfor %}',
    "_includes/taken.md": "{% if include.who %}first{% elsif site.unknown %}second{% else %}third{% endif %}",
    "_includes/captured.md": "{% capture w %}in *it*{% endcapture %}So {{ w }}",
    "_includes/case.md": "{% case include.who %}{% when 'Ann' %}one{% when 'Bob' %}two{% endcase %}",
    "content/a.md": HEADER.format("a") + "\n\n".join(f"{{% include {name}.md who='Ann' %}}" for name in ("x", "untaken", "taken", "captured", "case")),
}  # fmt: skip


def test_an_included_file_runs_only_the_branches_that_are_taken(make_site: MakeSite, digest: Command) -> None:
    folder = make_site(LOGIC, TOML)
    said = digest(folder, "build", "--now", "2026-11-30T09:00:00Z").err
    made = feed(folder)
    for part in ("AB<em>c</em> Ann", "n1 n2", "<p>first</p>", "So in <em>it</em>"):
        assert part in made
    for part in ("include", "n3", "second", "third", "one", "two"):
        assert part not in made
    assert "{% include case %}" in said
    assert said.count("templating-removed") == 1


def test_nothing_outside_the_site_and_nothing_without_end_is_included(make_site: MakeSite, digest: Command) -> None:
    source = "{% include ../secret.md %} {% include link.md %} {% include loop.md %} {% include large.md %} {% include_relative ../../x.md %} End"
    files = {
        "content/a.md": HEADER.format("a") + source,
        "secret.md": "SECRET",
        "_includes/loop.md": "Loop {% include loop.md %}",
        "_includes/large.md": "LARGE" * 300_000,
    }
    folder = make_site(files, TOML)
    (folder.parent / "outside.md").write_text("SECRET")
    (folder / "_includes" / "link.md").symlink_to(folder.parent / "outside.md")
    said = digest(folder, "build", "--now", "2026-11-30T09:00:00Z").err
    made = feed(folder)
    assert "SECRET" not in made
    assert "LARGE" not in made
    assert made.count("Loop") == 1
    assert said.count("templating-removed") == 5


def test_a_link_without_a_definition_is_told(make_site: MakeSite, digest: Command) -> None:
    coded = " ".join(f"[a][{n}]" for n in range(30))
    source = (
        f"See [the sea][sea] and [tide][].\n\n`[a][b] {coded}` x[1][2]\n\nThen [a][b].\n\n[tide]: https://a.example/\n"
    )
    folder = make_site({"content/a.md": HEADER.format("a") + source}, TOML)
    said = digest(folder, "build", "--now", "2026-11-30T09:00:00Z").err
    assert "content/a.md:6:5: warning: reference-undefined: the link [sea]" in said
    assert "content/a.md:10:6: warning: reference-undefined: the link [b]" in said
    assert said.count("reference-undefined") == 2
