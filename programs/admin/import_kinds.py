"""What the wizard says of each kind of file: its fields, the columns of its preview, how its things are counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.policy import Principal
from members.services.fields import FieldReader
from programs.models import ImportKind
from programs.services.importing.kinds import WORKS, may_load


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
    undo: tuple[Any, ...] = ()


def _people(number: int) -> str:
    return ngettext("%(number)s person", "%(number)s people", number) % {"number": intcomma(number)}


def _new_people(number: int) -> str:
    return ngettext("%(number)s new person", "%(number)s new people", number) % {"number": intcomma(number)}


def _products(number: int) -> str:
    return ngettext("%(number)s product", "%(number)s products", number) % {"number": intcomma(number)}


def _new_products(number: int) -> str:
    return ngettext("%(number)s new product", "%(number)s new products", number) % {"number": intcomma(number)}


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
            "joined_on": _("member since"),
            "city": _("city"),
            "street": _("street and house"),
            "postcode": _("postcode"),
            "language": _("language"),
            "source": _("how they came"),
            "note": _("note"),
            "sex": _("sex"),
            "region": _("country of the phone"),
            "consent": _("consent to offers"),
            "consent_email": _("consent to offers by e-mail"),
            "consent_sms": _("consent to offers by SMS"),
            "consent_phone": _("consent to offers by phone"),
            "consent_processing": _("consent to keeping the data"),
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
        own=("region", "program", "points_mode"),
        has_region=True,
    ),
    ImportKind.PRODUCTS: KindWords(
        name=_("Products"),
        title=_("Import products"),
        intro=_(
            "Upload the list of what you sell: an article number or bar code, a name, a category. Categories that are "
            "not there yet are made. Nothing changes before you have seen what each row would do and said yes."
        ),
        new=_("New products"),
        look=_("Look at the products"),
        key=_("Say which column holds the SKU: the article number or bar code that the till sends."),
        fields={
            "sku": _("SKU"),
            "name": pgettext_lazy("of a thing", "name"),
            "category": _("category"),
            "parent_category": _("category above it"),
        },
        columns=(
            Column("sku", _("SKU"), is_code=True),
            Column("name", pgettext_lazy("of a thing", "Name")),
            Column("category", _("Category")),
        ),
        counted=_products,
        counted_new=_new_products,
        listed="admin:programs_product_changelist",
        one="admin:programs_product_change",
        icon="shopping_bag",
        undo=(
            _("New products are removed, and so are categories that were made for them."),
            _("Products that were known before get back the name and category they had."),
            _("A product that has been changed or sold since, or that a rule names, stays as it is, with the reason."),
        ),
    ),
}


def offered_to(principal: Principal) -> dict[str, KindWords]:
    """The kinds of files that this person may bring in."""
    return {kind: KINDS[kind] for kind in WORKS if may_load(principal, kind)}
