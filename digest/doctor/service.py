"""Whether the service takes our key, and whether the mail server and the unsubscribe page can be reached."""

from collections.abc import Iterator

from digest.config import Config
from digest.doctor.dns import Lookup, LookupFailedError
from digest.doctor.finding import Finding, error, ok, unknown, warning
from digest.generators import copied_by
from digest.problems import ConfigError, DigestError
from digest.readers import UNSUBSCRIBE, make_token, page_address
from digest.senders import Handover, TryAgainError, UnansweredError, make_sender
from digest.senders.smtp import MailSender, ReadersSettings
from digest.unsubscribe import FOLDER, git_takes_in, link, page_of, read_secrets

_TIME = 20.0  # seconds
_NOBODY = "nobody@doctor.invalid"


def examine_service(config: Config, via: str, handover: Handover) -> Iterator[Finding]:
    """Yield whether the sender `via` can be reached and takes the key. Nothing is sent and nothing is changed."""
    sender, secrets = make_sender(config, via)
    try:
        yield from (error("edition", reason) for reason in sender.check(handover, None))
        if isinstance(sender, MailSender):
            yield ok("service", f"{via} takes mail: {sender.reachable()}")
        elif "find" in sender.can:
            found = sender.find(handover)
            yield ok("service", f"{via} answers and takes the key" + (f"; it has {found.id}" if found else ""))
        else:
            yield unknown("service", f"{via} cannot be asked without sending", "send a test with `digest send --test`")
    except (TryAgainError, UnansweredError) as failure:
        yield unknown("service", secrets.redact(str(failure)), "look again later, or at the address in digest.toml")
    except DigestError as failure:
        advice = "write what the message names" if isinstance(failure, ConfigError) else ""
        yield error("service", secrets.redact(str(failure)), advice)
    finally:
        sender.close()


def examine_readers(config: Config, via: str) -> Iterator[Finding]:
    """Yield whether the list of readers, with their addresses, stays with its owner."""
    settings = config.senders[via]
    if not isinstance(settings, ReadersSettings):
        return
    if not settings.readers:  # those of the site, whose database is never where it could be published
        return
    path = config.root / settings.readers
    advice = f"move it into a folder {FOLDER}, which git ignores, or write it into .gitignore"
    if path.resolve().is_relative_to((config.root / config.site.output).resolve()):
        yield error("readers", f"{settings.readers} lies in the output, and is published with its addresses", advice)
    elif generator := copied_by(config.root, path):
        message = f"{generator} copies {settings.readers} into its output, with its addresses"
        yield error("readers", message, f"add it to exclude in the settings of {generator}")
    elif path.exists() and git_takes_in(path):
        yield warning("readers", f"git takes {settings.readers} in, with the addresses of your readers", advice)


def examine_host(host: str, lookup: Lookup) -> Iterator[Finding]:
    """Yield whether a mail server's addresses have names that lead back to them, as receivers demand."""
    if not host:
        return
    try:
        addresses = lookup.addresses(host)
        if not addresses:
            yield error("mail server", f"DNS has no address for {host}", "correct host in digest.toml")
        for address in addresses:
            yield _reverse(address, lookup)
    except LookupFailedError as failure:
        yield unknown("reverse name", str(failure))


def _reverse(address: str, lookup: Lookup) -> Finding:
    names = lookup.names(address)
    confirmed = [name for name in names if address in lookup.addresses(name)]
    if confirmed:
        return ok("reverse name", f"{address} is {confirmed[0]}")
    advice = "have whoever gives you the address set its reverse name (PTR) to the name of the server"
    if names:
        return warning("reverse name", f"{address} is called {names[0]}, which does not lead back to it", advice)
    return warning("reverse name", f"{address} has no name; many servers refuse its mail", advice)


def examine_page(config: Config, digest: str) -> Iterator[Finding]:
    """Yield whether the page works on which readers leave. A link of nobody's is opened, which unsubscribes nobody."""
    page = page_address(config) or page_of(config.digests[digest].unsubscribe)
    if not page:
        return
    import httpx

    about = "unsubscribe page"
    try:
        own = _link_of_nobody(config, digest, page)
        shown = httpx.get(own, timeout=_TIME, follow_redirects=False)
        refused = httpx.post(own if config.readers.url else page, timeout=_TIME, follow_redirects=False)
    except ConfigError as failure:
        yield unknown(about, str(failure), "set DIGEST_SECRET as the page has it")
        return
    except httpx.HTTPError as failure:
        yield error(about, f"{page} cannot be reached: {failure}", "see `digest help unsubscribing`")
        return
    yield _page_verdict(page, shown.status_code, refused.status_code, has_form="<form" in shown.text)


def _link_of_nobody(config: Config, digest: str, page: str) -> str:
    """Return a link that is ours and no reader's. Raises `ConfigError` without a secret."""
    secret = read_secrets()[0]
    if config.readers.url:
        return f"{page}{UNSUBSCRIBE}{make_token(secret, 'unsubscribe', 0, 0)}"
    return link(page, secret, digest, _NOBODY)


def _page_verdict(page: str, shown: int, refused: int, *, has_form: bool) -> Finding:
    about = "unsubscribe page"
    if 300 <= shown < 400:
        return error(about, f"{page} leads elsewhere ({shown}); one-click posts do not follow", "name the last address")
    if shown == 400:
        return error(about, f"{page} refuses a link of ours", "give the page the same DIGEST_SECRET")
    if shown != 200:
        return error(about, f"{page} answers with {shown}", "see `digest help unsubscribing`")
    if refused in (404, 405, 501):
        return error(about, f"{page} takes no POST ({refused}), which one-click needs", "let the server pass POST on")
    if not has_form:
        return warning(about, f"{page} shows no button", "opening a link must not unsubscribe: programs open every one")
    return ok(about, page)
