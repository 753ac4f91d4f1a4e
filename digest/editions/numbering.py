"""The number of an edition among those of its digest. It never changes once the edition is built."""

from digest.editions.ledger import Ledger


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
