"""Cards of each partner: how many members have one, and how many of those cards are used (M09, M10)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from members.models import CardIssuer, Identifier
from programs.models import Purchase

ACTIVE_DAYS = (30, 90)


def with_use(rows: QuerySet[CardIssuer], *, now: dt.datetime) -> QuerySet[Any]:
    """Each partner with `cards_issued` and `cards_ended` (cards of theirs that members have and had), and how many of
    the live ones were presented in the last 30 and 90 days (`cards_month`, `cards_quarter`)."""
    cards = Identifier.objects.filter(issuer=OuterRef("pk")).order_by().values("issuer")
    used = (
        Purchase.objects.filter(presented__issuer=OuterRef("pk"), presented__ended_at__isnull=True)
        .order_by()
        .values("presented__issuer")
    )

    def shown(days: int) -> Any:
        counted = used.annotate(n=Count("presented", distinct=True, filter=Q(occurred_at__gte=_before(now, days))))
        return Coalesce(Subquery(counted.values("n")), 0)

    return rows.annotate(
        cards_issued=Coalesce(Subquery(cards.annotate(n=Count("id", filter=Q(ended_at=None))).values("n")), 0),
        cards_ended=Coalesce(Subquery(cards.annotate(n=Count("id", filter=~Q(ended_at=None))).values("n")), 0),
        cards_month=shown(ACTIVE_DAYS[0]),
        cards_quarter=shown(ACTIVE_DAYS[1]),
    )


def _before(now: dt.datetime, days: int) -> dt.datetime:
    return now - dt.timedelta(days=days)
