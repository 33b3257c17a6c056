"""Cards lent to a relative or a friend: they earn for the owner, each sale says who showed them, and they end at once."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from loyalty_site.ground.policy import Principal
from members.errors import IdentifierEnded, IdentifierWithdrawn, LentAlready, LentToOwner, MemberNotFound
from members.models import EndedAs, Identifier, IdentifierKind, Member, MemberStatus
from members.services.cards import end_key, live_key, lock_member, new_card, note_key


@transaction.atomic
def lend_card(
    *,
    member_id: int,
    actor: Principal,
    now: dt.datetime,
    to_id: int | None = None,
    identifier_id: int | None = None,
    may_spend: bool = False,
) -> Identifier:
    """Lend a card of a member to the member `to_id` (None: whose name nobody asked): one that they have, or a new one.

    What is bought by it is the owner's; it spends their points only where `may_spend`. Raises LentToOwner,
    LentAlready, IdentifierEnded (also for a key that is no card of theirs), MemberNotFound.
    """
    if to_id == member_id:
        raise LentToOwner
    lock_member(member_id)
    if to_id is not None and not _is_living(to_id):
        raise MemberNotFound
    if identifier_id is None:
        card = new_card(member_id, now=now)
    else:
        card = live_key(identifier_id, kind=IdentifierKind.CARD)
        if card.member_id != member_id:
            raise IdentifierEnded
        if card.lent_at is not None:
            raise LentAlready
    card.lent_at, card.lent_to_id, card.may_spend = max(now, card.created_at), to_id, may_spend
    card.save(update_fields=["lent_at", "lent_to", "may_spend"])
    note_key("lend_card", card, actor=actor, now=now, **({"to": to_id} if to_id else {}))
    return card


@transaction.atomic
def withdraw_lent(*, identifier_id: int, actor: Principal, now: dt.datetime) -> Identifier:
    """Take a lent card back: it ends, and the till says so from now on. Sales by it that are under way are waited for.

    Raises IdentifierEnded when it has ended already or was never lent.
    """
    card = live_key(identifier_id)
    if card.lent_at is None:
        raise IdentifierEnded
    end_key(card, EndedAs.WITHDRAWN, now=now)
    note_key("withdraw_card", card, actor=actor, now=now)
    return card


def refuse_withdrawn(identifier_id: int) -> None:
    """Raises IdentifierWithdrawn when this key has ended; nothing otherwise."""
    ended_at = Identifier.objects.filter(pk=identifier_id).values_list("ended_at", flat=True).first()
    if ended_at is not None:
        raise IdentifierWithdrawn(day=ended_at.date().isoformat())


def _is_living(member_id: int) -> bool:
    gone = [MemberStatus.ERASED, MemberStatus.MERGED]
    return Member.objects.filter(pk=member_id).exclude(status__in=gone).exists()
