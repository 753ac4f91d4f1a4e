"""Copying the output folder to another folder or to object storage, for `digest build --copy-to`."""

from digest.storage.copying import Copied, copy_output
from digest.storage.destination import open_destination

__all__ = ["Copied", "copy_output", "open_destination"]
