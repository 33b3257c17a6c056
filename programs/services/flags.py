"""Flags: raising one, and what a person decides about it. The only writer of Flag."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit
from programs.errors import FlagDecided
from programs.models import Flag, FlagState


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom and what a flag is about; ids, as many as are known."""

    store_id: int | None = None
    terminal_id: int | None = None
    cashier_id: int | None = None
    member_id: int | None = None
    purchase_id: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A flag to be raised. `key` names the thing for good: the same kind and key is flagged once."""

    kind: str
    key: str
    subject: Subject
    details: dict[str, Any] = field(default_factory=dict)


def raise_flag(kind: str, key: str, subject: Subject, *, details: dict[str, Any], now: dt.datetime) -> None:
    """Flag one thing, unless it has been. Joins the caller's transaction; `details` hold figures, no personal data."""
    raise_flags([Finding(kind, key, subject, details)], now=now)


def raise_flags(findings: Iterable[Finding], *, now: dt.datetime) -> int:
    """Flag everything that has not been flagged before; how many that were."""
    found = list(findings)
    known = set(Flag.objects.filter(subject__in=[one.key[:120] for one in found]).values_list("kind", "subject"))
    new = [one for one in found if (one.kind, one.key[:120]) not in known]
    # Somebody else may be raising the same one this moment.
    Flag.objects.bulk_create(
        (
            Flag(
                kind=finding.kind,
                subject=finding.key[:120],
                store_id=finding.subject.store_id,
                terminal_id=finding.subject.terminal_id,
                cashier_id=finding.subject.cashier_id,
                member_id=finding.subject.member_id,
                purchase_id=finding.subject.purchase_id,
                details=finding.details,
                raised_at=now,
            )
            for finding in new
        ),
        ignore_conflicts=True,
    )
    return len(new)


def forget_words(member_id: int) -> int:
    """Empty what was written by hand on the flags about a member; how many had words. Joins the caller's transaction."""
    return Flag.objects.filter(member=member_id).exclude(note="").update(note="")


@transaction.atomic
def decide_flag(*, flag_id: int, state: str, note: str, actor: Principal, now: dt.datetime) -> None:
    """Close a flag as misuse or as all right, with what the person found out. Raises FlagDecided when somebody has."""
    assert state in {FlagState.CONFIRMED, FlagState.DISMISSED}
    decided = Flag.objects.filter(pk=flag_id, state=FlagState.OPEN).update(
        state=state, note=note, decided_by=actor.id, decided_at=now
    )
    if not decided:
        raise FlagDecided
    # The note may name people, so the audit does not repeat it.
    record_audit(
        actor=actor, action="decide", target="programs.flag", target_id=flag_id, now=now, details={"state": state}
    )
