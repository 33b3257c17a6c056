"""What a member tells the staff about offers, noted from the member's page: a yes, or a no as easily."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground import policy
from loyalty_site.ground.admin import principal_of
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.languages import company_language
from loyalty_site.ground.policy import Principal
from members.models import Channel, Member, MemberStatus, Purpose
from members.queries.preferences import newest_wording
from members.services import SAID, has_agreed, note_wishes, preferences_of

ROUTE = "members_member_consents"
SAID_WORDS = {"in_person": _("in the shop"), "by_phone": _("on the phone"), "in_writing": _("in writing")}


def consents_context(who: Principal, member: Member) -> dict[str, Any]:
    """The form under the log of consents, for whoever may fill it in."""
    if not policy.may_open(who, f"admin:{ROUTE}") or member.status == MemberStatus.ERASED:
        return {"wishes": None}
    allowed, language = preferences_of(member), member.language or company_language()
    agreed = has_agreed(member.pk)
    words = [
        newest_wording(Purpose.MARKETING, language),
        None if agreed else newest_wording(Purpose.PROCESSING, language),
    ]
    return {
        "wishes": {
            "channels": [(channel, Channel(channel).label, is_on) for channel, is_on in allowed.items()],
            "has_agreed": agreed,
            "words": [one for one in words if one is not None],
            "said": [(code, SAID_WORDS[code]) for code in SAID],
        }
    }


class MemberConsentsPages:
    """One deed; mixed into the member's admin."""

    admin_site: Any

    def consents_urls(self) -> list[URLPattern]:
        """For the admin's get_urls."""
        return [path("<int:object_id>/consents/", self.admin_site.admin_view(self.consents_view), name=ROUTE)]

    def consents_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Note what was said; the answer is the member page again, at the consents."""
        who = principal_of(request)
        if not policy.may_open(who, f"admin:{ROUTE}"):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        member = get_object_or_404(Member, pk=object_id)
        said = request.POST.get("said", "")
        # A way that was left alone says nothing: only what was heard is noted.
        heard = {channel: request.POST.get(f"offers_{channel}", "") for channel in preferences_of(member)}
        offers = {channel: word == "yes" for channel, word in heard.items() if word in {"yes", "no"}}
        agrees = request.POST.get("agrees") == "1"
        if said not in SAID:
            messages.error(request, gettext("Say how they told you: it is the proof."))
        elif not offers and not agrees:
            messages.error(request, gettext("Nothing was chosen, so nothing was noted."))
        else:
            try:
                note_wishes(
                    member_id=member.pk, offers=offers, agrees=agrees, method=said, proof="", actor=who,
                    now=timezone.now(),
                )  # fmt: skip
                messages.success(request, gettext("Noted. It counts from now on, also for what waits to be sent."))
            except DomainError as refusal:
                messages.error(request, refusal.message(gettext))
        page = reverse("admin:members_member_change", args=[member.pk])
        return HttpResponseRedirect(f"{page}?tab=consents")
