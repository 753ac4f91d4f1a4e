"""A persistent cache of bytes by fingerprint; safe to delete at any time."""
