"""Tests of `digest.cache`."""
