"""Tests of `digest.collector`."""
