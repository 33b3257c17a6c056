"""What publishing changes, in the words of the form: the document's own names are for programs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import DecimalField
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy

from loyalty_site.ground.errors import Said
from loyalty_site.ground.rules.money import plain_text
from programs.models import Program
from programs.queries.naming import sentence, whole
from programs.rules.differing import CALENDAR, LADDER, ORDER, REWARD, RULE, SETTING, TIER, Change

# Settings of a document and the columns of the draft they come from.
_COLUMNS = {
    "name": "name",
    "goal": "goal",
    "key_factor": "key_factor",
    "currency": "currency",
    "currency_exponent": "currency_exponent",
    "point_decimals": "point_decimals",
    "time_zone": "time_zone",
    "earning.points": "earn_points",
    "earning.per": "earn_per",
    "earning.rounding": "rounding",
    "earning.on_points": "earn_on_points",
    "earning.before_discounts": "earn_before_discounts",
    "earning.rounds": "earn_rounds",
    "discounts.stacking": "discount_stacking",
    "discounts.order": "discount_order",
    "discounts.leftover": "discount_leftover",
    "redemption.point_value": "point_value",
    "redemption.minimum": "redeem_minimum",
    "redemption.step": "redeem_step",
    "redemption.max_percent": "redeem_max_percent",
    "redemption.max_points": "redeem_max_points",
    "redemption.own_points": "redeem_own_points",
    "activation_days": "activation_days",
    "expiry.kind": "expiry_kind",
    "expiry.months": "expiry_months",
    "expiry.days": "expiry_days",
    "expiry.years": "expiry_years",
    "expiry_months": "expiry_months",  # in documents of the first versions
    "idle_months": "idle_months",
    "welcome.points": "welcome_points",
    "welcome.days": "welcome_days",
    "returns.days": "return_days",
    "returns.grace_days": "restore_grace_days",
    "returns.gives_back": "return_gives_back",
    "taxes.rounding": "tax_rounding",
    "negative.policy": "negative_policy",
    "negative.floor": "negative_floor",
}
_PLACES = {path: place for place, path in enumerate(_COLUMNS)}
_ROWS = {
    TIER: gettext_lazy("Tier “%(name)s”"),
    RULE: gettext_lazy("Rule “%(name)s”"),
    REWARD: gettext_lazy("Reward “%(name)s”"),
    CALENDAR: gettext_lazy("Calendar “%(name)s”"),
    LADDER: gettext_lazy("How tiers are reached and kept"),
    ORDER: gettext_lazy("The order in which rules are asked"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One row of the table: what it is about, what it was, what it becomes ("" when it is new or gone)."""

    path: str
    before: str
    after: str


def in_words(changes: list[Change]) -> list[Difference]:
    """The same changes: settings named and valued as the draft's form does, all else as sentences."""
    return [_in_words(one) for one in sorted(changes, key=_place)]


def _place(change: Change) -> int:
    """Settings in the order of the form: a stored document has forgotten its own."""
    if change.kind != SETTING:
        return len(_PLACES)
    return _PLACES.get(change.name, len(_PLACES) - 1)


def _in_words(change: Change) -> Difference:
    if change.kind == SETTING:
        return Difference(
            _setting(change.name), _value(change.name, str(change.before)), _value(change.name, str(change.after))
        )
    return Difference(str(_ROWS[change.kind]) % {"name": whole(change.name)}, _text(change.before), _text(change.after))


def _text(said: Said | str) -> str:
    return sentence(said) if isinstance(said, Said) else said


def _setting(path: str) -> str:
    if path == "earning.points":  # "Points" alone says it only under the form's heading
        return gettext("Earning: %(what)s") % {"what": _label("earn_points")}
    return str(capfirst(_label(_COLUMNS[path]))) if path in _COLUMNS else path


def _label(column: str) -> str:
    return str(getattr(Program._meta.get_field(column), "verbose_name", column))


def _value(path: str, value: str) -> str:
    if value in {"True", "False"}:
        return gettext("yes") if value == "True" else gettext("no")
    if value == "None":
        return ""
    column = Program._meta.get_field(_COLUMNS[path]) if path in _COLUMNS else None
    if value and isinstance(column, DecimalField):
        return number_format(plain_text(Decimal(value)), use_l10n=True)
    return str(dict(getattr(column, "flatchoices", [])).get(value, value))
