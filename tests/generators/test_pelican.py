"""Pelican's settings and addresses, as Pelican 4.12 makes them."""

from pathlib import Path

import pytest

from tests.commands import Command
from tests.generators.conftest import Address, Addresses, write_site

POST = "content/2025-03-04-A name.md"
CONFIG = "SITEURL = 'https://a.example'\nPATH = 'content'\n"


def article(**metadata: str) -> str:
    """Return an article with Pelican's own kind of header."""
    lines = {"Title": "A title", "Date": "2025-03-04 10:20"} | metadata
    return "".join(f"{key}: {value}\n" for key, value in lines.items()) + "\nText.\n"


@pytest.fixture
def path_of(addresses: Addresses) -> Address:
    """Return a function that gives the path of one article's address, for settings after the usual ones."""

    def of_article(settings: str = "", path: str = POST, **metadata: str) -> str:
        found = addresses({"pelicanconf.py": CONFIG + settings, path: article(**metadata)})
        return found[path].removeprefix("https://a.example")

    return of_article


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ("", "/a-title.html"),
        ("ARTICLE_URL = 'p/{date:%Y}/{date:%b}/{date:%-d}/{slug}/'", "/p/2025/Mar/4/a-title/"),
        ("ARTICLE_URL = '{date.year}/{date.month:02d}/{slug}'", "/2025/03/a-title"),
        ("ARTICLE_URL = '{category}/{author}/{lang}/{slug}'\nAUTHOR = 'Zoë Q'", "/misc/zoe-q/en/a-title"),
        ("ARTICLE_URL = '{path}'", "/2025-03-04-A name.md"),
        ("SLUGIFY_SOURCE = 'basename'", "/2025-03-04-a-name.html"),
        ("SLUGIFY_SOURCE = 'basename'\nSLUGIFY_PRESERVE_CASE = True", "/2025-03-04-A-name.html"),
        ("SLUG_REGEX_SUBSTITUTIONS = [(r'[aeiou]', ''), (' ', '_')]", "/_ttl.html"),
        ("SLUG_SUBSTITUTIONS = (('A title', 'other'),)", "/other.html"),
        ("CLEAN_URLS = True", "/a-title/"),
        ("FILENAME_METADATA = r'(?P<date>\\d{4}-\\d{2}-\\d{2})-(?P<slug>.*)'", "/A name.html"),
        ("EXTRA_PATH_METADATA = {'2025-03-04-A name.md': {'slug': 'extra'}}", "/extra.html"),
        ("DEFAULT_METADATA = {'status': 'draft'}", "/drafts/a-title.html"),
        ("DEFAULT_CATEGORY = 'C & D'\nARTICLE_URL = '{category}/{slug}'", "/c-d/a-title"),
        ("CATEGORY_REGEX_SUBSTITUTIONS = []\nARTICLE_URL = '{category}'\nDEFAULT_CATEGORY = 'C & D'", "/c & d"),
    ],
)
def test_settings(path_of: Address, settings: str, path: str) -> None:
    assert path_of(settings) == path


@pytest.mark.parametrize(
    ("metadata", "path"),
    [
        ({"Title": "你好，世界"}, "/ni-hao-shi-jie.html"),
        ({"Title": "<em>Hi</em> &amp; C++: ½"}, "/hi-c-12.html"),
        ({"Title": "つづく ー 5−3 № 1 ♥"}, "/tsuduku-5-3-no-1-hearts.html"),
        ({"Title": "𝐁old Ⅷ סקר"}, "/bold-viii-skr.html"),
        ({"Slug": "With Spaces/Ä"}, "/With Spaces/Ä.html"),
        ({"Lang": "de"}, "/a-title-de.html"),
        ({"Status": "draft"}, "/drafts/a-title.html"),
        ({"Status": "Draft", "Lang": "de"}, "/drafts/a-title-de.html"),
        ({"Url": "own/page"}, "/own/page"),
        ({"Url": "/rooted/"}, "//rooted/"),
        ({"permalink": "/no/"}, "/a-title.html"),
    ],
)
def test_metadata(path_of: Address, metadata: dict[str, str], path: str) -> None:
    assert path_of(**metadata) == path


def test_a_category_is_that_of_the_article_or_its_folder(addresses: Addresses) -> None:
    settings = f"{CONFIG}ARTICLE_URL = '{{category}}/{{slug}}'\n"
    files = {
        "content/in/Two Words/a.md": article(),
        "content/in/b.md": article(Category="Über"),
        "content/c.md": article(),
    }
    assert set(addresses({"pelicanconf.py": settings, **files}).values()) == {
        "https://a.example/two-words/a-title",
        "https://a.example/uber/a-title",
        "https://a.example/misc/a-title",
    }


def test_only_articles_are_posts(addresses: Addresses) -> None:
    settings = f"{CONFIG}ARTICLE_PATHS = ['blog', 'news']\nARTICLE_EXCLUDES = ['blog/old']\nIGNORE_FILES = ['x*']\n"
    folders = ("blog", "blog/deep", "blog/old", "pages", "other")
    files = {f"content/{folder}/{name}.md": article(Slug=f"{folder}-{name}") for folder in folders for name in "ax"}
    assert set(addresses({"pelicanconf.py": settings, **files})) == {"content/blog/a.md", "content/blog/deep/a.md"}


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Date: 2025-01-01\n", "without a title"),
        ("Title: T\nDate: 2025-01-01\nSlug: /rooted\n", "begins with a slash"),
        ("Title: T\nDate: 2025-01-01\nSlug: ../up\n", "has a part of dots only"),
        ("Title: T\nModified: 2025-01-01\n", "the post has no date"),
    ],
)
def test_what_pelican_leaves_out_is_an_error(tmp_path: Path, digest: Command, header: str, words: str) -> None:
    write_site(tmp_path, {"pelicanconf.py": CONFIG, "content/2025/03/04/x.md": f"{header}\n# Heading\n"})
    assert words in digest(tmp_path, "list").err


def test_settings_are_read_and_not_run(addresses: Addresses, tmp_path: Path, digest: Command) -> None:
    files = {
        "pelicanconf.py": """
import os
from pathlib import Path
HOME = 'https://wrong.example'
PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'content')
ARTICLE_PATHS = [str(Path('blog') / 'posts')]
PREFIX = 'p'
ARTICLE_URL = PREFIX + '/{slug}/'
THEME = open('/nonexistent').read()
DEFAULT_LANG = 'de'
if DEFAULT_LANG == 'xx' or os.environ.get('X'):
    AUTHOR = 'Unknown'
try:
    from local_settings import *
except ImportError:
    SITENAME = f'The {PREFIX}'
""",
        "publishconf.py": "import sys\nsys.path.append('.')\nfrom pelicanconf import *\nSITEURL = 'https://a.example/base'\n",
        "content/blog/posts/x.md": article(),
    }
    assert addresses(files) == {"content/blog/posts/x.md": "https://a.example/base/p/a-title/"}
    said = digest(tmp_path, "list").err
    assert "from publishconf.py (Pelican): title, url, language, content" in said
    assert "pelicanconf.py:12: AUTHOR cannot be read without running it" in said
    assert "THEME" not in said


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("SITEURL = os.environ['URL']", "pelicanconf.py:3: SITEURL cannot be read without running it"),
        ("DEFAULT_DATE = 'fs'", "the times of files are not taken for dates"),
        ("PATH_METADATA = '('", "PATH_METADATA is no regular expression"),
        ("SLUG_REGEX_SUBSTITUTIONS = [('(', '')]", "SLUG_REGEX_SUBSTITUTIONS is no list"),
        ("PATH = '../content'", "PATH leads out of the site's folder"),
        ("def", "pelicanconf.py cannot be read"),
    ],
)
def test_settings_that_cannot_be_taken_are_named(tmp_path: Path, digest: Command, settings: str, words: str) -> None:
    write_site(tmp_path, {"pelicanconf.py": f"{CONFIG}{settings}\n", POST: article()})
    assert words in digest(tmp_path, "list").err


def test_digest_toml_takes_pelicans_settings(addresses: Addresses) -> None:
    settings = (
        '[site]\nurl = "https://b.example"\n[generator]\nname = "pelican"\nPATH = "content"\nARTICLE_URL = "{slug}/"\n'
    )
    assert addresses({"digest.toml": settings, POST: article()}) == {POST: "https://b.example/a-title/"}


@pytest.mark.parametrize(("value", "state"), [(True, "published"), (False, "future")])
def test_posts_of_the_future(tmp_path: Path, digest: Command, value: bool, state: str) -> None:
    write_site(
        tmp_path,
        {"pelicanconf.py": f"{CONFIG}WITH_FUTURE_DATES = {value}\n", "content/x.md": article(Date="2199-01-01")},
    )
    assert f'"state":"{state}"' in digest(tmp_path, "list", "--all", "--json").out
