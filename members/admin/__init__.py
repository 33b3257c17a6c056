"""The admin pages of members that need no other app. The member page spans apps and lives in programs/admin."""

from members.admin import consents, messages

__all__ = ["consents", "messages"]
