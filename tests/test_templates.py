"""Templates of the site's own: a change to one is a reason to build, wherever in the folder it stands."""

import os
from pathlib import Path

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
