"""What a receipt remembers of its basket gives the same basket again."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal

import pytest

from programs.rules.basket import Basket, Line
from programs.rules.remembering import KEY, recalled, remembered

AT = dt.datetime(2026, 3, 10, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=2)))
BARE = (Line("TE-1", Decimal(2), 1000, "tea", tax_rate=Decimal(10)), Line("X", Decimal(1), 5))
LINES = (replace(BARE[0], brand="House", labels=frozenset({"own", "organic"})), BARE[1])
WHOLE = Basket(
    LINES, "s1", AT, frozenset({"spring"}), partner="north", channel="web", payments=frozenset({"card", "cash"})
)
NEEDS = {"partner", "channel", "payments", "brand", "labels"}


def test_it_comes_back_as_it_was():
    kept = json.loads(json.dumps(remembered(WHOLE, NEEDS, store="s1", at=AT.astimezone(dt.UTC))))
    assert kept.keys() == {KEY}
    assert kept[KEY].keys() == {"coupons", "partner", "channel", "payments", "brands", "labels"}
    assert recalled(BARE, kept, store="s1", at=AT) == WHOLE


def test_the_store_and_time_of_the_question_are_kept_where_the_receipt_has_others():
    later = AT + dt.timedelta(hours=1)
    kept = remembered(WHOLE, NEEDS, store="s2", at=later)
    again = recalled(BARE, kept, store="s2", at=later)
    assert again == WHOLE
    assert again.at.hour == AT.hour


@pytest.mark.parametrize("need", sorted(NEEDS))
def test_only_what_is_asked_is_kept(need: str):
    bare = replace(WHOLE, coupons=frozenset())
    assert remembered(bare, (), store="s1", at=AT) == {}
    assert len(remembered(bare, {need}, store="s1", at=AT)[KEY]) == 1


def test_a_receipt_that_keeps_nothing_is_its_columns():
    assert recalled(BARE, {"tier": "gold"}, store="s1", at=AT) == Basket(BARE, "s1", AT)
