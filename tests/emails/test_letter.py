"""The letter as a publication: its lead, contents, sections, layouts, links, slots, masthead and foot."""

from pathlib import Path
from typing import Any

import pytest
from lxml.html import document_fromstring

from tests.email_samples import KEY, POST, composed

LONG = "One plain sentence. A second one! And a third. " + "word " * 700
NOTE = f"notes/{KEY}.md"
SECTION = '[[digests.weekly.sections]]\ntitle = "{0}"\nany = ["{0}"]\n{1}\n'


def posts(count: int, more: str = "") -> dict[str, str]:
    """Return posts, the newest first, with a tag each for every second one."""
    return {
        f"content/{n}.md": POST.format(f"Post {n}\ntags: [{'odd' if n % 2 else 'even'}]\n{more}", 22 - n % 7, LONG)
        for n in range(count)
    }


def page_of(html: str) -> Any:
    return document_fromstring(html)


def texts(page: Any, path: str) -> list[str]:
    return [" ".join(element.text_content().split()) for element in page.xpath(path)]


def order(text: str, *parts: str) -> bool:
    """Return whether the parts stand in a text in this order."""
    places = [text.index(part) for part in parts]
    return places == sorted(places)


def test_the_lead_stands_first_and_once(tmp_path: Path) -> None:
    sections = SECTION.format("even", "") + SECTION.format("odd", "")
    made = composed(tmp_path, posts(6), digest=sections)
    page = page_of(made.html)
    assert texts(page, "//h1 | //h2")[:3] == ["Harbour Weekly", "Post 0", "In this issue"]
    assert texts(page, "//h2[contains(@class, 'section-title')]") == ["even", "odd"]
    assert texts(page, "//p[contains(@class, 'kicker')]") == ["even"]
    assert made.html.count(">Post 0</a>") == 1
    assert made.text.count("\nPost 0\n") == 1
    assert order(made.text, "EVEN\n\nPost 0", "EVEN\n====", "Post 2", "ODD\n===", "Post 1")


def test_a_section_that_had_the_lead_alone_is_left_out(tmp_path: Path) -> None:
    sections = SECTION.format("even", "limit = 1") + SECTION.format("odd", "")
    page = page_of(composed(tmp_path, posts(2), digest=sections).html)
    assert texts(page, "//h2[contains(@class, 'section-title')]") == ["odd"]
    assert texts(page, "//p[contains(@class, 'kicker')]") == ["even"]


@pytest.mark.parametrize(
    "more",
    [
        "lead = false\n[[digests.weekly.sections]]\ntitle = 'All'",
        "[[digests.weekly.sections]]\ntitle = 'All'\nlayout = 'title'",
    ],
)
def test_without_a_lead_every_post_stands_in_its_section(more: str, tmp_path: Path) -> None:
    page = page_of(composed(tmp_path, posts(3), digest=more).html)
    assert texts(page, "//h2") == ["All"]
    assert texts(page, "//h3") == ["Post 0", "Post 1", "Post 2"]


def test_the_contents_list_seven_posts_by_section(tmp_path: Path) -> None:
    sections = SECTION.format("even", "") + SECTION.format("odd", "")
    page = page_of(composed(tmp_path, posts(20), digest=sections).html)
    assert texts(page, "//*[@class='contents-section']") == ["even", "odd"]
    lists = page.xpath("//ul[@class='contents-list']")
    assert [len(each) for each in lists] == [4, 3]
    assert "Post 0" not in [line.text_content() for line in page.xpath("//ul/li/a")]
    (more,) = page.xpath("//*[@class='contents-more']/a")
    assert more.text_content() == "12 more"
    assert page.xpath(f"//td[@id='{more.get('href')[1:]}']")


@pytest.mark.parametrize(
    ("contents", "count", "shown"), [("always", 2, True), ("never", 20, False), ("auto", 4, False)]
)
def test_contents_may_be_wanted_or_not(contents: str, count: int, shown: bool, tmp_path: Path) -> None:
    made = composed(tmp_path, posts(count), digest=f'contents = "{contents}"')
    assert ("In this issue" in made.html) == shown


def test_a_card_says_day_authors_and_minutes_once(tmp_path: Path) -> None:
    files = {
        "content/a.md": POST.format("A\nauthor: Nell Harrowgate", 20, LONG),
        "content/b.md": "---\ntitle: B\ndate: 2025-12-31\npublishDate: 2026-11-19\n---\n\nShort.\n",
    }
    made = composed(tmp_path, files)
    page = page_of(made.html)
    assert texts(page, "//p[@class='meta']") == ["Nov 20, Nell Harrowgate, 3 min", "Dec 31, 2025"]
    assert "Nov 20, Nell Harrowgate, 3 min\n" in made.text
    (button, link) = page.xpath("//a[@aria-label]")
    assert [button.text_content(), link.text_content()] == ["Read, 3\u00a0min", "Read, 1\u00a0min"]
    assert [button.get("aria-label"), link.get("aria-label")] == ["Read, 3\u00a0min: A", "Read, 1\u00a0min: B"]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("none", None),
        ("text", "#odd tag"),
        ("linked", "https://harbour.example/tags/odd-tag/feed.xml"),
    ],
)
def test_tags_are_left_out_shown_or_linked(tags: str, expected: str | None, tmp_path: Path) -> None:
    post = {"content/a.md": POST.format("A\ntags: [odd tag]", 20, "x")}
    html = composed(tmp_path, post, digest=f'tags = "{tags}"').html
    assert ("odd" in html) == (expected is not None)
    assert (expected or "") in html


def test_tags_without_feeds_are_not_linked(tmp_path: Path) -> None:
    post = {"content/a.md": POST.format("A\ntags: [odd]", 20, "x")}
    html = composed(tmp_path, post, digest='tags = "linked"\n[feeds]\nper_tag = false').html
    assert "#odd" in html
    assert "tags/odd" not in html


def test_layouts_of_one_line_and_in_brief(tmp_path: Path) -> None:
    sections = SECTION.format("even", "layout = 'links'") + SECTION.format("odd", "layout = 'brief'")
    made = composed(tmp_path, posts(4, "author: Ann"), digest=sections)
    page = page_of(made.html)
    assert texts(page, "//p[@class='entry']") == [
        *("Post 0 Ann, 3 min", "Post 2 Ann, 3 min"),
        *("Post 1 One plain sentence. A second one!", "Post 3 One plain sentence. A second one!"),
    ]
    assert "Post 0 (Ann, 3 min)\n\nhttps://" in made.text
    assert "Post 1\n\nOne plain sentence. A second one!\n\nhttps://" in made.text


def test_a_section_has_an_intro_from_the_settings_or_the_note(tmp_path: Path) -> None:
    sections = SECTION.format("even", "intro = 'From the *settings*.'") + SECTION.format("odd", "intro = 'Old.'")
    note = {NOTE: "---\nsections: {odd: 'From the [note](https://a.example/).'}\n---\n\nHello.\n"}
    made = composed(tmp_path, {**posts(4), **note}, digest=sections)
    assert texts(page_of(made.html), "//td[contains(@class, 'section-intro')]") == [
        "From the settings.",
        "From the note.",
    ]
    assert "EVEN\n====\n\nFrom the settings.\n\n" in made.text
    assert "Old." not in made.html + made.text


def test_links_of_a_note_and_of_posts_are_a_round_up(tmp_path: Path) -> None:
    files = {
        "content/a.md": POST.format("A", 20, "x"),
        "content/links/map.md": POST.format(
            "A map\nsource_url: https://www.maps.example/1\nsource_title: Maps", 21, "Look at the *river*."
        ),
        NOTE: "---\nlinks:\n- {url: 'https://www.ferry.example/a', title: A ferry, comment: 'It <script>x</script> **sails**.'}\n---\n",
    }
    made = composed(tmp_path, files)
    page = page_of(made.html)
    assert texts(page, "//h2") == ["A", "Links"]
    assert texts(page, "//p[@class='entry']") == ["A map Maps", "A ferry ferry.example"]
    assert page.xpath("//p[@class='entry']/a/@href") == ["https://www.maps.example/1", "https://www.ferry.example/a"]
    assert "Look at the" in made.html
    assert "<script" not in made.html
    assert order(
        made.text, "LINKS\n=====", "A map (Maps)", "Look at the river.", "A ferry (ferry.example)", "It", "sails."
    )


def test_the_round_up_has_the_title_of_the_digest(tmp_path: Path) -> None:
    files = {**posts(1), NOTE: "---\nlinks: [{url: 'https://a.example/', title: B}]\n---\n"}
    assert (
        texts(page_of(composed(tmp_path, files, digest='links = "Worth a click"').html), "//h2")[1] == "Worth a click"
    )


@pytest.mark.parametrize(
    ("after", "before", "behind"),
    [
        ("lead", "Post 0", "Post 2"),
        ("Even", "Post 2", "odd"),
        ("end", "Post 3", "You get"),
        ("nowhere", "Post 3", "You get"),
    ],
)
def test_a_slot_stands_in_its_place_with_its_label(after: str, before: str, behind: str, tmp_path: Path) -> None:
    sections = SECTION.format("even", "") + SECTION.format("odd", "")
    note = {NOTE: f"---\nslots: [{{text: 'Buy **tea**.', after: {after}}}]\n---\n"}
    made = composed(tmp_path, {**posts(4), **note}, digest=f"reason = 'You get it'\n{sections}")
    page = page_of(made.html)
    assert texts(page, "//p[contains(@class, 'slot-label')]") == ["Sponsored"]
    assert order(made.html, f">{before}</a>", ">Sponsored<", f">{behind}")
    assert "[Sponsored]\n\nBuy tea." in made.text


@pytest.mark.parametrize(("label", "language", "shown"), [("Sponsored", "de", "Anzeige"), ("From us", "de", "From us")])
def test_the_label_of_a_slot_is_in_the_language_of_the_digest(
    label: str, language: str, shown: str, tmp_path: Path
) -> None:
    note = {NOTE: f"---\nslots: [{{text: 'Tee', label: {label}}}]\n---\n"}
    made = composed(tmp_path, {**posts(1), **note}, digest=f'language = "{language}"')
    assert f"[{shown}]" in made.text


@pytest.mark.parametrize(
    ("dates", "shown"),
    [
        ("from: 2026-11-22", True),
        ("from: 2026-11-23", False),
        ("until: 2026-11-22", True),
        ("until: 2026-11-21", False),
        ("digests: [weekly]", True),
    ],
)
def test_a_shared_slot_has_its_days(dates: str, shown: bool, tmp_path: Path) -> None:
    slot = {"slots/tea.md": f"---\n{dates}\n---\n\nBuy tea.\n"}
    assert ("Buy tea." in composed(tmp_path, {**posts(1), **slot}).text) == shown


def test_the_masthead_has_number_days_and_length(tmp_path: Path) -> None:
    made = composed(tmp_path, posts(2), digest="first_number = 48")
    assert texts(page_of(made.html), "//p[@class='period']") == ["No. 48 · Nov 16 – 22, 2026 · 1,418 words, 6 min read"]
    assert made.text.startswith("Harbour Weekly\nNo. 48 · Nov 16\u2009–\u200922, 2026\n1,418 words, 6 min read\n")


def test_a_dark_logo_is_hidden_but_on_dark_grounds(tmp_path: Path) -> None:
    made = composed(tmp_path, posts(1), site='logo = "/a.png"', digest='[theme]\nlogo_dark = "/b.png"')
    light, dark = page_of(made.html).xpath("//p[@class='logo']//img")
    assert (light.get("src"), dark.get("src")) == ("https://harbour.example/a.png", "https://harbour.example/b.png")
    assert "display:none" in dark.get("style").replace(" ", "")
    assert ".logo-dark { display: inline-block !important; }" in made.html
    outlook = made.html.split("<!--[if !mso]><!-->")
    assert any(part.startswith('<img src="https://harbour.example/b.png"') for part in outlook)


@pytest.mark.parametrize(("masthead", "centred"), [("left", False), ("center", True)])
def test_the_masthead_stands_at_the_left_or_in_the_centre(masthead: str, centred: bool, tmp_path: Path) -> None:
    html = composed(tmp_path, posts(1), digest=f'[theme]\nmasthead = "{masthead}"').html
    (cell,) = page_of(html).xpath("//td[h1]")
    assert ("text-align:center" in cell.get("style")) == centred


def test_the_foot_has_ways_to_subscribe_and_to_share(tmp_path: Path) -> None:
    digest = 'subscribe = "https://a.example/in"\npreferences = "https://a.example/me"\nshare = ["mail", "mastodon"]'
    made = composed(tmp_path, posts(1), digest=digest)
    page = page_of(made.html)
    links = {link.text_content(): link.get("href") for link in page.xpath("//td[@class='footer']//a")}
    assert links["Subscribe"] == "https://a.example/in"
    assert links["Preferences"] == "https://a.example/me"
    assert links["All issues"] == "https://harbour.example/editions/weekly/"
    assert links["E-mail"].startswith(
        "mailto:?subject=Harbour%20Weekly%3A%20Post%200&body=https%3A%2F%2Fharbour.example"
    )
    assert links["Mastodon"].startswith("https://share.joinmastodon.org/#text=")
    assert "Forwarded to you? Subscribe: https://a.example/in\n" in made.text
    assert "Share: E-mail mailto:?" in made.text
    assert "Share" not in composed(tmp_path, posts(1)).text


def test_an_own_page_may_extend_the_shipped_one(tmp_path: Path) -> None:
    own = {
        "templates/email.html.jinja": '{% extends "shipped/email.html.jinja" %}{% block footer %}'
        "<tr><td>{{ unsubscribe_url }}</td></tr>{% endblock %}",
        "templates/card-compact.html.jinja": '{% extends "shipped/card-compact.html.jinja" %}{% block card %}'
        "<tr><td>{{ parts.heading(card, 'title') }}</td></tr>{% endblock %}",
        "templates/section.html.jinja": "<tr><td>{{ title }} {{ count }} {{ posts[0].title }} {{ intro }}</td></tr>",
    }
    html = composed(tmp_path, {**posts(3), **own}, digest=SECTION.format("even", "intro = 'I'")).html
    assert "You get this" not in html
    assert "even 1 Post 2" in html
    assert "Read, 3" in html  # the lead, whose template is the shipped one
    assert html.count('aria-label="Read') == 1


def test_a_page_without_a_place_for_the_lead_has_it_before_the_sections(tmp_path: Path) -> None:
    own = {"templates/email.html.jinja": "<!DOCTYPE html><html><body>{{ sections }}</body></html>"}
    assert texts(page_of(composed(tmp_path, {**posts(3), **own}).html), "//h2") == ["Post 0", "Post 1", "Post 2"]


def test_rules_of_the_theme_are_added_to_the_sheet(tmp_path: Path) -> None:
    css = '[theme]\ncss = """\n.title { color: #aa0000; }\n.more:dir(rtl) { color: #aa0000; }\n"""\n'
    made = composed(tmp_path, posts(2), digest=css)
    assert page_of(made.html).xpath("//h2[contains(@style, 'color:#aa0000')]")
    (problem,) = made.problems
    line = (tmp_path / "digest.toml").read_text("utf-8").split("\n").index(".more:dir(rtl) { color: #aa0000; }") + 1
    assert (problem.path, problem.line) == ("digest.toml", line)


@pytest.mark.parametrize("path", ["letter.css", "templates/letter.css"])
def test_rules_of_the_theme_may_stand_in_a_file(path: str, tmp_path: Path) -> None:
    files = {**posts(2), path: ".title { color: #aa0000; }\n.more:dir(rtl) { color: #aa0000; }\n"}
    made = composed(tmp_path, files, digest='[theme]\ncss = "letter.css"')
    assert page_of(made.html).xpath("//h2[contains(@style, 'color:#aa0000')]")
    assert [(problem.path, problem.line) for problem in made.problems] == [(path, 2)]


@pytest.mark.parametrize(
    ("language", "first", "later"),
    [("ja", "Hiragino Sans", "PingFang"), ("zh-TW", "PingFang TC", "PingFang SC"), ("ko", "Malgun Gothic", "YaHei")],
)
def test_fonts_stand_in_the_order_of_the_language(language: str, first: str, later: str, tmp_path: Path) -> None:
    html = composed(tmp_path, posts(1), digest=f'language = "{language}"').html
    assert first in html
    assert later not in html
    assert html.index("Arial") < html.index(first) < html.index("sans-serif")
    (cell,) = page_of(html).xpath("//td[h2]")
    assert "line-height:1.75" in cell.get("style")
    assert "line-height:1.4" in page_of(html).xpath("//h2")[0].get("style")


def test_a_heading_in_another_direction_stands_where_the_others_do(tmp_path: Path) -> None:
    sections = SECTION.format("even", "") + SECTION.format("odd", "")
    page = page_of(composed(tmp_path, posts(3), digest=f'language = "ar"\n{sections}').html)
    for heading in page.xpath("//h2[contains(@class, 'section-title')]"):
        assert heading.get("dir") is None
        assert [span.get("dir") for span in heading] == ["ltr"]


def test_definitions_from_right_to_left_are_indented_from_the_right(tmp_path: Path) -> None:
    post = {"content/a.md": POST.format("المد\nlang: ar", 20, "المد\n\n: يعود كل يوم.\n")}
    html = composed(tmp_path, post, digest='text = "full"').html
    assert "margin:0 24px 16px 0" in page_of(html).xpath("//dd/@style")[0]


def test_the_words_of_persian_have_no_invisible_characters(tmp_path: Path) -> None:
    digest = 'language = "fa"\nsubscribe = "https://a.example/"\nshare = ["mail"]'
    assert "\u200c" not in composed(tmp_path, posts(1), digest=digest).text


@pytest.mark.parametrize(("language", "title"), [("en", "More"), ("de", "Außerdem"), ("ar", "المزيد")])
def test_the_last_section_has_a_title_in_the_language_of_the_digest(language: str, title: str, tmp_path: Path) -> None:
    sections = SECTION.format("even", "")
    page = page_of(composed(tmp_path, posts(2), digest=f'language = "{language}"\n{sections}').html)
    assert texts(page, "//h2[contains(@class, 'section-title')]") == [title]


@pytest.mark.parametrize(
    ("title", "spaced"), [("From the sea", True), ("Из моря", True), ("البحر", False), ("समुद्र", False), ("大海", False)]
)
def test_joined_letters_stay_joined_in_small_headings(title: str, spaced: bool, tmp_path: Path) -> None:
    sections = f"[[digests.weekly.sections]]\ntitle = '{title}'\n"
    page = page_of(composed(tmp_path, posts(2), digest=sections).html)
    styles = page.xpath("//h2[contains(@class, 'section-title')]/@style | //p[contains(@class, 'kicker')]/@style")
    assert len(styles) == 2
    assert [("letter-spacing" in style) for style in styles] == [spaced, spaced]


def test_the_preferences_may_be_a_placeholder_of_the_owner_s(tmp_path: Path) -> None:
    digest = 'provider = "other"\n[digests.weekly.placeholders]\npreferences = "[[prefs]]"'
    made = composed(tmp_path, posts(1), digest=digest)
    assert page_of(made.html).xpath("//td[@class='footer']//a[@href='[[prefs]]']")
    assert "Preferences: [[prefs]]\n" in made.text
