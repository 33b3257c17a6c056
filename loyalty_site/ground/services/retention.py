"""Keeping personal data no longer than it is needed: once a night, each part in small bites of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from loyalty_site.ground.policy import system
from loyalty_site.ground.services.audit import record_audit

BITE = 2000
# A night's work is bounded; what is left is taken the next night.
BITES_MAX = 5000

type Forget = Callable[..., int]


def keep_no_longer(*, now: dt.datetime) -> dict[str, int]:
    """Let every part of settings.RETENTION forget what is older than its days; {part: how many rows}.

    A part takes `before` (instant) and `limit` and says how many rows it did; less than `limit` is the end. Each bite
    is its own transaction, so that a till never waits for more than one.
    """
    done: dict[str, int] = {}
    for name, (path, days) in settings.RETENTION.items():
        forget: Forget = import_string(path)
        before = now - dt.timedelta(days=days)
        for _bite in range(BITES_MAX):
            with transaction.atomic():
                count = forget(before=before, limit=BITE)
            done[name] = done.get(name, 0) + count
            if count < BITE:
                break
    if any(done.values()):
        record_audit(
            actor=system("retention"),
            action="keep_no_longer",
            target="ground.company",
            target_id=1,
            now=now,
            details=done,
        )
    return done
