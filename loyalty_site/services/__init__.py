"""Acts on a whole member: they span all apps, so they are put together here."""

from loyalty_site.services.whole_member import ErasureReason, erase_member, member_data

__all__ = ["ErasureReason", "erase_member", "member_data"]
