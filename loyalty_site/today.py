"""The Today page: figures of all apps, each with its period and the rows behind it, as the asker's role allows."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import formats
from django.utils.translation import get_language_bidi, ngettext
from django.utils.translation import gettext as _

from loyalty_site.ground.models import Company, Job, JobState
from loyalty_site.ground.policy import Action, Principal, permits
from members.models import MemberStatus
from members.queries.today import member_counts
from programs.models import ImportState, Program, PurchaseKind, TerminalState
from programs.queries.figures import Currency, money_text, points_text
from programs.queries.standing import money_of, version_at
from programs.queries.today import OpenPoints, WeekSales, active_program, open_points, waiting, weekly_sales
from programs.rules.documents import compile_document

WEEKS = 8
MONTHS_SHOWN = 13  # a year's points and the month they were given in
# Okabe and Ito's blue and orange: told apart by every kind of colour vision, on light and on dark.
WITH_CARD, WITHOUT_CARD = "#0072B2", "#E69F00"
TEXT = "#768294"  # about 4:1 on white and on the dark ground alike

type Link = dict[str, str]


def today_page(principal: Principal, *, now: dt.datetime) -> dict[str, Any]:
    """The context of templates/admin/index.html. Sections that the role may not see are absent."""
    company = Company.objects.first()
    program = active_program()
    today = now.date()
    page: dict[str, Any] = {"company": company, "program": program, "now": now, "weeks": WEEKS}
    waits = waiting(store_ids=principal.store_ids)
    if permits(principal, Action.VIEW, "members.member"):
        page["members"] = _members(now)
    if permits(principal, Action.VIEW, "programs.purchase"):
        weeks = weekly_sales(weeks=WEEKS, today=today, store_ids=principal.store_ids)
        page |= _sales(weeks, _currency(program, company), program)
    if program and permits(principal, Action.VIEW, "programs.lot"):
        page |= _points(program, now)
    page["tasks"] = _tasks(principal, waits.imports, waits.terminals)
    page["steps"] = _first_steps(principal, page, has_stores=bool(waits.stores))
    page["is_own_stores"] = principal.store_ids is not None
    return page


def _list(route: str, **query: Any) -> str:
    """The address of an admin list, filtered."""
    return f"{reverse(route)}?{urlencode(query)}" if query else reverse(route)


def _currency(program: Program | None, company: Company | None) -> Currency:
    owner = program or company
    return Currency(owner.currency, owner.currency_exponent) if owner else Currency("", 2)


def _members(now: dt.datetime) -> dict[str, Any]:
    since = (now - dt.timedelta(days=7)).date()
    counts = member_counts(since=since)
    enrolled = {"status__exact": MemberStatus.ENROLLED}
    return {
        "enrolled": counts.enrolled,
        "new": counts.new,
        "url": _list("admin:members_member_changelist", **enrolled),
        "new_url": _list("admin:members_member_changelist", **enrolled, joined_on__gte=since.isoformat()),
    }


def _sales(weeks: list[WeekSales], currency: Currency, program: Program | None) -> dict[str, Any]:
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
            "count_chart": _stacked(labels, counts),
            "money_chart": _stacked(labels, money),
            "chart_options": _chart_options(is_stacked=True),
            "currency": currency.currency,
            "given": points_text(sum(week.points_given for week in weeks), program.point_decimals) if program else "",
            "spent": points_text(sum(week.points_spent for week in weeks), program.point_decimals) if program else "",
            "given_url": _receipts(**period, points_earned__gt=0),
            "spent_url": _receipts(**period, points_redeemed__gt=0),
        }
    }


def _receipts(**query: Any) -> str:
    return _list("admin:programs_purchase_changelist", kind__exact=PurchaseKind.SALE, **query)


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


def _points(program: Program, now: dt.datetime) -> dict[str, Any]:
    found = open_points(program)
    version = version_at(program.pk, now)
    compiled = compile_document(version.document) if version else None
    worth = money_of(compiled, found.total)
    return {
        "points": {
            "open": points_text(found.total, program.point_decimals),
            "worth": money_text(worth, program.currency, program.currency_exponent),
            "url": _list("admin:programs_lot_changelist", remaining__gt=0),
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
        never = _list("admin:programs_lot_changelist", remaining__gt=0, expires_at__isnull="True")
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
        "chart_options": _chart_options(is_stacked=False),
    }


def _months_from(first: dt.date) -> list[dt.date]:
    """MONTHS_SHOWN months, empty ones too: a gap in time must look like one."""
    count = range(first.month - 1, first.month - 1 + MONTHS_SHOWN)
    return [dt.date(first.year + number // 12, number % 12 + 1, 1) for number in count]


def _burns_in(month: dt.date, zone: ZoneInfo) -> str:
    following = (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    period = {"expires_at__gte": _midnight(month, zone), "expires_at__lt": _midnight(following, zone)}
    return _list("admin:programs_lot_changelist", remaining__gt=0, **period)


def _burns_from(month: dt.date, zone: ZoneInfo) -> str:
    return _list("admin:programs_lot_changelist", remaining__gt=0, expires_at__gte=_midnight(month, zone))


def _midnight(day: dt.date, zone: ZoneInfo) -> str:
    return dt.datetime.combine(day, dt.time(), zone).isoformat()


def _stacked(labels: list[str], series: list[list[Any]]) -> str:
    names = [(_("with a card"), WITH_CARD), (_("without a card"), WITHOUT_CARD)]
    return json.dumps(
        {
            "labels": labels,
            "datasets": [
                {"label": name, "data": data, "backgroundColor": colour}
                for (name, colour), data in zip(names, series, strict=True)
            ],
        }
    )


def _chart_options(*, is_stacked: bool) -> str:
    """Chart.js options: no animation, axes from zero, mirrored where people read from the right."""
    mirrored = get_language_bidi()
    ticks = {"color": TEXT}
    return json.dumps(
        {
            "responsive": True,
            "maintainAspectRatio": False,
            "animation": False,
            "plugins": {"legend": {"display": is_stacked, "position": "bottom", "rtl": mirrored, "labels": ticks}},
            "scales": {
                "x": {"stacked": is_stacked, "reverse": mirrored, "grid": {"display": False}, "ticks": ticks},
                "y": {
                    "stacked": is_stacked,
                    "beginAtZero": True,
                    "position": "right" if mirrored else "left",
                    "ticks": ticks,
                },
            },
        }
    )


def _tasks(principal: Principal, imports: int, terminals: int) -> list[Link]:
    """What needs a person, for those who may do it."""
    tasks: list[Link] = []
    if imports and permits(principal, Action.ACT, "programs.importbatch"):
        text = ngettext("%(n)s import waits to be applied", "%(n)s imports wait to be applied", imports)
        url = _list("admin:programs_importbatch_changelist", state__exact=ImportState.CHECKED)
        tasks.append({"text": text % {"n": imports}, "url": url})
    failed = Job.objects.filter(state=JobState.FAILED).count() if permits(principal, Action.VIEW, "ground.job") else 0
    if failed:
        text = ngettext("%(n)s background job failed", "%(n)s background jobs failed", failed)
        tasks.append(
            {"text": text % {"n": failed}, "url": _list("admin:ground_job_changelist", state__exact=JobState.FAILED)}
        )
    if terminals and permits(principal, Action.VIEW, "programs.terminal"):
        text = ngettext("%(n)s terminal waits for its code", "%(n)s terminals wait for their code", terminals)
        url = _list("admin:programs_terminal_changelist", state__exact=TerminalState.NEW)
        tasks.append({"text": text % {"n": terminals}, "url": url})
    return tasks


def _first_steps(principal: Principal, page: dict[str, Any], *, has_stores: bool) -> list[Link]:
    """What a fresh installation lacks, in the order in which to do it."""
    steps: list[Link] = []
    if page["company"] is None and permits(principal, Action.CHANGE, "ground.company"):
        steps.append(
            {"text": _("Say who you are: name, country, currency"), "url": _list("admin:ground_company_changelist")}
        )
    if not page["program"] and permits(principal, Action.ACT, "programs.program"):
        steps.append({"text": _("Publish a programme"), "url": _list("admin:programs_program_changelist")})
    if "members" in page and not page["members"]["enrolled"] and permits(principal, Action.ACT, "programs.importbatch"):
        steps.append({"text": _("Import your customers"), "url": _list("admin:programs_importbatch_changelist")})
    if not has_stores and permits(principal, Action.ADD, "programs.store"):
        steps.append({"text": _("Add your stores and their terminals"), "url": _list("admin:programs_store_add")})
    return steps
