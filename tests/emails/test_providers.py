"""What a post says is no template to whoever sends it, and looks the same to a reader."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from digest.emails import providers

CONTENT = "{{ .Subscriber.Email }} {{{x}}} {% raw %} {# c #} *|EMAIL|* %recipient.x% %(x)s $name ${name} $$ https://a.example/@TrackLink {"
SIGNS: dict[providers.Provider, str] = {
    "plain": r"\{\{|\{%|\{#|\*\||%recipient|%\(",
    "listmonk": r"\{\{|@TrackLink",
    "mailman": r"\{\{|\*\||%\(|\$[\w{$]",
    "mailchimp": r"\*\||\|\*",
    "buttondown": r"\{\{|\{%|\{#",
}


@pytest.mark.parametrize("provider", SIGNS)
def test_html_has_no_sign_of_the_language_and_shows_the_same(provider: providers.Provider) -> None:
    escaped = providers.escape_html(f"<p>{CONTENT}</p>", provider)
    assert not re.search(SIGNS[provider], escaped)
    assert html.unescape(escaped) == f"<p>{CONTENT}</p>"


@given(text=st.text("{}%#*|$(a@"), provider=st.sampled_from(sorted(SIGNS)))
def test_no_text_makes_a_sign_even_before_a_placeholder(text: str, provider: providers.Provider) -> None:
    escaped = providers.escape_html(text, provider)
    assert not re.search(SIGNS[provider], escaped)
    assert html.unescape(escaped) == text
    assert providers.escape_html(escaped, provider) == escaped
    if provider in {"listmonk", "buttondown"}:
        assert (escaped + "{{").count("{{") == 1


def test_style_sheets_and_comments_stay() -> None:
    page = "<style>*|x{a:b}{{</style><!-- {{ x }} --><p>{{</p>"
    assert providers.escape_html(
        page, "plain"
    ) == "<style>*|x{a:b}{{</style><!-- {{ x }} --><p>&#123;&#123;</p>".replace("&#123;&#123;", "&#123;{")


@given(st.text("{}%#a \n"))
def test_a_text_that_buttondown_fills_in_says_what_it_said(text: str) -> None:
    rendered = Environment(keep_trailing_newline=True).from_string(providers.escape_text(text, "buttondown")).render()
    assert rendered == text


def test_texts_for_other_providers() -> None:
    assert providers.escape_text("{{ x }} b@TrackLink", "listmonk") == '{{ "{{" }} x }} b{{ "@TrackLink" }}'
    assert providers.escape_text("{{ x }} @TrackLink", "buttondown") == '{{ "{{" }} x }} @TrackLink'
    assert providers.escape_text("*|EMAIL|* 2*|*3", "mailchimp") == "∗|EMAIL|∗ 2∗|∗3"
    for provider in ("plain", "mailman"):
        assert providers.escape_text(CONTENT, provider) == CONTENT


@pytest.mark.parametrize("provider", ["listmonk", "mailchimp", "buttondown"])
def test_each_provider_has_its_placeholders(provider: providers.Provider) -> None:
    found = providers.placeholders(provider)
    assert set(found) == {"unsubscribe", "view", "email"}
    assert found["unsubscribe"] == providers.placeholder(provider, "unsubscribe")


def test_who_knows_no_placeholder_has_none() -> None:
    assert providers.placeholders("plain") == {}
    assert providers.placeholder("mailman", "unsubscribe") == ""
