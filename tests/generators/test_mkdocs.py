"""The settings and addresses of MkDocs with Material's blog, as Material 9.8 makes them, and of Zensical 0.0.73."""

from pathlib import Path

import pytest

from tests.commands import Command
from tests.conftest import MakeSite
from tests.generators.conftest import Address, Addresses, write_site

POST = "docs/blog/posts/a-name.md"
SITE = "site_url: https://a.example/base/\n"


def mkdocs(*options: str, more: str = "") -> dict[str, str]:
    """Settings with options of the blog."""
    blog = "".join(f"      {option}\n" for option in options or ("enabled: true",))
    return {"mkdocs.yml": f"{SITE}{more}\nplugins:\n  - search\n  - blog:\n{blog}"}


def zensical(*options: str) -> dict[str, str]:
    """The same of Zensical."""
    lines = ("[project]", 'site_url = "https://a.example/base/"', "[project.plugins.blog]", *options)
    return {"zensical.toml": "\n".join(lines)}


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ((), "blog/2025/03/04/a-title/"),
        (("post_url_format: '{file}'",), "blog/a-name/"),
        (("post_url_format: '{categories}/{slug}'",), "blog/two-words/a-title/"),
        (("post_url_format: '{categories}/{slug}'", "post_url_max_categories: 2"), "blog/two-words/c/a-title/"),
        (("post_url_date_format: yyyy-MMM-d", "post_url_format: '{date}'"), "blog/2025-Mar-4/"),
        (("post_url_date_format: long", "post_url_format: '{date}'"), "blog/March 4, 2025/"),
        (("post_slugify_separator: _", "post_url_format: '{slug}'"), "blog/a_title/"),
        (
            (
                "post_slugify: !!python/object/apply:pymdownx.slugs.slugify",
                "  kwds: {case: none}",
                "post_url_format: '{slug}'",
            ),
            "blog/A-title/",
        ),
        (
            ("post_slugify: !!python/name:markdown.extensions.toc.slugify", "post_url_format: '{slug}'"),
            "blog/a-title/",
        ),
    ],
)
def test_formats(address: Address, options: tuple[str, ...], path: str) -> None:
    header = "title: A title\ndate: 2025-03-04\ncategories: [Two Words, C++, Two Words]"
    assert address(mkdocs(*options), POST, header) == f"https://a.example/base/{path}"


@pytest.mark.parametrize(
    ("header", "slug"),
    [
        ('title: "It\'s <b>Über</b> C++  &  Straße_x v1.2"', "its-über-c----straße_x-v12"),
        ("title: x\nslug: /Own slug/é.v1/", "Own slug/é.v1"),
        ("title: Title\nslug: ''", "title"),
        ("title: x\nurl: /elsewhere/", "x"),
        ("", "a-name"),
    ],
)
def test_slugs(address: Address, header: str, slug: str) -> None:
    found = address(mkdocs("post_url_format: '{slug}'"), POST, f"date: 2025-03-04\n{header}")
    assert found == f"https://a.example/base/blog/{slug}/"


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ("\n# A *heading* with [a link](x)\n", "a-heading-with-a-linkx"),
        ("Text.\n\n# Later\n", "a-name"),
        ("Underlined\n==========\n", "a-name"),
        ("## Of level two\n", "a-name"),
    ],
)
def test_a_post_without_a_title_has_the_first_line_of_its_body(address: Address, body: str, slug: str) -> None:
    post = f"---\ndate: 2025-03-04\n---\n{body}"
    assert address(mkdocs("post_url_format: '{slug}'"), POST, post) == f"https://a.example/base/blog/{slug}/"


@pytest.mark.parametrize(
    ("function", "slug"),
    [
        ("!!python/object/apply:pymdownx.slugs.slugify {kwds: {case: fold}}", "strasse-é-a-b"),
        ("!!python/object/apply:pymdownx.slugs.slugify {kwds: {case: lower-ascii}}", "straße-É-a-b"),
        (
            "!!python/object/apply:pymdownx.slugs.slugify {kwds: {case: lower, percent_encode: true}}",
            "stra%C3%9Fe-%C3%A9-a-b",
        ),
        ("!!python/name:markdown.extensions.toc.slugify_unicode", "straße-é-a-b"),
        ("!!python/name:markdown.extensions.toc.slugify", "strae-e-a-b"),
    ],
)
def test_functions_that_make_slugs(addresses: Addresses, function: str, slug: str) -> None:
    settings = mkdocs(f"post_slugify: {function}", "post_url_format: '{slug}'")
    found = addresses(settings | {POST: "title: Straße É A b\ndate: 2025-03-04"})
    assert found[POST] == f"https://a.example/base/blog/{slug}/"


def test_folders_and_names_with_html(addresses: Addresses) -> None:
    settings = mkdocs(
        "blog_dir: .",
        "post_dir: news",
        "post_url_format: '{date}/{file}'",
        "post_url_date_format: yyyy",
        more="docs_dir: content\nuse_directory_urls: false",
    )
    found = addresses(
        settings
        | {
            "content/news/a.b.md": "date: 2025-03-04",
            "content/news/bundle/index.md": "date: 2024-03-04",
            "content/page.md": "date: 2025-03-04",
        }
    )
    assert found == {
        "content/news/a.b.md": "https://a.example/base/2025/a.b.html",
        "content/news/bundle/index.md": "https://a.example/base/2024/index.html",
    }


def test_two_blogs_and_settings_that_are_inherited(addresses: Addresses) -> None:
    blogs = "plugins:\n  - material/blog: {blog_dir: news, post_url_format: '{slug}'}\n  - blog: {blog_dir: notes}\n"
    found = addresses(
        {
            "mkdocs.yml": f"INHERIT: base.yml\n{blogs}",
            "base.yml": f"{SITE}theme: {{name: material, language: de}}\n",
            "docs/news/posts/a.md": "title: A\ndate: 2025-03-04",
            "docs/notes/posts/b.md": "title: B\ndate: 2025-03-04",
            "docs/index.md": "title: Home",
        }
    )
    assert found == {
        "docs/news/posts/a.md": "https://a.example/base/news/a/",
        "docs/notes/posts/b.md": "https://a.example/base/notes/2025/03/04/b/",
    }


def test_months_are_in_the_language_of_the_theme(address: Address) -> None:
    settings = mkdocs("post_url_date_format: MMMM", more="theme: {name: material, language: de}")
    assert address(settings, POST) == "https://a.example/base/blog/März/a-title/"


def test_documents_of_a_site_without_a_blog(addresses: Addresses, tmp_path: Path, digest: Command) -> None:
    found = addresses(
        {"mkdocs.yml": SITE, "docs/2025/a b.md": "date: 2025-03-04", "docs/2025/index.md": "title: Pages"}
    )
    assert found == {
        "docs/2025/a b.md": "https://a.example/base/2025/a b/",
        "docs/2025/index.md": "https://a.example/base/2025/",
    }
    assert digest(tmp_path, "check").code == 0


def test_what_is_excluded_and_what_cannot_be_read(tmp_path: Path, digest: Command) -> None:
    settings = mkdocs(
        "post_slugify: !!python/name:mine.slugify",
        more="site_name: !ENV [NAME, Mine]\nexclude_docs: |\n  /blog/posts/old/\n  *.tmp.md\n  !kept.tmp.md",
    )
    posts = dict.fromkeys(
        (POST, "docs/blog/posts/old/x.md", "docs/blog/posts/x.tmp.md"), "title: A title\ndate: 2025-03-04"
    )
    write_site(tmp_path, settings | posts)
    listed = digest(tmp_path, "list", "--json")
    assert listed.out.count('"path"') == 1
    assert "from mkdocs.yml (MkDocs): title, url, language, content, ignore" in listed.err
    assert "mkdocs.yml: post_slugify cannot be read without running it" in listed.err
    assert "mkdocs.yml: exclude_docs: !kept.tmp.md is not taken" in listed.err


def test_a_format_that_is_not_valid_is_named(tmp_path: Path, digest: Command) -> None:
    write_site(tmp_path, mkdocs("post_url_format: '{nothing}'") | {POST: "title: T\ndate: 2025-03-04"})
    assert "post_url_format '{nothing}' is not valid" in digest(tmp_path, "check").err


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ((), "blog/2025/03/04/a-title/"),
        (('post_url_date_format = "yyyy-MMM"', 'post_url_format = "{date}"'), "blog/2025-Mar/"),
        (('post_slugify = {object = "pymdownx.slugs.slugify"}', 'post_url_format = "{slug}"'), "blog/a-title/"),
    ],
)
def test_zensical(address: Address, options: tuple[str, ...], path: str) -> None:
    assert address(zensical(*options), POST) == f"https://a.example/base/{path}"


def test_an_empty_slug_in_zensical_is_the_folder_of_the_date(address: Address) -> None:
    header = "title: T\nslug: ''\ndate: 2025-03-04"
    assert address(zensical(), POST, header) == "https://a.example/base/blog/2025/03/04/"


@pytest.mark.parametrize(("own", "said"), [
    ('permalink = "/{slug}/"', "from mkdocs.yml (MkDocs): title, language, content; addresses are as digest.toml says\n"),
    ('permalink = "/{slug}/"\ntitle = "Own"\nlanguage = "en"\ncontent = "docs/blog/posts"\n[posts]\nignore = ["x"]', ""),
])  # fmt: skip
def test_addresses_of_the_owner_are_not_said_to_be_those_of_the_generator(
    own: str, said: str, make_site: MakeSite, digest: Command
) -> None:
    settings = "site_name: Net loft\nplugins: [blog]\n"
    post = "---\ntitle: A\ndate: 2026-11-20\n---\nText.\n"
    site = make_site(
        {"mkdocs.yml": settings, "docs/blog/posts/a.md": post}, f'[site]\nurl = "https://x.example/"\n{own}\n'
    )
    listed = digest(site, "list")
    assert listed.err == f"{said}1 post\n"
