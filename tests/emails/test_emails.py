"""An edition as an e-mail: the page, what it says, and what is wrong with it."""

import json
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from digest.emails import Email
from digest.problems import ConfigError
from tests import email_samples as samples
from tests.commands import Command
from tests.conftest import MakeSite
from tests.email_samples import POST, codes, compose, composed

Compose = Callable[..., Email]
LONG = "\n\n".join(["A wave is a word that the sea says twice, and then again, until it is heard." * 4] * 12)
POSTS = {
    "content/tides.md": POST.format(
        "The people behind the tide tables", "22 12:00", "# What the numbers say\n\n" + LONG
    ),
    "content/guancha.md": POST.format("潮汐表与它的作者们\nlang: zh-CN", "21", "潮水不等人。"),
    "content/jadawil.md": POST.format("جداول المد والجزر\nlang: ar", "20", "البحر لا ينتظر أحداً."),
    "content/buoy.md": POST.format("The new buoy", "19", "See [the log](/log/) or [tides](https://tides.example/)."),
    "content/chart.md": POST.format("A chart a day", "18", "Short."),
}
ONE = {"content/buoy.md": POSTS["content/buoy.md"]}
NOTE = "---\nsubject: {subject}\npreheader: {preheader}\noutro: Ann & Jo\n---\nDear readers,\n\n## A quiet week\n\n[Write](mailto:a@b.example)!\n"


def test_the_page_says_what_mail_clients_ask_for(tmp_path: Path) -> None:
    html = composed(tmp_path, POSTS).html
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


def test_a_language_from_the_right_turns_the_page(tmp_path: Path) -> None:
    made = composed(tmp_path, POSTS, digest='language = "ar"')
    assert '<html lang="ar" dir="rtl"' in made.html
    assert "إلغاء الاشتراك (Unsubscribe)" in made.html
    assert "نوفمبر" in made.text


@pytest.mark.parametrize("preheader", ["", "x", "word " * 60, "潮" * 300])
def test_the_preheader_is_neither_short_nor_long_and_not_in_the_text(tmp_path: Path, preheader: str) -> None:
    note = NOTE.format(subject="", preheader=preheader)
    made = composed(tmp_path, {**POSTS, f"notes/{samples.KEY}.md": note})
    assert 40 <= len(made.preheader) <= 110
    hidden = re.search(r'<div class="preheader"[^>]*>(.*?)</div>', made.html)
    assert hidden
    assert hidden[1].count("\u200c") >= 30
    assert "display:none" in hidden[0]
    assert "\u200c" not in made.text


def test_an_edition_of_one_post_has_a_preheader_and_no_contents(tmp_path: Path) -> None:
    made = composed(tmp_path, {"content/a.md": "---\ndate: 2026-11-20\n---\nShort.\n"})
    assert len(made.preheader) >= 40
    assert "In this issue" not in made.html
    assert made.subject == "Harbour Weekly"


def test_a_preheader_without_a_text_to_begin_with_begins_with_the_digest(tmp_path: Path) -> None:
    made = composed(tmp_path, {"content/a.md": "---\ndate: 2026-11-20\n---\n![](https://a.example/a.png)\n"})
    assert made.preheader.startswith("Harbour Weekly")


def test_the_note_speaks_first_and_last(tmp_path: Path) -> None:
    note = NOTE.format(subject='"A quiet\\r\\nweek"', preheader="")
    made = composed(tmp_path, {**POSTS, f"notes/{samples.KEY}.md": note})
    assert made.subject == "A quiet week"
    assert made.html.index("Dear readers") < made.html.index("tide tables</a>")
    assert made.html.index("A chart a day") < made.html.index("Ann &amp; Jo")
    assert re.search(r'<td class="surface side intro text body"[^>]*><p[^>]*>Dear readers', made.html)
    assert "<h2" in made.html[made.html.index("Dear readers") : made.html.index("A quiet week</h2>")]
    assert "Write [1]!" in made.text


@pytest.mark.parametrize(
    ("note", "message"),
    [
        ("![plan](/plan.svg)", "SVG image left out of the e-mail, where most clients show none"),
        ("> " * 300 + "deep", "the intro is left out"),
        ("x[^1]" * 10_001, "the intro is left out"),
    ],
)
def test_what_a_note_cannot_show_is_named(tmp_path: Path, note: str, message: str) -> None:
    made = composed(tmp_path, {**ONE, f"notes/{samples.KEY}.md": f"\n\n{note}\n"})
    (problem,) = made.problems
    assert (problem.path, problem.severity) == (f"notes/{samples.KEY}.md", "warning")
    assert problem.message.startswith(message)


def test_the_subject_is_a_template(tmp_path: Path) -> None:
    subject = "{{ count }} posts & {{ posts[1].title }} – {{ edition.key }}"
    made = composed(tmp_path, POSTS, digest=f'subject = "{subject}"')
    assert made.subject == "5 posts & 潮汐表与它的作者们 – weekly/2026-W47"
    with pytest.raises(ConfigError) as raised:
        composed(tmp_path, POSTS, digest='subject = "{{ nothing.here }}"')
    assert raised.value.problems[0].code == "subject-template"


def test_links_of_the_site_are_counted_when_asked(tmp_path: Path) -> None:
    plain = composed(tmp_path, POSTS, digest='text = "full"')
    assert "utm_" not in plain.html + plain.text
    counted = composed(tmp_path, POSTS, digest='text = "full"\nutm = true')
    query = "?utm_source=newsletter&amp;utm_medium=email&amp;utm_campaign=weekly"
    assert f'href="https://harbour.example/2026/11/19/buoy/{query}"' in counted.html
    assert f'href="https://harbour.example/log/{query}"' in counted.html
    assert 'href="https://tides.example/"' in counted.html
    assert 'href="https://harbour.example/unsubscribe"' in counted.html


def test_a_long_edition_is_shortened_and_says_so(tmp_path: Path) -> None:
    full = composed(tmp_path, POSTS, digest='text = "full"')
    limit = len(full.html.encode()) - 1000
    made = composed(tmp_path, POSTS, digest=f'text = "full"\nmax_bytes = {limit}')
    assert len(made.html.encode()) <= limit
    (problem,) = made.problems
    assert problem.code == "email-shortened"
    assert "tides.md" in problem.message
    assert "buoy.md" not in problem.message
    assert "What the numbers say" not in made.html + made.text
    assert "What the numbers say" in made.web
    assert full.web == made.web


def test_a_long_edition_that_may_not_be_shortened_names_its_weights(tmp_path: Path) -> None:
    made = composed(tmp_path, POSTS, digest='text = "full"\nmax_bytes = 10_000\nshorten = false')
    problem = next(problem for problem in made.problems if problem.code == "email-too-long")
    assert "content/tides.md" in problem.message
    assert "What the numbers say" in made.html


def test_a_body_that_no_mail_could_show_is_a_summary_at_once(tmp_path: Path) -> None:
    table = "<table><tr>" + "<td>x</td>" * 40_000 + "</tr></table>"
    made = samples.compose_body(tmp_path, table, digest='text = "full"\nshorten = false', summary="A wide table.")
    assert max(len(made.html), len(made.web)) < 200_000
    (problem,) = (problem for problem in made.problems if problem.code == "email-shortened")
    assert "content/2026/boat.md" in problem.message


def test_what_is_missing_or_hard_to_read_is_named(tmp_path: Path) -> None:
    files = {**ONE, "content/svg.md": POST.format("Plan\nimage: /plan.svg", "20", "x")}
    samples.write(tmp_path, files)
    toml = (tmp_path / "digest.toml").read_text()
    without = re.sub(r"unsubscribe = .*\n", "", toml)
    (tmp_path / "digest.toml").write_text(f'{without}\n[theme]\nmuted = "#bbbbbb"\n')
    made = compose(tmp_path)
    assert {"no-unsubscribe", "theme-contrast", "email-image"} <= codes(made)
    message = next(problem.message for problem in made.problems if problem.code == "theme-contrast")
    assert message.startswith("theme.muted on theme.surface has a contrast of 1.9")


@pytest.mark.parametrize(
    ("formats", "links"),
    [
        (["atom"], [("application/atom+xml", "atom.xml")]),
        (["json", "rss"], [("application/feed+json", "feed.json"), ("application/rss+xml", "feed.xml")]),
    ],
)
def test_the_web_version_names_the_feeds_that_there_are(
    formats: list[str], links: list[tuple[str, str]], tmp_path: Path
) -> None:
    web = composed(tmp_path, ONE, digest=f"[feeds]\nformats = {formats}").web
    named = re.findall('<link rel="alternate" type="(.*?)" title=".*?" href="https://harbour.example/(.*?)">', web)
    assert named == links


def test_the_web_version_is_a_page_of_its_own(tmp_path: Path) -> None:
    web = composed(tmp_path, POSTS).web
    assert '<link rel="canonical" href="https://harbour.example/editions/weekly/2026-W47/">' in web
    assert "Unsubscribe" not in web
    assert "preheader" not in web.partition("<body")[2]
    assert "The people behind the tide tables" in web


def test_a_post_says_nothing_in_another_language_than_html(tmp_path: Path) -> None:
    evil = r'"\"><script>alert(1)</script>{{ 7*7 }}\r\nBcc: x@example.org"'
    tag = evil.replace(r"\r\n", " ")
    post = f"---\ntitle: {evil}\ndate: 2026-11-20\ntags: [{tag}]\nauthor: {evil}\nsummary: {evil}\n---\n"
    made = composed(tmp_path, {"content/evil.md": post})
    for page in (made.html, made.web):
        assert "<script" not in page
        assert "{{" not in page
        assert "49" not in re.findall(r"<h2.*?</h2>", page, re.DOTALL)[0]
    message = samples.parsed(made)
    assert message["Bcc"] is None
    assert "Bcc: x@example.org" in message["Subject"]


def test_a_provider_finds_its_placeholder_and_nothing_else(tmp_path: Path) -> None:
    post = POST.format('"Use {{ .Subscriber.Email }} & {% raw %}"', "20", "x")
    sections = 'provider = "listmonk"\n[[digests.weekly.sections]]\ntitle = "{{ section }}"\n'
    made = composed(tmp_path, {"content/curly.md": post}, digest=sections)
    assert re.findall(r"\{\{.*?\}\}", made.html) == ["{{ ManageURL }}", "{{ UnsubscribeURL }}"]
    assert "&#123;{ .Subscriber.Email }}" in made.html
    assert "Unsubscribe: {{ UnsubscribeURL }}" in made.text


def test_a_site_s_own_templates_replace_the_shipped_ones(tmp_path: Path) -> None:
    own = {
        "templates/card-compact.html.jinja": '<p class="mine">{{ card.title }}</p>\n',
        "templates/email.css": ".mine { color: #123456 }\n.mine:dir(ltr) { color: #654321 }\n",
    }
    made = composed(tmp_path, {**POSTS, **own}, site='templates = "templates"')
    assert '<p class="mine" style="color:#123456">A chart a day</p>' in made.html
    assert [(p.path, p.line) for p in made.problems] == [("templates/email.css", 2)]
    (tmp_path / "templates/card-compact.html.jinja").write_text("<p>\n{{ card.nothing }}</p>\n")
    with pytest.raises(ConfigError) as raised:
        compose(tmp_path)
    assert (raised.value.problems[0].path, raised.value.problems[0].line) == ("card-compact.html.jinja", 2)
    (tmp_path / "templates/card-compact.html.jinja").write_text("<p>\n{% if %}</p>\n")
    with pytest.raises(ConfigError, match="cannot be read"):
        compose(tmp_path)


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("<body>{{ subject | upper }}{{ sections }}</body>", "subject is filled in after the CSS was inlined"),
        (
            "<body>{{ words.why.format(title=title) }}{{ sections }}</body>",
            "title is filled in after the CSS was inlined",
        ),
        ("", "the page is empty"),
        (" \n", "the page is empty"),
        ("<!-- x -->", "the page"),
    ],
)
def test_a_page_that_no_edition_could_fill_in_is_named(tmp_path: Path, page: str, message: str) -> None:
    own = {**BARE_PAGE, "templates/email.html.jinja": page}
    with pytest.raises(ConfigError) as raised:
        composed(tmp_path, {**ONE, **own}, site='templates = "templates"')
    (problem,) = raised.value.problems
    assert problem.path == "email.html.jinja"
    assert problem.message.startswith(message)


@pytest.mark.parametrize(
    "left_out", ["sections", "contents", "subject", "title_html", "styles", "intro", "reason_html"]
)
def test_a_page_may_leave_out_any_part(tmp_path: Path, left_out: str) -> None:
    page = (Path(__file__).parents[2] / "templates/email.html.jinja").read_text("utf-8")
    own = {"templates/email.html.jinja": page.replace(f"{{{{ {left_out} }}}}", "")}
    note = {f"notes/{samples.KEY}.md": "Dear readers\n"}
    made = composed(tmp_path, {**POSTS, **own, **note}, site='templates = "templates"')
    assert ("A chart a day</a></h2>" in made.html) == (left_out != "sections")
    assert codes(made) == ({"template-no-posts"} if left_out == "sections" else set())
    (tmp_path / "templates/email.html.jinja").write_text("<body>hello</body>")
    assert "hello" in compose(tmp_path).html


def test_a_sheet_of_one_s_own_hides_the_preheader_and_holds_images(tmp_path: Path) -> None:
    own = {
        "templates/email.css": "p { color: #111111 }",
        "content/a.md": POST.format("A\nimage: /a.png", "20", "![b](/b.png)"),
    }
    made = composed(tmp_path, own, site='templates = "templates"', digest='text = "full"')
    assert 'style="display:none' in made.html
    for image in re.findall(r"<img [^>]*>", made.html):
        assert "max-width" in image


BARE_PAGE = {"templates/email.html.jinja": "<!DOCTYPE html><html><body>{{ sections }}</body></html>"}


def test_a_page_needs_no_place_for_contents_or_a_note(tmp_path: Path) -> None:
    note = {f"notes/{samples.KEY}.md": "Dear readers\n"}
    made = composed(tmp_path, {**POSTS, **BARE_PAGE, **note}, site='templates = "templates"')
    assert made.html.count(">A chart a day<") == 1
    assert "Dear readers" not in made.html
    assert "Dear readers" in made.text


def test_values_are_printed_wherever_they_stand(tmp_path: Path) -> None:
    page = (
        "<!DOCTYPE html><html><head><title>{{ subject }}</title></head><body>"
        '<a href="{{ web_url }}?s={{ title | e }}" title="{{ subject }}">{{ publication or "none" }}</a>'
        "<!-- {{ title }} --><p>{% if reason and not outro %}{{ reason }}{% endif %}</p>{{ sections }}</body></html>"
    )
    own = {"templates/email.html.jinja": page}
    site = 'templates = "templates"'
    made = composed(tmp_path, {**ONE, **own}, site=site, digest="subject = 'a \"b\" & <c>'\nreason = 'x > y'")
    assert "<title>a &#34;b&#34; &amp; &lt;c&gt;</title>" in made.html
    assert 'href="https://harbour.example/editions/weekly/2026-W47/?s=Harbour Weekly"' in made.html
    assert 'title="a &#34;b&#34; &amp; &lt;c&gt;"' in made.html
    assert ">The Harbour Review</a><!-- Harbour Weekly --><p" in made.html
    assert "x &gt; y</p>" in made.html


def test_a_text_template_may_change_what_it_prints(tmp_path: Path) -> None:
    own = {"templates/email.txt.jinja": "{{ subject | upper }}\n{{ sections }}"}
    made = composed(tmp_path, {**ONE, **own}, site='templates = "templates"')
    assert made.text.startswith("HARBOUR WEEKLY: THE NEW BUOY\n")


def test_a_post_that_could_not_be_rendered_still_has_its_title(tmp_path: Path) -> None:
    made = samples.compose_body(tmp_path, "")
    assert made.text.startswith("The boat\n--------\nNov 17\n")


def test_a_card_shows_the_part_before_the_mark(tmp_path: Path) -> None:
    post = POST.format("Mark", "20", "one\n\n<!--more-->\n\ntwo")
    made = composed(tmp_path, {"content/mark.md": post}, digest='text = "full"')
    assert "one</p>" in made.html
    assert "two</p>" not in made.html + made.web
    assert "Continue reading" in made.html


def test_html_in_titles_and_code_reads_as_typed_in_the_text_part(tmp_path: Path) -> None:
    title = '"When &amp;nbsp; meets &lt;br&gt;"'
    sections = "[[digests.weekly.sections]]\ntitle = 'On <table> & co'\n"
    made = composed(tmp_path, {"content/tags.md": POST.format(title, "20", "x")}, digest=sections)
    assert not re.search(r"</?(?:p|br|table|em)\b[^>]*>|&nbsp;", made.text)
    shown = made.text.replace("\u2060", "")
    for typed in ("When &nbsp; meets <br>", "ON <TABLE> & CO"):
        assert typed in shown
    plain = samples.compose_body(tmp_path, "", summary="Never write <p> alone.").text
    assert "Never write <\u2060p> alone." in plain


def test_a_picture_without_fallback_is_named_at_its_line(tmp_path: Path) -> None:
    post = '---\ntitle: "Pictures"\nimage: /a/lead.webp\ndate: 2026-11-20\n---\nText\n\n![a](/a/b%20c.svg)\n\n![b](d.avif)\n'
    made = composed(tmp_path, {"content/2026/11/pictures.md": post}, digest='text = "full"')
    found = {(p.line, p.message.split()[0]) for p in made.problems if p.code == "email-image"}
    assert found == {(8, "SVG"), (10, "AVIF"), (3, "WEBP")}


def test_an_edition_is_the_same_in_another_process_and_another_time(tmp_path: Path) -> None:
    files = {**POSTS, "templates/section.html.jinja": '<h2 class="section">§ {{ title }}</h2>\n'}
    files[f"notes/{samples.KEY}.md"] = "*In*\n"
    sections = "[[digests.weekly.sections]]\ntitle = 'The sea'\n"
    digest = f'text = "full"\nprovider = "listmonk"\nutm = true\n{sections}'
    samples.write(tmp_path, files, site='templates = "templates"', digest=digest)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there = pool.submit(compose, tmp_path).result()
    assert there == compose(tmp_path) == compose(tmp_path)
    assert "§ The sea" in there.html
    assert pickle.loads(pickle.dumps(there)) == there


def test_what_is_wrong_with_a_template_is_told_from_another_process(tmp_path: Path) -> None:
    own = {"templates/card-featured.html.jinja": "<p>{{ nothing }}</p>\n"}
    samples.write(tmp_path, {**ONE, **own}, site='templates = "templates"')
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool, pytest.raises(ConfigError) as caught:
        pool.submit(compose, tmp_path).result()
    assert [(problem.path, problem.code) for problem in caught.value.problems] == [
        ("card-featured.html.jinja", "template-value")
    ]


def test_importing_what_editions_need_loads_no_large_package() -> None:
    script = """
import sys
from digest import archive, editions, emails
parts = "PIL babel comrak cssutils email frontmatter jinja2 lxml nh3 premailer pygments requests tinycss2 yaml"
assert not set(parts.split()) & set(sys.modules), set(parts.split()) & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])


def test_a_build_without_a_due_edition_loads_nothing_that_e_mails_need(tmp_path: Path, digest: Command) -> None:
    script = """
import sys
sys.argv = ["digest", "build", "--now", "2026-11-17T12:00:00Z"]
from digest.cli import commands
try:
    commands.main()
finally:
    assert not {"cssutils", "premailer", "requests"} & set(sys.modules), sorted(sys.modules)
"""
    samples.write(tmp_path, {"content/a.md": POST.format("A", "17", "x")})
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path)


def test_sixty_posts_fit_whatever_has_to_be_done(tmp_path: Path) -> None:
    posts = {f"content/{n:02}.md": POST.format(f"Post {n}", f"{16 + n % 7} 0{n % 10}:{n:02}", LONG) for n in range(60)}
    samples.write(tmp_path, posts)
    done = []
    for number, limit in enumerate((87_000, 75_000, 70_000, 30_000)):
        toml = (tmp_path / "digest.toml").read_text()
        text = 'max_bytes = 87_000\ntext = "full"' if number == 0 else f"max_bytes = {limit}"
        lines = [line for line in toml.split("\n") if not line.startswith(("max_bytes", "text ="))]
        at = lines.index('at = "monday 00:00"')
        (tmp_path / "digest.toml").write_text("\n".join([*lines[:at], text, *lines[at:]]))
        made = compose(tmp_path)
        assert len(made.html.encode()) <= limit
        assert made.web.count("<td id=") + made.web.count('" id="p') >= 60
        (problem,) = made.problems
        assert problem.code == "email-shortened"
        assert len(problem.message) < 500
        done.append(problem.message.partition("; ")[2])
    assert "shown as summaries" in done[0]
    assert "words" in done[1]
    assert "shown as titles" in done[2]
    assert "behind a link" in done[3]
    left_out = int(re.findall(r"More posts in this issue: (\d+)</a>", made.html)[0])
    assert made.html.count('" id="p') + left_out == 60
    assert f"More posts in this issue: {left_out}\nhttps://harbour.example/editions/" in made.text


def test_what_composing_finds_is_reported_and_stands_in_the_manifest(tmp_path: Path, digest: Command) -> None:
    samples.write(tmp_path, {"content/a.md": POST.format("A", "20", "![plan](/plan.svg)")}, digest='text = "full"')
    ended = digest(tmp_path, "build", "--now", "2026-11-23T12:00:00Z")
    assert "content/a.md:6:1: warning: email-image" in ended.err
    manifest = json.loads((tmp_path / "public/editions/weekly/2026-W47/manifest.json").read_bytes())
    (problem,) = manifest["problems"]
    assert (problem["code"], problem["path"], problem["line"]) == ("email-image", "content/a.md", 6)


def test_arabic_minutes_have_their_forms(tmp_path: Path) -> None:
    for words, text in ((460, "دقيقتان قراءة"), (690, "3 دقائق قراءة"), (2760, "12 دقيقة قراءة")):
        post = {"content/a.md": POST.format("A", "20", "word " * words)}
        assert text in composed(tmp_path, post, digest='language = "ar"').text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("language", "period"),
    [
        ("en", "Nov 16 – 22, 2026"),
        ("en-GB", "16–22 Nov 2026"),
        ("de", "16.–22. Nov. 2026"),
        ("cs", "16.–22. 11. 2026"),
        ("es", "16–22 nov 2026"),
        ("pt", "16 – 22 de nov. de 2026"),
        ("fi", "16.11.2026 – 22.11.2026"),
        ("ja", "2026年11月16日～22日"),
    ],
)
def test_the_days_of_an_edition_have_the_month_of_its_posts(language: str, period: str, tmp_path: Path) -> None:
    made = composed(tmp_path, ONE, digest=f'language = "{language}"')
    assert period in made.text.replace("\u2009", " ")


def test_the_feed_of_editions_names_its_style_sheet_from_where_it_stands(tmp_path: Path, digest: Command) -> None:
    samples.write(tmp_path, ONE)
    digest(tmp_path, "build", "--now", "2026-11-23T12:00:00Z")
    for path, sheet in (("feed.xml", "feeds/feed.css"), ("editions/weekly/atom.xml", "../../feeds/feed.css")):
        assert f'<?xml-stylesheet type="text/css" href="{sheet}"?>' in (tmp_path / "public" / path).read_text("utf-8")


def test_a_tag_in_another_direction_than_its_card_keeps_its_sign_before_it(
    make_site: MakeSite, digest: Command
) -> None:
    post = "---\ntitle: {0}\ndate: 2026-11-20\nlang: {1}\ntags: [food, مطر]\n---\nText.\n"
    toml = '[site]\ntitle = "T"\n[digests.weekly]\ntitle = "T"\nat = "monday 08:00"\ntags = "text"\n'
    root = make_site({"content/a.md": post.format("رسالة", "ar"), "content/b.md": post.format("A letter", "en")}, toml)
    assert digest(root, "build", "--now", "2026-11-23T09:00:00Z").code == 0
    page = (root / "public/editions/weekly/2026-W48/email.html").read_text(encoding="utf-8")
    assert page.count('<span dir="ltr">#food</span>') == 1
    assert page.count('<span dir="rtl">#مطر</span>') == 1
