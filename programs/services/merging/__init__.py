"""What merging two members does to points, receipts and coupons; the way there and the way back."""

from programs.services.merging.points import Pair, lock_pairs, return_points, settle, settle_closed, take_points
from programs.services.merging.shopper import merge_shopper, unmerge_shopper

__all__ = [
    "Pair",
    "lock_pairs",
    "merge_shopper",
    "return_points",
    "settle",
    "settle_closed",
    "take_points",
    "unmerge_shopper",
]
