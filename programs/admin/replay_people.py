"""Who gains and who loses by a draft, and what happened since it was published: the parts of a trial's page that are
about more than the trial."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from loyalty_site.ground.admin.charts import picture_options
from loyalty_site.ground.models import ExportFormat
from loyalty_site.ground.policy import Action, Principal, permits
from loyalty_site.ground.rules.money import from_minor
from loyalty_site.ground.rules.tables import csv_row
from loyalty_site.ground.services.exports import workbook_of
from members.models import Member
from members.services import mask_name
from programs.admin.replay_words import BLUE, GREY, ORANGE, Shown, month_name, percent
from programs.models import ReplayRun
from programs.queries.forecasts import months_of_version, published_as
from programs.rules.documents import compile_document
from programs.rules.forecast.costs import Costs, cell_sums, whole
from programs.rules.forecast.totals import BAND_ENDS, SAME, Cell, Totals

_CONTENT = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def compared(run: ReplayRun, totals: Totals, costs: Costs, shown: Shown, who: Principal) -> dict[str, Any]:
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


def reality(run: ReplayRun, totals: Totals, shown: Shown) -> dict[str, Any]:
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


def _cell_names() -> dict[str, str]:
    """What the sums of a cell are called, in their order."""
    return {
        "receipts": _("receipts"),
        "money": _("sales"),
        "discount": _("money off"),
        "points": _("points"),
        "back_money": _("returns: sales"),
        "back_discount": _("returns: money off"),
        "back_points": _("returns: points"),
        "now_discount": _("running version: money off"),
        "now_points": _("running version: points"),
        "now_back_discount": _("running version, returns: money off"),
        "now_back_points": _("running version, returns: points"),
        "costed_money": _("sales of goods whose cost is known"),
        "cost": _("cost of these goods"),
    }


def replay_file(run: ReplayRun, *, is_workbook: bool = False) -> HttpResponse:
    """The sums by month, store and tier, as CSV (figures with a point, so that every spreadsheet can be told how to read
    it) or as a workbook."""
    version, totals = compile_document(run.document), Totals.from_json(run.totals or {})
    names = _cell_names()
    rows: list[list[str | int | Decimal]] = [
        [_("month"), _("store"), _("tier"), *(names[name] for name in Cell._fields), _("currency")]
    ]
    for (month, store, tier), values in sorted(totals.cells.items()):
        figures = [
            value
            if name == "receipts"
            else from_minor(value, version.point_decimals if "points" in name else version.currency_exponent)
            for name, value in zip(Cell._fields, values, strict=True)
        ]
        rows.append([f"{month // 12}-{month % 12 + 1:02}", store, tier, *figures, version.currency])
    content = workbook_of(rows, is_rtl=get_language_bidi()) if is_workbook else f"\ufeff{''.join(map(csv_row, rows))}"
    kind = ExportFormat.XLSX if is_workbook else ExportFormat.CSV
    answer = HttpResponse(content, content_type=_CONTENT[kind])
    answer["Content-Disposition"] = f'attachment; filename="trial-{run.pk}.{kind}"'
    return answer
