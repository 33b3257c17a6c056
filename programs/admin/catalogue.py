"""Categories and products, as far as rules need them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, override

from django import forms
from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.contrib.postgres.forms import SimpleArrayField
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from loyalty_site.ground.admin import BigTableMixin, PolicyModelAdmin
from loyalty_site.ground.policy import Action
from loyalty_site.ground.rules.money import is_finer
from loyalty_site.ground.services.transactions import wait_patiently
from programs.models import Category, Product
from programs.queries.company import company_decimals
from programs.queries.products import lock_barcodes, names_of_articles, owners_of_codes
from programs.rules.importing.products import money_text

_BY_COST = ("cost", EmptyFieldListFilter)
_OF_COST = ("cost", "shown_cost", _BY_COST)


@admin.register(Category)
class CategoryAdmin(PolicyModelAdmin):
    """Rules name a category by its code."""

    empty_says = _("Categories group products, so that a rule can make some count more.")
    list_display = ["name", "code", "parent"]
    list_select_related = ["parent"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["parent"]
    prepopulated_fields = {"code": ["name"]}


class BarcodesField(SimpleArrayField):
    """With commas between them or a line for each: a scanner ends every code with the Enter key."""

    @override
    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = ",".join(part for line in value.splitlines() for part in line.split(",") if part.strip())
        return super().to_python(value)


class ProductForm(forms.ModelForm):
    """An article. What a scanner reads must say which one it is."""

    def clean_price(self) -> Decimal | None:
        """No price that nobody could pay."""
        price: Decimal | None = self.cleaned_data["price"]
        decimals = company_decimals()
        if price is not None and is_finer(price, decimals):
            said = ngettext("Your currency has %(n)s decimal.", "Your currency has %(n)s decimals.", decimals)
            raise forms.ValidationError(said % {"n": decimals})
        return price

    def clean_barcodes(self) -> list[str]:
        """No signs that nobody sees: no scanner and no keyboard gives them again."""
        codes: list[str] = self.cleaned_data["barcodes"]
        for code in codes:
            if not code.isprintable():
                shown = "".join(filter(str.isprintable, code))
                words = _("%(code)s holds signs that cannot be seen. Scan it anew, or type it.")
                raise forms.ValidationError(words % {"code": shown})
        return codes

    @override
    def clean(self) -> dict[str, Any]:
        """Each barcode once, and the SKU is none; what another product is scanned by is refused."""
        data: dict[str, Any] = super().clean() or {}
        sku = data.get("sku", "")
        data["barcodes"] = [code for code in dict.fromkeys(data.get("barcodes", ())) if code != sku]
        wait_patiently()  # a chunk of a file that is being applied is done in a moment
        lock_barcodes()
        said = [("sku", sku), *(("barcodes", code) for code in data["barcodes"])]
        owners = owners_of_codes({code for _field, code in said})
        others = {code: skus - {self.instance.sku} for code, skus in owners.items()}
        names = names_of_articles({sku for skus in others.values() for sku in skus})
        for field, code in said:
            # Where another product's SKU is written as this one's, the form says so anyway.
            for other in sorted(others.get(code, set()) - ({code} if field == "sku" else set())):
                words = _(
                    "%(code)s belongs to %(product)s (SKU %(sku)s) already. No two products can have the same one."
                )
                self.add_error(field, words % {"code": code, "product": names[other], "sku": other})
        return data


@admin.register(Product)
class ProductAdmin(BigTableMixin, PolicyModelAdmin):
    """Articles. A sale of an unknown SKU still counts; it simply has no category."""

    empty_says = _("Products tell rules which category a line belongs to. A sale works without them.")
    form = ProductForm
    list_display = ["name", "sku", "category", "brand", "shown_price", "shown_barcodes", "shown_cost"]
    list_select_related = ["category"]
    list_filter = ["category", _BY_COST]
    search_fields = ["=sku", "name"]
    autocomplete_fields = ["category"]
    fields = ["name", "sku", "category", "brand", "labels", "price", "barcodes", "cost"]

    @display(description=_("price"), ordering="price", empty_value="—")
    def shown_price(self, obj: Product) -> Decimal | None:
        return _shown(obj.price)

    @display(description=_("barcodes"), empty_value="—")
    def shown_barcodes(self, obj: Product) -> str | None:
        return ", ".join(obj.barcodes) or None

    @display(description=_("costs us"), ordering="cost", empty_value="—")
    def shown_cost(self, obj: Product) -> Decimal | None:
        return _shown(obj.cost)

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Product], search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        """Also by a barcode, as a scanner types it."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        code = search_term.strip()
        return (found | queryset.filter(barcodes__contains=[code]) if code else found), may_repeat

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "barcodes":
            kwargs["form_class"] = BarcodesField
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @override
    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self._allowed(request, super().get_list_display(request))

    @override
    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return self._allowed(request, super().get_list_filter(request))

    @override
    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self._allowed(request, super().get_fields(request, obj))

    def _allowed(self, request: HttpRequest, shown: Any) -> list[Any]:
        """Columns, filters or fields, for whoever may not see what goods cost us without that."""
        return [one for one in shown if one not in _OF_COST or self.may(request, Action.ACT)]


def _shown(money: Decimal | None) -> Decimal | None:
    """With cents, or as fine as it is."""
    if money is None:
        return None
    cents = money.quantize(Decimal("0.01"))
    return cents if cents == money else Decimal(money_text(money))
