"""Without a line, and what went wrong: queue, conflicts, clock, storage, server."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

OFFLINE: dict[str, object] = {
    "conflict_member_unknown": _("Nobody is known by what was typed or scanned. It was booked without a member."),
    "conflict_blocked": _("This card or phone is blocked. It was booked without a member and without points."),
    "conflict_member_exists": _("Somebody was a member already when the enrolment arrived. They keep their points."),
}
