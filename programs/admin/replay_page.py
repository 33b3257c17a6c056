"""The result of a trial on the past, in words, figures and pictures; and the same as a file."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty_site.ground.admin.charts import picture_options
from loyalty_site.ground.policy import Action, Principal, permits
from loyalty_site.ground.rules.money import from_minor
from members.models import Member
from members.services import mask_name
from programs.models import ReplayRun, Store
from programs.queries.figures import money_text, points_text, signed_text
from programs.queries.forecasts import months_of_version, published_as
from programs.rules.documents import Compiled, compile_document
from programs.rules.forecast.assumptions import SOURCES, Assumption
from programs.rules.forecast.costs import (
    Costs,
    Range,
    Step,
    burning_ahead,
    cell_sums,
    costs_of,
    months_of,
    points_by_month,
    reach_of,
    steps_of,
    whole,
)
from programs.rules.forecast.gaps import gaps_of
from programs.rules.forecast.rungs import PAYING
from programs.rules.forecast.totals import BAND_ENDS, SAME, Cell, Totals

# Okabe and Ito, as everywhere.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#E69F00", "#009E73", "#a3a8af"
ENDS = (gettext_lazy("at least"), gettext_lazy("likely"), gettext_lazy("at most"))


class Shown:
    """Figures of one trial as text."""

    def __init__(self, version: Compiled) -> None:
        self.version = version

    def money(self, minor: int) -> str:
        return money_text(minor, self.version.currency, self.version.currency_exponent)

    def signed(self, minor: int) -> str:
        return f"{signed_text(minor, self.version.currency_exponent)} {self.version.currency}"

    def points(self, minor: int) -> str:
        return points_text(minor, self.version.point_decimals)

    def worth(self, points: int) -> int:
        return int(points * self.version.point_value)


def percent(share: Fraction | Decimal | None) -> str:
    """31.25 -> '31.3 %' in the reader's language; a dash where there is nothing to say."""
    return "—" if share is None else f"{number_format(round(float(share), 1), decimal_pos=1)} %"


def month_name(month: int) -> str:
    return date_format(dt.date(month // 12, month % 12 + 1, 1), "M Y")


def replay_context(run: ReplayRun, who: Principal, assumed: dict[str, Assumption]) -> dict[str, Any]:
    """The context of templates/programs/replay/result.html; `run` is finished."""
    version = compile_document(run.document)
    current = compile_document(run.version.document) if run.version else None
    totals = Totals.from_json(run.totals or {})
    shown = Shown(version)
    costs = costs_of(totals, version, current.point_value if current else Decimal(0), assumed)
    steps = steps_of(totals, version)
    months = months_of(totals)
    return {
        "is_empty": not totals.receipts,
        "months": costs.months,
        "first": month_name(months[0]) if months else "",
        "last": month_name(months[-1]) if months else "",
        "receipts": totals.receipts,
        "members": totals.members,
        "heads": _heads(totals, costs, shown),
        "warnings": _warnings(totals, steps, assumed),
        **_by_month(totals, assumed["take_up"], shown),
        "ahead": [
            (month_name(month) if month else _("never"), *(shown.points(end) for end in row))
            for month, row in burning_ahead(totals, assumed["take_up"])
        ],
        "cost_rows": _cost_rows(costs, shown),
        "total_row": [shown.money(end) for end in costs.total],
        "costs": costs,
        "margins": [percent(end) for end in costs.margin],
        "break_even": [percent(end) for end in costs.break_even],
        "gains": [shown.signed(end) for end in costs.gain],
        "owed": [shown.money(end) for end in costs.owed],
        "stores": _cells(totals, 1, shown, _store_names(totals)),
        "tiers": _cells(totals, 2, shown, {tier.key: tier.name for tier in version.tiers} | {"": _("no tier")}),
        **_compared(run, totals, costs, shown, who),
        "steps": [_step(one, shown, totals) for one in steps],
        "reach": [{"days": one.days, "seen": one.seen, "share": percent(one.share)} for one in reach_of(totals)],
        "rules": _rules(run, totals, shown),
        "ends": ENDS,
        "gaps": [said.message(_) for said in gaps_of(version)],
        "loose": totals.loose,
        "assumed": [_assumption(one, version) for one in assumed.values()],
        "handbook": _handbook(assumed, costs),
        **_reality(run, totals, shown),
    }


def _heads(totals: Totals, costs: Costs, shown: Shown) -> list[dict[str, str]]:
    all_of = whole(totals)
    share = Fraction(100 * costs.total.likely, costs.sales) if costs.sales > 0 else None
    return [
        {
            "title": _("Points issued"),
            "figure": shown.points(all_of.points),
            "says": _("worth %(worth)s if all were spent") % {"worth": shown.money(shown.worth(all_of.points))},
        },
        {
            "title": _("Money off the bill"),
            "figure": shown.money(costs.discounts),
            "says": _("of %(sales)s that members bought for")
            % {"sales": shown.money(all_of.money - all_of.back_money)},
        },
        {
            "title": _("Full cost"),
            "figure": shown.money(costs.total.likely),
            "says": _("%(share)s of their sales; between %(low)s and %(high)s")
            % {"share": percent(share), "low": shown.money(costs.total.low), "high": shown.money(costs.total.high)},
        },
        {
            "title": _("Break-even"),
            "figure": percent(costs.break_even[1]),
            "says": _("so much more must members buy to pay for it; between %(low)s and %(high)s")
            % {"low": percent(costs.break_even[0]), "high": percent(costs.break_even[2])},
        },
    ]


def _warnings(totals: Totals, steps: list[Step], assumed: dict[str, Assumption]) -> list[str]:
    """Rewards out of reach, and ways that are too long."""
    found = []
    last = reach_of(totals)[-1]
    least = assumed["first_share"].likely
    if last.share is not None and last.share < Fraction(least):
        found.append(
            _(
                "Only %(share)s of people reach the first reward within %(days)s days; you want %(least)s. A threshold that few reach is not worth joining for: lower it, or give more points at the start."
            )
            % {"share": percent(last.share), "days": last.days, "least": percent(least)}
        )
    for one in steps:
        if one.members and not one.people:
            found.append(_("Nobody reaches “%(rung)s” in all this time.") % {"rung": rung_name(one)})
        elif one.gap is not None and one.gap > assumed["long_way"].likely:
            found.append(
                _(
                    "“%(rung)s” comes %(days)s days after the one before it: on so long a way people forget the programme. Put something smaller between them."
                )
                % {"rung": rung_name(one), "days": one.gap}
            )
    return found


def rung_name(one: Step) -> str:
    """What a rung is called."""
    if one.rung.name == PAYING:
        return _("the first points that pay")
    return one.rung.reward.name if one.rung.reward else one.rung.key


def _step(one: Step, shown: Shown, totals: Totals) -> dict[str, Any]:
    version = shown.version
    if one.rung.is_tier:
        cost = shown.money(one.rung.cost) if version.climbs_by_spend else str(one.rung.cost)
        worth = ""
    else:
        cost = _("%(points)s points") % {"points": shown.points(one.rung.cost)}
        worth = shown.money(shown.worth(one.rung.cost)) if one.rung.name == PAYING else ""
    return {
        "name": version.tier_name(one.rung.key) if one.rung.is_tier else rung_name(one),
        "is_tier": one.rung.is_tier,
        "cost": cost,
        "worth": worth,
        "people": one.people,
        "share": percent(Fraction(100 * one.people, one.members) if one.members else None),
        "days": one.days,
        "visits": one.visits,
    }


def _by_month(totals: Totals, take_up: Assumption, shown: Shown) -> dict[str, Any]:
    rows = points_by_month(totals, take_up)
    scale = 10**shown.version.point_decimals
    labels = [month_name(row.month) for row in rows]

    def line(name: Any, values: Sequence[int], colour: str, **more: Any) -> dict[str, Any]:
        data = [value / scale for value in values]
        return {"label": str(name), "data": data, "borderColor": colour, "backgroundColor": colour, **more}

    quiet = {"pointRadius": 0}
    return {
        "month_rows": [
            {
                "month": month_name(row.month),
                "issued": shown.points(row.issued),
                "back": shown.points(row.back),
                "spent": shown.points(row.spent.likely),
                "burnt": shown.points(row.burnt.likely),
                "held": shown.points(row.held.likely),
                "worth": shown.money(shown.worth(row.held.likely)),
            }
            for row in rows
        ],
        "flow_chart": json.dumps(
            {
                "labels": labels,
                "datasets": [
                    line(_("issued"), [row.issued for row in rows], BLUE),
                    line(_("spent, likely"), [row.spent.likely for row in rows], GREEN),
                    line(_("burnt, likely"), [row.burnt.likely for row in rows], ORANGE),
                ],
            }
        ),
        "held_chart": json.dumps(
            {
                "labels": labels,
                "datasets": [
                    line(_("if nobody spends any"), [row.held.high for row in rows], GREY, **quiet),
                    line(_("likely"), [row.held.likely for row in rows], BLUE, tension=0.2),
                    line(_("if they spend all they can"), [row.held.low for row in rows], GREY, **quiet),
                ],
            }
        ),
        "chart_options": picture_options(legend={"display": True, "position": "bottom"}, x={}, y={"beginAtZero": True}),
    }


def _cost_rows(costs: Costs, shown: Shown) -> list[tuple[str, list[str]]]:
    exact = Range(costs.discounts, costs.discounts, costs.discounts)
    rows = [
        (_("money off the bill"), exact),
        (_("what points paid"), costs.points),
        (_("gifts and free services"), costs.gifts),
        (_("cards"), costs.cards),
        (_("staff: tills and office"), costs.staff),
        (_("to start with"), costs.once),
    ]
    return [(name, [shown.money(end) for end in row]) for name, row in rows if any(row)]


def _cells(totals: Totals, place: int, shown: Shown, names: dict[str, str]) -> list[dict[str, str]]:
    rows = sorted(cell_sums(totals, place).items(), key=lambda row: -row[1].money)
    return [
        {
            "name": names.get(str(key), str(key)),
            "receipts": number_format(cell.receipts, force_grouping=True),
            "money": shown.money(cell.money - cell.back_money),
            "points": shown.points(cell.points - cell.back_points),
            "discount": shown.money(cell.discount - cell.back_discount),
            "share": percent(_given(cell, shown)),
        }
        for key, cell in rows
    ]


def _given(cell: Cell, shown: Shown) -> Fraction | None:
    """Per cent of sales that is given: money off, and points at their full worth."""
    sales = cell.money - cell.back_money
    given = cell.discount - cell.back_discount + shown.worth(cell.points - cell.back_points)
    return Fraction(100 * given, sales) if sales > 0 else None


def _store_names(totals: Totals) -> dict[str, str]:
    codes = {store for _month, store, _tier in totals.cells}
    return {code: f"{name} ({code})" for code, name in Store.objects.filter(code__in=codes).values_list("code", "name")}


def _compared(run: ReplayRun, totals: Totals, costs: Costs, shown: Shown, who: Principal) -> dict[str, Any]:
    """Winners and losers against the running version; nothing where there is none."""
    if run.version is None:
        return {"compared": None}
    better = sum(people for people, _sum in totals.bands[SAME + 1 :])
    worse = sum(people for people, _sum in totals.bands[:SAME])
    ids = [row[1] for row in (*totals.winners, *totals.losers)]
    members = Member.objects.in_bulk(ids)
    may_see = permits(who, Action.VIEW, "members.member")

    def people(rows: list[list[int]], sign: int) -> list[dict[str, Any]]:
        found = []
        for difference, member_id, receipts, money, draft, current in sorted(rows, reverse=True):
            member = members.get(member_id)
            name = "" if member is None else str(member) if may_see else mask_name(member.name)
            found.append(
                {
                    "name": name or _("somebody"),
                    "url": reverse("admin:members_member_change", args=[member_id]) if may_see and member else "",
                    "receipts": receipts,
                    "money": shown.money(money),
                    "draft": shown.money(draft),
                    "current": shown.money(current),
                    "difference": shown.signed(sign * difference),
                }
            )
        return found

    return {
        "compared": run.version,
        "better": better,
        "same": totals.bands[SAME][0],
        "worse": worse,
        "given": shown.money(costs.given),
        "against": shown.money(costs.against),
        "difference": shown.signed(costs.given - costs.against),
        "bands": [
            {"name": name, "people": row[0], "difference": shown.signed(row[1])}
            for name, row in zip(_band_names(), totals.bands, strict=True)
        ],
        "band_chart": json.dumps(
            {
                "labels": _band_names(),
                "datasets": [
                    {
                        "label": _("people"),
                        "data": [row[0] for row in totals.bands],
                        "backgroundColor": [
                            ORANGE if place < SAME else GREY if place == SAME else BLUE
                            for place in range(len(totals.bands))
                        ],
                    }
                ],
            }
        ),
        "band_options": picture_options(legend={"display": False}, x={}, y={"beginAtZero": True}),
        "winners": people(totals.winners, 1),
        "losers": people(totals.losers, -1),
    }


def _band_names() -> list[str]:
    """From much worse to much better, in per cent of what they spent."""
    ends = [f"{low}–{high} %" for low, high in zip((0, *BAND_ENDS), BAND_ENDS, strict=False)]
    sizes = [*ends, f"> {BAND_ENDS[-1]} %"]
    return [f"− {size}" for size in reversed(sizes)] + [_("the same")] + [f"+ {size}" for size in sizes]


def _rules(run: ReplayRun, totals: Totals, shown: Shown) -> list[dict[str, str]]:
    names = {rule["key"]: rule["name"] for rule in run.document["rules"]}
    names |= {tier.key: tier.name for tier in shown.version.tiers} | {"base": _("points for every purchase")}
    rows = sorted(totals.rules.items(), key=lambda row: -(shown.worth(row[1][0]) + row[1][1]))
    return [
        {
            "name": names.get(key, key),
            "points": shown.points(points) if points else "—",
            "money": shown.money(money) if money else "—",
            "times": number_format(times, force_grouping=True) if times else "—",
        }
        for key, (points, money, times) in rows
    ]


def _assumption(one: Assumption, version: Compiled) -> dict[str, Any]:
    unit = {"percent": "%", "money": version.currency}.get(one.unit, "")
    return {
        "key": one.key,
        "label": one.label.message(_),
        "unit": unit,
        "ends": [
            {"field": f"{one.key}-{name}", "value": f"{value.normalize():f}"}
            for name, value in zip(("low", "likely", "high"), one.ends, strict=True)
        ],
        "source": SOURCES[one.source].message(_),
        "note": one.note,
    }


def _handbook(assumed: dict[str, Assumption], costs: Costs) -> list[str]:
    """What the handbooks' figures would mean here; they name no source."""
    up = assumed["come_back"].likely * assumed["frequency"].likely / 100
    found = [
        _("By handbooks %(back)s of new buyers come back and those buy %(more)s more often: %(up)s more in all.")
        % {
            "back": percent(assumed["come_back"].likely),
            "more": percent(assumed["frequency"].likely),
            "up": percent(up),
        }
    ]
    if costs.break_even[1] is not None:
        says = _("That would pay for this draft.") if up >= costs.break_even[1] else _("That would not pay for it.")
        found.append(says)
    return found


def _reality(run: ReplayRun, totals: Totals, shown: Shown) -> dict[str, Any]:
    """After launch: what the published version gave, beside what was forecast for as much of sales."""
    published = published_as(run)
    if published is None:
        return {"published": None}
    by_month, all_of = cell_sums(totals, 0), whole(totals)
    rows = []
    for month in months_of_version(published):
        # The same month of the year, where the past has one.
        like = [cell for key, cell in by_month.items() if isinstance(key, int) and key % 12 == month.month % 12]
        cell = like[-1] if like else all_of
        sales = cell.money - cell.discount
        points = cell.points * month.sales // sales if sales > 0 else 0
        discount = cell.discount * month.sales // sales if sales > 0 else 0
        rows.append(
            {
                "month": month_name(month.month),
                "receipts": month.receipts,
                "sales": shown.money(month.sales),
                "points": shown.points(month.points),
                "points_forecast": shown.points(points),
                "discount": shown.money(month.discount),
                "discount_forecast": shown.money(discount),
                "off": percent(Fraction(100 * (month.points - points), points) if points else None),
            }
        )
    return {"published": published, "reality": rows}


def replay_file(run: ReplayRun) -> HttpResponse:
    """The sums by month, store and tier as CSV; figures with a point, so that every spreadsheet can be told how to read it."""
    version, totals = compile_document(run.document), Totals.from_json(run.totals or {})
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="trial-{run.pk}.csv"'
    answer.write("\ufeff")
    writer = csv.writer(answer)
    writer.writerow(["month", "store", "tier", *Cell._fields, "currency"])
    for (month, store, tier), values in sorted(totals.cells.items()):
        figures = [
            value
            if name == "receipts"
            else from_minor(value, version.point_decimals if "points" in name else version.currency_exponent)
            for name, value in zip(Cell._fields, values, strict=True)
        ]
        writer.writerow([f"{month // 12}-{month % 12 + 1:02}", store, tier, *figures, version.currency])
    return answer
