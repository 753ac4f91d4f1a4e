"""Where output is copied to: a folder of this machine, or one of the storages that fsspec knows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

from digest import files
from digest.archive.media_types import media_type
from digest.config import Config
from digest.problems import ConfigError, DigestError, MissingPackageError, WriteError, did_you_mean, require

PACKAGES = {"s3": "s3fs", "s3a": "s3fs"}  # of the extra, by scheme
TYPE_OPTIONS = {"s3": "ContentType", "s3a": "ContentType", "gs": "content_type", "gcs": "content_type"}
# What is read before it is sent, so that many small files go at once and large ones do not fill the memory.
MOST_FILES = 32
MOST_BYTES = 8_000_000


class Destination(Protocol):
    """A folder somewhere. Paths are relative to it, with forward slashes. Each method raises `WriteError`."""

    place: str  # its address, for messages

    def read(self, path: str) -> bytes | None:
        """Return the content of a file; None when it is missing."""
        ...

    def write(self, path: str, content: bytes) -> None:
        """Write a file."""
        ...

    def copy(self, source: Path, paths: Sequence[str]) -> None:
        """Copy the files `paths` of the folder `source`."""
        ...

    def remove(self, path: str) -> None:
        """Remove a file, if it is there."""
        ...


class LocalFolder:
    """A folder of this machine. Nothing is written outside it, even where it has symbolic links."""

    def __init__(self, folder: Path) -> None:
        self.place = str(folder)
        self._folder = folder

    def read(self, path: str) -> bytes | None:
        """Return the content of a file; None when it is missing."""
        try:
            return files.locate(self._folder, path).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise WriteError(f"{self.place}/{path}: cannot be read: {error.strerror or error}") from error

    def write(self, path: str, content: bytes) -> None:
        """Write a file."""
        with self._named():
            files.write(self._folder, path, content)

    def copy(self, source: Path, paths: Sequence[str]) -> None:
        """Copy the files `paths` of the folder `source`."""
        for path in paths:
            self.write(path, _content(source, path))

    def remove(self, path: str) -> None:
        """Remove a file, if it is there."""
        with self._named():
            files.remove(self._folder, path)

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Put the folder in front of a message, which has the path in it only."""
        try:
            yield
        except WriteError as error:
            raise WriteError(f"{self.place}: {error}") from error


class RemoteFolder:
    """A folder of a storage that fsspec reaches. `filesystem` is fsspec's, which has no types."""

    def __init__(self, place: str, filesystem: Any, folder: str) -> None:
        self.place = place
        self._filesystem = filesystem
        self._folder = folder.rstrip("/")
        self._type_option = TYPE_OPTIONS.get(place.partition("://")[0], "")

    def read(self, path: str) -> bytes | None:
        """Return the content of a file; None when it is missing."""
        with self._reported(path, "read"):
            try:
                content: bytes = self._filesystem.cat_file(self._path(path))
            except FileNotFoundError:
                return None
        return content

    def write(self, path: str, content: bytes) -> None:
        """Write a file."""
        self._write_all({path: content}, media_type(path))

    def copy(self, source: Path, paths: Sequence[str]) -> None:
        """Copy the files `paths` of the folder `source`."""
        for kind, group in groupby(sorted(paths, key=media_type), key=media_type):
            batch: dict[str, bytes] = {}
            for path in group:
                batch[path] = _content(source, path)
                if len(batch) == MOST_FILES or sum(map(len, batch.values())) >= MOST_BYTES:
                    self._write_all(batch, kind)
                    batch = {}
            self._write_all(batch, kind)

    def remove(self, path: str) -> None:
        """Remove a file, if it is there."""
        with self._reported(path, "removed"), suppress(FileNotFoundError):
            self._filesystem.rm_file(self._path(path))

    def _write_all(self, contents: dict[str, bytes], kind: str) -> None:
        """Write files of one media type, several at a time."""
        if not contents:
            return
        options = {self._type_option: kind} if self._type_option else {}
        with self._reported(min(contents), "written"):
            self._filesystem.pipe({self._path(path): content for path, content in contents.items()}, **options)

    def _path(self, path: str) -> str:
        return f"{self._folder}/{path}"

    @contextmanager
    def _reported(self, path: str, done: str) -> Iterator[None]:
        """Turn what the library of a storage raises into `WriteError`.

        Their classes have no base in common but `Exception`: s3fs raises `OSError`, and botocore's and aiohttp's own.
        """
        try:
            yield
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise WriteError(f"{self.place}/{path}: cannot be {done}: {reason}") from error


def require_destination(config: Config, address: str) -> None:
    """Raise what `open_destination` would raise, without opening a storage.

    fsspec starts a thread for one, and then the processes of a build could not be forked.
    """
    place = _place(config, address)
    if _is_local(place):
        open_destination(config, address)
    else:
        _require_storage(place)


def open_destination(config: Config, address: str) -> Destination:
    """Return the destination at an address, in which `{name}` stands for the name of the site's folder.

    Raises `ConfigError` for an address that cannot be one, `MissingPackageError` when it needs a package, and
    `WriteError` when it cannot be reached.
    """
    place = _place(config, address)
    if "://" not in place:
        return _local_folder(config, Path(place))
    _require_storage(place)
    filesystem, folder = _file_system(place)
    if _is_local(place):
        return _local_folder(config, Path(folder))
    return RemoteFolder(place, filesystem, folder)


def _place(config: Config, address: str) -> str:
    return address.replace("{name}", config.root.resolve().name)


def _is_local(place: str) -> bool:
    scheme, mark, _ = place.partition("://")
    return not mark or scheme in ("file", "local")


def _local_folder(config: Config, folder: Path) -> LocalFolder:
    output = config.root / config.site.output
    if folder.resolve().is_relative_to(output.resolve()):
        raise ConfigError(
            f"--copy-to {folder}: this is the output itself, or a folder in it; name one outside {output}"
        )
    return LocalFolder(folder)


def _refuse_url(url: str) -> None:
    """Raise `ConfigError` for an address without a bucket, with a password, or of a file system in another."""
    scheme, _, rest = url.partition("://")
    user, _, host = rest.partition("/")[0].rpartition("@")
    if scheme in TYPE_OPTIONS and not host:
        raise ConfigError(f"--copy-to {url}: the address has no bucket; write {scheme}://bucket/folder")
    if ":" in user:
        hint = "it is read from the environment, or from a file of the storage's own"
        raise ConfigError(f"--copy-to {scheme}://...: an address has no password; {hint}")
    if "::" in url:
        raise ConfigError(f'--copy-to {url}: "::" leads into a file system in another; write the address of one folder')


def _require_storage(url: str) -> None:
    """Raise `ConfigError` for a URL of no storage, and `MissingPackageError` when it needs a package."""
    _refuse_url(url)
    require("fsspec", "storage", f"--copy-to {url}")
    from fsspec import available_protocols, get_filesystem_class

    scheme = url.partition("://")[0]
    known = available_protocols()
    if scheme not in known:
        hint = did_you_mean(scheme, known) or f"known: {', '.join(f'{name}://' for name in sorted(known))}"
        raise ConfigError(f'--copy-to {url}: "{scheme}" is the scheme of no storage; {hint}')
    if scheme in PACKAGES:
        require(PACKAGES[scheme], "storage", f"--copy-to {url}")
    try:
        get_filesystem_class(scheme)
    except ImportError as error:
        raise MissingPackageError(f"--copy-to {url} needs another package: {error}") from error


def _file_system(url: str) -> tuple[Any, str]:
    """Return the file system of a URL, and the path of the folder in it."""
    from fsspec import url_to_fs

    try:
        filesystem, folder = url_to_fs(url)
    except OSError as error:  # of those that connect at once
        raise WriteError(f"--copy-to {url}: {error}") from error
    except Exception as error:  # of any class, as in `RemoteFolder`
        raise ConfigError(f"--copy-to {url}: {' '.join(str(error).split())}") from error
    return filesystem, folder


def _content(source: Path, path: str) -> bytes:
    """Return the content of a file that is to be copied. Raises `DigestError`."""
    try:
        return (source / path).read_bytes()
    except OSError as error:
        raise DigestError(f"{source / path}: cannot be read: {error.strerror or error}") from error
