"""Astro's settings, collections and addresses, as Astro 7 makes them."""

from pathlib import Path

import pytest

from tests.commands import Command
from tests.generators.conftest import Address, Addresses, write_site

POST = "src/content/blog/A name.md"
HEADER = "title: T\npubDate: 2025-03-04"


def route(collection: str = "blog", parameter: str = "slug", value: str = "post.id") -> str:
    """A page of each entry, as Astro's blog template has it."""
    return f"""---
import {{ getCollection, render }} from 'astro:content';
export async function getStaticPaths() {{
  const posts = await getCollection(
    '{collection}');
  return posts.map((post) => ({{ params: {{ {parameter}: {value} }}, props: post }}));
}}
const {{ Content }} = await render(Astro.props);
---
<Content />
"""


def collection(base: str, pattern: str = "'**/*.{md,mdx}'") -> str:
    """A collection of files."""
    return (
        f"defineCollection({{ loader: glob({{ base: '{base}', pattern: {pattern} }}), schema: () => z.object({{}}) }})"
    )


CONTENT = f"const blog = {collection('./src/content/blog')};\nexport const collections = {{ blog }};"


def site(settings: str = "", page: str = "blog/[...slug].astro", text: str = "") -> dict[str, str]:
    """A site with a collection and its route."""
    return {
        "astro.config.mjs": f"export default defineConfig({{ site: 'https://a.example/x/', {settings} }})",
        "src/content.config.ts": CONTENT,
        f"src/pages/{page}": text or route(),
    }


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ("", "blog/a-name/"),
        ("base: '/docs/',", "docs/blog/a-name/"),
        ("trailingSlash: 'always',", "blog/a-name/"),
        ("trailingSlash: 'never', base: 'docs',", "docs/blog/a-name"),
        ("build: { format: 'file' },", "blog/a-name.html"),
        ("build: { format: 'file' }, trailingSlash: 'always',", "blog/a-name.html"),
        ("build: { format: 'preserve' },", "blog/a-name.html"),
    ],
)
def test_settings(address: Address, settings: str, path: str) -> None:
    assert address(site(settings), POST, HEADER) == f"https://a.example/{path}"


@pytest.mark.parametrize(
    ("name", "header", "path"),
    [
        ("2025-01-10-Dup Name", "", "2025-01-10-dup-name"),
        ("2025/02/03/x.y", "", "2025/02/03/xy"),
        ("Bundle Dir/index", "", "bundle-dir"),
        ("it’s-ⅣⓐA_b (c) & é", "", "its-ⅳⓐa_b-c--é"),
        ("e\u0301", "", "é"),
        ("x", "slug: /Rooted/é x/", "Rooted/é x"),
        ("x", "slug: 'h#q?'", "h#q?"),
        ("x", "slug: ''\npermalink: /p/\nurl: /u/", "x"),
    ],
)
def test_ids(address: Address, name: str, header: str, path: str) -> None:
    found = address(site(), f"src/content/blog/{name}.md", f"{HEADER}\n{header}")
    assert found == f"https://a.example/blog/{path}/"


@pytest.mark.parametrize(
    ("page", "settings", "path"),
    [
        ("[...slug].astro", "", "a-name/"),
        ("posts/[slug].astro", "", "posts/a-name/"),
        ("all/posts/[...slug]/index.astro", "", "all/posts/a-name/"),
        ("posts/[...slug]/index.astro", "build: { format: 'preserve' },", "posts/a-name/"),
    ],
)
def test_the_place_of_the_route(address: Address, page: str, settings: str, path: str) -> None:
    tags = route(parameter="tag", value="post.data.tag")
    files = site(settings, page) | {"src/pages/a/[tag].astro": tags, "src/pages/a/[...page].astro": tags}
    assert address(files, POST, HEADER) == f"https://a.example/{path}"


def test_collections_with_routes_and_their_patterns(addresses: Addresses) -> None:
    notes = collection("data/jots", "['**/[^_]*.md', '!**/old/**']")
    content = f"""import {{ posts }} from './collections'
        const jots = {notes}
        export const collections = {{ 'my-jots': jots, posts, authors: {collection("data/authors")}, files: x() }}"""
    files = {
        "astro.config.ts": "export default { site: 'https://a.example', srcDir: './source' } satisfies Config",
        "source/content.config.ts": content,
        "source/collections.ts": f"export const posts = {collection('./posts')}",
        "source/pages/n/[id].astro": route("my-jots", "id"),
        "source/pages/[...slug].astro": route("posts"),
    }
    names = (
        "data/jots/a.md",
        "data/jots/b.mdx",
        "data/jots/old/c.md",
        "posts/d.mdx",
        "posts/e#.md",
        "data/authors/f.md",
    )
    assert addresses(files | dict.fromkeys(names, HEADER)) == {
        "data/jots/a.md": "https://a.example/n/a/",
        "posts/d.mdx": "https://a.example/d/",
    }


def test_a_collection_of_the_old_kind(addresses: Addresses) -> None:
    files = site() | {
        "src/content/config.ts": "export const collections = { blog: defineCollection({ type: 'content' }) }"
    }
    del files["src/content.config.ts"]
    names = (POST, "src/content/blog/_x/y.md", "src/content/other/z.md")
    assert addresses(files | dict.fromkeys(names, HEADER)) == {POST: "https://a.example/blog/a-name/"}


def test_markdown_pages_of_a_site_without_collections(addresses: Addresses, tmp_path: Path, digest: Command) -> None:
    files = {"astro.config.mjs": "export default {site: 'https://a.example', base: '/b'}"}
    pages = {
        "src/pages/posts/A b.md": f"{HEADER}\nslug: other",
        "src/pages/posts/index.md": "title: Posts",
        "src/pages/posts/_c.md": HEADER,
    }
    assert addresses(files | pages) == {
        "src/pages/posts/A b.md": "https://a.example/b/posts/A b/",
        "src/pages/posts/index.md": "https://a.example/b/posts/",
    }
    assert digest(tmp_path, "check").code == 0


@pytest.mark.parametrize(
    "constants",
    [
        {"src/consts.ts": "export const SITE_TITLE = 'Mine'; export const SITE_DESCRIPTION = 'Words';"},
        {
            "src/config.ts": "export const SITE = { title: 'Mine', desc: 'Words', website: 'https://a.example/' } as const"
        },
    ],
)
def test_constants_of_templates(tmp_path: Path, digest: Command, constants: dict[str, str]) -> None:
    write_site(tmp_path, site() | constants | {POST: HEADER})
    said = digest(tmp_path, "list").err
    assert f"from astro.config.mjs (Astro): url, content; from {next(iter(constants))}: title, description" in said


def test_what_cannot_be_read_is_named(tmp_path: Path, digest: Command) -> None:
    files = site("base: import.meta.env.BASE,", text=route(value="getPath(post.id)"))
    write_site(tmp_path, files | {POST: HEADER})
    said = digest(tmp_path, "list").err
    assert "astro.config.mjs: base cannot be read without running it" in said
    assert "src/pages/blog/[...slug].astro: what its pages are called cannot be read without running it" in said
