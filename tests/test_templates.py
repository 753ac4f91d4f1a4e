"""Templates of the site's own: a change to one is a reason to build, wherever in the folder it stands."""

import os
from pathlib import Path

import pytest

from tests.commands import NOW, POSTS, TOML, Command
from tests.conftest import MakeSite

OWN = TOML.replace("[digests.weekly]", 'templates = "mine"\n[digests.weekly]')
PAGE = '<!doctype html>{% include "parts/greeting.html" %}'
LISTED = "public/feeds/index.html"
LONG_AGO = 1_700_000_000


def test_a_change_to_a_template_in_a_folder_below_is_built(make_site: MakeSite, digest: Command) -> None:
    site = make_site({**POSTS, "mine/feeds.html.jinja": PAGE, "mine/parts/greeting.html": "Hello"}, OWN)
    for file in (path for path in site.rglob("*") if path.is_file()):
        os.utime(file, (LONG_AGO, LONG_AGO))
    digest(site, "build", "--now", NOW)
    assert (site / LISTED).read_text() == "<!doctype html>Hello"
    (site / "mine/parts/greeting.html").write_text("Good morning")
    assert LISTED in digest(site, "build", "--now", NOW).out
    assert (site / LISTED).read_text() == "<!doctype html>Good morning"


def test_a_link_to_nothing_among_the_templates_is_passed_over(make_site: MakeSite, digest: Command) -> None:
    site = make_site({**POSTS, "mine/feeds.html.jinja": "Mine"}, OWN)
    (site / "mine/gone.html").symlink_to(Path("nowhere.html"))
    assert digest(site, "build", "--now", NOW).code == 0
    assert (site / LISTED).read_text() == "Mine"


BROKEN = {
    "{% block card %}{{ card.adress }}</td></tr>{% endblock %}": "template-value: 'dict object' has no attribute 'adress'",
    "{% block card %}{{ card.url }": "template-syntax: unexpected '}'",
}


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize("state", ["before an edition is due", "built", "sent"])
def test_check_finds_what_is_wrong_in_a_template_whether_or_not_an_edition_is_due(
    site: Path, digest: Command, text: str, state: str
) -> None:
    now = "2026-11-20T12:00" if state == "before an edition is due" else NOW
    assert digest(site, "build", "--now", now).code == 0
    if state == "sent":
        assert digest(site, "mark-sent", "weekly/2026-W48", "--now", NOW).code == 0
    (site / "templates").mkdir()
    for name in ("card-compact", "card-featured"):
        (site / f"templates/{name}.html.jinja").write_text(text, encoding="utf-8")
    ended = digest(site, "check", "--now", now)
    assert ended.code == 78
    assert BROKEN[text] in ended.err
