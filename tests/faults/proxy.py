"""A small TCP proxy that does to requests what networks do: it loses answers, and delivers requests twice."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

Handle = Callable[[bytes, int], Awaitable[bytes]]


async def exchange(request: bytes, port: int, *, until_first_byte: bool = False) -> bytes:
    """Send `request` to the server; its whole answer, or its first byte."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        await writer.drain()
        return await reader.read(1) if until_first_byte else await reader.read()
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def cut(request: bytes, port: int) -> bytes:
    """The server has committed and begins to answer; the till hears not one byte."""
    await exchange(request, port, until_first_byte=True)
    return b""


@contextmanager
def proxy(handle: Handle, port: int) -> Iterator[int]:
    """A proxy in front of `port`, one request a connection; yields its own port."""
    loop = asyncio.new_event_loop()
    started = threading.Event()
    ports: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
            )
            body = await reader.readexactly(length)
            closing = head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
            writer.write(await handle(closing + body, port))
            await writer.drain()
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        started.set()
        async with server:
            with suppress(asyncio.CancelledError):
                await server.serve_forever()

    thread = threading.Thread(target=lambda: loop.run_until_complete(task), daemon=True)
    task = loop.create_task(main())
    thread.start()
    started.wait(10)
    yield ports[0]
    loop.call_soon_threadsafe(task.cancel)
    thread.join(10)
    loop.close()
