"""Reading `digest.toml` into `config`'s structs, and what holds when there is none.

Unknown keys, wrong types and values that can not work are all reported at once, each with its line and a remedy.
"""

import os
import re
import tomllib
import zoneinfo
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from digest.config import schedule
from digest.config.schema import LANGUAGE, Config, Digest, File, Name, Site
from digest.patterns import pattern
from digest.problems import ConfigError, DigestError, Problem, did_you_mean

FILE_NAME = "digest.toml"
CONTENT_FOLDERS = (
    "content",
    "_posts",
    "posts",
    "src/content",
    "src/posts",
    "source/_posts",
    "blog/posts",
    "blog",
    "docs/blog",
    "articles",
)
_OTHER_NAMES = {"service": "provider"}  # what else a key is called, by others or in the past
PERMALINK_KEYS = ("folder", "year", "month", "day", "slug", "language")
_PLAIN_ADDRESS = pattern(r"[\w .&'+-]*<([\w.+-]+@[\w.-]+)>|[\w.+-]+@[\w.-]+")  # most; the rest is for `email`
_COLOUR = pattern(r"#[0-9a-fA-F]{6}")
_TABLE = pattern(r"\s*(\[\[?)([^\[\]]+)\]\]?\s*(#.*)?$")
_KEY = pattern(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = pattern(r"""[\w-]+|"[^"]*"|'[^']*'""")
_TOML_PLACE = pattern(r"(.*) \(at line (\d+), column (\d+)\)", re.DOTALL)

Place = tuple[str, ...]  # of a key: its tables and itself
Fault = tuple[Place, str, str, str]  # where, code, message, hint


def load(folder: Path, file: Path | None = None) -> Config:
    """Return the configuration in force in `folder`.

    Reads `file`, else what `find` finds; without a file, takes defaults that fit the folder. Raises `ConfigError` when
    the file cannot be read, or with every problem in it.
    """
    found = file or find(folder)
    if found is None:
        return parse("", folder.resolve(), None)
    return parse(_read(found), found.parent.resolve(), found)


def find(folder: Path) -> Path | None:
    """Return the absolute path of the nearest `digest.toml` in `folder` or above it; None when there is none.

    In a folder reached through a symbolic link, the folders that lead to the link come first, as in the shell's prompt,
    then those that lead to its target. Whatever has the name is found, also what cannot be read. Raises `DigestError`
    when the current folder was deleted.
    """
    shown = folder if folder.is_absolute() else _current_folder() / folder
    real = Path(os.path.realpath(shown))
    # Without the link, `link/..` would name another folder than the system goes to.
    starts = [real] if ".." in shown.parts else [shown, real]
    for start in starts:
        for place in (start, *start.parents):
            file = place / FILE_NAME
            if os.path.lexists(file):
                return file
    return None


def _current_folder() -> Path:
    """Return the current folder as the shell names it, through symbolic links; else as the system does."""
    try:
        real = Path.cwd()
    except FileNotFoundError as error:
        raise DigestError("the current folder was deleted; change to another one") from error
    shown = Path(os.environ.get("PWD", ""))
    # As POSIX has it for `pwd -L`: PWD counts only while it names the current folder.
    if shown.is_absolute() and Path(os.path.realpath(shown)) == real:
        return shown
    return real


def _read(file: Path) -> str:
    """Return the text of a configuration file. Raises `ConfigError`."""
    if file.is_dir():
        raise ConfigError(f"{file}: this is a folder, not a configuration file; rename it")
    if file.exists() and not file.is_file():  # such as a pipe, which would be waited for
        raise ConfigError(f"{file}: this is not a regular file")
    if file.is_symlink() and not file.exists():
        raise ConfigError(f"{file}: this link leads to no file")
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        problem = Problem(file.name, 1, 0, "not-utf-8", f"byte {error.start} is not UTF-8", "save the file as UTF-8")
        raise ConfigError(str(problem), [problem]) from error


def parse(text: str, root: Path, file: Path | None = None) -> Config:
    """Return the configuration that `text` (TOML) describes for the folder `root`.

    Raises `ConfigError` with every unknown key, wrong type and impossible value, each with its line.
    """
    name = file.name if file else FILE_NAME
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = _syntax_problem(name, text, str(error))
        raise ConfigError(str(problem), [problem]) from error
    faults = list(_faults(table, File, ()))
    if not faults:
        read = msgspec.convert(table, File)
        faults = list(_impossible(read)) or list(_overlaps(read.site, root, table.get("site", {})))
    if faults:
        places = _places(text)
        problems = [_problem(name, places, *fault) for fault in faults]
        raise ConfigError("\n".join(map(str, problems)), problems)
    return _assume(read, root, file)


def schema() -> bytes:
    """Return the JSON Schema of `digest.toml` as UTF-8 JSON."""
    document = msgspec.json.schema(File)
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    document["title"] = FILE_NAME
    return msgspec.json.format(msgspec.json.encode(document), indent=2)


def _syntax_problem(name: str, text: str, message: str) -> Problem:
    """Return what tomllib says of a text as a problem at its line, which is the last where it says "end of document".

    TOML 1.0 knows LF and CRLF as line ends; tomllib stops at the first CR that stands alone, so its lines are right.
    """
    place = _TOML_PLACE.fullmatch(message)
    if place is None:
        last = text.rstrip(" \t\r\n").count("\n") + 1
        return Problem(name, last, 0, "toml", message.removesuffix(" (at end of document)"))
    line, column = int(place[2]), int(place[3])
    lines = text.replace("\r\n", "\n").split("\n")
    at_cr = lines[line - 1][column - 1 : column] == "\r"
    hint = "end lines in LF or CRLF, not in CR alone" if at_cr else ""
    return Problem(name, line, column, "toml", place[1], hint)


def _problem(
    name: str, places: dict[Place, tuple[int, int]], path: Place, code: str, message: str, hint: str
) -> Problem:
    """A problem at the line of the key `path`, or of the nearest table above it that the file names."""
    line, column = next((places[path[:n]] for n in range(len(path), 0, -1) if path[:n] in places), (0, 0))
    where = ".".join(path)
    return Problem(name, line, column, code, f"{where}: {message}" if where else message, hint)


def _places(text: str) -> dict[Place, tuple[int, int]]:
    """Return line and column of every key and table of a TOML text that parsed; array tables count from 0."""
    places: dict[Place, tuple[int, int]] = {}
    arrays: dict[Place, int] = {}
    table: Place = ()
    quoted = ""  # the delimiter of the multi-line string that the line stands in
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if quoted:
            quoted = "" if quoted in line else quoted
            continue
        if header := _TABLE.match(line):
            table = _numbered(tuple(part.strip("\"'") for part in _PART.findall(header[2])), arrays)
            if header[1] == "[[":
                arrays[table] = arrays.get(table, -1) + 1
                table = (*table, str(arrays[table]))
            places.setdefault(table, (number, line.index("[") + 1))
        elif key := _KEY.match(line):
            path = (*table, *(part.strip("\"'") for part in _PART.findall(key[1])))
            for end in range(len(table) + 1, len(path) + 1):
                places.setdefault(path[:end], (number, key.start(1) + 1))
            quoted = next((mark for mark in ('"""', "'''") if line.count(mark) == 1), "")
    return places


def _numbered(path: Place, arrays: dict[Place, int]) -> Place:
    """A header's path with the number of the array element that each part of it stands in."""
    full: Place = ()
    for part in path[:-1]:
        full = (*full, part)
        if full in arrays:
            full = (*full, str(arrays[full]))
    return (*full, *path[-1:])


def _faults(value: object, expected: Any, path: Place) -> Iterator[Fault]:
    """Yield every key of `value` that is not known or missing, and every value that has the wrong type."""
    origin = get_origin(expected)
    if isinstance(expected, type) and issubclass(expected, Struct) and isinstance(value, dict):
        fields = {field.encode_name: field for field in msgspec.structs.fields(expected)}
        for key, inner in value.items():
            if key in fields:
                yield from _faults(inner, fields[key].type, (*path, key))
            else:
                hint = _nearest(key, fields) or "known: " + ", ".join(sorted(fields))
                yield (*path, key), "unknown-key", "there is no such key", hint
        for key, field in fields.items():
            if field.required and key not in value:
                yield path, "missing-key", f"{key} is missing", f'add {key} = "…"'
    elif origin is dict and isinstance(value, dict):
        for key, inner in value.items():
            if _misfit(key, Name):
                yield (*path, key), "name", "this is no name", "write small letters, digits and hyphens"
            yield from _faults(inner, get_args(expected)[1], (*path, key))
    elif origin is tuple and isinstance(value, list) and isinstance(get_args(expected)[0], type):
        for number, inner in enumerate(value):
            yield from _faults(inner, get_args(expected)[0], (*path, str(number)))
    else:
        message = _misfit(value, expected)
        if message:
            yield path, "wrong-type", message, ""


def _nearest(key: str, known: Collection[str]) -> str:
    """Return `did you mean "x"?` for a key under another name or misspelt, or an empty string when none is near."""
    ours = _OTHER_NAMES.get(key, "")
    return f'did you mean "{ours}"?' if ours in known else did_you_mean(key, known)


def _misfit(value: object, expected: Any) -> str:
    try:
        msgspec.convert(value, expected)
    except msgspec.ValidationError as error:
        return str(error).partition(" - at `$")[0]
    return ""


def _impossible(file: File) -> Iterator[Fault]:
    """Yield every value that has the right type and can not work."""
    site = file.site
    if not _is_url(site.url):
        yield ("site", "url"), "url", f'"{site.url}" is not an http(s) address', 'write "https://example.org/"'
    for key in ("icon", "logo"):
        value = getattr(site, key)
        if value and not value.startswith("/") and not _is_url(value):
            yield (
                ("site", key),
                "url",
                f'"{value}" is no address',
                'write "https://…" or a path from the root, "/icon.png"',
            )
    for key in ("content", "output", "templates", "static", "notes", "ledger"):
        value = getattr(site, key)
        if (
            value.startswith(("/", "\\"))
            or ".." in Path(value).parts
            or (key in {"output", "ledger"} and value in {"", "."})
        ):
            yield ("site", key), "folder", f'"{value}" is not a folder below this one', f'write a name such as "{key}"'
    for wrong in (
        *_placeholders(site.permalink),
        *([] if site.permalink.startswith("/") else ["it does not start with /"]),
    ):
        known = ", ".join(f"{{{k}}}" for k in PERMALINK_KEYS)
        yield ("site", "permalink"), "permalink", wrong, f"known: {known}"
    if "{slug}" not in site.permalink:
        yield ("site", "permalink"), "permalink", "every post would have the same address", "add {slug}"
    yield from _zone(("site", "timezone"), site.timezone)
    yield from _language(("site", "language"), site.language)
    if file.feeds.hub and not _is_url(file.feeds.hub):
        yield ("feeds", "hub"), "url", f'"{file.feeds.hub}" is not an http(s) address', "write the hub's URL"
    for name, feed in file.feeds.extra.items():
        yield from _language(("feeds", "extra", name, "language"), feed.language)
    for name, digest in file.digests.items():
        yield from _impossible_digest(("digests", name), digest)
    for key in msgspec.structs.asdict(file.theme):
        value = getattr(file.theme, key)
        if isinstance(value, str) and key != "font" and not _COLOUR.fullmatch(value):
            yield ("theme", key), "colour", f'"{value}" is not a colour', 'write "#rrggbb"'


def _overlaps(site: Site, root: Path, written: Mapping[str, object]) -> Iterator[Fault]:
    """Yield each of the site's folders that cannot be where it is because of the output.

    `written` are the keys of `[site]` that the file has.
    """
    faults = {"content": _posts_and_output(site, root)}
    output = os.path.realpath(root / site.output)
    for key in ("ledger", "notes", "templates"):
        folder = getattr(site, key)
        if folder and os.path.realpath(root / folder) == output:
            faults[key] = f'"{folder}" is both the output and the folder of {key}'
    for key, message in faults.items():
        if message:
            blamed = key if key in written and "output" not in written else "output"
            yield ("site", blamed), "folder", message, 'the output needs a folder of its own, such as "public"'


def _posts_and_output(site: Site, root: Path) -> str:
    """Return what is wrong when one of the posts' folder and the output is the other or inside it; empty when none is.

    Folders are compared as they stand on the disk, symbolic links followed. The output may be inside the site's own
    folder where that is the posts' folder too.
    """
    content = site.content or _found_content(root)
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


def _address(value: str) -> str:
    """The address in `Name <address>`, or what stands there alone."""
    if found := _PLAIN_ADDRESS.fullmatch(value):
        return found[1] or value
    from email.utils import parseaddr

    return parseaddr(value)[1]


def _impossible_digest(path: Place, digest: Digest) -> Iterator[Fault]:
    try:
        schedule.parse(digest.every, digest.at, digest.timezone or "UTC")
    except ValueError as error:
        key = "every" if str(error).startswith("every") else "at"
        yield (*path, key), "schedule", str(error), 'such as every = "week", at = "monday 08:00"'
    yield from _zone((*path, "timezone"), digest.timezone or "UTC")
    yield from _language((*path, "language"), digest.language)
    for key in ("sender", "reply_to", "to"):
        value = getattr(digest, key)
        if not value:
            continue
        address = _address(value)
        if "@" not in address or re.search(r"[\s<>]", address) or re.search(r"[\r\n]", value):
            yield (*path, key), "address", f'"{value}" is not an e-mail address', 'write "Name <name@example.org>"'
    for url in digest.unsubscribe.replace(",", " ").split():
        if not re.fullmatch(r"mailto:[^\s@]+@[^\s@]+", url) and not _is_url(url):
            yield (*path, "unsubscribe"), "url", f'"{url}" is no address', 'write "https://…", "mailto:…" or both'


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"[\s\\<>\"]", text)


def _placeholders(pattern: str) -> Iterator[str]:
    for word in re.findall(r"\{([^{}]*)\}", pattern):
        if word not in PERMALINK_KEYS:
            yield f"{{{word}}} means nothing here" + (
                f", {hint}" if (hint := did_you_mean(word, PERMALINK_KEYS)) else ""
            )
    for word in re.findall(r":([a-z]+)", pattern):
        yield f":{word} is not replaced; write {{{word}}}"


def _zone(path: Place, name: str) -> Iterator[Fault]:
    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not there, or no name at all
        hint = did_you_mean(name, zoneinfo.available_timezones())
        yield path, "timezone", f'"{name}" is not a time zone', hint or 'write an IANA name such as "Asia/Shanghai"'


def _language(path: Place, code: str) -> Iterator[Fault]:
    if code and not LANGUAGE.fullmatch(code):
        yield path, "language", f'"{code}" is not a language code', 'write one such as "en" or "zh-CN" (BCP 47)'


def _found_content(root: Path) -> str:
    """Return the folder of the posts where `site.content` names none, relative to the site's."""
    return next((name for name in CONTENT_FOLDERS if (root / name).is_dir()), ".")


def _assume(file: File, root: Path, path: Path | None) -> Config:
    """The configuration with its gaps filled from the folder, and a sentence for each thing that was assumed."""
    site, assumed = file.site, []
    if not site.content:
        found = _found_content(root)
        site = msgspec.structs.replace(site, content=found)
        if path is None or found != "content":
            assumed.append(f"posts are in {found}/" if found != "." else "posts are in this folder")
    if not site.title:
        site = msgspec.structs.replace(site, title=root.name.replace("-", " ").replace("_", " ").title() or "Posts")
        assumed.append(f'the site is called "{site.title}"')
    if site.url == Site().url:
        assumed.append(f"the site's address is {site.url}")
    if path is None:
        assumed.append(f"dates without a zone are in {site.timezone}")
    site = msgspec.structs.replace(site, url=site.url.rstrip("/") + "/")
    digests = file.digests
    if path is None:
        digests = {"weekly": Digest(title=site.title)}
        assumed.append("there is one digest, weekly, on Mondays at 08:00")
    return Config(root, path, site, file.posts, file.feeds, digests, file.theme, tuple(assumed))
