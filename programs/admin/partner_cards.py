"""Cards that partners issue and that work here: their numbers, and how many of those we know are used."""

from __future__ import annotations

from typing import Any, override

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from loyalty_site.ground.admin import PolicyModelAdmin, left_to_right
from members.models import CardIssuer
from members.services.issuers import save_issuer
from programs.queries.partner_cards import ACTIVE_DAYS, with_use


@admin.register(CardIssuer)
class CardIssuerAdmin(PolicyModelAdmin):
    """A partner's own range of numbers. A card of it finds the member at every till, as any card does."""

    empty_says = _("No partner's cards work here yet. Add whose they are, how the numbers begin and how long they are.")
    list_display = ["name", "numbers", "check_rule", "issued", "active_month", "active_quarter", "ended"]
    ordering = ["name"]
    sortable_by = ()
    fieldsets = [
        (
            None,
            {
                "fields": ["name", ("prefix", "length"), "check_rule"],
                "description": _(
                    "A number that begins so and is as long is theirs. With a check digit, a till tells a typing error from a card that nobody has."
                ),
            },
        )
    ]

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_use(super().get_queryset(request), now=timezone.now())

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # Django's signature
        save_issuer(obj)

    @display(description=_("numbers"))
    def numbers(self, obj: CardIssuer) -> str:
        return left_to_right(f"{obj.prefix}{'·' * (obj.length - len(obj.prefix))}")

    @display(description=_("cards with members"))
    def issued(self, obj: Any) -> int:
        return int(obj.cards_issued)

    @display(description=format_lazy(_("used in the last {days} days"), days=ACTIVE_DAYS[0]))
    def active_month(self, obj: Any) -> str:
        return _share(obj.cards_month, obj.cards_issued)

    @display(description=format_lazy(_("used in the last {days} days"), days=ACTIVE_DAYS[1]))
    def active_quarter(self, obj: Any) -> str:
        return _share(obj.cards_quarter, obj.cards_issued)

    @display(description=_("ended"))
    def ended(self, obj: Any) -> int:
        return int(obj.cards_ended)


def _share(part: int, whole: int) -> Any:
    return left_to_right(f"{part} ({part * 100 // whole} %)") if whole else "—"
