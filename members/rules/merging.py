"""What of two records of one person stays when they become one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SURVIVOR, MERGED = "survivor", "merged"
PROFILE = ("social_status", "interests", "cares_about", "preferred_channel", "came_by", "wallet_share")
# Birth parts belong together, and so do the parts of an address.
FIELDS = ("name", "language", "sex", "birthday", "joined_on", "note", "address", *PROFILE)


def default_choices(survivor: Mapping[str, Any], merged: Mapping[str, Any]) -> dict[str, str]:
    """{field: whose value stays}: the survivor's, and what they lack from the other; the earlier day of joining."""
    found = {}
    for field in FIELDS:
        mine, theirs = survivor.get(field), merged.get(field)
        takes_theirs = bool(theirs) and not mine
        if field == "joined_on" and mine and theirs:
            takes_theirs = theirs < mine
        found[field] = MERGED if takes_theirs else SURVIVOR
    return found


def stricter(*, one: bool | None, other: bool | None) -> bool | None:
    """Of two current consents (True granted, False withdrawn, None never asked): a no wins, a yes beats silence."""
    if one is False or other is False:
        return False
    return True if one or other else None


def after_undo(*, before: bool | None, merged_to: bool | None, now: bool | None) -> bool | None:
    """The survivor's consent after an undo. A no stays a no, whoever said it; a yes that only the other had given goes."""
    if now is not True:
        return now
    return before is True or merged_to is not True
