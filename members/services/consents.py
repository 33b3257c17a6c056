"""What people allowed: one act, appended to the log, and the cached current state moved with it."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from loyalty_site.ground.models import ConsentWording
from loyalty_site.ground.policy import Principal
from members.models import Consent, ConsentAction, CurrentConsent, Member, Purpose
from members.services.delivery.planning import recall_messages


@transaction.atomic
def record_consent(
    *,
    member: Member,
    purpose: str,
    channel: str,
    action: str,
    method: str,
    proof: str,
    actor: Principal,
    now: dt.datetime,
    wording: ConsentWording | None = None,
) -> Consent:
    """Note that a member granted or withdrew `purpose` over `channel` ("" for no channel).

    The member's row is locked first, so of two acts at once the later log row is also the current one.
    Of somebody who was merged meanwhile the act is the survivor's.
    """
    rows = Member.objects.select_for_update(no_key=True).only("pk", "survivor_id")
    locked = rows.get(pk=member.pk)
    if locked.survivor_id is not None:
        member = rows.get(pk=locked.survivor_id)
    consent = Consent.objects.create(
        member=member,
        purpose=purpose,
        channel=channel,
        action=action,
        wording=wording,
        language=wording.language if wording else "",
        method=method,
        proof=proof[:200],
        actor_label=actor.label[:150],
        given_at=now,
    )
    CurrentConsent.objects.update_or_create(
        member=member,
        purpose=purpose,
        channel=channel,
        defaults={"is_granted": action == ConsentAction.GRANTED, "since": now, "consent": consent},
    )
    if purpose == Purpose.MARKETING and action == ConsentAction.WITHDRAWN:
        # A slow mail server may have hundreds of claimed messages before it; theirs must not be one of them.
        recall_messages(member_id=member.pk, channel=channel)
    return consent
