"""A mail relay for tests that counts what it takes, and misbehaves as told, at the stage and for the recipients told.

A thread of the test's process, so killing a worker never touches it. It takes everything a real relay would have
taken: a client that dies right after its final dot has handed its mail over, and that mail is counted.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from typing import Any, NamedTuple, override

from aiosmtpd.smtp import SMTP, Envelope, Session

# In the order in which a mail meets them. At "connect" and "ehlo" there is no address yet, at "mail" it is the sender's.
#   data    instead of the 354 that invites the text
#   body    after that 354, while the client writes the text
#   dot     the whole text is here, the final dot too, and nothing is stored yet
#   stored  the mail is stored and counted, the client does not know it yet
STAGES = ("connect", "ehlo", "mail", "rcpt", "data", "body", "dot", "stored")
HOST = "127.0.0.1"

Who = str | Callable[[str], bool] | None


class Received(NamedTuple):
    """One mail to one recipient. `content` is what came over the wire, dots unstuffed; b"" without keep_content."""

    message_id: str
    recipient: str
    content: bytes


class Gate:
    """Where a client is held. `reached` is set when one arrives, and nobody goes on before `open()`."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._opened = threading.Event()

    def open(self) -> None:
        self._opened.set()

    async def passed(self) -> None:
        self.reached.set()
        while not self._opened.is_set():
            await asyncio.sleep(0.002)


@dataclass(frozen=True)
class Action:
    """What happens at the stage, in this order: wait `delay` seconds, wait at the gate, answer `reply`, hang up.

    Without reply and drop the mail goes its ordinary way afterwards. A reply at "stored" replaces the 250.
    """

    reply: str = ""
    drop: bool = False
    delay: float = 0
    gate: Gate | None = None


AS_USUAL = Action()


def reply(text: str, *, delay: float = 0) -> Action:
    """Answer `text`, such as "451 4.3.0 try later"; the relay stays connected."""
    return Action(reply=text, delay=delay)


def drop(*, reply: str = "", delay: float = 0) -> Action:
    """Hang up, after `reply` when there is one ("421 4.3.2 closing")."""
    return Action(reply=reply, drop=True, delay=delay)


def delay(seconds: float) -> Action:
    """Go on as usual, but late."""
    return Action(delay=seconds)


def hold(gate: Gate) -> Action:
    """Go on as usual once the gate is opened."""
    return Action(gate=gate)


@dataclass
class _Rule:
    who: Who
    stage: str
    action: Action
    left: int | None  # how many more times; None without end

    def takes(self, stage: str, addresses: list[str]) -> bool:
        if self.stage != stage or self.left == 0:
            return False
        if self.who is None:
            found = True
        elif callable(self.who):
            found = any(self.who(address) for address in addresses)
        else:
            found = self.who.lower() in (address.lower() for address in addresses)
        if found and self.left is not None:
            self.left -= 1
        return found


@dataclass
class CountingSink:
    """`with CountingSink() as sink:` listens on (sink.host, sink.port). Everything may be read from the test's thread.

    received   every stored mail, once a recipient, in the order of storing
    seen       how often each (stage, address) was met, refused or not
    errors     what went wrong in the relay itself; stopping it raises the first
    """

    keep_content: bool = True
    port: int = 0
    host: str = HOST
    received: list[Received] = field(default_factory=list)
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    sessions: int = 0
    errors: list[Exception] = field(default_factory=list)
    _rules: list[_Rule] = field(default_factory=list)
    _open: set[asyncio.BaseTransport] = field(default_factory=set)
    _thread: threading.Thread | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _end: asyncio.Event | None = None

    def __enter__(self) -> CountingSink:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """As settings.SMTP_URL wants it."""
        return f"smtp://{self.host}:{self.port}"

    def script(self, who: Who, stage: str, action: Action, *, times: int | None = None) -> None:
        """From now on do `action` at `stage` to `who` (an address, a function of one, None for everybody), `times` times.

        The rule that was given first wins; one that has been used up gives way to the next.
        """
        if stage not in STAGES:
            raise ValueError(f"{stage!r} is none of {STAGES}")
        self._rules.append(_Rule(who, stage, action, times))

    def behave(self) -> None:
        """Forget the script: from now on everything is taken."""
        self._rules.clear()

    def message_ids(self) -> Counter[str]:
        """How often each Message-ID is here."""
        return Counter(mail.message_id for mail in list(self.received))

    def recipients(self) -> Counter[str]:
        """How many mails each recipient has got."""
        return Counter(mail.recipient for mail in list(self.received))

    def wait_for(self, count: int, *, seconds: float = 30) -> None:
        """Until that many mails are here. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while len(self.received) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self.received)} mails came within {seconds:.0f} s, not {count}")
            time.sleep(0.005)

    def start(self) -> None:
        """Listen; on the port of before when there was one, so that a test may take the relay away and bring it back."""
        listener = socket.create_server((self.host, self.port), backlog=256)
        self.port = listener.getsockname()[1]
        started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(listener, started)), name="smtp-sink")
        self._thread.start()
        started.wait()

    def stop(self) -> None:
        """Hang up on everybody and listen no more; new connections are refused."""
        if self._thread is None or self._loop is None or self._end is None:
            return
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()
        self._thread = None
        if self.errors:
            raise self.errors[0]

    async def _serve(self, listener: socket.socket, started: threading.Event) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        handler = _Handler(self)
        server = await self._loop.create_server(lambda: _Relay(handler, self), sock=listener)
        started.set()
        await self._end.wait()
        server.close()
        for transport in list(self._open):
            transport.abort()
        await asyncio.sleep(0)  # their ends are told before the loop closes

    def action_at(self, stage: str, addresses: list[str]) -> Action:
        for address in addresses or [""]:
            self.seen[stage, address] += 1
        return next((rule.action for rule in list(self._rules) if rule.takes(stage, addresses)), AS_USUAL)

    def take(self, envelope: Envelope) -> None:
        content = envelope.content
        assert isinstance(content, bytes)
        message_id = "".join(
            str(BytesHeaderParser().parsebytes(content)["Message-ID"] or "").split()
        )  # it may be folded
        kept = content if self.keep_content else b""
        self.received.extend(Received(message_id, recipient, kept) for recipient in envelope.rcpt_tos)


class _Relay(SMTP):
    """aiosmtpd's server, except that a lost client does not lose the mail that it had sent completely."""

    def __init__(self, handler: _Handler, sink: CountingSink) -> None:
        super().__init__(handler, hostname="sink.test", ident="counting sink", enable_SMTPUTF8=True)
        self._sink = sink
        self._line: asyncio.BaseTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio does this only for sockets it made itself; without it each of several short answers waits 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sink.sessions += 1
        self._sink._open.add(transport)
        self._line = transport
        super().connection_made(transport)
        assert self._handler_coroutine is not None
        self._handler_coroutine.add_done_callback(lambda task: task.cancelled() or task.exception())

    @override
    def connection_lost(self, error: Exception | None) -> None:
        assert self._timeout_handle is not None
        self._timeout_handle.cancel()
        self._sink._open.discard(self._line)
        # The end of the stream instead of the original's cancelling: what is in the buffer is still read.
        asyncio.StreamReaderProtocol.connection_lost(self, None)

    @override
    def eof_received(self) -> bool | None:
        return asyncio.StreamReaderProtocol.eof_received(self)

    @override
    async def _handle_client(self) -> None:
        if said := await self.act("connect", []):
            await self.push(said)
            self._hang_up(politely=True)
        await super()._handle_client()

    @override
    async def handle_exception(self, error: Exception) -> str:
        if not isinstance(error, asyncio.IncompleteReadError):  # that one only says that the client is gone
            self._sink.errors.append(error)
        assert self._line is not None
        self._line.close()
        return "421 4.3.2 the connection has ended"

    @override
    async def smtp_DATA(self, arg: str) -> None:
        addresses = self.envelope.rcpt_tos if self.envelope else []
        if addresses and (said := await self.act("data", addresses)):
            await self.push(said)
        else:
            await super().smtp_DATA(arg)

    @override
    async def push(self, status: Any) -> None:
        await super().push(status)
        if status.startswith("354") and self.envelope and await self.act("body", self.envelope.rcpt_tos):
            self._hang_up()  # in the middle of a text no answer can be given

    async def act(self, stage: str, addresses: list[str]) -> str:
        """Do what the script says there. The answer to give, or "" to go on; raises ConnectionResetError to hang up."""
        action = self._sink.action_at(stage, addresses)
        if action.delay:
            await asyncio.sleep(action.delay)
        if action.gate:
            await action.gate.passed()
        if action.drop:
            if action.reply:
                await super().push(action.reply)
            self._hang_up(politely=bool(action.reply))
        return action.reply

    def _hang_up(self, *, politely: bool = False) -> None:
        assert self._line is not None
        if politely:
            self._line.close()  # what has been said still goes out
        else:
            self._line.abort()
        raise ConnectionResetError("hung up as scripted")


class _Handler:
    """The hooks that aiosmtpd calls; what they return is the answer."""

    def __init__(self, sink: CountingSink) -> None:
        self._sink = sink

    async def handle_EHLO(
        self, server: _Relay, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        if said := await server.act("ehlo", []):
            return [said]
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_HELO(self, server: _Relay, session: Session, envelope: Envelope, hostname: str) -> str:
        if said := await server.act("ehlo", []):
            return said
        session.host_name = hostname
        return f"250 {server.hostname}"

    async def handle_MAIL(
        self, server: _Relay, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if said := await server.act("mail", [address]):
            return said
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: _Relay, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if said := await server.act("rcpt", [address]):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: _Relay, session: Session, envelope: Envelope) -> str:
        if said := await server.act("dot", envelope.rcpt_tos):
            return said
        self._sink.take(envelope)
        return await server.act("stored", envelope.rcpt_tos) or "250 OK"
