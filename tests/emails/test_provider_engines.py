"""What posts say, through the real template languages of services: it comes out as it was written, and nothing fails."""

import html
import itertools
import shutil
import subprocess
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from tests.commands import NOW, Command
from tests.conftest import MakeSite
from tests.emails.test_providers import PREFERENCES, WAYS_OUT, toml

EDITION = "public/editions/weekly/2026-W48"
JOINER = "\u2060"
MARK = "THE-READER-S-OWN"

OPENINGS = ("{{", "{{{", "{%", "{#", "{{-", "{%-", "{{!", "{{#", "{{>", "{{&", "{{^", "{{=")
WORDS = ("x", " subscriber.email ", "unsubscribe_url", " if x ", "/x", "end", "", "=<% %>=", "raw", "'", '"', "|safe")
CLOSINGS = {"{{": "}}", "{{{": "}}}", "{%": "%}", "{#": "#}", "{{-": "-}}", "{%-": "-%}"}
TEXTS = [
    *(f"{opening}{word}{CLOSINGS.get(opening, '}}')}" for opening, word in itertools.product(OPENINGS, WORDS)),
    *(f"{opening}{word}" for opening, word in itertools.product(OPENINGS, WORDS[:4])),
    *(
        "{",
        "{ {",
        "{{}}",
        "}}",
        "{%",
        "{{ '{{' }}",
        "{% raw %}{{ x }}{% endraw %}",
        "{% comment %}",
        "{{x}}{{{y}}}",
        "a{{",
    ),
    *(
        "{\u200b{ x }}",
        "{{ x | default: 'y' }}",
        "{% include 'x' %}",
        "{{ x",
        "x }}",
        "{%%}",
        "{{{{x}}}}",
        "{{\u00a0x}}",
    ),
]


def through_mustache(text: str) -> str:
    chevron = pytest.importorskip("chevron")
    names = {
        "unsubscribe": MARK,
        "RESEND_UNSUBSCRIBE_URL": MARK,
        "amazonSESUnsubscribeUrl": MARK,
        "pm:unsubscribe_url": MARK,
    }
    return str(chevron.render(text, names))


def through_liquid(text: str) -> str:
    liquid = pytest.importorskip("liquid")
    return str(liquid.render(text, unsubscribe_url=MARK, unsubscribe_link=MARK))


def through_django(text: str) -> str:
    """Jinja2 has Django's delimiters and is stricter."""
    import jinja2

    values = {"unsubscribe_url": MARK, "unsubscribe": MARK, "manage_subscription_url": MARK}
    return (
        jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
        .from_string(text)
        .render(values)
    )


GO_PROGRAM = """package main
import ("io"; "os"; "text/template")
func main() {
  text, _ := io.ReadAll(os.Stdin)
  names := template.FuncMap{"UnsubscribeURL": func() string { return "THE-READER-S-OWN" }, "ManageURL": func() string { return "THE-READER-S-OWN" }, "MessageURL": func() string { return "" }}
  parsed, failed := template.New("x").Funcs(names).Parse(string(text))
  if failed != nil { panic(failed) }
  if failed := parsed.Execute(os.Stdout, nil); failed != nil { panic(failed) }
}
"""


def through_go(text: str) -> str:
    if shutil.which("go") is None:
        pytest.skip("go is not installed")
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "main.go"
        program.write_text(GO_PROGRAM)
        ended = subprocess.run(["go", "run", str(program)], input=text.encode(), capture_output=True, check=True)
    return ended.stdout.decode()


ENGINES: dict[str, Callable[[str], str]] = {
    "sendgrid": through_mustache,
    "resend": through_mustache,
    "ses": through_mustache,
    "postmark": through_mustache,
    "kit": through_liquid,
    "keila": through_liquid,
    "buttondown": through_django,
    "brevo": through_django,
    "listmonk": through_go,
}


def test_the_corpus_is_large() -> None:
    assert len(TEXTS) > 200


@pytest.mark.parametrize("provider", ENGINES)
def test_a_service_s_engine_leaves_what_posts_say(provider: str, make_site: MakeSite, digest: Command) -> None:
    lines = "\n".join(TEXTS)
    spoken = "\n\n".join(f"* {text}" for text in TEXTS[::3])
    post = f"---\ntitle: One {{{{ x }}}}\ndate: 2026-11-20\ntags: [news]\n---\n~~~\n{lines}\n~~~\n\n{spoken}\n"
    root = make_site({"content/a.md": post}, toml(provider, "{{ said }} {% if %}"))
    ended = digest(root, "build", "--now", NOW)
    assert ended.code == 0, ended.err
    message: Any = message_from_bytes((root / EDITION / "email.eml").read_bytes(), policy=policy.default)
    text, page = (part.get_content().replace("\r\n", "\n") for part in message.iter_parts())
    for part in (text, page, message["Subject"]):
        made = ENGINES[provider](part)
        way_out = WAYS_OUT[provider]
        assert made == part.replace(way_out, MARK).replace(PREFERENCES.get(provider, way_out), MARK)
    shown = html.unescape(page)
    assert all(line in shown for line in TEXTS if line.strip() == line)
    assert all(line in text.replace(JOINER, "") for line in TEXTS if line.strip() == line)
