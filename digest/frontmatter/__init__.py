"""A content file's bytes as header and body: one reader a format, keys with their places."""
