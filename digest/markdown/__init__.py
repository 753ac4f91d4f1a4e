"""Markdown to clean HTML with absolute URLs, its text and its summary."""
