"""Tests of `digest.editions`."""
