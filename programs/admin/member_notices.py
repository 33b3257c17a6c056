"""What the till should say to a member, written and taken back on the member's page."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext

from loyalty_site.ground import policy
from loyalty_site.ground.admin import principal_of
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.policy import Action, Principal, permits
from members.errors import NoticeNotFound
from members.models import Member, MemberStatus
from members.models.notices import TEXT_MAX
from members.queries.notices import notices_of
from members.services import withdraw_notice, write_notice
from programs.queries.company import company_zone

ROUTE = "members_member_notices"


def notices_context(who: Principal, member: Member, *, now: dt.datetime) -> dict[str, Any]:
    """`notices`: those that tills show, `notices_over`: the last of the others; None for who may not see them."""
    if member.status == MemberStatus.ERASED or not permits(who, Action.VIEW, "members.notice"):
        return {"notices": None}
    live, over = notices_of(member.pk, today=_today(now))
    may_write = policy.may_open(who, f"admin:{ROUTE}")
    return {"notices": live, "notices_over": over, "may_write_notices": may_write, "notice_most": TEXT_MAX}


class MemberNoticesPages:
    """One address for both deeds; mixed into the member's admin."""

    admin_site: Any

    def notices_urls(self) -> list[URLPattern]:
        """For the admin's get_urls."""
        return [path("<int:object_id>/notices/", self.admin_site.admin_view(self.notices_view), name=ROUTE)]

    def notices_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Write a notice or take one back; the answer is the member page again, at the notices."""
        if not policy.may_open(principal_of(request), f"admin:{ROUTE}"):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        member = get_object_or_404(Member, pk=object_id)
        try:
            if request.POST.get("withdraw"):
                messages.success(request, _withdraw(request, member))
            else:
                messages.success(request, _write(request, member))
        except DomainError as refusal:
            messages.error(request, refusal.message(gettext))
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        page = reverse("admin:members_member_change", args=[member.pk])
        return HttpResponseRedirect(f"{page}#member-notices")


def _write(request: HttpRequest, member: Member) -> str:
    now = timezone.now()
    write_notice(
        member_id=member.pk,
        text=request.POST.get("text", ""),
        show_until=forms.DateField(required=False).clean(request.POST.get("show_until", "")),
        is_once=request.POST.get("is_once") == "1",
        actor=principal_of(request),
        today=_today(now),
        now=now,
    )
    return gettext("Tills that see hints say it from now on.")


def _withdraw(request: HttpRequest, member: Member) -> str:
    number = request.POST["withdraw"]
    if not number.isdecimal():
        raise NoticeNotFound
    withdraw_notice(notice_id=int(number), member_id=member.pk, actor=principal_of(request), now=timezone.now())
    return gettext("Taken back: no till says it any more.")


def _today(now: dt.datetime) -> dt.date:
    return now.astimezone(ZoneInfo(company_zone())).date()
