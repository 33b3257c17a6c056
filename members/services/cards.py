"""Keys of one member: cards issued, replaced and blocked, keys added and taken off. What was stays as history."""

from __future__ import annotations

import datetime as dt
import secrets

from django.db import IntegrityError, transaction

from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit
from members.errors import (
    CardMistyped,
    IdentifierEnded,
    IdentifierReplaced,
    IdentifierTaken,
    IdentifierWithdrawn,
    MemberNotFound,
)
from members.models import BlockReason, CardIssuer, EndedAs, Identifier, IdentifierKind, Member, MemberStatus
from members.queries.identity import identity_policy, issuer_of, replaced_identifier
from members.rules.cards import fits, is_mistyped, make_card, shown_card
from members.rules.identifiers import VALUE_MAX, read_key
from members.services.suppressions import lift_erasure

# Of 10**8 numbers or more, two draws in a row that are taken already mean that something else is wrong.
DRAWS = 20


@transaction.atomic
def issue_card(*, member_id: int, actor: Principal, now: dt.datetime) -> Identifier:
    """Give a member a card with a number nobody has or ever had. Raises MemberNotFound."""
    lock_member(member_id)
    card = new_card(member_id, now=now)
    note_key("issue_card", card, actor=actor, now=now)
    return card


@transaction.atomic
def replace_card(*, identifier_id: int, actor: Principal, now: dt.datetime) -> Identifier:
    """End a card and issue another in its place, in one go. Raises IdentifierEnded when it has ended already."""
    old = live_key(identifier_id, kind=IdentifierKind.CARD)
    end_key(old, EndedAs.REPLACED, now=now)
    card = new_card(old.member_id, now=now)
    if old.lent_at is not None:  # the new one is for whoever carried the old
        card.lent_at, card.lent_to_id, card.may_spend = card.created_at, old.lent_to_id, old.may_spend
        card.save(update_fields=["lent_at", "lent_to", "may_spend"])
    note_key("replace_card", card, actor=actor, now=now, before=old.pk)
    return card


@transaction.atomic
def block_identifier(*, identifier_id: int, reason: str, actor: Principal, now: dt.datetime) -> Identifier:
    """Refuse a key at the till until it is let go again; `reason` is one of BlockReason. Raises IdentifierEnded."""
    key = live_key(identifier_id)
    key.is_blocked, key.blocked_for = True, BlockReason(reason)
    key.save(update_fields=["is_blocked", "blocked_for"])
    note_key("block_identifier", key, actor=actor, now=now, reason=key.blocked_for)
    return key


@transaction.atomic
def unblock_identifier(*, identifier_id: int, actor: Principal, now: dt.datetime) -> Identifier:
    """Let a blocked key be used again. Raises IdentifierEnded."""
    key = live_key(identifier_id)
    key.is_blocked, key.blocked_for = False, BlockReason.NONE
    key.save(update_fields=["is_blocked", "blocked_for"])
    note_key("unblock_identifier", key, actor=actor, now=now)
    return key


@transaction.atomic
def add_identifier(
    *, member_id: int, kind: str, text: str, region: str, actor: Principal, now: dt.datetime
) -> Identifier:
    """One more key for a member, `text` as typed. One they have already is returned as it is.

    Raises IdentifierUnreadable, CardMistyped (of a partner's card), MemberNotFound, or IdentifierTaken when it is
    somebody else's.
    """
    value = read_key(kind, text, region).value
    issuer = card_issuer(kind, value)
    lock_member(member_id)
    own = Identifier.objects.filter(member=member_id, kind=kind, value=value, ended_at__isnull=True).first()
    if own is not None:
        return own
    try:
        with transaction.atomic():
            key = Identifier.objects.create(
                member_id=member_id,
                kind=kind,
                value=value,
                shown=text.strip()[:VALUE_MAX],
                created_at=now,
                issuer=issuer,
            )
    except IntegrityError as error:
        raise IdentifierTaken from error
    lift_erasure([(kind, value)], now=now)
    note_key("add_identifier", key, actor=actor, now=now)
    return key


@transaction.atomic
def end_identifier(
    *, identifier_id: int, actor: Principal, now: dt.datetime, ended_as: str = EndedAs.REMOVED
) -> Identifier:
    """Take a key off its member, who keeps it in the history. Raises IdentifierEnded."""
    key = live_key(identifier_id)
    end_key(key, ended_as, now=now)
    note_key("end_identifier", key, actor=actor, now=now, reason=ended_as)
    return key


def card_issuer(kind: str, value: str) -> CardIssuer | None:
    """The partner who issued this normalised card, or None. Raises CardMistyped when its check digit does not fit."""
    issuer = issuer_of(value) if kind == IdentifierKind.CARD else None
    if issuer is not None and not fits(value, issuer.check_rule):
        raise CardMistyped
    return issuer


def explain_missing(*, kind: str, value: str) -> None:
    """Say what is known of a card or code that finds nobody: raises CardMistyped, IdentifierReplaced or
    IdentifierWithdrawn, else nothing."""
    if kind not in {IdentifierKind.CARD, IdentifierKind.CODE}:
        return
    if kind == IdentifierKind.CARD:
        rules = identity_policy()
        if is_mistyped(value, prefix=rules.card_prefix, length=rules.card_length):
            raise CardMistyped
        issuer = issuer_of(value)
        if issuer is not None and not fits(value, issuer.check_rule):
            raise CardMistyped
    old = replaced_identifier(kind, value)
    if old is not None and old.ended_at is not None:
        if old.ended_as == EndedAs.WITHDRAWN:
            raise IdentifierWithdrawn(day=old.ended_at.date().isoformat())
        raise IdentifierReplaced(day=old.ended_at.date().isoformat())


def lock_member(member_id: int) -> None:
    """So that two of the staff do not work on one person's keys in turn; somebody erased or merged away gets none."""
    gone = [MemberStatus.ERASED, MemberStatus.MERGED]
    rows = Member.objects.select_for_update(no_key=True).exclude(status__in=gone)
    if not rows.filter(pk=member_id).values_list("pk").first():
        raise MemberNotFound


def new_card(member_id: int, *, now: dt.datetime) -> Identifier:
    """A card with a number nobody has or ever had, written; not in the audit yet."""
    rules = identity_policy()
    for _draw in range(DRAWS):
        number = make_card(secrets.choice, prefix=rules.card_prefix, length=rules.card_length)
        # An old number would find its new owner by a card in the old one's drawer.
        if Identifier.objects.filter(kind=IdentifierKind.CARD, value=number).exists():
            continue
        try:
            with transaction.atomic():
                return Identifier.objects.create(
                    member_id=member_id,
                    kind=IdentifierKind.CARD,
                    value=number,
                    shown=shown_card(number),
                    created_at=now,
                )
        except IntegrityError:
            continue
    raise IdentifierTaken


def live_key(identifier_id: int, kind: str = "") -> Identifier:
    """Locked to the end of the transaction, also against sales by it: those under way are booked first."""
    rows = Identifier.objects.select_for_update(of=("self",)).filter(pk=identifier_id, ended_at__isnull=True)
    found = rows.filter(kind=kind).first() if kind else rows.first()
    if found is None:
        raise IdentifierEnded
    return found


def end_key(key: Identifier, ended_as: str, *, now: dt.datetime) -> None:
    """End a key that `live_key` has locked."""
    key.ended_at, key.ended_as = max(now, key.created_at), EndedAs(ended_as)
    key.save(update_fields=["ended_at", "ended_as"])


def note_key(act: str, key: Identifier, *, actor: Principal, now: dt.datetime, **details: int | str) -> None:
    """The audit names rows and never a number."""
    record_audit(
        actor=actor,
        action=act,
        target="members.member",
        target_id=key.member_id,
        now=now,
        details={"identifier": key.pk, "kind": key.kind, **details},
    )
