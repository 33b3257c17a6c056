"""The basket beside the rules: who buys what, where and when; and what the draft gives for it, in words."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, override
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.rules.money import to_minor
from programs.admin.adjustment_forms import PersonField
from programs.admin.designer import widgets
from programs.admin.designer.sight import Sight
from programs.models import CouponSeries, SaleChannel, Store
from programs.queries.figures import money_text, points_text
from programs.queries.naming import spoken
from programs.queries.products import UNKNOWN, articles_by_sku, articles_like
from programs.queries.reasons import award_sentence, reason_order
from programs.queries.rule_choices import CATEGORIES
from programs.rules.basket import Claimed, Line
from programs.services.trying import Tried, ask_draft

ROWS = 6
_SHOWN = 2  # the others are behind “more lines”
_PIECES_MAX = 10_000


class MaybePersonField(PersonField):
    """Somebody, or nobody in particular."""

    @override
    def clean(self, value: Any) -> Any:
        return super().clean(value) if (value or "").strip() else None


class BasketForm(forms.Form):
    """One basket. Without a member it is somebody who joins today."""

    at_day = forms.DateField(label=_("Day"), widget=widgets.DateInput())
    at_time = forms.TimeField(label=_("Time"), widget=widgets.TimeInput())

    def __init__(self, sight: Sight, *, may_see_members: bool, now: dt.datetime, **options: Any) -> None:
        super().__init__(prefix="basket", **options)
        self.sight = sight
        if may_see_members:
            self.fields["member"] = MaybePersonField(label=_("Who buys"), required=False)
            self.fields["member"].help_text = _("Phone, card, code or e-mail. Empty: somebody who joins today.")
        stores = list(Store.objects.filter(is_open=True).select_related("partner").order_by("name", "id")[:500])
        self.stores = {str(one.pk): one for one in stores}
        self.fields["store"] = forms.ChoiceField(
            label=_("Store"), choices=[(str(one.pk), one.name) for one in stores], widget=widgets.Select()
        )
        self.fields["channel"] = forms.ChoiceField(
            label=_("Sold by"), choices=SaleChannel.choices, required=False, widget=widgets.Select()
        )
        self.fields["payments"] = widgets.ListedField(
            label=_("Paid by"),
            help_text=_("As your till names it, such as card. Empty: nobody said."),
            required=False,
            widget=widgets.TextInput(),
        )
        series = CouponSeries.objects.filter(program=sight.program, is_active=True).order_by("name")
        if series:
            self.fields["coupons"] = widgets.CodesField(
                label=_("Coupons presented"), known={one.key: one.name for one in series}, required=False
            )
        self._paying()
        known = sight.choices[CATEGORIES]
        unknown = [
            (code, code) for code in sight.goods if code not in known
        ]  # of a starter, before there are any goods
        categories = [*sorted(known.items(), key=lambda one: one[1].casefold()), *unknown]
        for number in range(ROWS):
            self.fields |= self._row(number, categories)
        zone = ZoneInfo(stores[0].time_zone) if stores else dt.UTC
        local = now.astimezone(zone)
        self.initial.update({"at_day": local.date(), "at_time": local.time().replace(second=0, microsecond=0)})
        self.initial.setdefault("quantity0", 1)

    def _paying(self) -> None:
        """What points and rewards pay of it, and the tax in its prices."""
        units = self.sight.units
        self.fields["redeem"] = forms.DecimalField(
            label=_("Points that pay"), required=False, min_value=0, max_digits=12, decimal_places=units.points,
            help_text=_("Empty: none. Without a member: of somebody who holds just so many."),
            widget=widgets.NumberInput(step="any", unit=_("points")),
        )  # fmt: skip
        rewards = {one.key: one.name for one in self.sight.program.rewards.filter(is_active=True)}
        if rewards:
            self.fields["rewards"] = widgets.CodesField(label=_("Rewards taken"), known=rewards, required=False)
        self.fields["tax"] = forms.DecimalField(
            label=_("Tax"), required=False, min_value=0, max_value=100, decimal_places=3,
            help_text=_("Of all lines. Empty: nobody said."), widget=widgets.NumberInput(step="any", unit="%"),
        )  # fmt: skip
        self.fields["tax_added"] = forms.BooleanField(
            label=_("the tax comes on top of the prices"), required=False, widget=widgets.Checkbox()
        )

    def _row(self, number: int, categories: list[tuple[str, str]]) -> dict[str, forms.Field]:
        units = self.sight.units
        return {
            f"article{number}": forms.CharField(
                label=_("Article"), max_length=200, required=False, widget=widgets.TextInput()
            ),
            f"category{number}": forms.ChoiceField(
                label=_("or any of the category"), choices=[("", "—"), *categories], required=False, widget=widgets.Select()
            ),
            f"quantity{number}": forms.DecimalField(
                label=_("Pieces"), required=False, min_value=0, max_value=_PIECES_MAX, decimal_places=3,
                widget=widgets.NumberInput(step="any"),
            ),
            f"price{number}": forms.DecimalField(
                label=_("Price of one"), required=False, min_value=0, max_digits=12, decimal_places=units.money,
                widget=widgets.NumberInput(step="any", unit=self.sight.currency),
            ),
        }  # fmt: skip

    def rows(self) -> list[list[forms.BoundField]]:
        """The lines of the basket that are always in sight, field by field."""
        return [self._fields(number) for number in range(_SHOWN)]

    def more_rows(self) -> list[list[forms.BoundField]]:
        """The others."""
        return [self._fields(number) for number in range(_SHOWN, ROWS)]

    @property
    def is_long(self) -> bool:
        """Whether some of the others are filled in."""
        return any(field.value() for row in self.more_rows() for field in row)

    def _fields(self, number: int) -> list[forms.BoundField]:
        return [self[f"{name}{number}"] for name in ("article", "category", "quantity", "price")]

    def head(self) -> Iterator[forms.BoundField]:
        """Who, where, when."""
        for name in ("member", "store", "at_day", "at_time"):
            if name in self.fields:
                yield self[name]

    def rare(self) -> Iterator[forms.BoundField]:
        """How it is sold and paid, and what is presented."""
        for name in ("redeem", "rewards", "coupons", "payments", "channel", "tax", "tax_added"):
            if name in self.fields:
                yield self[name]

    @property
    def is_rare_open(self) -> bool:
        """Whether some of that is filled in."""
        return self.is_bound and any(
            field.errors or field.value() not in (None, "", [], False, SaleChannel.TILL.value) for field in self.rare()
        )

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        lines = [self._line(number, data) for number in range(ROWS)]
        data["lines"] = [line for line in lines if line is not None]
        if not data["lines"] and not self.errors:
            self.add_error(
                "price0", _("Put at least one line into the basket: an article or a category, and its price.")
            )
        return data

    def _line(self, number: int, data: Mapping[str, Any]) -> Line | None:
        article, category = data.get(f"article{number}", ""), data.get(f"category{number}", "")
        price, quantity = data.get(f"price{number}"), data.get(f"quantity{number}") or Decimal(1)
        if not article and not category and price is None:
            return None
        if price is None:
            if f"price{number}" not in self.errors:
                self.add_error(f"price{number}", _("Say what one costs."))
            return None
        sku = f"basket-{number}"
        if article:
            found = articles_like(article)
            if len(found) != 1:
                said = _("No article has this name or number.") if not found else _("Several articles fit. Write more.")
                self.add_error(f"article{number}", said)
                return None
            sku = found[0][0]
        amount = to_minor(
            (price * quantity).quantize(Decimal(1).scaleb(-self.sight.units.money)), self.sight.units.money
        )
        known = articles_by_sku([sku]).get(sku, UNKNOWN)
        return Line(
            sku, quantity, amount, category or known.category, frozenset(known.labels), known.brand,
            tax_rate=data.get("tax"), tax_included=not data.get("tax_added"),
        )  # fmt: skip

    def ask(self, document: dict[str, Any], *, now: dt.datetime) -> Tried:
        """What the draft gives for it; of a form that is valid. Raises what services.trying.ask_draft does."""
        data = self.cleaned_data
        store = self.stores[data["store"]]
        return ask_draft(
            document=document,
            program_id=self.sight.program.pk,
            member=data.get("member") or None,
            lines=data["lines"],
            store=store.code,
            at=dt.datetime.combine(data["at_day"], data["at_time"], ZoneInfo(store.time_zone)),
            coupons=frozenset(data.get("coupons") or ()),
            partner=store.partner.code,
            channel=data["channel"] or SaleChannel.TILL,
            payments=frozenset(data["payments"]),
            redeem=to_minor(data["redeem"] or Decimal(0), self.sight.units.points),
            claim=data.get("rewards") or (),
            now=now,
        )


@dataclass
class Answer:
    """What the basket gets, in words: money and points as texts, (sentence, figure) of each reason."""

    total: str
    to_pay: str
    is_cheaper: bool
    points: str
    paid: list[tuple[str, str]] = field(default_factory=list)  # by rewards and points
    money_reasons: list[tuple[str, str]] = field(default_factory=list)
    point_reasons: list[tuple[str, str]] = field(default_factory=list)
    benefits: list[str] = field(default_factory=list)
    stamps: list[str] = field(default_factory=list)
    idle: list[tuple[str, str]] = field(default_factory=list)
    may_pay: str = ""
    tier: str = ""


def in_words(tried: Tried, sight: Sight) -> Answer:
    """The answer to a basket as a page shows it."""
    version, outcome = tried.version, tried.outcome
    total = tried.basket.total

    def said_of(reward: Claimed) -> str:
        return gettext("%(name)s, for %(points)s points") % {"name": reward.name, "points": points(reward.points)}

    def money(minor: int) -> str:
        return money_text(minor, version.currency, version.currency_exponent)

    def points(minor: int) -> str:
        return points_text(minor, version.point_decimals)

    paid, off = outcome.redemption, outcome.discount + outcome.redemption.money
    answer = Answer(money(total), money(total - off), bool(off), points(outcome.points))
    answer.paid = [(said_of(one), money(one.money)) for one in paid.rewards]
    rest = paid.points - sum(one.points for one in paid.rewards)
    if rest:
        by_rewards = sum(one.money for one in paid.rewards)
        said = gettext("%(points)s points pay") % {"points": points(rest)}
        answer.paid.append((said, money(paid.money - by_rewards)))
    answer.money_reasons = [(said, money(sum_)) for said, sum_ in _summed(outcome.discounts, "money")]
    answer.point_reasons = [(said, points(sum_)) for said, sum_ in _summed(outcome.awards, "points")]
    effects = {rule.key: (rule.name, rule.effect) for rule in version.benefits}
    for benefit in outcome.benefits:
        name, effect = effects[benefit.rule]
        answer.benefits.append(f"{name}: {spoken(effect.words(sight.units))}")
    for card in tried.stamps:
        known = {"name": card.name, "held": card.held, "needed": card.needed}
        said = (
            gettext("%(name)s: %(held)s of %(needed)s stamps afterwards")
            if card.needed
            else gettext("%(name)s: %(held)s stamps afterwards")
        )
        answer.stamps.append(said % known)
    answer.idle = list(_idle_words(tried, sight))
    if outcome.points_maximum and not paid.points:
        answer.may_pay = points(outcome.points_maximum)
    if outcome.tier_after and outcome.tier_after != tried.facts.tier:
        answer.tier = version.tier_name(outcome.tier_after)
    return answer


def _idle_words(tried: Tried, sight: Sight) -> Iterator[tuple[str, str]]:
    """(name, why not) of the rules that give nothing."""
    cards = {rule.key for rule in tried.version.stamp_cards}
    for idle in tried.idle:
        if idle.failing is not None:
            asked = spoken(idle.failing.words(sight.units))
            yield idle.rule.name, gettext("only when %(condition)s") % {"condition": asked}
        elif not idle.fits:
            yield idle.rule.name, gettext("no line fits all of its conditions at once")
        elif idle.rule.key not in cards:
            yield idle.rule.name, gettext("it fits, and there is nothing to give here")


def _summed(given: Any, what: str) -> list[tuple[str, int]]:
    """[(sentence, sum)] of what each rule gave to all lines together, in the order of reasons."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    said: dict[tuple[str, str], str] = {}
    for one in given:
        sums[one.rule, one.reason] += getattr(one, what)
        said.setdefault((one.rule, one.reason), award_sentence(one.reason, one.details))
    return [(said[key], sums[key]) for key in sorted(sums, key=lambda key: reason_order(key[1]))]
