"""From the content folders to posts: walking, reading headers, dates, tags, addresses, and selecting."""
