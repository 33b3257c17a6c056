"""Which campaigns wrote to a person, for the timeline."""

from __future__ import annotations

import datetime as dt

from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from campaigns.models import Recipient
from loyalty_site.ground.rules.timeline import PAGE, Happening, apart
from members.models import Message
from members.queries.timeline import CAMPAIGNS


def happenings_of(member_id: int, *, before: dt.datetime) -> list[Happening]:
    """The PAGE newest mailings that reached or tried to reach them before a moment."""
    rows = Message.objects.filter(member=member_id, source=CAMPAIGNS).annotate(at=Coalesce("handed_at", "finished_at"))
    shown = list(rows.filter(at__lt=before).order_by("-at")[:PAGE])
    of_campaign = Recipient.objects.filter(pk__in=[row.source_id for row in shown]).values_list(
        "pk", "run__campaign__name", "run__campaign_id"
    )
    named = {pk: (name, campaign) for pk, name, campaign in of_campaign}
    return [
        Happening(
            row.at,
            _("Campaign “%(name)s” by %(way)s")
            % {"name": apart(named.get(row.source_id, ("—", None))[0]), "way": row.get_channel_display()},
            str(row.get_state_display()),
            "admin:campaigns_campaign_change",
            named.get(row.source_id, ("", None))[1],
            needs="campaigns.campaign",
        )
        for row in shown
    ]
