"""Readers whom the program keeps itself, each of whom gets a letter of her own: what she chose, once.

A run is an edition of a digest. Its plan says who gets which of its posts; readers who get the same share an edition.
The deliveries are the outbox and the record by which nobody gets a post twice, from whichever digest of the site.
"""

from digest.readers.bouncing import mark_bounced_readers
from digest.readers.database import Database, database_exists, open_readers
from digest.readers.importing import ImportReport, import_readers
from digest.readers.letters import UNSUBSCRIBE, page_address
from digest.readers.proposal import PlannedLetter, PlanReport, letter_for, plan_for_readers
from digest.readers.sender import sender_maker
from digest.readers.servers import BIND, read_bind, readers_app, serve_readers
from digest.readers.status import ReadersStatus, RunStatus, data_of, readers_status, row_of
from digest.readers.subscribers import Subscriber, Subscribers, Wishes
from digest.readers.table import COLUMNS, ReaderRow, read_table
from digest.readers.tokens import make_token

__all__ = [
    "BIND",
    "COLUMNS",
    "UNSUBSCRIBE",
    "Database",
    "ImportReport",
    "PlanReport",
    "PlannedLetter",
    "ReaderRow",
    "ReadersStatus",
    "RunStatus",
    "Subscriber",
    "Subscribers",
    "Wishes",
    "data_of",
    "database_exists",
    "import_readers",
    "letter_for",
    "make_token",
    "mark_bounced_readers",
    "open_readers",
    "page_address",
    "plan_for_readers",
    "read_bind",
    "read_table",
    "readers_app",
    "readers_status",
    "row_of",
    "sender_maker",
    "serve_readers",
]
