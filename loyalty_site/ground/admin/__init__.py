"""The admin of the ground: the base of every page, and the Settings room."""

from loyalty_site.ground.admin import exporting, settings_room
from loyalty_site.ground.admin.asking import principal_of
from loyalty_site.ground.admin.base import (
    BigTableMixin,
    PlainDecimalField,
    PolicyMixin,
    PolicyModelAdmin,
    PolicyTabularInline,
    ReadOnlyMixin,
    ReadOnlyModelAdmin,
    ReadOnlyTabularInline,
    left_to_right,
)
from loyalty_site.ground.admin.export_pages import Column
from loyalty_site.ground.admin.object_pages import ObjectPages
from loyalty_site.ground.admin.paging import EstimatingPaginator

__all__ = [
    "BigTableMixin",
    "Column",
    "EstimatingPaginator",
    "ObjectPages",
    "PlainDecimalField",
    "PolicyMixin",
    "PolicyModelAdmin",
    "PolicyTabularInline",
    "ReadOnlyMixin",
    "ReadOnlyModelAdmin",
    "ReadOnlyTabularInline",
    "exporting",
    "left_to_right",
    "principal_of",
    "settings_room",
]
