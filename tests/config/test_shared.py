"""Settings that many sites share: a `digest.toml` above theirs."""

import os
from pathlib import Path

import pytest

from digest import load_config
from digest.problems import ConfigError
from tests.commands import NOW, POST, Command
from tests.conftest import MakeSite

SHARED = """
[site]
language = "de"
timezone = "Europe/Berlin"
[theme]
accent = "#aa0000"
[senders.mail]
kind = "smtp"
host = "mail.example.org"
[digests.weekly]
send_via = "mail"
words = 40
"""
SITE = '[site]\ntitle = "Ash"\nurl = "https://ash.example/"\n'


@pytest.fixture
def host(make_site: MakeSite) -> Path:
    """A folder with shared settings and one site."""
    post = POST.format("One", "2026-11-20", "news")
    return make_site({"sites/ash/digest.toml": SITE, "sites/ash/content/one.md": post}, SHARED, "host")


def test_a_site_inherits_what_it_does_not_set(host: Path) -> None:
    config = load_config(host / "sites/ash")
    assert (config.site.title, config.site.language, config.site.timezone) == ("Ash", "de", "Europe/Berlin")
    assert config.theme.accent == "#aa0000"
    assert (config.digests["weekly"].send_via, config.digests["weekly"].words) == ("mail", 40)
    assert config.digests["weekly"].title == "Ash"
    assert "mail" in config.senders
    assert config.root == host / "sites/ash"


def test_what_a_site_sets_goes_first(host: Path) -> None:
    own = host / "sites/ash/digest.toml"
    own.write_text(SITE + 'language = "fr"\n[digests.weekly]\nwords = 10\n')
    config = load_config(host / "sites/ash")
    assert (config.site.language, config.site.timezone) == ("fr", "Europe/Berlin")
    assert (config.digests["weekly"].words, config.digests["weekly"].send_via) == (10, "mail")


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ("[digests.weekly]\nwrds = 40\n", "../../digest.toml:2:1: "),
        ('[digests.weekly]\nwords = "many"\n', "../../digest.toml:2:1: "),
        ("[digests.weekly\n", "../../digest.toml:1:"),
    ],
)
def test_a_mistake_is_named_in_the_file_that_has_it(wrong: str, place: str, host: Path) -> None:
    (host / "digest.toml").write_text(wrong)
    with pytest.raises(ConfigError, match=place.replace(".", r"\.")):
        load_config(host / "sites/ash")


def test_a_mistake_of_the_site_is_named_there(host: Path) -> None:
    (host / "sites/ash/digest.toml").write_text(SITE + "[digests.weekly]\nwrds = 1\n")
    with pytest.raises(ConfigError, match=r"^digest\.toml:5:1: "):
        load_config(host / "sites/ash")


def test_the_settings_of_another_site_are_its_own(host: Path) -> None:
    (host / "digest.toml").write_text(SHARED.replace("[site]", '[site]\nurl = "https://host.example/"'))
    config = load_config(host / "sites/ash")
    assert config.site.language == "en"
    assert not config.senders


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_the_settings_of_somebody_else_are_not_taken(host: Path) -> None:
    os.chown(host / "digest.toml", 12345, -1)
    assert not load_config(host / "sites/ash").senders


def test_the_command_says_where_settings_come_from(host: Path, digest: Command) -> None:
    ended = digest(host / "sites/ash", "build", "--now", NOW)
    assert ended.code == 0, ended.err
    assert "settings that sites share come from ../../digest.toml" in ended.err
    written = (host / "sites/ash/public/editions/weekly/2026-W48/email.html").read_text()
    assert "#aa0000" in written


def test_a_change_of_what_is_shared_reaches_each_site(host: Path, digest: Command) -> None:
    site = host / "sites/ash"
    assert digest(host, "build", "--all", "sites/*", "--now", NOW, "--jobs", "1").code == 0
    before = (site / "public/feeds/index.html").read_text()
    (host / "digest.toml").write_text(SHARED.replace("#aa0000", "#00aa00"))
    assert digest(host, "build", "--all", "sites/*", "--now", NOW, "--jobs", "1").code == 0
    assert (site / "public/feeds/index.html").read_text() != before
