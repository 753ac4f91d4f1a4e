"""What every process that renders needs, loaded and compiled once, before other processes are forked."""

from datetime import UTC, datetime
from pathlib import Path

from digest.collector.post import Post
from digest.config.schema import Config, Feeds, Posts, Site, Theme
from digest.feeds import plan as feeds
from digest.markdown import render as markup

_USUAL = """\
Words, *stressed* and **strong**, with `code` and a [link](https://example.org/b?c=d&e=f "title").

## A heading

> A quotation: 一段中文，**强调。**后文。

- An item

![A picture](/picture.jpg)

```python
print("code")
```
"""


def preload() -> None:
    """Make something of a post as most are, so that what is loaded, compiled and remembered for it is there before
    other processes are forked that would each do the same."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    post = Post(
        "a.md", "a", "https://example.org/a/", moment, slug="a", title="A title", tags=("tag",), summary="Words."
    )
    config = Config(Path(), None, Site(), Posts(), Feeds(), {}, Theme())
    body = markup.render(post, _USUAL, config)
    feeds.entries(post, body, "full", ("rss", "atom"), config)
