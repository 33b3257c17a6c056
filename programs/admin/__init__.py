"""The admin pages of programs: Programmes, Till, the customer import and the member page."""

from programs.admin import (
    catalogue,
    imports,
    ledger,
    members,
    offline,
    programs,
    receipts,
    stores,
    terminals,
    webhooks,
)

__all__ = [
    "catalogue",
    "imports",
    "ledger",
    "members",
    "offline",
    "programs",
    "receipts",
    "stores",
    "terminals",
    "webhooks",
]
