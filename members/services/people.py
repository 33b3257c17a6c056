"""People come in: one at the till or in the office, or thousands from a file. The only writer of Member and Identifier."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction

from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit
from members.errors import IdentifierTaken
from members.models import Identifier, Member
from members.rules.custom import Value
from members.rules.identifiers import VALUE_MAX, read_key
from members.rules.text import clean_name, search_form
from members.services.cards import card_issuer
from members.services.consents import record_consent
from members.services.suppressions import lift_erasure


@transaction.atomic
def enrol_member(
    *,
    name: str,
    identifiers: Sequence[tuple[str, str]],
    region: str,
    actor: Principal,
    now: dt.datetime,
    consents: Sequence[tuple[str, str, str]] = (),
    source: str = "",
    proof: str = "",
    custom: Mapping[str, Value] | None = None,
    agreed_at: dt.datetime | None = None,
) -> Member:
    """Enrol one person. `identifiers` are (kind, as shown or typed), `consents` are (purpose, channel, action), `custom`
    typed values of the company's own fields, `agreed_at` when they joined, where that is known later (None: now).

    Raises IdentifierUnreadable for a key that cannot be read, CardMistyped for a partner's card whose check digit does
    not fit, and IdentifierTaken when somebody has it already.
    """
    keys = [(kind, read_key(kind, shown, region).value, shown.strip()[:VALUE_MAX]) for kind, shown in identifiers]
    issuers = {value: card_issuer(kind, value) for kind, value, _shown in keys}
    plain = clean_name(name)
    member = Member.objects.create(
        name=plain,
        search_name=search_form(plain),
        joined_on=(agreed_at.astimezone(dt.UTC) if agreed_at else now).date(),
        source=source[:40],
        custom=dict(custom or {}),
        created_at=now,
    )
    try:
        with transaction.atomic():
            Identifier.objects.bulk_create(
                Identifier(member=member, kind=kind, value=value, shown=shown, created_at=now, issuer=issuers[value])
                for kind, value, shown in dict.fromkeys(keys)
            )
    except IntegrityError as error:
        raise IdentifierTaken from error
    lift_erasure([(kind, value) for kind, value, _shown in keys], now=now, agreed_at=agreed_at)
    for purpose, channel, action in consents:
        record_consent(
            member=member,
            purpose=purpose,
            channel=channel,
            action=action,
            method=source or "admin",
            proof=proof,
            actor=actor,
            now=now,
        )
    record_audit(actor=actor, action="enrol", target="members.member", target_id=member.pk, now=now)
    return member
