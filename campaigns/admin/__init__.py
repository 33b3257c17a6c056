"""The admin pages of campaigns."""

from campaigns.admin import templates

__all__ = ["templates"]
