"""Which files without a date are pages of the site, and no posts that lack their date."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from digest.config.schema import Config
from digest.problems import Problem, count


def pages_among(undated: frozenset[str], paths: Iterable[str], config: Config) -> frozenset[str]:
    """Return those of the files `undated` that are pages; `paths` has all files.

    In a site with a `_posts` folder the posts are there, and undated files elsewhere are pages. Of a generator whose
    pages need no date, undated files are pages where they are the most of a folder, as in its documentation.
    """
    if any(map(_is_in_posts, paths)):
        return frozenset(path for path in undated if not _is_in_posts(path))
    generator = config.generator
    if generator is None or not generator.pages_need_no_date:
        return frozenset()
    files = Counter(map(_folder, paths))
    without_date = Counter(map(_folder, undated))
    return frozenset(path for path in undated if 2 * without_date[_folder(path)] > files[_folder(path)])


def warn_of_pages(pages: frozenset[str], config: Config) -> Iterator[Problem]:
    """Yield a warning that counts `pages`, where a generator makes posts and pages alike."""
    if pages and config.generator is not None and config.generator.pages_need_no_date:
        files = count(len(pages), "file")
        message = f"{files} without a date, like most in their folders, taken for pages, first {min(pages)}"
        yield Problem(config.site.content, 0, 0, "undated-pages", message, "a post needs a date", "warning")


def _is_in_posts(path: str) -> bool:
    return "_posts" in path.split("/")


def _folder(path: str) -> str:
    """Return the folder of a file, or of the folder that is the post."""
    folder = PurePosixPath(path).parent
    return (folder.parent if PurePosixPath(path).stem.lower() == "index" else folder).as_posix()
