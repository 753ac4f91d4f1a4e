"""An e-mail as a mail client shows it: `light`, `dark`, or `no-images`, which the content security policy enforces."""

import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser

Attributes = list[tuple[str, str | None]]

SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
IMAGE_ATTRIBUTES = ("src", "background", "srcset")


def show(html: str, view: str, local: Callable[[str], str]) -> str:
    """Return an e-mail for a view, with its media queries, image URLs and links rewritten.

    The view's colour scheme applies, whatever the browser's own is. `local` maps the URL of an image to the preview,
    and returns a URL unchanged when it is not a file of the site. Links open in a new tab.
    """
    shown = _Shown(html, "dark" if view == "dark" else "light", local)
    shown.feed(html)
    shown.close()
    return "".join([*shown.copied, html[shown.copied_to :]])


class _Shown(HTMLParser):
    """Copies HTML into `copied` with replacements; `copied_to` is the offset in the source up to which it is copied."""

    def __init__(self, html: str, scheme: str, local: Callable[[str], str]) -> None:
        super().__init__(convert_charrefs=False)
        self.copied: list[str] = []
        self.copied_to = 0
        self._html = html
        self._scheme = scheme
        self._local = local

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        written = self.get_starttag_text() or ""
        changed = [(name, value and self._attribute(name, value)) for name, value in attrs]
        new = written if changed == attrs else _start_tag(tag, changed)
        if tag == "head":
            new += f'<base target="_blank"><style>:root{{color-scheme:only {self._scheme} !important}}</style>'
        self._replace(written, new)

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style":
            self._replace(data, self._resolve_scheme(data))

    def handle_comment(self, data: str) -> None:
        self._replace(data, data)  # skip it, so that a tag inside it is never matched

    def _replace(self, old: str, new: str) -> None:
        start = self._html.index(old, self.copied_to)
        self.copied += [self._html[self.copied_to : start], new]
        self.copied_to = start + len(old)

    def _attribute(self, name: str, value: str) -> str:
        if name == "media":
            return self._resolve_scheme(value)
        return self._local(value) if name in IMAGE_ATTRIBUTES else value

    def _resolve_scheme(self, css: str) -> str:
        """Return CSS with each `prefers-color-scheme` query replaced by one that is always true or always false."""
        return SCHEME.sub(lambda found: "(min-width:0)" if found[1].lower() == self._scheme else "(max-width:0)", css)


def _start_tag(tag: str, attrs: Attributes) -> str:
    written = [name if value is None else f'{name}="{escape(value)}"' for name, value in attrs]
    return f"<{' '.join([tag, *written])}>"
