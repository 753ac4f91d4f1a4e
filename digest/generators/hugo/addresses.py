"""The addresses that Hugo gives posts.

Sources: `hugolib/page__paths.go`, `resources/page/page_paths.go`, `resources/page/permalinks.go` and
`common/paths/pathparser.go` of https://github.com/gohugoio/hugo
"""

import posixpath
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import unquote, unquote_plus, urlsplit

from msgspec import Struct

from digest.generators.generator import AddressError, PostSource, Value
from digest.generators.hugo.content import HugoContent, Patterns, PermalinkRule, Target
from digest.generators.hugo.names import (
    FilePath,
    formatted,
    lower,
    normalised,
    placeholders,
    sanitised,
    slice_of,
)

NO_DATE = datetime(1, 1, 1, tzinfo=UTC)  # of a page without one


class Hugo(HugoContent, frozen=True, tag="hugo"):
    """The settings of Hugo that decide addresses."""

    def address(self, post: PostSource) -> str:
        """Return the address of a post: its own `url`, else by a pattern, else by its path."""
        file = self.page_at(post.path)
        if file is None:
            raise AddressError("Hugo has no content there", "generator.contentDir names the folder of the posts")
        header = {key.lower(): value for key, value in post.header.items()}
        has_date = self.date_key(file, header) != ""
        page = _Page(hugo=self, file=file, header=header, date=(has_date and post.date) or NO_DATE)
        url = page.text("url")
        if url.startswith(("http://", "https://")):
            raise AddressError(f"url {url[:80]!r} has a protocol, which Hugo refuses", "write a path")
        link = self._own_link(page, url) if url else self._link(page)
        return self._base(file.language) + unquote(link)

    def sanitise(self, path: str) -> str:
        """Return a path as `PathSpec.MakePathSanitized` makes it."""
        path = sanitised(path, without_accents=self.remove_path_accents)
        return path if self.disable_path_to_lower else lower(path)

    def _own_link(self, page: "_Page", url: str) -> str:
        """Return the address that a `url` of the front matter asks for."""
        if ":" in url:
            url = page.expand(url)
        is_relative = not url.startswith("/")
        if ".." in url:
            url = _cleaned(f"/{url}")
        prefix = self._prefix(page.file.language)
        has_prefix = prefix != "" and url.startswith(prefix)
        link = _link_of(url)
        return f"{prefix}{link}" if is_relative and not has_prefix else link

    def _link(self, page: "_Page") -> str:
        """Return the address by the pattern of the page's section, else by its path."""
        parts = self._parts(page)
        if parts and self._is_ugly(page):
            *folders, last = parts
            return self._joined(page, [*folders, f"{last.removesuffix('/')}.html"])
        link = self._joined(page, parts)
        if page.is_index:
            link = link.removesuffix("index")
        return f"{link.removesuffix('/')}/"

    def _parts(self, page: "_Page") -> list[str]:
        """Return the parts of a page's address that are not empty, as they are before they are sanitised."""
        pattern = self._pattern(page.file)
        if pattern:
            parts = [_cleaned(page.expand(pattern))]
        else:
            parts = [self._cased(page.file.folder), page.slug or self._cased(page.file.name)]
        return [part for part in parts if part.strip("/")]

    def _joined(self, page: "_Page", parts: list[str]) -> str:
        """Return the sanitised parts of an address as one path, which begins with the language's folder."""
        link = self._prefix(page.file.language)
        for part in map(self.sanitise, parts):
            link += part if part.startswith("/") or link.endswith("/") else f"/{part}"
        return link

    def _pattern(self, file: FilePath) -> str:
        """Return the pattern of the addresses of the page's section; empty when there is none."""
        own = self.language(file.language).permalinks
        rules = _rules(own or self.permalinks)
        return next((rule.pattern for rule in rules if rule.target.matches(file)), "")

    def _prefix(self, language: str) -> str:
        """Return the folder of a language's pages after a slash; empty for none."""
        is_plain = language == self.default_language() and not self.default_content_language_in_subdir
        return "" if is_plain or self._has_several_hosts() else f"/{language}"

    def _base(self, language: str) -> str:
        """Return the URL that a language's addresses are below, when it has one of its own."""
        if not self._has_several_hosts():
            return ""
        url = urlsplit(self.language(language).base_url)
        return f"{url.scheme}://{url.netloc}{unquote(url.path)}".rstrip("/") if url.netloc else ""

    def _has_several_hosts(self) -> bool:
        enabled = [language for language in self.languages.values() if not language.disabled]
        return len(enabled) > 1 and any(language.base_url for language in enabled)

    def _is_ugly(self, page: "_Page") -> bool:
        """Return whether the page's address ends in `.html`."""
        is_asked = self.ugly_urls if isinstance(self.ugly_urls, bool) else self.ugly_urls.get(page.file.section, False)
        return is_asked and not page.is_index

    def _cased(self, path: str) -> str:
        return path if self.disable_path_to_lower else normalised(path)


class _Page(Struct, frozen=True, kw_only=True):
    """A page: its place and its front matter, keys in lower case."""

    hugo: Hugo
    file: FilePath
    header: Mapping[str, Value]
    date: datetime

    def text(self, key: str) -> str:
        """Return a text of the front matter; empty when it is missing or no text."""
        value = self.header.get(key)
        return value if isinstance(value, str) else ""

    @property
    def slug(self) -> str:
        """The slug of the front matter."""
        return self.text("slug").strip("-")

    @property
    def is_index(self) -> bool:
        """Whether the page's own name is `index`, and so the address is its folder."""
        return not self.file.is_bundle and (self.slug or self.file.name) == "index"

    def expand(self, pattern: str) -> str:
        """Return a pattern with the values of its placeholders."""
        pattern = pattern.replace("\\:", "\0")
        path = pattern
        for placeholder in placeholders(pattern):
            path = path.replace(placeholder, self._part(placeholder[1:]), 1)
        return unquote_plus(path.replace("\0", ":"))

    def _part(self, word: str) -> str:
        """Return the value of a placeholder; an unknown one stays as typed."""
        name, _, cut = word.partition("[")
        part = _PARTS.get(name)
        return formatted(word, self.date) if part is None else part(self, cut)

    @property
    def title(self) -> str:
        """The title of the front matter for a pattern."""
        return _title(self.text("title"))

    def sections(self) -> list[str]:
        """Return the names of the folders down to the nearest that is a section: the first, or one with an index."""
        indexed = {section.path for section in self.hugo.sections_of(self.file.language)}
        folders = normalised(self.file.folder).split("/") if self.file.folder else []
        ends = [end for end in range(1, len(folders) + 1) if end == 1 or f"/{'/'.join(folders[:end])}" in indexed]
        return folders[: ends[-1]] if ends else []

    def section_slugs(self) -> list[str]:
        """Return the slugs of the sections above the page: their own, else their titles, else their names."""
        indexed = {section.path: section for section in self.hugo.sections_of(self.file.language)}
        folders = self.sections()
        slugs = []
        for end in range(1, len(folders) + 1):
            section = indexed.get(f"/{'/'.join(folders[:end])}")
            if section:
                slugs.append(self.urlised(section.slug or _title(section.title)))
            elif end == 1:
                slugs.append(self.urlised(folders[0]))
        return slugs

    def urlised(self, text: str) -> str:
        """Return a text as a part of a pattern: an empty fragment goes, as Go's URL has it."""
        text = self.hugo.sanitise(text)
        return text.removesuffix("#") if text.count("#") == 1 else text


# The placeholders that are not parts of the date, with what stands in brackets after them.
_PARTS: dict[str, Callable[[_Page, str], str]] = {
    "title": lambda page, _: page.urlised(page.title),
    "slug": lambda page, _: page.urlised(page.slug or page.title),
    "slugorfilename": lambda page, _: page.urlised(page.slug or page.file.name),
    "slugorcontentbasename": lambda page, _: page.urlised(page.slug or page.file.name),
    "filename": lambda page, _: page.urlised(page.file.name),
    "contentbasename": lambda page, _: page.urlised(page.file.name),
    "section": lambda page, _: page.file.section,
    "sections": lambda page, cut: "/".join(slice_of(page.sections(), cut)),
    "sectionslug": lambda page, _: "".join(page.section_slugs()[:1]),
    "sectionslugs": lambda page, cut: "/".join(slice_of(page.section_slugs(), cut)),
}


def _rules(patterns: Patterns) -> Iterator[PermalinkRule]:
    """Yield the rules for pages, those of longer paths first where they are by section."""
    if isinstance(patterns, tuple):
        yield from patterns
        return
    by_section = dict(patterns.items())
    of_pages = by_section.pop("page", {})
    by_section |= of_pages if isinstance(of_pages, dict) else {"page": of_pages}
    for section in sorted(by_section, key=len, reverse=True):
        pattern = by_section[section]
        if isinstance(pattern, str):
            yield PermalinkRule(pattern=pattern, target=Target(path=_path_glob(section)))


def _link_of(url: str) -> str:
    """Return the address that Hugo writes a page with this `url` to: with a slash at its end, unless it has a dot."""
    link = "".join(f"/{part}" for part in url.split("/") if part)
    if link.endswith("/index.html"):
        return link.removesuffix("index.html")
    return f"{link}/" if url.endswith("/") or "." not in url else link


def _path_glob(section: str) -> str:
    """Return the glob of the paths of a section's pages; the root's are those in no folder."""
    section = section.strip(" /")
    return f"/{{{section},{section}/**}}" if section else "/*"


def _title(title: str) -> str:
    """Return a title as patterns take it: a slash in it makes no folder."""
    return title.replace("/", "-").replace("\\", "-")


def _cleaned(path: str) -> str:
    """Return a path as Go's `path.Clean` leaves it: without `.`, `..`, double slashes and a slash at its end."""
    cleaned = posixpath.normpath(path)
    return f"/{cleaned.lstrip('/')}" if cleaned.startswith("/") else cleaned
