"""Addresses that must not be written to, known by a keyed hash alone so that forgetting a person keeps them safe."""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from django.db import connection, transaction
from django.db.models import Q

from members.models import Channel, Identifier, IdentifierKind, Suppression, SuppressionReason
from members.queries.identifiers import last_keys_of
from members.rules.arrays import array_text
from members.services.links import secret_for

# Which identifiers are addresses of which channel.
ADDRESS_KINDS = {
    Channel.EMAIL: IdentifierKind.EMAIL,
    Channel.SMS: IdentifierKind.PHONE,
    Channel.PHONE: IdentifierKind.PHONE,
}
# What somebody said themselves; an address that does not exist says nothing about wishes.
_WISHES = (SuppressionReason.UNSUBSCRIBED, SuppressionReason.COMPLAINT, SuppressionReason.ERASED)
# The one under which a key is looked for; a card reaches nobody and is remembered without a channel.
_CHANNEL_OF = {kind.value: channel for channel, kind in reversed(ADDRESS_KINDS.items())}
_ANY_ERASED = "SELECT EXISTS (SELECT FROM members_suppression WHERE reason = 'erased' AND lifted_at IS NULL)"
_ERASED = """
SELECT address_hash FROM members_suppression
WHERE address_hash = ANY(%s::text[]) AND reason = 'erased' AND lifted_at IS NULL
"""

# Once per claim, with hundreds of hashes; the ORM would make a parameter of each.
_LIVE = """
SELECT address_hash FROM members_suppression
WHERE channel = %s AND address_hash = ANY(%s::text[]) AND lifted_at IS NULL
"""


def address_hash(channel: str, address: str) -> str:
    """64 hex digits; `address` normalised as Identifier.value is."""
    return _hash(_keys()[0], channel, address)


def suppressed_among(*, channel: str, addresses: Iterable[str]) -> set[str]:
    """Those of `addresses` (normalised) that have a live suppression, under the valid or a retired key."""
    by_hash = {_hash(key, channel, address): address for address in addresses for key in _keys()}
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, [channel, array_text(by_hash)])
        return {by_hash[row[0]] for row in cursor.fetchall()}


def erased_among(keys: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of the (kind, normalised value) keys whose person asked to be forgotten: no file brings them back (R44)."""
    with connection.cursor() as cursor:
        cursor.execute(_ANY_ERASED)
        if not cursor.fetchone()[0]:
            return set()
        by_hash = {
            _hash(key, _CHANNEL_OF.get(kind, Channel.NONE), value): (kind, value)
            for kind, value in keys
            for key in _keys()
        }
        cursor.execute(_ERASED, [array_text(by_hash)])
        found = {by_hash[row[0]] for row in cursor.fetchall()}
    if found:
        # Whoever has the key today is somebody with a will of their own.
        live = Identifier.objects.filter(value__in=[value for _kind, value in found], ended_at__isnull=True)
        found -= set(live.values_list("kind", "value"))
    return found


def suppress_erased(*, kind: str, value: str, now: dt.datetime) -> None:
    """Remember by its hash alone that whoever had this key was forgotten, for every way in which it reached them."""
    for channel in [way for way, known in ADDRESS_KINDS.items() if known == kind] or [Channel.NONE]:
        suppress(channel=channel, address=value, reason=SuppressionReason.ERASED, member_id=None, now=now)


def lift_erasure(keys: Iterable[tuple[str, str]], *, now: dt.datetime, agreed_at: dt.datetime | None = None) -> int:
    """Somebody enrols anew with a key of a forgotten person, with consents of their own; how many hashes ended.

    `agreed_at`: when they did, where that is known later (None: now). Who asked to be forgotten after they had agreed
    stays so: that was their last word.
    """
    hashes = [
        _hash(key, channel, value)
        for kind, value in keys
        for channel in [way for way, known in ADDRESS_KINDS.items() if known == kind] or [Channel.NONE]
        for key in _keys()
    ]
    rows = Suppression.objects.filter(address_hash__in=hashes, reason=SuppressionReason.ERASED, lifted_at__isnull=True)
    if agreed_at is not None:
        rows = rows.filter(since__lte=agreed_at)
    return rows.update(lifted_at=now)


@transaction.atomic
def suppress(*, channel: str, address: str, reason: str, member_id: int | None, now: dt.datetime) -> None:
    """Never write to `address` (normalised) again over `channel`. Repeating changes nothing but whose word it is: the
    last one's, so that nobody who had the address before can take it back."""
    hashed = address_hash(channel, address)
    row = Suppression(channel=channel, address_hash=hashed, reason=reason, member_id=member_id, since=now)
    Suppression.objects.bulk_create([row], ignore_conflicts=True)
    if member_id is not None:
        same = Suppression.objects.filter(channel=channel, address_hash=hashed, reason=reason, lifted_at__isnull=True)
        same.exclude(member=member_id).update(member=member_id)


def suppress_addresses_of(*, member_id: int, channel: str, reason: str, now: dt.datetime) -> None:
    """Suppress every address of the channel that the member has now, within the caller's transaction."""
    for address in addresses_of(member_id, channel):
        suppress(channel=channel, address=address, reason=reason, member_id=member_id, now=now)


def lift_suppressions_of(*, member_id: int, channel: str, reason: str, now: dt.datetime) -> int:
    """End suppressions of one reason, as when a member subscribes again themselves; how many ended: those of the
    addresses that they have, and their own words about addresses that they had and nobody has now."""
    live = Suppression.objects.filter(channel=channel, reason=reason, lifted_at__isnull=True)
    kind = ADDRESS_KINDS.get(Channel(channel))
    had = [value for had_kind, value in last_keys_of(member_id) if had_kind == kind]
    theirs = Q(address_hash__in=_hashes(channel, addresses_of(member_id, channel)))
    own = Q(member=member_id, address_hash__in=_hashes(channel, had))
    lifted = live.filter(theirs | own).update(lifted_at=now)
    # An address that is somebody else's by now stays as it is, and says nothing about this member any more.
    live.filter(member=member_id).update(member=None)
    return lifted


def _hashes(channel: str, addresses: Iterable[str]) -> list[str]:
    return [_hash(key, channel, address) for address in addresses for key in _keys()]


def last_refusals(*, channel: str, addresses: Mapping[int, Collection[str]]) -> dict[int, dt.datetime]:
    """When each of the members was last refused at one of `addresses` (theirs, normalised), or refused themselves about
    one that they had; without those whose addresses merely do not exist."""
    owners = {
        _hash(key, channel, address): member
        for member, held in addresses.items()
        for address in held
        for key in _keys()
    }
    live = Suppression.objects.filter(channel=channel, lifted_at__isnull=True, reason__in=_WISHES)
    found: dict[int, dt.datetime] = {}
    for row in live.filter(Q(address_hash__in=list(owners)) | Q(member__in=list(addresses))):
        for member in (owners.get(row.address_hash), row.member_id):
            if member is not None and member in addresses:
                found[member] = max(row.since, found.get(member, row.since))
    return found


def live_reasons(*, member_ids: Iterable[int], channel: str) -> set[str]:
    """Why any address of these members must not be written to over the channel, whoever entered it."""
    ids = list(member_ids)
    hashes = [
        _hash(key, channel, address) for member in ids for address in addresses_of(member, channel) for key in _keys()
    ]
    live = Suppression.objects.filter(channel=channel, lifted_at__isnull=True)
    return set(live.filter(Q(address_hash__in=hashes) | Q(member__in=ids)).values_list("reason", flat=True))


def addresses_of(member_id: int, channel: str) -> list[str]:
    """The member's live addresses of a channel, normalised, the newest first."""
    kind = ADDRESS_KINDS.get(Channel(channel))
    return list(
        Identifier.objects.filter(member=member_id, kind=kind, ended_at__isnull=True)
        .order_by("-id")
        .values_list("value", flat=True)
    )


@lru_cache(maxsize=1)
def _keys() -> list[bytes]:
    return secret_for("suppression")


def _hash(key: bytes, channel: str, address: str) -> str:
    return hmac.digest(key, f"{channel}:{address}".encode(), "sha256").hex()
