"""Two records beside each other, and what making them one would do; read only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loyalty_site.duplicates.words import FIELDS, answer_in_words, consent_in_words, value_in_words
from members.models import CurrentConsent, Identifier, Member
from members.rules.merging import MERGED, default_choices, stricter
from members.services.merging import profile_values
from programs.models import Account, Program, PurchaseSummary
from programs.queries.standing import account_of


@dataclass(frozen=True, slots=True)
class Choice:
    """One field of both: the form's value, its words on each side, and which is chosen to begin with."""

    field: str
    label: str
    mine: str
    theirs: str
    takes_theirs: bool

    @property
    def differs(self) -> bool:
        return self.mine != self.theirs


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two as the page shows them."""

    member: Member
    account: Account | None
    summary: PurchaseSummary | None
    identifiers: tuple[Identifier, ...]


@dataclass(frozen=True, slots=True)
class Consented:
    """One consent: what each said and what will hold."""

    label: str
    mine: str
    theirs: str
    after: str


@dataclass(frozen=True, slots=True)
class Sides:
    """`survivor` stays, `merged` leads to them afterwards; `points` and `purchases` are the sums (minor points)."""

    survivor: Side
    merged: Side
    choices: tuple[Choice, ...]
    consents: tuple[Consented, ...]
    program: Program | None
    points: int
    owed: int
    purchases: int


def side_of(member: Member) -> Side:
    """What the page shows of one member."""
    return Side(
        member=member,
        account=account_of(member.pk),
        summary=PurchaseSummary.objects.filter(member=member).first(),
        identifiers=tuple(Identifier.objects.filter(member=member).order_by("ended_at", "kind", "id")[:20]),
    )


def sides_of(survivor: Member, merged: Member) -> Sides:
    """Both, with what would be of them together."""
    mine, theirs = side_of(survivor), side_of(merged)
    accounts = [side.account for side in (mine, theirs) if side.account]
    together = sum(account.available + account.pending - account.debt for account in accounts)
    return Sides(
        survivor=mine,
        merged=theirs,
        choices=_choices(survivor, merged),
        consents=_consents(survivor, merged),
        program=accounts[0].program if accounts else None,
        points=max(0, together),
        owed=max(0, -together),
        purchases=sum(side.summary.purchase_count for side in (mine, theirs) if side.summary),
    )


def _choices(survivor: Member, merged: Member) -> tuple[Choice, ...]:
    mine, theirs = profile_values(survivor), profile_values(merged)
    chosen = default_choices(mine, theirs)
    return tuple(
        Choice(
            field,
            str(label),
            value_in_words(field, mine[field]),
            value_in_words(field, theirs[field]),
            chosen[field] == MERGED,
        )
        for field, label in FIELDS.items()
        if mine[field] or theirs[field]
    )


def _consents(survivor: Member, merged: Member) -> tuple[Consented, ...]:
    said: dict[tuple[str, str], dict[int, bool]] = {}
    rows: Any = CurrentConsent.objects.filter(member__in=[survivor, merged]).order_by("purpose", "channel")
    for row in rows:
        said.setdefault((row.purpose, row.channel), {})[row.member_id] = row.is_granted
    return tuple(
        Consented(
            consent_in_words(purpose, channel),
            answer_in_words(by_member.get(survivor.pk)),
            answer_in_words(by_member.get(merged.pk)),
            answer_in_words(stricter(one=by_member.get(survivor.pk), other=by_member.get(merged.pk))),
        )
        for (purpose, channel), by_member in said.items()
    )
