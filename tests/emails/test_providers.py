"""What a post says is no template to whoever fills in the e-mail, in no part of it, and looks the same to a reader."""

import json
import re
from email import message_from_bytes, policy
from pathlib import Path
from string import Template
from typing import Any, get_args
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from digest.build import job as build
from digest.config import Digest, ProviderName, parse_config
from digest.emails import PROVIDERS, placeholders
from tests.commands import NOW, Command
from tests.conftest import MakeSite
from tests.edition_runs import moment

DOCS = Path(__file__).parents[2] / "docs"
EDITION = "public/editions/weekly/2026-W48"
JOINER = "\u2060"
NAMES: tuple[ProviderName, ...] = get_args(ProviderName)
LEAVE = "https://notes.example/leave?reader=%recipient.id%&list=$list"  # has what the provider fills in, on purpose
WAYS_OUT = {
    "listmonk": "{{ UnsubscribeURL }}",
    "mailchimp": "*|UNSUB|*",
    "buttondown": "{{ unsubscribe_url }}",
    "resend": "{{{RESEND_UNSUBSCRIBE_URL}}}",
    "brevo": "{{ unsubscribe }}",
    "sendgrid": "{{{unsubscribe}}}",
    "mailgun": "%unsubscribe_url%",
    "ses": "{{amazonSESUnsubscribeUrl}}",
    "postmark": "{{{ pm:unsubscribe_url }}}",
    "mailerlite": "{$unsubscribe}",
    "kit": "{{ unsubscribe_url }}",
    "sendy": "[unsubscribe]",
    "keila": "{{ unsubscribe_link }}",
    "ghost": "%%{unsubscribe_url}%%",
}
PREFERENCES = {
    "listmonk": "{{ ManageURL }}",
    "mailchimp": "*|UPDATE_PROFILE|*",
    "buttondown": "{{ manage_subscription_url }}",
}

# What each template language takes for a tag, or stumbles over, as its own documentation has it.
GO = re.compile(r"\{\{")
TRACK_LINK = re.compile(r"@TrackLink")
DJANGO = re.compile(r"\{\{|\{%|\{#")
MERGE_TAG = re.compile(r"\*\|.*?\|\*", re.DOTALL)
DOLLAR = re.compile(rf"\$(?:\$|{Template.idpattern}|\{{{Template.idpattern}\}})", re.IGNORECASE)  # PEP 292
PERCENT = re.compile(r"%\(\w*\)")
MAILGUN = re.compile(r"%recipient[\w.]*%|%(?:tag_|mailing_list_)?unsubscribe_(?:url|email)%")
RELAYS = (DJANGO, MERGE_TAG, MAILGUN, PERCENT)
ASM = re.compile(r"<%")
SMARTY = re.compile(r"\{\$|\{\{|\{%")
BRACKETS = re.compile(
    r"\[[A-Za-z][^\]\n]*,\s*fallback=|\[(?:Email|unsubscribe|webversion|current\w+)\]|</?(?:unsubscribe|webversion)"
)
GHOST = re.compile(r"%%\{.*?\}%%", re.DOTALL)
LANGUAGES: dict[str, tuple[re.Pattern[str], ...]] = {
    **dict.fromkeys(("buttondown", "resend", "brevo", "ses", "postmark", "kit", "keila"), (DJANGO,)),
    "plain": RELAYS,
    "other": (*RELAYS, DOLLAR, ASM, SMARTY, BRACKETS, GHOST, TRACK_LINK, re.compile(r"##|%%|\[\[|<<")),
    "listmonk": (GO, TRACK_LINK),
    "mailman": (*RELAYS, DOLLAR),
    "mailchimp": (MERGE_TAG,),
    "sendgrid": (DJANGO, ASM),
    "mailgun": RELAYS,
    "mailerlite": (SMARTY,),
    "sendy": (BRACKETS,),
    "ghost": (GHOST,),
}
TAGS = (
    "{{ .Subscriber.Email }} {{UnsubscribeURL}} {{{x}}} {%25 {% if x %} {# c #} *|EMAIL|* *|*|X|*|* |* %recipient.x% %recipient% "
    "%tag_unsubscribe_url% %(name)s $name ${name} $$ x@TrackLink <%asm_group% {$name} [Name,fallback=x] %%{name}%% [[a]] ##b## {"
)


def quoted(text: str) -> str:
    """A text as both YAML and TOML read it."""
    return json.dumps(text)


def toml(provider: str, text: str, *, full: bool = True) -> str:
    """A digest that says `text` wherever its owner can say something."""
    return f"""
[site]
title = {quoted("Site " + text)}
url = "https://notes.example/"
[digests.weekly]
title = {quoted("Digest " + text)}
text = "{"full" if full else "summary"}"
provider = "{provider}"
sender = {quoted(f'"{text}" <weekly@notes.example>')}
to = {quoted(f'"To {text}" <list@notes.example>')}
reply_to = {quoted(f'"Reply {text}" <reply@notes.example>')}
list_id = {quoted(f"List {text} <weekly.notes.example>")}
unsubscribe = "{LEAVE}"
reason = {quoted("Because " + text)}
postal_address = {quoted("Street " + text)}
subscribe = "https://notes.example/subscribe"
lead = false
tags = "text"
[[digests.weekly.sections]]
title = {quoted("Section " + text)}
any = ["news"]
"""


def post(text: str, body: str) -> str:
    """A post that says `text` in its front matter."""
    named = (
        f"title: {quoted('Title ' + text)}\nauthor: {quoted('Author ' + text)}\nsummary: {quoted('Summary ' + text)}"
    )
    return f"---\n{named}\ndate: 2026-11-20\ntags: [news, {quoted('Tag ' + text)}]\n---\n{body}\n"


def message_of(folder: Path) -> Any:
    return message_from_bytes((folder / "email.eml").read_bytes(), policy=policy.default)


def parts_of(folder: Path) -> dict[str, str]:
    """Everything of an edition that a provider may run as a template, decoded, by where it stands."""
    parts = {name: (folder / name).read_text("utf-8") for name in ("email.html", "email.txt", "index.html")}
    message = message_of(folder)
    for name, value in message.items():
        parts[f"email.eml {name}"] = str(value)
    for part in message.iter_parts():
        parts[f"email.eml {part.get_content_type()}"] = part.get_content()
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for name in ("subject", "preheader", "sender", "reply_to", "to", "list_id"):
        parts[f"manifest.json {name}"] = manifest[name]
    return parts


def tags_in(parts: dict[str, str], provider: str) -> list[tuple[str, str]]:
    """What `provider` would take for a tag, besides the way out, with where it stands."""
    filled_in = (WAYS_OUT.get(provider, LEAVE), PREFERENCES.get(provider, LEAVE))
    ours = re.compile("|".join(map(re.escape, (*filled_in, LEAVE, LEAVE.replace("&", "&amp;")))))
    found: list[tuple[str, str]] = []
    for place, text in parts.items():
        rest = ours.sub("(the way out)", text)
        for language in LANGUAGES[provider]:
            found += [(place, rest[max(0, tag.start() - 40) : tag.end() + 40]) for tag in language.finditer(rest)]
    return found


def bare(text: str) -> str:
    """A text without white space and without what escaping puts in, to compare what is shown."""
    return "".join(text.replace(JOINER, "").split())


def shown(page: str, path: str) -> list[str]:
    root: Any = html.document_fromstring(page)
    return [" ".join(element.text_content().split()) for element in root.xpath(path)]


CELL = TAGS.replace("|", "\\|")
BODY = f"""
Body {TAGS} and `{TAGS}`

[a link](https://x.example/$name/@TrackLink/*a/{{{{b}}}}/%recipient.x%/?q=*|EMAIL|*) and <https://x.example/$auto/@TrackLink>

![{TAGS}](https://x.example/$picture/@TrackLink.png "{TAGS}")

| {CELL} | b |
| --- | --- |
| c | {CELL} |

```html
<a href="{TAGS}">a</a> <!-- {TAGS} --> <script>{TAGS}</script> <style>{TAGS}</style> a <b and "c
curl https://x.example/{{{{ id }}}}/$id
```
"""


@pytest.mark.parametrize("text", ["full", "summary"])
@pytest.mark.parametrize("provider", NAMES)
def test_no_part_of_an_edition_has_a_tag_from_a_post(
    provider: ProviderName, text: str, make_site: MakeSite, digest: Command
) -> None:
    note = (
        f"---\nsubject: {quoted('Note ' + TAGS)}\npreheader: {quoted(TAGS)}\noutro: {quoted(TAGS)}\n---\nIntro {TAGS}\n"
    )
    in_markup = f"<style>{TAGS}</style> <!-- {TAGS} -->"
    other = "---\ntitle: Other\ndate: 2026-11-19\nurl: /p/$name/@TrackLink/\nlayout: featured\n---\nx"
    files: dict[str, str | bytes] = {
        "content/a.md": post(TAGS, BODY),
        "content/b.md": post(in_markup, BODY),
        "content/c.md": other,
        "notes/weekly/2026-W48.md": note,
    }
    root = make_site(files, toml(provider, TAGS, full=text == "full"))
    ended = digest(root, "build", "--now", NOW)
    assert ended.code == 0, ended.err
    assert {file.name for file in (root / EDITION).iterdir()} == {
        *("email.html", "email.txt", "email.eml", "index.html", "manifest.json")
    }
    parts = parts_of(root / EDITION)
    assert "Title {" in parts["email.txt"].replace(JOINER, "")
    assert tags_in(parts, provider) == []


WORDS = st.lists(
    st.sampled_from(
        [
            *(
                "{{",
                "}}",
                "{%",
                "%}",
                "{#",
                "#}",
                "{",
                "}",
                "*|",
                "|*",
                "*",
                "|",
                "$",
                "$name",
                "${name}",
                "$$",
                "@TrackLink",
            ),
            *(
                "%recipient.x%",
                "%recipient%",
                "%unsubscribe_url%",
                "%(name)s",
                "%",
                "@",
                "#",
                "<",
                "&",
                "x",
                "é",
                "海",
                " ",
            ),
        ]
    ),
    max_size=24,
).map("".join)


@settings(max_examples=50)
@given(provider=st.sampled_from(NAMES), full=st.booleans(), text=WORDS, said=WORDS, code=WORDS)
def test_whatever_is_said_is_shown_and_never_a_tag(
    tmp_path_factory: pytest.TempPathFactory, provider: ProviderName, full: bool, text: str, said: str, code: str
) -> None:
    root = tmp_path_factory.mktemp("site")
    (root / "content").mkdir()
    (root / "content/a.md").write_text(post(f"{text}.", f"~~~\ncode {code}\n~~~"), "utf-8")
    config = parse_config(toml(provider, f"{said}.", full=full), root, root / "digest.toml")
    build.build(config, moment(NOW), cache=False)
    folder = root / EDITION
    parts = parts_of(folder)
    assert tags_in(parts, provider) == []
    page, plain = parts["email.html"], parts["email.txt"]
    (entry,) = json.loads((root / "public/feed.json").read_bytes())["items"]
    assert shown(page, "//h1") == [" ".join(f"Digest {said}.".split())]
    assert shown(page, "//h2") == [" ".join(f"Section {said}.".split())]
    assert shown(page, "//h3") == [entry["title"]]
    assert shown(page, "//title") == [bare_subject(folder)]
    assert entry["authors"][0]["name"] in shown(page, "//*[@class='meta']")[0]
    assert entry["tags"][1] in shown(page, "//*[@class='tags']")[0]
    assert shown(page, "//pre") == (shown(entry["content_html"], "//pre") if full else [])
    summaries = shown(page, "//*[contains(@class, 'summary')]")  # with its Markdown taken out
    assert len(summaries) == (0 if full else 1)
    told = f"code {code}" if full else summaries[0]
    for words in (f"Digest {said}.", f"SECTION {said.upper()}.", entry["title"], entry["authors"][0]["name"], told):
        assert bare(words) in bare(plain)
    sent = {part.get_content_type(): part.get_content() for part in message_of(folder).iter_parts()}
    assert sent["text/plain"].replace("\r\n", "\n") == plain
    assert sent["text/html"].replace("\r\n", "\n") == page


def bare_subject(folder: Path) -> str:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert message_of(folder)["Subject"] == manifest["subject"]
    return str(manifest["subject"]).replace(JOINER, "")


def built(
    make_site: MakeSite, digest: Command, provider: str, files: dict[str, str | bytes], folder: str = "site"
) -> Path:
    """The folder of the edition that `files` make with a digest whose own words have no tags."""
    root = make_site(files, toml(provider, "plainly", full=True), folder)
    ended = digest(root, "build", "--now", NOW)
    assert ended.code == 0, ended.err
    return root / EDITION


def test_a_text_part_is_broken_into_the_same_lines_for_every_provider(make_site: MakeSite, digest: Command) -> None:
    files: dict[str, str | bytes] = {"content/a.md": post(f"{TAGS} {TAGS}", BODY)}
    texts = {
        provider: (built(make_site, digest, provider, files, provider) / "email.txt").read_text("utf-8")
        for provider in NAMES
    }
    without = set()
    for name, text in texts.items():
        shown = text.replace(WAYS_OUT.get(name, LEAVE), "").replace(JOINER, "")
        without.add(unquote(shown.replace(f"Preferences: {PREFERENCES.get(name, '')}\n", "")))
    assert len(without) == 1
    assert len(set(texts.values())) == len(
        {(LANGUAGES[name], WAYS_OUT.get(name), PREFERENCES.get(name)) for name in NAMES}
    )
    for text in texts.values():
        assert not re.search(rf"\n{JOINER}", text)


@pytest.mark.parametrize("provider", NAMES)
def test_a_link_in_a_text_leads_where_it_led(provider: ProviderName, make_site: MakeSite, digest: Command) -> None:
    target = "https://x.example/$name/@TrackLink/*a*/%7B%7Bb%7D%7D/%7B%25c/*%7CEMAIL%7C*/%25recipient.x%25/?q=$$a#$b"
    folder = built(make_site, digest, provider, {"content/a.md": post("x", f"[a]({target}) and <{target}>")})
    addresses = re.findall(r"https://x\.example/\S*", (folder / "email.txt").read_text("utf-8"))
    assert len(addresses) == 2
    for address in addresses:
        assert JOINER not in address
        assert unquote(address) == unquote(target)
    links: Any = html.document_fromstring((folder / "email.html").read_text("utf-8"))
    (first, second) = links.xpath("//a[starts-with(@href, 'https://x.example/')]/@href")
    assert first == second == target


@pytest.mark.parametrize("provider", NAMES)
def test_the_way_out_stays_for_the_provider_to_fill_in(
    provider: ProviderName, make_site: MakeSite, digest: Command
) -> None:
    folder = built(make_site, digest, provider, {"content/a.md": post(TAGS, BODY)})
    way_out = WAYS_OUT.get(provider, LEAVE)
    message = message_of(folder)
    text, page = (part.get_content() for part in message.iter_parts())
    assert f"Unsubscribe: {way_out}\n" in (folder / "email.txt").read_text("utf-8")
    assert f"Unsubscribe: {way_out}\n" in text.replace("\r\n", "\n")
    written = way_out.replace("&", "&amp;")
    assert f'href="{written}"' in (folder / "email.html").read_text("utf-8")
    assert f'href="{written}"' in page
    assert message["List-Unsubscribe"] == f"<{LEAVE}>"


@pytest.mark.parametrize(
    ("provider", "subject"), [("listmonk", "x {"), ("buttondown", "x {"), ("mailchimp", "|EMAIL|")]
)
def test_what_stands_beside_a_value_makes_no_tag_of_it(
    provider: ProviderName, subject: str, make_site: MakeSite, digest: Command
) -> None:
    beside = "{{ subject }}{{ unsubscribe_url }} *{{ subject }}*"
    page = f"<!DOCTYPE html><html><body><p>{beside}</p>{{{{ contents }}}}{{{{ sections }}}}</body></html>"
    files: dict[str, str | bytes] = {
        "content/a.md": post("x", "x"),
        "notes/weekly/2026-W48.md": f"---\nsubject: {quoted(subject)}\n---\n",
        "templates/email.txt.jinja": beside + "{{ sections }}",
        "templates/email.html.jinja": page,
    }
    folder = built(make_site, digest, provider, files)
    parts = {name: (folder / name).read_text("utf-8") for name in ("email.txt", "email.html")}
    assert tags_in(parts, provider) == []
    for text in parts.values():
        assert "{{{" not in text
        assert text.count(WAYS_OUT[provider]) == 1


def test_a_tag_in_a_template_of_the_owner_s_stays(make_site: MakeSite, digest: Command) -> None:
    greeting = "Dear {% raw %}{{ .Subscriber.FirstName }}{% endraw %}"
    shipped = Path(__file__).parents[2] / "templates"
    files: dict[str, str | bytes] = {"content/a.md": post(TAGS, BODY)}
    for name, place in (("email.txt.jinja", "{{ period }}"), ("email.html.jinja", "<h1 ")):
        source = (shipped / name).read_text("utf-8")
        files[f"templates/{name}"] = source.replace(place, f"{greeting} {place}")
    folder = built(make_site, digest, "listmonk", files)
    for name in ("email.txt", "email.html"):
        text = (folder / name).read_text("utf-8")
        assert re.findall(r"\{\{.*?\}\}", text) == [
            "{{ .Subscriber.FirstName }}",
            PREFERENCES["listmonk"],
            WAYS_OUT["listmonk"],
        ]


def test_nothing_in_listmonk_s_text_part_is_markup(make_site: MakeSite, digest: Command) -> None:
    """listmonk runs it through html/template, which drops comments and escapes a value by the markup around it."""
    folder = built(make_site, digest, "listmonk", {"content/a.md": post("<b x", BODY)})
    text = (folder / "email.txt").read_text("utf-8")
    assert not re.search(r"<[A-Za-z/!]", text)
    assert "<a href=" in text.replace(JOINER, "")


@pytest.mark.parametrize("provider", NAMES)
def test_what_no_provider_fills_in_says_a_subject_as_it_was(
    provider: ProviderName, make_site: MakeSite, digest: Command
) -> None:
    note = f"---\nsubject: {quoted(TAGS)}\npreheader: {quoted(TAGS)}\n---\n"
    files: dict[str, str | bytes] = {"content/a.md": post("x", "x"), "notes/weekly/2026-W48.md": note}
    archive = built(make_site, digest, provider, files).parent
    (entry,) = json.loads((archive / "feed.json").read_bytes())["items"]
    assert entry["title"] == TAGS
    assert TAGS.startswith(entry["summary"].removesuffix("…"))
    page = (archive / "index.html").read_text("utf-8")
    assert TAGS in shown(page, "//a")
    assert not any(JOINER in file.read_text("utf-8") for file in archive.iterdir() if file.is_file())


def test_what_has_no_tag_is_left_as_it_was(make_site: MakeSite, digest: Command) -> None:
    title = "50% off: $5, 2 * 3 | 4 {a} & a@b.example"
    for provider in (name for name in NAMES if name != "other"):
        folder = built(make_site, digest, provider, {"content/a.md": post(title, f"    {title} <x")}, provider)
        assert title in (folder / "email.eml").read_text("utf-8")
        assert JOINER not in (folder / "email.txt").read_text("utf-8").replace(f"<{JOINER}x", "<x")


def test_every_provider_that_can_be_configured_has_its_row_and_no_other_has() -> None:
    assert tuple(PROVIDERS) == NAMES
    assert all(row.name == name for name, row in PROVIDERS.items())


def test_the_documentation_lists_the_providers_and_their_placeholders() -> None:
    section = (DOCS / "sending.md").read_text("utf-8").partition("\n## Providers\n")[2].partition("\n## ")[0]
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in section.splitlines() if line.startswith("| `")]
    cells = {row[0].strip(" `"): [cell.replace("\\|", "|") for cell in row[1:]] for row in rows[1:]}
    assert tuple(cells) == NAMES
    for name in NAMES:
        row = PROVIDERS[name].placeholders
        assert f"`{row.unsubscribe or 'unsubscribe'}`" in cells[name][0]
        assert (f"`{row.view}`" if row.view else "the archive") in cells[name][1]


def test_a_manifest_names_the_placeholders_that_there_are() -> None:
    assert placeholders(Digest()) == placeholders(Digest(provider="mailman")) == {}
    for name, way_out in WAYS_OUT.items():
        found = placeholders(Digest(provider=name))  # type: ignore[arg-type]
        assert set(found) <= {"unsubscribe", "view", "email", "preferences"}
        assert found.get("preferences") == PREFERENCES.get(name)
        assert found["unsubscribe"] == way_out


VIEWS = {
    "listmonk": "{{ MessageURL }}",
    "mailchimp": "*|ARCHIVE|*",
    "buttondown": "{{ email_url }}",
    "brevo": "{{ mirror }}",
    "mailerlite": "{$url}",
    "sendy": "[webversion]",
}


@pytest.mark.parametrize("provider", VIEWS)
def test_the_web_version_is_the_provider_s_when_the_owner_asks(
    provider: ProviderName, make_site: MakeSite, digest: Command
) -> None:
    root = make_site(
        {"content/a.md": post("x", "y")},
        toml(provider, "plainly").replace("provider =", 'view = "provider"\nprovider ='),
    )
    assert digest(root, "build", "--now", NOW).code == 0
    folder = root / EDITION
    message = message_of(folder)
    text, page = (part.get_content() for part in message.iter_parts())
    assert f'<a href="{VIEWS[provider]}"' in page
    assert f": {VIEWS[provider]}\n" in text.replace("\r\n", "\n")
    assert message["Archived-At"] == "<https://notes.example/editions/weekly/2026-W48/>"
    assert VIEWS[provider] not in (folder / "index.html").read_text("utf-8")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert manifest["placeholders"]["view"] == VIEWS[provider]


def test_a_provider_without_a_web_version_is_said(make_site: MakeSite, digest: Command) -> None:
    configuration = toml("kit", "plainly").replace("provider =", 'view = "provider"\nprovider =')
    root = make_site({"content/a.md": post("x", "y")}, configuration)
    ended = digest(root, "build", "--now", NOW)
    assert "no-view" in ended.err
    assert "https://notes.example/editions/weekly/2026-W48/" in (root / EDITION / "email.txt").read_text("utf-8")


def test_placeholders_of_one_s_own_are_used_for_any_other_provider(make_site: MakeSite, digest: Command) -> None:
    own = """view = "provider"
[digests.weekly.placeholders]
unsubscribe = "##leave##"
view = "%%webversion%%"
[[digests.weekly.sections]]"""
    configuration = toml("other", TAGS).replace("[[digests.weekly.sections]]", own)
    root = make_site(
        {"content/a.md": post(TAGS + " ##leave## %%webversion%%", BODY + "\n##leave## %%webversion%%")}, configuration
    )
    assert digest(root, "build", "--now", NOW).code == 0
    text, page = (part.get_content() for part in message_of(root / EDITION).iter_parts())
    assert 'href="##leave##"' in page
    assert 'href="%%webversion%%"' in page
    assert text.count("##leave##") == 1
    assert page.count("##leave##") == page.count('href="##leave##"')
    assert text.count("%%webversion%%") == text.count(": %%webversion%%")
    manifest = json.loads((root / EDITION / "manifest.json").read_bytes())
    assert manifest["placeholders"] == {"unsubscribe": "##leave##", "view": "%%webversion%%"}
