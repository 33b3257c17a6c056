"""The result of a trial on the past, in words, figures and pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty_site.ground.admin.charts import picture_options
from loyalty_site.ground.policy import Action, Principal, permits
from loyalty_site.ground.rules.money import plain_text
from programs.admin.replay_people import compared, reality
from programs.admin.replay_words import BLUE, GREEN, GREY, ORANGE, Shown, month_name, percent
from programs.models import ReplayRun, Store
from programs.queries.forecasts import shared_played_apart
from programs.queries.past import piece_costs
from programs.rules import limits, windows
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
from programs.rules.forecast.rungs import PAYING, Rung
from programs.rules.forecast.totals import Cell, Totals

ENDS = (gettext_lazy("at least"), gettext_lazy("likely"), gettext_lazy("at most"))


def replay_context(run: ReplayRun, who: Principal, assumed: dict[str, Assumption]) -> dict[str, Any]:
    """The context of templates/programs/replay/result.html; `run` is finished."""
    version = compile_document(run.document)
    current = compile_document(run.version.document) if run.version else None
    totals = Totals.from_json(run.totals or {})
    shown = Shown(version)
    pieces = piece_costs(version.currency_exponent)
    costs = costs_of(totals, version, current.point_value if current else Decimal(0), assumed, pieces)
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
        "warnings": [*_loss(costs, shown), *_warnings(totals, steps, assumed, version), *_over(costs, shown)],
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
        **compared(run, totals, costs, shown, who),
        "steps": [_step(one, shown, totals) for one in steps],
        "reach": [{"days": one.days, "seen": one.seen, "share": percent(one.share)} for one in reach_of(totals)],
        "rules": _rules(run, totals, shown),
        "ends": ENDS,
        "estimated": percent(costs.estimated) if costs.estimated else "",
        "measured": percent(100 - costs.estimated) if costs.estimated < 100 else "",
        "gaps": [said.message(_) for said in gaps_of(version)],
        "sees_products": permits(who, Action.ACT, "programs.product"),
        "apart": shared_played_apart(run.program_id),
        "loose": totals.loose,
        "assumed": [_assumption(one, version) for one in assumed.values()],
        "handbook": _handbook(assumed, costs, totals.members, shown),
        **reality(run, totals, shown),
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


def _warnings(totals: Totals, steps: list[Step], assumed: dict[str, Assumption], version: Compiled) -> list[str]:
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
            found.append(_("Nobody reaches “%(rung)s” in all this time.") % {"rung": rung_name(one, version)})
        elif one.gap is not None and one.gap > assumed["long_way"].likely:
            found.append(
                _(
                    "“%(rung)s” comes %(days)s days after the one before it: on so long a way people forget the programme. Put something smaller between them."
                )
                % {"rung": rung_name(one, version), "days": one.gap}
            )
    return found


def _loss(costs: Costs, shown: Shown) -> list[str]:
    """That it takes all that the sales leave, where it does."""
    left = int(costs.sales * costs.margin[1] / 100)
    if costs.total.likely < left:
        return []
    says = _(
        "It costs %(cost)s, and these sales leave %(left)s after the goods are paid: whoever launches it sells at a loss."
    )
    return [says % {"cost": shown.money(costs.total.likely), "left": shown.money(left)}]


def _over(costs: Costs, shown: Shown) -> list[str]:
    """Rules beyond what everybody together may get."""
    words = {
        limits.POINTS: (
            _("“%(rule)s” would give %(given)s points; with its limit for everybody it stops at %(most)s."),
            shown.points,
        ),
        limits.MONEY: (
            _("“%(rule)s” would take off %(given)s; with its limit for everybody it stops at %(most)s."),
            shown.money,
        ),
    }
    times = (_("“%(rule)s” would be given %(given)s times; with its limit or stock it ends after %(most)s."), _number)
    note = _("The costs count only what the limit allows; the tables by month, store, tier and rule show all of it.")
    found = []
    for one in costs.over:
        says, figure = words.get(one.of, times)
        known = {"rule": one.name, "given": figure(one.given), "most": figure(one.most)}
        found.append(f"{says % known} {note}")
    return found


def rung_name(one: Step, version: Compiled) -> str:
    """What a rung is called."""
    if one.rung.name == PAYING:
        return _("the first points that pay")
    return one.rung.reward.name if one.rung.reward else version.tier_name(one.rung.key)


def _step(one: Step, shown: Shown, totals: Totals) -> dict[str, Any]:
    return {
        "name": rung_name(one, shown.version),
        "is_tier": one.rung.is_tier,
        "cost": _needed(one.rung, shown),
        "worth": shown.money(shown.worth(one.rung.cost)) if one.rung.name == PAYING else "",
        "people": one.people,
        "share": percent(Fraction(100 * one.people, one.members) if one.members else None),
        "days": one.days,
        "visits": one.visits,
    }


def _needed(rung: Rung, shown: Shown) -> str:
    """What takes somebody there: points, or of a tier whatever its ladder counts."""
    counted = shown.version.ladder.window.of if rung.is_tier else windows.POINTS
    if counted == windows.SPEND:
        return shown.money(rung.cost)
    if counted == windows.POINTS:
        return _("%(points)s points") % {"points": shown.points(rung.cost)}
    return _number(rung.cost)


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
            "given": shown.money(_given(cell, shown)),
            "share": percent(
                Fraction(100 * _given(cell, shown), sales) if (sales := cell.money - cell.back_money) > 0 else None
            ),
        }
        for key, cell in rows
    ]


def _given(cell: Cell, shown: Shown) -> int:
    """Minor money: money off, and points at their full worth."""
    return cell.discount - cell.back_discount + shown.worth(cell.points - cell.back_points)


def _number(count: int) -> str:
    return number_format(count, force_grouping=True)


def _store_names(totals: Totals) -> dict[str, str]:
    codes = {store for _month, store, _tier in totals.cells}
    return {code: f"{name} ({code})" for code, name in Store.objects.filter(code__in=codes).values_list("code", "name")}


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
            {"field": f"{one.key}-{name}", "value": plain_text(value)}
            for name, value in zip(("low", "likely", "high"), one.ends, strict=True)
        ],
        "source": SOURCES[one.source].message(_),
        "note": one.note,
    }


def _handbook(assumed: dict[str, Assumption], costs: Costs, members: int, shown: Shown) -> list[str]:
    """What the handbooks' figures would mean here; they name no source."""
    likely = {key: one.likely for key, one in assumed.items()}
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
        if likely["loyal_profit"] > 1:
            found.append(
                _(
                    "By handbooks a loyal client brings %(times)s times the profit of a chance buyer: it pays once %(share)s of members become loyal through it."
                )
                % {
                    "times": number_format(likely["loyal_profit"].normalize()),
                    "share": percent(costs.break_even[1] / Fraction(likely["loyal_profit"] - 1)),
                }
            )
        if likely["loyal_growth"]:
            found.append(
                _(
                    "By handbooks 5 %% more loyal clients bring up to %(growth)s more sales: at best it pays with %(share)s more loyal clients."
                )
                % {
                    "growth": percent(likely["loyal_growth"]),
                    "share": percent(5 * costs.break_even[1] / Fraction(likely["loyal_growth"])),
                }
            )
    if members:
        each = costs.total.likely // members
        found.append(
            _(
                "By handbooks a new client costs %(times)s times as much as keeping one: where keeping a member costs %(each)s, as here, winning another would cost %(new)s."
            )
            % {
                "times": number_format(likely["new_costs"].normalize()),
                "each": shown.money(each),
                "new": shown.money(int(each * likely["new_costs"])),
            }
        )
    return found
