"""One request to somebody else's server, such that nobody can make us talk to a server of our own network.

The name is resolved once; every address it has must lead out into the internet; the connection goes to the very
address that was checked, with the name only in TLS and in the Host header. So a name that changes its address
between the check and the connection gains nothing. Redirects are not followed.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as PoolTimeout
from dataclasses import dataclass
from typing import override

from django.conf import settings

from programs.errors import WebhookAddressRefused
from programs.rules.addresses import check_url, is_public

SECONDS = 5.0
ANSWER_MAX = 64 * 1024

type Resolver = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """HTTP status of the answer, or why there was none (a word for the list of deliveries)."""

    status: int | None = None
    error: str = ""

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """HMAC-SHA256 of "timestamp.body" in hexadecimal; the receiver computes the same (docs/webhooks.md)."""
    return hmac.new(secret.encode(), str(timestamp).encode() + b"." + body, hashlib.sha256).hexdigest()


def resolve_name(host: str, port: int) -> list[str]:
    """Every address of a name, as the operating system finds them."""
    return list({str(found[4][0]): None for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})


def post(
    url: str, body: bytes, headers: dict[str, str], *, resolve: Resolver = resolve_name, seconds: float = SECONDS
) -> Outcome:
    """POST `body`. Every failure is an Outcome, none is raised; the whole of it takes at most about `seconds`."""
    anywhere: bool = settings.WEBHOOK_ANYWHERE
    deadline = time.monotonic() + seconds
    try:
        scheme, host, port, path = check_url(url, ports=settings.WEBHOOK_PORTS, is_plain_allowed=anywhere)
        address = _checked_address(host, port, resolve, anywhere=anywhere, seconds=seconds)
    except WebhookAddressRefused:
        return Outcome(error="address refused")
    except (OSError, PoolTimeout, UnicodeError):
        return Outcome(error="name not found")
    connection = _PinnedConnection(host, port, address, timeout=seconds, is_tls=scheme == "https")
    try:
        with _cut_off(connection, deadline):
            connection.request("POST", path, body=body, headers=headers)
            answer = connection.getresponse()
            # Read and thrown away: a server that gets its answer off is a server that has worked.
            answer.read(ANSWER_MAX)
            return Outcome(status=answer.status)
    except TimeoutError:
        return Outcome(error="timed out")
    except ssl.SSLError:
        return Outcome(error="certificate or TLS")
    except (OSError, http.client.HTTPException, ValueError):
        return Outcome(error="timed out" if time.monotonic() >= deadline else "no connection")
    finally:
        connection.close()


def _checked_address(host: str, port: int, resolve: Resolver, *, anywhere: bool, seconds: float) -> str:
    # In a thread of its own, because the operating system's resolver knows no time-out.
    pool = ThreadPoolExecutor(1)
    try:
        addresses = pool.submit(resolve, host, port).result(timeout=seconds)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    if not addresses:
        raise WebhookAddressRefused(why="no address")
    # One bad address among good ones is a trick and not a coincidence.
    if not anywhere and not all(is_public(address) for address in addresses):
        raise WebhookAddressRefused(why="an internal address")
    return addresses[0]


class _PinnedConnection(http.client.HTTPConnection):
    """Connects to `address`, whatever the name says by now; the name is for TLS and the Host header."""

    def __init__(self, host: str, port: int, address: str, *, timeout: float, is_tls: bool) -> None:
        super().__init__(host, port, timeout=timeout)
        self._address = address
        self._is_tls = is_tls
        self.default_port = 443 if is_tls else 80
        # Ours as well, because http.client lets go of the socket while the answer is still being read.
        self.line: socket.socket | None = None

    @override
    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._is_tls:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
        self.line = self.sock


@contextlib.contextmanager
def _cut_off(connection: _PinnedConnection, deadline: float) -> Iterator[None]:
    """End the exchange at the deadline even when the other side sends a byte a second."""

    def cut() -> None:
        line = connection.line or connection.sock
        if line is not None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, deadline - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
