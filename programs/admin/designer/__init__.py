"""The designer: rules of a draft as sentences, typed forms for their parts, and a basket to try them on."""

from programs.admin.designer.pages import DesignerPages

__all__ = ["DesignerPages"]
