"""Cards that a member lends to a relative or friend, from the member's page; and of which companies they are a contact."""

from __future__ import annotations

from typing import Any

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
from members.errors import IdentifierEnded
from members.models import Identifier, Member
from members.queries.companies import companies_of
from members.services import lend_card, withdraw_lent
from programs.admin.adjustment_forms import PersonField
from programs.queries.lent_cards import lending_of

ROUTE = "members_member_lending"


def lending_context(who: Principal, member: Member) -> dict[str, Any]:
    """What the member page shows of lent cards and of companies, by what the person may see."""
    may_see = permits(who, Action.VIEW, "members.relation")
    return {
        "lending": lending_of(member.pk) if may_see else None,
        "contact_of": companies_of(member.pk),
        "may_see_companies": permits(who, Action.VIEW, "members.buyingcompany"),
    }


class MemberLendingPages:
    """One address for both deeds; mixed into the member's admin."""

    admin_site: Any

    def lending_urls(self) -> list[URLPattern]:
        """For the admin's get_urls."""
        return [path("<int:object_id>/lending/", self.admin_site.admin_view(self.lending_view), name=ROUTE)]

    def lending_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Lend a card or take one back; the answer is the member page again, at the lent cards."""
        if not policy.may_open(principal_of(request), f"admin:{ROUTE}"):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        member = get_object_or_404(Member, pk=object_id)
        deed = {"lend": _lend, "withdraw": _withdraw}.get(request.POST.get("deed", ""))
        try:
            if deed is not None:
                messages.success(request, deed(request, member))
        except DomainError as refusal:
            messages.error(request, refusal.message(gettext))
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        page = reverse("admin:members_member_change", args=[member.pk])
        return HttpResponseRedirect(f"{page}?tab=lent")


def _lend(request: HttpRequest, member: Member) -> str:
    who = request.POST.get("who", "").strip()
    card = lend_card(
        member_id=member.pk,
        to_id=PersonField().clean(who).pk if who else None,
        identifier_id=_own(request, member).pk if request.POST.get("key") else None,
        may_spend=request.POST.get("may_spend") == "1",
        actor=principal_of(request),
        now=timezone.now(),
    )
    return gettext("The card is lent. Its number: %(number)s") % {"number": card.shown or card.value}


def _withdraw(request: HttpRequest, member: Member) -> str:
    withdraw_lent(identifier_id=_own(request, member).pk, actor=principal_of(request), now=timezone.now())
    return gettext("Taken back: the till refuses it from now on, and says why.")


def _own(request: HttpRequest, member: Member) -> Identifier:
    """A key of this member and nobody else's, whatever number was sent."""
    number = request.POST.get("key", "")
    found = Identifier.objects.filter(pk=int(number), member=member).first() if number.isdecimal() else None
    if found is None:
        raise IdentifierEnded
    return found
