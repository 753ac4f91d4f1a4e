"""Hugo: `hugo.toml` and its other settings files, and the addresses that Hugo gives."""

from digest.generators.hugo.addresses import Hugo
from digest.generators.hugo.adoption import adopt

__all__ = ["Hugo", "adopt"]
