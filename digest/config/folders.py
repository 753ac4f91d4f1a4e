"""The site's folders: where the posts are when `digest.toml` does not say, and which folders cannot be the output."""

import os
from collections.abc import Mapping
from pathlib import Path

from digest.config.schema import Site

CONTENT_FOLDERS = (
    *("content", "_posts", "posts", "src/content", "src/posts", "source/_posts"),
    *("blog/posts", "blog", "docs/blog", "articles"),
)


def find_content(root: Path) -> str:
    """Return the folder of the posts where `site.content` names none, relative to the site's folder `root`."""
    for name in CONTENT_FOLDERS:
        if (root / name).is_dir():
            return name
    return "."


def overlaps(site: Site, root: Path) -> Mapping[str, str]:
    """Return what is wrong with each of the site's folders that cannot be where it is because of the output, by key."""
    found: dict[str, str] = {}
    posts = _posts_and_output(site, root)
    if posts:
        found["content"] = posts
    output = os.path.realpath(root / site.output)
    for key in ("ledger", "notes", "templates"):
        folder = getattr(site, key)
        if folder and os.path.realpath(root / folder) == output:
            found[key] = f'"{folder}" is both the output and the folder of {key}'
    return found


def _posts_and_output(site: Site, root: Path) -> str:
    """Return what is wrong when one of the posts' folder and the output is the other or inside it; empty when none is.

    Folders are compared as they stand on the disk, symbolic links followed. The output may be inside the site's own
    folder where that is the posts' folder too.
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
