"""What all pictures of the back office share: how they move (not at all), which way they run, how they are labelled."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import get_language_bidi

TEXT = "#768294"  # about 4:1 on white and on the dark ground alike


def picture_options(*, legend: dict[str, Any], x: dict[str, Any], y: dict[str, Any], **more: Any) -> str:
    """Chart.js options as JSON: no animation, mirrored where people read from the right. `legend`, `x` and `y` say
    what is this picture's own, `more` what stands beside plugins and scales."""
    mirrored = get_language_bidi()
    ticks = {"color": TEXT}
    return json.dumps(
        {
            "responsive": True,
            "maintainAspectRatio": False,
            "animation": False,
            **more,
            "plugins": {"legend": legend},
            "scales": {
                "x": {"reverse": mirrored, "grid": {"display": False}, "ticks": ticks, **x},
                "y": {"position": "right" if mirrored else "left", "ticks": ticks, **y},
            },
        }
    )
