"""E-mail over SMTP. The client knows at every moment how far it is, since the exception it gets does not tell (R32).

A session is kept open over many messages, as mail servers like it, and opened anew when it broke.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import smtplib
import socket
import ssl
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, unquote, urlparse

from django.conf import settings

from loyalty_site.ground.failpoints import failpoint
from members.rules.mime import Envelope, Mail, build_mime
from members.rules.sending import Outcome, Stage, Verdict, judge_reply, judge_silence
from members.services.channels.profile import SenderProfile
from members.services.links import Links

_GO_ON = 354
_SERVICE_CLOSING = 421
_STAGES = (Stage.ENVELOPE, Stage.RECIPIENT, Stage.DATA)
_YES = ((250,), (250, 251), (_GO_ON,))
_DOT = b".\r\n"
_REPLY_MAX = 65_536
_READ = 4096


@dataclass(slots=True)
class _Progress:
    """How far one attempt is, and the last answer."""

    stage: Stage = Stage.ENVELOPE
    code: int = 0
    text: bytes = b""


def _is_whole(data: bytes) -> bool:
    """Whether a reply has come to its last line: a hyphen after the code announces another one."""
    return data.endswith(b"\r\n") and data[:-2].rpartition(b"\n")[2][3:4] != b"-"


class SmtpChannel:
    """One session with the mail server of settings.SMTP_URL."""

    def __init__(self, profile: SenderProfile) -> None:
        self.profile = profile
        self.session: smtplib.SMTP | None = None
        self.mail_command = f"MAIL FROM:<{profile.email}>\r\n".encode("ascii")

    def wrap(self, mail: Mail, *, recipient: str, message_id: int, links: Links | None, now: dt.datetime) -> bytes:
        """The whole mail with its headers. `links` None: no unsubscribe header (test sends, service mails)."""
        profile = self.profile
        if links and profile.subject_mark:
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
                unsubscribe_mailbox=profile.unsubscribe_mailbox,
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
        progress = _Progress()
        try:
            self._invite(session, recipient, progress)
            if progress.stage is Stage.DATA and progress.code == _GO_ON:
                failpoint("mail.before_dot")
                self._write(session, parcel, progress)
                progress.code, progress.text = self._last_answer(session)
                failpoint("mail.after_reply")
        except (OSError, smtplib.SMTPException):
            self._drop()
            if progress.stage is Stage.ENVELOPE:
                return Outcome(Verdict.UNTOUCHED)
            return Outcome(judge_silence(progress.stage))
        return self._settle(session, progress)

    def _invite(self, session: smtplib.SMTP, recipient: str, progress: _Progress) -> None:
        """MAIL, RCPT and DATA, up to the first answer that is no yes.

        One at a time: servers that answer a pipeline line by line make each mail wait for a delayed
        acknowledgement of 40 ms (tried), which no saved call makes up for.
        """
        assert session.sock is not None
        commands = (self.mail_command, b"RCPT TO:<%b>\r\n" % recipient.encode("ascii"), b"DATA\r\n")
        for stage, command, yes in zip(_STAGES, commands, _YES, strict=True):
            progress.stage = stage
            session.sock.sendall(command)
            progress.code, progress.text = self._answer(session)
            if progress.code not in yes:
                return

    @staticmethod
    def _answer(session: smtplib.SMTP) -> tuple[int, bytes]:
        """One reply, read from the socket itself: half the cost of smtplib's reader, four times a mail.

        Raises SMTPServerDisconnected for an end or for something that is no reply; the code and the last line else.
        """
        assert session.sock is not None
        data = session.sock.recv(_READ)
        if data[3:4] == b" " and data.find(b"\r\n") == len(data) - 2 and data[:3].isdigit():
            return int(data[:3]), data[4:]  # one line in one piece, as nearly always
        while data and len(data) < _REPLY_MAX:
            if _is_whole(data):
                line = data[:-2].rpartition(b"\n")[2]
                if not line[:3].isdigit():
                    break
                return int(line[:3]), line[4:]
            more = session.sock.recv(_READ)
            if not more:
                break
            data += more
        raise smtplib.SMTPServerDisconnected("the connection ended without a reply")

    def _settle(self, session: smtplib.SMTP, progress: _Progress) -> Outcome:
        code = progress.code
        if code == _SERVICE_CLOSING:
            self._drop()
            return Outcome(Verdict.RETRY, str(code), ends_batch=True)
        outcome = Outcome(judge_reply(progress.stage, code, progress.text.decode("ascii", "replace")), str(code))
        if outcome.verdict is not Verdict.SENT:
            try:
                session.docmd("RSET")
            except (OSError, smtplib.SMTPException):
                self._drop()
        return outcome

    @staticmethod
    def _write(session: smtplib.SMTP, parcel: bytes, progress: _Progress) -> None:
        """The text and its dot in one write. As long as our own system has not taken the last byte, the server
        cannot have seen the end of the mail: only then does silence mean that it may have it."""
        assert session.sock is not None
        rest = memoryview(parcel + _DOT)
        while rest:
            rest = rest[session.sock.send(rest) :]
        progress.stage = Stage.DOT

    def _last_answer(self, session: smtplib.SMTP) -> tuple[int, bytes]:
        assert session.sock is not None
        _connect, command, dot = self.profile.timeouts
        session.sock.settimeout(dot)
        answer = self._answer(session)
        session.sock.settimeout(command)
        return answer

    def _open(self) -> smtplib.SMTP:
        """Connect, greet, TLS and login as SMTP_URL says. Raises OSError or SMTPException."""
        url = urlparse(settings.SMTP_URL)
        tls = parse_qs(url.query).get("tls", ["starttls" if url.username else "none"])[-1]
        connect, command, _dot = self.profile.timeouts
        host = url.hostname or "localhost"
        if tls == "implicit":
            session: smtplib.SMTP = smtplib.SMTP_SSL(
                host, url.port or 465, timeout=connect, context=ssl.create_default_context()
            )
        else:
            session = smtplib.SMTP(host, url.port or 25, timeout=connect)
        self.session = session
        assert session.sock is not None
        # A long text leaves in several packets; without this the last one waits for the first one's acknowledgement.
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
