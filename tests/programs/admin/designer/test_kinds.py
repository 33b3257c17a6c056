"""Every kind of condition and effect has a form, and a rule that is opened and saved again stays what it was."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import QueryDict

from programs.admin.designer import kinds
from programs.admin.designer.parts import ConditionForm, EffectForm, TypedForm
from programs.admin.designer.sheet import RewardSheet, Sheet
from programs.admin.designer.sight import Sight
from programs.models import Calendar
from programs.rules.conditions import CONDITIONS
from programs.rules.effects import EFFECTS
from programs.services.programs import draft_document
from tests.factories.configuration import CategoryFactory, ProductFactory, ProgramFactory
from tests.programs.admin.designer.browser import fields_of

pytestmark = pytest.mark.django_db

CONDITION_PARTS = [
    {"type": "weekday", "days": [1, 7]},
    {"type": "hours", "from": "22:00", "until": "02:30"},
    {"type": "hours", "from": "18:00", "until": "24:00"},
    {"type": "dates", "from": "2026-12-01", "to": "2026-12-24"},
    {"type": "dates", "to": "2026-12-24"},
    {"type": "season", "from": "08-31", "to": "09-05"},
    {"type": "holiday", "calendar": "holidays", "before": 1, "after": 2},
    {"type": "holiday", "calendar": "holidays"},
    {"type": "category", "codes": ["coffee", "not-there-any-more"]},
    {"type": "category", "codes": ["coffee"], "not": True},
    {"type": "product", "skus": ["espresso", "not-there-any-more"]},
    {"type": "label", "labels": ["organic", "own brand"]},
    {"type": "brand", "codes": ["acme", "best"]},
    {"type": "amount", "minimum": "25"},
    {
        "type": "amount",
        "minimum": "5",
        "codes": ["coffee"],
        "skus": ["espresso"],
        "measured": "before",
    },
    {"type": "amount", "minimum": "5", "tax": "net"},
    {"type": "quantity", "minimum": "3"},
    {"type": "quantity", "minimum": "0.5", "skus": ["espresso"]},
    {"type": "store", "codes": ["corner"]},
    {"type": "partner", "codes": ["us"]},
    {"type": "channel", "channels": ["till", "web"]},
    {"type": "payment", "methods": ["card", "cash"], "only": True},
    {"type": "coupon", "series": ["spring"]},
    {"type": "tier", "keys": ["gold", "silver"]},
    {"type": "segment", "keys": ["best"]},
    {"type": "buyer", "is": "person"},
    {"type": "buyer", "is": "company"},
    {"type": "tenure", "at_least": 1, "at_most": 3, "unit": "years"},
    {"type": "tenure", "at_most": 0},
    {"type": "birthday", "before": 3, "after": 3},
    {"type": "birthday"},
    {"type": "anniversary", "after": 7},
    {"type": "interest", "codes": ["tea", "chess"]},
    {"type": "lives_in", "cities": ["New York", "Haifa"], "postcodes": ["10"]},
    {"type": "field", "field": "shoe", "at_least": "42"},
    {"type": "field", "field": "colour", "one_of": ["red", "blue"]},
    {"type": "field", "field": "colour", "known": True},
    {"type": "field", "field": "since", "at_most": "2026-12-24"},
    {"type": "first_purchase"},
    {"type": "nth_purchase", "every": 5},
    {"type": "nth_purchase", "numbers": [1, 3, 10]},
    {"type": "accumulated", "of": "spend", "minimum": "100"},
    {"type": "accumulated", "of": "visits", "minimum": "3", "days": 90, "with_this": True},
    {"type": "accumulated", "of": "points", "minimum": "50", "calendar": "year"},
    {"type": "accumulated", "of": "spend", "minimum": "50", "months": 2},
    {"type": "stamps", "card": "coffee", "at_least": 9},
    {"type": "redeemed", "at_least": 2},
    {"type": "redeemed", "at_least": 3, "reward": "cake"},
]
_TEXT = {"en": "Free wrapping", "ru": "Упаковка бесплатно", "he": "אריזה חינם"}
EFFECT_PARTS = [
    {"type": "multiply", "factor": "2"},
    {"type": "multiply", "factor": "1.5", "rounding": "half_even"},
    {"type": "points", "points": "50"},
    {"type": "points", "points": "5", "per": "piece"},
    {"type": "points_per_money", "points": "1", "per": "10", "rounding": "half_up"},
    {"type": "points_per_money", "points": "2"},
    {"type": "exclude"},
    {"type": "percent_off", "percent": "12.5"},
    {
        "type": "percent_off",
        "percent": "20",
        "most": "15",
        "pieces": 2,
        "rounding": "half_up",
        "per": "line",
        "scope": "receipt",
    },
    {"type": "amount_off", "amount": "3"},
    {"type": "amount_off", "amount": "0.5", "per": "piece", "minimum": "5", "scope": "receipt"},
    {"type": "fixed_price", "quantity": 3, "price": "10", "most": 2},
    {"type": "piece_off", "first": "2", "next": "1", "pieces": 5, "group_of": 2},
    {"type": "piece_off", "first": "2"},
    {"type": "steps_off", "steps": [{"from": "50", "percent": "5"}, {"from": "100", "amount": "12"}]},
    {"type": "steps_off", "by": "quantity", "steps": [{"from": "3", "percent": "10"}], "rounding": "half_up"},
    {"type": "scale_off", "steps": [{"from": "0", "percent": "3"}, {"from": "600", "percent": "5"}]},
    {
        "type": "scale_off",
        "of": "visits",
        "days": 30,
        "steps": [{"from": "4", "amount": "2"}],
        "with_this": True,
        "scope": "receipt",
    },
    {"type": "stamp_card", "card": "coffee", "every": 10},
    {"type": "stamp_card", "card": "coffee", "every": 6, "percent": "50", "free": "dearest"},
    {"type": "cheapest_off", "every": 3},
    {
        "type": "cheapest_off",
        "every": 4,
        "pieces": 2,
        "percent": "50",
        "most": 6,
        "over": "group",
        "per_article": True,
    },
    {"type": "buy_get", "buy": {"pieces": 2, "codes": ["coffee"]}, "get": {"skus": ["cake"]}},
    {
        "type": "buy_get",
        "buy": {"skus": ["espresso"]},
        "get": {"pieces": 3, "codes": ["cakes"], "skus": ["cake"]},
        "percent": "50",
        "most": 2,
    },
    {"type": "gift", "skus": ["cake"]},
    {
        "type": "gift",
        "skus": ["cake"],
        "pieces": 2,
        "surcharge": "1",
        "stock": 100,
        "takes": {"card": "coffee", "stamps": 5},
        "every": 3,
    },
    {"type": "free_service", "text": _TEXT},
    {"type": "privilege", "text": {"he": "אריזה"}, "takes": {"card": "coffee", "stamps": 5}},
    {"type": "message", "text": {"en": "Say thank you"}},
    {"type": "next_coupon", "series": "spring"},
    {"type": "next_coupon", "series": "spring", "count": 2, "after": 1, "days": 14},
    {"type": "stamps", "card": "coffee"},
    {"type": "stamps", "card": "coffee", "stamps": 2, "per": "piece"},
    {"type": "points_cap", "points": "500"},
    {"type": "points_cap", "points": "500", "per": "member", "within": "day"},
    {"type": "discount_cap", "money": "1000", "per": "program", "within": "month"},
]
RULE_SETTINGS = [
    {"type": "multiply", "factor": "2", "last": True, "group": "coffee", "priority": 2},
    {"type": "percent_off", "percent": "10", "exclusive": True},
    {"type": "percent_off", "percent": "10", "limits": [{"of": "money", "most": "25"}, {"of": "times", "most": 3}]},
    {"type": "points", "points": "5", "limits": [{"of": "points", "most": "50", "per": "member", "within": "day"}]},
    {"type": "free_service", "text": _TEXT, "limits": [{"of": "times", "most": 10, "per": "program"}]},
]


@pytest.fixture
def everything_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it will be when every fact is filled: what is not served is not offered, which has tests of its own."""
    monkeypatch.setattr(Sight, "serves", lambda self, need: True)


@pytest.fixture
def sight() -> Sight:
    coffee = CategoryFactory(code="coffee", name="Coffee")
    ProductFactory(sku="espresso", name="Espresso", category=coffee)
    program = ProgramFactory()
    Calendar.objects.create(key="holidays", name="Public holidays").days.create(day=25, month=12)
    return Sight.of(program, draft_document(program), [*CONDITION_PARTS, *EFFECT_PARTS])


def sent(*forms: TypedForm) -> QueryDict:
    """What a browser would send of forms as they are shown."""
    return fields_of("".join(map(str, forms)))


def names(parts: list[dict]) -> list[str]:
    return [f"{part['type']}-{number}" for number, part in enumerate(parts)]


def test_every_kind_has_a_form():
    assert set(kinds.CONDITION_KINDS) == set(CONDITIONS)
    assert set(kinds.EFFECT_KINDS) == set(EFFECTS)


def test_every_kind_has_a_part_that_is_tried_here():
    assert {part["type"] for part in CONDITION_PARTS} == set(CONDITIONS)
    assert {part["type"] for part in EFFECT_PARTS} == set(EFFECTS)


@pytest.mark.parametrize("part", CONDITION_PARTS, ids=names(CONDITION_PARTS))
@pytest.mark.usefixtures("everything_served")
def test_a_condition_stays_what_it_was(sight: Sight, part: dict, monkeypatch: pytest.MonkeyPatch):
    fields: dict[str, Any] = {
        "shoe": ("number", frozenset()),
        "colour": ("text", frozenset()),
        "since": ("date", frozenset()),
    }
    monkeypatch.setattr("programs.admin.designer.parts.field_kinds", lambda: fields)
    kind = kinds.CONDITION_KINDS[part["type"]]
    shown = ConditionForm(kind, sight, raw=part, prefix="when0")
    saved = ConditionForm(kind, sight, data=sent(shown), prefix="when0")
    assert saved.is_valid(), saved.errors
    assert saved.part() == part


@pytest.mark.parametrize("part", EFFECT_PARTS, ids=names(EFFECT_PARTS))
@pytest.mark.usefixtures("everything_served")
def test_an_effect_stays_what_it_was(sight: Sight, part: dict):
    kind = kinds.EFFECT_KINDS[part["type"]]
    shown = EffectForm(kind, sight, raw=part, prefix="then")
    saved = EffectForm(kind, sight, data=sent(shown), prefix="then")
    assert saved.is_valid(), saved.errors
    assert saved.part() == part


def test_noughts_that_say_nothing_are_neither_shown_nor_kept(sight: Sight):
    for part, name in (
        ({"type": "amount_off", "amount": "3.00", "minimum": "10.50"}, "amount"),
        (
            {"type": "steps_off", "steps": [{"from": "50.00", "percent": "5.0"}, {"from": "100", "amount": "1e1"}]},
            "steps",
        ),
    ):
        shown = EffectForm(kinds.EFFECT_KINDS[part["type"]], sight, raw=part, prefix="then")
        assert not re.search(r'value="[^"]*\.0+"', str(shown[name]))
        saved = EffectForm(kinds.EFFECT_KINDS[part["type"]], sight, data=sent(shown), prefix="then")
        assert saved.is_valid(), saved.errors
        kept = saved.part()
        assert kept.get("minimum", "10.5") == "10.5"
        assert kept[name] in ("3", [{"from": "50", "percent": "5"}, {"from": "100", "amount": "10"}])


@pytest.mark.parametrize("effect", RULE_SETTINGS, ids=names(RULE_SETTINGS))
@pytest.mark.usefixtures("everything_served")
def test_a_whole_rule_stays_what_it_was(sight: Sight, effect: dict):
    shown = Sheet.of(sight, name="Coffee", conditions=CONDITION_PARTS[:2], effect=effect)
    data = sent(shown.rule, shown.effect, *shown.conditions, *shown.limits)
    data.update({"conditions": str(len(shown.conditions)), "limits": str(len(shown.limits))})
    data.update({f"{form.prefix}-kind": form.kind.type for form in shown.conditions})
    saved = Sheet.posted(sight, data, effect=effect["type"], is_judged=True)
    assert saved.is_valid(), [form.errors for form in (saved.rule, saved.effect, *saved.limits)]
    wish = saved.wish(key="coffee")
    assert (wish.name, wish.conditions, wish.effect) == ("Coffee", CONDITION_PARTS[:2], effect)


@pytest.mark.usefixtures("everything_served")
def test_a_reward_stays_what_it_was(sight: Sight):
    effect = {"type": "percent_off", "percent": "20", "most": "15"}
    shown = RewardSheet.of(sight, effect, {"name": "Cake", "cost": "50"})
    data = sent(shown.reward, shown.effect)
    saved = RewardSheet.posted(sight, data, effect="percent_off", is_judged=True)
    assert saved.is_valid()
    wish = saved.wish()
    assert (wish.name, str(wish.cost), wish.effect) == ("Cake", "50", effect)


def test_what_nobody_serves_is_not_offered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kinds, "SERVED", frozenset({"purchases"}))
    offered = {kind.type for _group, found in kinds.offered_conditions() for kind in found}
    assert "weekday" in offered
    assert "first_purchase" in offered
    assert "birthday" not in offered
    monkeypatch.setattr(kinds, "SERVED", frozenset({"birthday"}))
    offered = {kind.type for _group, found in kinds.offered_conditions() for kind in found}
    assert "birthday" in offered
    assert "first_purchase" not in offered


@pytest.mark.parametrize(
    ("kind", "data", "field", "said"),
    [
        ("weekday", {}, "days", "Tick at least one day"),
        ("category", {}, "codes", "Tick at least one"),
        ("dates", {"when0-from": "2026-12-24", "when0-to": "2026-12-01"}, "to", "before the first one"),
        ("dates", {}, "from", "from when, until when"),
        ("hours", {"when0-from": "10:00", "when0-until": "10:00"}, "until", "ends when it begins"),
        ("birthday", {"when0-before": "200", "when0-after": "0"}, "before", "less than or equal to 182"),
        ("accumulated", {"when0-of": "visits", "when0-minimum": "2.5"}, "minimum", "Visits are whole"),
        ("lives_in", {}, "cities", "Name a city or a postcode"),
        ("season", {"when0-from_day": "31", "when0-from_month": "2"}, "from_day", "no such day"),
        ("product", {"when0-skus_find": "tea"}, "skus", "No article has this name"),
        ("nth_purchase", {}, "every", "either every"),
        ("tenure", {"when0-unit": "days"}, "at_least", "at least how long"),
        ("amount", {"when0-minimum": "0"}, "minimum", "greater than or equal"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(sight: Sight, kind: str, data: dict, field: str | None, said: str):
    form = ConditionForm(kinds.CONDITION_KINDS[kind], sight, data=data, prefix="when0")
    assert not form.is_valid()
    assert said in str(form.errors[field or "__all__"])


def test_an_article_is_found_by_a_part_of_its_name(sight: Sight):
    kind = kinds.CONDITION_KINDS["product"]
    form = ConditionForm(kind, sight, data={"when0-skus_find": "spres"}, prefix="when0")
    assert form.is_valid()
    assert form.part() == {"type": "product", "skus": ["espresso"]}
    ProductFactory(sku="double", name="Double espresso", category=None)
    several = ConditionForm(kind, sight, data={"when0-skus_find": "spres"}, prefix="when0")
    assert not several.is_valid()
    assert "Several articles fit" in str(several.errors["skus"])
    assert "Double espresso" in str(several)
    ticked = {"when0-skus_find": "spres", "when0-skus": ["double"]}
    assert ConditionForm(kind, sight, data=ticked, prefix="when0").is_valid()  # what was looked for is found
