"""Lent cards: who carries a member's, what was bought by them, and the new buyers whom they brought."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max

from members.models import Identifier, Member, MemberStatus
from programs.models import Purchase, PurchaseKind, PurchaseSummary


@dataclass(frozen=True, slots=True)
class LentCard:
    """One card that is or was lent. `sales` and `last_at` of sales by it since then; `became_buyer_at` is when who
    carries it first bought as a member of their own, if that came after the lending."""

    card: Identifier
    sales: int
    last_at: dt.datetime | None
    became_buyer_at: dt.datetime | None

    @property
    def carrier(self) -> Member | None:
        return self.card.lent_to


@dataclass(frozen=True, slots=True)
class Lending:
    """Cards that a member lent, newest first, and cards of others that they carry now."""

    lent: tuple[LentCard, ...]
    carried: tuple[Identifier, ...]

    @property
    def brought(self) -> int:
        """How many people became buyers of their own after they had been lent a card."""
        return len({one.card.lent_to_id for one in self.lent if one.became_buyer_at})


def lending_of(member_id: int) -> Lending:
    """What a member lent and carries, in four statements."""
    cards = list(
        Identifier.objects.filter(member=member_id, lent_at__isnull=False)
        .select_related("lent_to")
        .order_by("ended_at", "-lent_at", "-id")
    )
    sales = {
        card: (count, last)
        for card, count, last in Purchase.objects.filter(
            presented__in=[card.pk for card in cards], kind=PurchaseKind.SALE
        )
        .order_by()
        .values_list("presented")
        .annotate(count=Count("id"), last=Max("occurred_at"))
    }
    first = dict(
        PurchaseSummary.objects.filter(
            member__in={card.lent_to_id for card in cards if card.lent_to_id}, member__status=MemberStatus.ENROLLED
        ).values_list("member_id", "first_at")
    )
    carried = Identifier.objects.filter(lent_to=member_id, ended_at__isnull=True).select_related("member")
    return Lending(tuple(_lent(card, sales, first) for card in cards), tuple(carried.order_by("id")))


def _lent(
    card: Identifier, sales: dict[int, tuple[int, dt.datetime]], first: dict[int, dt.datetime | None]
) -> LentCard:
    count, last = sales.get(card.pk, (0, None))
    began = first.get(card.lent_to_id or 0)
    is_new = began is not None and card.lent_at is not None and began > card.lent_at
    return LentCard(card, count, last, began if is_new else None)
