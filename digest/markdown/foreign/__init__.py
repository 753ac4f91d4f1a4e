"""Other generators' templating in Markdown bodies, as plain Markdown."""
