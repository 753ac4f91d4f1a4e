"""`digest.toml`: its structs, reading it with every mistake named, and what a schedule means."""
