"""Docusaurus's settings and addresses, as Docusaurus 3.10 makes them, and what is read of JavaScript."""

from pathlib import Path

import pytest

from tests.commands import Command
from tests.generators.conftest import Address, Addresses, write_site

POST = "blog/a name.md"
HEADER = "title: A title\ndate: 2025-03-04"


def config(more: str = "", blog: str = "{}", base: str = "/base/") -> dict[str, str]:
    """Settings with some more, and the options of the blog."""
    site = f"title: 'T', url: 'https://a.example', baseUrl: '{base}', {more}"
    return {"docusaurus.config.js": f"export default {{{site} presets: [['classic', {{docs: false, blog: {blog}}}]]}};"}


@pytest.mark.parametrize(
    ("name", "header", "path"),
    [
        ("2025-01-10-Dup Name", "", "2025/01/10/Dup Name"),
        ("2025/02/03/x.y", "", "2025/02/03/x.y"),
        ("2025/02/04-in-it/index", "", "2025/02/04/in-it"),
        ("sub/2025-3-4-c#-tips", "", "2025/3/4/sub/c#-tips"),
        ("v2025-01-02x", "", "2025/01/02/vx"),
        ("2025-01-02", "", "2025/01/02/"),
        ("bundle/index", "", "bundle"),
        ("2025-01-10-x", "slug: own/é x", "own/é x"),
        ("2025-01-10-x", "slug: /Rooted/", "Rooted/"),
        ("2025-01-10-x", "slug: a//b/?q?r", "a/b?q&r"),
        ("x", "slug: '#hash'", "#hash"),
        ("x", "permalink: /elsewhere/\nurl: /there/", "x"),
    ],
)
def test_dates_in_paths_and_slugs(address: Address, name: str, header: str, path: str) -> None:
    found = address(config(), f"blog/{name}.md", f"{HEADER}\n{header}")
    assert found == f"https://a.example/base/blog{'' if path.startswith('#') else '/'}{path}"


@pytest.mark.parametrize(
    ("more", "blog", "path"),
    [
        ("trailingSlash: true,", "{}", "blog/a name/"),
        ("trailingSlash: false,", "{}", "blog/a name"),
        ("", "{routeBasePath: '/'}", "a name"),
        ("", "{routeBasePath: '/news/all/'}", "news/all/a name"),
        ("", "{path: './blog', routeBasePath: 'b'}", "b/a name"),
    ],
)
def test_settings(address: Address, more: str, blog: str, path: str) -> None:
    assert address(config(more, blog), POST, HEADER) == f"https://a.example/base/{path}"


def test_a_slash_is_added_before_a_fragment_and_not_to_the_base(addresses: Addresses) -> None:
    found = addresses(
        config("trailingSlash: true,", "{routeBasePath: '/'}")
        | {"blog/c#.md": HEADER, "blog/root.md": f"{HEADER}\nslug: /"}
    )
    assert found == {"blog/c#.md": "https://a.example/base/c/#", "blog/root.md": "https://a.example/base/"}


def test_several_blogs_and_what_they_exclude(addresses: Addresses) -> None:
    plugin = "'@docusaurus/plugin-content-blog'"
    plugins = f"""plugins: [
        [require.resolve({plugin}), {{id: 'n', path: 'news', routeBasePath: 'n', exclude: ['old/**'], include: ['**/*.md']}}],
        './src/plugin.js',
    ],"""
    files = ("blog/a.mdx", "blog/_part.md", "blog/_dir/x.md", "news/b.md", "news/old/c.md", "news/d.mdx", "docs/e.md")
    assert addresses(config(plugins) | dict.fromkeys(files, HEADER)) == {
        "blog/a.mdx": "https://a.example/base/blog/a",
        "news/b.md": "https://a.example/base/n/b",
    }


def test_languages(addresses: Addresses, tmp_path: Path, digest: Command) -> None:
    locales = """i18n: {defaultLocale: 'en', locales: ['en', 'fr', 'zh-Hans'], localeConfigs: {
        fr: {url: 'https://fr.example', baseUrl: '/f/'}, 'zh-Hans': {path: 'zh', htmlLang: 'zh-CN'}}},"""
    folder = "docusaurus-plugin-content-blog"
    files = ("blog/a.md", f"i18n/fr/{folder}/a.md", f"i18n/zh/{folder}/a.md", f"i18n/de/{folder}/a.md")
    assert addresses(config(locales) | dict.fromkeys(files, HEADER)) == {
        "blog/a.md": "https://a.example/base/blog/a",
        f"i18n/fr/{folder}/a.md": "https://fr.example/f/blog/a",
        f"i18n/zh/{folder}/a.md": "https://a.example/base/zh-Hans/blog/a",
    }
    assert "zh-CN" in digest(tmp_path, "list", "--json").out


def test_an_offset_without_a_colon_is_passed_over(tmp_path: Path, digest: Command) -> None:
    write_site(tmp_path, config() | {POST: "title: T\ndate: 2025-01-01 00:30:00 +0900"})
    assert "2025-01-01T00:30:00" in digest(tmp_path, "list", "--json").out


def test_an_empty_slug_is_refused(tmp_path: Path, digest: Command) -> None:
    write_site(tmp_path, config() | {POST: f"{HEADER}\nslug: ''"})
    assert "the slug is empty, which stops Docusaurus" in digest(tmp_path, "check").err


@pytest.mark.parametrize(
    ("program", "title"),
    [
        ("module.exports = {TITLE};", "T"),
        ("/* {} */ // {\nexport default {TITLE}", "T"),
        ("const c = {TITLE}\nexport default c", "T"),
        ("const c: Config = {TITLE} satisfies Map<A, B>;\nexport default c as const", "T"),
        ("const n: Map<string, {a: 1}> = {k: 'v'}, c = {...n, TITLE};\nexport default c", "T"),
        ("export default wrap(defineConfig({TITLE}))", "T"),
        ("export default (/** @type {X} */ ({TITLE}))", "T"),
        ("const c = {}\nc.x = /[/'\"{]/g\nc.presets = ['classic']\nc.title = 'T'\nc.url = 'https://a.example'\nexport default c", "T"),
        ("export default async function make() { if (a) { return 1 } const c = {TITLE}; return c }", "T"),
        ("export default () => ({TITLE, f(a) { return {title: 1} }, get g() { return {} }, [h]: 2, i: async () => {}})", "T"),
        ("const [a, {b}] = q, t = `T\\u{e9} ${1}${'\\x41'}`; module.exports = {TITLE, title: t, 'x': [1, , 2]}", "Té 1A"),
        ("const t = 'a' + \"\\'b\\\"\" + `\\\nc`; module.exports = {TITLE, title: t}", "a'b\"c"),
        ("import d, {T as t} from './settings'\nimport * as all from './settings'\nexport default {TITLE, title: t.x + d + all.n}",
         "xdn"),
        ("import p from './package.json' with {type: 'json'};\nexport default {TITLE, title: p.name}", "from-package"),
    ],
)  # fmt: skip
def test_what_is_read_of_javascript(tmp_path: Path, digest: Command, program: str, title: str) -> None:
    files = {
        "docusaurus.config.ts": program.replace("TITLE", "title: 'T', url: 'https://a.example', presets: ['classic']"),
        "settings.ts": "export const T = {x: 'x'} as const; export const n = 'n'; export default 'd'; import './x'",
        "package.json": '{"name": "from-package"}',
        "blog/a.md": HEADER,
    }
    write_site(tmp_path, files)
    listed = digest(tmp_path, "feeds", "--json").out + digest(tmp_path, "list").err
    assert "from docusaurus.config.ts (Docusaurus): title, url" in listed
    digest(tmp_path, "build")
    assert f"<title>{title}</title>" in (tmp_path / "public" / "feed.xml").read_text(encoding="utf-8").replace(
        "&quot;", '"'
    )


def test_what_cannot_be_read_is_named(tmp_path: Path, digest: Command) -> None:
    program = """module.exports = {title: process.env.T || 'T', url: new URL('https://a.example'), baseUrl: a ? '/' : '/b/',
        presets: [['classic', {blog: {path: pick('a'), routeBasePath: 'b'}}]], plugins: [[plugin(), {routeBasePath: 'x'}]]}"""
    write_site(tmp_path, {"docusaurus.config.js": program, "blog/a.md": HEADER})
    said = digest(tmp_path, "list").err
    for name in ("title", "url", "baseUrl", "path of the blog", "the name of a plugin"):
        assert f"docusaurus.config.js: {name} cannot be read without running it" in said
    assert "routeBasePath of the blog" not in said


@pytest.mark.parametrize(
    ("program", "name"),
    [
        ("module.exports = make()", "what it exports"),
        ("module.exports = {...other, title: 'T', presets: [preset]}", ""),
        ("module.exports = {title: 'T', presets: make()}", "presets"),
    ],
)
def test_the_blog_is_where_it_is_by_default_when_presets_cannot_be_read(
    addresses: Addresses, tmp_path: Path, digest: Command, program: str, name: str
) -> None:
    found = addresses({"docusaurus.config.js": program, "blog/a.md": HEADER, "docs/b.md": HEADER})
    assert found == {"blog/a.md": "https://example.org/blog/a"}
    assert f"{name} cannot be read without running it" in digest(tmp_path, "list").err or not name


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("export default {", "its brackets do not match"),
        ("export default }", "its brackets do not match"),
        ("(" * 100_000, "its brackets do not match"),
        ("module.exports = " + "(" * 50_000 + ")" * 50_000, "or are too many"),
        ("`${", "its brackets do not match"),
        ("module.exports = {a: [}", "its brackets do not match"),
        ('"' + '\\"' * 50_000, "it is not JavaScript"),
        (" " * 200_001, "is longer than 200,000 characters"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, digest: Command, program: str, reason: str) -> None:
    write_site(tmp_path, {"docusaurus.config.js": program, "blog/a.md": HEADER})
    said = digest(tmp_path, "list").err
    assert "docusaurus.config.js" in said
    assert reason in said
