"""Consents that a file brings: raised only with evidence and a declared source, and never over anybody's no (R44).

A chunk of a thousand in a handful of statements, inside the caller's transaction, which holds the members' rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from members.models import (
    Channel,
    Consent,
    ConsentAction,
    ConsentEvidence,
    Identifier,
    Purpose,
    Suppression,
)
from members.services.copying import copy_rows, next_ids
from members.services.delivery.planning import recall_messages
from members.services.suppressions import ADDRESS_KINDS, suppressed_among

METHOD = "import"

_CURRENT = """
    SELECT member_id, purpose, channel, is_granted, since, consent_id FROM members_currentconsent
    WHERE member_id = ANY(%s)
"""
_SET = """
    INSERT INTO members_currentconsent (member_id, purpose, channel, is_granted, since, consent_id)
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::boolean[], %s::timestamptz[], %s::bigint[])
    ON CONFLICT (member_id, purpose, channel)
    DO UPDATE SET is_granted = excluded.is_granted, since = excluded.since, consent_id = excluded.consent_id
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """One cell about a consent. `answer` is yes, no (not agreed) or out (said no); `addresses` are the row's own of the
    channel, normalised. A yes has `on` and `how`; `said_on` is the day of a no, where the file has one."""

    member_id: int | None
    purpose: str
    channel: str
    answer: str
    addresses: tuple[str, ...] = ()
    on: dt.date | None = None
    how: str = ""
    wording: str = ""
    line: int = 0

    @property
    def place(self) -> tuple[int | None, str, str]:
        """What it is about."""
        return (self.member_id, self.purpose, self.channel)


@dataclass(frozen=True, slots=True)
class Source:
    """Whose file it is: `words` say where the consents were collected and by whom, `wording_id` the words agreed to."""

    label: str
    words: str
    wording_id: int | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a claim: a verdict, and for raise and lower the new act and since when the consent before it had
    been granted (None: nobody had been asked)."""

    verdict: str
    consent_id: int | None = None
    granted_since: dt.datetime | None = None


type Current = dict[tuple[int | None, str, str], tuple[bool, dt.datetime, int]]


def judge_claims(claims: Sequence[Claim]) -> list[str]:
    """What each claim would do now: raise, lower, already, opted_out, suppressed, no_address or older."""
    current = current_of({claim.member_id for claim in claims if claim.member_id})
    return _verdicts(claims, current)


def record_claims(claims: Sequence[Claim], *, source: Source, now: dt.datetime) -> list[Done]:
    """Append what the claims say and the log does not speak against; of two on one consent a no counts.

    `member_id` must be there by now.
    """
    current = current_of({claim.member_id for claim in claims})
    verdicts = _verdicts(claims, current)
    noes = {claim.place for claim in claims if claim.answer != "yes"}
    acting: dict[tuple[int | None, str, str], int] = {}
    for number, (claim, verdict) in enumerate(zip(claims, verdicts, strict=True)):
        if verdict == "raise" and claim.place in noes:
            verdicts[number] = "contradicted"
        elif verdict in {"raise", "lower"}:
            if claim.place in acting:
                verdicts[number] = "already"
            else:
                acting[claim.place] = number
    ids = dict(zip(acting.values(), next_ids(Consent, len(acting)), strict=True))
    _append([(ids[number], claims[number], verdicts[number] == "raise") for number in ids], source, now)
    done = []
    for number, (claim, verdict) in enumerate(zip(claims, verdicts, strict=True)):
        before = current.get(claim.place) if number in ids else None
        done.append(Done(verdict, ids.get(number), before[1] if before else None))
        if verdict == "lower" and before and claim.purpose == Purpose.MARKETING:
            recall_messages(member_id=claim.member_id or 0, channel=claim.channel)
    return done


def _append(acts: Sequence[tuple[int, Claim, bool]], source: Source, now: dt.datetime) -> None:
    columns = ("id", "member_id", "purpose", "channel", "action", "language", "wording_id", "method", "proof")
    rows = [
        (
            *(consent_id, *claim.place, ConsentAction.GRANTED.value if is_raise else ConsentAction.WITHDRAWN.value),
            *((source.language, source.wording_id) if is_raise and claim.purpose == Purpose.MARKETING else ("", None)),
            *(METHOD, f"{source.label}, line {claim.line}", source.label, now),
        )
        for consent_id, claim, is_raise in acts
    ]
    copy_rows(Consent, (*columns, "actor_label", "given_at"), rows)
    copy_rows(
        ConsentEvidence,
        ("consent_id", "given_on", "how", "wording", "source"),
        [
            (consent_id, claim.on, claim.how[:200], claim.wording[:200], source.words[:300])
            for consent_id, claim, is_raise in acts
            if is_raise
        ],
    )
    set_current([(*claim.place, is_raise, now, consent_id) for consent_id, claim, is_raise in acts])


def set_current(rows: Sequence[tuple[object, ...]]) -> None:
    """Move the cached current states: (member, purpose, channel, is granted, since, consent) each."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_SET, [list(column) for column in zip(*rows, strict=True)])


def current_of(member_ids: Iterable[int | None]) -> Current:
    """{(member, purpose, channel): (is granted, since, consent)}."""
    ids = sorted(one for one in set(member_ids) if one)
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_CURRENT, [ids])
        return {(member, purpose, channel): tuple(rest) for member, purpose, channel, *rest in cursor.fetchall()}


def _verdicts(claims: Sequence[Claim], current: Current) -> list[str]:
    raising = [claim for claim in claims if claim.answer == "yes"]
    stored = addresses_by_channel({claim.member_id for claim in claims if claim.member_id and claim.channel})
    suppressed = _suppressed(raising, stored)
    return [_verdict(claim, current, stored, suppressed) for claim in claims]


def _verdict(
    claim: Claim,
    current: Current,
    stored: dict[tuple[int, str], list[str]],
    suppressed: set[tuple[str, str | int]],
) -> str:
    before = current.get(claim.place)
    addresses = {*claim.addresses, *stored.get((claim.member_id or 0, claim.channel), ())}
    if claim.answer != "yes":
        if before and not before[0]:
            return "already"
        if before and claim.on and claim.on < before[1].date():
            return "older"
        if before:
            return "lower"
        # An empty box is no wish of anybody's; somebody who said no is remembered for the next file.
        return "lower" if claim.answer == "out" and (addresses or not claim.channel) else "already"
    if before:
        return "already" if before[0] else "opted_out"
    keeping = current.get((claim.member_id, Purpose.PROCESSING, Channel.NONE))
    if keeping and not keeping[0]:
        return "opted_out"
    if claim.channel and not addresses:
        return "no_address"
    about = {(claim.channel, address) for address in addresses} | {(claim.channel, claim.member_id or 0)}
    return "suppressed" if about & suppressed else "raise"


def addresses_by_channel(member_ids: Iterable[int | None]) -> dict[tuple[int, str], list[str]]:
    """{(member, channel): live addresses}."""
    ids = [one for one in member_ids if one]
    found: dict[tuple[int, str], list[str]] = {}
    rows = Identifier.objects.filter(member__in=ids, kind__in=ADDRESS_KINDS.values(), ended_at__isnull=True)
    for member_id, kind, value in rows.values_list("member_id", "kind", "value") if ids else ():
        for channel, known in ADDRESS_KINDS.items():
            if known == kind:
                found.setdefault((member_id, channel.value), []).append(value)
    return found


def _suppressed(claims: Sequence[Claim], stored: dict[tuple[int, str], list[str]]) -> set[tuple[str, str | int]]:
    """(channel, address) and (channel, member) that must not be written to over it, for whatever reason."""
    found: set[tuple[str, str | int]] = set()
    for channel in {claim.channel for claim in claims if claim.channel}:
        mine = [claim for claim in claims if claim.channel == channel]
        addresses = {
            address
            for claim in mine
            for address in (*claim.addresses, *stored.get((claim.member_id or 0, channel), ()))
        }
        found |= {(channel, address) for address in suppressed_among(channel=channel, addresses=addresses)}
        live = Suppression.objects.filter(
            channel=channel, lifted_at__isnull=True, member__in={claim.member_id for claim in mine if claim.member_id}
        )
        found |= {(channel, member_id) for member_id in live.values_list("member_id", flat=True) if member_id}
    return found


def forget_evidence(member_ids: Sequence[int]) -> int:
    """Empty what files said of these people's consents; the acts, with file and line, stay (R54)."""
    rows = ConsentEvidence.objects.filter(consent__member__in=member_ids)
    return rows.update(how="", wording="")
