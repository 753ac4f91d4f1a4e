"""Published editions: their manifest, files and archive page, and the order in which they are written."""

from digest.archive import manifest
from digest.archive.approval import advice, approval_of, sending_advice
from digest.archive.condition import Condition, examine
from digest.archive.lock import locked
from digest.archive.manifest import Manifest, published, shown
from digest.archive.neighbours import link_neighbours
from digest.archive.page import find_stale, make_page, plan_pages
from digest.archive.publish import append, publish_edition, record
from digest.archive.rebuild import approve, load_ledger, mark_sent, rebuild_ledger, record_approval, settle_ledger

__all__ = [
    "Condition", "Manifest", "advice", "append", "approval_of", "approve", "examine", "find_stale", "link_neighbours",
    "load_ledger", "locked", "make_page", "manifest", "mark_sent", "plan_pages", "publish_edition", "published",
    "rebuild_ledger", "record", "record_approval", "sending_advice", "settle_ledger", "shown",
]  # fmt: skip
