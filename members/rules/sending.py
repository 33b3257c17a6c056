"""What an answer of a mail server means, when to try again, and when not to disturb. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

# R35: minutes until the next attempt, by attempts made. After the last one the message has failed.
BACK_OFF = (
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=30),
    dt.timedelta(hours=2),
    dt.timedelta(hours=6),
)
# RFC 3463 address status (x.1.x) and the mailbox-disabled x.2.1; without an enhanced code, RFC 5321's own.
_ADDRESS_STATUS = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")
_ADDRESS_REPLIES = (511, 550, 551, 553)


class Stage(StrEnum):
    """How far the hand-over of one message had come when an answer came, or did not."""

    ENVELOPE = "envelope"  # MAIL
    RECIPIENT = "recipient"  # RCPT
    DATA = "data"  # DATA and the text, before the final dot
    DOT = "dot"  # from the final dot on: the server may have taken it


class Verdict(StrEnum):
    """What became of one message."""

    SENT = "sent"
    RETRY = "retry"  # surely not taken; worth another try
    REFUSED = "refused"  # surely not taken, and never will be
    BAD_ADDRESS = "bad_address"  # the same, because nobody lives there
    UNKNOWN = "unknown"  # perhaps taken: never tried again by itself
    UNTOUCHED = "untouched"  # not begun: there is no session to be had


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one parcel; `code` is the other side's number, "" when there was none.

    `ends_batch`: the other side wants no more from us now (421); the others should wait as well.
    """

    verdict: Verdict
    code: str = ""
    ends_batch: bool = False


def judge_reply(stage: Stage, code: int, text: str = "") -> Verdict:
    """The verdict of a reply (RFC 5321 code and its text, for the enhanced status code in front)."""
    if 200 <= code < 300 and stage is Stage.DOT:
        return Verdict.SENT
    if 400 <= code < 500:
        return Verdict.RETRY
    if stage is Stage.RECIPIENT:
        status = text.split(maxsplit=1)[0] if text else ""
        if status.count(".") == 2 and status.startswith("5."):
            return Verdict.BAD_ADDRESS if status in _ADDRESS_STATUS else Verdict.REFUSED
        if code in _ADDRESS_REPLIES:
            return Verdict.BAD_ADDRESS
    return Verdict.REFUSED


def judge_silence(stage: Stage) -> Verdict:
    """The verdict when the connection broke or the time was up: only the final dot decides (R32)."""
    return Verdict.UNKNOWN if stage is Stage.DOT else Verdict.RETRY


def next_attempt(attempts: int, now: dt.datetime) -> dt.datetime | None:
    """When to try again after `attempts` attempts; None when it was the last."""
    return now + BACK_OFF[attempts - 1] if attempts <= len(BACK_OFF) else None


def quiet_end(now: dt.datetime, *, zone: str, starts: dt.time | None, ends: dt.time | None) -> dt.datetime | None:
    """When the quiet hours that hold at `now` end, None when none hold. They may span midnight.

    In a gap of the clock the end moves forward with it, in a fold it is the first of the two.
    """
    if starts is None or ends is None or starts == ends:
        return None
    here = now.astimezone(ZoneInfo(zone))
    clock = here.time()
    spans_midnight = starts > ends
    is_quiet = clock >= starts or clock < ends if spans_midnight else starts <= clock < ends
    if not is_quiet:
        return None
    day = here.date() + dt.timedelta(days=1 if spans_midnight and clock >= starts else 0)
    return dt.datetime.combine(day, ends, ZoneInfo(zone)).astimezone(dt.UTC)


def advertising_mark(country: str) -> str:
    """The word a country's law wants in front of an advertising mail's subject; empty for most (R38)."""
    return {"IL": "פרסומת: "}.get(country, "")
