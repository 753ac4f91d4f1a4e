"""Which feeds there are, what an entry says, and each format."""
