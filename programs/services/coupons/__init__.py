"""Coupons: handing codes out, and using them at the till."""

from programs.services.coupons.issuing import issue_coupons, withdraw_coupons
from programs.services.coupons.loading import NewCode, change_ends, load_codes, remove_codes
from programs.services.coupons.uses import (
    Presented,
    free_of_hold,
    free_of_sale,
    held_by,
    present,
    present_by,
    settle_hold,
    use,
)

__all__ = [
    "NewCode",
    "Presented",
    "change_ends",
    "free_of_hold",
    "free_of_sale",
    "held_by",
    "issue_coupons",
    "load_codes",
    "present",
    "present_by",
    "remove_codes",
    "settle_hold",
    "use",
    "withdraw_coupons",
]
