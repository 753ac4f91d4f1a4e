"""Tests of `digest.emails`."""
