"""Other generators' templating in Markdown bodies, turned into plain Markdown: no reader ever sees `{% include %}`.

To add a shortcode or tag of any generator, add its name to a row of the table in `shortcodes`; a new kind of row needs
a function in `handlers`. To add a syntax, write a small module like these and add it to the table in `syntaxes`:

| file | reads |
| --- | --- |
| `hugo` | `{{< shortcode >}}` and `{{% shortcode %}}` |
| `liquid` | `{% tag %}`, `{{ value | filter }}`, `{# comment #}`: Jekyll, Hexo, Eleventy and others |
| `zola` | `{{ shortcode(key="value") }}` |
| `hexo` | the arguments of Hexo's tags and those of its themes, `<!-- tab Label -->` |
| `wordpress` | `[caption]…[/caption]` and other shortcodes in brackets |
| `includes` | `{% include note.md %}`: files of the site; `logic` runs the conditions and loops in them |
| `links` | `{static}/x.png`, `link://slug/name`, `[[Note]]`: Pelican, Nikola, Obsidian |
| `mdx` | imports, exports, `<Component>`, `{value}`: Docusaurus, Astro, Next.js |
| `admonitions` | `:::note` and other containers, `> [!NOTE]`: Docusaurus, VuePress, Quarto, GitHub, Obsidian |
| `mkdocs` | `!!! note`, `??? note`, `=== "Tab"` |
| `kramdown` | `{: .class #id}`, `{#id}`, `{width=50%}`, `{:toc}`, `{::option /}`, `*[HTML]: …`, tables |
| `fences` | `js title="app.js"`, `js [app.js]`: titles of code |
| `quarto` | `{r, echo=FALSE}` and other options of chunks |
| `toc` | `[TOC]`, `[[toc]]` and others: Markdown extensions of many generators |
| `obsidian` | `![[picture.png]]`, `%%comments%%`, `^id` |
| `more` | `<!-- more -->`, `{/* truncate */}` and the like: Hexo, Hugo, Jekyll, Docusaurus |
| `merge_tags` | `*|NAME|*`: Mailchimp |

`plain` runs all of this on a post: `verbatim` finds code and tags with raw content, which stay as they are; `syntaxes`
finds the rest; `tags` parses the arguments of tags, `addresses` resolves the paths of files in them, and `site_links`
those of other posts. `body` holds the shared
structs, and `references` warns about links without a definition.
"""

from digest.markdown.foreign.plain import Plain, plain_html, plain_markdown
from digest.markdown.foreign.shortcodes import SHORTCODES
from digest.markdown.foreign.site_links import SiteLinks, look_up

__all__ = ["SHORTCODES", "Plain", "SiteLinks", "look_up", "plain_html", "plain_markdown"]
