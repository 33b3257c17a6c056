"""Whom the lines of a list mean, and which account that is: a few statements for any number of lines."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from members.services import guess_identifiers
from programs.models import AccountAccess, Program
from programs.rules.adjusting import ListLine
from programs.services.accounts import open_accounts

_CARRIERS = """
    SELECT g.at, array_agg(DISTINCT i.member_id)
    FROM unnest(%s::int[], %s::text[], %s::text[]) AS g(at, kind, value)
    JOIN members_identifier i ON i.value = g.value AND i.kind = g.kind AND i.ended_at IS NULL
    JOIN members_member m ON m.id = i.member_id AND m.status <> 'erased'
    GROUP BY g.at
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A line whose person has an account."""

    line: ListLine
    account_id: int


def find_people(
    program: Program, lines: Sequence[ListLine], *, region: str, now: dt.datetime
) -> tuple[list[Found], list[dict[str, Any]]]:
    """(lines with their accounts, what was not understood as {line, text, why, first}).

    Reasons besides the reader's: unknown_person, several_people, no_account (nothing to take from), same_person (with
    the line that came `first`). People who get points and have no account get one opened.
    """
    unreadable = [_unread(line, line.problem) for line in lines if line.problem]
    readable = [line for line in lines if not line.problem]
    carriers = _carriers(readable, region)
    known: list[tuple[ListLine, int]] = []
    for at, line in enumerate(readable):
        members = carriers.get(at, [])
        if len(members) == 1:
            known.append((line, members[0]))
        else:
            unreadable.append(_unread(line, "several_people" if members else "unknown_person"))
    accounts = _accounts(program, known, now)
    found: dict[int, Found] = {}
    for line, member_id in known:
        account_id = accounts.get(member_id)
        if account_id is None:
            unreadable.append(_unread(line, "no_account"))
        elif account_id in found:
            unreadable.append(_unread(line, "same_person") | {"first": found[account_id].line.number})
        else:
            found[account_id] = Found(line, account_id)
    return list(found.values()), sorted(unreadable, key=lambda one: one["line"])


def _unread(line: ListLine, why: str) -> dict[str, Any]:
    return {"line": line.number, "text": line.text[:200], "why": why}


def _carriers(lines: Sequence[ListLine], region: str) -> dict[int, list[int]]:
    """{position in `lines`: members who carry a key that the line may mean}."""
    at, kinds, values = [], [], []
    for position, line in enumerate(lines):
        for kind, value in guess_identifiers(text=line.who, region=region):
            at.append(position)
            kinds.append(kind)
            values.append(value)
    with connection.cursor() as cursor:
        cursor.execute(_CARRIERS, [at, kinds, values])
        return dict(cursor.fetchall())


def _accounts(program: Program, known: Sequence[tuple[ListLine, int]], now: dt.datetime) -> dict[int, int]:
    """{member: the account they use}; opened for those who get points."""
    by_member: dict[int, int] = defaultdict(int)
    for line, member_id in known:
        by_member[member_id] = max(by_member[member_id], line.points)
    getting = sorted(member_id for member_id, points in by_member.items() if points > 0)
    accounts = open_accounts(program_id=program.pk, member_ids=getting, now=now)
    others = [member_id for member_id in by_member if member_id not in accounts]
    live = AccountAccess.objects.filter(program=program, member__in=others, ended_at__isnull=True)
    return accounts | dict(live.values_list("member_id", "account_id"))
