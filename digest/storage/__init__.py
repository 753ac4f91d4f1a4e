"""Copying the output folder to another folder or to object storage, for `digest build --copy-to`."""

from digest.storage.copying import Copied, copy_output
from digest.storage.destination import require_destination

__all__ = ["Copied", "copy_output", "require_destination"]
