"""Tests of `digest.archive`."""
