"""The SMTP client and its pipeline, against a server that is odd in the ways that servers are."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from typing import override

import pytest

from members.rules.sending import Verdict
from members.services.channels.profile import SenderProfile, sender_profile
from members.services.channels.smtp import _PIPELINE_TRIALS, SmtpChannel
from tests.factories.configuration import CompanyFactory

PROFILE = SenderProfile("Corner Market", "news@corner.example", "", "", "", timeouts=(2, 2, 2))
PARCEL = b"Subject: hello\r\n\r\nhello\r\n"


class Odd(socketserver.StreamRequestHandler):
    """Invites a text even when it has refused every recipient; answers in pieces, or with a pause between answers."""

    server: OddServer
    disable_nagle_algorithm = True

    def say(self, *lines: str) -> None:
        time.sleep(self.server.gap)
        for line in lines:
            whole = f"{line}\r\n".encode()
            for piece in (whole[:2], whole[2:-1], whole[-1:]) if self.server.in_pieces else (whole,):
                self.wfile.write(piece)

    @override
    def handle(self) -> None:
        recipients = 0
        self.say("220 odd")
        for line in self.rfile:
            verb = line[:4].upper().decode()
            self.server.verbs.append(verb.strip())
            if verb == "EHLO":
                self.say("250-odd", *(["250-PIPELINING"] if self.server.pipelines else []), "250 8BITMIME")
            elif verb == "RCPT" and b"bad" in line:
                self.say("550-5.1.1 we looked", "550 5.1.1 everywhere")
            elif verb == "RCPT":
                recipients += 1
                self.say("250 ok")
            elif verb == "DATA":
                self.say("354 go on")
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.texts.append((recipients, text))
                self.say("250 taken" if recipients else "554 for whom?")
                recipients = 0
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


class OddServer(socketserver.ThreadingTCPServer):
    pipelines, in_pieces, gap = True, False, 0.0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Odd)
        self.verbs: list[str] = []
        self.texts: list[tuple[int, bytes]] = []


@pytest.fixture
def server(settings) -> Iterator[OddServer]:
    with OddServer() as running:
        threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
        settings.SMTP_URL = f"smtp://127.0.0.1:{running.server_address[1]}"
        yield running
        for channel in opened:
            channel.close()
        running.shutdown()


opened: list[SmtpChannel] = []


def open_channel() -> SmtpChannel:
    """Closed when the test ends, however it ends: the server waits for its clients."""
    opened.append(SmtpChannel(PROFILE))
    return opened[-1]


def hand_over(channel: SmtpChannel, *recipients: str) -> list[str]:
    return [str(channel.hand_over(recipient=one, parcel=PARCEL).verdict) for one in recipients]


@pytest.mark.parametrize("in_pieces", [False, True])
@pytest.mark.parametrize("pipelines", [False, True])
def test_a_refused_recipient_does_not_disturb_the_next(server, pipelines, in_pieces) -> None:
    server.pipelines, server.in_pieces = pipelines, in_pieces
    channel = open_channel()
    assert hand_over(channel, "a@x.example", "bad@x.example", "b@x.example") == [
        Verdict.SENT,
        Verdict.BAD_ADDRESS,
        Verdict.SENT,
    ]
    channel.close()
    assert [text for recipients, text in server.texts if recipients] == [PARCEL, PARCEL]
    # Invited to send a text to nobody, a pipelining client sends an empty one.
    assert [text for recipients, text in server.texts if not recipients] == ([b""] if pipelines else [])


def test_a_pipeline_that_stalls_is_given_up(server) -> None:
    server.gap = 0.02  # between MAIL's answer and DATA's: twice that
    channel = open_channel()
    hand_over(channel, *["a@x.example"] * _PIPELINE_TRIALS)
    assert not channel.is_pipelining
    assert hand_over(channel, "b@x.example") == [Verdict.SENT]
    channel.close()
    assert len(server.texts) == _PIPELINE_TRIALS + 1


def test_a_pipeline_that_flows_is_kept(server) -> None:
    channel = open_channel()
    hand_over(channel, *["a@x.example"] * (_PIPELINE_TRIALS + 2))
    assert channel.is_pipelining
    channel.close()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "email", "lack"),
    [
        ("news@corner.example", "news@corner.example", ""),
        ("news@пример.example", "news@xn--e1afmkfd.example", ""),
        ("новости@corner.example", "", "no_sender"),
        ("", "", "no_sender"),
    ],
)
def test_a_sender_in_other_letters_is_written_as_servers_read_it(settings, typed, email, lack) -> None:
    settings.SMTP_URL = "smtp://localhost"
    CompanyFactory(sender_email=typed)
    profile = sender_profile()
    assert (profile.email, profile.lack) == (email, lack)
