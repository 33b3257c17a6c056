"""The Today page: figures of all apps, each with its period and the rows behind it, as the asker's role allows."""

from __future__ import annotations

import datetime as dt
from typing import Any

from campaigns.queries.today import today_campaigns
from loyalty_site.ground.models import Company
from loyalty_site.ground.policy import Action, Principal, may_open, permits
from loyalty_site.today.charts import list_url
from loyalty_site.today.lifecycle import BASE_PAGE, lifecycle_section
from loyalty_site.today.listening import NPS_PAGE, nps_section
from loyalty_site.today.mailings import CAMPAIGNS_PAGE, mailing_tasks, mailings_section
from loyalty_site.today.points import points_section
from loyalty_site.today.sales import sales_section
from loyalty_site.today.tasks import first_steps, tasks_of
from members.models import MemberStatus
from members.queries.today import member_counts
from programs.models import Program
from programs.queries.figures import Currency
from programs.queries.today import active_program, waiting, weekly_sales

WEEKS = 8


def today_page(principal: Principal, *, now: dt.datetime) -> dict[str, Any]:
    """The context of templates/admin/index.html. Sections that the role may not see are absent."""
    company = Company.objects.first()
    program = active_program()
    today = now.date()
    page: dict[str, Any] = {"company": company, "program": program, "now": now, "weeks": WEEKS}
    waits = waiting(store_ids=principal.store_ids)
    if permits(principal, Action.VIEW, "members.member"):
        page["members"] = _members(now)
    if permits(principal, Action.VIEW, "programs.purchase"):
        weeks = weekly_sales(weeks=WEEKS, today=today, store_ids=principal.store_ids)
        page |= sales_section(weeks, _currency(program, company), program)
    if program and permits(principal, Action.VIEW, "programs.lot"):
        page |= points_section(program, now)
    if may_open(principal, NPS_PAGE):
        page["nps"] = nps_section(now=now)
    if may_open(principal, BASE_PAGE):
        page["lifecycle"] = lifecycle_section(principal, now=now)
    campaigns = today_campaigns() if may_open(principal, CAMPAIGNS_PAGE) else None
    if campaigns:
        page["mailings"] = mailings_section(campaigns, now=now)
    page["tasks"] = tasks_of(principal, waits)
    if campaigns and permits(principal, Action.ACT, "campaigns.campaign"):
        page["tasks"] += mailing_tasks(campaigns)
    page["steps"] = first_steps(principal, page, has_stores=bool(waits.stores))
    page["is_own_stores"] = principal.store_ids is not None
    return page


def _currency(program: Program | None, company: Company | None) -> Currency:
    owner = program or company
    return Currency(owner.currency, owner.currency_exponent) if owner else Currency("", 2)


def _members(now: dt.datetime) -> dict[str, Any]:
    since = (now - dt.timedelta(days=7)).date()
    counts = member_counts(since=since)
    enrolled = {"status__exact": MemberStatus.ENROLLED}
    return {
        "enrolled": counts.enrolled,
        "new": counts.new,
        "url": list_url("admin:members_member_changelist", **enrolled),
        "new_url": list_url("admin:members_member_changelist", **enrolled, joined_on__gte=since.isoformat()),
    }
