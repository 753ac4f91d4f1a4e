"""Feeds and e-mail digests from a folder of Markdown posts."""
