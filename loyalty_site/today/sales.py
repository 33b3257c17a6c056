"""Sales of the last weeks, with and without a card."""

from __future__ import annotations

from typing import Any

from django.utils import formats

from loyalty_site.today.charts import chart_options, list_url, stacked
from programs.models import Program, PurchaseKind
from programs.queries.figures import Currency, money_text, points_text
from programs.queries.today import WeekSales


def sales_section(weeks: list[WeekSales], currency: Currency, program: Program | None) -> dict[str, Any]:
    """Figures and two pictures of the same weeks: how many sales, and how much money."""
    labels = [formats.date_format(week.starts_on, "j M") for week in weeks]
    count = sum(week.with_card + week.without_card for week in weeks)
    with_card = sum(week.with_card for week in weeks)
    unit = 10**currency.currency_exponent
    counts = [[week.with_card for week in weeks], [week.without_card for week in weeks]]
    money = [[week.money_with_card / unit for week in weeks], [week.money_without_card / unit for week in weeks]]
    period = {"business_on__gte": weeks[0].starts_on, "business_on__lte": weeks[-1].ends_on}
    return {
        "sales": {
            "count": count,
            "with_card": with_card,
            "share": round(100 * with_card / count) if count else 0,
            "url": _receipts(**period),
            "with_card_url": _receipts(**period, card="with"),
            "from": weeks[0].starts_on,
            "rows": [_week_row(week, currency) for week in weeks],
            "count_chart": stacked(labels, counts),
            "money_chart": stacked(labels, money),
            "chart_options": chart_options(is_stacked=True),
            "currency": currency.currency,
            "given": points_text(sum(week.points_given for week in weeks), program.point_decimals) if program else "",
            "spent": points_text(sum(week.points_spent for week in weeks), program.point_decimals) if program else "",
            "given_url": _receipts(**period, points_earned__gt=0),
            "spent_url": _receipts(**period, points_redeemed__gt=0),
        }
    }


def _receipts(**query: Any) -> str:
    return list_url("admin:programs_purchase_changelist", kind__exact=PurchaseKind.SALE, **query)


def _week_row(week: WeekSales, currency: Currency) -> dict[str, Any]:
    period = {"business_on__gte": week.starts_on, "business_on__lte": week.ends_on}

    def money(minor: int) -> str:
        return money_text(minor, currency.currency, currency.currency_exponent)

    return {
        "week": week,
        "money_with": money(week.money_with_card),
        "money_without": money(week.money_without_card),
        "with_url": _receipts(**period, card="with"),
        "without_url": _receipts(**period, card="without"),
    }
