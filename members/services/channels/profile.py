"""Who the company is to those it writes to, and whether it can write at all."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from loyalty_site.ground.models import Company
from members.rules.sending import advertising_mark


@dataclass(frozen=True, slots=True)
class SenderProfile:
    """Read once a chunk. `timeouts`: connect and greet, one command, the answer to the final dot, in seconds.

    `lack` is why nothing can be sent, "" when it can: no_server (SMTP_URL) or no_sender (the company's e-mail)."""

    name: str
    email: str
    reply_to: str
    subject_mark: str
    lack: str
    time_zone: str = "UTC"
    unsubscribe_mailbox: str = ""
    timeouts: tuple[float, ...] = (10, 60, 600)

    @property
    def domain(self) -> str:
        """The part of the sender's address that message ids end with."""
        return self.email.rpartition("@")[2]


def sender_profile() -> SenderProfile:
    """As the company's settings stand now."""
    company = Company.objects.first()
    email = _plain(company.sender_email) if company else ""
    lack = "no_server" if not settings.SMTP_URL else "" if email else "no_sender"
    return SenderProfile(
        name=company.name if company else "",
        email=email,
        reply_to=_plain(company.reply_to) if company else "",
        subject_mark=advertising_mark(company.country) if company else "",
        lack=lack,
        time_zone=company.time_zone if company else "UTC",
        unsubscribe_mailbox=settings.UNSUBSCRIBE_MAILBOX,
        timeouts=settings.SMTP_TIMEOUTS,
    )


def _plain(email: str) -> str:
    """The address as every mail server reads it, a domain in other letters by its ASCII name; "" when there is none."""
    local, at, domain = email.rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode()}" if local.isascii() else ""
    except UnicodeError:
        return ""
