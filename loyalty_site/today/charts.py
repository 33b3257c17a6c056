"""What the pictures of the Today page share: colours, axes, links to lists."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from loyalty_site.ground.admin.charts import TEXT, picture_options

# Okabe and Ito's blue and orange: told apart by every kind of colour vision, on light and on dark.
WITH_CARD, WITHOUT_CARD = "#0072B2", "#E69F00"


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
    """Chart.js options of bars: axes from zero, a legend where there are two series."""
    legend = {"display": is_stacked, "position": "bottom", "rtl": get_language_bidi(), "labels": {"color": TEXT}}
    return picture_options(legend=legend, x={"stacked": is_stacked}, y={"stacked": is_stacked, "beginAtZero": True})
