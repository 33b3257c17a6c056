"""T55: no body takes a field that it does not declare, whatever columns our tables have."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone
from rest_framework import serializers as drf

from programs.api import serializers
from programs.api.reading import read_body
from programs.api.serializers import StrictSerializer
from programs.models import Purchase
from tests.programs.shop import Shop
from tests.programs.till import ApiTill, sale_body

OURS = ("ground", "members", "programs", "feedback", "campaigns")


def columns() -> set[str]:
    """Every field of every table of ours, as name and as attribute."""
    models = [model for app in OURS for model in apps.get_app_config(app).get_models()]
    return {name for model in models for field in model._meta.get_fields() for name in (field.name, f"{field.name}_id")}


def bodies() -> list[type[StrictSerializer]]:
    """What tills send: the shapes and what is nested in them."""
    found = [
        each for each in vars(serializers).values() if isinstance(each, type) and issubclass(each, StrictSerializer)
    ]
    return [each for each in found if each is not StrictSerializer]


def test_every_column_is_refused_by_every_body_that_does_not_declare_it(note_trials):
    names, wrong, tried = columns(), [], 0
    assert len(names) > 200
    for shape in bodies():
        for name in names - set(shape().fields):
            tried += 1
            try:
                read_body(shape, {name: 1})
            except drf.ValidationError as refusal:
                if name not in refusal.detail:
                    wrong.append((shape.__name__, name))
            else:
                wrong.append((shape.__name__, name))
    assert wrong == []
    note_trials("T55", tried)


@pytest.mark.parametrize("more", [{"points_earned": 1000}, {"store_id": 2}, {"partner": 1}, {"is_void": True}])
def test_a_sale_that_says_more_than_it_may_is_not_booked(shop: Shop, more: dict[str, Any]):
    till = ApiTill(shop.terminal, timezone.now())
    answer = till.post("sales", {**sale_body("10.00"), **more})
    assert (answer.status_code, set(answer.json()["fields"])) == (400, set(more))
    inside = sale_body("10.00")
    inside["lines"][0] |= more
    assert till.post("sales", inside).status_code == 400
    assert Purchase.objects.count() == 0
