"""The link to a member's own page at the counter: for somebody who has just joined, or who proves who they are."""

from __future__ import annotations

import datetime as dt

from members.models import PageLinkWay
from members.services import give_page_link
from programs.errors import NotTheirOwn, OwnPageNeedsProof
from programs.queries.shoppers import Shopper
from programs.services.pins import try_pin
from programs.services.tills import Till

SCOPE = "own_page"
# What only its owner has in the hand. A phone number, an e-mail or chosen digits say who is meant, not who stands there.
_PROOFS = frozenset({"card"})


def own_page_at_till(till: Till, shopper: Shopper, *, pin: str, now: dt.datetime) -> str:
    """The address of the member's own page, for a code on the till's screen or receipt: for their card, or their PIN.

    Raises NotTheirOwn for a lent card, OwnPageNeedsProof without card and PIN, PinWrong or PinTries; joins the caller's
    transaction, whose refusal is to be committed: wrong tries count.
    """
    if shopper.is_lent:
        raise NotTheirOwn
    if shopper.key_kind not in _PROOFS:
        if not pin:
            raise OwnPageNeedsProof
        try_pin(member_id=shopper.person_id, pin=pin, till=till, now=now)
    return give_page_link(member_id=shopper.person_id, way=PageLinkWay.TILL, actor=till.principal, now=now)


def own_page_of_newcomer(till: Till, member_id: int, *, now: dt.datetime) -> str:
    """The same for whoever has just joined at this till; "" where the till may not give it."""
    if SCOPE not in till.scopes:
        return ""
    return give_page_link(member_id=member_id, way=PageLinkWay.TILL, actor=till.principal, now=now)
