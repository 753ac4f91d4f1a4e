"""What an owner expects and will not get is named at every run, long before an edition is due."""

import json
from pathlib import Path

import pytest

from tests.commands import NOW, POSTS, TOML, Command, Ended
from tests.conftest import MakeSite


def problems(digest: Command, site: Path, *arguments: str) -> dict[str, tuple[str, str]]:
    """Return message and hint of each problem of `digest check`, by its code and place."""
    found = json.loads(digest(site, "check", "--json", "--now", NOW, *arguments).out)["problems"]
    return {f"{p['code']} {p['path']}:{p['line']}:{p['column']}": (p["message"], p["hint"]) for p in found}


@pytest.mark.parametrize(
    ("subject", "place", "said"),
    [
        ("{{ digset.title }}", 15, 'there is no name "digset" (did you mean "digest"?)'),
        ("{{ lead.titel }}", 20, 'there is no key "titel" (did you mean "title"?)'),
        ("A {{ edition.stort }}", 25, 'there is no key "stort" (did you mean "start"?)'),
        ("{{ lead.title | uper }}", 28, 'there is no filter "uper" (did you mean "upper"?)'),
        ("{% for p in posts %}{{ p.titel }}{% endfor %}", 37, "'Post object' has no attribute 'titel' (did you mean \"title\"?)"),
        ("{{ lead.title }", 26, "unexpected '}'"),
        ("{{ 1 / 0 }}", 11, "division by zero"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", ["build", "check"])
def test_a_wrong_subject_is_named_though_no_edition_is_due(
    make_site: MakeSite, digest: Command, subject: str, place: int, said: str, command: str
) -> None:
    site = make_site(POSTS, f"{TOML}subject = '{subject}'\n")
    digest(site, "build", "--now", NOW)
    ended = digest(site, command, "--now", NOW)
    assert ended.code == 78
    assert f"digest.toml:10:{place}: subject-template: digests.weekly.subject: " in ended.err
    assert said in ended.err


@pytest.mark.parametrize("subject", [
    "{{ count }} posts, {{ posts[1].title }}", '{{ lead.date.strftime("%d %B") }} {{ lead.title | upper }}',
    "{{ edition.key }} {{ digest.title }}{% if lead.image %} !{% endif %}", "Plain",
])  # fmt: skip
def test_a_right_subject_is_not(make_site: MakeSite, digest: Command, subject: str) -> None:
    site = make_site(POSTS, f"{TOML}subject = '''{subject}'''\n")
    assert digest(site, "build", "--now", NOW).code == 0


def test_a_subject_of_several_lines_has_the_place_of_the_word(make_site: MakeSite, digest: Command) -> None:
    site = make_site(POSTS, f'{TOML}subject = """\n{{{{ digest.title }}}}:\n  {{{{ lead.titel }}}}"""\n')
    assert "digest.toml:12:11: subject-template:" in digest(site, "build", "--now", NOW).err


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("notes/wekly/2026-W49.md", "Hello\n", 'there is no digest "wekly" (did you mean "weekly"?)'),
        ("notes/weekly/2026-w49.md", "Hello\n", "no edition takes this note"),
        ("notes/weekly/2026-W99.md", "Hello\n", "(the next edition is 2026-W49)"),
        ("notes/weekly/2026-W50.txt", "Hello\n", "its name does not end in .md"),
        ("notes/2026-W50.md", "Hello\n", "a note stands in notes/DIGEST/KEY.md"),
        ("notes/weekly/2026-W50.md", "---\nsubjet: x\n---\n", ':2: unknown-key: "subjet" is no key of a note (did you mean "subject"?)'),
        ("notes/weekly/2026-W50.md", "---\norder:\n  - one\n  - twoo\n---\n", ':4:5: warning: unknown-post: order: there is no post "twoo" (did you mean "two"?)'),
    ],
)  # fmt: skip
def test_a_wrong_note_is_named_weeks_before(site: Path, digest: Command, path: str, text: str, said: str) -> None:
    (site / path).parent.mkdir(parents=True, exist_ok=True)
    (site / path).write_text(text)
    for command in ("build", "check"):
        ended = digest(site, command, "--now", NOW)
        line = next((line for line in ended.err.splitlines() if line.startswith(path)), "")
        assert said.replace(":2: ", ":2:1: ") in line, ended.err


def test_a_right_note_and_one_of_a_built_edition_are_not(site: Path, digest: Command) -> None:
    digest(site, "build", "--now", NOW)
    (site / "notes/weekly").mkdir(parents=True)
    for key in ("2026-W48", "2026-W49", "2027-W01"):
        (site / f"notes/weekly/{key}.md").write_text(
            "---\nsubject: Hello\norder: [later, content/two.md]\n---\nText.\n"
        )
    (site / "notes/README.md").write_text("How we write notes.\n")
    (site / "notes/weekly/2026-W48.md").write_text("---\norder: [gone-since]\n---\n")
    assert problems(digest, site) == {}


def test_tags_that_no_post_has_are_named_with_the_nearest(make_site: MakeSite, digest: Command) -> None:
    more = """any = ["nws", "toools"]
all = ["x"]
none = ["evnts", "tool"]
[[digests.weekly.sections]]
title = "S"
any = ["news", "crafts"]
[feeds.extra.f]
title = "F"
any = ["nothing"]
"""
    site = make_site(POSTS, TOML + more)
    found = problems(digest, site)
    assert found["unknown-tag digest.toml:10:1"][0].startswith('digests.weekly.any: no post has the tag "')
    said = digest(site, "check", "--now", NOW).err
    said = said.replace("Tools", "tools")
    assert '"nws" (did you mean "news"?)' in said
    assert '"toools" (did you mean "tools"?)' in said
    assert 'digests.weekly.all: no post has the tag "x"' in said
    assert 'digests.weekly.none: no post has the tag "tool" (did you mean "tools"?)' in said
    assert "evnts" not in said
    assert "crafts" not in said
    assert 'digest.toml:18:1: warning: unknown-tag: feeds.extra.f.any: no post has the tag "nothing"' in said


def test_list_names_the_nearest_tag(site: Path, digest: Command) -> None:
    ended = digest(site, "list", "--tag", "nwes", "--now", NOW)
    assert (ended.code, ended.out) == (0, "")
    assert 'no post has the tag "nwes"; did you mean "news"?' in ended.err
    assert 'no post has the tag "zzz"' in digest(site, "list", "--no-tag", "zzz", "--now", NOW).err
    assert "no post has" not in digest(site, "list", "--tag", "NEWS", "--now", NOW).err


def test_what_init_wrote_is_named_until_it_is_replaced(tmp_path: Path, digest: Command) -> None:
    digest(tmp_path, "init", "new", "--now", NOW)
    built = digest(tmp_path / "new", "build", "--now", NOW)
    assert built.code == 0
    keys = "site.url, site.author, digests.weekly.sender, digests.weekly.list_id, digests.weekly.unsubscribe, digests.weekly.postal_address"
    assert f"digest.toml: warning: placeholder: still an example: {keys}" in built.err
    text = (tmp_path / "new/digest.toml").read_text()
    for example, own in (
        ("example.org", "harbour.example"),
        ("Your Name", "Ann"),
        ("1 Example Street, 12345 Exampletown", "Quay 1"),
    ):
        text = text.replace(example, own)
    (tmp_path / "new/digest.toml").write_text(text)
    assert "placeholder" not in digest(tmp_path / "new", "build", "--now", NOW).err


def test_a_digest_without_a_sender_is_named(make_site: MakeSite, digest: Command) -> None:
    toml = "\n".join(line for line in TOML.splitlines() if not line.startswith("sender"))
    site = make_site(POSTS, toml)
    assert (
        "digest.toml:5:1: warning: no-sender: digests.weekly: there is no sender"
        in digest(site, "build", "--now", NOW).err
    )
    assert "no-sender" in digest(site, "check", "--now", NOW).err  # though no edition is due
    (site / "digest.toml").write_text(f'{toml}\nprovider = "buttondown"\n')
    assert "no-sender" not in digest(site, "build", "weekly/2026-W48", "--now", NOW).err


def test_one_click_is_off_and_needs_a_page(make_site: MakeSite, digest: Command) -> None:
    site = make_site(POSTS, TOML)
    digest(site, "build", "--now", NOW)
    message = (site / "public/editions/weekly/2026-W48/email.eml").read_bytes()
    assert b"List-Unsubscribe: " in message
    assert b"List-Unsubscribe-Post" not in message
    (site / "digest.toml").write_text(
        TOML.replace("https://notes.example/unsubscribe", "mailto:leave@notes.example") + "one_click = true\n"
    )
    assert "one-click digest.toml:10:1" in problems(digest, site)
    (site / "digest.toml").write_text(f"{TOML}one_click = true\n")
    assert problems(digest, site) == {}


def began_before(ended: Ended) -> bool:
    return ended.code == 1 and "before the digest began" in ended.err


def test_an_edition_before_the_digest_began_is_not_empty(site: Path, digest: Command) -> None:
    digest(site, "build", "--now", NOW)
    for key in ("weekly/2025-W01", "weekly/2026-W47"):
        ended = digest(site, "build", key, "--now", NOW)
        assert began_before(ended), ended.err
        assert "2026-11-16" in ended.err
    assert not began_before(digest(site, "build", "weekly/2026-W48", "--now", NOW))
