"""What about one member waits for somebody: decisions, conflicts, flags, points set aside, a second record."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from members.models import DuplicatePair, PairState
from programs.models import (
    Account,
    Adjustment,
    AdjustmentState,
    ConflictState,
    Flag,
    FlagState,
    Hold,
    HoldState,
    OfflineConflict,
)
from programs.queries.figures import points_text, signed_text

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Matter:
    """In words, with the admin page where it is settled: `model` as in an admin URL, `needs` as in the policy."""

    text: str
    model: str
    key: int

    @property
    def needs(self) -> str:
        return self.model.replace("_", ".", 1)


def open_matters_of(member_id: int) -> list[Matter]:
    """At most SHOWN of each sort, the newest first."""
    return [*_frozen(member_id), *_adjustments(member_id), *_conflicts(member_id), *_flags(member_id),
            *_holds(member_id), *_pairs(member_id)]  # fmt: skip


def _frozen(member_id: int) -> list[Matter]:
    accounts = Account.objects.filter(owner=member_id, frozen_at__isnull=False)
    return [
        Matter(_("The books of the account do not add up: it is frozen"), "programs_account", account.pk)
        for account in accounts[:SHOWN]
    ]


def _adjustments(member_id: int) -> list[Matter]:
    rows = Adjustment.objects.filter(account__owner=member_id, state=AdjustmentState.WAITING, batch__isnull=True)
    return [
        Matter(
            _("An adjustment of %(points)s points waits for a second person")
            % {"points": signed_text(row.points, row.account.program.point_decimals)},
            "programs_adjustment",
            row.pk,
        )
        for row in rows.select_related("account__program").order_by("-id")[:SHOWN]
    ]


def _conflicts(member_id: int) -> list[Matter]:
    theirs = Q(purchase__member=member_id) | Q(account__owner=member_id)
    rows = OfflineConflict.objects.filter(theirs, state=ConflictState.OPEN)
    return [
        Matter(_("A receipt sold offline did not fit"), "programs_offlineconflict", row.pk)
        for row in rows.order_by("-id")[:SHOWN]
    ]


def _flags(member_id: int) -> list[Matter]:
    rows = Flag.objects.filter(member=member_id, state=FlagState.OPEN)
    return [
        Matter(_("Flag: %(kind)s") % {"kind": row.get_kind_display()}, "programs_flag", row.pk)
        for row in rows.order_by("-id")[:SHOWN]
    ]


def _holds(member_id: int) -> list[Matter]:
    rows = Hold.objects.filter(member=member_id, state=HoldState.OPEN).select_related("account__program")
    return [
        Matter(
            _("%(points)s points are set aside for an order")
            % {"points": points_text(row.points, row.account.program.point_decimals)},
            "programs_hold",
            row.pk,
        )
        for row in rows.order_by("-id")[:SHOWN]
        if row.account
    ]


def _pairs(member_id: int) -> list[Matter]:
    rows = DuplicatePair.objects.filter(Q(first=member_id) | Q(second=member_id), state=PairState.PROPOSED)
    return [
        Matter(
            _("May be the same person as %(name)s") % {"name": row.second if row.first_id == member_id else row.first},
            "members_duplicatepair",
            row.pk,
        )
        for row in rows.select_related("first", "second").order_by("-score")[:SHOWN]
    ]
