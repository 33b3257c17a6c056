"""The Campaigns room."""

from campaigns.admin import audiences, campaigns, recipients, templates

__all__ = ["audiences", "campaigns", "recipients", "templates"]
