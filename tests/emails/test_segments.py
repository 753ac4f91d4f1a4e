"""Blocks for readers who chose tags, run through the provider's language: each reader sees what she chose, and no more."""

import html as entities
import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from digest.build import job as build
from digest.config import config_schema, parse_config
from digest.preview import Live
from tests.commands import NOW, Command
from tests.conftest import MakeSite
from tests.edition_runs import moment
from tests.preview_samples import ask, builder

EDITION = "public/editions/weekly/2026-W48"
JOINER = "\u2060"
MARK = "THE-READER-S-OWN"
PROVIDERS = ("listmonk", "kit", "mailchimp")
PLACES = {"listmonk": 'attribute = "topics"', "kit": "", "mailchimp": 'group = "Topics"'}
TAGS = ("news", "sport", "arts")
DOCS = Path(__file__).parents[2] / "docs"


def dumps(value: object) -> str:
    """A value as JSON, YAML and TOML all read it."""
    return json.dumps(value, ensure_ascii=False)


def toml(provider: str, tags: Iterable[str] = TAGS, *, digest: str = "", names: str = "") -> str:
    """A digest with three sections, whose readers choose from `tags`."""
    return f"""
[site]
title = "Notes"
url = "https://notes.example/"
[digests.weekly]
provider = "{provider}"
unsubscribe = "https://notes.example/leave"
contents = "always"
{digest}
[[digests.weekly.sections]]
title = "News section"
any = ["news"]
[[digests.weekly.sections]]
title = "Sport section"
any = ["sport"]
[digests.weekly.segments]
tags = {dumps(list(tags))}
{PLACES.get(provider, "")}
{names}
"""


def post(title: str, tags: Iterable[str], body: str = "", day: int = 20) -> str:
    """A post whose tags are written as given."""
    written = dumps(list(tags))
    return f"---\ntitle: {dumps(title)}\ndate: 2026-11-{day}\ntags: {written}\n---\n{body or 'Body of ' + title}\n"


def made(root: Path, configuration: str, posts: dict[str, str]) -> Path:
    """Build a site in `root`, and return the folder of its edition."""
    (root / "content").mkdir(parents=True, exist_ok=True)
    for name, text in posts.items():
        (root / f"content/{name}.md").write_text(text, "utf-8")
    config = parse_config(configuration, root, root / "digest.toml")
    build.build(config, moment(NOW), cache=False)
    return root / EDITION


# What the providers do, as far as digest's blocks need it.


def through_liquid(text: str, chosen: Sequence[str]) -> str:
    """Kit's language; a subscriber's tags are names."""
    liquid = pytest.importorskip("liquid")
    return str(liquid.render(text, subscriber={"tags": list(chosen)}, unsubscribe_url=MARK))


def through_merge_tags(text: str, chosen: Sequence[str]) -> str:
    """Mailchimp's conditional merge tags as documented: one block after another, none within another."""
    written: list[str] = []
    shows, is_inside, branch = True, False, ""
    for number, piece in enumerate(re.split(r"\*\|(.*?)\|\*", text, flags=re.DOTALL)):
        if number % 2 == 0:
            branch += piece
            written += [piece] if shows else []
        elif piece.startswith("INTERESTED:"):
            assert not is_inside, "a block within a block"
            _, category, groups = piece.split(":")
            assert category == "Topics"
            is_inside, branch = True, ""
            shows = not set(groups.split(",")).isdisjoint(chosen)
        elif piece == "ELSE:":
            assert is_inside
            assert branch, "Mailchimp may refuse a block with nothing in it"
            shows = not shows
        elif piece == "END:INTERESTED":
            assert is_inside
            shows, is_inside = True, False
        elif shows:
            written.append(MARK)
    assert not is_inside
    return "".join(written)


GO_TOKEN = re.compile(r'\s+|([()])|("(?:\\.|[^"\\])*")|([^\s()"]+)')


class GoTemplate:
    """The part of Go's template language that digest writes, with sprig's `has` and `toStrings`."""

    def __init__(self, attributes: Any) -> None:
        self.attributes = attributes
        self.variables: dict[str, Any] = {}

    def run(self, text: str) -> str:
        written: list[str] = []
        shows = [True]
        for number, piece in enumerate(re.split(r"\{\{(.*?)\}\}", text, flags=re.DOTALL)):
            action = piece.strip()
            if number % 2 == 0:
                written += [piece] if all(shows) else []
            elif action.startswith("if "):
                shows.append(bool(self.value(action.removeprefix("if "))))
            elif action == "end":
                shows.pop()
                assert shows, "an end too many"
            elif " := " in action:
                name, _, expression = action.partition(" := ")
                self.variables[name] = self.value(expression)
            else:
                assert action in ("UnsubscribeURL", "ManageURL", "MessageURL"), action
                written.append(MARK)
        assert shows == [True]
        return "".join(written)

    def value(self, expression: str) -> Any:
        tokens = [match[0] for match in GO_TOKEN.finditer(expression) if match[0].strip()]
        value = self.call(tokens)
        assert not tokens
        return value

    def call(self, tokens: list[str]) -> Any:
        """Evaluate a function with its arguments, up to the end or a closing bracket."""
        name, arguments = tokens.pop(0), []
        while tokens and tokens[0] != ")":
            token = tokens.pop(0)
            if token == "(":
                arguments.append(self.call(tokens))
                assert tokens.pop(0) == ")"
            elif token.startswith('"'):
                arguments.append(json.loads(re.sub(r"\\U(\w{8})", lambda found: escape_of(int(found[1], 16)), token)))
            else:
                arguments.append(self.attributes if token == "$.Subscriber.Attribs" else self.variables[token])
        return GO_FUNCTIONS[name](*arguments)


def escape_of(code: int) -> str:
    return dumps(chr(code))[1:-1]


def go_strings(value: Any) -> list[str]:
    """sprig's toStrings: of a list without nothing, of nothing none, and of anything else its text."""
    if value is None:
        return []
    return [str(each) for each in value if each is not None] if isinstance(value, list) else [str(value)]


GO_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "not": lambda value: not value,
    "or": lambda *values: next(filter(None, values), values[-1]),
    "has": lambda needle, haystack: needle in haystack,
    "index": lambda attributes, key: (attributes or {}).get(key),
    "toStrings": go_strings,
}

GO_PROGRAM = """package main
import ("encoding/json"; "fmt"; "html/template"; "os"; "strings")
type subscriber struct { Attribs map[string]interface{} }
type message struct { Subscriber subscriber }
func toStrings(v interface{}) []string {
  found := []string{}
  switch each := v.(type) {
  case nil:
  case []interface{}: for _, one := range each { if one != nil { found = append(found, fmt.Sprint(one)) } }
  default: found = append(found, fmt.Sprint(each))
  }
  return found
}
func has(needle interface{}, haystack []string) bool {
  for _, each := range haystack { if each == needle { return true } }
  return false
}
func main() {
  var job struct { Text string; Attributes []map[string]interface{} }
  if failed := json.NewDecoder(os.Stdin).Decode(&job); failed != nil { panic(failed) }
  url := func() string { return "THE-READER-S-OWN" }
  names := template.FuncMap{"has": has, "toStrings": toStrings, "UnsubscribeURL": url, "ManageURL": url, "MessageURL": url}
  base := template.Must(template.New("base").Funcs(names).Parse(`{{ template "content" . }}`))
  content := template.Must(template.New("content").Funcs(names).Parse(job.Text))
  whole, failed := base.AddParseTree("content", content.Tree)
  if failed != nil { panic(failed) }
  made := []string{}
  for _, attributes := range job.Attributes {
    var out strings.Builder
    if failed := whole.ExecuteTemplate(&out, "base", &message{subscriber{attributes}}); failed != nil { panic(failed) }
    made = append(made, out.String())
  }
  json.NewEncoder(os.Stdout).Encode(made)
}
"""


@pytest.fixture(scope="session")
def through_go(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Sequence[Any]], list[str]]:
    """html/template of Go, as listmonk calls it, for several subscribers' attributes."""
    if shutil.which("go") is None:
        pytest.skip("go is not installed")
    folder = tmp_path_factory.mktemp("go")
    (folder / "main.go").write_text(GO_PROGRAM)
    program = folder / "segments"
    subprocess.run(["go", "build", "-o", str(program), str(folder / "main.go")], check=True, cwd=folder)

    def run(text: str, attributes: Sequence[Any]) -> list[str]:
        job = dumps({"Text": text, "Attributes": list(attributes)})
        ended = subprocess.run([str(program)], input=job.encode(), capture_output=True, check=True)
        return list(json.loads(ended.stdout))

    return run


def through_go_template(text: str, chosen: Sequence[str]) -> str:
    return GoTemplate({"topics": list(chosen)} if chosen else {}).run(text)


ENGINES: dict[str, Callable[[str, Sequence[str]], str]] = {
    "listmonk": through_go_template,
    "kit": through_liquid,
    "mailchimp": through_merge_tags,
}


def titles(page: str) -> list[str]:
    """The titles of the cards that a page shows."""
    root: Any = html.document_fromstring(page)
    return sorted(link.text_content() for link in root.xpath("//h2/a | //h3/a"))


def contents(page: str) -> list[str]:
    root: Any = html.document_fromstring(page)
    return sorted(link.text_content() for link in root.xpath("//ul[@class='contents-list']//a"))


def headings(page: str, name: str) -> list[str]:
    root: Any = html.document_fromstring(page)
    return [each.text_content() for each in root.xpath(f"//*[contains(concat(' ', @class, ' '), ' {name} ')]")]


def named_in(text: str, among: Iterable[str]) -> list[str]:
    """Those of some titles that a text has on a line of their own, above a rule."""
    lines = text.replace(JOINER, "").splitlines()
    underlined = {line for line, below in itertools.pairwise(lines) if below and set(below) == {"-"}}
    return sorted(title for title in among if title in underlined)


TAG_SETS = st.lists(st.sampled_from([*TAGS, "News", "other"]), max_size=3, unique_by=str.casefold)
CHOICES = st.lists(st.sampled_from([*TAGS, "gardening"]), max_size=3, unique=True)


@settings(max_examples=25)
@given(
    posts=st.lists(TAG_SETS, min_size=1, max_size=7),
    readers=st.lists(CHOICES, min_size=1, max_size=4),
    lead=st.booleans(),
)
def test_each_reader_sees_what_she_chose_and_what_has_no_tag(
    tmp_path_factory: pytest.TempPathFactory, posts: list[list[str]], readers: list[list[str]], lead: bool
) -> None:
    files = {f"p{number}": post(f"Post {number}", tags) for number, tags in enumerate(posts)}
    tags_of = {f"Post {number}": {tag.casefold() for tag in tags} & set(TAGS) for number, tags in enumerate(posts)}
    for provider in PROVIDERS:
        root = tmp_path_factory.mktemp("site")
        folder = made(root, toml(provider, digest=f"lead = {str(lead).lower()}"), files)
        page, text = ((folder / name).read_text("utf-8") for name in ("email.html", "email.txt"))
        web = (folder / "index.html").read_text("utf-8")
        assert titles(web) == sorted(tags_of)
        for chosen in ([], *readers):
            choice = set(chosen) & set(TAGS)
            expected = sorted(title for title, tags in tags_of.items() if not (tags and choice) or tags & choice)
            shown = ENGINES[provider](page, chosen)
            assert titles(shown) == expected
            assert named_in(ENGINES[provider](text, chosen), tags_of) == expected
            listed = contents(web)
            assert contents(shown) == [title for title in listed if title in expected]
            assert not re.search(r"\{\{|\{%|\*\|", shown)
            assert headings(shown, "section-title") == sections_of(shown)
            if provider != "mailchimp":
                assert bool(headings(shown, "contents-title")) == bool(contents(shown))


def sections_of(page: str) -> list[str]:
    """The sections of a page that have something below their headings."""
    root: Any = html.document_fromstring(page)
    rows = root.xpath("//*[contains(@class, 'section-title')] | //h3/a")
    return [row.text_content() for row, below in itertools.pairwise(rows) if row.tag != "a" and below.tag == "a"]


ODD_ATTRIBUTES: list[Any] = [
    *({}, None, {"topics": None}, {"topics": []}, {"topics": ""}, {"topics": 5}, {"topics": {"news": 1}}),
    *({"topics": "news"}, {"topics": ["sport", None, 3]}, {"topics": ["gardening"]}, {"other": ["news"]}),
]


def test_an_odd_attribute_fails_no_letter_of_listmonk_s(tmp_path: Path) -> None:
    folder = made(tmp_path, toml("listmonk"), {"a": post("News", ["news"]), "b": post("Sport", ["sport"])})
    page = (folder / "email.html").read_text("utf-8")
    shown = [titles(GoTemplate(attributes).run(page)) for attributes in ODD_ATTRIBUTES]
    everything = ["News", "Sport"]
    assert shown == [*[everything] * 7, ["News"], ["Sport"], everything, everything]


def test_listmonk_s_own_language_does_the_same(
    tmp_path: Path, through_go: Callable[[str, Sequence[Any]], list[str]]
) -> None:
    hostile = ["news", "sport", *HOSTILE["listmonk"]]
    posts = {f"p{number}": post(f"Post {number}", [tag]) for number, tag in enumerate(hostile)}
    folder = made(tmp_path, toml("listmonk", hostile), posts | {"free": post("Free", [])})
    attributes = [*ODD_ATTRIBUTES, *({"topics": [tag]} for tag in hostile)]
    for name in ("email.html", "email.txt"):
        text = (folder / name).read_text("utf-8")
        ours = [GoTemplate(each).run(text) for each in attributes]
        theirs = through_go(text, attributes)
        if name == "email.txt":
            assert theirs == ours
        else:
            assert list(map(titles, theirs)) == list(map(titles, ours))


COMMON = ["say \"hi\"", "it's", "100%", "C#", "手艺", "two words", "🚲"]  # fmt: skip
HOSTILE = {
    "listmonk": [
        *(*COMMON, "both \" and '", "a|*b", "*|x", "a}}b", "{{ .Subscriber.Email }}", "a:b", "x@TrackLink", "a%}b"),
        *("https://x.example/@TrackLink", "<b>&amp;", "back\\slash", "`tick`", "{{ end }}", "*|END:INTERESTED|*"),
    ],
    "kit": [*COMMON, "a|*b", "a:b", "*|END:INTERESTED|*"],
    "mailchimp": [*COMMON, "both \" and '", "a}}b", "{{ end }}", "{% endif %}"],
}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_name_of_a_tag_breaks_out_of_its_block(provider: str, tmp_path: Path) -> None:
    tags = HOSTILE[provider]
    posts = {f"p{number}": post(f"Post {number}", [tag]) for number, tag in enumerate(tags)}
    folder = made(tmp_path, toml(provider, tags), posts | {"free": post("Free", [])})
    for name in ("email.html", "email.txt"):
        text = (folder / name).read_text("utf-8")
        for number, tag in enumerate(tags):
            shown = ENGINES[provider](text, [tag])
            expected = ["Free", f"Post {number}"]
            assert (titles(shown) if name == "email.html" else named_in(shown, all_titles(tags))) == expected


def all_titles(tags: Sequence[str]) -> list[str]:
    return ["Free", *(f"Post {number}" for number in range(len(tags)))]


ENDS = "*|END:INTERESTED|* *|ELSE:|* {{ end }} {{ else }} {% endif %} {% else %}"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_post_ends_a_block(provider: str, tmp_path: Path) -> None:
    posts = {
        "a": post(f"One {ENDS}", ["news", ENDS], f"Body {ENDS}\n\n    {ENDS}\n"),
        "b": post("Two", ["sport"]),
    }
    digest = 'text = "full"\ntags = "text"'
    folder = made(tmp_path, toml(provider, digest=digest), posts)
    page, text = ((folder / name).read_text("utf-8") for name in ("email.html", "email.txt"))
    assert titles(ENGINES[provider](page, ["sport"])) == ["Two"]
    assert "One" not in ENGINES[provider](text, ["sport"])
    shown = ENGINES[provider](page, ["news"])
    assert titles(shown) == [f"One {ENDS}"]
    assert entities.unescape(shown).count(ENDS) >= 3
    assert ENDS in ENGINES[provider](text, ["news"]).replace(JOINER, "")


def test_a_tag_has_another_name_at_the_provider(tmp_path: Path) -> None:
    names = 'names = { "news" = "Town & country news", "sport" = "Games, matches" }'
    folder = made(tmp_path, toml("listmonk", names=names), {"a": post("A", ["News"]), "b": post("B", ["sport"])})
    page = (folder / "email.html").read_text("utf-8")
    assert titles(through_go_template(page, ["Town & country news"])) == ["A"]
    assert titles(through_go_template(page, ["Games, matches"])) == ["B"]
    assert titles(through_go_template(page, ["news"])) == ["A", "B"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_complex_rules_leave_the_blocks_as_they_are(provider: str, make_site: MakeSite, digest: Command) -> None:
    css = 'css = "tr:nth-child(2n) > td p + p { margin-top: 1px }"'
    configuration = f"{toml(provider)}[theme]\n{css}\n"
    files: dict[str, str | bytes] = {"content/a.md": post("A", ["news"]), "content/b.md": post("B", ["sport"])}
    root = make_site(files, configuration)
    ended = digest(root, "build", "--now", NOW)
    assert ended.code == 0, ended.err
    page = (root / EDITION / "email.html").read_text("utf-8")
    assert titles(ENGINES[provider](page, ["sport"])) == ["B"]
    assert titles(ENGINES[provider](page, [])) == ["A", "B"]


def test_a_link_of_a_note_is_for_those_who_chose_its_tag(make_site: MakeSite, digest: Command) -> None:
    note = """---
links:
- url: https://a.example/
  title: Link one
  tags: [sport]
- url: https://b.example/
  title: Link two
  tags: [arts]
---
"""
    files: dict[str, str | bytes] = {"content/a.md": post("A", ["news"]), "notes/weekly/2026-W48.md": note}
    root = make_site(files, toml("kit"))
    assert digest(root, "build", "--now", NOW).code == 0
    page = (root / EDITION / "email.html").read_text("utf-8")
    shown = through_liquid(page, ["sport"])
    assert "Link one" in shown
    assert "Link two" not in shown
    assert headings(shown, "section-title") == ["Links"]
    assert headings(through_liquid(page, ["news"]), "section-title") == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_intro_of_a_section_is_for_those_who_get_a_post_of_it(provider: str, tmp_path: Path) -> None:
    sections = toml(provider, digest="lead = false").replace(
        'any = ["sport"]', 'any = ["sport"]\nintro = "All that moves."'
    )
    folder = made(tmp_path, sections, {"a": post("A", ["news"]), "b": post("B", ["sport"])})
    for name in ("email.html", "email.txt"):
        text = (folder / name).read_text("utf-8")
        for chosen, is_shown in ((["news"], False), (["sport"], True), ([], True)):
            assert ("All that moves." in ENGINES[provider](text, chosen)) == is_shown


@pytest.mark.parametrize("provider", PROVIDERS)
def test_subject_and_preheader_name_posts_that_all_get(provider: str, tmp_path: Path) -> None:
    posts = {"a": post("Secret news", ["news"], day=22), "b": post("For all", ["other"], "Everybody reads this.", 20)}
    manifest = json.loads((made(tmp_path, toml(provider), posts) / "manifest.json").read_bytes())
    assert manifest["subject"] == "Notes: For all"
    assert manifest["preheader"].startswith("Everybody reads this.")
    assert "Secret" not in manifest["subject"] + manifest["preheader"]


def test_without_a_post_for_all_the_subject_is_neutral(tmp_path: Path) -> None:
    posts = {"a": post("Secret news", ["news"]), "b": post("Secret sport", ["sport"])}
    manifest = json.loads((made(tmp_path / "a", toml("kit"), posts) / "manifest.json").read_bytes())
    assert manifest["subject"] == "Notes: Nov 16\u2009–\u200923, 2026"
    assert "Secret" not in manifest["preheader"]
    own = toml("kit", digest='subject = "{{ digest.title }} number {{ edition.number }}"')
    manifest = json.loads((made(tmp_path / "b", own, posts) / "manifest.json").read_bytes())
    assert manifest["subject"] == "Notes number 1"


def test_a_letter_that_differs_does_not_say_how_long_it_is(tmp_path: Path) -> None:
    body = "word " * 900
    folder = made(tmp_path, toml("kit"), {"a": post("A", ["news"], body), "b": post("B", ["sport"], body)})
    assert "min read" not in (folder / "email.html").read_text("utf-8")
    assert "min read" not in (folder / "email.txt").read_text("utf-8")
    assert "min read" in (folder / "index.html").read_text("utf-8")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_is_measured_is_the_letter_that_a_reader_gets(provider: str, make_site: MakeSite, digest: Command) -> None:
    body = "\n\n".join("All of this has to arrive, every word of it." for _ in range(200))
    files: dict[str, str | bytes] = {
        f"content/{number}.md": post(f"Post {number}", [tag], body) for number, tag in enumerate(TAGS)
    }
    root = make_site(files, toml(provider, digest='text = "full"\nmax_bytes = 80_000'))
    ended = digest(root, "build", "--now", NOW)
    assert "email-" not in ended.err
    page = (root / EDITION / "email.html").read_text("utf-8")
    assert (len(page.encode()) > 100_000) == (provider == "mailchimp")  # each card twice, and one reader gets one
    assert len(ENGINES[provider](page, []).encode()) < 80_000
    assert json.loads((root / EDITION / "manifest.json").read_bytes())["checks"]["html_bytes"] < 80_000
    (root / "digest.toml").write_text(toml(provider, digest='text = "full"\nmax_bytes = 60_000'), "utf-8")
    ended = digest(root, "build", "weekly/2026-W48", "--now", NOW)
    assert "email-shortened" in ended.err
    assert len(ENGINES[provider]((root / EDITION / "email.html").read_text("utf-8"), []).encode()) < 60_000


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_preview_shows_the_letter_of_who_gets_every_post(provider: str, make_site: MakeSite) -> None:
    posts: dict[str, str | bytes] = {"content/a.md": post("A", ["news"]), "content/b.md": post("B", ["sport"])}
    live = Live(builder(make_site(posts, toml(provider))))
    page = ask(live, "/-/email/weekly/2026-W48").body.decode()
    assert titles(page) == ["A", "B"]
    shell = entities.unescape(ask(live, "/?edition=weekly/2026-W48").body.decode())
    letter = shell.partition('<pre class="letter">')[2].partition("</pre>")[0]
    for text in (page, letter):
        assert not re.search(r"INTERESTED|\{% if|\{\{ if", text)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_who_chose_nothing_reads_what_all_read_without_segments(provider: str, tmp_path: Path) -> None:
    posts = {f"p{number}": post(f"Post {number}", [tag]) for number, tag in enumerate((*TAGS, "other", "news"))}
    folder = made(tmp_path / "with", toml(provider), posts)
    plain = toml(provider).partition("[digests.weekly.segments]")[0]
    without = made(tmp_path / "without", plain, posts)
    shown, said = (
        {name: ENGINES[provider]((each / name).read_text("utf-8"), []) for name in ("email.html", "email.txt")}
        for each in (folder, without)
    )
    assert titles(shown["email.html"]) == titles(said["email.html"])
    assert contents(shown["email.html"]) == contents(said["email.html"])
    texts = [each["email.txt"].partition("View in browser")[2] for each in (shown, said)]
    if provider != "mailchimp":
        assert texts[0] == texts[1]
    assert texts[0].split() == texts[1].split()


REFUSED = {
    "kit": ["both \" and '", "}}", "{{ x", "a%}b", "<b>", "R&D", "back\\slash"],
    "mailchimp": ["a,b", "a:b", "a|*b", "*|x", "news*", "<b>", "R&D"],
}


@pytest.mark.parametrize(("provider", "tag"), [(name, tag) for name, tags in REFUSED.items() for tag in tags])
def test_a_name_that_the_language_cannot_hold_is_refused(
    provider: str, tag: str, make_site: MakeSite, digest: Command
) -> None:
    root = make_site({"content/a.md": post("A", ["news"])}, toml(provider, ["news", tag]))
    ended = digest(root, "build", "--now", NOW)
    assert ended.code == 78
    assert "digest.toml:17:1: segments: " in ended.err
    assert f"cannot stand in a block of {provider}" in ended.err
    assert "names = {" in ended.err
    named = toml(provider, ["news", tag], names=f'names = {{ {dumps(tag)} = "Another" }}')
    (root / "digest.toml").write_text(named, "utf-8")
    assert digest(root, "build", "--now", NOW).code == 0


def test_white_space_in_a_name_is_refused(make_site: MakeSite, digest: Command) -> None:
    for name in ("", " ", " news", "a\u00a0b", "a\nb"):
        configuration = toml("listmonk", names=f'names = {{ "news" = {dumps(name)} }}')
        ended = digest(make_site({"content/a.md": post("A", ["news"])}, configuration), "build", "--now", NOW)
        assert ended.code == 78


@pytest.mark.parametrize("provider", ["plain", "mailman", "buttondown", "resend", "ghost"])
def test_a_provider_without_blocks_is_refused(provider: str, make_site: MakeSite, digest: Command) -> None:
    root = make_site({"content/a.md": post("A", ["news"])}, toml(provider))
    ended = digest(root, "build", "--now", NOW)
    assert ended.code == 78
    assert f'digest.toml:16:1: segments: digests.weekly.segments: "{provider}" knows no blocks' in ended.err
    assert '"listmonk", "mailchimp" or "kit"' in ended.err


def test_a_sender_without_blocks_is_refused(make_site: MakeSite, digest: Command) -> None:
    configuration = toml("kit").replace('provider = "kit"', 'send_via = "mail"')
    sender = '[senders.mail]\nkind = "smtp"\nhost = "mail.example"\nreaders = "readers.txt"\n'
    root = make_site({"content/a.md": post("A", ["news"])}, configuration + sender)
    ended = digest(root, "build", "--now", NOW)
    assert ended.code == 78
    assert '"plain" knows no blocks' in ended.err


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ('attribute = "topics"', "", 'listmonk needs attribute (add attribute = "topics")'),
        ('attribute = "topics"', 'group = "Topics"', "listmonk needs attribute"),
        ('attribute = "topics"', 'atribute = "topics"', 'did you mean "attribute"?'),
        ('tags = ["news", "sport", "arts"]', "", "tags is missing"),
        ('attribute = "topics"', 'attribute = "topics"\nnames = { nws = "N" }', 'did you mean "news"?'),
        ('provider = "listmonk"', 'provider = "mailchimp"', 'mailchimp needs group (add group = "Topics")'),
    ],
)
def test_what_is_missing_or_misspelt_is_named(
    written: str, instead: str, said: str, make_site: MakeSite, digest: Command
) -> None:
    configuration = toml("listmonk")
    assert written in configuration
    root = make_site({"content/a.md": post("A", ["news"])}, configuration.replace(written, instead))
    ended = digest(root, "build", "--now", NOW)
    assert ended.code == 78
    assert said in ended.err


def test_a_tag_that_readers_choose_and_no_post_has_is_named_where_another_is_near(
    make_site: MakeSite, digest: Command
) -> None:
    files: dict[str, str | bytes] = {"content/a.md": post("A", ["politics"])}
    ended = digest(make_site(files, toml("kit", ["politcs", "arts"])), "build", "--now", NOW)
    assert ended.code == 0
    assert 'digests.weekly.segments.tags: no post has the tag "politcs" (did you mean "politics"?)' in ended.err
    assert '"arts"' not in ended.err


def test_the_schema_describes_segments() -> None:
    properties = json.loads(config_schema())["$defs"]["Segments"]["properties"]
    assert set(properties) == {"tags", "attribute", "group", "names"}
    assert all(key["description"] and key["examples"] for key in properties.values())


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_examples_of_the_documentation_are_valid(provider: str, tmp_path: Path) -> None:
    section = (DOCS / "sending.md").read_text("utf-8").partition("### Segments\n")[2].partition("\n## ")[0]
    examples = [block.partition("```")[0] for block in section.split("```toml\n")[1:]]
    (example,) = [each for each in examples if f'provider = "{provider}"' in each]
    config = parse_config(example, tmp_path, tmp_path / "digest.toml")
    assert config.digests["weekly"].segments.tags
