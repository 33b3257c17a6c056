"""Delivery against a real SMTP server: who gets a mail, who does not and why, and what every answer leads to."""

from __future__ import annotations

import datetime as dt
import email
import email.policy

import pytest

from members.models import (
    ConsentAction,
    ContactBudget,
    Member,
    MemberStatus,
    Message,
    MessageReason,
    MessageState,
    Purpose,
    Suppression,
    SuppressionReason,
)
from members.queries import message_counts, reason_counts
from members.rules.sending import BACK_OFF
from members.services import Mail, cancel_messages, recover_stale, release_claims, send_test, suppress
from members.services.delivery.claiming import claim_messages, mark_handed
from members.services.delivery.planning import left_in_group
from members.services.delivery.sending import close_senders
from tests.smtp_sink import delay, drop, reply

pytestmark = pytest.mark.django_db


def read(received) -> email.message.EmailMessage:
    return email.message_from_bytes(received.content, policy=email.policy.default)


def test_everybody_gets_one_mail_with_correct_headers(mailing, sink) -> None:
    people = [*mailing.people(44), mailing.person("Дарья Иванова"), mailing.person("נועה כהן")]
    assert mailing.plan(people) == 46
    assert mailing.plan(people) == 0, "planning again plans nobody twice"

    chunks = mailing.send_all()

    assert sum(chunk.sent for chunk in chunks) == 46
    assert chunks[-1].waiting == 0
    assert chunks[-1].next_due_at is None
    assert set(sink.recipients().values()) == {1}
    assert set(sink.message_ids().values()) == {1}
    assert message_counts(source="test", group=mailing.group) == {MessageState.SENT: 46}
    mail = read(next(one for one in sink.received if one.recipient == "person45@example.com"))
    assert mail["Subject"] == "Hello Дарья Иванова"
    assert mail["From"] == "Corner Market <news@corner.example>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].startswith("<http")
    assert mail["List-Unsubscribe"].endswith("/unsubscribe/>")
    assert mail.get_body(("plain",)).get_content().startswith("Hello Дарья Иванова")
    assert mail.get_body(("html",)).get_content() == "<p>Hello Дарья Иванова</p>"
    message = mailing.message(people[0])
    assert (message.attempts, message.finished_at, message.detail) == (1, mailing.now, "250")


def test_one_session_serves_many_mails(mailing, sink) -> None:
    mailing.plan(mailing.people(45))
    mailing.send_all()
    assert sink.sessions == 1


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda m, p: m.consent(p, ConsentAction.WITHDRAWN), MessageReason.NO_CONSENT),
        (lambda m, p: p.identifiers.filter(kind="email").update(ended_at=m.now + dt.timedelta(days=999)), "no_address"),
        (lambda m, p: Member.objects.filter(pk=p.pk).update(status=MemberStatus.ERASED), MessageReason.NOT_MEMBER),
        (
            lambda m, p: suppress(
                channel="email", address="person1@example.com", reason="complaint", member_id=None, now=m.now
            ),
            MessageReason.SUPPRESSED,
        ),
    ],
    ids=["consent withdrawn", "no address", "erased", "address suppressed"],
)
def test_who_may_not_be_written_to_is_left_out_at_the_claim(mailing, sink, spoil, reason) -> None:
    spoilt, other = mailing.people(2)
    mailing.plan([spoilt, other])
    spoil(mailing, spoilt)

    done = mailing.send()

    assert (done.suppressed, done.sent) == (1, 1)
    assert list(sink.recipients()) == ["person2@example.com"]
    assert reason_counts(source="test", group=mailing.group) == {(MessageState.SUPPRESSED, reason): 1}


def test_a_service_mail_needs_no_consent_to_offers(mailing, sink) -> None:
    mailing.plan([mailing.person(consents=False)], purpose=Purpose.PROCESSING)
    assert mailing.send().sent == 1


def test_the_contact_budget_counts_what_may_have_arrived(mailing, sink) -> None:
    ContactBudget.objects.create(messages=2, days=7)
    member = mailing.person()
    for group in (1, 2, 3):
        mailing.plan([member], group=group)
    assert [mailing.send(group=group).sent for group in (1, 2, 3)] == [1, 1, 0]
    assert reason_counts(source="test", group=3) == {(MessageState.SUPPRESSED, MessageReason.OVER_BUDGET): 1}
    mailing.now += dt.timedelta(days=8)
    mailing.plan([member], group=4)
    assert mailing.send(group=4).sent == 1


def test_quiet_hours_hold_everything_until_they_end(mailing, sink) -> None:
    ContactBudget.objects.create(messages=9, days=1, quiet_from=dt.time(11), quiet_until=dt.time(14, 30))
    mailing.plan(mailing.people(2))
    done = mailing.send()
    assert (done.is_blocked, done.sent, done.waiting) == ("quiet", 0, 2)
    assert done.next_due_at == mailing.now.replace(hour=14, minute=30)
    mailing.now = done.next_due_at
    assert mailing.send().sent == 2


@pytest.mark.parametrize("lack", ["no_server", "no_sender"])
def test_without_a_server_or_a_sender_nothing_is_lost(mailing, settings, lack) -> None:
    mailing.plan(mailing.people(1))
    if lack == "no_server":
        settings.SMTP_URL = ""
    else:
        from loyalty_site.ground.models import Company

        Company.objects.update(sender_email="")
    done = mailing.send()
    assert (done.is_blocked, done.waiting) == (lack, 1)


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize(
    ("answer", "state"), [("451 4.3.0 later", MessageState.RETRY), ("554 5.7.1 never", MessageState.FAILED)]
)
def test_answers_of_4xx_wait_and_of_5xx_fail(mailing, sink, note_trials, stage, answer, state) -> None:
    """T36: at each stage; the others are not affected."""
    people = mailing.people(5)
    # MAIL names the sender, so there the first one has the bad luck.
    sink.script("person3@example.com" if stage != "mail" else None, stage, reply(answer), times=1)
    mailing.plan(people)
    done = mailing.send()
    assert done.sent == 4
    assert message_counts(source="test", group=mailing.group) == {MessageState.SENT: 4, state: 1}
    hit = Message.objects.get(state=state)
    assert hit.detail == answer[:3]
    if state == MessageState.RETRY:
        assert (hit.due_at, done.next_due_at) == (mailing.now + BACK_OFF[0], mailing.now + BACK_OFF[0])
        mailing.now += BACK_OFF[0]
        assert mailing.send().sent == 1
    else:
        mailing.now += dt.timedelta(days=2)
        assert mailing.send().sent == 0
    assert set(sink.recipients().values()) <= {1}
    note_trials("T36", 5)


def test_after_the_last_attempt_it_has_failed(mailing, sink) -> None:
    member = mailing.person()
    sink.script("person1@example.com", "rcpt", reply("450 4.2.1 not now"))
    mailing.plan([member])
    for attempt in range(1, len(BACK_OFF) + 2):
        mailing.send()
        assert mailing.message(member).attempts == attempt
        mailing.now += dt.timedelta(hours=7)
    message = mailing.message(member)
    assert (message.state, message.reason) == (MessageState.FAILED, MessageReason.GAVE_UP)


@pytest.mark.parametrize(
    ("answer", "is_address"),
    [
        ("550 5.1.1 no such user", True),
        ("550 no such user", True),
        ("550 5.7.1 policy", False),
        ("554 blocked", False),
    ],
)
def test_only_an_address_where_nobody_lives_is_suppressed(mailing, sink, answer, is_address) -> None:
    member = mailing.person()
    sink.script("person1@example.com", "rcpt", reply(answer))
    mailing.plan([member])
    mailing.send()
    reason = MessageReason.BAD_ADDRESS if is_address else MessageReason.REFUSED
    assert (mailing.message(member).state, mailing.message(member).reason) == (MessageState.FAILED, reason)
    assert list(Suppression.objects.values_list("reason", flat=True)) == (
        [SuppressionReason.HARD_BOUNCE] if is_address else []
    )


@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_a_connection_lost_before_the_dot_is_tried_again(mailing, sink, note_trials, stage) -> None:
    """T38: surely not taken, so nothing is lost and nothing doubled."""
    people = mailing.people(30)
    for number in (3, 17, 25):
        sink.script(f"person{number}@example.com", stage, drop(), times=1)
    mailing.plan(people)
    mailing.send()
    counts = message_counts(source="test", group=mailing.group)
    assert counts == {MessageState.SENT: 27, MessageState.RETRY: 3}
    mailing.now += BACK_OFF[0]
    mailing.send()
    assert message_counts(source="test", group=mailing.group) == {MessageState.SENT: 30}
    assert len(sink.recipients()) == 30
    assert set(sink.recipients().values()) == {1}
    note_trials("T38", 3)


def test_a_connection_lost_within_the_text_is_never_doubled(mailing, sink) -> None:
    """A short text and its dot may both lie in our own buffers when the news of the end arrives: then it is unknown."""
    sink.script("person2@example.com", "body", drop(), times=1)
    mailing.plan(mailing.people(3))
    mailing.send()
    counts = message_counts(source="test", group=mailing.group)
    assert counts.pop(MessageState.SENT) == 2
    assert counts in ({MessageState.UNKNOWN: 1}, {MessageState.RETRY: 1})
    assert set(sink.recipients().values()) == {1}


@pytest.mark.parametrize("stage", ["dot", "stored"])
def test_a_connection_lost_after_the_dot_is_unknown_for_ever(mailing, sink, note_trials, stage) -> None:
    """T37: perhaps taken, so never sent again by itself; as many unknown as were injected."""
    people = mailing.people(30)
    for number in (3, 17, 25):
        sink.script(f"person{number}@example.com", stage, drop(), times=1)
    mailing.plan(people)
    mailing.send()
    mailing.now += dt.timedelta(days=3)
    mailing.send()
    assert message_counts(source="test", group=mailing.group) == {MessageState.SENT: 27, MessageState.UNKNOWN: 3}
    assert set(sink.recipients().values()) == {1}
    note_trials("T37", 3)


def test_a_server_that_never_answers_costs_the_limit_and_no_more(mailing, sink, settings, note_trials) -> None:
    """T39: accept and never greet, and a reply that comes too late: the slot is free again at the limit."""
    settings.SMTP_TIMEOUTS = (0.2, 0.2, 0.2)
    people = mailing.people(3)
    mailing.plan(people)
    sink.script(None, "connect", delay(1), times=1)
    done = mailing.send()
    assert (done.is_blocked, done.waiting, done.sent) == ("server_down", 3, 0)
    assert set(Message.objects.values_list("state", "attempts")) == {(MessageState.PLANNED, 0)}
    sink.script("person2@example.com", "rcpt", delay(1), times=1)
    assert mailing.send().sent == 2
    assert mailing.message(people[1]).state == MessageState.RETRY
    note_trials("T39", 2)


def test_a_server_that_is_away_blocks_and_burns_no_attempt(mailing, sink) -> None:
    people = mailing.people(25)
    mailing.plan(people)
    sink.stop()
    done = mailing.send()
    assert (done.is_blocked, done.sent, done.waiting) == ("server_down", 0, 25)
    assert done.next_due_at > mailing.now
    assert set(Message.objects.values_list("state", "attempts", "claim_token")) == {(MessageState.PLANNED, 0, None)}
    sink.start()
    assert mailing.send().sent == 25


def test_421_in_the_middle_stops_the_batch_and_not_the_people(mailing, sink) -> None:
    people = mailing.people(10)
    sink.script("person4@example.com", "rcpt", drop(reply="421 4.3.2 closing"), times=2)
    mailing.plan(people)
    done = mailing.send()
    assert (done.is_blocked, done.sent) == ("server_down", 3)
    assert message_counts(source="test", group=mailing.group) == {
        MessageState.SENT: 3,
        MessageState.RETRY: 1,
        MessageState.PLANNED: 6,
    }
    mailing.now += BACK_OFF[0]
    assert mailing.send().sent == 7
    assert set(sink.recipients().values()) == {1}


def test_a_session_closed_between_chunks_is_opened_again(mailing, sink) -> None:
    people = mailing.people(2)
    mailing.plan(people[:1])
    mailing.send()
    sink.stop()
    sink.start()
    mailing.plan(people[1:])
    assert mailing.send().sent == 1
    assert mailing.message(people[1]).attempts == 1


def test_one_poison_recipient_fails_alone(mailing, sink, note_trials) -> None:
    """T42: a text that cannot be made, a name of lone surrogates, an address that would break the header."""
    people = mailing.people(6)
    Member.objects.filter(pk=people[1].pk).update(name="Poison")
    people[3].identifiers.filter(kind="email").update(value="a@b.example\r\nBcc: all@example.com")
    mailing.plan(people)
    done = mailing.send()
    assert (done.sent, done.failed) == (4, 2)
    assert set(Message.objects.filter(state=MessageState.FAILED).values_list("member_id", "reason")) == {
        (people[1].pk, MessageReason.CANNOT_RENDER),
        (people[3].pk, MessageReason.CANNOT_RENDER),
    }
    note_trials("T42", 2)


def test_a_renderer_that_breaks_leaves_everybody_waiting(mailing, settings) -> None:
    settings.MESSAGE_RENDERERS = {"test": "tests.members.services.delivery.test_sending.broken"}
    mailing.plan(mailing.people(3))
    with pytest.raises(ZeroDivisionError):
        mailing.send()
    assert message_counts(source="test", group=mailing.group) == {MessageState.PLANNED: 3}


def broken(claimed, *, links, now):
    raise ZeroDivisionError


def test_a_frozen_worker_that_wakes_up_late_cannot_go_on(mailing) -> None:
    """R32: its claim was given back, so its token marks nothing."""
    people = mailing.people(3)
    mailing.plan(people)
    claim = claim_messages(source="test", group=mailing.group, channel="email", limit=10, now=mailing.now)
    assert recover_stale(now=mailing.now + dt.timedelta(hours=1)) == 3
    assert mark_handed(token=claim.token, ids=[one.message_id for one in claim.messages], now=mailing.now) == {}
    assert mailing.send().sent == 3


def test_what_was_handed_over_by_a_dead_worker_is_unknown(mailing) -> None:
    people = mailing.people(3)
    mailing.plan(people)
    claim = claim_messages(source="test", group=mailing.group, channel="email", limit=2, now=mailing.now)
    mark_handed(token=claim.token, ids=[claim.messages[0].message_id], now=mailing.now)
    assert recover_stale(now=mailing.now) == 0, "not before its lease is over"
    assert recover_stale(now=mailing.now + dt.timedelta(hours=1)) == 2
    assert message_counts(source="test", group=mailing.group) == {MessageState.UNKNOWN: 1, MessageState.PLANNED: 2}
    assert reason_counts(source="test", group=mailing.group) == {(MessageState.UNKNOWN, MessageReason.LOST): 1}


def test_pausing_takes_back_what_is_claimed(mailing) -> None:
    mailing.plan(mailing.people(3))
    claim = claim_messages(source="test", group=mailing.group, channel="email", limit=10, now=mailing.now)
    assert release_claims(source="test", group=mailing.group) == 3
    assert mark_handed(token=claim.token, ids=[one.message_id for one in claim.messages], now=mailing.now) == {}


def test_leaving_takes_back_what_is_claimed_for_them(mailing, sink) -> None:
    """T44: with a slow server hundreds may be claimed; who leaves is not sent even what is prepared for them."""
    leaving, staying = mailing.people(2)
    mailing.plan([leaving, staying])
    claim = claim_messages(source="test", group=mailing.group, channel="email", limit=10, now=mailing.now)
    mailing.consent(leaving, ConsentAction.WITHDRAWN)
    ids = [one.message_id for one in claim.messages]
    assert list(mark_handed(token=claim.token, ids=ids, now=mailing.now)) == [mailing.message(staying).pk]
    assert mailing.send().suppressed == 1
    assert mailing.message(leaving).state == MessageState.SUPPRESSED


def test_cancelling_ends_all_but_what_is_being_handed_over(mailing) -> None:
    mailing.plan(mailing.people(3))
    claim = claim_messages(source="test", group=mailing.group, channel="email", limit=2, now=mailing.now)
    mark_handed(token=claim.token, ids=[claim.messages[0].message_id], now=mailing.now)
    assert cancel_messages(source="test", group=mailing.group, now=mailing.now) == 2
    assert message_counts(source="test", group=mailing.group) == {MessageState.HANDED: 1, MessageState.CANCELLED: 2}
    assert left_in_group(source="test", group=mailing.group)[0] == 1


def test_a_test_mail_goes_out_beside_all_counting(mailing, sink) -> None:
    outcome = send_test(mail=Mail("Try", "text", "<p>text</p>"), address="me@corner.example", now=mailing.now)
    assert outcome.verdict == "sent"
    assert read(sink.received[0])["List-Unsubscribe"] is None
    assert not Message.objects.exists()
    close_senders()
