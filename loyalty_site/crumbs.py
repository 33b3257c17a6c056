"""The line above each page of the admin: it begins with the sidebar's room that the page is in, not with the app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.urls import reverse

from loyalty_site.navigation import ROOMS

register = template.Library()


@register.simple_tag
def in_its_room(parts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """unfold's parts of the line ({"title", "link"}), the app replaced by the room of the list that comes second."""
    if len(parts) < 2:
        return list(parts)
    room = next((title for title, links in ROOMS for _, _, route in links if reverse(route) == parts[1]["link"]), None)
    if room is None:
        return list(parts)
    # A room that is called like its first list would be said twice.
    is_same = str(room).casefold() == str(parts[1]["title"]).casefold()
    return [*parts[1:]] if is_same else [{"title": room, "link": ""}, *parts[1:]]
