"""The tables of campaigns."""

from campaigns.models.templates import Template, TemplateText

__all__ = ["Template", "TemplateText"]
