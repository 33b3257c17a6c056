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
    members,
    programs,
    receipts,
    stores,
    terminals,
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
    "members",
    "programs",
    "receipts",
    "stores",
    "terminals",
]
