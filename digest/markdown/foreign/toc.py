"""Marks for a table of contents, each alone on a line: `[TOC]`, `[[toc]]` and others."""

from digest.markdown.foreign.body import Body, Token

MARKS = ("[TOC]", "[toc]", "[Toc]", "[[TOC]]", "[[toc]]", "[[_TOC_]]", "${toc}", "@[TOC]", "@[toc]")


def read_mark(_body: Body, token: Token) -> str | None:
    """Return a mark with the line that it begins; a title may follow on `@[toc]`."""
    if token.prefix is None or (token.inner.strip() and not token.opening.startswith("@")):
        return None
    return ""
