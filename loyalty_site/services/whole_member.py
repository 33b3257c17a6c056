"""Erasing a member and handing out all we know of one: each app does its part, in one transaction.

A new table with personal data needs its place in one of the parts; tests/test_erasure.py walks every table.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import OperationalError, connection, models, transaction
from django.utils.translation import gettext_lazy as _

from campaigns.queries.own_data import mailings_of
from feedback.queries.own_data import feedback_of
from feedback.services.forgetting import forget_respondent
from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit
from loyalty_site.ground.services.exports import forget_exports
from members.errors import MemberNotFound
from members.queries.duplicates import merged_into
from members.queries.identifiers import keys_of
from members.queries.own_data import person_of
from members.queries.person import is_merged, name_of, own_words_of
from members.services import forget_person
from programs.queries.own_data import shopping_of
from programs.services.forgetting import forget_shopper

TRIES = 4


class ErasureReason(models.TextChoices):
    """Why somebody is forgotten; a closed list, because free text would name them again."""

    BY_THEMSELVES = "themselves", _("they left on their own page")
    IN_PERSON = "in_person", _("they asked in the shop")
    IN_WRITING = "in_writing", _("they asked in writing or by phone")
    MISTAKE = "mistake", _("entered by mistake")
    LAW = "law", _("the law or an authority asks for it")


def forget_exports_of(member_id: int, *, actor: Principal, now: dt.datetime) -> dict[str, int]:
    """Files of lists may have them in any row, so all go: whoever needs one asks again."""
    texts = [value.lower() for _kind, value in keys_of(member_id)]
    # As people search for a phone: without its plus.
    texts += [text.lstrip("+") for text in texts if text.startswith("+")]
    # A short word ("tea") says nothing of anybody, and would take other people's searches along.
    texts += [text.lower() for text in own_words_of(member_id) if len(text) > 3]
    name = name_of(member_id).lower()
    return {"exports": forget_exports([*texts, *([name] if " " in name else [])])}


# In this order: the first one locks accounts and then the member, as everybody does.
FORGET: tuple[Callable[..., dict[str, int]], ...] = (
    forget_shopper,
    forget_respondent,
    forget_exports_of,
    forget_person,
)
# What a member may know about themselves, by the name of its part.
TELL: tuple[tuple[str, Callable[[int], dict[str, Any]]], ...] = (
    ("about_you", person_of),
    ("points_and_purchases", shopping_of),
    ("surveys", feedback_of),
    ("mailings", mailings_of),
)


def erase_member(member_id: int, *, reason: str, actor: Principal, now: dt.datetime) -> dict[str, int]:
    """Forget a person in every app, and note in the audit that it was done; {what: how many rows or minor points}.

    Nothing brings them back. Raises MemberNotFound when they are unknown, were erased before or are a record
    that was merged into another; ValueError for a reason that ErasureReason does not know. Waits for sales in flight; a deadlock with one is repeated.
    """
    why = ErasureReason(reason)
    if is_merged(member_id):
        raise MemberNotFound
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                return _erase(member_id, why, actor, now)
        except OperationalError as error:
            is_passing = isinstance(error.__cause__, psycopg.errors.DeadlockDetected | psycopg.errors.LockNotAvailable)
            if connection.in_atomic_block or not is_passing or attempt == TRIES:
                raise
            time.sleep(0.05 * attempt)
    raise AssertionError("unreachable")


def _erase(member_id: int, reason: ErasureReason, actor: Principal, now: dt.datetime) -> dict[str, int]:
    counts = _forget(member_id, actor, now)
    # With the records that were merged into theirs: asked now, when nobody can be merged into them any more.
    for merged_id in merged_into(member_id):
        counts.update(_forget(merged_id, actor, now))
    record_audit(
        actor=actor,
        action="erase",
        target="members.member",
        target_id=member_id,
        now=now,
        reason=reason.value,
        details=dict(counts),
    )
    return dict(counts)


def _forget(member_id: int, actor: Principal, now: dt.datetime) -> Counter[str]:
    counts: Counter[str] = Counter()
    for forget in FORGET:
        counts.update(forget(member_id, actor=actor, now=now))
        failpoint("erase.between_parts")
    return counts


def member_data(member_id: int) -> dict[str, Any]:
    """All that we know of a member, part by part, as plain values for JSON (instants in ISO 8601, money and points as
    decimal text)."""
    data: dict[str, Any] = {name: tell(member_id) for name, tell in TELL}
    earlier = [{name: tell(merged_id) for name, tell in TELL} for merged_id in merged_into(member_id)]
    return data | ({"earlier_records": earlier} if earlier else {})
