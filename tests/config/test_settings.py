"""`digest.toml`: what is read, what is refused and at which line, and what holds without one."""

import json
from pathlib import Path

import pytest

from digest.config import config_schema, load_config, parse_config
from digest.problems import ConfigError, Problem


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, Path("/site"))
    assert caught.value.exit_code == 78
    return caught.value.problems


def test_a_whole_file_is_read_into_structs() -> None:
    config = parse_config(
        """
        [site]
        title = "Notes"
        url = "https://notes.example/blog"
        timezone = "Asia/Shanghai"
        content = "content"
        author = { name = "Ada", email = "ada@notes.example" }

        [posts.limits]
        tags = 5

        [feeds.extra.tools]
        title = "Tools"
        any = ["tools", "code"]
        none = ["draft"]

        [digests.weekly]
        title = "Weekly"
        at = "friday 17:30"
        [[digests.weekly.sections]]
        title = "Tools"
        any = ["tools"]
        limit = 3
        """,
        Path("/site"),
        Path("/site/digest.toml"),
    )
    assert config.site.url == "https://notes.example/blog/"
    assert config.site.author.email == "ada@notes.example"
    assert config.posts.limits.tags == 5
    assert config.feeds.extra["tools"].none == ("draft",)
    assert config.digests["weekly"].sections[0].limit == 3
    assert config.assumed == ()


def test_every_unknown_key_is_named_with_its_line_and_the_likely_one() -> None:
    first, second, third = problems_of(
        '[site]\ntitel = "x"\n\n[feeds]\nlimit = 3\n[digests.weekly]\ntitle = "w"\n[[digests.weekly.sections]]\ntitle = "a"\n'
        '[[digests.weekly.sections]]\ntitle = "b"\nheading = "b"\n[digest]\n'
    )
    assert (first.line, first.column, first.code) == (2, 1, "unknown-key")
    assert first.message.startswith("site.titel")
    assert first.hint == 'did you mean "title"?'
    assert (second.line, second.message.split(":")[0]) == (12, "digests.weekly.sections.1.heading")
    assert (third.line, third.hint) == (13, 'did you mean "digests"?')


def test_a_key_under_another_name_is_told_its_own() -> None:
    (problem,) = problems_of('[digests.weekly]\ntitle = "w"\nservice = "listmonk"\n')
    assert (problem.line, problem.code, problem.hint) == (3, "unknown-key", 'did you mean "provider"?')
    (elsewhere,) = problems_of('[site]\nservice = "x"\n')
    assert "provider" not in elsewhere.hint


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('feeds.limit = "20"', 'feeds.limit: "20" is a text', "write limit = 20, without quotes"),
        ("feeds.limit = 20.5", "feeds.limit: 20.5 is not a whole number", "write limit = 20"),
        ('feeds.per_tag = "Yes"', "feeds.per_tag: this is a text, not true or false", "per_tag = true, without quotes"),
        ("site.title = 2026", "site.title: this is a number, not a text", 'write title = "2026", in quotes'),
        ("site.title = true", "site.title: this is true or false, not a text", 'write title = "true", in quotes'),
        ("site.title = 2026-11-29", "site.title: this is a date, not a text", 'write title = "2026-11-29", in quotes'),
        ('feeds.formats = "rss"', "feeds.formats: this is a text, not a list", 'write formats = ["rss"]'),
        ('feeds.formats = ["rrs"]', 'feeds.formats.0: "rrs" is not known here', 'did you mean "rss"?'),
        ('feeds.text = "x"', 'feeds.text: "x" is not known here', 'known: "full", "summary"'),
        ("digests.a.look_back = 0", "digests.a.look_back: 0 is too small", "write 1 or more"),
        ("theme.width = 2000", "theme.width: 2,000 is too large", "write 800 or less"),
        ('site.author = "Ann"', "site.author: this is a text, not a table", "write its keys below [site.author]"),
        ("[[digests]]", "digests: this is a list, not a table", "write its keys below [digests.NAME]"),
        ('digests.a.sections = ["News"]', "digests.a.sections.0: this is a text, not a table",
         "write its keys below [[digests.a.sections]]"),
        ("site.title = ['a']", "site.title: this is a list, not a text", ""),
    ],
)  # fmt: skip
def test_a_wrong_type_is_told_in_words(text: str, message: str, hint: str) -> None:
    (problem,) = problems_of(text)
    assert (problem.code, problem.message) == ("wrong-type", message)
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("[site]\ntitle = Notes # x\n", "2:9", "Notes is not a value of TOML", 'write title = "Notes", in quotes'),
        ("[feeds]\nper_tag = True\n", "2:11", "True is not a value of TOML", "write per_tag = true"),
        ("[feeds]\nlimit =\n", "2:8", "limit has no value", ""),
        ('[site]\ntitle = "No\\"tes\nurl = "x"\n', "2:9", "this text has no closing quote", 'write " at its end'),
        ("[site]\ntitle = 'a' # it's\nx = 'b\n", "3:5", "this text has no closing quote", "write ' at its end"),
        ('[site]\n\n# a\ntitle = """No\nurl = "x"\n\n[feeds]\n', "4:1", "the text that begins here", 'write """'),
        ('[digests.a]\nany = ["a",\nwords = 3\n', "2:1", "the list that begins here has no closing", "write ]"),
        ('[digests.a]\nany = ["a"\n[digests.b]\n', "2:1", "the list that begins here has no closing", "write ]"),
        ('[digests.a]\nany = [\n  "a",\n  b,\n]\n', "4:3", "b is not a value of TOML", "in quotes"),
        ("site:\n  title: a\n", "1:5", "there is no = after the key", "write site = …"),
        ('[site]\ntitle = "a"\ntitle = "b"\n', "3:12", "title stands here for the second time", "leave one"),
        ("[digests.a]\n[digests.a]\n", "2:11", "the table [digests.a] stands here for the second time", "one table"),
        ("[site]\ntitle = 'It's'\n", "2:13", "after the value stands s'", "quotes of the other kind"),
    ],
)  # fmt: skip
def test_a_syntax_error_is_told_in_words_where_it_was_made(text: str, place: str, message: str, hint: str) -> None:
    (problem,) = problems_of(text)
    assert f"{problem.line}:{problem.column}" == place
    assert message in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[site]\ntitle = 3\n", 2, "site.title: this is a number, not a text"),
        ("[feeds]\nformats = [\n  'rss',\n  'xml',\n]\n", 2, '"xml" is not known here'),
        ("feeds.limit = 0\n", 1, "feeds.limit"),
        ("[digests.Weekly]\ntitle = 'x'\n", 1, "digests.Weekly: this is no name"),
        (
            "[digests.weekly]\ntitle = 'x'\nmin_posts = 'two'\n",
            3,
            "digests.weekly.min_posts: this is a text, not a number",
        ),
        ("[digests.weekly]\ntitle = 'x'\n[[digests.weekly.sections]]\ntitle = 'a'\nlimit = 0\n", 5, "limit"),
        ("[feeds.extra.x]\nany = ['a']\n", 1, "feeds.extra.x: title is missing"),
    ],
)
def test_a_wrong_type_names_key_and_line(text: str, line: int, words: str) -> None:
    (problem,) = problems_of(text)
    assert problem.line == line
    assert words in problem.message
    assert str(problem).startswith(f"digest.toml:{line}:")


def test_all_that_is_wrong_is_said_at_once_and_text_in_quotes_is_no_key() -> None:
    first, second = problems_of("[site]\nx = '''\n[feeds]\nlimit = 9\n'''\n[feeds]\nlimit = 'a'\n")
    assert (first.line, first.code) == (2, "unknown-key")
    assert (second.line, second.code) == (7, "wrong-type")


@pytest.mark.parametrize(
    ("above", "line"),
    [
        ('[posts]\nignore = [\n  """\n[site]\ntitel = 1\n""",\n]\n[site]\n', 9),
        ('[posts]\nignore = ["""\\\n[[site]]\n""", """"x"""""]\n[site]\n', 6),
        ("[posts]\nignore = [ # [site]\n'''\ntitel = 1'''\n# ]\n]\n[site]\n", 8),
        ('[site]\ntitle = """a \'\'\'\ntitel = 1\n"""\n', 5),
        ("[site]\ntitle = '''a \"\"\"\n[feeds]\n''' # '''\n", 5),
        ("[site]\ntitle = \"'''\"\n", 3),
        ("[site]\r\ntitle = '''\r\n[feeds]'''\r\n\r\n  ", 5),
        ('[feeds.extra."a]b"]\ntitle = "x"\n[site]\n', 4),
        ("[site.author]\n[feeds.extra]\n[ site ] # [feeds]\n", 4),
        ('[digests.w]\ntitle = "w"\nsections = [\n{ title = "a" }, # }\n{ title = "]" },\n]\n[site]\n', 8),
    ],
)
def test_a_key_is_found_whatever_strings_and_comments_hold(above: str, line: int) -> None:
    problem = next(p for p in problems_of(f'{above}titel = "x"\n') if "titel" in p.message)
    assert (problem.message, problem.line) == ("site.titel: there is no such key", line)


def test_each_element_of_a_list_that_is_wrong_is_named() -> None:
    first, second = problems_of('[feeds]\nformats = ["xml", "rss", "rdf"]\n')
    assert [first.message.split(":")[0], second.message.split(":")[0]] == ["feeds.formats.0", "feeds.formats.2"]
    assert {first.line, second.line} == {2}


def test_a_zone_that_there_is_not_is_one_mistake() -> None:
    (problem,) = problems_of('[digests.w]\ntitle = "w"\ntimezone = "Asia/Shangai"\n')
    assert (problem.line, problem.code) == (3, "timezone")


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ('[site]\nurl = "notes.example"', 2, "url"),
        ('[site]\nurl = "https://"', 2, "url"),
        ('[site]\nurl = "https://a.example/?page"', 2, "url"),
        ('[site]\nurl = "https://a.example/#top"', 2, "url"),
        ('[site]\ntimezone = "Asia/Shangai"', 2, "timezone"),
        ('[site]\nlanguage = "Chinese (simplified)"', 2, "language"),
        ('[site]\noutput = "../up"', 2, "folder"),
        ('[site]\noutput = "/srv"', 2, "folder"),
        ('[site]\npermalink = "/:year/:slug/"', 2, "permalink"),
        ('[site]\npermalink = "/{yer}/{slug}/"', 2, "permalink"),
        ('[site]\npermalink = "/{year}/"', 2, "permalink"),
        ('[digests.w]\ntitle = "w"\nat = "mondy 08:00"', 3, "schedule"),
        ('[digests.w]\ntitle = "w"\nevery = "fortnight"', 3, "schedule"),
        ('[digests.w]\ntitle = "w"\nsender = "nobody"', 3, "address"),
        ('[digests.w]\ntitle = "w"\nunsubscribe = "ftp://x"', 3, "url"),
        ('[digests.w]\ntitle = "w"\nunsubscribe = "https://x.example/out, mailto:"', 3, "url"),
        ('[theme]\naccent = "blue"', 2, "colour"),
        ('[feeds]\nhub = "hub"', 2, "url"),
    ],
)
def test_a_value_that_can_not_work_is_named_with_a_remedy(text: str, line: int, code: str) -> None:
    problem = next(p for p in problems_of(text) if p.code == code)
    assert problem.line == line
    assert problem.hint


@pytest.mark.parametrize(
    "addresses",
    [
        "https://x.example/out",
        "mailto:out@x.example?subject=out",
        "https://x.example/out, mailto:out@x.example",
        "mailto:out@x.example,https://x.example/out",
    ],
)
def test_the_way_out_is_one_address_or_several(tmp_path: Path, addresses: str) -> None:
    config = parse_config(f'[digests.w]\ntitle = "w"\nunsubscribe = "{addresses}"', tmp_path, tmp_path / "digest.toml")
    assert config.digests["w"].unsubscribe == addresses


def test_a_misspelt_zone_gets_the_nearest_one() -> None:
    (problem,) = problems_of('[site]\ntimezone = "Asia/Shangai"')
    assert "Asia/Shanghai" in problem.hint


def test_a_syntax_error_names_line_and_column() -> None:
    (problem,) = problems_of('[site]\ntitle = "x\n')
    assert (problem.line, problem.code) == (2, "toml")
    assert problem.column > 0


def test_without_a_file_the_folder_decides_and_says_so(tmp_path: Path) -> None:
    root = tmp_path / "field-notes"
    (root / "_posts").mkdir(parents=True)
    config = load_config(root)
    assert config.file is None
    assert config.site.content == "_posts"
    assert config.site.title == "Field Notes"
    assert "weekly" in config.digests
    assert any("_posts" in sentence for sentence in config.assumed)
    assert any("UTC" in sentence for sentence in config.assumed)


def test_the_nearest_file_above_is_found(tmp_path: Path) -> None:
    (tmp_path / "digest.toml").write_text('[site]\ntitle = "Up"\n')
    (tmp_path / "content" / "deep").mkdir(parents=True)
    config = load_config(tmp_path / "content" / "deep")
    assert (config.root, config.site.title) == (tmp_path, "Up")


def test_a_file_that_is_not_there_or_not_utf8_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"other\.toml"):
        load_config(tmp_path, tmp_path / "other.toml")
    (tmp_path / "digest.toml").write_bytes(b'[site]\ntitle = "caf\xe9"\n')
    with pytest.raises(ConfigError, match="UTF-8"):
        load_config(tmp_path)


def test_the_schema_describes_every_table() -> None:
    document = json.loads(config_schema())
    assert document["title"] == "digest.toml"
    assert {"Site", "Feeds", "Digest", "Section", "Theme"} <= set(document["$defs"])
    assert document["$defs"]["Site"]["additionalProperties"] is False
