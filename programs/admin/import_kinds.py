"""What the wizard says of each kind of file: its fields, the columns of its preview, how its things are counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.policy import Principal
from members.services.fields import FieldReader
from programs.models import CouponSeries, ImportKind, Partner
from programs.services.importing.kinds import WORKS, may_load

# The column of a preview that says whom a row is about, by name.
WHOSE = "whose"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the preview: a field of the row's state, its heading, and whether it is a number or a code."""

    field: str
    label: Any
    is_number: bool = False
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class KindWords:
    """One kind of file. `own` are the fields of the second step that only it has; `key` says what it asks for when no
    column says what a row is about; `listed` and `one` are the names of the admin's pages of its things."""

    name: Any
    title: Any
    intro: Any
    new: Any
    look: Any
    key: Any
    fields: dict[str, Any]
    columns: tuple[Column, ...]
    counted: Callable[[int], str]
    counted_new: Callable[[int], str]
    listed: str
    one: str
    icon: str
    own: tuple[str, ...] = ()
    has_region: bool = False
    is_receipts: bool = False  # many rows are one thing
    undo: tuple[Any, ...] = ()


def _people(number: int) -> str:
    return ngettext("%(number)s person", "%(number)s people", number) % {"number": intcomma(number)}


def _new_people(number: int) -> str:
    return ngettext("%(number)s new person", "%(number)s new people", number) % {"number": intcomma(number)}


def _products(number: int) -> str:
    return ngettext("%(number)s product", "%(number)s products", number) % {"number": intcomma(number)}


def _new_products(number: int) -> str:
    return ngettext("%(number)s new product", "%(number)s new products", number) % {"number": intcomma(number)}


def _stores(number: int) -> str:
    return ngettext("%(number)s store", "%(number)s stores", number) % {"number": intcomma(number)}


def _new_stores(number: int) -> str:
    return ngettext("%(number)s new store", "%(number)s new stores", number) % {"number": intcomma(number)}


def _coupons(number: int) -> str:
    return ngettext("%(number)s coupon", "%(number)s coupons", number) % {"number": intcomma(number)}


def _new_coupons(number: int) -> str:
    return ngettext("%(number)s new coupon", "%(number)s new coupons", number) % {"number": intcomma(number)}


def _receipt_rows(number: int) -> str:
    return ngettext("%(number)s row of receipts", "%(number)s rows of receipts", number) % {"number": intcomma(number)}


def _new_receipt_rows(number: int) -> str:
    return ngettext("%(number)s new row of receipts", "%(number)s new rows of receipts", number) % {
        "number": intcomma(number)
    }


def words_of(kind: str) -> KindWords:
    """The words of a kind of file, of customers with the fields that the company keeps besides."""
    words = KINDS[kind]
    if kind != ImportKind.CUSTOMERS:
        return words
    language = get_language() or ""
    return replace(words, fields={**words.fields, **{k: f.label(language) for k, f in FieldReader().current.items()}})


KINDS: dict[str, KindWords] = {
    ImportKind.CUSTOMERS: KindWords(
        name=_("Customers"),
        title=_("Import customers"),
        intro=_(
            "Upload the list of your customers. Nothing changes before you have seen what each row would do and said yes."
        ),
        new=_("New people"),
        look=_("Look at the people"),
        key=_("Say which column holds phones, e-mails, cards or codes."),
        fields={
            "name": pgettext_lazy("of a person", "name"),
            "first_name": _("first name"),
            "middle_name": _("middle name"),
            "last_name": _("last name"),
            "phone": _("phone"),
            "email": _("e-mail"),
            "card": _("card"),
            "code": _("code"),
            "birth_date": _("date of birth"),
            "points": _("points"),
            "tier": _("tier"),
            "joined_on": _("day they joined"),
            "city": _("city"),
            "street": _("street and house"),
            "postcode": _("postcode"),
            "language": _("language"),
            "source": _("how they came"),
            "note": _("note"),
            "sex": _("sex"),
            "region": _("country of the phone"),
            "other_phone": _("another phone, where the first is missing"),
            "other_email": _("another e-mail, where the first is missing"),
            "consent": _("consent to offers"),
            "consent_email": _("consent to offers by e-mail"),
            "consent_sms": _("consent to offers by SMS"),
            "consent_phone": _("consent to offers by phone"),
            "consent_processing": _("consent to keeping the data"),
            "refused": _("refusal of offers: a yes means none"),
            "refused_email": _("refusal of offers by e-mail"),
            "refused_sms": _("refusal of offers by SMS"),
            "refused_phone": _("refusal of offers by phone"),
            "refused_processing": _("refusal of keeping the data"),
            "consent_date": _("when the consent was given"),
            "consent_source": _("how or where the consent was given"),
            "consent_wording": _("words of the consent, or their version"),
        },
        columns=(
            Column("name", pgettext_lazy("of a person", "Name")),
            Column("phone", _("Phone"), is_code=True),
            Column("email", _("E-mail"), is_code=True),
            Column("points", _("Points"), is_number=True),
        ),
        counted=_people,
        counted_new=_new_people,
        listed="admin:members_member_changelist",
        one="admin:members_member_change",
        icon="group",
        own=("region", "program", "points_mode", "is_rounding"),
        has_region=True,
    ),
    ImportKind.PRODUCTS: KindWords(
        name=_("Products"),
        title=_("Import products"),
        intro=_(
            "Upload the list of what you sell: an article number or bar code, a name, a category, and if you like the price "
            "on the shelf, more barcodes, and what a piece costs you. Categories that are not there yet are made. Nothing "
            "changes before you have seen what each row would do and said yes."
        ),
        new=_("New products"),
        look=_("Look at the products"),
        key=_("Say which column holds the SKU: the article number or bar code that the till sends."),
        fields={
            "sku": _("SKU"),
            "name": pgettext_lazy("of a thing", "name"),
            "category": _("category"),
            "parent_category": _("category above it"),
            "brand": _("brand"),
            "labels": _("labels"),
            "price": _("price on the shelf"),
            "barcodes": _("barcodes"),
            "cost": _("what a piece costs us"),
        },
        columns=(
            Column("sku", _("SKU"), is_code=True),
            Column("name", pgettext_lazy("of a thing", "Name")),
            Column("category", _("Category")),
            Column("brand", _("Brand")),
            Column("labels", _("Labels")),
            Column("price", _("Price"), is_number=True),
            Column("barcodes", _("Barcodes"), is_code=True),
            Column("cost", _("Costs us"), is_number=True),
        ),
        counted=_products,
        counted_new=_new_products,
        listed="admin:programs_product_changelist",
        one="admin:programs_product_change",
        icon="shopping_bag",
        undo=(
            _("New products are removed, and so are categories that were made for them."),
            _(
                "Products that were known before get back the name, category, brand, labels, price, barcodes and cost they had. A "
                "barcode that another product has got since stays there."
            ),
            _("A product that has been changed or sold since, or that a rule names, stays as it is, with the reason."),
        ),
    ),
    ImportKind.STORES: KindWords(
        name=_("Stores"),
        title=_("Import stores"),
        intro=_(
            "Upload the list of your stores: a code or a name, the city, the time zone, whether they are open, and whose "
            "they are if you have several partners. Nothing changes before you have seen what each row would do and said "
            "yes."
        ),
        new=_("New stores"),
        look=_("Look at the stores"),
        key=_("Say which column holds the stores’ codes or names."),
        fields={
            "code": pgettext_lazy("of a store", "code"),
            "name": pgettext_lazy("of a thing", "name"),
            "partner": _("partner"),
            "city": _("city"),
            "time_zone": _("time zone"),
            "is_open": pgettext_lazy("a store", "open"),
        },
        columns=(
            Column("code", pgettext_lazy("of a store", "Code"), is_code=True),
            Column("name", pgettext_lazy("of a thing", "Name")),
            Column("partner", _("Partner")),
            Column("city", _("City")),
            Column("time_zone", _("Time zone"), is_code=True),
        ),
        counted=_stores,
        counted_new=_new_stores,
        listed="admin:programs_store_changelist",
        one="admin:programs_store_change",
        icon="storefront",
        own=("partner",),
        undo=(
            _("New stores are removed."),
            _("Stores that were known before get back what the file changed."),
            _(
                "A store that has been changed since, that has tills, cashiers, staff or receipts, or that a rule names, "
                "stays as it is, with the reason."
            ),
        ),
    ),
    ImportKind.COUPONS: KindWords(
        name=_("Coupon codes"),
        title=_("Import coupon codes"),
        intro=_(
            "Upload the codes that a partner or a printer gave you: one a line, or a table with a column of last days. "
            "With a column of phones, cards, e-mails or members’ codes each is that person’s alone. They go into a kind of coupon that you choose on the next step. Nothing changes before you have seen what "
            "each row would do and said yes."
        ),
        new=_("New coupons"),
        look=_("Look at the coupons"),
        key=_("Say which column holds the codes."),
        fields={
            "code": _("code of the coupon"),
            "valid_until": _("last day"),
            "phone": _("phone of its member"),
            "email": _("e-mail of its member"),
            "card": _("card of its member"),
            "member_code": _("code of its member"),
        },
        columns=(
            Column("code", _("Code of the coupon"), is_code=True),
            Column("valid_until", _("Last day"), is_code=True),
            Column(WHOSE, _("Member")),
        ),
        counted=_coupons,
        counted_new=_new_coupons,
        listed="admin:programs_coupon_changelist",
        one="admin:programs_coupon_change",
        icon="confirmation_number",
        own=("series",),
        undo=(
            _("New coupons are removed: the codes are unknown at the till."),
            _("Coupons that were known before get back the last day they had."),
            _("A coupon that has been used, set aside, withdrawn or changed since stays as it is, with the reason."),
        ),
    ),
    ImportKind.RECEIPTS: KindWords(
        is_receipts=True,
        name=_("Receipts"),
        title=_("Import receipts from before"),
        intro=_(
            "Upload what your members bought before, one row per article or one per receipt: its number, its day, who "
            "bought, the sum. Bring your customers, stores and products first. Old receipts earn no points and raise no "
            "tier. Nothing changes before you have seen what each row would do and said yes."
        ),
        new=_("New rows"),
        look=_("Look at the receipts"),
        key=_("Say which columns hold the number of the receipt and its day."),
        fields={
            "number": _("number of the receipt"),
            "day": _("day (and time)"),
            "time": _("time, in a column of its own"),
            "store": _("store"),
            "register": _("register"),
            "phone": _("phone"),
            "email": _("e-mail"),
            "card": _("card"),
            "code": _("code of the member"),
            "sku": _("SKU"),
            "name": pgettext_lazy("of a thing", "name"),
            "quantity": _("quantity"),
            "price": _("price of one"),
            "amount": _("sum after discounts"),
            "discount": _("discount"),
            "is_return": _("sale or return"),
            "original": _("number of the receipt whose goods came back"),
        },
        columns=(
            Column("number", _("Receipt"), is_code=True),
            Column("on", _("Day"), is_code=True),
            Column("store", _("Store")),
            Column("member", _("Member"), is_code=True),
            Column("sku", _("SKU"), is_code=True),
            Column("quantity", _("Quantity"), is_number=True),
            Column("amount", _("Sum"), is_number=True),
        ),
        counted=_receipt_rows,
        counted_new=_new_receipt_rows,
        listed="admin:programs_purchase_changelist",
        one="admin:programs_purchase_change",
        icon="receipt_long",
        own=("region", "without_member", "products"),
        has_region=True,
        undo=(
            _("The receipts are removed whole, and what they added to their members' purchases is taken off again."),
            _(
                "A receipt whose goods have come back since, or whose member was merged, erased or given points by hand "
                "since, stays as it is, with the reason."
            ),
            _("Products that were made for the receipts stay."),
        ),
    ),
}


def offered_to(principal: Principal) -> dict[str, KindWords]:
    """The kinds of files that this person may bring in."""
    return {kind: KINDS[kind] for kind in WORKS if may_load(principal, kind)}


def lacks_of(kind: str) -> dict[str, Any] | None:
    """What must be there before a file of a kind can come in: {"words", "url": where it is made}; None when it is."""
    if kind == ImportKind.COUPONS and not CouponSeries.objects.filter(is_active=True).exists():
        words = _("There is no kind of coupon yet. Make one first: it says what the codes bring.")
        return {"words": words, "url": reverse("admin:programs_couponseries_add")}
    if kind == ImportKind.STORES and not Partner.objects.exists():
        words = _("There is no partner yet. Add your own company first: every store belongs to one.")
        return {"words": words, "url": reverse("admin:programs_partner_add")}
    return None
