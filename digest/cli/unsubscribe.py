"""The command `unsubscribe`: the page on which readers leave, and the list of those who did."""

from collections.abc import Iterator, Sequence

import click

from digest.cli.terminal import Run, command
from digest.config import Config
from digest.problems import count, did_you_mean

DIGEST = click.option("--digest", "name", default="", metavar="NAME", help="The digest (default: every one).")


@click.group()
def unsubscribe() -> None:
    """Serve the page on which readers leave.

    Also says who left, and makes links.

    \b
    Examples:
      digest unsubscribe serve
    """


@unsubscribe.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; a proxy stands before.")
@click.option("--port", type=click.IntRange(0, 65_535), metavar="N", default=8471, show_default=True, help="The port.")
@command
def serve(run: Run, *, host: str, port: int) -> None:
    """Serve the unsubscribe page until interrupted.

    DIGEST_SECRET holds the secret behind the links. Nobody is unsubscribed by opening a link; the page has a button,
    and takes the one-click posts of mail clients (RFC 8058).

    \b
    Examples:
      digest unsubscribe serve
      digest unsubscribe serve --port 8080
    """
    from digest.unsubscribe import serve

    serve(run.config(), host=host, port=port, say=run.say)


@unsubscribe.command()
@click.argument("address")
@DIGEST
@command
def link(run: Run, *, address: str, name: str) -> None:
    """Print the unsubscribe link of ADDRESS, for support and for tests.

    \b
    Examples:
      digest unsubscribe link ann@example.org --digest weekly
    """
    from digest.unsubscribe import link, page_of, read_secrets

    config = run.config()
    secret = read_secrets()[0]
    for digest in _named(config, name):
        page = page_of(config.digests[digest].unsubscribe)
        if not page:
            raise click.UsageError(f"digests.{digest} has no web address in `unsubscribe`")
        made = link(page, secret, digest, address)
        run.give({"digest": digest, "link": made}, made)


@unsubscribe.command()
@click.argument("readers", nargs=-1, required=True)
@DIGEST
@command
def add(run: Run, *, readers: Sequence[str], name: str) -> None:
    """Unsubscribe READERS: addresses of people who wrote, or tokens that a page of your own has collected.

    \b
    Examples:
      digest unsubscribe add ann@example.org
    """
    from digest.unsubscribe import suppress, suppressed_path

    config = run.config()
    path = suppressed_path(config.root)
    added = 0
    for digest in _named(config, name):
        ids = list(_ids(digest, readers))
        suppress(path, digest, ids, "added")
        added += len(ids)
    if not added:
        raise click.UsageError("no address or token of these digests is among them")
    run.give({"added": added})
    run.say(f"{count(len(readers), 'reader')} will get no more of {', '.join(_named(config, name))}")


@unsubscribe.command()
@click.argument("addresses", nargs=-1, required=True)
@DIGEST
@command
def undo(run: Run, *, addresses: Sequence[str], name: str) -> None:
    """Take ADDRESSES off the list: people who asked to get the e-mails again.

    Bounces of their mailboxes are forgotten too.

    \b
    Examples:
      digest unsubscribe undo ann@example.org --digest weekly
    """
    from digest.senders.smtp import forgive_bounces_of
    from digest.unsubscribe import admit, read_secrets, reader_id, suppressed_path

    config = run.config()
    path = suppressed_path(config.root)
    removed = 0
    for digest in _named(config, name):
        ids = [reader_id(secret, digest, address) for secret in read_secrets() for address in addresses]
        removed += admit(path, digest, ids)
    removed += forgive_bounces_of(config, addresses)
    run.give({"removed": removed})
    run.say(f"{removed:,} removed")


@unsubscribe.command(name="count")
@command
def count_command(run: Run) -> None:
    """Print how many readers have left each digest, and why.

    \b
    Examples:
      digest unsubscribe count
    """
    from digest.unsubscribe import count_suppressed, suppressed_path

    found = count_suppressed(suppressed_path(run.config().root))
    rows = [{"digest": digest, "reason": reason, "readers": number} for (digest, reason), number in found.items()]
    run.give(rows, "\n".join(f"{row['digest']}\t{row['reason']}\t{row['readers']}" for row in rows))


def _ids(digest: str, readers: Sequence[str]) -> Iterator[str]:
    """Yield the ids of readers of a digest; a token of another digest is passed over."""
    from digest.unsubscribe import read_secrets, reader_id, reader_of

    secrets = read_secrets()
    for reader in readers:
        if "@" in reader:
            yield reader_id(secrets[0], digest, reader)
        elif found := reader_of(reader, digest, secrets):
            yield found


def _named(config: Config, name: str) -> list[str]:
    """Return the digest called `name`, every one when it is empty. Raises `UsageError`."""
    if not name:
        return list(config.digests)
    if name not in config.digests:
        known = did_you_mean(name, config.digests) or "known: " + ", ".join(config.digests)
        raise click.UsageError(f'there is no digest "{name}"; {known}')
    return [name]
