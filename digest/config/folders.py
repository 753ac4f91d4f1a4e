"""The site's folders: the default content folder, and conflicts with the output folder."""

import os
from collections.abc import Mapping
from pathlib import Path

from digest.config.schema import Site

CONTENT_FOLDERS = (
    *("content", "_posts", "posts", "src/content", "src/posts", "source/_posts"),
    *("blog/posts", "blog", "docs/blog", "articles"),
)


def find_content(root: Path) -> str:
    """Return the default content folder, used when `site.content` is empty, relative to the site's folder `root`."""
    for name in CONTENT_FOLDERS:
        if (root / name).is_dir():
            return name
    return "."


def overlaps(site: Site, root: Path) -> Mapping[str, str]:
    """Return a message for each of the site's folders that conflicts with the output folder, by key."""
    found: dict[str, str] = {}
    posts = _content_conflict(site, root)
    if posts:
        found["content"] = posts
    output = os.path.realpath(root / site.output)
    for key in ("ledger", "notes", "slots", "templates"):
        folder = getattr(site, key)
        if folder and os.path.realpath(root / folder) == output:
            found[key] = f'"{folder}" is both the output and the folder of {key}'
    return found


def _content_conflict(site: Site, root: Path) -> str:
    """Return a message when the content folder and the output are the same, or one is inside the other; else empty.

    Real paths are compared, with symbolic links resolved. The output may be inside the content folder when that is the
    site's folder.
    """
    content = site.content or find_content(root)
    posts = os.path.realpath(root / content)
    output = os.path.realpath(root / site.output)
    whole_site = not Path(content).parts
    if posts == output:
        return f'"{site.output}" is both the output and the folder of the posts'
    if _is_below(posts, output):
        return f'the folder of the posts, "{content}", is inside the output, "{site.output}"'
    if _is_below(output, posts) and not whole_site:
        return f'the output, "{site.output}", is inside the folder of the posts, "{content}"'
    return ""


def _is_below(folder: str, other: str) -> bool:
    return folder.startswith(other.rstrip(os.sep) + os.sep)
