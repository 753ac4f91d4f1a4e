"""Which files of the content folder are posts, and what is passed over."""

import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from digest.collector.paths import HTML, MARKDOWN
from digest.collector.scan import NamePatterns, Scan, SeenFile, content_folder
from digest.collector.source import begins_with_front_matter, is_restructured, not_a_file, problem_of
from digest.config.schema import Config
from digest.problems import Problem, count, install_command, is_installed, printable

# Formats of posts that are not read; a text or an HTML file only counts when it has front matter.
_OTHER_FORMATS = frozenset(
    (".adoc", ".asciidoc", ".ipynb", ".org", ".qmd", ".rmd", ".rst", ".textile", ".txt", ".typ", ".wiki")
)
_NEED_FRONT_MATTER = frozenset((".txt", *HTML))


def candidates(config: Config, seen: Scan) -> tuple[list[SeenFile], list[Problem]]:
    """Return the content files in `seen` that are to be read as posts, sorted by path, and the problems of the folders.

    Left out are files that match `posts.ignore` or, when it is set, do not match `posts.include`; and, counted in a
    warning for each kind, those in another format and those that the site's generator takes for no post.
    """
    chosen = _Choice(config)
    paths = frozenset(file.path for file in seen.content)
    files = []
    problems = [_unreadable(config, path, reason) for path, reason in seen.unreadable]
    passed_over: dict[str, list[str]] = defaultdict(list)
    for file in seen.content:
        if not chosen.takes(file.path):
            continue
        kind = "" if file.path in seen.linked_folders else _kind(config, file.path, paths)
        problem = _unfit(config, file) if kind == "post" else _misleading_link(file, seen)
        if problem is not None:
            problems.append(problem)
        elif kind == "post":
            files.append(file)
        elif kind:
            passed_over[kind].append(file.path)
    return files, problems + _passed_over(config, passed_over)


class _Choice:
    """The files that `posts.include` and `posts.ignore` leave."""

    def __init__(self, config: Config) -> None:
        self._content = content_folder(config)
        self._ignored = NamePatterns(config.posts.ignore)
        self._included = NamePatterns(config.posts.include) if config.posts.include else None

    def takes(self, path: str) -> bool:
        below = path.removeprefix(self._content) if self._content else f"/{path}"
        if self._ignored.match(below):
            return False
        return self._included is None or self._included.match_any_part(below)


def _kind(config: Config, path: str, paths: frozenset[str]) -> str:
    """Return `post`, what else a file is that looks like a post, or nothing. `paths` has all files."""
    suffix = PurePosixPath(path).suffix.lower()
    is_readable = _is_readable(config, path, suffix)
    if not is_readable and suffix not in _OTHER_FORMATS:
        return ""
    needs_front_matter = suffix in _NEED_FRONT_MATTER and not is_restructured(path, config)
    if needs_front_matter and not begins_with_front_matter(config, path):
        return ""
    generator = config.generator
    if generator is not None and (not generator.is_post(path) or generator.is_left_out(path, paths)):
        return f"no post for {generator.label}"
    return "post" if is_readable else f"in {suffix}"


def _is_readable(config: Config, path: str, suffix: str) -> bool:
    """Return whether the format of a file can be read: reStructuredText only when docutils is installed."""
    if is_restructured(path, config):
        return is_installed("docutils")
    return suffix in MARKDOWN or suffix in HTML


def _passed_over(config: Config, paths: Mapping[str, list[str]]) -> list[Problem]:
    """Return a warning for each kind of file that is passed over."""
    problems = []
    for kind, found in sorted(paths.items()):
        first = f"first {printable(found[0])}"
        if kind.startswith("in "):
            message = f"{count(len(found), f'{kind[3:]} file')} not read, {first}"
            hint = "write Markdown, or add the names to posts.ignore"
            if is_restructured(found[0], config):
                hint = install_command("rst")
        else:
            message = f"{count(len(found), 'file')} passed over as {kind}, {first}"
            hint = "when that is right, posts.ignore silences this"
        problems.append(Problem(content_folder(config) or ".", 0, 0, "passed-over", message, hint, "warning"))
    return problems


def _unreadable(config: Config, path: str, reason: str) -> Problem:
    name = printable(path) or "."
    if path == content_folder(config):
        message, hint = f"there is no content folder that can be read: {reason}", "site.content names the posts' folder"
        return Problem(name, 0, 0, "no-content", message, hint)
    message, hint = f"the folder cannot be read: {reason}", "mend it, or add it to posts.ignore"
    return Problem(name, 0, 0, "unreadable", message, hint)


def _misleading_link(file: SeenFile, seen: Scan) -> Problem | None:
    """Return a warning about a link to a folder, or to nothing, which may have been a folder of posts."""
    if file.path in seen.linked_folders:
        message, hint = "a link to a folder is not followed", "put the posts themselves here"
        return Problem(printable(file.path), 0, 0, "linked-folder", message, hint, "warning")
    if file.kind == "link" and file.stamp is None:
        message, hint = "a link leads to nothing that can be read", "mend or remove it, or add it to posts.ignore"
        return Problem(printable(file.path), 0, 0, "dangling-link", message, hint, "warning")
    return None


def _unfit(config: Config, file: SeenFile) -> Problem | None:
    """Return why a file cannot be a post; None when it can."""
    path = file.path
    try:
        path.encode()
    except UnicodeEncodeError:
        return Problem(printable(path), 0, 0, "name-not-utf-8", "the file's name is not UTF-8", "rename it")
    if file.kind == "file":
        return None
    if file.kind == "other":
        return problem_of(path, not_a_file())
    target = os.path.realpath(config.root / path)
    content = os.path.realpath(config.root / config.site.content)
    hint = "put the file itself here"
    if not Path(target).is_relative_to(content):
        return Problem(path, 0, 0, "link-outside", "a link leads out of the content folder", hint)
    if not os.path.isfile(target):  # noqa: PTH113 - a Path raises where it may not look
        return Problem(path, 0, 0, "not-a-file", "a link leads to nothing that can be read", hint)
    return None
