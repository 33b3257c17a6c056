"""The admin pages of members that need no other app. The member page spans apps and lives in programs/admin."""

from members.admin import consents, fields, identity, messages

__all__ = ["consents", "fields", "identity", "messages"]
