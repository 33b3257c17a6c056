"""What the member page says first to whoever answers the telephone: what waits, what they always buy, what tills are told."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from loyalty_site.ground.policy import Action, Principal, may_open, permits
from members.models import Member
from programs.queries.company import company_zone
from programs.queries.hints import hints_for
from programs.queries.open_matters import open_matters_of
from programs.services.deals import version_in_force
from programs.services.programs import cited_series

TIMELINE = "members_member_timeline"


def now_context(who: Principal, member: Member, *, now: dt.datetime) -> dict[str, Any]:
    """`matters` [(words, address)], `hints` as a till gets them, and the way to the timeline."""
    version, today = version_in_force(now=now), now.astimezone(ZoneInfo(company_zone())).date()
    program_id, cited = (version.program_id, cited_series(version.pk)) if version else (None, frozenset[str]())
    return {
        "matters": [
            (one.text, reverse(f"admin:{one.model}_change", args=[one.key]))
            for one in open_matters_of(member.pk)
            if permits(who, Action.VIEW, one.needs)
        ],
        "hints": hints_for(member.pk, today=today, now=now, program_id=program_id, cited=cited),
        "timeline_url": reverse(TIMELINE, args=[member.pk]) if may_open(who, TIMELINE) else "",
    }
