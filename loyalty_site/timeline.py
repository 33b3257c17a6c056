"""Everything that happened to one member, of all rooms, in one order: the page beside the member page.

It stands at the root because the rooms know nothing of each other; each tells its part.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext

from campaigns.queries import timeline as campaigns
from feedback.queries import timeline as feedback
from loyalty_site.ground import policy
from loyalty_site.ground.admin import principal_of
from loyalty_site.ground.admin.words import act_in_words
from loyalty_site.ground.models import Audit
from loyalty_site.ground.policy import Action, permits
from loyalty_site.ground.rules.timeline import PAGE, Happening, newest_of
from members.models import Member
from members.queries import timeline as members
from programs.queries import timeline as programs

ROUTE = "members_member_timeline"


def _acts(member_id: int, *, before: dt.datetime) -> list[Happening]:
    """What the staff did to the record; who saw it too."""
    rows = Audit.objects.filter(object_type="members.member", object_id=str(member_id), at__lt=before)
    return [
        Happening(
            row.at,
            gettext("Staff: %(act)s") % {"act": str(act_in_words(row.action))},
            row.actor_label,
            needs="members.identifier",
        )
        for row in rows.order_by("-at")[:PAGE]
    ]


TELL: tuple[Callable[..., list[Happening]], ...] = (
    members.happenings_of,
    programs.happenings_of,
    feedback.happenings_of,
    campaigns.happenings_of,
    _acts,
)


def timeline_page(request: HttpRequest, object_id: int) -> HttpResponse:
    """The newest first, a page at a time (?before=, an instant)."""
    who = principal_of(request)
    if not policy.may_open(who, ROUTE):
        raise PermissionDenied
    member = get_object_or_404(Member, pk=object_id)
    if member.survivor_id is not None:
        return HttpResponseRedirect(reverse(ROUTE, args=[member.survivor_id]))
    found, older = newest_of(tell(member.pk, before=_before(request)) for tell in TELL)
    context = {
        **admin.site.each_context(request),
        "title": gettext("Everything in order"),
        "member": member,
        "rows": [
            (one, reverse(one.route, args=[one.key]) if one.key and policy.may_open(who, one.route) else "")
            for one in found
            if not one.needs or permits(who, Action.VIEW, one.needs)
        ],
        "older": older.isoformat() if older else "",
        "back_url": reverse("admin:members_member_change", args=[member.pk]),
    }
    return TemplateResponse(request, "loyalty_site/timeline.html", context)


def _before(request: HttpRequest) -> dt.datetime:
    """What is to come, such as a receipt of a till whose clock runs ahead, is told too."""
    try:
        asked = parse_datetime(request.GET.get("before", "").replace(" ", "+"))
    except ValueError:
        asked = None
    return asked if asked is not None and asked.tzinfo else timezone.now() + dt.timedelta(days=1)
