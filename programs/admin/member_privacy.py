"""What a person of the staff sees of a member's keys: shortened everywhere, in full for one look that is noted."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext

from loyalty_site.ground import policy
from loyalty_site.ground.admin import principal_of
from loyalty_site.ground.admin.words import act_in_words, fields_in_words
from loyalty_site.ground.models import Audit
from loyalty_site.ground.policy import Action, Principal, permits
from members.models import Member, MemberStatus
from members.queries.person import person_details
from members.services.profile import note_look
from programs.models import Account

REVEAL = "admin:members_member_reveal"
ACTS_SHOWN = 100


def privacy_context(who: Principal, member: Member) -> dict[str, Any]:
    """What the member page shows of who saw, changed and exported what, and which deeds it offers."""
    may_see = permits(who, Action.VIEW, "members.identifier")
    return {
        "may_reveal": policy.may_open(who, REVEAL),
        "may_erase": policy.may_open(who, "members_member_erase"),
        "may_see_acts": may_see,
        "acts": _acts(member) if may_see else [],
        "forgotten": _forgetting(member),
    }


def _forgetting(member: Member) -> Audit | None:
    """The act by which somebody became a number; None for everybody else."""
    if member.status != MemberStatus.ERASED:
        return None
    rows = Audit.objects.filter(object_type="members.member", object_id=str(member.pk), action="erase")
    return rows.order_by("-id").first()


def _acts(member: Member) -> list[dict[str, Any]]:
    """Acts on the person and on their own accounts, newest first."""
    rows = Audit.objects.filter(object_type="members.member", object_id=str(member.pk))
    accounts = [str(pk) for pk in Account.objects.filter(owner=member).values_list("pk", flat=True)]
    rows |= Audit.objects.filter(object_type="programs.account", object_id__in=accounts)
    return [
        {
            "at": act.at,
            "who": act.actor_label,
            "what": act_in_words(act.action),
            "fields": fields_in_words(Member, act.details.get("fields", [])),
        }
        for act in rows.order_by("-id")[:ACTS_SHOWN]
    ]


class MemberPrivacyPages:
    """A page beside the member page; mixed into its admin."""

    admin_site: Any
    opts: Any

    def privacy_urls(self) -> list[URLPattern]:
        """For the admin's get_urls."""
        view = self.admin_site.admin_view(self.reveal_view)
        return [path("<int:object_id>/reveal/", view, name="members_member_reveal")]

    def reveal_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Phone, e-mail, cards and address in full, for this one page; noted before anything is shown."""
        who = principal_of(request)
        if not policy.may_open(who, REVEAL):
            raise PermissionDenied
        if request.method != "POST":  # a link that is followed would note a look that nobody took
            return HttpResponseNotAllowed(["POST"])
        member = get_object_or_404(Member, pk=object_id)
        note_look(member.pk, actor=who, now=timezone.now())
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Identifiers and address"),
            "opts": self.opts,
            "original": member,
            "person": person_details(member.pk),
            "is_revealed": True,
        }
        return TemplateResponse(request, "programs/member_reveal.html", context)
