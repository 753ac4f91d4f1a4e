"""An entry put together from a shape is the one that feedgen and lxml make of its texts."""

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.feeds import feedgen_fixes
from digest.feeds.values import clean, line
from digest.feeds.xml import Item, around, escaped, fragment, plain_text_references, unescaped

SPECIAL = st.sampled_from(["&", "<", ">", '"', "'", "&amp;", "%s", "%", "\ue0003\ue001", "]]>", "中", "a b", "\u2028", "😀"])  # fmt: skip
TEXTS = st.lists(st.one_of(SPECIAL, st.text(max_size=4)), max_size=4).map("".join)
LINES = TEXTS.map(line)
SURE = LINES.map(lambda text: text or "x")
ADDRESSES = st.text("abc:/?&=%'~.-", max_size=9)
HTML = TEXTS.map(clean)


def group(*fields: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.one_of(st.just(()), st.tuples(*fields))


ITEMS = st.builds(
    Item,
    content=HTML,
    summary=HTML,
    id=SURE,
    url=ADDRESSES,
    title=SURE,
    published=LINES,
    updated=LINES,
    language=st.sampled_from(["", "en", "zh-CN"]),
    duration=st.sampled_from(["", "90"]),
    cover=ADDRESSES,
    authors=st.lists(st.tuples(SURE, ADDRESSES, ADDRESSES), max_size=2).map(tuple),
    tags=st.lists(SURE, max_size=3).map(tuple),
    source=group(ADDRESSES, LINES),
    enclosure=group(ADDRESSES, st.sampled_from(["", "0", "9"]), st.sampled_from(["", "audio/mpeg"])),
    picture=group(ADDRESSES, LINES, LINES, LINES, LINES, LINES),
    permalink=st.booleans(),
    html_summary=st.booleans(),
)


@settings(max_examples=300)
@given(ITEMS)
def test_an_entry_is_what_feedgen_makes_of_its_texts(item: Item) -> None:
    rss = plain_text_references(feedgen_fixes.rss_item(item))
    content = escaped(item.content)
    assert content.join(around(fragment(item, "rss"))).decode() == rss
    assert content.join(around(fragment(item, "atom"))).decode() == feedgen_fixes.atom_entry(item)


@given(st.text(st.sampled_from('&<>;amplgt"# \u6c34')))
def test_what_is_escaped_comes_back_as_it_was(html: str) -> None:
    assert unescaped(escaped(html)) == html
