"""Companies that buy: the list, and a page with their people, ours, whether the decision maker is won, and the points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, override

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from loyalty_site.ground import policy
from loyalty_site.ground.admin import BigTableMixin, PolicyModelAdmin, principal_of
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.models import User
from loyalty_site.ground.policy import Action, permits
from members.errors import ContactGone, MemberNotFound
from members.models import BuyingCompany, CompanyContact, ContactRole, Member, MemberStatus
from members.queries.companies import details_of, with_winning
from members.queries.search import search_members
from members.services import companies as people
from members.services import read_identifier
from programs.admin.adjustment_forms import PersonField
from programs.models import Account, Cashier, CompanyTie, ProgramState, PurchaseSummary
from programs.queries.companies import RECEIPTS_SHOWN, company_page
from programs.queries.company import default_region
from programs.queries.figures import points_text
from programs.queries.standing import account_of, standing_of, visits_of
from programs.services import companies

ROUTE = "members_buyingcompany_deed"


class WonFilter(SimpleListFilter):
    """Companies by whether somebody who decides there is won."""

    title = _("decision maker won")
    parameter_name = "won"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("won")), ("no", _("not won yet"))]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"yes", "no"}:
            return queryset
        return queryset.exclude(status=MemberStatus.ERASED).filter(is_won=self.value() == "yes")


class CompanyForm(forms.ModelForm):
    """Name and numbers; for a new company also a phone or e-mail of its own, if it has one."""

    name = forms.CharField(label=_("Name"), max_length=200, widget=UnfoldAdminTextInputWidget)
    tax_number = forms.CharField(
        label=_("Tax number"), max_length=32, required=False, widget=UnfoldAdminTextInputWidget(attrs={"dir": "ltr"})
    )
    registration_number = forms.CharField(
        label=_("Registration number"),
        max_length=32,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"dir": "ltr"}),
    )

    class Meta:
        model = BuyingCompany
        fields = ["name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            details = details_of(self.instance.pk)
            self.initial["tax_number"] = details.tax_number
            self.initial["registration_number"] = details.registration_number

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for field in ("tax_number", "registration_number"):
            try:
                people.read_company_number(data.get(field, ""))
            except DomainError as refusal:
                self.add_error(field, refusal.message(gettext))
        return data


class NewCompanyForm(CompanyForm):
    phone = forms.CharField(label=_("Phone"), required=False, widget=UnfoldAdminTextInputWidget)
    email = forms.CharField(label=_("E-mail"), required=False, widget=UnfoldAdminTextInputWidget)

    def keys(self) -> list[tuple[str, str]]:
        """(kind, as typed) of the fields that were filled in."""
        return [(kind, self.cleaned_data[kind]) for kind in ("phone", "email") if self.cleaned_data.get(kind)]

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for kind, text in self.keys():
            try:
                people.refuse_taken(kind, read_identifier(kind=kind, text=text, region=default_region()))
            except DomainError as refusal:
                self.add_error(kind, refusal.message(gettext))
        return data


@admin.register(BuyingCompany)
class CompanyAdmin(BigTableMixin, PolicyModelAdmin):
    """Who buys not for themselves. The points are the company's, whoever of its people stands at the till."""

    empty_says = _("No company buys here yet. Add one, then the people by whom it buys.")
    form = CompanyForm
    list_display = ["shown_name", "decision_maker", "manager", "points", "last_visit"]
    list_display_links = ["shown_name"]
    list_filter = [WonFilter, "status"]
    search_fields = ["search_name"]
    search_help_text = _("Name, phone in any spelling, card, code or e-mail")
    ordering = ["-id"]
    sortable_by = ()
    change_form_template = "programs/company.html"
    add_form_template = "admin/change_form.html"
    fieldsets = [(None, {"fields": ["name", ("tax_number", "registration_number")]})]
    add_fieldsets = [(None, {"fields": ["name", ("tax_number", "registration_number"), ("phone", "email")]})]

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        accounts = Account.objects.filter(owner=OuterRef("pk"), program__state=ProgramState.ACTIVE)
        ties = CompanyTie.objects.filter(company=OuterRef("pk"), is_manager=True, ended_at__isnull=True)
        visits = PurchaseSummary.objects.filter(member=OuterRef("pk"))
        rows = super().get_queryset(request).exclude(status=MemberStatus.MERGED)
        return with_winning(rows).annotate(
            account_available=Subquery(accounts.values("available")[:1]),
            account_decimals=Subquery(accounts.values("program__point_decimals")[:1]),
            manager_name=Subquery(ties.values("user__username")[:1]),
            visited_at=Subquery(visits.values("last_at")[:1]),
        )

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        return search_members(queryset, search_term, region=default_region()), False

    @override
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, form=CompanyForm if change else NewCompanyForm, **kwargs)

    @override
    def get_urls(self) -> list[URLPattern]:
        return [
            path("<int:object_id>/deed/", self.admin_site.admin_view(self.deed_view), name=ROUTE),
            *super().get_urls(),
        ]

    @display(description=pgettext_lazy("of a company", "name"))
    def shown_name(self, obj: Member) -> SafeString:
        return format_html("<bdi>{}</bdi>", obj)

    @display(description=_("decision maker won?"), label={"won": "success", "open": "warning", "unknown": "danger"})
    def decision_maker(self, obj: Any) -> tuple[str, Any]:
        if obj.is_won:
            return "won", _("won")
        return ("open", _("not won yet")) if obj.has_decider else ("unknown", _("nobody known who decides"))

    @display(description=_("account manager"), empty_value="—")
    def manager(self, obj: Any) -> str | None:
        return obj.manager_name

    @display(description=_("points"), empty_value="—")
    def points(self, obj: Any) -> str | None:
        return None if obj.account_available is None else points_text(obj.account_available, obj.account_decimals)

    @display(description=_("last visit"), empty_value="—")
    def last_visit(self, obj: Any) -> Any:
        return obj.visited_at.date() if obj.visited_at else None

    @override
    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:  # Django's signature
        numbers = {field: form.cleaned_data[field] for field in ("tax_number", "registration_number")}
        who, now = principal_of(request), timezone.now()
        if not change:
            return people.create_company(
                name=form.cleaned_data["name"],
                identifiers=form.keys(),
                region=default_region(),
                actor=who,
                now=now,
                **numbers,
            )
        people.change_company(
            company_id=form.instance.pk, name=form.cleaned_data["name"], actor=who, now=now, **numbers
        )
        return form.instance

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # Django's signature
        """save_form has called the service."""

    @override
    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # Django's signature
        """Nothing hangs on the form."""

    @override
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The service has written the audit row."""

    @override
    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The service has written the audit row."""

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        company = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if company is not None and self.has_view_permission(request, company):
            who = principal_of(request)
            account = account_of(company.pk)
            context = {
                "title": str(company),
                "page": company_page(company.pk),
                "standing": standing_of(account, member_id=company.pk, now=timezone.now()) if account else None,
                "program": account.program if account else None,
                "visits": visits_of(company.pk, limit=RECEIPTS_SHOWN),
                "may_act": permits(who, Action.ACT, self.resource) and company.status != MemberStatus.ERASED,
                "roles": ContactRole.choices,
                "ours": _ours(),
            }
        answer: HttpResponse = super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})
        return answer

    def deed_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Do one deed; the answer is the company's page again."""
        if not policy.may_open(principal_of(request), f"admin:{ROUTE}"):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        company = get_object_or_404(BuyingCompany, pk=object_id)
        deed = _DEEDS.get(request.POST.get("deed", ""))
        try:
            if deed is not None:
                messages.success(request, deed(request, company))
        except DomainError as refusal:
            messages.error(request, refusal.message(gettext))
        except forms.ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        return HttpResponseRedirect(reverse("admin:members_buyingcompany_change", args=[company.pk]))


def _ours() -> list[tuple[str, str]]:
    """Who may stand beside a company: ("user:3" or "cashier:7", name)."""
    staff = User.objects.filter(is_active=True).order_by("username")
    cashiers = Cashier.objects.filter(is_active=True).select_related("store").order_by("store__name", "name")
    return [
        *((f"user:{one.pk}", one.get_full_name() or one.username) for one in staff),
        *((f"cashier:{one.pk}", f"{one.name} ({one.store})") for one in cashiers),
    ]


def _contact(request: HttpRequest, company: Member) -> CompanyContact:
    """A contact person of this company and of no other, whatever number was sent."""
    number = request.POST.get("contact", "")
    found = CompanyContact.objects.filter(pk=int(number), company=company).first() if number.isdecimal() else None
    if found is None:
        raise ContactGone
    return found


def _act(request: HttpRequest) -> dict[str, Any]:
    return {"actor": principal_of(request), "now": timezone.now()}


def _add(request: HttpRequest, company: Member) -> str:
    """By a key that they carry, or by name, phone and e-mail when nobody knows them yet."""
    who, name = request.POST.get("who", "").strip(), request.POST.get("name", "").strip()
    if who:
        person = PersonField().clean(who)
    elif name:
        keys = [(kind, request.POST.get(kind, "").strip()) for kind in ("phone", "email")]
        person = people.note_contact_person(
            name=name, identifiers=[key for key in keys if key[1]], region=default_region(), **_act(request)
        )
    else:
        raise MemberNotFound
    people.add_contact(company_id=company.pk, person_id=person.pk, roles=request.POST.getlist("role"), **_act(request))
    return gettext("%(name)s is a contact person now.") % {"name": person}


def _roles(request: HttpRequest, company: Member) -> str:
    contact = _contact(request, company)
    people.set_contact_roles(contact_id=contact.pk, roles=request.POST.getlist("role"), **_act(request))
    return gettext("It is noted what %(name)s does.") % {"name": contact.person}


def _won(request: HttpRequest, company: Member) -> str:
    contact, is_won = _contact(request, company), request.POST.get("won") == "1"
    people.set_won(contact_id=contact.pk, is_won=is_won, **_act(request))
    if is_won:
        return gettext("%(name)s is won.") % {"name": contact.person}
    return gettext("%(name)s is still to be won.") % {"name": contact.person}


def _buy(request: HttpRequest, company: Member) -> str:
    contact = _contact(request, company)
    companies.buy_for_company(contact.pk, may_spend=request.POST.get("may_spend") == "1", **_act(request))
    return gettext("Whatever %(name)s buys is the company's from the next receipt on.") % {"name": contact.person}


def _stop(request: HttpRequest, company: Member) -> str:
    contact = _contact(request, company)
    companies.stop_buying(contact.pk, **_act(request))
    return gettext("%(name)s buys for themselves again.") % {"name": contact.person}


def _card(request: HttpRequest, company: Member) -> str:
    contact = _contact(request, company)
    card = companies.give_company_card(contact.pk, may_spend=request.POST.get("may_spend") == "1", **_act(request))
    return gettext("The card's number: %(number)s") % {"number": card.shown}


def _end(request: HttpRequest, company: Member) -> str:
    contact = _contact(request, company)
    companies.end_contact(contact.pk, **_act(request))
    return gettext("%(name)s has left: no access any more, and the points stay here.") % {"name": contact.person}


def _tie(request: HttpRequest, company: Member) -> str:
    kind, _colon, number = request.POST.get("ours", "").partition(":")
    who = int(number) if number.isdecimal() else 0
    is_manager = request.POST.get("contact") == "manager"
    found: User | Cashier | None = None
    if kind == "user":
        found = User.objects.filter(pk=who, is_active=True).first()
    elif kind == "cashier" and not is_manager:
        found = Cashier.objects.filter(pk=who, is_active=True).first()
    if found is None:
        raise forms.ValidationError(gettext("Choose one of the staff; an account manager is no cashier."))
    contact = _contact(request, company) if request.POST.get("contact", "").isdecimal() else None
    companies.add_tie(
        company.pk,
        user_id=found.pk if kind == "user" else None,
        cashier_id=found.pk if kind == "cashier" else None,
        contact_id=contact.pk if contact else None,
        is_manager=is_manager,
        **_act(request),
    )
    return gettext("%(name)s stands beside the company now.") % {"name": found}


def _untie(request: HttpRequest, company: Member) -> str:
    number = request.POST.get("tie", "")
    tie = CompanyTie.objects.filter(pk=int(number), company=company).first() if number.isdecimal() else None
    if tie is not None:
        companies.end_tie(tie.pk, **_act(request))
    return gettext("Done.")


_DEEDS: dict[str, Callable[[HttpRequest, Member], str]] = {
    "add": _add,
    "roles": _roles,
    "won": _won,
    "buy": _buy,
    "stop": _stop,
    "card": _card,
    "end": _end,
    "tie": _tie,
    "untie": _untie,
}
