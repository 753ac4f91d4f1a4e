"""The page and its mails in the languages of the site and of its readers, for everybody."""

import html
from pathlib import Path

import pytest

from tests.mail_server import Inbox
from tests.readers.page.site import Controls, Readers, application, link, page_of, wait_for
from tests.unsubscribe.test_unsubscribe import LANGUAGES

RTL = ("ar", "fa", "he")
TITLE = 'A "<b>" & {x}'


def in_language(root: Path, language: str) -> None:
    toml = root / "digest.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(
        text.replace('title = "Notes"', f"title = '{TITLE}'\nlanguage = \"{language}\"", 1), encoding="utf-8"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_and_mail_speaks_the_language_of_the_site(language: str, readers_site: Path, inbox: Inbox) -> None:
    in_language(readers_site, language)
    readers = Readers(readers_site)
    ann, bob = readers.add(), readers.add("bob@example.org", "pending")
    with page_of(readers_site) as page:
        pages = [
            page.get("/subscribe"), page.post("/subscribe"), page.post("/subscribe", data=application("carl@example.org")),
            page.get(link(bob, "confirm")), page.post(link(bob, "confirm")), page.get(link(ann, "preferences")),
            page.post(link(ann, "preferences"), data={"do": "save"}), page.post(link(ann, "preferences"), data={"do": "ask-to-forget"}),
            page.get(link(ann, "unsubscribe")), page.post(link(ann, "unsubscribe")), page.get("/p/x"), page.get("/nowhere"),
        ]  # fmt: skip
        wait_for(inbox, 1)
    direction = "rtl" if language in RTL else "ltr"
    for each in pages:
        assert f'<html lang="{language}" dir="{direction}">' in each.text
        assert html.escape(TITLE) in each.text.replace("&#34;", "&quot;")
        assert "{title}" not in each.text
    letter = inbox.letters()["carl@example.org"]
    assert TITLE in letter["Subject"]
    parts = [letter.get_body((kind,)).get_content() for kind in ("plain", "html")]  # type: ignore[union-attr]
    assert f'<html lang="{language}" dir="{direction}">' in parts[1]
    assert TITLE in parts[0]
    assert html.escape(TITLE) in parts[1].replace("&#34;", "&quot;")


@pytest.mark.parametrize(("query", "accepted", "shown"), [
    ("", "", "en"),
    ("", "de", "de"),
    ("", "fr-CH, fr;q=0.9, de;q=0.8, en;q=0.7", "de"),
    ("", "de;q=0, en;q=0.1", "en"),
    ("", "de-AT", "de"),
    ("", "en;q=x, ;;;,*;q=", "en"),
    ("", "fr", "en"),
    ("?language=de", "en", "de"),
    ("?language=fr", "en", "en"),
])  # fmt: skip
def test_the_page_speaks_a_language_of_the_posts_that_the_browser_asks_for(
    query: str, accepted: str, shown: str, readers_site: Path
) -> None:
    with page_of(readers_site) as page:
        text = page.get(f"/subscribe{query}", headers={"Accept-Language": accepted}).text
    assert f'<html lang="{shown}"' in text
    assert f'<option value="{shown}" lang="{shown}" selected>' in text


def test_a_reader_is_spoken_to_in_her_language(readers_site: Path, inbox: Inbox) -> None:
    ann = Readers(readers_site).add(language="fa")
    with page_of(readers_site) as page:
        for path in (link(ann, "unsubscribe"), link(ann, "preferences")):
            text = page.get(path, headers={"Accept-Language": "de"}).text
            assert '<html lang="fa" dir="rtl">' in text
        page.post("/subscribe", data=application("ann@example.org"), headers={"Accept-Language": "de"})
        wait_for(inbox, 1)
    letter = inbox.letters()["ann@example.org"]
    assert '<html lang="fa" dir="rtl">' in letter.get_body(("html",)).get_content()  # type: ignore[union-attr]


def test_every_control_has_a_label_and_groups_have_legends(readers_site: Path) -> None:
    ann = Readers(readers_site).add(tags="news")
    with page_of(readers_site) as page:
        pages = [
            page.get("/subscribe").text,
            page.post("/subscribe").text,
            page.get(link(ann, "preferences")).text,
        ]
    for text in pages:
        found = Controls(text)
        assert found.controls
        assert found.buttons
        for control in found.controls:
            assert control["labelled"] or control.get("id") in found.labels, control
        assert text.count("<fieldset") == text.count("<legend>") == 2
        assert text.count("<h1>") == 1
        ids = [part.partition('"')[0] for part in text.split(' id="')[1:]]
        assert len(ids) == len(set(ids))
        described = [part.partition('"')[0] for part in text.split('aria-describedby="')[1:]]
        assert set(described) <= set(ids)
    assert pages[1].count('role="alert"') == 2


def test_templates_of_the_sites_own_go_first(readers_site: Path) -> None:
    own = readers_site / "templates/readers-message.html.jinja"
    own.parent.mkdir()
    own.write_text(
        '{% extends "shipped/readers-message.html.jinja" %}{% block content %}<p>Ours: {{ message }}</p>{% endblock %}'
    )
    ann = Readers(readers_site).add()
    with page_of(readers_site) as page:
        assert "<p>Ours: Do you want to stop" in page.get(link(ann, "unsubscribe")).text
