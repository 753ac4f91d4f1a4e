"""What is published of an edition, and in which order it is written."""
