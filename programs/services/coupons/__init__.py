"""Coupons: handing codes out, and using them at the till."""

from programs.services.coupons.coming import Coming, hand_out, promise, take_back
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
    "Coming",
    "NewCode",
    "Presented",
    "change_ends",
    "free_of_hold",
    "free_of_sale",
    "hand_out",
    "held_by",
    "issue_coupons",
    "load_codes",
    "present",
    "present_by",
    "promise",
    "remove_codes",
    "settle_hold",
    "take_back",
    "use",
    "withdraw_coupons",
]
