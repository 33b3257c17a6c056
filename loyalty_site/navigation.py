"""The admin's sidebar: the rooms in their order, each role seeing its own.

Extended with every room that comes to exist; the policy decides what a role may open, so a link
shows exactly when its page would open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from loyalty_site.ground import policy

if TYPE_CHECKING:
    from django.http import HttpRequest


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """unfold's navigation for the person who asks."""
    rooms: list[tuple[str, list[tuple[str, str, str]]]] = []
    return [_room(request, title, links) for title, links in rooms]


def _room(request: HttpRequest, title: str, links: list[tuple[str, str, str]]) -> dict[str, Any]:
    return {
        "title": title,
        "items": [
            {"title": label, "icon": icon, "link": reverse(route)}
            for label, icon, route in links
            if policy.may_open(request.principal, route)  # type: ignore[attr-defined]
        ],
    }
