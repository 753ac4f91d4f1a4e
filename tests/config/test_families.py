"""One table for many digests: by tag, by folder, by language; and a digest's title."""

import json
from pathlib import Path
from typing import Any

import pytest

import digest as library
from tests.commands import NOW, POST, TOML, Command
from tests.conftest import MakeSite

SITE = '[site]\ntitle = "Notes"\nurl = "https://notes.example/"\n'
FAMILY = '[digests.weekly]\nsender = "Notes <w@notes.example>"\nunsubscribe = "mailto:leave@notes.example"\n'
FILES = {
    "content/news/a.md": POST.format("A", "2026-11-20", "craft, Open Software"),
    "content/news/deep/b.md": POST.format("B", "2026-11-20", "crafts"),
    "content/essays/c.md": POST.format("C", "2026-11-21\nlang: zh-CN", "手艺"),
    "content/d.md": POST.format("D", "2026-11-21\nlang: de", "craft"),
}


def editions(site: Path, digest: Command, *, now: str = NOW) -> dict[str, list[str]]:
    """Return the titles of the posts of each edition that is built, by its digest."""
    ended = digest(site, "build", "--now", now)
    assert ended.code == 0, ended.err
    found = {}
    for path in sorted((site / "public/editions").glob("*/2026-W48/manifest.json")):
        manifest: dict[str, Any] = json.loads(path.read_bytes())
        found[manifest["digest"]] = sorted(post["title"] for post in manifest["posts"])
    return found


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ('per_tag = ["craft", "open software"]', {"weekly-craft": ["A", "D"], "weekly-open-software": ["A"]}),
        ('per_tag = ["craft*"]', {"weekly-craft": ["A", "D"], "weekly-crafts": ["B"]}),
        ('per_folder = ["news", "/essays/"]', {"weekly-news": ["A", "B"], "weekly-essays": ["C"]}),
        ('per_folder = ["*"]', {"weekly-news": ["A", "B"], "weekly-essays": ["C"]}),
        ('per_folder = ["*/*"]', {"weekly-news-deep": ["B"]}),
        ('per_language = ["*"]', {"weekly-de": ["D"], "weekly-en": ["A", "B"], "weekly-zh-cn": ["C"]}),
        ('per_language = ["zh"]\nnone = ["craft"]', {"weekly-zh": ["C"]}),
        ('folders = ["news"]\nlanguages = ["en"]', {"weekly": ["A", "B"]}),
        ('folders = ["new"]', {}),
    ],
)
def test_a_family_has_a_digest_for_each(
    make_site: MakeSite, digest: Command, setting: str, expected: dict[str, list[str]]
) -> None:
    site = make_site(FILES, f"{SITE}{FAMILY}{setting}\n")
    assert editions(site, digest) == expected


def test_every_command_knows_the_members(make_site: MakeSite, digest: Command) -> None:
    site = make_site(FILES, f'{SITE}{FAMILY}per_tag = ["craft*"]\napprove = "always"\n')
    assert digest(site, "build", "--now", NOW).code == 0
    names = [row["digest"] for row in json.loads(digest(site, "status", "--now", NOW, "--json").out)]
    assert names == ["weekly-craft", "weekly-crafts"]
    assert digest(site, "check", "--now", NOW).code == 0
    assert digest(site, "approve", "weekly-craft/2026-W48").code == 0
    assert digest(site, "mark-sent", "weekly-craft/2026-W48").code == 0
    assert digest(site, "ledger", "show", "content/d.md").out.startswith("weekly-craft/2026-W48\t")
    assert "known: weekly-craft, weekly-crafts" in digest(site, "build", "weekly/2026-W48").err
    assert list(library.load_config(site).digests) == ["weekly-craft", "weekly-crafts"]
    (site / "notes/weekly").mkdir(parents=True)
    (site / "notes/weekly/2026-W49.md").write_text("Hello\n")
    assert 'there is no digest "weekly"' in digest(site, "check", "--now", NOW).err


def test_a_new_tag_is_a_new_digest_and_others_go_on(make_site: MakeSite, digest: Command) -> None:
    site = make_site(FILES, f'{SITE}{FAMILY}per_tag = ["craft*"]\n')
    editions(site, digest)
    (site / "content/e.md").write_text(POST.format("E", "2026-11-21", "craftsmen"))
    assert editions(site, digest)["weekly-craftsmen"] == ["E"]
    again = digest(site, "build", "--now", NOW)
    assert "weekly-craft/2026-W48: already built" in again.err


def test_names_stand_in_titles_and_addresses(make_site: MakeSite) -> None:
    more = 'per_tag = ["Open Software", "手艺"]\ntitle = "On {tag}"\nto = "{tag} <{tag}@lists.notes.example>"\nlist_id = "L <w.notes.example>"\n'
    config = library.load_config(make_site(FILES, SITE + FAMILY + more))
    software = config.digests["weekly-open-software"]
    assert (software.title, software.to) == ("On Open Software", "Open Software <open-software@lists.notes.example>")
    assert software.list_id == "L <open-software.w.notes.example>"
    (other,) = (name for name in config.digests if name != "weekly-open-software")
    assert other.isascii()
    assert config.digests[other].title == "On 手艺"


def test_a_table_of_its_own_takes_a_member_s_place(make_site: MakeSite) -> None:
    more = 'per_tag = ["craft", "crafts"]\n[digests.weekly-craft]\ntitle = "Mine"\nall = ["craft"]\n'
    config = library.load_config(make_site(FILES, SITE + FAMILY + more))
    assert {name: digest.title for name, digest in config.digests.items()} == {
        "weekly-craft": "Mine",
        "weekly-crafts": "Notes: crafts",
    }


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ('per_tag = ["a"]\nper_folder = ["b"]', ":8:1: family: digests.weekly.per_folder: per_folder does not go together"),
        ('per_tag = ["a b", "a-b"]', ':7:1: name: digests.weekly.per_tag: "a b" and "a-b" would both be weekly-a-b'),
        ('per_tag = ["a"]\nsubject = "{{ leed }}"', ':8:15: subject-template: digests.weekly.subject: there is no name "leed"'),
    ],
)  # fmt: skip
def test_mistakes_in_a_family_are_named_at_its_table(
    make_site: MakeSite, digest: Command, setting: str, said: str
) -> None:
    ended = digest(make_site(FILES, f"{SITE}{FAMILY}{setting}\n"), "check", "--now", NOW)
    assert ended.code == 78
    assert f"digest.toml{said}" in ended.err


def test_a_tag_of_a_family_that_no_post_has_is_named(make_site: MakeSite, digest: Command) -> None:
    ended = digest(make_site(FILES, f'{SITE}{FAMILY}per_tag = ["carft"]\n'), "check", "--now", NOW)
    said = 'digest.toml:7:1: warning: unknown-tag: digests.weekly.per_tag: no post has the tag "carft" (did you mean "craft"?)'
    assert said in ended.err


def test_a_digest_s_title_is_the_site_s_unless_it_has_one(make_site: MakeSite, digest: Command) -> None:
    site = make_site(FILES, TOML.replace('title = "Notes weekly"\n', ""))
    digest(site, "build", "--now", NOW)
    manifest = json.loads((site / "public/editions/weekly/2026-W48/manifest.json").read_bytes())
    assert (manifest["title"], manifest["subject"]) == ("Notes", "Notes: D")


def test_each_member_has_its_own_page_to_subscribe(make_site: MakeSite, digest: Command) -> None:
    more = 'per_tag = ["craft", "open software"]\nsubscribe = "https://notes.example/join/{tag}/"\n'
    site = make_site(FILES, f"{SITE}{FAMILY}{more}")
    editions(site, digest)
    for name in ("craft", "open-software"):
        page = (site / f"public/editions/weekly-{name}/index.html").read_text("utf-8")
        assert f'href="https://notes.example/join/{name}/"' in page


def test_a_page_to_subscribe_has_a_web_address(make_site: MakeSite, digest: Command) -> None:
    site = make_site(FILES, f'{SITE}{FAMILY}subscribe = "join.html"\n')
    ended = digest(site, "check", "--now", NOW)
    assert ended.code == 78
    assert '"join.html" is not an http(s) address' in ended.err


def keys(site: Path) -> set[str]:
    return {path.parent.relative_to(site / "public/editions").as_posix() for path in site.rglob("manifest.json")}


@pytest.mark.parametrize("former", ["family", "one digest"])
def test_a_renamed_family_is_asked_about_and_goes_on_with_its_ledgers(
    make_site: MakeSite, digest: Command, former: str
) -> None:
    of_each = 'per_tag = ["craft*"]\n'
    site = make_site(FILES, f"{SITE}{FAMILY}{of_each if former == 'family' else ''}")
    digest(site, "build", "--now", NOW)
    before = keys(site)
    (site / "content/e.md").write_text(POST.format("E", "2026-11-21", "craftsmen"))
    renamed = f"{SITE}{FAMILY}{of_each}".replace("digests.weekly", "digests.letter")
    for formerly in ("", 'formerly = "weakly"\n'):
        (site / "digest.toml").write_text(renamed + formerly)
        asked = digest(site, "build", "--now", NOW)
        assert (asked.code, keys(site)) == (65, before)
        assert 'formerly = ""' in asked.err
        assert ('formerly = "weekly"' if not formerly else '"weekly"?') in asked.err
    (site / "digest.toml").write_text(renamed + 'formerly = "weekly"\n')
    assert digest(site, "build", "--now", NOW).code == 0
    assert keys(site) - before == ({"letter-craftsmen/2026-W48"} if former == "family" else set())
    (site / "content/f.md").write_text(POST.format("F", "2026-11-25", "craft"))
    assert digest(site, "build", "--now", "2026-11-30T09:00").code == 0
    assert "letter-craft/2026-W49" in keys(site)


def test_a_member_that_went_away_is_not_the_former_name_of_a_new_digest(make_site: MakeSite, digest: Command) -> None:
    site = make_site(FILES, f'{SITE}{FAMILY}per_tag = ["craft*"]\n')
    digest(site, "build", "--now", NOW)
    (site / "content/news/deep/b.md").write_text(POST.format("B", "2026-11-20", "wood"))
    more = FAMILY.replace("weekly", "monthly") + 'every = "month"\n'
    (site / "digest.toml").write_text(f'{SITE}{FAMILY}per_tag = ["craft*"]\n{more}')
    assert digest(site, "build", "--now", NOW).code == 0
