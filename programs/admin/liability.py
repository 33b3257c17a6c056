"""The page "Liability": what is owed in points, by the month in which they burn, and the same as a file."""

from __future__ import annotations

import csv
import datetime as dt
import json
from typing import Any

from django.http import HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from loyalty_site.ground.admin.charts import picture_options
from loyalty_site.ground.rules.money import from_minor
from programs.models import Program, ProgramState
from programs.queries.figures import money_text, points_text
from programs.queries.liability import Liability, liability

BLUE = "#0072B2"  # of Okabe and Ito, as everywhere


def liability_context(*, now: dt.datetime) -> dict[str, Any]:
    """The context of templates/programs/liability.html: one section for each programme that was ever published."""
    programs = Program.objects.exclude(state=ProgramState.DRAFT).order_by("-id")
    return {"now": now, "sections": [_section(program, liability(program, now=now)) for program in programs]}


def liability_file(*, now: dt.datetime) -> HttpResponse:
    """The months of every programme as CSV; figures with a point, so that every spreadsheet can be told how to read it."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="liability-{now:%Y-%m-%d}.csv"'
    answer.write("\ufeff")
    writer = csv.writer(answer)
    writer.writerow(["programme", "month", "points", "worth", "currency"])
    for program in Program.objects.exclude(state=ProgramState.DRAFT).order_by("-id"):
        for month in liability(program, now=now).months:
            writer.writerow(
                [
                    program.code,
                    f"{month.starts_on:%Y-%m}" if month.starts_on else "never",
                    from_minor(month.points, program.point_decimals),
                    from_minor(month.worth, program.currency_exponent),
                    program.currency,
                ]
            )
    return answer


def _section(program: Program, found: Liability) -> dict[str, Any]:
    decimals = program.point_decimals
    dated = [(month.starts_on, month.points) for month in found.months if month.starts_on is not None]

    def worth(minor: int) -> str:
        return money_text(minor, program.currency, program.currency_exponent)

    return {
        "program": program,
        "total": points_text(found.total, decimals),
        "worth": worth(found.worth),
        "parts": [
            (_("spendable"), points_text(found.available, decimals)),
            (_("not yet spendable"), points_text(found.pending, decimals)),
            (_("held"), points_text(found.held, decimals)),
            (_("owed by members"), points_text(found.debt, decimals)),
        ],
        "rows": [
            (
                date_format(month.starts_on, "YEAR_MONTH_FORMAT") if month.starts_on else _("never"),
                points_text(month.points, decimals),
                worth(month.worth),
            )
            for month in found.months
        ],
        "chart": json.dumps(
            {
                "labels": [date_format(starts_on, "M Y") for starts_on, _points in dated],
                "datasets": [
                    {
                        "label": _("points"),
                        "data": [points / 10**decimals for _month, points in dated],
                        "backgroundColor": BLUE,
                    }
                ],
            }
        )
        if dated
        else "",
        "chart_options": picture_options(legend={"display": False}, x={}, y={"beginAtZero": True}),
    }
