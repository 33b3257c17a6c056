"""What publishing changes, in the words of the form: the document's own names are for programs."""

from __future__ import annotations

from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext

from programs.models import Program, Reward, Rule, Tier
from programs.queries.publishing import Difference

# Settings of a document and the columns of the draft they come from.
_COLUMNS = {
    "name": "name",
    "currency": "currency",
    "currency_exponent": "currency_exponent",
    "point_decimals": "point_decimals",
    "time_zone": "time_zone",
    "earning.points": "earn_points",
    "earning.per": "earn_per",
    "earning.rounding": "rounding",
    "earning.on_points": "earn_on_points",
    "earning.before_discounts": "earn_before_discounts",
    "discounts.stacking": "discount_stacking",
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
    "taxes.rounding": "tax_rounding",
    "negative.policy": "negative_policy",
    "negative.floor": "negative_floor",
}
# Of an empty list, before the first tier or rule; and the number of the document's form.
_SAYS_NOTHING = {"tiers", "rules", "redemption.rewards", "schema"}


def in_words(differences: list[Difference]) -> list[Difference]:
    """The same differences, each named and valued as the draft's form does."""
    return [
        Difference(_setting(one.path), _value(one.path, one.before), _value(one.path, one.after))
        for one in differences
        if one.path not in _SAYS_NOTHING
    ]


def _setting(path: str) -> str:
    if path == "earning.points":  # "Points" alone says it only under the form's heading
        return gettext("Earning: %(what)s") % {"what": _label(Program, "earn_points")}
    if path in _COLUMNS:
        return str(capfirst(_label(Program, _COLUMNS[path])))
    path = path.removeprefix("redemption.")
    row, _dot, rest = path.partition(".")
    key, _dot, column = rest.partition(".")
    column, _dot, inside = column.partition(".")
    if row == "tiers":
        return gettext("Tier %(key)s: %(what)s") % {"key": key, "what": _label(Tier, column)}
    if row == "rewards":
        what = " ".join(filter(None, [_label(Reward, column), inside]))
        return gettext("Reward %(key)s: %(what)s") % {"key": key, "what": what}
    what = " ".join(filter(None, [_label(Rule, column), inside]))
    return gettext("Rule %(key)s: %(what)s") % {"key": key, "what": what}


def _label(model: type[Model], column: str) -> str:
    return str(getattr(model._meta.get_field(column), "verbose_name", column))


def _value(path: str, value: str) -> str:
    if value in {"True", "False"}:
        return gettext("yes") if value == "True" else gettext("no")
    if value == "None":
        return ""
    choices = dict(getattr(Program._meta.get_field(_COLUMNS[path]), "flatchoices", [])) if path in _COLUMNS else {}
    return str(choices.get(value, value))
