"""Bytes remembered between runs by fingerprint; safe to delete at any time."""
