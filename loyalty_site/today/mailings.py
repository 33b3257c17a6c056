"""Campaigns: what is on its way, what went out lately, and which of them wait for a person."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext_lazy

from campaigns.models import RunState
from campaigns.queries.recent import finished_campaigns
from campaigns.queries.today import TodayCampaigns
from loyalty_site.today.charts import list_url
from members.models import MessageState
from members.queries.today import messages_sent
from programs.queries.company import company_zone

CAMPAIGNS_PAGE = "admin:campaigns_campaign_changelist"
DAYS = 30
_NEEDS = {
    "held": gettext_lazy("The campaign %(name)s came too late and is held. Send it after all, or not?"),
    "errors": gettext_lazy("The campaign %(name)s stopped because too many messages failed"),
    "stuck": gettext_lazy("The campaign %(name)s has stopped by an error of ours. Let it go on"),
    "no_server": gettext_lazy("The campaign %(name)s waits: no mail server is set up"),
    "no_sender": gettext_lazy("The campaign %(name)s waits: the company has no sender's e-mail"),
    "approved": gettext_lazy("The campaign %(name)s is approved and not started"),
}


def mailings_section(found: TodayCampaigns, *, now: dt.datetime) -> dict[str, Any]:
    """Mails sent in the last DAYS days, campaigns on the way, and the last ones that are done."""
    since = (
        (now - dt.timedelta(days=DAYS))
        .astimezone(ZoneInfo(company_zone()))
        .replace(hour=0, minute=0, second=0, microsecond=0)
    )
    states = dict(RunState.choices)
    return {
        "is_first": found.is_first,
        "sent": messages_sent(since=since),
        "sent_url": list_url(
            "admin:members_message_changelist", state__exact=MessageState.SENT, finished_at__gte=since.isoformat()
        ),
        "days": DAYS,
        "url": reverse(CAMPAIGNS_PAGE),
        "add_url": reverse("admin:campaigns_campaign_add"),
        "moving": [
            {"name": one.name, "state": states[one.state], "due_at": one.due_at, "percent": one.percent, "sent": one.sent,
             "url": _page(one.campaign_id)}
            for one in found.on_the_way
        ],
        "done": [
            {"name": one.name, "at": one.finished_at, "figures": one.figures, "url": _page(one.campaign_id)}
            for one in finished_campaigns()
        ],
    }  # fmt: skip


def mailing_tasks(found: TodayCampaigns) -> list[dict[str, str]]:
    """One sentence, and where to act, for each campaign that waits for somebody."""
    return [
        {"text": str(_NEEDS[one.why]) % {"name": one.name}, "url": _page(one.campaign_id)} for one in found.needs_person
    ]


def _page(campaign_id: int) -> str:
    return reverse("admin:campaigns_campaign_change", args=[campaign_id])
