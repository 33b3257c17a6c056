"""What happened to a person, as programs knows it: receipts, points that moved without one, stages, coupons."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.db.models import Sum
from django.utils.translation import gettext as _

from loyalty_site.ground.rules.timeline import PAGE, Happening, joined
from programs.models import (
    Coupon,
    LedgerTransaction,
    MemberStageChange,
    Posting,
    Purchase,
    PurchaseKind,
    TransactionKind,
)
from programs.queries.company import company_decimals, company_zone
from programs.queries.figures import money_text, points_text, signed_text
from programs.queries.lifecycle import lifecycle_model
from programs.queries.movements import change_of_posting
from programs.queries.stage_words import stage_name

_RECEIPT = "admin:programs_purchase_change"


def happenings_of(member_id: int, *, before: dt.datetime) -> list[Happening]:
    """The PAGE newest of each sort before a moment."""
    return [
        *_receipts(member_id, before),
        *_points(member_id, before),
        *_stages(member_id, before),
        *_coupons(member_id, before),
    ]


def _receipts(member_id: int, before: dt.datetime) -> list[Happening]:
    rows = Purchase.objects.filter(member=member_id, occurred_at__lt=before).select_related("store", "version__program")
    decimals = company_decimals()
    found = []
    for row in rows.order_by("-occurred_at")[:PAGE]:
        program = row.version.program if row.version else None
        exponent = program.currency_exponent if program else decimals
        sum_ = money_text(row.total_minor, row.currency, exponent)
        what = _("Bought for %(sum)s") if row.kind == PurchaseKind.SALE else _("Brought back for %(sum)s")
        parts = [str(row.store), _("from before the programme") if row.is_historic else ""]
        if program and row.points_redeemed and row.kind == PurchaseKind.SALE:
            parts.append(
                _("paid %(points)s points") % {"points": points_text(row.points_redeemed, program.point_decimals)}
            )
        if program and row.points_earned:
            earned = row.points_earned if row.kind == PurchaseKind.SALE else -row.points_earned
            parts.append(_("%(points)s points") % {"points": signed_text(earned, program.point_decimals)})
        found.append(Happening(row.occurred_at, what % {"sum": sum_}, joined(*parts), _RECEIPT, row.pk))
    return found


def _points(member_id: int, before: dt.datetime) -> list[Happening]:
    """Of the member's own accounts; what moved with a receipt is told with it, and becoming spendable is nobody's deed."""
    rows = LedgerTransaction.objects.filter(
        pk__in=Posting.objects.filter(account__owner=member_id).values("transaction_id"),
        purchase__isnull=True,
        occurred_at__lt=before,
    ).exclude(kind=TransactionKind.ACTIVATE)
    shown = list(rows.select_related("program").order_by("-occurred_at")[:PAGE])
    postings = Posting.objects.filter(account__owner=member_id, transaction__in=shown).order_by()
    changes = dict(postings.values_list("transaction").annotate(change=Sum(change_of_posting())))
    return [
        Happening(
            row.occurred_at,
            _("Points: %(kind)s") % {"kind": row.get_kind_display()},
            signed_text(changes.get(row.pk, 0), row.program.point_decimals),
        )
        for row in shown
    ]


def _stages(member_id: int, before: dt.datetime) -> list[Happening]:
    zone, model = ZoneInfo(company_zone()), lifecycle_model().model
    rows = MemberStageChange.objects.filter(member=member_id, changed_on__lte=before.astimezone(zone).date())
    told = (
        Happening(
            dt.datetime.combine(row.changed_on, dt.time(), zone),
            _("Stage: %(stage)s") % {"stage": stage_name(row.to_stage, model)},
            _("until then: %(stage)s") % {"stage": stage_name(row.from_stage, model)},
        )
        for row in rows.order_by("-changed_on", "-id")[: PAGE + 1]
    )
    return [one for one in told if one.at < before]


def _coupons(member_id: int, before: dt.datetime) -> list[Happening]:
    rows = Coupon.objects.filter(member=member_id, issued_at__lt=before).select_related("series")
    return [
        Happening(row.issued_at, _("A coupon was given"), row.series.name, needs="programs.coupon")
        for row in rows.order_by("-issued_at")[:PAGE]
    ]
