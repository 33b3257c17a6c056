"""People who can be written to, a relay, and one group of messages on its way to it."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from loyalty_site.ground.policy import system
from members.models import Channel, ConsentAction, Member, Message, Purpose
from members.services import Claimed, Delivered, Links, Mail, deliver, enrol_member, plan_messages, record_consent
from tests.factories.configuration import CompanyFactory
from tests.smtp_sink import CountingSink

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
GROUP = 7
TESTS = system("tests")


def render(claimed: Sequence[Claimed], *, links: Mapping[int, Links], now: dt.datetime) -> dict[int, Mail | str]:
    """The renderer of source "test": a poison name cannot be rendered, everybody else gets a short mail."""
    return {
        one.message_id: "no words for them"
        if one.name == "Poison"
        else Mail(
            f"Hello {one.name}",
            f"Hello {one.name}\n\n{links[one.message_id].preferences_url}\n",
            f"<p>Hello {one.name}</p>",
            one.language or "en",
        )
        for one in claimed
    }


@dataclass
class Mailing:
    """`people` are planned once each; `send` does one chunk, `send_all` goes on until nothing moves."""

    sink: CountingSink
    now: dt.datetime = NOW
    group: int = GROUP
    numbers: itertools.count = field(default_factory=lambda: itertools.count(1))

    def person(self, name: str = "Anna Petrova", *, email: str | None = "", consents: bool = True) -> Member:
        number = next(self.numbers)
        identifiers = [("card", f"9{number:07}")]
        if email is not None:
            identifiers.append(("email", email or f"person{number}@example.com"))
        member = enrol_member(name=name, identifiers=identifiers, region="US", actor=TESTS, now=self.now)
        if consents:
            self.consent(member, ConsentAction.GRANTED)
        return member

    def people(self, count: int) -> list[Member]:
        return [self.person(f"Person {number}") for number in range(count)]

    def consent(self, member: Member, action: str, channel: str = Channel.EMAIL) -> None:
        record_consent(
            member=member,
            purpose=Purpose.MARKETING,
            channel=channel,
            action=action,
            method="tests",
            proof="",
            actor=TESTS,
            now=self.now,
        )

    def plan(self, members: Sequence[Member], *, purpose: str = Purpose.MARKETING, group: int | None = None) -> int:
        group = group or self.group
        return plan_messages(
            source="test",
            group=group,
            items=[(group * 1_000_000 + member.pk, member.pk) for member in members],
            channel=Channel.EMAIL,
            purpose=purpose,
            due_at=self.now,
        )

    def send(self, limit: int = 100, *, group: int | None = None) -> Delivered:
        return deliver(source="test", group=group or self.group, limit=limit, clock=lambda: self.now)

    def send_all(self) -> list[Delivered]:
        """Chunks until nothing is due now, without moving the clock."""
        chunks = [self.send()]
        while chunks[-1].next_due_at is not None and chunks[-1].next_due_at <= self.now:
            chunks.append(self.send())
        return chunks

    def message(self, member: Member) -> Message:
        return Message.objects.get(member=member, source_group=self.group)

    def states(self) -> dict[int, str]:
        return dict(Message.objects.filter(source_group=self.group).values_list("member_id", "state"))


def open_mailing(sink: CountingSink, settings) -> Mailing:
    """The settings point at the sink, and the company has a name and an address to send from."""
    settings.SMTP_URL = sink.url
    settings.SMTP_TIMEOUTS = (2.0, 2.0, 2.0)
    settings.MESSAGE_RENDERERS = {"test": "tests.members.mailing.render"}
    CompanyFactory(sender_email="news@corner.example", time_zone="UTC")
    return Mailing(sink)
