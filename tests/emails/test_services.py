"""What a post says is no template to whoever sends it, and looks the same to a reader."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from digest.emails import providers as services

CONTENT = "{{ .Subscriber.Email }} {{{x}}} {% raw %} {# c #} *|EMAIL|* %recipient.x% %(x)s $name ${name} $$ https://a.example/@TrackLink {"
SIGNS: dict[services.Service, str] = {
    "plain": r"\{\{|\{%|\{#|\*\||%recipient|%\(",
    "listmonk": r"\{\{|@TrackLink",
    "mailman": r"\{\{|\*\||%\(|\$[\w{$]",
    "mailchimp": r"\*\||\|\*",
    "buttondown": r"\{\{|\{%|\{#",
}


@pytest.mark.parametrize("service", SIGNS)
def test_html_has_no_sign_of_the_language_and_shows_the_same(service: services.Service) -> None:
    escaped = services.escape_html(f"<p>{CONTENT}</p>", service)
    assert not re.search(SIGNS[service], escaped)
    assert html.unescape(escaped) == f"<p>{CONTENT}</p>"


@given(text=st.text("{}%#*|$(a@"), service=st.sampled_from(sorted(SIGNS)))
def test_no_text_makes_a_sign_even_before_a_placeholder(text: str, service: services.Service) -> None:
    escaped = services.escape_html(text, service)
    assert not re.search(SIGNS[service], escaped)
    assert html.unescape(escaped) == text
    assert services.escape_html(escaped, service) == escaped
    if service in {"listmonk", "buttondown"}:
        assert (escaped + "{{").count("{{") == 1


def test_style_sheets_and_comments_stay() -> None:
    page = "<style>*|x{a:b}{{</style><!-- {{ x }} --><p>{{</p>"
    assert services.escape_html(
        page, "plain"
    ) == "<style>*|x{a:b}{{</style><!-- {{ x }} --><p>&#123;&#123;</p>".replace("&#123;&#123;", "&#123;{")


@given(st.text("{}%#a \n"))
def test_a_text_that_buttondown_fills_in_says_what_it_said(text: str) -> None:
    rendered = Environment(keep_trailing_newline=True).from_string(services.escape_text(text, "buttondown")).render()
    assert rendered == text


def test_texts_for_other_services() -> None:
    assert services.escape_text("{{ x }} b@TrackLink", "listmonk") == '{{ "{{" }} x }} b{{ "@TrackLink" }}'
    assert services.escape_text("{{ x }} @TrackLink", "buttondown") == '{{ "{{" }} x }} @TrackLink'
    assert services.escape_text("*|EMAIL|* 2*|*3", "mailchimp") == "∗|EMAIL|∗ 2∗|∗3"
    for service in ("plain", "mailman"):
        assert services.escape_text(CONTENT, service) == CONTENT


@pytest.mark.parametrize("service", ["listmonk", "mailchimp", "buttondown"])
def test_each_service_has_its_placeholders(service: services.Service) -> None:
    found = services.placeholders(service)
    assert set(found) == {"unsubscribe", "view", "email"}
    assert found["unsubscribe"] == services.placeholder(service, "unsubscribe")


def test_who_knows_no_placeholder_has_none() -> None:
    assert services.placeholders("plain") == {}
    assert services.placeholder("mailman", "unsubscribe") == ""
