"""What tests of e-mails share: composing an edition of content files, and of one body, with plain templates."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from digest import emails
from digest.collector import Post
from digest.config import load_config
from digest.editions import Edition, EditionSection
from digest.emails import Email
from digest.markdown import Rendered
from digest.preview import rehearse

TOML = """[site]
title = "The Harbour Review"
url = "https://harbour.example/"
{site}
[digests.weekly]
title = "Harbour Weekly"
sender = "The Harbour Review <news@harbour.example>"
unsubscribe = "https://harbour.example/unsubscribe, mailto:leave@harbour.example"
one_click = true
postal_address = "1 Quay Street"
{digest}
"""
KEY = "weekly/2026-W47"
START, END = datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)
POST = "---\ntitle: {0}\ndate: 2026-11-{1}\n---\n\n{2}\n"

# Templates that print a body as it is, with no style sheet.
BARE = {
    "templates/email.css": "",
    "templates/email.html.jinja": "<!DOCTYPE html><html><body><main>{{ sections }}</main></body></html>",
    "templates/email.txt.jinja": "{{ sections }}",
    "templates/section.html.jinja": "{# nothing #}",
    "templates/card-featured.html.jinja": "{{ card.body }}",
}


def write(root: Path, files: Mapping[str, str], *, site: str = "", digest: str = "") -> Path:
    """Write a site with one digest into a folder; `site` and `digest` are more lines of the two tables."""
    if "at = " not in digest:
        digest = f'at = "monday 00:00"\n{digest}'  # when the window of `KEY` ends
    (root / "digest.toml").write_text(TOML.format(site=site, digest=digest), encoding="utf-8")
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def compose(root: Path) -> Email:
    """Return the edition of all posts of the site in a folder."""
    return rehearse(load_config(root), END).compose(KEY)


def composed(root: Path, files: Mapping[str, str], *, site: str = "", digest: str = "") -> Email:
    """Return the edition of a new site, as `write` takes it."""
    return compose(write(root, files, site=site, digest=digest))


def compose_body(
    root: Path, html: str, *, language: str = "", digest: str = 'text = "full"', summary: str = ""
) -> Email:
    """Return the edition of one post with a body of clean HTML, with nothing around the body but its title in the text."""
    write(root, BARE, site='templates = "templates"', digest=digest)
    post = Post(
        path="content/2026/boat.md",
        id="https://harbour.example/boat/",
        url="https://harbour.example/boat/",
        slug="boat",
        title="The boat",
        date=datetime(2026, 11, 17, tzinfo=UTC),
        body_line=7,
        language=language,
    )
    edition = Edition("weekly", KEY, START, END, (EditionSection("", (post,)),))
    return emails.compose(edition, {post.id: Rendered(html=html, summary=summary)}, load_config(root))


def html_of(made: Email) -> str:
    """Return the body of `compose_body` in HTML."""
    return made.html.partition("<main>")[2].rpartition("</main>")[0]


def text_of(made: Email) -> str:
    """Return the body of `compose_body` in plain text: what stands between the line with the day and the address."""
    return made.text.partition("Nov 17\n\n")[2].rpartition("https://harbour.example/boat/")[0].rstrip("\n")


def codes(made: Email) -> set[str]:
    """Return the codes of an e-mail's problems."""
    return {problem.code for problem in made.problems}


def parsed(made: Email) -> EmailMessage:
    """Return the message as a mail client reads it."""
    return message_from_bytes(made.eml, policy=policy.default)
