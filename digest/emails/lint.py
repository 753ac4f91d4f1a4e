"""Check the site's own e-mail templates and theme, independent of any edition."""

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from digest.config.schema import Theme
from digest.emails import contrast, inline_css
from digest.problems import Problem

_STYLE = re.compile(r"<style\b([^>]*)>(.*?)</style\s*>", re.DOTALL | re.IGNORECASE)
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
# Problems that also matter in a <style> that premailer ignores
_IN_ANY_STYLE = ("css-nested-at-rule", "css-syntax", "css-too-long", "css-import")


def theme_problems(theme: Theme, settings: str) -> Iterator[Problem]:
    """Yield the colours of a theme that are hard to read; `settings` is the name of the file that defines them."""
    for name, ground, ratio in contrast.faint(theme):
        message = f"theme.{name} on theme.{ground} has a contrast of {ratio:.1f}, hard to read below {contrast.MINIMUM}"
        yield Problem(settings, 0, 0, "theme-contrast", message, "make the one darker or the other lighter", "warning")


def template_problems(root: Path, folder: str) -> Iterator[Problem]:
    """Yield the problems of each `<style>` in a site's own e-mail templates, in `folder` of `root`."""
    if not folder:
        return
    for pattern in (
        "email.html.jinja",
        "card-*.html.jinja",
        "section.html.jinja",
        "contents*.html.jinja",
        "slot.html.jinja",
    ):
        for file in sorted((root / folder).glob(pattern)):
            yield from _style_problems(file.read_text(encoding="utf-8", errors="replace"), f"{folder}/{file.name}")


def _style_problems(text: str, path: str) -> Iterator[Problem]:
    for style in _STYLE.finditer(text):
        before = text.count("\n", 0, style.start(2))
        ignored = "data-premailer" in style[1]
        if not ignored:
            message = "rules in this <style> reach the page alone, not the cards, and what is kept for @media is lost"
            hint = 'move them to email.css, or write <style data-premailer="ignore"> for rules that stay in a <style>'
            yield Problem(path, before + 1, 0, "css-in-page", message, hint, "warning")
        for problem in inline_css.split(_JINJA.sub(_blank, style[2]), path, whole_page=False).problems:
            if not ignored or problem.code in _IN_ANY_STYLE:
                yield replace(problem, line=before + max(problem.line, 1))  # 0: the whole <style>


def _blank(match: re.Match[str]) -> str:
    """Return filler as long as a Jinja tag, with its line breaks, so that positions stay the same."""
    sign = "x" if match[0].startswith("{{") else " "
    return "".join("\n" if character == "\n" else sign for character in match[0])
