"""Is every safeguard of sending held by a test? Each is switched off in turn, and the harm it prevents must be seen.

A scenario counts violations. With the product as it is there are none; with one safeguard gone there must be some.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection

from loyalty_site.ground.failpoints import FailpointError
from members.models import ConsentAction, ContactBudget, Message, MessageState
from members.rules.sending import Verdict
from members.services import recover_stale, suppress
from members.services.delivery import claiming, planning
from members.services.delivery import sending as delivery
from members.services.delivery.claiming import claim_messages
from tests.members.mailing import Mailing
from tests.smtp_sink import drop

pytestmark = pytest.mark.django_db
LATER = dt.timedelta(hours=1)


def doubled(mailing: Mailing) -> int:
    return sum(count - 1 for count in mailing.sink.recipients().values())


def dies_after_the_reply(mailing: Mailing) -> int:
    """The mail is taken, the process dies before it writes that down, another one comes after the lease."""
    mailing.plan(mailing.people(3))
    real, delivery.write_outcomes = delivery.write_outcomes, _die
    try:
        with pytest.raises(FailpointError):
            mailing.send()
    finally:
        delivery.write_outcomes = real
    mailing.now += LATER
    recover_stale(now=mailing.now)
    mailing.send()
    return doubled(mailing)


def _die(**_: object) -> None:
    raise FailpointError("died")


def wakes_after_its_lease(mailing: Mailing) -> int:
    """A worker claims and freezes; another sends; the first wakes up and goes on."""
    mailing.plan(mailing.people(3))
    claim = claim_messages(source="test", group=mailing.group, channel="email", limit=10, now=mailing.now)
    mailing.now += LATER
    recover_stale(now=mailing.now)
    mailing.send()
    sender = delivery._sender("email", delivery.sender_profile())
    done = delivery.Delivered()
    mails = delivery._render("test", claim, now=mailing.now)
    delivery._send_all(
        claim,
        delivery._wrap(claim, sender, mails, is_service=False, now=mailing.now, done=done),
        sender,
        clock=lambda: mailing.now,
        done=done,
    )
    return doubled(mailing)


def silence_after_the_dot(mailing: Mailing) -> int:
    """The server stores the mail and is gone before it answers."""
    mailing.sink.script("person1@example.com", "stored", drop(), times=1)
    mailing.plan(mailing.people(1))
    mailing.send()
    mailing.now += LATER
    mailing.send()
    return doubled(mailing)


def planned_twice(mailing: Mailing) -> int:
    """A feeder that died after its commit plans the same people again."""
    people = mailing.people(3)
    mailing.plan(people)
    mailing.plan(people)
    mailing.send()
    return doubled(mailing)


def consent_withdrawn(mailing: Mailing) -> int:
    member = mailing.person()
    mailing.plan([member])
    mailing.consent(member, ConsentAction.WITHDRAWN)
    mailing.send()
    return len(mailing.sink.received)


def address_suppressed(mailing: Mailing) -> int:
    mailing.plan([mailing.person()])
    suppress(channel="email", address="person1@example.com", reason="complaint", member_id=None, now=mailing.now)
    mailing.send()
    return len(mailing.sink.received)


def budget_spent(mailing: Mailing) -> int:
    ContactBudget.objects.create(messages=1, days=7)
    member = mailing.person()
    for group in (1, 2):
        mailing.plan([member], group=group)
        mailing.send(group=group)
    return len(mailing.sink.received) - 1


def paused_in_hand(mailing: Mailing) -> int:
    """Pausing takes claimed messages back; a worker that still has them in memory must not send them."""
    mailing.plan(mailing.people(3))
    real, delivery.mark_handed = delivery.mark_handed, _paused_before(delivery.mark_handed, mailing)
    try:
        mailing.send()
    finally:
        delivery.mark_handed = real
    return len(mailing.sink.received)


def _paused_before(mark: Callable, mailing: Mailing) -> Callable:
    def paused(**values: object) -> object:
        planning.release_claims(source="test", group=mailing.group)
        return mark(**values)

    return paused


# --- the safeguards, each with what switches it off


def no_phase_marker(patch) -> None:
    """What was handed over goes back to waiting, as if nothing had been written."""

    def forget(*, now, source="", group=None) -> int:
        return Message.objects.filter(state__in=[MessageState.CLAIMED, MessageState.HANDED]).update(
            state=MessageState.PLANNED, claim_token=None
        )

    patch.setattr(delivery, "recover_stale", forget)
    patch.setitem(globals(), "recover_stale", forget)


def no_claim_token(patch) -> None:
    def mark(*, token, ids, now):
        Message.objects.filter(id__in=ids).update(state=MessageState.HANDED, handed_at=now)
        return dict.fromkeys(ids, 1)

    patch.setattr(delivery, "mark_handed", mark)


def no_unknown_state(patch) -> None:
    from members.services.channels import smtp

    patch.setattr(smtp, "judge_silence", lambda stage: Verdict.RETRY)


def no_unique_key(patch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE members_message DROP CONSTRAINT members_message_once")
    patch.setattr(planning, "_INSERT", planning._INSERT.replace("ON CONFLICT (source, source_id) DO NOTHING", ""))


def no_consent_check(patch) -> None:
    patch.setattr(claiming, "_JUDGE", claiming._JUDGE.replace("AND consent.is_granted", ""))


def no_suppression_check(patch) -> None:
    patch.setattr(claiming, "suppressed_among", lambda **_: set())


def no_budget_check(patch) -> None:
    patch.setattr(claiming, "_budget_sql", lambda channel, now: ("false", {}))


CANARIES = [
    (dies_after_the_reply, no_phase_marker),
    (wakes_after_its_lease, no_claim_token),
    (paused_in_hand, no_claim_token),
    (silence_after_the_dot, no_unknown_state),
    (planned_twice, no_unique_key),
    (consent_withdrawn, no_consent_check),
    (address_suppressed, no_suppression_check),
    (budget_spent, no_budget_check),
]


@pytest.mark.parametrize(
    "scenario", dict.fromkeys(scenario for scenario, _switch in CANARIES), ids=lambda f: f.__name__
)
def test_as_it_is_nothing_happens(mailing, scenario) -> None:
    assert scenario(mailing) == 0


@pytest.mark.parametrize(
    ("scenario", "switch_off"),
    CANARIES,
    ids=[f"{scenario.__name__}-{switch.__name__}" for scenario, switch in CANARIES],
)
def test_without_the_safeguard_somebody_is_harmed(mailing, monkeypatch, note_mutant, scenario, switch_off) -> None:
    switch_off(monkeypatch)
    harmed = scenario(mailing)
    note_mutant(killed=harmed > 0)
    assert harmed > 0
