"""Receipts that were sold without a connection: taken in as facts, never refused for rules, and looked at afterwards."""

from programs.services.offline.conflicts import correct_conflict, dismiss_conflict
from programs.services.offline.receipts import OfflineReceipt
from programs.services.offline.receiving import BATCH_MAX, Item, Received, take_in

__all__ = [
    "BATCH_MAX",
    "Item",
    "OfflineReceipt",
    "Received",
    "correct_conflict",
    "dismiss_conflict",
    "take_in",
]
