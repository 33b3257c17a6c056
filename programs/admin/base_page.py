"""The page "Base and lifecycle": where the base stands, and the same as a file. Every figure leads to its people."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from loyalty_site.ground.admin.charts import picture_options
from loyalty_site.ground.policy import Action, Principal, may_open, permits
from loyalty_site.ground.rules.money import from_minor
from members.models import IdentifierKind, Sex
from programs.models import LifecycleModel, Store
from programs.queries.base import (
    Freshness,
    GiftGone,
    Issued,
    StageCount,
    freshness,
    funnel,
    gifts_gone,
    issued_and_active,
    moves_since,
    rfm_grid,
)
from programs.queries.base_lists import ACTIVE_DAYS
from programs.queries.figures import money_text, points_text
from programs.queries.lifecycle import lifecycle_model
from programs.queries.second import LOOKED_BACK, WINDOWS, SecondRates, second_purchases
from programs.queries.stage_words import band_name, rules_in_words, stage_name
from programs.queries.standing import money_of, version_at
from programs.rules.documents import compile_document
from programs.rules.lifecycle import SCORES, ModelKind
from programs.rules.shares import FEW, Proportion

REPORT = "programs_memberstagechange_base"
MOVES = "admin:programs_memberstagechange_changelist"
# Okabe and Ito: told apart by every kind of colour vision, on light and on dark.
BLUE, ORANGE, RED = "#0072B2", "#E69F00", "#D55E00"


class Links:
    """Addresses of lists, empty where the role may not see people: then a figure is only a figure."""

    def __init__(self, who: Principal) -> None:
        self.may_see = permits(who, Action.VIEW, "members.member")

    def people(self, **query: Any) -> str:
        """The list of people, filtered."""
        return f"{reverse('admin:members_member_changelist')}?{urlencode(query)}" if self.may_see else ""

    def moves(self, **query: Any) -> str:
        """The list of moves between stages, which masks names by itself."""
        return f"{reverse(MOVES)}?{urlencode(query)}"


def base_context(who: Principal, *, now: dt.datetime) -> dict[str, Any]:
    """The context of templates/programs/base.html."""
    links, model = Links(who), lifecycle_model()
    return {
        "now": now,
        "model": model,
        "rules": rules_in_words(model),
        "settings_url": reverse("admin:programs_lifecyclemodel_changelist")
        if may_open(who, "admin:programs_lifecyclemodel_changelist")
        else "",
        **funnel_context(funnel(ModelKind(model.model), now=now), model, links, now=now),
        "grid": _grid(links),
        "issued": [_issued(one, links) for one in issued_and_active(now=now)],
        "active_days": ACTIVE_DAYS,
        "gifts": [_gift(one, links, now=now) for one in gifts_gone(days=model.at_risk_days, now=now)],
        "fresh": _fresh(freshness(now=now), links),
        "second": _second(second_purchases(now=now)),
        "windows": WINDOWS,
        "looked_back": LOOKED_BACK,
        "few": FEW,
    }


def funnel_context(found: list[StageCount], model: LifecycleModel, links: Links, *, now: dt.datetime) -> dict[str, Any]:
    """Stages as rows and as a picture; {"total": 0} of an empty base."""
    total = sum(one.people for one in found)
    after = {"changed_on__gte": moves_since(now) + dt.timedelta(days=1), "is_redrawn__exact": "0"}
    rows = [
        {
            "name": stage_name(one.stage, model.model),
            "people": one.people,
            "share": percent(one.people / total) if total else "",
            "url": links.people(stage=one.stage),
            "came": one.came,
            "came_url": links.moves(to_stage__exact=one.stage, **after),
            "left": one.left,
            "left_url": links.moves(from_stage__exact=one.stage, **after),
        }
        for one in found
    ]
    colours = {"at_risk": ORANGE, "lost": RED}
    chart = {
        "labels": [row["name"] for row in rows],
        "datasets": [
            {
                "label": _("people"),
                "data": [one.people for one in found],
                "backgroundColor": [colours.get(one.stage, BLUE) for one in found],
            }
        ],
    }
    return {
        "total": total,
        "stages": rows,
        "chart": json.dumps(chart) if total else "",
        "chart_options": picture_options(legend={"display": False}, x={}, y={"beginAtZero": True}),
    }


def percent(share: float) -> str:
    """0.1234 -> '12.3 %' in the reader's language."""
    return f"{_figure(share)} %"


def _figure(share: float) -> str:
    # Rounded first: number_format would cut 66.66 to 66.6.
    return number_format(round(100 * share, 1), decimal_pos=1)


def _grid(links: Links) -> dict[str, Any]:
    """Recency down, frequency across, the best at the top and at the beginning."""
    found = rfm_grid()
    total = sum(found.values())
    best = max(found.values(), default=0)
    return {
        "total": total,
        "frequencies": list(reversed(SCORES)),
        "rows": [
            {
                "recency": recency,
                "cells": [
                    {
                        "people": found.get((recency, frequency), 0),
                        "url": links.people(recency=recency, frequency=frequency),
                        # Four steps of shade: a look says where the people are.
                        "shade": -(-4 * found.get((recency, frequency), 0) // best) if best else 0,
                    }
                    for frequency in reversed(SCORES)
                ],
            }
            for recency in reversed(SCORES)
        ],
    }


def _issued(one: Issued, links: Links) -> dict[str, Any]:
    holds = one.kind or "any"
    keys = {30: "0-30", **{days: f"last{days}" for days in ACTIVE_DAYS[1:]}}
    return {
        "name": IdentifierKind(one.kind).label if one.kind else _("any identifier"),
        "people": one.people,
        "url": links.people(holds=holds),
        "active": [
            {
                "people": people,
                "share": percent(people / one.people),
                "url": links.people(holds=holds, bought=keys[days]),
            }
            for days, people in one.active.items()
        ],
    }


def _gift(one: GiftGone, links: Links, *, now: dt.datetime) -> dict[str, Any]:
    program, version = one.program, version_at(one.program.pk, now)
    worth = money_of(compile_document(version.document) if version else None, one.points)
    return {
        "program": program,
        "given": one.given,
        "gone": one.gone,
        "share": percent(one.gone / one.given),
        "points": points_text(one.points, program.point_decimals),
        "remaining": points_text(one.remaining, program.point_decimals),
        "worth": money_text(worth, program.currency, program.currency_exponent),
        "url": links.people(gift="gone"),
    }


def _fresh(found: Freshness, links: Links) -> dict[str, Any]:
    def share(people: int) -> str:
        return percent(people / found.total) if found.total else ""

    return {
        "total": found.total,
        "joined": found.joined,
        "joined_share": share(found.joined),
        "lost": found.lost,
        "rows": [
            {
                "name": band_name(key),
                "bought": found.bought[key],
                "bought_share": share(found.bought[key]),
                "bought_url": links.people(bought=key),
                "heard": found.heard[key],
                "heard_share": share(found.heard[key]),
                "heard_url": links.people(heard=key),
            }
            for key in found.bought
        ],
    }


def group_name(one: SecondRates, stores: dict[str, str]) -> str:
    """A group of the table in words."""
    if one.by == "":
        return _("everybody")
    if one.group == "":
        return _("not known")
    if one.by == "sex":
        return str(Sex(one.group).label)
    if one.by == "store":
        return stores.get(one.group, one.group)
    first, _dash, last = one.group.partition("-")
    if not last:
        return _("%(age)s and older") % {"age": first}
    return (
        _("%(first)s to %(last)s") % {"first": first, "last": last}
        if first != "0"
        else _("up to %(age)s") % {"age": last}
    )


def _second(found: list[SecondRates]) -> list[dict[str, Any]]:
    """[{title, rows, small}] of everybody, ages, sexes and stores. Stores with too few people in every window are only
    counted: a chain has hundreds, and nothing can be said of them."""
    stores = {str(pk): name for pk, name in Store.objects.values_list("id", "name")}
    titles = {"": "", "age": _("Age"), "sex": _("Sex"), "store": _("Store of the first purchase")}
    sections = []
    for by, title in titles.items():
        groups = [one for one in found if one.by == by and any(rate.total for rate in one.rates.values())]
        small = [one for one in groups if by == "store" and all(rate.is_too_few for rate in one.rates.values())]
        rows = [
            {"name": group_name(one, stores), "cells": [_cell(rate) for rate in one.rates.values()]}
            for one in groups
            if one not in small
        ]
        sections.append({"title": title, "rows": rows, "small": len(small)})
    return sections


def _cell(rate: Proportion) -> dict[str, Any]:
    low, high = rate.interval
    return {
        "n": rate.total,
        "is_too_few": rate.is_too_few,
        "share": percent(rate.share),
        "interval": f"{_figure(low)}–{_figure(high)} %",
    }


def base_file(*, now: dt.datetime) -> HttpResponse:
    """Every figure of the page as CSV: section, group, measure, value, of how many, and a share's interval in per cent."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="base-{now:%Y-%m-%d}.csv"'
    answer.write("\ufeff")
    writer = csv.writer(answer)
    writer.writerow(["section", "group", "measure", "value", "of", "low_percent", "high_percent"])
    writer.writerows(_file_rows(now))
    return answer


def _file_rows(now: dt.datetime) -> Iterator[list[Any]]:
    model = lifecycle_model()
    stages = funnel(ModelKind(model.model), now=now)
    total = sum(one.people for one in stages)
    for one in stages:
        yield ["stages", one.stage, "people", one.people, total, "", ""]
        yield ["stages", one.stage, "came", one.came, "", "", ""]
        yield ["stages", one.stage, "left", one.left, "", "", ""]
    for (recency, frequency), people in sorted(rfm_grid().items(), reverse=True):
        yield ["rfm", f"R{recency} F{frequency}", "people", people, "", "", ""]
    for issued in issued_and_active(now=now):
        for days, people in issued.active.items():
            yield ["active", issued.kind or "any", f"bought in {days} days", people, issued.people, "", ""]
    for gift in gifts_gone(days=model.at_risk_days, now=now):
        yield ["gift", gift.program.code, "never came back", gift.gone, gift.given, "", ""]
        points = from_minor(gift.points, gift.program.point_decimals)
        yield ["gift", gift.program.code, "points given to them", points, "", "", ""]
    fresh = freshness(now=now)
    for band in fresh.bought:
        yield ["freshness", band, "last purchase, days ago", fresh.bought[band], fresh.total, "", ""]
        yield ["freshness", band, "last message confirmed, days ago", fresh.heard[band], fresh.total, "", ""]
    stores = dict(Store.objects.values_list("id", "code"))
    for group in second_purchases(now=now):
        name = stores.get(int(group.group), "") if group.by == "store" else group.group
        for days, rate in group.rates.items():
            if rate.is_too_few:
                yield ["second purchase", f"{group.by or 'all'} {name}".strip(), f"{days} days", "", rate.total, "", ""]
                continue
            low, high = (round(100 * bound, 1) for bound in rate.interval)
            label = f"{group.by or 'all'} {name}".strip()
            yield ["second purchase", label, f"{days} days", rate.count, rate.total, low, high]
