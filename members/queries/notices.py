"""The notices about a member, for the page that writes them."""

from __future__ import annotations

import datetime as dt

from members.models import Notice

OVER_SHOWN = 5
# Whether tills show a notice on the day `today`. As text, because the look-up asks for it in the middle of a statement.
LIVE = "done_at IS NULL AND (show_until IS NULL OR show_until >= %(today)s)"
_ROWS = "SELECT * FROM members_notice WHERE member_id = %(member)s AND {which} ORDER BY id DESC LIMIT %(most)s"


def notices_of(member_id: int, *, today: dt.date) -> tuple[list[Notice], list[Notice]]:
    """(those that tills show on that day, the last ones that are over), newest first."""
    named = {"member": member_id, "today": today}
    live = Notice.objects.raw(_ROWS.format(which=LIVE), {**named, "most": None})
    over = Notice.objects.raw(_ROWS.format(which=f"NOT ({LIVE})"), {**named, "most": OVER_SHOWN})
    return list(live), list(over)
