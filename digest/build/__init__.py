"""The whole job, in the order of a post's life; checks and status."""
