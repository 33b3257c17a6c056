"""What nobody knows and a forecast of cost needs all the same: each with a range, and where it comes from. Pure.

They are read when the result is read, so changing one costs nothing. Per cents are whole (30 is 30 %), money is in units of
the currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from loyalty_site.ground.errors import Said

PERCENT, MONEY, COUNT = "percent", "money", "count"
OURS, BOOK, THEIRS, MEASURED, DRAFT = "ours", "book", "theirs", "measured", "draft"
SOURCES = {
    OURS: Said("our guess, to be replaced"),
    BOOK: Said("unsourced: a handbook's figure"),
    THEIRS: Said("entered by you"),
    MEASURED: Said("measured in your own books"),
    DRAFT: Said("entered with the programme"),
}


@dataclass(frozen=True, slots=True)
class Assumption:
    """`low` to `high`, with what is most likely between; `source` is one of SOURCES, `note` what was said with it."""

    key: str
    label: Said
    unit: str
    low: Decimal
    likely: Decimal
    high: Decimal
    source: str
    note: str = ""

    @property
    def ends(self) -> tuple[Decimal, Decimal, Decimal]:
        return self.low, self.likely, self.high


def _of(key: str, label: Said, unit: str, values: tuple[str, str, str], source: str = OURS) -> Assumption:
    low, likely, high = map(Decimal, values)
    return Assumption(key, label, unit, low, likely, high, source)


DEFAULTS: tuple[Assumption, ...] = (
    _of("take_up", Said("of the points that could be spent, are spent"), PERCENT, ("50", "70", "90")),
    _of("margin", Said("of sales is left after goods whose cost nobody entered"), PERCENT, ("20", "30", "40")),
    _of("uplift", Said("more is bought by members because of the programme"), PERCENT, ("0", "5", "10")),
    _of("card", Said("a card costs, one for each member"), MONEY, ("0", "0.50", "1")),
    _of("gift", Said("a gift whose cost nobody entered, or a free service, costs us"), MONEY, ("1", "2", "4")),
    _of("wage", Said("an hour of staff costs"), MONEY, ("10", "15", "25")),
    _of("seconds", Said("seconds at the till for each receipt: asking, explaining"), COUNT, ("3", "8", "20")),
    _of(
        "hours",
        Said("hours a month in the office: questions, complaints, looking at figures"),
        COUNT,
        ("4", "10", "20"),
    ),
    _of("once", Said("to start with: training, printing, telling people"), MONEY, ("0", "0", "0")),
    _of(
        "first_share", Said("of new members should reach the first reward within 90 days"), PERCENT, ("40", "50", "60")
    ),
    _of("long_way", Said("days from one reward to the next are too long"), COUNT, ("60", "90", "120")),
    _of("new_costs", Said("times as much does a new client cost as keeping one"), COUNT, ("4", "5", "8"), BOOK),
    _of("come_back", Said("of first-time buyers come back"), PERCENT, ("25", "25", "25"), BOOK),
    _of("frequency", Said("more often do those buy who came back"), PERCENT, ("45", "45", "45"), BOOK),
    _of(
        "loyal_growth",
        Said("more is sold, at best, with 5 % more loyal clients"),
        PERCENT,
        ("100", "100", "100"),
        BOOK,
    ),
    _of(
        "loyal_profit",
        Said("times the profit of a chance buyer comes from a loyal one"),
        COUNT,
        ("11", "11", "11"),
        BOOK,
    ),
)
BY_KEY = {one.key: one for one in DEFAULTS}


def assumed(
    stored: Mapping[str, Any],
    measured: Mapping[str, tuple[Decimal, Decimal, Decimal]] | None = None,
    *,
    margin: Decimal | None = None,
) -> dict[str, Assumption]:
    """{key: assumption}: what people said ({key: {"low", "likely", "high", "note"}}), else what was `measured` or is the
    programme's own estimated `margin` (per cent), else ours."""
    found = {}
    for one in DEFAULTS:
        said = stored.get(one.key)
        if said is not None:
            low, likely, high = (Decimal(said[name]) for name in ("low", "likely", "high"))
            one = replace(one, low=low, likely=likely, high=high, source=THEIRS, note=str(said.get("note", "")))
        elif measured and one.key in measured:
            low, likely, high = measured[one.key]
            one = replace(one, low=low, likely=likely, high=high, source=MEASURED)
        elif margin is not None and one.key == "margin":
            one = replace(one, low=margin, likely=margin, high=margin, source=DRAFT)
        found[one.key] = one
    return found
