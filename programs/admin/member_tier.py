"""The least tier that somebody stands on whatever they buy, set by a person with a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from loyalty_site.ground import policy
from loyalty_site.ground.admin import principal_of
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.policy import Principal
from members.models import Member
from programs.models import Account
from programs.queries.standing import account_of, standing_of
from programs.queries.tiers import ladder_of
from programs.services.tiers import set_floor

ROUTE = "admin:members_member_tier"


class FloorForm(forms.Form):
    """Which tier, and why."""

    tier = forms.ChoiceField(label=_("At least"), required=False, widget=UnfoldAdminSelectWidget)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Kept in the audit, and read by whoever looks into it later. Nothing personal."),
    )

    def __init__(self, *args: Any, tiers: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["tier"].choices = [("", _("no tier: what they buy decides")), *tiers]  # type: ignore[attr-defined]


def may_set_tier(who: Principal, account: Account | None) -> bool:
    """Whether the member page offers it."""
    return account is not None and policy.may_open(who, ROUTE)


class MemberTierPages:
    """A page beside the member page; mixed into its admin."""

    admin_site: Any
    opts: Any

    def tier_urls(self) -> list[URLPattern]:
        """For the admin's get_urls."""
        view = self.admin_site.admin_view(self.tier_view)
        return [path("<int:object_id>/tier/", view, name="members_member_tier")]

    def tier_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """How they stand, the form, the deed."""
        who, now = principal_of(request), timezone.now()
        if not policy.may_open(who, ROUTE):
            raise PermissionDenied
        member = get_object_or_404(Member, pk=object_id)
        account = account_of(member.pk)
        back = HttpResponseRedirect(reverse("admin:members_member_change", args=[member.pk]))
        if account is None:
            messages.error(request, gettext("No points yet: the account opens with the first purchase."))
            return back
        tiers = ladder_of(account.program, now=now)
        form = FloorForm(request.POST or None, initial={"tier": account.tier_floor}, tiers=tiers)
        if request.method == "POST" and form.is_valid():
            try:
                tier = set_floor(
                    account_id=account.pk,
                    tier_key=form.cleaned_data["tier"],
                    reason=form.cleaned_data["reason"],
                    actor=who,
                    now=now,
                )
            except DomainError as refusal:
                form.add_error("tier", refusal.message(gettext))
            else:
                name = dict(tiers).get(tier, tier) or gettext("no tier")
                messages.success(request, gettext("Done. They stand on: %(tier)s.") % {"tier": name})
                return back
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Set the least tier"),
            "opts": self.opts,
            "member": member,
            "account": account,
            "form": form,
            "standing": standing_of(account, member_id=member.pk, now=now),
        }
        return TemplateResponse(request, "programs/member_tier.html", context)
