"""Tests of `digest.build`."""
