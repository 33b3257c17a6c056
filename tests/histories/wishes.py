"""What random lives are made of: files, keys, and the model of who said no."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from loyalty_site.ground.policy import system
from members.models import (
    Channel,
    Purpose,
)

BOSS = system("tests")
PEOPLE = 4
KINDS = ("phone", "email", "card")
HEADINGS = "phone,email,card,name,note,points,consent,consent date,consent source"
CHANNELS = (Channel.EMAIL, Channel.SMS)
# Ways in which a person says themselves what they want; everything else may only take away.
OWN_WORDS = {"page", "one-click", "desk"}

who = st.integers(0, PEOPLE - 1)
channels = st.sampled_from(CHANNELS)
kinds = st.sampled_from(KINDS)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "keys": st.dictionaries(kinds, who, min_size=1, max_size=3),
            "name": st.sampled_from(["", "", "Anna", "Ben"]),
            "note": st.sampled_from(["", "", "tea"]),
            "points": st.integers(0, 20),
            "consent": st.sampled_from(["", "yes", "yes", "no", "stop"]),
            # Days before now on which it was given, by the file.
            "age": st.sampled_from([0, 1, 400]),
            "source": st.sampled_from(["", "paper form"]),
        }
    ),
    min_size=1,
    max_size=4,
)
modes = st.sampled_from(["", "add", "add", "set", "ignore"])
# Where the consents of a file were collected, or nobody says.
DECLARED = {"place": "Form at the till", "by": "Our shop", "channels": ["email", "sms"]}
CHUNKS = st.sampled_from([1, 2, 50])


@dataclass
class Done:
    """How much was tried, for the report."""

    histories: int = 0
    steps: int = 0
    acts: dict[str, int] = field(default_factory=lambda: defaultdict(int))


done = Done()


def key_of(kind: str, number: int) -> str:
    """The key of a kind that person `number` has at first."""
    return {"phone": f"+1212555010{number}", "email": f"p{number}@example.com", "card": f"4000000{number}"}[kind]


def as_typed(kind: str, number: int) -> str:
    """How files write it."""
    return f"(212) 555-010{number}" if kind == "phone" else key_of(kind, number).upper()


def differences(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> dict[str, tuple[list[Any], list[Any]]]:
    """{part: (what is gone, what is new)}."""
    return {
        part: ([row for row in rows if row not in after[part]], [row for row in after[part] if row not in rows])
        for part, rows in before.items()
        if rows != after[part]
    }


@dataclass
class Wishes:
    """Who said no: by record, and by address (with who said it), each with the moment. Never looks at consents."""

    refused: dict[tuple[int, str, str], dt.datetime] = field(default_factory=dict)
    addresses: dict[tuple[str, str], dict[int, dt.datetime]] = field(default_factory=lambda: defaultdict(dict))
    complaints: set[tuple[str, str]] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)

    def say_no(self, records: Iterable[int], channel: str, addresses: Iterable[str], at: dt.datetime) -> None:
        for record in records:
            self.refused[record, Purpose.MARKETING, channel] = at
            for address in addresses:
                self.addresses[channel, address][record] = at

    def say_yes(self, records: Iterable[int], channel: str, addresses: Iterable[str], *, lifts: bool) -> None:
        """Their own word; `lifts`: said by somebody who reads the mail of these addresses."""
        said_by = set(records)
        for record in said_by:
            self.refused.pop((record, Purpose.MARKETING, channel), None)
        if not lifts:
            return
        for (way, address), refusers in self.addresses.items():
            if way == channel:
                if address in addresses:
                    refusers.clear()
                for record in said_by & refusers.keys():
                    del refusers[record]

    def merge(self, survivor: int, merged: int, addresses: dict[str, set[str]], at: dt.datetime) -> None:
        """`addresses` of both by channel: a no about one of them is a no of the person."""
        for (record, purpose, channel), since in list(self.refused.items()):
            if record == merged:
                self.refused[survivor, purpose, channel] = max(
                    since, self.refused.get((survivor, purpose, channel), since)
                )
        for channel, held in addresses.items():
            if any(self.addresses[channel, one] or (channel, one) in self.complaints for one in held):
                self.refused.setdefault((survivor, Purpose.MARKETING, channel), at)
