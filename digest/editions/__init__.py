"""Which posts go out when: the selection, the ledger, the editions that are due."""

from digest.editions import ledger
from digest.editions.delivery import (
    OPEN,
    Cancelled,
    Delivery,
    Drafted,
    Failed,
    Handing,
    Releasing,
    Scheduled,
    Sent,
    StepEvent,
)
from digest.editions.edition import Edition, EditionSection, Note, appeared, edition_in_zone
from digest.editions.following import begin, follow
from digest.editions.identity import content_hash, hash_file, hash_post
from digest.editions.ledger import Approved, Built, Empty, Event, Item, Ledger
from digest.editions.note import note_path, read_note
from digest.editions.notes import note_problems
from digest.editions.plan import Outcome, due_editions, edition_for_key, is_settled
from digest.editions.run import DigestRun, digest_of
from digest.editions.selection import is_wanted
from digest.editions.upcoming import open_edition

__all__ = [
    "OPEN", "Approved", "Built", "Cancelled", "Delivery", "DigestRun", "Drafted", "Edition", "EditionSection", "Empty",
    "Event", "Failed", "Handing", "Item", "Ledger", "Note", "Outcome", "Releasing", "Scheduled", "Sent", "StepEvent",
    "appeared", "begin", "content_hash", "digest_of", "due_editions", "edition_for_key",
    "edition_in_zone", "follow", "hash_file", "hash_post", "is_settled", "is_wanted", "ledger", "note_path",
    "note_problems", "open_edition", "read_note",
]  # fmt: skip
