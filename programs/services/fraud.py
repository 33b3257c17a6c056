"""The nightly look for misuse: every pattern over the last weeks, and a flag for each that was not flagged before (R53).

Running it again flags nothing twice: a flag's key names the thing and the month. Nothing is blocked by it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator

from programs.models import FlagKind
from programs.queries.fraud import Row, suspicious_rows
from programs.rules import fraud as rules
from programs.services.flags import Finding, Subject, raise_flags


def look_for_misuse(*, now: dt.datetime) -> int:
    """Flag what looks like misuse; how many things are newly flagged."""
    month = f"{now:%Y-%m}"
    return sum(raise_flags(list(find(month, now)), now=now) for find in _PATTERNS)


def _own_cards(month: str, now: dt.datetime) -> Iterator[Finding]:
    """Receipts that were not refused at once: sold offline, or before the card was registered."""
    for row in suspicious_rows("own", now=now):
        yield _finding(FlagKind.OWN_CARD, f"{row['cashier_id']}:{row['member_id']}:{month}", row, ["receipts"])


def _pairs(month: str, now: dt.datetime) -> Iterator[Finding]:
    for row in suspicious_rows("pairs", now=now):
        pair = rules.Pair(int(row["receipts"]), row["busy_days"], int(row["member_receipts"]))
        if rules.is_concentrated(pair):
            key = f"{row['cashier_id']}:{row['member_id']}:{month}"
            yield _finding(FlagKind.CONCENTRATION, key, row, ["receipts", "busy_days", "member_receipts"])


def _minutes(_month: str, now: dt.datetime) -> Iterator[Finding]:
    for row in suspicious_rows("minutes", now=now):
        key = f"{row['terminal_id']}:{row['at']:%Y-%m-%dT%H:%M}"
        yield _finding(FlagKind.SAME_MINUTE, key, row, ["members"])


def _late(month: str, now: dt.datetime) -> Iterator[Finding]:
    for row in suspicious_rows("late", now=now):
        yield _finding(FlagKind.CLAIMED_LATER, f"{row['member_id']}:{month}", row, ["receipts", "stores"])


def _splits(month: str, now: dt.datetime) -> Iterator[Finding]:
    days: dict[tuple[int, int], list[Row]] = defaultdict(list)
    for row in suspicious_rows("bursts", now=now):
        if rules.bursts(row["moments"]):
            days[row["member_id"], row["terminal_id"]].append(row)
    for (member_id, terminal_id), rows in days.items():
        if rules.is_split(len(rows)):
            newest = max(rows, key=lambda row: row["business_on"])
            purchases = [one for row in rows for one in row["purchases"]]
            row = {**newest, "days": len(rows), "purchases": purchases}
            yield _finding(FlagKind.SPLIT, f"{member_id}:{terminal_id}:{month}", row, ["days"])


def _spent_returns(month: str, now: dt.datetime) -> Iterator[Finding]:
    for row in suspicious_rows("spent_returns", now=now):
        yield _finding(FlagKind.RETURN_AFTER_SPEND, f"{row['member_id']}:{month}", row, ["returns"])


def _gatherings(month: str, now: dt.datetime) -> Iterator[Finding]:
    for row in suspicious_rows("gatherings", now=now):
        gathering = rules.Gathering(row["receipts"], int(row["earned"]), int(row["spent"]), row["median"] or 0)
        if rules.is_parked(gathering):
            yield _finding(FlagKind.PARKING, f"{row['account_id']}:{month}", row, ["receipts"])


def _sweeps(_month: str, now: dt.datetime) -> Iterator[Finding]:
    for row in suspicious_rows("sweeps", now=now):
        if rules.is_sweep(row["spent"], row["available"] or 0, row["occurred_at"] - row["changed_at"]):
            share = round(100 * row["spent"] / row["available"])
            yield _finding(FlagKind.SWEEP, str(row["purchase_id"]), {**row, "share": share}, ["share"])


_PATTERNS: list[Callable[[str, dt.datetime], Iterator[Finding]]] = [
    _own_cards,
    _pairs,
    _minutes,
    _late,
    _splits,
    _spent_returns,
    _gatherings,
    _sweeps,
]


def _finding(kind: FlagKind, key: str, row: Row, figures: list[str]) -> Finding:
    purchases = list(row["purchases"])[:20]
    return Finding(
        kind,
        key,
        Subject(
            store_id=row.get("store_id"),
            terminal_id=row.get("terminal_id"),
            cashier_id=row.get("cashier_id"),
            member_id=row.get("member_id"),
            purchase_id=purchases[0],
        ),
        {**{name: int(row[name]) for name in figures}, "purchases": purchases},
    )
