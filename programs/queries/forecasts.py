"""What became of a forecast: the version that was published with the very document that was tried, month by month."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import Sum

from programs.models import Account, Bucket, Posting, Program, ProgramVersion, ReplayRun

_MONTHS = """
    SELECT (extract(year FROM business_on) * 12 + extract(month FROM business_on) - 1)::int, count(*),
           sum(CASE kind WHEN 'sale' THEN total_minor - reward_minor ELSE reward_minor - total_minor END)::bigint,
           sum(CASE kind WHEN 'sale' THEN points_earned ELSE -points_earned END)::bigint,
           sum(CASE kind WHEN 'sale' THEN reward_minor ELSE -reward_minor END)::bigint
    FROM programs_purchase WHERE version_id = %s GROUP BY 1 ORDER BY 1
"""
# Shared accounts of which only others than the owner bought: the owner's turn never comes, so their receipts are played
# as each one's own.
_APART = """
    SELECT count(DISTINCT a.id) FROM programs_accountaccess x
    JOIN programs_account a ON a.id = x.account_id JOIN programs_purchasesummary s ON s.member_id = x.member_id
    WHERE x.program_id = %s AND x.ended_at IS NULL AND x.buyer_id IS NULL AND x.member_id <> a.owner_id
      AND NOT EXISTS (SELECT FROM programs_purchasesummary o WHERE o.member_id = a.owner_id)
"""
# Before so many points have been issued, the share that is spent says nothing.
_ENOUGH = 10_000


@dataclass(frozen=True, slots=True)
class Month:
    """What a published version gave: `sales` after its discounts; minor money and points, returns taken off."""

    month: int
    receipts: int
    sales: int
    points: int
    discount: int


def published_as(run: ReplayRun) -> ProgramVersion | None:
    """The first version with this draft's very words that was published after the trial."""
    return (
        ProgramVersion.objects.filter(program=run.program_id, document=run.document, published_at__gte=run.created_at)
        .order_by("number")
        .first()
    )


def months_of_version(version: ProgramVersion) -> list[Month]:
    """What was truly sold under a version."""
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS, [version.pk])
        return [Month(*row) for row in cursor.fetchall()]


def shared_played_apart(program_id: int) -> int:
    """How many shared accounts a trial cannot play as one."""
    with connection.cursor() as cursor:
        cursor.execute(_APART, [program_id])
        return int(cursor.fetchone()[0])


def take_up_of(program: Program) -> tuple[Decimal, Decimal, Decimal] | None:
    """Per cent of points that are spent: if nothing that is held now ever were, in the middle, and if it were spent as what
    has gone was. None before enough points have gone."""
    accounts = Account.objects.filter(program=program)
    sums = {
        bucket: Posting.objects.filter(account__in=accounts, to_bucket=bucket).aggregate(sum=Sum("amount"))["sum"] or 0
        for bucket in (Bucket.REDEEMED, Bucket.BURNT)
    }
    held = accounts.aggregate(sum=Sum("available", default=0) + Sum("pending", default=0))["sum"]
    spent, gone = sums[Bucket.REDEEMED], sum(sums.values())
    if gone < _ENOUGH * 10**program.point_decimals:
        return None
    low, high = Decimal(100 * spent // (gone + held)), Decimal(100 * spent // gone)
    return low, (low + high) // 2, high
