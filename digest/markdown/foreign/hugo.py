"""Hugo's shortcodes: `{{< name >}}` and `{{% name %}}` (https://gohugo.io/content-management/shortcodes/)."""

import html as entities

from digest.markdown.foreign.body import Body, Tag, Token
from digest.markdown.foreign.tags import parse_tag


def read_shortcode(_body: Body, token: Token) -> Tag | str | None:
    """Return a shortcode; `{{</* name */>}}` is one that a post shows."""
    inner = token.inner.strip()
    if inner.startswith("/*"):
        return entities.escape(f"{token.opening}{inner.strip('/*')}{token.closing}", quote=False)
    return parse_tag(token)
