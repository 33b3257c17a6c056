"""Rules of a draft as sentences for people: names instead of the codes that a document has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from loyalty_site.ground.errors import Said
from members.queries.fields import fields_by_code
from programs.models import Category, CouponSeries, Partner, Product, Program, Store
from programs.rules.calendars import read_calendars
from programs.rules.conditions import Condition, parse_condition
from programs.rules.documents import parse_reward, parse_rule
from programs.rules.parsing import Units
from programs.rules.saying import rule_words
from programs.rules.served import EVERYTHING

CATEGORIES, PRODUCTS, SERIES, TIERS, FIELDS = "categories", "products", "series", "tiers", "fields"
STORES, PARTNERS, CHANNELS = "stores", "partners", "channels"
# Which settings of a part name what: of any part, and of one kind of it.
_NAMES = {"skus": PRODUCTS, "codes": CATEGORIES, "series": SERIES, "field": FIELDS, "channels": CHANNELS}
_NAMES_OF = {
    ("store", "codes"): STORES,
    ("partner", "codes"): PARTNERS,
    ("tier", "keys"): TIERS,
    ("brand", "codes"): "",
    ("interest", "codes"): "",
}

type Names = Mapping[str, Mapping[str, str]]


def names_for(program: Program, parts: Iterable[Any]) -> dict[str, dict[str, str]]:
    """{what: {code: name}} of all that rules can name; of articles only those that `parts` (of documents) do."""
    skus = set(_skus_in(list(parts)))
    return {
        CATEGORIES: dict(Category.objects.values_list("code", "name")),
        PRODUCTS: dict(Product.objects.filter(sku__in=skus).values_list("sku", "name")) if skus else {},
        STORES: dict(Store.objects.order_by("name").values_list("code", "name")),
        PARTNERS: dict(Partner.objects.order_by("name").values_list("code", "name")),
        SERIES: dict(CouponSeries.objects.filter(program=program).order_by("name").values_list("key", "name")),
        TIERS: dict(program.tiers.values_list("key", "name")),
        CHANNELS: {"till": _("at the till"), "web": _("on the web"), "phone": _("by phone")},
        FIELDS: {code: field.label("") for code, field in fields_by_code().items()},
    }


def units_of(document: Mapping[str, Any]) -> Units:
    """What the parts of a draft's document are said with; also those that nobody serves yet."""
    return Units(
        document["currency_exponent"],
        document["point_decimals"],
        EVERYTHING,
        read_calendars(document),
        document["currency"],
    )


def rule_sentence(raw: Mapping[str, Any], units: Units, names: Names) -> Said:
    """One rule of a document as a sentence. Raises DocumentError or ConditionError when it makes no sense."""
    plain = {
        **raw,
        "conditions": [named(one, names) for one in raw["conditions"]],
        "effect": named(raw["effect"], names),
    }
    return rule_words(parse_rule(plain, units), units)


def condition_sentence(raw: Mapping[str, Any], asked: Condition, units: Units, names: Names) -> Said:
    """One condition of a rule of a document, found by its compiled form."""
    for one in raw["conditions"]:
        if parse_condition(one, units) == asked:
            return parse_condition(named(one, names), units).words(units)
    return asked.words(units)


def reward_sentence(raw: Mapping[str, Any], units: Units, names: Names) -> Said:
    """What one reward takes off. Raises DocumentError."""
    return parse_reward({**raw, "effect": named(raw["effect"], names)}, units).effect.words(units)


def named(part: Any, names: Names) -> Any:
    """A condition or an effect with names in place of codes: good for being said, and for nothing else."""
    if not isinstance(part, Mapping):
        return part
    return {key: _named(part, key, value, names) for key, value in part.items()}


def _named(part: Mapping[str, Any], key: str, value: Any, names: Names) -> Any:
    if isinstance(value, Mapping) and key in {"buy", "get"}:
        return named(value, names)
    what = _NAMES_OF.get((str(part.get("type")), key), _NAMES.get(key, ""))
    known = names.get(what, {})
    if isinstance(value, list):
        return [known.get(one, one) if isinstance(one, str) else one for one in value]
    return known.get(value, value) if isinstance(value, str) else value


def _skus_in(part: Any) -> Iterator[str]:
    if isinstance(part, Mapping):
        skus = part.get("skus")
        if isinstance(skus, list):
            yield from (sku for sku in skus if isinstance(sku, str))
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _skus_in(inner)
