"""How readers leave: the tokens of their links, the page behind these, and the suppression list.

`asgi_app` and `wsgi_app` make the page an application for any server, docs/sending.md has examples. `Suppressed` says
whether an address is on the list; every sender asks it.
"""

from digest.unsubscribe.database import FOLDER, git_takes_in, open_database, private_path, refuse_copied
from digest.unsubscribe.page import Answer, UnsubscribePage, colours_of, isolated, page_headers, style_of
from digest.unsubscribe.servers import HOST, PORT, asgi_app, serve, wsgi_app
from digest.unsubscribe.suppressed import Suppressed, admit, count_suppressed, suppress, suppressed_path
from digest.unsubscribe.tokens import (
    LENGTH,
    link,
    link_with,
    normal_address,
    page_of,
    read_secrets,
    reader_id,
    reader_of,
    to_ascii_domain,
    token,
)

__all__ = [
    "FOLDER", "HOST", "LENGTH", "PORT", "Answer", "Suppressed", "UnsubscribePage", "admit", "asgi_app", "colours_of",
    "count_suppressed", "git_takes_in", "isolated", "link", "link_with", "normal_address", "open_database",
    "page_headers", "page_of", "private_path", "read_secrets", "reader_id", "reader_of", "refuse_copied", "serve",
    "style_of", "suppress", "suppressed_path", "to_ascii_domain", "token", "wsgi_app",
]  # fmt: skip
