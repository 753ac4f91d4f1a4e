"""WordPress's shortcodes, as exports hold them: `[caption id="1"]<img src="a.jpg"> Words[/caption]`.

https://codex.wordpress.org/Shortcode_API. A Markdown link or a word in brackets is not a shortcode: a shortcode is
closed, or has quoted arguments, or is alone on its line with a name such as `contact-form`.
"""

import re

from digest.markdown.foreign.body import Body, Tag, Token
from digest.markdown.foreign.tags import arguments

_SHORTCODE = re.compile(r"(/?)([a-z][\w-]*)((?:[\s=][^\[]*)?)")
_QUOTED_ARGUMENTS = re.compile(r"(?:\s+[\w-]+=(?:\"[^\"]*\"|'[^']*'))+\s*/?")
_QUOTATION_MARK = re.compile("[“”″]|&(?:quot|#8220|#8221|#8243);")
_ALONE = frozenset(("gallery", "playlist"))
_OF_URLS = frozenset(
    (
        "audio",
        "dailymotion",
        "embed",
        "facebook",
        "gist",
        "instagram",
        "soundcloud",
        "tweet",
        "video",
        "vimeo",
        "youtube",
    )
)


def read_shortcode(body: Body, token: Token) -> Tag | None:
    """Return a shortcode; None for anything else in brackets."""
    shortcode = _SHORTCODE.fullmatch(token.inner)
    if shortcode is None:
        return None
    name = shortcode[2]
    rest = _QUOTATION_MARK.sub('"', shortcode[3]).strip(" \n\t/=")
    closed_by = f"[{name}"
    is_closed = body.closed.get(closed_by, -1) >= token.start
    if _is_link(body, token, is_closed=is_closed):
        return None
    if shortcode[1]:
        return Tag(closed_by, f"[/{name}]", closing=True) if is_closed else None
    ends_line = body.text[token.end] == "\n"
    if not is_closed and not _stands_alone(
        name, _QUOTATION_MARK.sub('"', shortcode[3]), alone=ends_line and token.prefix is not None
    ):
        return None
    args, named = arguments(rest)
    return Tag(name, f"[{name}]", closed_by, prefix=token.prefix, args=args, named=named, rest=rest)


def _is_link(body: Body, token: Token, *, is_closed: bool) -> bool:
    """Return whether Markdown reads a token as a link, a footnote or a definition, or as text."""
    before = body.text[token.start - 1 : token.start]
    following = body.text[token.end : token.end + 2]
    if token.inner.startswith("/") or following == "[/":
        return before == "\\"
    if before in ("!", "\\") or following.startswith(("(", ":")) or token.inner.lower() in body.definitions:
        return True
    return not is_closed and (before == "]" or following.startswith("["))


def _stands_alone(name: str, arguments: str, *, alone: bool) -> bool:
    if _QUOTED_ARGUMENTS.fullmatch(arguments):
        return True
    if name in _OF_URLS:
        return "=" in arguments or "//" in arguments or any(map(str.isdigit, arguments))
    has_name_of_code = name in _ALONE or "_" in name or "-" in name
    return has_name_of_code and alone and not arguments.strip()
