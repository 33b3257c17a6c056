"""The admin pages of programs: Programmes, Till, the customer import and the member page."""

from programs.admin import (
    adjustment_lists,
    adjustments,
    catalogue,
    coupons,
    guards,
    holds,
    imports,
    ledger,
    lifecycle,
    members,
    offline,
    programs,
    receipts,
    stores,
    terminals,
    webhooks,
)

__all__ = [
    "adjustment_lists",
    "adjustments",
    "catalogue",
    "coupons",
    "guards",
    "holds",
    "imports",
    "ledger",
    "lifecycle",
    "members",
    "offline",
    "programs",
    "receipts",
    "stores",
    "terminals",
    "webhooks",
]
