"""What members change themselves, and what stays of it when their address comes back another way."""

from __future__ import annotations

import datetime as dt

import pytest

from loyalty_site.ground.policy import system
from members.models import Channel, Consent, Member, Suppression, SuppressionReason
from members.services import (
    preferences_of,
    record_consent,
    set_channel_consent,
    set_language,
    suppress,
    unsubscribe,
)
from members.services.suppressions import address_hash, suppressed_among

pytestmark = pytest.mark.django_db
EMAIL = Channel.EMAIL.value


def choose(member, *, granted: bool, now: dt.datetime) -> bool:
    return set_channel_consent(member=member, channel=EMAIL, granted=granted, method="page", proof="", now=now)


def test_unsubscribing_takes_effect_on_everything_that_waits(mailing, sink) -> None:
    member = mailing.person()
    mailing.plan([member])
    mailing.send()
    message = mailing.message(member)

    assert unsubscribe(message=message, method="one-click", now=mailing.now)
    assert not unsubscribe(message=message, method="one-click", now=mailing.now), "repeating changes nothing"

    mailing.plan([member], group=8)
    assert mailing.send(group=8).suppressed == 1
    assert preferences_of(member) == {"email": False, "sms": False, "phone": False}
    act = Consent.objects.latest("id")
    assert (act.action, act.method, act.proof, act.actor_label) == (
        "withdrawn",
        "one-click",
        f"message {message.pk}",
        "member",
    )


def test_the_address_stays_suppressed_under_another_name(mailing) -> None:
    """R44: the same address on another person's record, with a consent from a file, is still not written to."""
    member = mailing.person(email="anna@example.com")
    choose(member, granted=False, now=mailing.now)
    member.identifiers.filter(kind="email").update(ended_at=mailing.now + dt.timedelta(seconds=1))
    double = mailing.person("Anna again", email="anna@example.com")
    mailing.plan([double])
    assert mailing.send().suppressed == 1


def test_allowing_again_lifts_that_and_nothing_else(mailing) -> None:
    member = mailing.person()
    choose(member, granted=False, now=mailing.now)
    suppress(
        channel=EMAIL,
        address="person1@example.com",
        reason=SuppressionReason.COMPLAINT,
        member_id=member.pk,
        now=mailing.now,
    )
    assert choose(member, granted=True, now=mailing.now)
    live = Suppression.objects.filter(lifted_at__isnull=True).values_list("reason", flat=True)
    assert list(live) == [SuppressionReason.COMPLAINT]


def test_refusing_without_ever_having_allowed_is_kept_too(mailing) -> None:
    member = mailing.person(consents=False)
    assert not choose(member, granted=False, now=mailing.now)
    assert suppressed_among(channel=EMAIL, addresses=["person1@example.com"]) == {"person1@example.com"}
    assert not Consent.objects.exists()


def test_a_suppression_holds_no_address(mailing) -> None:
    suppress(channel=EMAIL, address="anna@example.com", reason="by_hand", member_id=None, now=mailing.now)
    row = Suppression.objects.get()
    assert "anna" not in str(row.__dict__)
    assert row.address_hash == address_hash(EMAIL, "anna@example.com") != address_hash("sms", "anna@example.com")


def test_a_suppression_outlives_a_change_of_key(mailing, settings) -> None:
    from members.services import suppressions

    suppress(channel=EMAIL, address="anna@example.com", reason="by_hand", member_id=None, now=mailing.now)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key, of fifty characters or so"
    suppressions._keys.cache_clear()
    try:
        assert suppressed_among(channel=EMAIL, addresses=["anna@example.com", "b@example.com"]) == {"anna@example.com"}
    finally:
        suppressions._keys.cache_clear()


def test_the_language_is_one_we_speak(mailing) -> None:
    member = mailing.person()
    set_language(member=member, language="he", now=mailing.now)
    member.refresh_from_db()
    assert member.language == "he"
    with pytest.raises(ValueError, match="xx"):
        set_language(member=member, language="xx", now=mailing.now)


def by_file(member, action: str, now: dt.datetime) -> None:
    record_consent(
        member=member,
        purpose="marketing",
        channel=EMAIL,
        action=action,
        method="import",
        proof="",
        actor=system("tests"),
        now=now,
    )


def test_a_no_about_no_address_yet_is_kept(mailing) -> None:
    assert not choose(Member.objects.create(), granted=False, now=mailing.now)
    assert Consent.objects.latest("id").action == "withdrawn"


def test_a_no_after_that_of_a_file_is_their_own(mailing) -> None:
    member = mailing.person()
    by_file(member, "withdrawn", mailing.now)
    assert not choose(member, granted=False, now=mailing.now)
    assert Consent.objects.filter(member=member).latest("id").method == "page"
    count = Consent.objects.count()
    assert not choose(member, granted=False, now=mailing.now)
    assert Consent.objects.count() == count, "repeating changes nothing"
