"""Everything that `digest doctor` looks at, in the order of a letter's way."""

from collections.abc import Iterator, Sequence

from digest.archive import shown
from digest.config import Config
from digest.doctor.dns import Lookup
from digest.doctor.domain import examine_domain
from digest.doctor.finding import Finding, unknown
from digest.doctor.letter import examine_letter
from digest.doctor.service import examine_host, examine_page, examine_readers, examine_service
from digest.emails.mime import split_address
from digest.senders import load_edition, make_sender
from digest.senders.smtp import MailSettings


def examine(config: Config, digest: str, via: str, lookup: Lookup, selectors: Sequence[str] = ()) -> Iterator[Finding]:
    """Yield what there is to say of a digest and its sender `via`, empty for none. Nothing is sent.

    `selectors` are those of the sender's DKIM keys; the usual ones when there are none. Raises `ConfigError` for a
    sender that there is not.
    """
    if via:
        make_sender(config, via, rehearsal=True)
    settings = config.senders.get(via)
    keys = list(shown(config, digest))
    if keys:
        handover = load_edition(config, keys[-1])
        yield from examine_letter(handover, config.digests[digest], config.readers.url)
        yield from examine_service(config, via, handover) if via else ()
    else:
        yield unknown("edition", f"{digest} has no edition yet", "build one, with `digest build`, and look again")
    domain = _domain(config.digests[digest].sender)
    if domain:
        envelope = settings.envelope_from if isinstance(settings, MailSettings) else ""
        yield from examine_domain(domain, _domain(envelope) or domain, lookup, selectors)
    if isinstance(settings, MailSettings) and not settings.is_local:
        yield from examine_host(settings.host, lookup)
    yield from examine_readers(config, via) if via else ()
    yield from examine_page(config, digest)


def _domain(mailbox: str) -> str:
    return split_address(mailbox)[1].partition("@")[2].lower()
