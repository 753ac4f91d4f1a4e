"""Tests of `digest.frontmatter`."""
