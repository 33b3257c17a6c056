"""`python -m loyalty_site.demo.mailbox --smtp-port N --web-port N FOLDER`: keep mail there and show it, until SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import sys
import threading
from pathlib import Path

from loyalty_site.demo.mailbox import addresses
from loyalty_site.demo.mailbox.box import Box
from loyalty_site.demo.mailbox.relay import take_mail
from loyalty_site.demo.mailbox.web import make_server

BACKLOG = 256


def main(argv: list[str]) -> int:
    """0 after SIGTERM; a port that somebody else has is an OSError, and the supervisor tries again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the mails are kept")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--web-port", type=int, required=True)
    options = parser.parse_args(argv)
    where = addresses.Addresses(options.smtp_port, options.web_port)
    listener = socket.create_server((addresses.HOST, where.smtp_port), backlog=BACKLOG)
    box = Box(options.folder)
    pages = make_server(box, addresses.HOST, where.web_port)
    thread = threading.Thread(target=pages.serve_forever, name="pages", daemon=True)
    thread.start()
    addresses.write(options.folder.parent, where)
    asyncio.run(_until_told(box, listener))
    pages.shutdown()
    thread.join()
    pages.server_close()
    box.close()
    return 0


async def _until_told(box: Box, listener: socket.socket) -> None:
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    server = await take_mail(box, listener)
    await end.wait()
    server.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
