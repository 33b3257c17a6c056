"""Where the mailbox listens. The demonstration decides before it starts anything, so that web and worker can be told."""

from __future__ import annotations

import json
import os
import socket
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from loyalty_site.supervisor import Child

FILE = "mailbox.json"
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Addresses:
    """Two ports of this computer."""

    smtp_port: int
    web_port: int

    @property
    def smtp_url(self) -> str:
        """As settings.SMTP_URL wants it."""
        return f"smtp://{HOST}:{self.smtp_port}"

    @property
    def web_url(self) -> str:
        """Where a person reads."""
        return f"http://{HOST}:{self.web_port}"


def choose(folder: Path) -> Addresses:
    """The ports of the last time, so that an open page goes on working, or free ones when somebody else took them."""
    try:
        known = Addresses(**{name: json.loads((folder / FILE).read_text())[name] for name in ("smtp_port", "web_port")})
        if is_free(known.smtp_port) and is_free(known.web_port):
            return known
    except (OSError, ValueError, KeyError, TypeError):
        pass  # there was no last time, or its file is not ours
    with socket.create_server((HOST, 0)) as first, socket.create_server((HOST, 0)) as second:
        return Addresses(first.getsockname()[1], second.getsockname()[1])


def is_free(port: int) -> bool:
    """Could we listen there?"""
    try:
        socket.create_server((HOST, port)).close()
    except (OSError, OverflowError):
        return False
    return True


def child(folder: Path, addresses: Addresses) -> Child:
    """The mailbox as a process to keep alive; its mails are in `folder`/mail."""
    ports = ["--smtp-port", str(addresses.smtp_port), "--web-port", str(addresses.web_port)]
    return Child("mailbox", [sys.executable, "-m", "loyalty_site.demo.mailbox", *ports, str(folder / "mail")])


def write(folder: Path, addresses: Addresses) -> None:
    """Tell others, for as long as we listen: {"smtp_port", "web_port", "smtp_url", "web_url", "process"}."""
    content = asdict(addresses) | {
        "smtp_url": addresses.smtp_url,
        "web_url": addresses.web_url,
        "process": os.getpid(),
    }
    fresh = folder / f"{FILE}.{os.getpid()}"
    fresh.write_text(json.dumps(content) + "\n")
    fresh.replace(folder / FILE)
