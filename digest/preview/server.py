"""`digest preview`: an edition and the feeds in the browser, reloaded when a file changes.

Serves the application on the loopback interface and watches the site's files.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from digest.config.schema import Config
from digest.preview.app import Live, application
from digest.preview.site import Site
from digest.problems import DigestError, require

HOST = "127.0.0.1"
PORT = 8470  # unassigned at IANA
SETTLED = 0.5  # seconds until new watchers report every change


def require_packages() -> None:
    """Raise `MissingPackageError` when a package of the extra `preview` is missing."""
    for package in ("starlette", "uvicorn", "watchfiles"):
        require(package, "preview", "digest preview")


def serve(
    load: Callable[[], Config],
    make: Callable[[Config], Site],
    *,
    say: Callable[[str], None],
    key: str = "",
    port: int | None = None,
    open_browser: bool = True,
) -> None:
    """Show the site until interrupted; `load` reads the configuration, `make` builds it; `key` is the edition to open.

    Raises `DigestError` when the configuration is wrong at the start or `port` is taken.
    """
    require_packages()
    config = load()
    live = Live(lambda: make(load()))
    listener = listen(port, say)
    query = f"?edition={quote(key)}" if key else ""
    address = f"http://{HOST}:{listener.getsockname()[1]}/{query}"
    say(f"preview: {address} (Ctrl+C ends it)")

    async def run() -> None:
        watching = asyncio.create_task(watch_if_allowed(live, load, config, say))
        if open_browser:
            # The socket listens already, so the browser waits for the answer. A terminal browser blocks until closed.
            asyncio.get_running_loop().run_in_executor(None, open_page, address, say)
        try:
            await answer(live, listener)
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    with listener, suppress(KeyboardInterrupt):  # uvicorn shuts down gracefully, then raises the signal again
        asyncio.run(run())


def listen(port: int | None, say: Callable[[str], None]) -> socket.socket:
    """Return a listening loopback socket on `port`; by default on `PORT`, or on a free port when that is taken.

    Raises `DigestError` when the given `port` is taken.
    """
    try:
        return socket.create_server((HOST, PORT if port is None else port))
    except OSError as error:
        if port is not None:
            raise DigestError(f"port {port} cannot be used: {error.strerror or error}") from error
    made = socket.create_server((HOST, 0))
    say(f"port {PORT} is taken; using {made.getsockname()[1]}")
    return made


async def answer(live: Live, listener: socket.socket) -> None:
    """Answer requests until interrupted."""
    import uvicorn

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            live.close()  # otherwise the server waits for open event streams
            await super().shutdown(sockets)

    options = uvicorn.Config(
        application(live),
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    await Server(options).serve(sockets=[listener])


async def watch_if_allowed(live: Live, load: Callable[[], Config], config: Config, say: Callable[[str], None]) -> None:
    """Watch the site's files, and say so when the system does not allow it."""
    try:
        await watch(live, load, config)
    except* OSError as errors:
        say(f"changes are not noticed, reload the page yourself: {errors.exceptions[0]}")


def open_page(address: str, say: Callable[[str], None]) -> None:
    """Open the page in the browser."""
    import webbrowser

    if not webbrowser.open(address):
        say("no browser could be opened; open the address above")


async def watch(live: Live, load: Callable[[], Config], config: Config) -> None:
    """Notify `live` of every change to the configuration, posts, templates, notes, images and ledgers; never returns.

    The site's folder itself is watched non-recursively: this notices a `digest.toml` replaced by an editor and new
    folders, and ignores other folders such as `node_modules`. Raises an exception group of `OSError` when the system
    does not allow it, such as beyond its limit of watched folders.
    """
    from watchfiles import awatch

    while True:
        folders, stop = watched_folders(config), asyncio.Event()
        names = {(config.file or Path("digest.toml")).name, *(Path(name).parts[0] for name in folder_names(config))}

        def at_top(_: object, path: str, names: set[str] = names) -> bool:
            return Path(path).name in names

        async with asyncio.TaskGroup() as group:
            group.create_task(watch_below(live, folders, config, stop))
            async for _ in awatch(config.root, watch_filter=at_top, recursive=False, stop_event=stop):
                with suppress(DigestError):  # the page shows it; watch the old folders until it is fixed
                    config = load()
                live.changed()
                if watched_folders(config) != folders:
                    stop.set()
        asyncio.get_running_loop().call_later(SETTLED, live.changed)  # for changes while no watcher was active


async def watch_below(live: Live, folders: tuple[Path, ...], config: Config, stop: asyncio.Event) -> None:
    """Notify `live` of every change in `folders`, except editors' temporary files and this program's own output."""
    from watchfiles import DefaultFilter, awatch

    if not folders:
        return
    relevant = DefaultFilter(ignore_paths=[config.root / config.site.output, config.root / ".digest"])
    async for _ in awatch(*folders, watch_filter=relevant, stop_event=stop):
        live.changed()


def folder_names(config: Config) -> list[str]:
    """Return the names of the site's folders, except those that are the site's root."""
    site = config.site
    names = (site.content, site.templates, site.notes, site.slots, site.static, site.ledger)
    return [name for name in names if Path(name).parts]


def watched_folders(config: Config) -> tuple[Path, ...]:
    """Return the existing folders to watch recursively."""
    folders = {(config.root / name).resolve() for name in folder_names(config)}
    return tuple(sorted(folder for folder in folders if folder.is_dir()))
