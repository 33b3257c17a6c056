"""The mailbox's front door: SMTP on this computer only. Takes everything, delivers nothing."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
from typing import override

from aiosmtpd.smtp import SMTP, Envelope, Session

from loyalty_site.demo.mailbox.box import Box


class _Keeper:
    def __init__(self, box: Box) -> None:
        self._box = box

    async def handle_EHLO(  # noqa: N802  aiosmtpd names its hooks so
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  as above
        content = envelope.content
        assert isinstance(content, bytes)  # we do not ask for it decoded
        now = dt.datetime.now(dt.UTC)
        for recipient in envelope.rcpt_tos:
            self._box.keep(content, sender=envelope.mail_from or "", recipient=recipient, now=now)
        return "250 2.0.0 kept"


class _Relay(SMTP):
    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio does this only for sockets it made itself; without it each of several short answers waits 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)


async def take_mail(box: Box, listener: socket.socket) -> asyncio.Server:
    """Serve SMTP on `listener` until the server that this returns is closed; any number of clients at once."""
    keeper = _Keeper(box)
    return await asyncio.get_running_loop().create_server(
        lambda: _Relay(keeper, hostname="mailbox.localhost", ident="Regulars demonstration", enable_SMTPUTF8=True),
        sock=listener,
    )
