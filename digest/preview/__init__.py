"""The local preview server.

`rehearse` builds a `Site` in memory and `serve` shows it until interrupted; `application` answers from a `Live` site.
"""

from digest.preview.app import Live, application
from digest.preview.rehearse import rehearse
from digest.preview.server import listen, require_packages, serve
from digest.preview.site import Site

__all__ = ["Live", "Site", "application", "listen", "rehearse", "require_packages", "serve"]
