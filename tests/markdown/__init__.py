"""Tests of `digest.markdown`."""
