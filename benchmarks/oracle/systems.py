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


# In ERPNext a sale earns on the tier that it reaches itself.
_CLIMBS_AT_ONCE = {"frappe/erpnext"}


def settings_of(source: Any) -> dict[str, Any]:
    """Settings for the scenarios of a source; none for one that nobody knows."""
    repository = str(source.get("repo") if isinstance(source, dict) else None)
    found: dict[str, Any] = {"ladder_this_sale": True} if repository in _CLIMBS_AT_ONCE else {}
    leftover = _LEFTOVERS.get(repository)
    return found | ({"discount_leftover": leftover} if leftover else {})
