"""The images of an e-mail as `digests.NAME.images` says: linked, copied beside the edition, or within the message."""

from collections.abc import Callable, Iterator, Mapping
from html import escape
from html.parser import HTMLParser
from pathlib import Path

from msgspec import Struct

from digest.collector.post import Post
from digest.config.schema import Config, ImagesMode
from digest.editions.edition import Edition
from digest.emails import images
from digest.emails.copies import Copy, ImageError, copy_of
from digest.emails.headers import host
from digest.emails.mime import InlinePart
from digest.problems import Problem

_DENSE = 2  # pixels of a copy for each that is shown
_MOST_NAMED = 5  # images that a warning names


class Sources(Struct, frozen=True):
    """Where the images of an edition are: in files, by their URL, or in folders, by the URL of the folder."""

    root: Path
    files: Mapping[str, Path]
    folders: Mapping[str, Path]
    posts: tuple[Post, ...]
    note: str  # path of the editor's note, empty without one

    def find(self, url: str) -> Path | None:
        """Return the file of the image at `url`; None when it is not one of the site's."""
        candidates = [self.files.get(url)]
        candidates += [images.below(url, base, folder) for base, folder in self.folders.items()]
        return next((file for file in candidates if file and _is_inside(file, self.root)), None)

    def place(self, url: str, file: Path) -> tuple[str, int]:
        """Return path and line of the post, or the note, that shows the image at `url`; of the image when none does."""
        for post in self.posts:
            if line := images.find_line(url, self.root / post.path, post.body_line):
                return post.path, line
        if self.note and (line := images.find_line(url, self.root / self.note, 1)):
            return self.note, line
        return file.relative_to(self.root).as_posix(), 0


class Mailed(Struct, frozen=True):
    """The two forms of an e-mail's HTML, for a file and for a message, with the images that belong to each."""

    html: str
    message: str
    files: dict[str, bytes]
    parts: tuple[InlinePart, ...]
    problems: tuple[Problem, ...]


class Plan(Struct, frozen=True, kw_only=True):
    """What to do with the images of an edition: `url` is that of its folder, `limit` the bytes that may be embedded.

    `url` is empty where no copies are published.
    """

    mode: ImagesMode
    url: str
    domain: str
    limit: int
    column: int  # pixels


class _Found(Struct, frozen=True):
    """An image in a page: its start tag as written, where that begins, its address and the pixels it is wide."""

    tag: str
    start: int
    url: str
    width: int


def mail_images(html: str, edition: Edition, config: Config, url: str, *, publishes: bool = True) -> Mailed:
    """Return the HTML of an e-mail with the site's own images as copies. Images of other sites stay links.

    `url` is the address of the edition's folder. Without `publishes` nothing is written there, as for the letter of a
    single reader: an image is a copy within the message, or stays a link.
    """
    digest = config.digests[edition.digest]
    if digest.images == "link" or (digest.images == "resize" and not publishes):
        return Mailed(html=html, message=html, files={}, parts=(), problems=())
    sources = _sources(edition, config)
    plan = Plan(
        mode=digest.images,
        url=url if publishes else "",
        domain=host(config.site),
        limit=digest.max_embedded_bytes,
        column=config.theme.width,
    )
    return _mailed(html, plan, sources)


def _sources(edition: Edition, config: Config) -> Sources:
    """Return where the images of the site are: those beside a post, and the static ones."""
    root = config.root
    beside = {post.url: (root / post.path).parent for post in edition.posts}
    return Sources(
        root=root,
        files={post.image.url: root / post.image.file for post in edition.posts if post.image and post.image.file},
        folders={**beside, config.site.url: root / config.site.static},
        posts=edition.posts,
        note=edition.note.path if edition.note else "",
    )


def _mailed(html: str, plan: Plan, sources: Sources) -> Mailed:
    found = list(_images(html))
    copies, problems = _copies(found, plan, sources)
    linked = {key: f"{plan.url}{copy.name}" for key, copy in copies.items() if plan.url}
    page = _with_sources(html, found, lambda image: linked.get(_key(image), image.url))
    files = {copy.name: copy.content for copy in copies.values()}
    if plan.mode == "resize":
        return Mailed(html=page, message=page, files=files, parts=(), problems=tuple(problems))
    parts, left_out = _embedded(copies, plan)
    within = {key: f"cid:{parts[copy.name].id}" for key, copy in copies.items() if copy.name in parts}
    message = _with_sources(html, found, lambda image: within.get(_key(image)) or linked.get(_key(image), image.url))
    problems += _too_many(left_out, plan, sources)
    return Mailed(
        html=page,
        message=message,
        files=files,
        parts=tuple(parts.values()),
        problems=tuple(problems),
    )


def _key(image: _Found) -> tuple[str, int]:
    return image.url, image.width


def _copies(found: list[_Found], plan: Plan, sources: Sources) -> tuple[dict[tuple[str, int], Copy], list[Problem]]:
    """Return a copy of each local image by its address and width, and the problems of those that cannot be copied."""
    copies: dict[tuple[str, int], Copy] = {}
    problems: dict[str, Problem] = {}
    for image in found:
        file = sources.find(image.url)
        if file is None or _key(image) in copies or image.url in problems:
            continue
        try:
            copies[_key(image)] = copy_of(file, _DENSE * (image.width or plan.column))
        except ImageError as error:
            path, line = sources.place(image.url, file)
            message = f"{file.name} stays a link in the e-mail: {error}"
            hint = "save it again as JPEG or PNG"
            problems[image.url] = Problem(path, line, 0, "email-image-copy", message, hint, "warning")
    return copies, list(problems.values())


def _embedded(
    copies: Mapping[tuple[str, int], Copy], plan: Plan
) -> tuple[dict[str, InlinePart], list[tuple[str, Copy]]]:
    """Return the parts that a message holds, by name, and the addresses and copies that are too much for it."""
    parts: dict[str, InlinePart] = {}
    left_out: list[tuple[str, Copy]] = []
    room = plan.limit
    for (url, _), copy in copies.items():
        if copy.name in parts:
            continue
        if len(copy.content) > room:
            left_out.append((url, copy))
            continue
        room -= len(copy.content)
        name = Path(copy.name)
        parts[copy.name] = InlinePart(f"{name.stem}@{plan.domain}", name.name, copy.type, copy.content)
    return parts, left_out


def _too_many(left_out: list[tuple[str, Copy]], plan: Plan, sources: Sources) -> Iterator[Problem]:
    """Yield a warning for each image that is linked because the message would be too long with it."""
    for url, copy in left_out:
        file = sources.find(url)
        if file is None:
            continue
        path, line = sources.place(url, file)
        size = len(copy.content)
        message = f"{file.name} stays a link: with its {size:,} bytes, more than {plan.limit:,} would be embedded"
        yield Problem(path, line, 0, "email-image-linked", message, "max_embedded_bytes, or a smaller image", "warning")


def _is_inside(file: Path, root: Path) -> bool:
    try:
        resolved = file.resolve()
        return resolved.is_relative_to(root.resolve()) and resolved.is_file()
    except (OSError, ValueError):  # a name that is too long, or has a null byte
        return False


def _with_sources(html: str, found: list[_Found], new: Callable[[_Found], str]) -> str:
    """Return a page with the address of each image that was `found` in it replaced."""
    pieces: list[str] = []
    done = 0
    for image in found:
        pieces += [html[done : image.start], _with_source(image.tag, new(image))]
        done = image.start + len(image.tag)
    return "".join([*pieces, html[done:]])


def _with_source(tag: str, url: str) -> str:
    before, _, rest = tag.partition(' src="')
    after = rest.partition('"')[2]
    return f'{before} src="{escape(url)}"{after}'


def _images(html: str) -> Iterator[_Found]:
    parser = _Images(html)
    parser.feed(html)
    parser.close()
    yield from parser.found


class _Images(HTMLParser):
    """Finds the images of a page that lxml has written: every attribute has a value in double quotes."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[_Found] = []
        self._html = html
        self._seen = 0  # of the page, so that a tag is not taken for an equal one in a comment before it

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        written = self.get_starttag_text() or ""
        start = self._html.index(written, self._seen)
        self._seen = start + len(written)
        values = dict(attrs)
        if tag == "img" and ' src="' in written:
            width = values.get("width") or ""
            self.found.append(_Found(written, start, values.get("src") or "", int(width) if width.isdecimal() else 0))

    def handle_comment(self, data: str) -> None:
        self._seen = self._html.index(data, self._seen) + len(data)
