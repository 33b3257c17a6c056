"""The counting relay itself: what it takes, and each way of misbehaving, seen by Python's own SMTP client."""

from __future__ import annotations

import smtplib
import socket
import threading
import time
from email.message import EmailMessage

import pytest

from tests.smtp_sink import STAGES, CountingSink, Gate, delay, drop, hold, reply

SENDER = "shop@example.com"


def mail(number: int) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = SENDER, f"m{number}@example.com"
    message["Subject"] = "Привет, שלום"
    message["Message-ID"] = f"<{number}.{'x' * 90}@example.com>"  # so long that it is folded
    message.set_content(".a line that begins with a dot\n" * 3)
    return message


def client(sink: CountingSink) -> smtplib.SMTP:
    return smtplib.SMTP(sink.host, sink.port, timeout=10)


def write(sink: CountingSink, number: int) -> None:
    with client(sink) as connection:
        connection.send_message(mail(number))


@pytest.fixture
def sink():
    with CountingSink() as made:
        yield made


def test_every_mail_is_kept_with_its_number_recipient_and_text(sink):
    with client(sink) as connection:
        for number in range(3):
            connection.send_message(mail(number))

    assert [(each.message_id, each.recipient) for each in sink.received] == [
        (f"<{number}.{'x' * 90}@example.com>", f"m{number}@example.com") for number in range(3)
    ]
    assert sink.received[0].content.count(b"\r\n.a line that begins") == 3
    assert sink.sessions == 1
    assert sink.recipients() == {f"m{number}@example.com": 1 for number in range(3)}


def test_parallel_connections_lose_and_double_nothing(sink):
    def many(first: int) -> None:
        with client(sink) as connection:
            for number in range(first, first + 50):
                connection.send_message(mail(number))

    threads = [threading.Thread(target=many, args=(first,)) for first in range(0, 400, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(sink.message_ids().values()) == [1] * 400


@pytest.mark.parametrize("stage", ["connect", "ehlo", "mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize("code", [451, 554])
def test_a_refusal_at_a_stage_stores_nothing_and_is_given_as_often_as_told(sink, stage, code):
    sink.script(None, stage, reply(f"{code} as told"), times=2 if stage == "ehlo" else 1)  # the client tries HELO next

    with pytest.raises(smtplib.SMTPException, match=str(code)):
        write(sink, 1)
    assert sink.received == []

    write(sink, 1)
    assert len(sink.received) == 1


def test_only_the_recipients_meant_are_refused(sink):
    sink.script("M1@example.com", "rcpt", reply("550 5.1.1 nobody here"))
    sink.script(lambda address: address.startswith("m2"), "dot", reply("452 4.2.2 full"))

    with client(sink) as connection:
        for number in range(4):
            try:
                connection.send_message(mail(number))
            except smtplib.SMTPException:
                connection.rset()

    assert set(sink.recipients()) == {"m0@example.com", "m3@example.com"}
    assert sink.seen["rcpt", "m1@example.com"] == 1
    assert sink.seen["data", "m1@example.com"] == 0
    sink.behave()
    write(sink, 1)
    assert sink.recipients()["m1@example.com"] == 1


@pytest.mark.parametrize(("stage", "stored"), [(stage, int(stage == "stored")) for stage in STAGES])
def test_hanging_up_stores_only_what_was_complete(sink, stage, stored):
    sink.script(None, stage, drop(), times=1)

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        write(sink, 1)

    assert len(sink.received) == stored


def test_a_last_word_is_heard_before_hanging_up(sink):
    sink.script(None, "mail", drop(reply="421 4.3.2 closing"))

    with pytest.raises(smtplib.SMTPSenderRefused, match="closing"):
        write(sink, 1)


def test_an_answer_may_come_late_and_a_stored_mail_be_denied(sink):
    sink.script(None, "rcpt", delay(0.3))
    sink.script(None, "stored", reply("451 4.3.0 or perhaps not"))

    began = time.monotonic()
    with pytest.raises(smtplib.SMTPDataError):
        write(sink, 1)

    assert time.monotonic() - began >= 0.3
    assert len(sink.received) == 1


def test_a_client_held_at_the_gate_is_there_until_it_opens(sink):
    gate = Gate()
    sink.script("m1@example.com", "stored", hold(gate), times=1)
    thread = threading.Thread(target=write, args=(sink, 1))
    thread.start()

    assert gate.reached.wait(10)
    write(sink, 2)  # others go on meanwhile
    assert thread.is_alive()
    gate.open()
    thread.join(10)
    assert not thread.is_alive()
    assert len(sink.received) == 2


@pytest.mark.parametrize("has_dot", [True, False])
def test_a_client_that_dies_has_handed_over_exactly_what_had_its_final_dot(sink, has_dot):
    text = b"Message-ID: <1@example.com>\r\n\r\n" + b"text\r\n" * 5000
    with socket.create_connection((sink.host, sink.port)) as raw:
        for line in (b"EHLO me", b"MAIL FROM:<a@example.com>", b"RCPT TO:<b@example.com>", b"DATA"):
            raw.sendall(line + b"\r\n")
        seen = b""
        while b"\r\n354" not in seen:
            seen += raw.recv(4096)
        raw.sendall(text + (b".\r\n" if has_dot else b""))

    if has_dot:
        sink.wait_for(1)
    else:
        time.sleep(0.3)
    assert sink.message_ids() == ({"<1@example.com>": 1} if has_dot else {})


def test_a_relay_may_go_away_and_come_back(sink):
    write(sink, 1)
    sink.stop()
    with pytest.raises(ConnectionRefusedError):
        write(sink, 2)
    sink.start()
    write(sink, 3)

    assert len(sink.received) == 2
