"""`digest preview`: an edition and the feeds in the browser, always as the files say now.

Serves the application on the loopback interface while the site's files are watched. Nothing is written to disk.
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
from digest.problems import DigestError

HOST = "127.0.0.1"
PORT = 8470  # unassigned at IANA
SETTLED = 0.5  # seconds after which new watchers see everything


def serve(
    load: Callable[[], Config],
    make: Callable[[Config], Site],
    *,
    say: Callable[[str], None],
    key: str = "",
    port: int | None = None,
    open_browser: bool = True,
) -> None:
    """Show the site until interrupted, building it with `make` of what `load` reads; `key` names the edition to open.

    Raises `DigestError` when the configuration is wrong at the start or `port` is taken.
    """
    config = load()
    live = Live(lambda: make(load()))
    listener = listen(port, say)
    query = f"?edition={quote(key)}" if key else ""
    address = f"http://{HOST}:{listener.getsockname()[1]}/{query}"
    say(f"preview: {address} (Ctrl+C ends it)")

    async def run() -> None:
        watching = asyncio.create_task(watch_if_allowed(live, load, config, say))
        if open_browser:
            # The socket listens already, so the browser waits for its answer. One in the terminal returns when closed.
            asyncio.get_running_loop().run_in_executor(None, open_page, address, say)
        try:
            await answer(live, listener)
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    with listener, suppress(KeyboardInterrupt):  # uvicorn stops in good order and then raises the signal again
        asyncio.run(run())


def listen(port: int | None, say: Callable[[str], None]) -> socket.socket:
    """Return a listening loopback socket: on `port`, else on the usual one, else, when that is taken, on a free one.

    Raises `DigestError` when a `port` that was asked for is taken.
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
            live.close()  # an open event stream would be waited for
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
    """Tell `live` of every change to the configuration, posts, templates, notes, pictures and ledgers; never returns.

    The site's own folder is watched without what is below, so that a `digest.toml` replaced by an editor and a folder
    that is new are seen, and what else stands beside the posts (`node_modules`) costs nothing. Raises an exception
    group of `OSError` where the system does not allow it, such as beyond its limit of watched folders.
    """
    from watchfiles import awatch

    while True:
        folders, stop = folders_of(config), asyncio.Event()
        names = {(config.file or Path("digest.toml")).name, *(Path(name).parts[0] for name in named(config))}

        def at_top(_: object, path: str, names: set[str] = names) -> bool:
            return Path(path).name in names

        async with asyncio.TaskGroup() as group:
            group.create_task(watch_below(live, folders, config, stop))
            async for _ in awatch(config.root, watch_filter=at_top, recursive=False, stop_event=stop):
                with suppress(DigestError):  # the page shows it; the old folders are watched until it is put right
                    config = load()
                live.changed()
                if folders_of(config) != folders:
                    stop.set()
        asyncio.get_running_loop().call_later(SETTLED, live.changed)  # for what happened between the watchers


async def watch_below(live: Live, folders: tuple[Path, ...], config: Config, stop: asyncio.Event) -> None:
    """Tell `live` of every change in `folders` but to editors' temporary files and what this program itself writes."""
    from watchfiles import DefaultFilter, awatch

    if not folders:
        return
    ours = DefaultFilter(ignore_paths=[config.root / config.site.output, config.root / ".digest"])
    async for _ in awatch(*folders, watch_filter=ours, stop_event=stop):
        live.changed()


def named(config: Config) -> list[str]:
    """Return the names of the site's folders, those that are not the site itself."""
    site = config.site
    names = (site.content, site.templates, site.notes, site.static, site.ledger)
    return [name for name in names if Path(name).parts]


def folders_of(config: Config) -> tuple[Path, ...]:
    """Return the folders whose every file counts, those that are there."""
    folders = {(config.root / name).resolve() for name in named(config)}
    return tuple(sorted(folder for folder in folders if folder.is_dir()))
