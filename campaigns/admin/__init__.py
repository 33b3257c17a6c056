"""The Campaigns room."""

from campaigns.admin import audiences, campaigns, recipients, segments, templates

__all__ = ["audiences", "campaigns", "recipients", "segments", "templates"]
