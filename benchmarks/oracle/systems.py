"""What a system does for everybody and so no scenario of it says: settings of the programme, by the source's repository.

Only behaviour that is fixed in that system and a setting here belongs in this table.
"""

from __future__ import annotations

from typing import Any

# The cent that is left when a sum is spread over lines: in django-oscar and Saleor the last line takes the rest, Solidus
# hands the cents out from the first line on.
_LEFTOVERS = {
    "django-oscar/django-oscar": "last",
    "solidusio/solidus": "first",
    "saleor/saleor": "last",
}


def settings_of(source: Any) -> dict[str, Any]:
    """Settings for the scenarios of a source; none for one that nobody knows."""
    repository = source.get("repo") if isinstance(source, dict) else None
    leftover = _LEFTOVERS.get(str(repository))
    return {"discount_leftover": leftover} if leftover else {}
