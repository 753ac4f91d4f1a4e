"""The local server that shows what a build would make."""
