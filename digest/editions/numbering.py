"""What never changes once an edition is built: its number among those of its digest, and its idempotency key."""

import hashlib

from digest.config import Config
from digest.editions.ledger import Ledger
from digest.editions.run import digest_name


def number_of(ledger: Ledger, key: str, first: int) -> int:
    """Return the number of edition `key`: the recorded one, else the next; `first` is that of the first edition.

    Editions that were built before numbers were recorded are counted.
    """
    number = first - 1
    for built in ledger.editions.values():
        number = max(number, built.number) if built.number else number + 1
        if built.key == key:
            return built.number or number
    return number + 1


def idempotency_key_of(config: Config, ledger: Ledger, key: str) -> str:
    """Return the idempotency key of edition `key`: the recorded one, else a hash of the digest's list and the key.

    Without a list id, the site's address stands for the list.
    """
    from email.utils import parseaddr

    built = ledger.editions.get(key)
    if built is not None and built.idempotency_key:
        return built.idempotency_key
    list_id = parseaddr(config.digests[digest_name(key)].list_id)[1]
    mark = f"{list_id or config.site.url} {key}"
    return hashlib.sha256(mark.encode()).hexdigest()[:32]
