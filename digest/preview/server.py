"""`digest preview`: an edition and the feeds in the browser, always as the files say now.

Serves `preview_app` on the loopback interface and watches the site's files for it. Nothing is written to disk.
"""

import asyncio
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from digest import templates as pages
from digest.config.schema import Config
from digest.preview.app import Live, application
from digest.preview.pages import Site
from digest.problems import DigestError

if TYPE_CHECKING:
    from watchfiles import DefaultFilter

__all__ = ["HOST", "PORT", "Site", "builder", "listen", "serve", "watch"]

HOST = "127.0.0.1"
PORT = 8470  # unassigned at IANA
SETTLED = 0.5  # seconds after which new watchers see everything


def listen(port: int | None, say: Callable[[str], None]) -> socket.socket:
    """Return a listening loopback socket: on `port`, else on the usual one, else, when that is taken, on a free one.

    Raises DigestError when a `port` that was asked for is taken.
    """
    try:
        return _bound(PORT if port is None else port)
    except OSError as error:
        if port is not None:
            raise DigestError(f"port {port} can not be used: {error.strerror or error}") from error
    made = _bound(0)
    say(f"port {PORT} is taken; using {made.getsockname()[1]}")
    return made


def _bound(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere the option lets two programs share a port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((HOST, port))
        made.listen(128)
    except BaseException:
        made.close()
        raise
    return made


def builder(load: Callable[[], Config], make: Callable[[Config], Site]) -> Callable[[], Site]:
    """Return what builds the site as its files say at the moment."""

    def build() -> Site:
        config = load()
        # Jinja looks whether a template that it has read changed, not whether a new one now stands before it.
        if (read := pages.environment(config).cache) is not None:
            read.clear()
        return make(config)

    return build


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

    Raises DigestError when the configuration is wrong at the start or `port` is taken.
    """
    config = load()
    live = Live(builder(load, make))
    listener = listen(port, say)
    address = f"http://{HOST}:{listener.getsockname()[1]}/" + (f"?edition={quote(key)}" if key else "")
    say(f"preview: {address} (Ctrl+C ends it)")

    def opened() -> None:
        if open_browser:
            import webbrowser

            if not webbrowser.open(address):
                say("no browser could be opened; open the address above")

    with suppress(KeyboardInterrupt):  # uvicorn stops in good order and then raises the signal again
        asyncio.run(_run(live, listener, load, config, opened, say))


async def _run(
    live: Live,
    listener: socket.socket,
    load: Callable[[], Config],
    config: Config,
    opened: Callable[[], None],
    say: Callable[[str], None],
) -> None:
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
    watching = asyncio.create_task(_watched(live, load, config, say))
    # The socket listens already, so the browser waits for its answer; one in the terminal returns when it is closed.
    asyncio.get_running_loop().run_in_executor(None, opened)
    try:
        await Server(options).serve(sockets=[listener])
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def _watched(live: Live, load: Callable[[], Config], config: Config, say: Callable[[str], None]) -> None:
    """Watch, and say so when the system does not allow it, such as beyond its limit of watched folders."""
    try:
        await watch(live, load, config)
    except* OSError as errors:
        say(f"changes are not noticed, reload the page yourself: {errors.exceptions[0]}")


async def watch(live: Live, load: Callable[[], Config], config: Config) -> None:
    """Tell `live` of every change to the configuration, posts, templates, notes, pictures and ledgers; never returns.

    The site's own folder is watched without what is below, so that a `digest.toml` replaced by an editor and a folder
    that is new are seen, and what else stands beside the posts (`node_modules`) costs nothing.
    """
    from watchfiles import awatch

    while True:
        folders, stop = _folders(config), asyncio.Event()
        names = {(config.file or Path("digest.toml")).name, *(Path(name).parts[0] for name in _named(config))}

        def ours(_: object, path: str, names: set[str] = names) -> bool:
            return Path(path).name in names

        async with asyncio.TaskGroup() as group:
            group.create_task(_below(live, folders, config, stop))
            async for _ in awatch(config.root, watch_filter=ours, recursive=False, stop_event=stop):
                with suppress(DigestError):  # the page shows it; the old folders are watched until it is put right
                    config = load()
                live.changed()
                if _folders(config) != folders:
                    stop.set()
        asyncio.get_running_loop().call_later(SETTLED, live.changed)  # for what happened between the watchers


async def _below(live: Live, folders: Sequence[Path], config: Config, stop: asyncio.Event) -> None:
    from watchfiles import awatch

    if folders:
        async for _ in awatch(*folders, watch_filter=_filter(config), stop_event=stop):
            live.changed()


def _named(config: Config) -> tuple[str, ...]:
    site = config.site
    folders = (site.content, site.templates, site.notes, site.static, site.ledger)
    return tuple(name for name in folders if Path(name).parts)


def _folders(config: Config) -> tuple[Path, ...]:
    """Return the folders whose every file counts, those that are there."""
    found = {folder for name in _named(config) if (folder := (config.root / name).resolve()).is_dir()}
    return tuple(sorted(found))


def _filter(config: Config) -> "DefaultFilter":
    """Return what leaves out editors' temporary files and what this program itself writes."""
    from watchfiles import DefaultFilter

    return DefaultFilter(ignore_paths=[config.root / config.site.output, config.root / ".digest"])
