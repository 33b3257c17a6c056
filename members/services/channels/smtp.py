"""E-mail over SMTP. The client knows at every moment how far it is, since the exception it gets does not tell (R32).

A session is kept open over many messages, as mail servers like it, and opened anew when it broke.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import smtplib
import socket
import ssl
import time
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
_BAD_SEQUENCE = 503
_STAGES = (Stage.ENVELOPE, Stage.RECIPIENT, Stage.DATA)
_YES = ((250,), (250, 251), (_GO_ON,))
_DOT = b".\r\n"
_REPLY_MAX = 65_536
_READ = 4096
# So many mails in a row show that a pipeline stalls; a delayed acknowledgement takes 40 ms.
_PIPELINE_TRIALS = 8
_PIPELINE_GAP = 0.03


@dataclass(slots=True)
class _Progress:
    """How far one attempt is, and the last answer."""

    stage: Stage = Stage.ENVELOPE
    code: int = 0
    text: bytes = b""


class SmtpChannel:
    """One session with the mail server of settings.SMTP_URL."""

    def __init__(self, profile: SenderProfile) -> None:
        self.profile = profile
        self.session: smtplib.SMTP | None = None
        self.may_pipeline = True
        self.is_pipelining = False
        self.slow_mails = 0
        self.unread = b""
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
        """MAIL, RCPT and DATA; in one write where the server allows it (RFC 2920).

        `progress` is left at the first answer that is no yes, or at the invitation to send the text.
        """
        assert session.sock is not None
        commands = (self.mail_command, b"RCPT TO:<%b>\r\n" % recipient.encode("ascii"), b"DATA\r\n")
        is_pipelined = self.is_pipelining
        if is_pipelined:
            session.sock.sendall(b"".join(commands))
        for stage, command, yes in zip(_STAGES, commands, _YES, strict=True):
            progress.stage = stage
            if not is_pipelined:
                session.sock.sendall(command)
            progress.code, progress.text = self._answer(session)
            if stage is Stage.ENVELOPE:
                first = time.monotonic()
            if is_pipelined and stage is Stage.RECIPIENT and progress.code == _BAD_SEQUENCE:
                # After a good MAIL that cannot be: the server answers a pipeline out of order, and is not given another.
                self.may_pipeline = False
                raise smtplib.SMTPServerDisconnected("answers out of order")
            if progress.code not in yes:
                if is_pipelined and progress.code != _SERVICE_CLOSING:
                    try:
                        self._read_on(session, stage)
                    except (OSError, smtplib.SMTPException):
                        self._drop()  # the refusal has been heard, and counts
                return
        if is_pipelined:
            self._watch_pipeline(time.monotonic() - first)

    def _read_on(self, session: smtplib.SMTP, refused: Stage) -> None:
        """Read the answers to what was written behind a refused command. A server that invites the text of a mail to
        nobody gets an empty one, which it can deliver to nobody."""
        assert session.sock is not None
        code = 0
        for _ in _STAGES[_STAGES.index(refused) + 1 :]:
            code, _text = self._answer(session)
        if code == _GO_ON:
            session.sock.sendall(_DOT)
            self._answer(session)

    def _watch_pipeline(self, gap: float) -> None:
        """Servers that write each answer of a pipeline by itself make every mail wait for a delayed acknowledgement
        of 40 ms: when mail after mail shows such a gap between the answers, the pipeline is given up."""
        self.slow_mails = self.slow_mails + 1 if gap > _PIPELINE_GAP else 0
        if self.slow_mails == _PIPELINE_TRIALS:
            self.is_pipelining = False

    def _answer(self, session: smtplib.SMTP) -> tuple[int, bytes]:
        """One reply, read from the socket itself: half the cost of smtplib's reader. What came behind it is kept.

        Raises SMTPServerDisconnected for an end or for something that is no reply; the code and the last line else.
        """
        assert session.sock is not None
        while True:
            at = 0
            while (end := self.unread.find(b"\r\n", at)) >= 0:
                line, at = self.unread[at:end], end + 2
                if line[3:4] != b"-":  # a hyphen there announces another line
                    if not line[:3].isdigit():
                        raise smtplib.SMTPServerDisconnected("not a reply")
                    self.unread = self.unread[at:]
                    return int(line[:3]), line[4:]
            more = session.sock.recv(_READ)
            if not more or len(self.unread) > _REPLY_MAX:
                raise smtplib.SMTPServerDisconnected("the connection ended without a reply")
            self.unread += more

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
        self.unread, self.slow_mails = b"", 0
        self.is_pipelining = self.may_pipeline and session.has_extn("pipelining")
        if url.username:
            session.login(unquote(url.username), unquote(url.password or ""))
        session.sock.settimeout(command)
        return session

    def _drop(self) -> None:
        if self.session is not None:
            self.session.close()
        self.session = None
