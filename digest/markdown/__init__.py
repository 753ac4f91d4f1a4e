"""Markdown to clean HTML with absolute URLs, its text and its summary."""

from digest.markdown import bounds
from digest.markdown.code_regions import code_regions
from digest.markdown.commonmark import to_html

__all__ = ["bounds", "code_regions", "to_html"]
