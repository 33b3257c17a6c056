"""Forgetting a person: their own words go, their scores stay as figures without a name (R54)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from feedback.models import Invitation
from feedback.services.answers import forget_words
from loyalty_site.ground.policy import Principal


@transaction.atomic
def forget_respondent(member_id: int, *, actor: Principal, now: dt.datetime) -> dict[str, int]:
    """Empty what a member wrote in surveys and end their links; {what: how many}. Joins the caller's transaction.

    Answers to anonymous surveys have lost their person already: nobody can find them again.
    """
    Invitation.objects.filter(member=member_id, expires_at__gt=now).update(expires_at=now)
    return {"comments": forget_words(member_id)}
