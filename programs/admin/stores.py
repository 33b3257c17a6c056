"""Partners, their stores, and the people at the tills."""

from __future__ import annotations

from typing import Any, override

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminPasswordWidget

from loyalty_site.ground.admin import PolicyModelAdmin, principal_of
from loyalty_site.ground.policy import Action, permits
from members.services import mask_name
from programs.admin.filters import StoreFilter
from programs.admin.poster import poster_page
from programs.errors import PinTooSimple
from programs.models import Cashier, Partner, Store
from programs.rules.guarding import is_pin
from programs.services.cashiers import set_cashier_pin


@admin.register(Partner)
class PartnerAdmin(PolicyModelAdmin):
    """Firms whose stores serve each other's receipts."""

    empty_says = _("A partner is a firm with stores. Add your own company first.")
    list_display = ["name", "code", "store_count"]
    ordering = ["name"]
    search_fields = ["name", "code"]
    prepopulated_fields = {"code": ["name"]}

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(store_count=Count("stores"))

    @display(description=_("stores"), ordering="store_count")
    def store_count(self, obj: Any) -> int:
        count: int = obj.store_count
        return count


@admin.register(Store)
class StoreAdmin(PolicyModelAdmin):
    """Outlets, and the shop managers who see them."""

    empty_says = _("Add the first store; its terminals and cashiers come next.")
    store_lookup = "id"
    list_display = ["name", "partner", "city", "time_zone", "is_open"]
    list_select_related = ["partner"]
    list_filter = ["is_open", "partner"]
    ordering = ["name"]
    search_fields = ["name", "code", "city"]
    autocomplete_fields = ["staff", "partner"]
    prepopulated_fields = {"code": ["name"]}
    actions_list = ["join_poster"]

    @action(description=_("Poster for joining"), permissions=["view"], url_path="join-poster", icon="qr_code_2")
    def join_poster(self, request: HttpRequest) -> HttpResponse:
        """For the wall beside the till."""
        return poster_page(request)


class CashierForm(forms.ModelForm):
    """The PIN is typed here and kept only as a hash; an empty field leaves it as it is."""

    new_pin = forms.CharField(
        label=_("New PIN"),
        required=False,
        widget=UnfoldAdminPasswordWidget,
        help_text=_("4 to 8 digits, not all the same and not in a row. Empty: the PIN stays as it is."),
    )

    class Meta:
        model = Cashier
        fields = ["store", "name", "number", "is_active", "member"]

    def clean_new_pin(self) -> str:
        pin: str = self.cleaned_data["new_pin"]
        if pin and not is_pin(pin):
            raise forms.ValidationError(PinTooSimple().message(gettext))
        return pin


@admin.register(Cashier)
class CashierAdmin(PolicyModelAdmin):
    """People at the tills. Receipts name them by number."""

    empty_says = _("People at the tills. Receipts name them by their number.")
    form = CashierForm
    store_lookup = "store_id"
    list_display = ["name", "number", "store", "has_pin", "has_card", "is_active"]
    list_select_related = ["store"]
    list_filter = [StoreFilter, "is_active"]
    ordering = ["name"]
    search_fields = ["name", "number"]
    autocomplete_fields = ["store", "member"]

    @display(description=_("PIN"), boolean=True)
    def has_pin(self, obj: Cashier) -> bool:
        return bool(obj.pin_hash)

    @display(description=_("own card known"), boolean=True)
    def has_card(self, obj: Cashier) -> bool:
        return obj.member_id is not None

    @display(description=_("their own membership"), empty_value="—")
    def own_member(self, obj: Cashier) -> str | None:
        return mask_name(obj.member.name) if obj.member else None

    @override
    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Which member a cashier is, is chosen by those who may see members; others see that it is known."""
        member = "member" if permits(principal_of(request), Action.VIEW, "members.member") else "own_member"
        return ["store", "name", "number", "is_active", member, "new_pin"]

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if permits(principal_of(request), Action.VIEW, "members.member") else ["own_member"]

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # Django's signature
        super().save_model(request, obj, form, change)
        pin = form.cleaned_data.get("new_pin")
        if pin:
            set_cashier_pin(cashier_id=obj.pk, pin=pin, actor=principal_of(request), now=timezone.now())
