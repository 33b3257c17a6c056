"""What a member says at the till about offers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from members.models import Member
from members.services import note_wishes, preferences_of
from programs.errors import NotTheirOwn
from programs.queries.shoppers import Shopper
from programs.services.tills import Till

METHOD = "terminal"


@dataclass(frozen=True, slots=True)
class WishOrder:
    """`offers`: {channel: yes or no}, only those that were spoken of. `agrees`: to their data being kept."""

    till: Till
    shopper: Shopper
    offers: Mapping[str, bool]
    agrees: bool = False
    cashier_number: str = ""


@transaction.atomic
def note_wishes_at_till(order: WishOrder, *, now: dt.datetime) -> dict[str, bool]:
    """Note what they said, with the till as its proof; what is allowed now, by channel.

    Raises NotTheirOwn for a lent card, whose carrier cannot speak for its owner; MemberNotFound.
    """
    if order.shopper.is_lent:
        raise NotTheirOwn
    cashier = f", cashier {order.cashier_number}" if order.cashier_number else ""
    note_wishes(
        member_id=order.shopper.person_id,
        offers=order.offers,
        agrees=order.agrees,
        method=METHOD,
        proof=f"{order.till.label}{cashier}",
        actor=order.till.principal,
        now=now,
    )
    return preferences_of(Member.objects.get(pk=order.shopper.person_id))
