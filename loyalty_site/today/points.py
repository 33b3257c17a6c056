"""Open points: what they are worth, and when they burn."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _

from loyalty_site.today.charts import WITH_CARD, chart_options, list_url
from programs.models import Program
from programs.queries.figures import money_text, points_text
from programs.queries.standing import money_of, version_at
from programs.queries.today import OpenPoints, open_points
from programs.rules.documents import compile_document

MONTHS_SHOWN = 13  # a year's points and the month they were given in


def points_section(program: Program, now: dt.datetime) -> dict[str, Any]:
    """What members hold now, and the months in which it burns (absent while nothing is held)."""
    found = open_points(program)
    version = version_at(program.pk, now)
    compiled = compile_document(version.document) if version else None
    worth = money_of(compiled, found.total)
    return {
        "points": {
            "open": points_text(found.total, program.point_decimals),
            "worth": money_text(worth, program.currency, program.currency_exponent),
            "url": list_url("admin:programs_lot_changelist", remaining__gt=0),
        },
        "burning": _burning(found, program, now.date()) if found.total else None,
    }


def _burning(found: OpenPoints, program: Program, today: dt.date) -> dict[str, Any]:
    """The next months as bars; what burns later, or never, as further rows of the table."""
    dated = {month: points for month, points in found.by_month.items() if month is not None}
    axis = _months_from(min(dated, default=today.replace(day=1)))
    shown = [(month, dated.get(month, 0)) for month in axis]
    later = [(month, points) for month, points in dated.items() if month > axis[-1]]
    scale, zone = 10**program.point_decimals, ZoneInfo(program.time_zone)
    rows = [
        (formats.date_format(month, "YEAR_MONTH_FORMAT"), points, _burns_in(month, zone)) for month, points in shown
    ]
    if later:
        rows.append((_("later"), sum(points for _month, points in later), _burns_from(later[0][0], zone)))
    if found.by_month.get(None):
        never = list_url("admin:programs_lot_changelist", remaining__gt=0, expires_at__isnull="True")
        rows.append((_("never"), found.by_month[None], never))
    return {
        "rows": [
            {"label": label, "points": points_text(points, program.point_decimals), "url": url}
            for label, points, url in rows
        ],
        "chart": json.dumps(
            {
                "labels": [formats.date_format(month, "M Y") for month, _points in shown],
                "datasets": [
                    {
                        "label": _("points"),
                        "data": [points / scale for _month, points in shown],
                        "backgroundColor": WITH_CARD,
                    }
                ],
            }
        ),
        "chart_options": chart_options(is_stacked=False),
    }


def _months_from(first: dt.date) -> list[dt.date]:
    """MONTHS_SHOWN months, empty ones too: a gap in time must look like one."""
    count = range(first.month - 1, first.month - 1 + MONTHS_SHOWN)
    return [dt.date(first.year + number // 12, number % 12 + 1, 1) for number in count]


def _burns_in(month: dt.date, zone: ZoneInfo) -> str:
    """The lots whose last day lies in a month: what burns at the midnight after its last day does, and so on."""
    following = (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    period = {"expires_at__gt": _midnight(month, zone), "expires_at__lte": _midnight(following, zone)}
    return list_url("admin:programs_lot_changelist", remaining__gt=0, **period)


def _burns_from(month: dt.date, zone: ZoneInfo) -> str:
    return list_url("admin:programs_lot_changelist", remaining__gt=0, expires_at__gt=_midnight(month, zone))


def _midnight(day: dt.date, zone: ZoneInfo) -> str:
    return dt.datetime.combine(day, dt.time(), zone).isoformat()
