"""Tests of `digest.cli`."""
