# The same job for Pelican: site and tag feeds, RSS and Atom, full text of the 20 newest; pages reduced to a line.
SITENAME = "Bench"
SITEURL = FEED_DOMAIN = "https://bench.example"
TIMEZONE = "Asia/Shanghai"
DEFAULT_LANG = "zh-cn"
THEME = "theme"
FEED_ALL_ATOM, FEED_ALL_RSS = "atom.xml", "feed.xml"
TAG_FEED_ATOM, TAG_FEED_RSS = "tags/{slug}/atom.xml", "tags/{slug}/feed.xml"
CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
RSS_FEED_SUMMARY_ONLY = False
FEED_MAX_ITEMS = 20
ARTICLE_SAVE_AS = AUTHOR_SAVE_AS = CATEGORY_SAVE_AS = TAG_SAVE_AS = DRAFT_SAVE_AS = PAGE_SAVE_AS = ""
DIRECT_TEMPLATES = ["index"]
