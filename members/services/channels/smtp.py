"""E-mail over SMTP. The client knows at every moment how far it is, since the exception it gets does not tell (R32).

A session is kept open over many messages, as mail servers like it, and opened anew when it broke.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import smtplib
import socket
import ssl
from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlparse

from django.conf import settings

from loyalty_site.ground.failpoints import failpoint
from members.rules.mime import Envelope, Mail, build_mime
from members.rules.sending import Outcome, Stage, Verdict, judge_reply, judge_silence
from members.services.channels.profile import SenderProfile
from members.services.links import Links

_SERVICE_CLOSING = 421


class SmtpChannel:
    """One session with the mail server of settings.SMTP_URL."""

    def __init__(self, profile: SenderProfile) -> None:
        self.profile = profile
        self.session: smtplib.SMTP | None = None

    def wrap(self, mail: Mail, *, recipient: str, message_id: int, links: Links | None, now: dt.datetime) -> bytes:
        """The whole mail with its headers. `links` None: no unsubscribe header (test sends, service mails)."""
        profile = self.profile
        if links:
            mail = replace(mail, subject=profile.subject_mark + mail.subject)
        data = build_mime(
            mail,
            Envelope(
                sender_name=profile.name,
                sender_email=profile.email,
                recipient=recipient,
                # The same for every attempt of a message: what a relay's log is searched for (R33).
                message_id=f"message.{message_id}@{profile.domain}",
                date=now,
                reply_to=profile.reply_to,
                unsubscribe_url=links.unsubscribe_url if links else "",
                unsubscribe_mailbox=settings.UNSUBSCRIBE_MAILBOX,
            ),
        )
        # RFC 5321, 4.5.2: a dot at the start of a line is doubled.
        return data.replace(b"\r\n.", b"\r\n..") if b"\r\n." in data else data

    def hand_over(self, *, recipient: str, parcel: bytes) -> Outcome:
        """MAIL, RCPT, DATA, the text, the dot; one attempt, except that a session found closed is opened once more."""
        was_open = self.session is not None
        outcome = self._attempt(recipient, parcel)
        if was_open and (outcome.verdict is Verdict.UNTOUCHED or outcome.ends_batch):
            # Servers end a session after some minutes or messages. That says nothing about this message.
            outcome = self._attempt(recipient, parcel)
        return outcome

    def close(self) -> None:
        """QUIT, and let go of the socket whatever the answer."""
        if self.session is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self.session.quit()
            self._drop()

    def _attempt(self, recipient: str, parcel: bytes) -> Outcome:
        try:
            session = self.session or self._open()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Outcome(Verdict.UNTOUCHED, str(getattr(error, "smtp_code", "")))
        stage = Stage.ENVELOPE
        try:
            code, text = session.docmd("MAIL", f"FROM:<{self.profile.email}>")
            if code == 250:
                stage = Stage.RECIPIENT
                code, text = session.docmd("RCPT", f"TO:<{recipient}>")
            if stage is Stage.RECIPIENT and code in (250, 251):
                stage = Stage.DATA
                code, text = session.docmd("DATA")
            if stage is Stage.DATA and code == 354:
                session.send(parcel)
                failpoint("mail.before_dot")
                stage = Stage.DOT
                code, text = self._dot(session)
                failpoint("mail.after_reply")
        except (OSError, smtplib.SMTPException):
            self._drop()
            if stage is Stage.ENVELOPE:
                return Outcome(Verdict.UNTOUCHED)
            return Outcome(judge_silence(stage))
        return self._settle(session, stage, code, text)

    def _settle(self, session: smtplib.SMTP, stage: Stage, code: int, text: bytes) -> Outcome:
        if code == _SERVICE_CLOSING:
            self._drop()
            return Outcome(Verdict.RETRY, str(code), ends_batch=True)
        outcome = Outcome(judge_reply(stage, code, text.decode("ascii", "replace")), str(code))
        if outcome.verdict is not Verdict.SENT:
            try:
                session.docmd("RSET")
            except (OSError, smtplib.SMTPException):
                self._drop()
        return outcome

    @staticmethod
    def _dot(session: smtplib.SMTP) -> tuple[int, bytes]:
        assert session.sock is not None
        _connect, command, dot = settings.SMTP_TIMEOUTS
        session.sock.settimeout(dot)
        session.send(b".\r\n")
        answer = session.getreply()
        session.sock.settimeout(command)
        return answer

    def _open(self) -> smtplib.SMTP:
        """Connect, greet, TLS and login as SMTP_URL says. Raises OSError or SMTPException."""
        url = urlparse(settings.SMTP_URL)
        tls = parse_qs(url.query).get("tls", ["starttls" if url.username else "none"])[-1]
        connect, command, _dot = settings.SMTP_TIMEOUTS
        host = url.hostname or "localhost"
        if tls == "implicit":
            session: smtplib.SMTP = smtplib.SMTP_SSL(
                host, url.port or 465, timeout=connect, context=ssl.create_default_context()
            )
        else:
            session = smtplib.SMTP(host, url.port or 25, timeout=connect)
        self.session = session
        assert session.sock is not None
        # The text and the dot are two writes; without this the second waits for the first one's acknowledgement.
        session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session.ehlo_or_helo_if_needed()
        if tls == "starttls":
            session.starttls(context=ssl.create_default_context())
            session.ehlo()
        if url.username:
            session.login(unquote(url.username), unquote(url.password or ""))
        session.sock.settimeout(command)
        return session

    def _drop(self) -> None:
        if self.session is not None:
            self.session.close()
        self.session = None
