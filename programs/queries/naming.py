"""Rules said to people: what the codes of a document name, and its sentences in the reader's language."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.formats import date_format, get_format
from django.utils.translation import get_language, get_language_bidi, gettext

from loyalty_site.ground.errors import Said
from members.queries.fields import known_fields, option_names
from members.queries.segments import segment_names
from programs.models import Category, CouponSeries, Partner, Product, SaleChannel, Store
from programs.rules.calendars import read_calendars
from programs.rules.parsing import DayOfYear, DocumentError, InLanguages, Units
from programs.rules.served import EVERYTHING

type Names = Mapping[str, Mapping[str, str]]

_DECIMAL = re.compile(r"(?<=\d)\.(?=\d)")
_LEAP = 2000


def names_in(document: Mapping[str, Any]) -> Names:
    """{kind: {code: name}} of all that the rules and rewards of a document name, as Units.names wants it; names of the
    company's own fields in the active language. What is not there has no name."""
    said = set(_texts_in([document.get("rules", []), document.get("redemption", {}).get("rewards", [])]))
    fields = [one for one in known_fields(archived=True) if one.code in said]
    language = get_language() or ""
    return {
        "category": dict(Category.objects.filter(code__in=said).values_list("code", "name")),
        "product": dict(Product.objects.filter(sku__in=said).values_list("sku", "name")),
        "store": dict(Store.objects.filter(code__in=said).values_list("code", "name")),
        "partner": dict(Partner.objects.filter(code__in=said).values_list("code", "name")),
        "series": dict(CouponSeries.objects.filter(key__in=said).values_list("key", "name")),
        "segment": segment_names(language, keys=said),
        "channel": {code: str(name) for code, name in SaleChannel.choices},
        "tier": {tier["key"]: tier["name"] for tier in document.get("tiers", [])},
        "reward": {one["key"]: one["name"] for one in document.get("redemption", {}).get("rewards", [])},
        "field": {one.code: one.label(language) for one in fields},
        "option": {code: said for one in fields for code, said in option_names(one, language).items()},
    }


def units_of(document: Mapping[str, Any], names: Names | None = None) -> Units:
    """What the parts of a document are said with: sums with their currency, names instead of codes."""
    try:
        calendars: Mapping[str, Any] | None = read_calendars(document)
    except DocumentError:  # of a draft; whoever publishes it is told
        calendars = None
    return Units(
        int(document["currency_exponent"]),
        int(document["point_decimals"]),
        EVERYTHING,
        calendars,
        currency=document["currency"],
        names=names_in(document) if names is None else names,
    )


def spoken(said: Said) -> str:
    """A sentence of the rules in the active language: figures with its decimal sign, days in its order, names kept whole
    where it runs from the right."""
    template = gettext(said.sentence)
    values = {key: _value(value) for key, value in said.context.items()}
    return template % values if values else template


def sentence(said: Said) -> str:
    """The same, beginning with a capital letter and ending with a full stop."""
    text = spoken(said)
    return f"{text[:1].upper()}{text[1:]}."


def _value(value: Any) -> Any:
    match value:
        case Said():
            return spoken(value)
        case dt.date():
            return date_format(value, "DATE_FORMAT")
        case DayOfYear():
            return date_format(dt.date(_LEAP, *value.month_day), "MONTH_DAY_FORMAT")
        case InLanguages():
            return whole(value.texts.get((get_language() or "")[:2], str(value)))
        case str() if value[:1].isdigit():
            return whole(_DECIMAL.sub(get_format("DECIMAL_SEPARATOR"), value))
        case str():
            return whole(value)
    return value


def whole(text: str) -> str:
    """Isolated, so that a name of another direction turns nothing around it."""
    return f"\u2068{text}\u2069" if get_language_bidi() else text


def _texts_in(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        for inner in part.values():
            yield from _texts_in(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _texts_in(inner)
