"""Accounts, lots and movements, to read: what the figures of the Today page consist of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, override

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from loyalty_site.ground.admin import Column, ReadOnlyModelAdmin, left_to_right, principal_of
from loyalty_site.ground.policy import Action, may_open, permits
from loyalty_site.ground.rules.money import from_minor
from members.models import Member
from members.services import mask_name
from programs.admin.liability import liability_context, liability_file
from programs.errors import AccountUnbalanced
from programs.models import Account, LedgerTransaction, Lot
from programs.rules.dates import last_day
from programs.services.freezing import unfreeze_account
from programs.templatetags.loyalty import points

LIABILITY = "programs_account_liability"


def named(member: Member) -> SafeString:
    """A member as a link to the page that explains the points."""
    return format_html(
        '<a class="regulars-link" href="{}"><bdi>{}</bdi></a>',
        reverse("admin:members_member_change", args=[member.pk]),
        member,
    )


class MemberColumnAdmin(ReadOnlyModelAdmin):
    """Rows that belong to a member: the name for those who may open the Members room, masked for the others."""

    sortable_by = ()

    def member_of(self, obj: Any) -> Member:
        """Whose row it is."""
        raise NotImplementedError

    @override
    def get_list_display(self, request: HttpRequest) -> list[Any]:
        may_see = permits(principal_of(request), Action.VIEW, "members.member")

        @display(description=_("member"))
        def who(obj: Any) -> str:
            member = self.member_of(obj)
            return named(member) if may_see else mask_name(member.name)

        return ["id", who, *self.list_display]


def whose(read: Callable[[Any], Member]) -> tuple[Column, ...]:
    """The columns of a file that say whose row it is: the number for everybody, the name for who may see names."""
    return (
        Column(_("number of the member"), lambda row: read(row).pk),
        Column(_("member"), lambda row: read(row).name, "members.member"),
    )


class UnfreezeForm(forms.Form):
    """Why it may go."""

    reason = forms.CharField(
        label=_("What was wrong, and how it was put right"), max_length=300, widget=UnfoldAdminTextInputWidget
    )


@admin.register(Account)
class AccountAdmin(MemberColumnAdmin):
    """Balances, as the postings add up to."""

    empty_says = _("Accounts open by themselves: with a member's first purchase, or with an imported balance.")
    list_display = ["program", "spendable", "waiting", "owed", "tier_key", "opened_at", "frozen_at"]
    list_filter = ["program", "tier_key", ("frozen_at", admin.EmptyFieldListFilter)]
    list_select_related = ["program", "owner"]
    ordering = ["-id"]
    fields = ["program", "spendable", "waiting", "owed", "tier_key", "opened_at", "frozen_at"]
    readonly_fields = fields
    actions_detail = ["unfreeze"]
    export_columns = (
        Column(_("number"), lambda row: row.pk),
        *whose(lambda row: row.owner),
        Column(_("programme"), lambda row: row.program.name),
        Column(_("spendable"), lambda row: from_minor(row.available, row.program.point_decimals)),
        Column(_("not yet spendable"), lambda row: from_minor(row.pending, row.program.point_decimals)),
        Column(_("held"), lambda row: from_minor(row.held, row.program.point_decimals)),
        Column(_("owed"), lambda row: from_minor(row.debt, row.program.point_decimals)),
        Column(_("tier"), lambda row: row.tier_key),
        Column(_("opened"), lambda row: row.opened_at),
        Column(_("frozen"), lambda row: row.frozen_at),
    )

    @override
    def member_of(self, obj: Account) -> Member:
        return obj.owner

    @override
    def get_urls(self) -> list[URLPattern]:
        page = path("liability/", self.admin_site.admin_view(self.liability_view), name=LIABILITY)
        return [page, *super().get_urls()]

    def liability_view(self, request: HttpRequest) -> HttpResponse:
        """What is owed in points, as a page or as a file."""
        if not may_open(principal_of(request), f"admin:{LIABILITY}"):
            raise PermissionDenied
        now = timezone.now()
        if request.GET.get("format") == "csv":
            return liability_file(now=now)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Liability"),  # without `opts`, so that it stands at the head of the page
            **liability_context(now=now),
        }
        return TemplateResponse(request, "programs/liability.html", context)

    @action(description=_("Let go…"), permissions=["act"], url_path="unfreeze", icon="lock_open")
    def unfreeze(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then let a frozen account go, if its books add up again."""
        account = self.get_object(request, object_id)
        if account is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        form, refusal = UnfreezeForm(request.POST or None), ""
        if request.method == "POST" and form.is_valid():
            try:
                unfreeze_account(
                    account_id=account.pk,
                    reason=form.cleaned_data["reason"],
                    actor=principal_of(request),
                    now=timezone.now(),
                )
            except AccountUnbalanced as refused:
                refusal = refused.message(gettext)
            else:
                messages.success(request, gettext("Points of this account can be spent again."))
                return HttpResponseRedirect(reverse("admin:programs_account_change", args=[account.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Let the account go"),
            "opts": self.opts,
            "account": account,
            "form": form,
            "refusal": refusal,
        }
        return TemplateResponse(request, "programs/account_unfreeze.html", context)

    @display(description=_("spendable"))
    def spendable(self, obj: Account) -> SafeString:
        return points(obj.available, obj.program)

    @display(description=_("not yet spendable"))
    def waiting(self, obj: Account) -> SafeString:
        return points(obj.pending, obj.program)

    @display(description=_("owed"))
    def owed(self, obj: Account) -> SafeString:
        return points(obj.debt, obj.program)


@admin.register(Lot)
class LotAdmin(MemberColumnAdmin):
    """Points earned together; they are spent in the order in which they burn."""

    empty_says = _("Points that were earned together appear here, with the day on which they burn.")
    list_display = ["was_granted", "is_left", "earned_at", "activates_at", "last_day"]
    list_filter = [("expires_at", RangeDateFilter), "is_pending"]
    list_select_related = ["account__owner", "account__program"]
    ordering = ["-id"]
    fields = ["was_granted", "is_left", "is_pending", "earned_at", "activates_at", "last_day"]
    readonly_fields = fields
    export_columns = (
        Column(_("number"), lambda row: row.pk),
        *whose(lambda row: row.account.owner),
        Column(_("programme"), lambda row: row.account.program.name),
        Column(_("granted"), lambda row: from_minor(row.granted, row.account.program.point_decimals)),
        Column(_("left"), lambda row: from_minor(row.remaining, row.account.program.point_decimals)),
        Column(_("earned"), lambda row: row.earned_at),
        Column(_("spendable from"), lambda row: row.activates_at),
        Column(_("burns"), lambda row: row.expires_at),
    )

    @override
    def member_of(self, obj: Lot) -> Member:
        return obj.account.owner

    @display(description=_("granted"))
    def was_granted(self, obj: Lot) -> SafeString:
        return points(obj.granted, obj.account.program)

    @display(description=_("left"))
    def is_left(self, obj: Lot) -> SafeString:
        return points(obj.remaining, obj.account.program)

    @display(description=_("last day"), ordering="expires_at", empty_value="—")
    def last_day(self, obj: Lot) -> dt.date | None:
        return last_day(obj.expires_at, obj.account.program.time_zone) if obj.expires_at else None


@admin.register(LedgerTransaction)
class MovementAdmin(ReadOnlyModelAdmin):
    """What happened to points, of all members; the member page tells it in words."""

    empty_says = _(
        "Every movement of points appears here. They come with the first purchase, or with an imported balance."
    )
    list_display = ["id", "kind", "receipt", "import_batch", "actor_label", "occurred_at"]
    list_filter = ["kind", ("posted_at", RangeDateFilter)]
    list_select_related = ["purchase", "import_batch"]
    ordering = ["-id"]
    sortable_by = ()
    fields = ["program", "kind", "purchase", "import_batch", "actor_label", "occurred_at", "posted_at"]

    @display(description=_("receipt"), empty_value="—")
    def receipt(self, obj: LedgerTransaction) -> SafeString | None:
        return left_to_right(obj.purchase) if obj.purchase else None
