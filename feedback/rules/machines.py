"""Which answers no person gave (R59).

Looking at a page leaves no trace, so the evidence is what was sent by the form: how soon after the mail, and
whether every score there is was tried.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from feedback.rules.nps import SCORES

TOO_FAST = "too_fast"
EVERY_SCORE = "every_score"
# Opening a mail, a page, choosing and sending takes a person longer.
SECONDS_MIN = 2


def machine_reason(*, handed_at: dt.datetime | None, answered_at: dt.datetime, scores: Collection[int]) -> str:
    """TOO_FAST, EVERY_SCORE, or "" for a person.

    `handed_at` is when the mail with the link was handed over (None: no mail carried it), `answered_at` the newest
    version's moment, so that a person who answers after a scanner is counted; `scores` are those of all versions.
    """
    if set(scores) >= set(SCORES):
        return EVERY_SCORE
    if handed_at is not None and answered_at - handed_at < dt.timedelta(seconds=SECONDS_MIN):
        return TOO_FAST
    return ""
