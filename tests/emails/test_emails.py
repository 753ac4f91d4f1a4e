"""An edition as an e-mail: the page, what it says, and that putting it together from cards changes nothing."""

import email
import email.policy
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from digest.collector.post import Author, Image, Post
from digest.editions.edition import Edition, EditionSection, Note
from digest.emails import card as cards
from digest.emails import compose as emails
from digest.emails import inline_css as inlining
from digest.emails import layout as press
from digest.emails.compose import Email
from digest.markdown import Rendered, render
from digest.problems import ConfigError
from tests import email_samples as samples

Compose = Callable[..., Email]
GOLDEN = Path(__file__).parents[1] / "golden/emails"


@pytest.fixture
def compose(tmp_path: Path) -> Compose:
    def composed(edition: Edition | None = None, **given: Any) -> Email:
        config = samples.config(tmp_path, **given)
        return emails.compose(edition or samples.edition(), samples.rendered(config), config)

    return composed


def one(post: Post, title: str = "") -> Edition:
    return samples.edition(sections=(EditionSection(title, (post,)),))


def codes(made: Email) -> set[str]:
    return {problem.code for problem in made.problems}


@pytest.mark.parametrize(
    ("name", "given_"),
    [("summary", {}), ("full", {"text": "full"}), ("arabic", {"language": "ar", "title": "أسبوعية المرفأ"})],
)
def test_an_edition_is_what_it_was(compose: Compose, name: str, given_: dict[str, Any]) -> None:
    made = compose(samples.edition(note=samples.NOTE if name == "full" else None), **given_)
    parts = {"html": made.html, "txt": made.text, "eml": made.eml.decode(), "web.html": made.web}
    missing = [ending for ending in parts if not (GOLDEN / f"{name}.{ending}").exists()]
    for ending in missing:
        GOLDEN.mkdir(parents=True, exist_ok=True)
        (GOLDEN / f"{name}.{ending}").write_bytes(parts[ending].encode())
    assert not missing, "golden files were missing and have been written: look at them"
    for ending, data in parts.items():
        assert data == (GOLDEN / f"{name}.{ending}").read_bytes().decode()


@settings(max_examples=8)
@given(st.data())
def test_an_edition_from_cards_is_the_edition_inlined_whole(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    text = data.draw(st.sampled_from(["full", "summary"]))
    language = data.draw(st.sampled_from(["en", "zh-CN", "ar"]))
    config = samples.config(tmp_path_factory.getbasetemp(), text=text, max_bytes=10**6, language=language)
    posts = data.draw(st.lists(st.sampled_from([p for p, _ in samples.POSTS]), min_size=1, unique=True))
    cut = data.draw(st.integers(0, len(posts)))
    titles = data.draw(st.lists(st.sampled_from(["", "Sea & <land>", "“Quoted”", "海"]), min_size=2, max_size=2))
    layout = data.draw(st.sampled_from(["", "featured", "compact", "title"]))
    sections = (EditionSection(titles[0], tuple(posts[:cut]), layout), EditionSection(titles[1], tuple(posts[cut:])))
    edition = samples.edition(sections=sections, note=data.draw(st.sampled_from([None, samples.NOTE])))
    rendered = samples.rendered(config)
    assert emails.compose(edition, rendered, config).html == inlining.inline(emails.original(edition, rendered, config))


def test_the_page_says_what_mail_clients_ask_for(compose: Compose) -> None:
    html = compose().html
    assert html.startswith("<!DOCTYPE html>")
    assert '<html lang="en" dir="ltr"' in html
    assert html.index('<meta charset="utf-8">') < html.index("<title>")
    assert "<title>Harbour Weekly: The people behind the tide tables</title>" in html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert 'role="article" aria-roledescription="email"' in html
    assert "<o:PixelsPerInch>96</o:PixelsPerInch>" in html
    assert html.count("<h1") == 1
    assert len(re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1].encode()) <= 16_384  # type: ignore[index]
    assert "<script" not in html
    assert all(re.fullmatch(r"\d+", width) for width in re.findall(r'<img [^>]*width="([^"]*)"', html))


def test_a_language_from_the_right_turns_the_page(compose: Compose) -> None:
    made = compose(language="ar")
    assert '<html lang="ar" dir="rtl"' in made.html
    assert "إلغاء الاشتراك (Unsubscribe)" in made.html
    assert "نوفمبر" in made.text


@pytest.mark.parametrize("note", [None, Note(preheader="x"), Note(preheader="word " * 60), Note(preheader="潮" * 300)])
def test_the_preheader_is_neither_short_nor_long_and_not_in_the_text(compose: Compose, note: Note | None) -> None:
    made = compose(samples.edition(note=note))
    assert 40 <= len(made.preheader) <= 110
    hidden = re.search(r'<div class="preheader"[^>]*>(.*?)</div>', made.html)
    assert hidden
    assert hidden[1].count("\u200c") >= 30
    assert "display:none" in hidden[0]
    assert "\u200c" not in made.text


def test_an_edition_of_one_post_has_a_preheader_and_no_contents(compose: Compose) -> None:
    made = compose(one(samples.POSTS[5][0]))
    assert len(made.preheader) >= 40
    assert "In this issue" not in made.html
    assert made.subject == "Harbour Weekly"


def test_the_note_speaks_first_and_last(compose: Compose) -> None:
    note = replace(samples.NOTE, subject="A quiet\r\nweek")
    made = compose(samples.edition(note=note))
    assert made.subject == "A quiet week"
    assert made.html.index("Dear readers") < made.html.index("tide tables</a>")
    assert made.html.index("A chart a day") < made.html.index("Until next week")
    assert "<h2" in made.html[made.html.index("Dear readers") : made.html.index("A quiet week</h2>")]
    assert "Write to us [1]!" in made.text


def test_the_subject_is_a_template(compose: Compose) -> None:
    made = compose(subject="{{ count }} posts & {{ posts[1].title }} – {{ edition.key }}\n")
    assert made.subject == "10 posts & 潮汐表与它的作者们：一个世纪的观测 – weekly/2026-W47"
    with pytest.raises(ConfigError) as raised:
        compose(subject="{{ nothing.here }}")
    assert raised.value.problems[0].code == "subject-template"


def test_links_of_the_site_are_counted_when_asked(compose: Compose) -> None:
    plain, counted = compose(text="full"), compose(text="full", utm=True)
    assert "utm_" not in plain.html + plain.text
    query = "?utm_source=newsletter&amp;utm_medium=email&amp;utm_campaign=weekly"
    assert f'href="https://example.org/2026/11/tide-tables/{query}"' in counted.html
    assert f'href="https://example.org/log/{query}"' in counted.html
    assert 'href="https://example.net/tides"' in counted.html
    assert 'href="https://example.org/unsubscribe"' in counted.html


def test_a_long_edition_is_shortened_and_says_so(compose: Compose) -> None:
    full = compose(text="full", max_bytes=10**6)
    made = compose(text="full", max_bytes=len(full.html.encode()) - 1000)
    assert len(made.html.encode()) < len(full.html.encode()) - 1000
    assert "email-shortened" in codes(made)
    assert "What the numbers say" not in made.html
    assert "What the numbers say" in made.web
    config = samples.config(Path("/nowhere"), text="full", max_bytes=len(full.html.encode()) - 1000)
    assert inlining.inline(emails.original(samples.edition(), samples.rendered(config), config)) == made.html
    assert "What the numbers say" not in made.text


def test_a_long_edition_that_may_not_be_shortened_names_its_weights(compose: Compose) -> None:
    made = compose(text="full", max_bytes=20_000, shorten=False)
    problem = next(problem for problem in made.problems if problem.code == "email-too-long")
    assert "content/2026/11/tide-tables.md" in problem.message
    assert "What the numbers say" in made.html


def test_what_is_missing_or_hard_to_read_is_named(compose: Compose) -> None:
    from digest.config.schema import Theme

    made = compose(unsubscribe="", theme=Theme(muted="#bbbbbb"))
    assert {"no-unsubscribe", "theme-contrast", "email-picture"} <= codes(made)
    assert "List-Unsubscribe" not in made.eml.decode()
    message = next(problem.message for problem in made.problems if problem.code == "theme-contrast")
    assert message.startswith("theme.muted on theme.surface has a contrast of 1.9")


def test_the_headers_say_who_sends_and_how_to_leave(compose: Compose) -> None:
    made = compose(to="Readers <weekly@lists.example.org>", reply_to="ann@example.org")
    message = email.message_from_bytes(made.eml, policy=email.policy.default)
    assert message["From"] == "The Harbour Review <news@example.org>"
    assert message["To"] == "Readers <weekly@lists.example.org>"
    assert message["Reply-To"] == "ann@example.org"
    assert message["Subject"] == made.subject
    assert message["List-Id"] == "Harbour Weekly <weekly.example.org>"
    assert re.split(r",\s*", message["List-Unsubscribe"]) == [
        "<https://example.org/unsubscribe>",
        "<mailto:leave@example.org>",
    ]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Archived-At"] == "<https://example.org/editions/weekly/2026-W47/>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == samples.edition().end
    body = cast("Any", message).get_body(("plain",)).get_content()
    assert body.replace("\r\n", "\n") == made.text


def test_without_a_sender_the_site_sends(compose: Compose) -> None:
    made = compose(sender="", list_id="", unsubscribe="mailto:leave@example.org")
    message = email.message_from_bytes(made.eml, policy=email.policy.default)
    assert message["From"] == "The Harbour Review <newsletter@example.org>"
    assert message["List-Id"] == "Harbour Weekly <weekly.example.org>"
    assert message["List-Unsubscribe-Post"] is None


def test_the_web_version_is_a_page_of_its_own(compose: Compose) -> None:
    web = compose().web
    assert '<link rel="canonical" href="https://example.org/editions/weekly/2026-W47/">' in web
    assert "Unsubscribe" not in web
    assert "preheader" not in web.partition("<body")[2]
    assert "The people behind the tide tables" in web


def test_a_post_says_nothing_in_another_language_than_html(compose: Compose) -> None:
    evil = '"><script>alert(1)</script>{{ 7*7 }}\r\nBcc: x@example.org'
    post = samples.post("evil", evil, 20, tags=(evil,), language="en", summary=evil)
    made = compose(one(replace(post, authors=(Author(evil),)), evil))
    for page in (made.html, made.web):
        assert "<script" not in page
        assert "{{" not in page
        assert "49" not in re.findall(r"<h3.*?</h3>", page, re.DOTALL)[0].replace("2026", "")
    message = email.message_from_bytes(made.eml, policy=email.policy.default)
    assert message["Bcc"] is None
    assert "Bcc: x@example.org" in message["Subject"]


def test_a_provider_finds_its_placeholder_and_nothing_else(compose: Compose) -> None:
    post = samples.post("curly", "Use {{ .Subscriber.Email }} & {% raw %}", 20)
    made = compose(one(post, "{{ section }}"), provider="listmonk", unsubscribe="", title="{{ title }}")
    assert re.findall(r"\{\{.*?\}\}", made.html) == ["{{ UnsubscribeURL }}"]
    assert "&#123;{ .Subscriber.Email }}" in made.html
    assert "no-unsubscribe" not in codes(made)
    assert "Unsubscribe: {{ UnsubscribeURL }}" in made.text


def test_a_site_s_own_templates_replace_the_shipped_ones(compose: Compose, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "card-compact.html.jinja").write_text('<p class="mine">{{ card.title }}</p>\n')
    (own / "email.css").write_text(".mine { color: #123456 }\n.mine:first-child { color: #654321 }\n")
    made = compose(site={"templates": "own"})
    assert '<p class="mine" style="color:#123456">A chart a day</p>' in made.html
    assert [(p.path, p.line) for p in made.problems if p.code == "css-selector"] == [("own/email.css", 2)]
    (own / "card-compact.html.jinja").write_text("<p>\n{{ card.nothing }}</p>\n")
    with pytest.raises(ConfigError) as raised:
        compose(site={"templates": "own"})
    assert (raised.value.problems[0].path, raised.value.problems[0].line) == ("card-compact.html.jinja", 2)
    (own / "card-compact.html.jinja").write_text("<p>\n{% if %}</p>\n")
    with pytest.raises(ConfigError, match="can not be read"):
        compose(site={"templates": "own"})


def test_a_filter_on_what_is_filled_in_later_is_named(compose: Compose, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own/email.html.jinja").write_text(
        "<!DOCTYPE html><html><body>{{ subject | upper }}{{ sections }}{{ contents }}</body></html>"
    )
    with pytest.raises(ConfigError, match=r"email\.html\.jinja"):
        compose(site={"templates": "own"})


def test_a_post_that_could_not_be_rendered_still_has_its_title(tmp_path: Path) -> None:
    config = samples.config(tmp_path)
    made = emails.compose(samples.edition(), {}, config)
    assert "The people behind the tide tables" in made.html
    assert "November 20, 2026" in made.html


def test_a_card_shows_the_part_before_the_mark(tmp_path: Path) -> None:
    config = samples.config(tmp_path, text="full")
    post = samples.POSTS[0][0]
    body = Rendered(html="<p>one</p><p>two</p>", summary="one", lead="<p>one</p>")
    made = emails.compose(one(post), {post.id: body}, config)
    assert "one</p>" in made.html
    assert "two</p>" not in made.html
    assert "Continue reading" in made.html


def test_cards_are_forgotten_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "REMEMBERED", 3)
    config = samples.config(tmp_path)
    rendered = samples.rendered(config)
    first = emails.compose(samples.edition(), rendered, config)
    assert len(press.press(config).cards) == 3
    assert emails.compose(samples.edition(), rendered, config).eml == first.eml


def test_html_in_titles_and_code_reads_as_typed_in_the_text_part(compose: Compose) -> None:
    post = samples.post("tags", "When &nbsp; meets <br>", 20, summary="Never write <p> alone.")
    made = compose(one(post, "On <table> & co"), title="<em> weekly")
    assert not re.search(r"</?(?:p|br|table|em)\b[^>]*>|&nbsp;", made.text)
    shown = made.text.replace("\u2060", "")
    for typed in ("When &nbsp; meets <br>", "Never write <p> alone.", "ON <TABLE> & CO", "<em> weekly"):
        assert typed in shown


def test_a_picture_without_fallback_is_named_at_its_line(tmp_path: Path) -> None:
    file = tmp_path / "content/2026/11/pictures.md"
    file.parent.mkdir(parents=True)
    file.write_text('---\ntitle: "Pictures"\nimage: /a/lead.webp\n---\nText\n\n![a](/a/b%20c.svg)\n\n![b](d.avif)\n')
    post = replace(
        samples.post("pictures", "Pictures", 20),
        body_line=5,
        image=Image("https://example.org/a/lead.webp", "A lead"),
    )
    config = samples.config(tmp_path, text="full")
    body = render(post, "Text\n\n![a](/a/b%20c.svg)\n\n![b](d.avif)\n", config)
    made = emails.compose(one(post), {post.id: body}, config)
    found = {(p.line, p.message.split()[0]) for p in made.problems if p.code == "email-picture"}
    assert found == {(7, "SVG"), (9, "AVIF"), (3, "WEBP")}


def test_a_body_that_no_mail_could_show_is_a_summary_at_once(tmp_path: Path) -> None:
    table = "<table>" + "<tr>" + "<td>x</td>" * 40_000 + "</tr></table>"
    edition, config = samples.edition(), samples.config(tmp_path, text="full", shorten=False)
    wide = edition.posts[1]
    bodies = {**samples.rendered(config), wide.id: Rendered(html=table, summary="A very wide table.")}
    made = emails.compose(edition, bodies, config)
    assert max(len(made.html), len(made.web)) < 200_000
    (problem,) = (problem for problem in made.problems if problem.code == "email-shortened")
    assert wide.path in problem.message


def test_an_edition_is_the_same_from_another_process(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "section.html.jinja").write_text('<h2 class="section">§ {{ title }}</h2>\n')
    config = samples.config(tmp_path, text="full", provider="listmonk", utm=True)
    given = (samples.edition(note=Note("notes/a.md", "*In*", "Out")), samples.rendered(config), config)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there = pool.submit(emails.compose, *given).result()
    here = emails.compose(*given)
    assert (there.html, there.text, there.eml, there.web) == (here.html, here.text, here.eml, here.web)
    assert there == here
    assert "§ The sea" in there.html


def test_what_is_wrong_with_a_template_is_told_from_another_process(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "card-compact.html.jinja").write_text("<p>{{ nothing }}</p>\n")
    config = samples.config(tmp_path)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        made = pool.submit(emails.compose, samples.edition(), samples.rendered(config), config)
        with pytest.raises(ConfigError) as caught:
            made.result()
    assert [(problem.path, problem.code) for problem in caught.value.problems] == [
        ("card-compact.html.jinja", "template-value")
    ]


def test_importing_what_editions_need_loads_no_large_package() -> None:
    script = """
import sys
import digest.archive, digest.editions
from digest.emails import card, compose
parts = "PIL babel comrak cssutils email frontmatter jinja2 lxml nh3 premailer pygments requests tinycss2 yaml"
assert not set(parts.split()) & set(sys.modules), set(parts.split()) & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])
