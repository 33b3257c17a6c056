"""People and companies: the list, and the page that explains every point of one member.

It stands here and not in members because the page spans both: members knows no points, programs sees members.
"""

from __future__ import annotations

from functools import cache
from typing import Any, override

from django import forms
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.utils import display_for_label
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from loyalty_site.ground.admin import BigTableMixin, EstimatingPaginator, PolicyModelAdmin, principal_of
from loyalty_site.ground.policy import Action, permits
from members.errors import IdentifierTaken, IdentifierUnreadable, PhoneOfSilentMember
from members.models import Channel, ConsentAction, Identifier, IdentifierKind, Member, MemberKind, MemberStatus, Purpose
from members.queries.companies import is_at_company
from members.queries.duplicates import merges_into, survivor_of
from members.queries.identifiers import find_identifier
from members.queries.person import person_details
from members.queries.search import Found, find_members
from members.services import TAKEN_BACK, mask_key, read_identifier
from members.services.profile import change_profile
from programs.admin.base_filters import BASE_FILTERS
from programs.admin.member_consents import MemberConsentsPages, consents_context
from programs.admin.member_export import PeopleExportMixin
from programs.admin.member_keys import MemberKeysPages, keys_beside_the_name, keys_context
from programs.admin.member_lending import MemberLendingPages, lending_context
from programs.admin.member_notices import MemberNoticesPages, notices_context
from programs.admin.member_now import now_context
from programs.admin.member_own_page import OwnPageMixin
from programs.admin.member_pin import SpendingPinMixin
from programs.admin.member_points import MemberPointsPages, points_context
from programs.admin.member_privacy import MemberPrivacyPages, privacy_context
from programs.admin.member_profile import facts_in_words, profile_fieldsets, profile_form
from programs.admin.member_tier import MemberTierPages, may_set_tier
from programs.admin.own_filters import profile_filters
from programs.models import Account, Program, ProgramState, PurchaseSummary, Tier
from programs.queries.company import default_region
from programs.queries.figures import points_text
from programs.queries.lifecycle import life_of
from programs.queries.movements import movements_of
from programs.queries.stage_words import life_context
from programs.queries.standing import account_left_by, account_of, standing_of, visits_of
from programs.services.handing_over import enrol_with_number, judge_phone

RECEIPTS_SHOWN = 50
# By value and not by label: labels change with the language.
KIND_COLOURS = {
    MemberKind.PERSON: "",
    MemberKind.COMPANY: "info",
    MemberStatus.CONTACT: "warning",
    MemberStatus.ERASED: "danger",
}


@cache
def _label(value: str, words: str) -> SafeString:
    """unfold's label, rendered once and not for every row."""
    label: SafeString = display_for_label((value, words), "", KIND_COLOURS)
    return label


class EnrolForm(forms.ModelForm):
    """A new member: a name and at least one way to find them again."""

    phone = forms.CharField(label=_("Phone"), required=False, widget=UnfoldAdminTextInputWidget)
    card = forms.CharField(label=_("Card"), required=False, widget=UnfoldAdminTextInputWidget)
    email = forms.CharField(label=_("E-mail"), required=False, widget=UnfoldAdminTextInputWidget)
    processing = forms.BooleanField(
        label=_("They agreed that we keep their data for the programme"), widget=UnfoldBooleanSwitchWidget
    )
    offers = forms.MultipleChoiceField(
        label=_("They want offers and news by"),
        required=False,
        choices=[(value, label) for value, label in Channel.choices if value],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    hand_over = forms.BooleanField(
        label=_("If the phone belongs to somebody who has not been seen for long: hand it over"),
        help_text=_("Operators give old numbers to new people. The old owner keeps the account and its history."),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )

    class Meta:
        model = Member
        fields = ["name"]
        widgets = {"name": UnfoldAdminTextInputWidget}

    def consents(self) -> list[tuple[str, str, str]]:
        """(purpose, channel, action) of what they said yes to; a box left empty is not a no, it is nothing said."""
        offers = [(Purpose.MARKETING, channel, ConsentAction.GRANTED) for channel in self.cleaned_data["offers"]]
        return [(Purpose.PROCESSING, Channel.NONE, ConsentAction.GRANTED), *offers]

    def keys(self) -> list[tuple[str, str]]:
        """(kind, as typed) of the fields that were filled in."""
        return [(kind, self.cleaned_data[kind]) for kind in ("phone", "card", "email") if self.cleaned_data.get(kind)]

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for kind, text in self.keys():
            try:
                value = read_identifier(kind=kind, text=text, region=default_region())
            except IdentifierUnreadable as refusal:
                self.add_error(kind, refusal.message(gettext))
                continue
            taken = find_identifier(kind, value)
            if taken is None:
                continue
            problem = judge_phone(taken, now=timezone.now()) if kind == IdentifierKind.PHONE else IdentifierTaken()
            if not (isinstance(problem, PhoneOfSilentMember) and data.get("hand_over")):
                self.add_error(kind, problem.message(gettext))
        if not self.errors and not self.keys():
            raise forms.ValidationError(gettext("Fill in a phone, a card or an e-mail: without one nobody finds them."))
        return data


@admin.register(Member)
class MemberAdmin(
    PeopleExportMixin,
    MemberPointsPages,
    MemberTierPages,
    MemberKeysPages,
    MemberConsentsPages,
    MemberLendingPages,
    MemberNoticesPages,
    MemberPrivacyPages,
    OwnPageMixin,
    SpendingPinMixin,
    BigTableMixin,
    PolicyModelAdmin,
):
    """Found by anything, shown on one screen, every point with its reason."""

    empty_says = _("Nobody is here yet. Import the customers you have, or enrol the first one.")
    list_display = ["shown_name", "shown_kind", "phone", "tier", "balance", "last_visit"]
    list_display_links = ["shown_name"]
    list_filter = ["kind", "status", "language", *BASE_FILTERS]
    search_fields = ["search_name"]
    search_help_text = _(
        "Name, phone in any spelling, card, code or e-mail; also the last digits, or how a card or e-mail begins"
    )
    list_per_page = 25
    actions_detail = ["own_page", "spending_pin"]
    ordering = ["-id"]
    sortable_by = ()
    change_form_template = "programs/member.html"
    add_form_template = "admin/change_form.html"
    fieldsets = [
        (None, {"fields": [("name", "kind"), ("language", "sex"), ("birth_day", "birth_month", "birth_year")]}),
        (None, {"fields": ["joined_on", "note"]}),
    ]
    add_fieldsets = [(None, {"fields": ["name", "phone", "hand_over", "card", "email", "processing", "offers"]})]

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With phone, points and last visit of each row of the page: by index, so that no row asks again."""
        phones = Identifier.objects.filter(
            member=OuterRef("pk"), kind=IdentifierKind.PHONE, ended_at__isnull=True
        ).order_by("id")
        accounts = Account.objects.filter(owner=OuterRef("pk"), program__state=ProgramState.ACTIVE)
        tiers = Tier.objects.filter(program__state=ProgramState.ACTIVE, key=OuterRef("account_tier"))
        visits = PurchaseSummary.objects.filter(member=OuterRef("pk"))
        return (
            super()
            .get_queryset(request)
            .exclude(status=MemberStatus.MERGED)
            # Rows that an undone import had to leave for the ledger's sake are nobody.
            .exclude(status=MemberStatus.ERASED, source=TAKEN_BACK)
            .annotate(
                phone_value=Subquery(phones.values("value")[:1]),
                account_available=Subquery(accounts.values("available")[:1]),
                account_decimals=Subquery(accounts.values("program__point_decimals")[:1]),
                account_tier=Subquery(accounts.values("tier_key")[:1]),
                tier_name=Subquery(tiers.values("name")[:1]),
                visited_at=Subquery(visits.values("last_at")[:1]),
            )
        )

    @override
    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """With what the company keeps of people besides; a page asks for them more than once."""
        if not hasattr(request, "profile_filters"):
            request.profile_filters = profile_filters()  # type: ignore[attr-defined]  # for this very page
        return [*super().get_list_filter(request), *request.profile_filters]  # type: ignore[attr-defined]

    @override
    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Phones are keys: shown to those who may see keys, as on the member page."""
        may_see_keys = permits(principal_of(request), Action.VIEW, "members.identifier")
        return [name for name in self.list_display if may_see_keys or name != "phone"]

    @override
    def get_urls(self) -> list[URLPattern]:
        own = [
            *self.points_urls(),
            *self.tier_urls(),
            *self.keys_urls(),
            *self.consents_urls(),
            *self.lending_urls(),
            *self.notices_urls(),
            *self.privacy_urls(),
        ]
        return [*own, *super().get_urls()]

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        sees_keys = permits(principal_of(request), Action.VIEW, "members.identifier")
        found = find_members(queryset, search_term, region=default_region(), with_parts=sees_keys)
        request.found = found  # type: ignore[attr-defined]  # for the paginator of this very list
        return found.members, False

    @override
    def get_paginator(self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any) -> Paginator:
        """Finding people has counted them and knows who they are."""
        paginator: Paginator = super().get_paginator(request, queryset, *args, **kwargs)
        found: Found | None = getattr(request, "found", None)
        if found is not None and isinstance(paginator, EstimatingPaginator):
            paginator.known_count, paginator.known_keys = found.count, found.ids
        return paginator

    @display(description=pgettext_lazy("of a person", "name"))
    def shown_name(self, obj: Member) -> SafeString:
        return format_html("<bdi>{}</bdi>", obj)

    @display(description=_("kind"))
    def shown_kind(self, obj: Member) -> SafeString:
        if obj.status != MemberStatus.ENROLLED:
            return _label(obj.status, str(obj.get_status_display()))
        return _label(obj.kind, str(obj.get_kind_display()))

    @display(description=_("phone"), empty_value="—")
    def phone(self, obj: Any) -> SafeString | None:
        return format_html('<bdi dir="ltr">{}</bdi>', mask_key("phone", obj.phone_value)) if obj.phone_value else None

    @display(description=_("tier"), empty_value="—")
    def tier(self, obj: Any) -> str | None:
        return obj.tier_name or obj.account_tier or None

    @display(description=_("points"), empty_value="—")
    def balance(self, obj: Any) -> SafeString | None:
        if obj.account_available is None:
            return None
        return format_html('<bdi dir="ltr">{}</bdi>', points_text(obj.account_available, obj.account_decimals))

    @display(description=_("last visit"), empty_value="—")
    def last_visit(self, obj: Any) -> Any:
        return obj.visited_at

    @override
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """With what the company keeps besides; whoever may only look sees it above the form."""
        found = super().get_fieldsets(request, obj)
        return [*found, *profile_fieldsets()] if obj is not None and self.has_change_permission(request, obj) else found

    @override
    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:  # Django's signature
        if obj is None:
            return EnrolForm
        if self.has_change_permission(request, obj):
            kwargs["form"] = profile_form()
        return super().get_form(request, obj, change, **kwargs)

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Whether somebody is a person or a company is not changed under the people of a company."""
        return ["kind"] if obj is not None and is_at_company(obj.pk) else []

    @override
    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:  # Django's signature
        """A new member is enrolled by the service that tills use; an old one is saved by save_model."""
        if change:
            return super().save_form(request, form, change)
        return enrol_with_number(
            name=form.cleaned_data["name"],
            identifiers=form.keys(),
            consents=form.consents(),
            region=default_region(),
            actor=principal_of(request),
            now=timezone.now(),
            hand_over=form.cleaned_data["hand_over"],
        )

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # Django's signature
        if change:
            change_profile(member=obj, now=timezone.now())

    @override
    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # Django's signature
        """Nothing hangs on the profile's form."""

    @override
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The enrolment has written its own audit row."""

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        member = self.get_object(request, object_id)
        if member is None and (survivor := survivor_of(object_id)) and self.has_view_permission(request):
            messages.info(request, gettext("This member was merged into the one you see."))
            return HttpResponseRedirect(reverse("admin:members_member_change", args=[survivor]))
        context: dict[str, Any] = {}
        if member is not None and self.has_view_permission(request, member):
            context = self._page(request, member)
        answer: HttpResponse = super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})
        return answer

    @override
    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:  # unfold's signature
        """Nothing is done for somebody who is forgotten."""
        is_erased = Member.objects.filter(pk=object_id, status=MemberStatus.ERASED).exists()
        return [] if is_erased else super().get_actions_detail(request, object_id)

    def _page(self, request: HttpRequest, member: Member) -> dict[str, Any]:
        """What the member page shows around the profile's form."""
        who, now = principal_of(request), timezone.now()
        is_erased = member.status == MemberStatus.ERASED
        account = account_left_by(member.pk) if is_erased else account_of(member.pk)
        before, person = request.GET.get("before", ""), person_details(member.pk)
        return {
            "title": member.name or gettext("Member %(number)s") % {"number": member.pk},
            "standing": standing_of(account, member_id=member.pk, now=now) if account and not is_erased else None,
            "program": account.program if account else None,
            "movements": movements_of(account, before=int(before) if before.isdigit() else None) if account else None,
            "visits": visits_of(member.pk, limit=RECEIPTS_SHOWN),
            "person": person,
            "own_keys": keys_beside_the_name(person.identifiers),
            "merges": merges_into(member.pk),
            "profile_facts": facts_in_words(member),
            "may_see_keys": permits(who, Action.VIEW, "members.identifier"),
            "receipts_url": f"{reverse('admin:programs_purchase_changelist')}?member__id__exact={member.pk}",
            "may_set_tier": may_set_tier(who, None if is_erased else account),
            **points_context(who, member, None if is_erased else account),
            **keys_context(who),
            **now_context(who, member, now=now),
            **consents_context(who, member),
            **lending_context(who, member),
            **notices_context(who, member, now=now),
            **privacy_context(who, member),
            **life_context(life_of(member.pk)),
            "is_empty_of_programs": not Program.objects.filter(state=ProgramState.ACTIVE).exists(),
        }
