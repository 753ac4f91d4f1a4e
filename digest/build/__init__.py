"""The whole build, from posts to feeds and editions; checks and status."""
