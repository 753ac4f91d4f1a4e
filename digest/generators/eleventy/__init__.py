"""Eleventy: its settings, data files and permalinks, as far as they can be read without running it."""

from digest.generators.eleventy.addresses import Eleventy
from digest.generators.eleventy.adoption import adopt

__all__ = ["Eleventy", "adopt"]
