"""Eleventy's settings, data files and addresses, as Eleventy 3.1 makes them."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from tests.commands import Command
from tests.generators.conftest import Address, Addresses, write_site

POST = "posts/2025-03-04-a-name.md"
HEADER = "title: A title\ndate: 2025-03-04"


def config(returned: str = "{}", body: str = "") -> dict[str, str]:
    return {"eleventy.config.js": f"export default function (eleventyConfig) {{\n{body}\nreturn {returned};\n}}\n"}


def permalink(template: str, engine: str = "liquid") -> dict[str, str]:
    """Return a site whose posts all have one permalink."""
    return config(f'{{markdownTemplateEngine: "{engine}"}}') | {
        "posts/posts.json": json.dumps({"permalink": template, "tags": "posts"})
    }


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("posts/2025-01-10-dup.md", "/posts/2025-01-10-dup/"),
        ("posts/nested/Bundle Two/index.md", "/posts/nested/Bundle Two/"),
        ("posts/posts.md", "/posts/"),
        ("posts/c#-tips.md", "/posts/c#-tips/"),
        ("posts/restream.io.md", "/posts/restream.io/"),
        ("2025/03/x.md", "/2025/03/x/"),
    ],
)
def test_the_default_is_the_path(addresses: Addresses, path: str, address: str) -> None:
    assert addresses(config() | {path: HEADER})[path] == f"https://example.org{address}"


@pytest.mark.parametrize(
    ("header", "path"),
    [
        ("permalink: /own/", "/own/"),
        ("permalink: own/page.html", "/own/page.html"),
        ("permalink: /own/index.html", "/own/"),
        ("permalink: /a/./b//c/../d/", "/a/b/d/"),
        ("permalink: {build: /built/}", "/built/"),
        ("permalink: '{{ title | slugify }}/'", "/a-title/"),
        ("permalink: '{{ title | upper }}/'\ntemplateEngineOverride: njk", "/A TITLE/"),
        ("permalink: '/{{ title }}/'\ntemplateEngineOverride: false", "/{{ title }}/"),
        ("permalink: /_redirects", "/_redirects"),
        ("permalink: /bare\neleventyAllowMissingExtension: true", "/bare"),
        ("eleventyComputed:\n  permalink: '/c/{{ page.fileSlug }}/'", "/c/a-name/"),
        ("slug: other\nurl: /other/", "/posts/2025-03-04-a-name/"),
    ],
)
def test_a_permalink_of_its_own(address: Address, header: str, path: str) -> None:
    assert address(config(), POST, f"{HEADER}\n{header}") == f"https://example.org{path}"


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/blog/{{ page.date | date: '%Y/%m/%d' }}/{{ page.fileSlug }}/", "/blog/2025/03/04/a-name/"),
        ("{{ page.filePathStem }}.html", "/posts/a-name.html"),
        ("{{ date | date: '%-d-%b-%y' | downcase }}/", "/4-mar-25/"),
        ("{{ page.date | date: '%A %e %^B %-I%P %j %%' }}/", "/Tuesday  4 MARCH 12am 063 %/"),
        ("{{ title | append: '-x' | prepend: 'y ' | replace: 'title', 'T' | upcase }}/", "/Y A T-X/"),
        ("{{ nothing | slugify }}/{{ nothing | default: 'none' }}/{{ nothing }}", "/undefined/none/"),
        ("{% if title == 'A title' and title != 'x' %}yes{% else %}no{% endif %}/", "/yes/"),
        ("{% unless title contains 'tit' %}a{% elsif draft %}b{% else %}c{% endunless %}/", "/c/"),
        ("{% assign year = page.date | date: '%Y' %}/{{ year }}{{- '-' -}} {{ tags[0] }}/", "/2025-news/"),
        ("/{{ tags | join: '+' }}/{{ tags.size }}{{ tags | last | slice: 0, 2 }}/", "/news+b c/2b /"),
        ("/{{ title | slice: -3, 2 }}{{ ' x ' | strip }}{{ title | split: ' ' | first }}/", "/tlxA/"),
    ],
)
def test_liquid(address: Address, template: str, path: str) -> None:
    given = address(permalink(template), POST, f"{HEADER}\ntags: [news, b c]")
    assert given == f"https://example.org{path}"


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/{{ page.date.getFullYear() }}/{{ page.date.getMonth() + 1 }}/{{ page.fileSlug }}/", "/2025/3/a-name/"),
        ("/{{ page.date.toISOString().slice(0, 10) }}/", "/2025-03-04/"),
        ("/{{ title }}/{{ title | safe }}/", "/A &amp; &#39;B&#39;/A & 'B'/"),
        ("/{{ title | slugify }}/{{ title | slug }}/", "/a-and-b/a-and-&#39;b&#39;/"),
        ("/{{ (category or 'No' ~ 'ne') | lower }}/{{ 'x' if not draft else 'y' }}/", "/none/x/"),
        ("/{% set where = tags | join('-') %}{{ where }}/{{ title.length }}/", "/news-b c/7/"),
        ("/{% if draft === false %}a{% elif nothing %}b{% else %}c{% endif %}/{# no #}", "/c/"),
        ("/{{ meta.section }}/{{ meta['section'] | upper | replace('S', 's') | trim }}/", "/sec/sEC/"),
    ],
)
def test_nunjucks(address: Address, template: str, path: str) -> None:
    header = "title: A & 'B'\ndate: 2025-03-04\ntags: [news, b c]\nmeta: {section: sec}"
    assert address(permalink(template, "njk"), POST, header) == f"https://example.org{path}"


@pytest.mark.parametrize(
    ("title", "slugify", "slug"),
    [
        ("C++ and C#: it's 50% off, today!", "c-and-c-its-50-off-today", "c++-and-c:-it's-50percent-off-today!"),
        ("Über Größe & Straße", "ueber-groesse-and-strasse", "uber-grosse-and-strasse"),
        ("Đường đi İstanbul ı å ø æ", "duong-di-istanbul-i-a-o-ae", "djuong-dji-istanbul-i-a-o-ae"),
        (
            "Привет, мир ёж Щука объект новый",
            "privet-mir-yozh-schuka-obyekt-noviy",
            "privet-mir-yozh-shuka-obuekt-novyj",
        ),
        ("Ελληνικά ψυχή", "ellinika-psyxi", "ellhnika-psyxh"),
        ("你好 v1.2 x_y — “q” `c`", "v1-2-x-y-q-c", 'v1.2-x_y-"q"-c'),
    ],
)
def test_slugs_of_titles(address: Address, title: str, slugify: str, slug: str) -> None:
    given = address(permalink("/{{ title | slugify }}/{{ title | slug }}/"), POST, f"title: {json.dumps(title)}")
    assert given == f"https://example.org/{slugify}/{slug}/"


def test_data_of_folders_and_of_single_posts(addresses: Addresses) -> None:
    files = config(body='eleventyConfig.addDataExtension("yml,yaml", parse);') | {
        "src/posts/posts.json": '{"permalink": "/p/{{ section }}/{{ page.fileSlug }}/", "section": "s", "lang": "de"}',
        "src/posts/posts.11tydata.json": '{"section": "t"}',
        "src/posts/in/in.yaml": "section: y",
        "src/posts/in/deep/deep.11tydata.js": 'module.exports = { permalink: "/js/" + "{{ page.fileSlug }}/" };',
        "src/posts/alone.json": '{"section": "one"}',
        "package.json": '{"scripts": {"build": "npx eleventy --input=src"}}',
    }
    posts = ("posts/a", "posts/in/b", "posts/in/deep/c", "posts/alone", "d")
    found = addresses(files | {f"src/{post}.md": HEADER for post in posts})
    assert [found[f"src/{post}.md"] for post in posts] == [
        f"https://example.org/{path}/" for path in ("p/t/a", "p/y/b", "js/c", "p/one/alone", "d")
    ]


def test_data_of_folders_is_front_matter(tmp_path: Path, digest: Command) -> None:
    data = {"tags": "posts", "lang": "de", "author": "Me"}
    files = config() | {"posts/posts.json": json.dumps(data)}
    files |= {POST: "title: T\ntags: [own]", "posts/x.md": "title: X\nlang: fr\ndate: 2025-01-01\npermalink: false"}
    files |= {"posts/y.md": "title: Y\ndate: 2025-01-01\neleventyExcludeFromCollections: true"}
    write_site(tmp_path, files)
    listed = [json.loads(line) for line in digest(tmp_path, "list", "--all", "--json").out.splitlines()]
    posts = {post["path"]: post for post in listed}
    assert (posts[POST]["lang"], posts[POST]["tags"], posts[POST]["date"][:10]) == ("de", ["own"], "2025-03-04")
    assert [posts[f"posts/{name}.md"]["state"] for name in "xy"] == ["draft", "unlisted"]
    assert posts["posts/x.md"]["lang"] == "fr"


def test_permalinks_of_layouts_and_of_all_posts(addresses: Addresses) -> None:
    body = 'eleventyConfig.addGlobalData("permalink", "/all/{{ page.fileSlug }}/");'
    layouts = {
        "_includes/base.njk": '---\npermalink: "/base/{{ page.fileSlug }}/"\n---\n',
        "_includes/post.njk": "---\nlayout: base.njk\n---\n",
    }
    found = addresses(config(body=body) | layouts | {"a.md": f"{HEADER}\nlayout: post", "b.md": HEADER})
    assert found == {"a.md": "https://example.org/base/a/", "b.md": "https://example.org/all/b/"}


@pytest.mark.parametrize(
    ("template", "named"),
    [
        ("/{{ page.date | readableDate }}/", "the filter readableDate"),
        ("/{{ collections.all | size }}/", "collections"),
        ("/{% for tag in tags %}{% endfor %}/", "the tag for"),
        ("/{{ team.name }}/", "team"),
        ("/{{ title | slug }}/", "the filter slug"),
        ("/{{ page.date }}/", "a date or a table as text"),
        ("/{{ page.date | date: '%9999999Y' }}/", "%999 of the filter date"),
        ("/{{ title", "'/{{ title'"),
        ("/{{ title | }}/", "}}"),
        ("/{{ title" + " | replace: '', 'aaaaaaaaaa'" * 30 + " }}/", "a text that is too long"),
        ("{% assign a = title %}" + "{% assign a = a | append: a %}" * 40 + "{{ a }}/", "a text that is too long"),
        ("/{{ title ~ " + "(" * 3000 + "title }}/", "'/{{ title ~ ((("),
    ],
)
def test_what_only_eleventy_knows_is_named(tmp_path: Path, digest: Command, template: str, named: str) -> None:
    files = permalink(template) | config(body='eleventyConfig.addFilter("slug", text => text);')
    files |= {"_data/team.js": "module.exports = async () => fetch();", POST: HEADER}
    write_site(tmp_path, files)
    said = digest(tmp_path, "list").err
    assert f" has {named}" in said
    assert "which is known only when Eleventy runs (set permalink under [generator] or [site]" in said


def test_functions_are_named_and_a_setting_takes_their_place(
    addresses: Addresses, tmp_path: Path, digest: Command
) -> None:
    script = "module.exports = { permalink: data => `/${data.page.fileSlug}/` };"
    files = config() | {"posts/posts.11tydata.js": script, POST: HEADER}
    write_site(tmp_path, files)
    said = digest(tmp_path, "list").err
    assert "posts/posts.11tydata.js: permalink cannot be read without running it" in said
    assert f"{POST}:1:1: permalink: the permalink of posts is known only when Eleventy runs" in said
    pattern = {"digest.toml": '[site]\npermalink = "/{slug}/"\n'}
    assert addresses(files | pattern)[POST] == "https://example.org/a-name/"


def test_a_site_without_its_settings_needs_one_line(address: Address) -> None:
    line = """generator = {name = "eleventy", permalink = "/{{ page.date | date: '%Y' }}/{{ page.fileSlug }}/"}"""
    assert address({"digest.toml": line}, "content/posts/2025-03-04-x.md", HEADER) == "https://example.org/2025/x/"


def test_pages_drafts_and_other_files(tmp_path: Path, digest: Command) -> None:
    header = "title: T\ndate: 2025-03-04"
    names = ("src/a.md", "src/_includes/b.md", "src/old/c.md", "d.md", "dist/e.md", "src/_data/f.md", "src/g.markdown")
    files = config('{dir: {input: "src", output: "dist"}}') | dict.fromkeys(names, header)
    files |= {".eleventyignore": "# no\nsrc/old\n", "src/about.md": "title: About"}
    write_site(tmp_path, files)
    run = digest(tmp_path, "list", "--all", "--json")
    assert sorted(json.loads(line)["path"] for line in run.out.splitlines()) == ["src/a.md", "src/about.md"]
    assert "missing-date" not in run.err
    write_site(tmp_path, {"src/src.json": '{"tags": "all"}'})
    assert "src/about.md:1:1: missing-date" in digest(tmp_path, "list").err


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("2025-05-31 23:45:00", "2025-05-31T23:45:00+00:00"),
        ("'2025-05-31T23:45:00'", "2025-05-31T23:45:00+00:00"),
        ("'2025-05-31T23:45:00+02:00'", "2025-05-31T21:45:00+00:00"),
        ("2025-05-31", "2025-05-31T00:00:00-04:00"),
    ],
)
def test_times_are_utc(tmp_path: Path, digest: Command, date: str, moment: str) -> None:
    files = config() | {"digest.toml": '[site]\ntimezone = "America/New_York"\n', POST: f"title: T\ndate: {date}"}
    write_site(tmp_path, files)
    post = json.loads(digest(tmp_path, "list", "--all", "--json").out)
    assert datetime.fromisoformat(post["date"]) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(("machine", "day"), [("", "2025-03-03"), ("UTC", "2025-03-04")])
def test_the_filter_date_uses_the_zone_of_the_machine(address: Address, machine: str, day: str) -> None:
    settings = permalink("/{{ page.date | date: '%Y-%m-%d' }}/") | {
        "digest.toml": "[site]\ntimezone = 'America/New_York'\n"
        f"[generator]\nname = 'eleventy'\nmachine_timezone = '{machine}'\n"
    }
    assert address(settings, POST) == f"https://example.org/{day}/"


def test_settings_are_taken_over(tmp_path: Path, digest: Command) -> None:
    metadata = 'export default {\n  title: "Mine", url: "https://a.example/", language: "de", author: {name: "Me"}\n};'
    files = config('{dir: {input: "src"}, pathPrefix: "/blog/"}') | {"src/_data/metadata.js": metadata}
    write_site(tmp_path, files | {"src/a.md": HEADER})
    run = digest(tmp_path, "list", "--all", "--json")
    assert "(Eleventy): content; from src/_data/metadata.js: title, language, author name, url" in run.err
    assert json.loads(run.out)["url"] == "https://a.example/blog/a/"


def test_a_path_prefix_without_a_host_is_said(address: Address, tmp_path: Path, digest: Command) -> None:
    settings = {".eleventy.js": 'module.exports = { pathPrefix: "/blog/" };'}
    assert address(settings, "a.md") == "https://example.org/blog/a/"
    assert ".eleventy.js: no host of the site is known beside the path /blog/" in digest(tmp_path, "list").err


@pytest.mark.parametrize(
    ("permalink", "words"),
    [
        ("/bare", "the permalink '/bare' has no suffix or slash at its end (add a slash)"),
        ("../out/", "the address '/../out/' has a part of dots only"),
        ("'{{ nothing }}'", "the permalink '{{ nothing }}' is empty here"),
    ],
)
def test_what_eleventy_refuses_is_refused(tmp_path: Path, digest: Command, permalink: str, words: str) -> None:
    write_site(tmp_path, config() | {POST: f"{HEADER}\npermalink: {permalink}"})
    assert words in digest(tmp_path, "list").err
