"""What the pictures of the Today page share: colours, axes, links to lists."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

# Okabe and Ito's blue and orange: told apart by every kind of colour vision, on light and on dark.
WITH_CARD, WITHOUT_CARD = "#0072B2", "#E69F00"
TEXT = "#768294"  # about 4:1 on white and on the dark ground alike


def list_url(route: str, **query: Any) -> str:
    """The address of an admin list, filtered."""
    return f"{reverse(route)}?{urlencode(query)}" if query else reverse(route)


def stacked(labels: list[str], series: list[list[Any]]) -> str:
    """Chart.js data of two series of the same labels, with and without a card."""
    names = [(_("with a card"), WITH_CARD), (_("without a card"), WITHOUT_CARD)]
    return json.dumps(
        {
            "labels": labels,
            "datasets": [
                {"label": name, "data": data, "backgroundColor": colour}
                for (name, colour), data in zip(names, series, strict=True)
            ],
        }
    )


def chart_options(*, is_stacked: bool) -> str:
    """Chart.js options: no animation, axes from zero, mirrored where people read from the right."""
    mirrored = get_language_bidi()
    ticks = {"color": TEXT}
    return json.dumps(
        {
            "responsive": True,
            "maintainAspectRatio": False,
            "animation": False,
            "plugins": {"legend": {"display": is_stacked, "position": "bottom", "rtl": mirrored, "labels": ticks}},
            "scales": {
                "x": {"stacked": is_stacked, "reverse": mirrored, "grid": {"display": False}, "ticks": ticks},
                "y": {
                    "stacked": is_stacked,
                    "beginAtZero": True,
                    "position": "right" if mirrored else "left",
                    "ticks": ticks,
                },
            },
        }
    )
