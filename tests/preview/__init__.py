"""Tests of `digest.preview`."""
