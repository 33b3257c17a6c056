"""What a person does to the points of a member, from the member's page: adjust, reinstate, share, move.

Nothing moves before a page has said what it would do.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, override

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from loyalty_site.ground.admin import ObjectPages, principal_of
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.policy import Action, Principal, permits
from loyalty_site.ground.rules.money import from_minor, to_minor
from members.errors import HouseholdNone, MemberNotFound
from members.models import Member
from members.queries.households import household_of
from programs.admin.adjustment_forms import AdjustForm, PersonField
from programs.errors import InsufficientPoints
from programs.models import Account, AdjustmentReason, AdjustmentState
from programs.queries.burnt import BurntLot, burnt_lots
from programs.queries.households import household_accounts
from programs.queries.standing import account_of
from programs.rules.dates import last_day
from programs.services import households
from programs.services.adjustments import adjust, preview, reinstate

ADJUST = "admin:members_member_adjust"


def points_context(who: Principal, member: Member, account: Account | None) -> dict[str, Any]:
    """What the member page shows of acts on points, by what the person may do."""
    may_adjust = permits(who, Action.ADD, "programs.adjustment")
    context: dict[str, Any] = {
        "may_adjust": may_adjust and account is not None,
        "may_decide_adjustments": permits(who, Action.VIEW, "programs.adjustment"),
        "burnt_lots": burnt_lots(account.pk) if may_adjust and account else [],
        "may_see_household": permits(who, Action.VIEW, "members.relation"),
        "may_change_household": permits(who, Action.ACT, "members.relation"),
    }
    if context["may_see_household"]:
        household = household_of(member.pk)
        context["household"] = household
        if household:
            context["household_people"] = household_accounts(household, account.program_id if account else None)
    return context


class MemberPointsPages(ObjectPages):
    """Pages beside the member page; mixed into its admin."""

    def points_urls(self) -> list[URLPattern]:
        """For the admin's get_urls."""
        return self.object_routes(
            {
                "adjust": self.adjust_view,
                "reinstate": self.reinstate_view,
                "household": require_POST(self.household_view),
            }
        )

    @override
    def after_refusal(self, row: Member, name: str) -> HttpResponse:
        return _back(row, "household" if name == "household" else "")

    def adjust_view(self, request: HttpRequest, member: Member) -> HttpResponse:
        """Add or take points: the form, what it would do, the deed."""
        account = account_of(member.pk)
        if account is None:
            messages.error(request, gettext("No points yet: the account opens with the first purchase."))
            return _back(member)
        return self._changing(request, member, account, None)

    def reinstate_view(self, request: HttpRequest, member: Member) -> HttpResponse:
        """Give burnt points again: of the lot that the address names."""
        account, lot_id = account_of(member.pk), request.GET.get("lot", "")
        found = [lot for lot in burnt_lots(account.pk) if str(lot.lot_id) == lot_id] if account else []
        if account is None or not found:
            messages.error(request, gettext("Nothing of these points has burnt, or all of it was given back."))
            return _back(member)
        return self._changing(request, member, account, found[0])

    def _changing(self, request: HttpRequest, member: Member, account: Account, lot: BurntLot | None) -> HttpResponse:
        who, now, program = principal_of(request), timezone.now(), account.program
        most = from_minor(lot.points, program.point_decimals) if lot else None
        form = AdjustForm(request.POST or None, program=program, most=most)
        seen = None
        if request.method == "POST" and form.is_valid():
            wish = form.wish()
            try:
                if "sure" not in request.POST:
                    lot_id = lot.lot_id if lot else None
                    seen = preview(account.pk, wish, lot_id=lot_id, actor=who, now=now)
                else:
                    done = (
                        reinstate(lot.lot_id, wish, reason=wish.reason, actor=who, now=now)
                        if lot
                        else adjust(account.pk, wish, actor=who, now=now)
                    )
                    messages.success(request, _DONE[AdjustmentState(done.state)])
                    return _back(member)
            except DomainError as refusal:
                form.add_error("points", refusal.message(gettext))
        return self.row_page(
            request,
            "programs/adjustment/change",
            gettext("Give burnt points back") if lot else gettext("Adjust points"),
            member=member,
            account=account,
            program=program,
            form=form,
            lot=lot,
            seen=seen,
            points=form.wish().points if seen else 0,
            last_day=last_day(seen.burns_at, program.time_zone) if seen and seen.burns_at else None,
            reason=AdjustmentReason(form.cleaned_data["reason"]).label if seen else "",
        )

    def household_view(self, request: HttpRequest, member: Member) -> HttpResponse:
        """One of the household's deeds; the answer is the member page again."""
        deeds: dict[str, Callable[[HttpRequest, Member], str]] = {
            "add": self._add,
            "remove": self._remove,
            "share": self._share,
            "end": self._end,
            "transfer": self._transfer,
        }
        deed = deeds.get(request.POST.get("deed", ""))
        if deed is not None:
            messages.success(request, deed(request, member))
        return _back(member, "household")

    def _add(self, request: HttpRequest, member: Member) -> str:
        other = _person(request.POST.get("who", ""))
        households.add_to_household(
            member_id=member.pk, other_id=other.pk, actor=principal_of(request), now=timezone.now()
        )
        return gettext("%(name)s belongs to the household now.") % {"name": other}

    def _remove(self, request: HttpRequest, member: Member) -> str:
        other = _housemate(member, request.POST.get("member", ""))
        households.leave_household(other.pk, actor=principal_of(request), now=timezone.now())
        return gettext("%(name)s belongs to the household no longer.") % {"name": other}

    def _share(self, request: HttpRequest, member: Member) -> str:
        account, other = _account(member), _housemate(member, request.POST.get("member", ""))
        households.share_account(
            account.pk,
            other.pk,
            may_spend=request.POST.get("may_spend") == "1",
            actor=principal_of(request),
            now=timezone.now(),
        )
        return gettext("%(name)s uses this account from the next receipt on.") % {"name": other}

    def _end(self, request: HttpRequest, member: Member) -> str:
        account, other = _account(member), _housemate(member, request.POST.get("member", ""))
        households.end_sharing(other.pk, program_id=account.program_id, actor=principal_of(request), now=timezone.now())
        return gettext("%(name)s uses an account of their own again.") % {"name": other}

    def _transfer(self, request: HttpRequest, member: Member) -> str:
        account, other = _account(member), _housemate(member, request.POST.get("member", ""))
        points = _minor(request.POST.get("points", ""), account.program.point_decimals)
        seen = request.POST.get("seen", "")
        households.transfer_to_member(
            account.pk,
            other.pk,
            points,
            actor=principal_of(request),
            now=timezone.now(),
            seen=int(seen) if seen.isdecimal() else None,
        )
        return gettext("The points have moved to %(name)s and keep the day on which they burn.") % {"name": other}


_DONE = {
    AdjustmentState.POSTED: _("Done: the points have moved."),
    AdjustmentState.WAITING: _("This is above the limit, so nothing has moved yet: a second person has to approve it."),
    AdjustmentState.REFUSED: _("This was refused already."),
    AdjustmentState.FAILED: _("This was not possible."),
}


def _back(member: Member, tab: str = "") -> HttpResponseRedirect:
    page = reverse("admin:members_member_change", args=[member.pk])
    return HttpResponseRedirect(f"{page}?tab={tab}" if tab else page)


def _person(text: str) -> Member:
    try:
        member: Member = PersonField().clean(text)
    except ValidationError as error:
        raise MemberNotFound from error
    return member


def _housemate(member: Member, number: str) -> Member:
    household = household_of(member.pk)
    found = [one for one in household.members if str(one.pk) == number] if household else []
    if not found:
        raise HouseholdNone
    return found[0]


def _account(member: Member) -> Account:
    account = account_of(member.pk)
    if account is None:
        raise InsufficientPoints(available=0)
    return account


def _minor(text: str, decimals: int) -> int:
    """0, which every service refuses in words, for what is no amount of points."""
    try:
        return to_minor(Decimal(text.replace(",", ".")), decimals)
    except (InvalidOperation, ValueError):
        return 0
