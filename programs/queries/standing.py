"""Where a member stands: balance, tier, what burns next, what they bought. The head of the member page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Sum

from programs.models import (
    Account,
    AccountAccess,
    Bucket,
    Posting,
    Program,
    ProgramState,
    ProgramVersion,
    Purchase,
    PurchaseSummary,
)
from programs.queries.burning import BurnDay, burn_calendar
from programs.queries.climbing import Ahead, climbed_of
from programs.queries.counters import Whose, counters_of
from programs.queries.reasons import stamps_sentence
from programs.queries.tier_words import TierMove, tier_moves
from programs.rules.documents import Compiled, compile_document
from programs.rules.stamps import has_cards, stamps_held

VISITS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Minor points since the account was opened: given - redeemed - burnt - taken_back + moved is what it holds.

    `moved` is what came from others of the household or from a merged member, less what went to them.
    """

    given: int
    redeemed: int
    burnt: int
    taken_back: int
    moved: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One account as its owner would ask about it. Money and points in minor units; `worth` is what the balance pays."""

    account: Account
    tier: str
    floor: str  # the least tier that a hand has set
    kept_on: dt.date | None  # the last day on which the tier is certain
    tiers: tuple[TierMove, ...]  # on which tiers it stood, the newest first
    ahead: Ahead | None  # the next tier
    burning: tuple[BurnDay, ...]
    lifetime: Lifetime
    worth: int
    redeem_minimum: int
    is_shared: bool
    stamps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Visits:
    summary: PurchaseSummary | None
    last: tuple[Purchase, ...]

    @property
    def has_presenters(self) -> bool:
        """Whether any of them came by a lent card, or from somebody who buys for a company."""
        return any(one.presented_by_id or (one.presented and one.presented.lent_at) for one in self.last)


def account_of(member_id: int) -> Account | None:
    """The account a member uses: in the active programme if there is one, else in the newest they have."""
    accesses = (
        AccountAccess.objects.filter(member=member_id, ended_at__isnull=True)
        .select_related("account__program", "account__owner")
        .order_by("-program_id")
    )
    found = [access.account for access in accesses]
    return next((one for one in found if one.program.state == ProgramState.ACTIVE), found[0] if found else None)


def account_left_by(member_id: int) -> Account | None:
    """The account of somebody who is forgotten, whose movements are their own alone: nobody uses it any more."""
    return (
        Account.objects.filter(owner=member_id)
        .exclude(accesses__ended_at__isnull=True)
        .select_related("program", "owner")
        .order_by("-program_id")
        .first()
    )


@dataclass(frozen=True, slots=True)
class Parting:
    """What erasing a member does to their points, minor: `points` burn, unless `is_shared` and others keep them."""

    program: Program | None = None
    points: int = 0
    is_shared: bool = False


def parting_of(member_id: int) -> Parting:
    """Of the account that they use, if it is their own."""
    account = account_of(member_id)
    if account is None or account.owner_id != member_id:
        return Parting()
    is_shared = account.accesses.filter(ended_at__isnull=True).exclude(member=member_id).exists()
    return Parting(account.program, account.available + account.pending + account.held, is_shared)


def version_at(program_id: int, now: dt.datetime) -> ProgramVersion | None:
    """The version of a programme that is valid now."""
    return (
        ProgramVersion.objects.filter(program=program_id, effective_from__lte=now)
        .order_by("-effective_from", "-number")
        .first()
    )


def standing_of(account: Account, *, member_id: int, now: dt.datetime) -> Standing:
    """Balance, tier and dates of one account, in six statements at most."""
    version = version_at(account.program_id, now)
    compiled = compile_document(version.document) if version else None
    climbed = climbed_of(account.pk, compiled, spend=account.spend_minor, tier=account.tier_key, now=now)
    moves = tier_moves(account.pk, compiled) if compiled and compiled.tiers else []
    return Standing(
        account=account,
        tier=compiled.tier_name(account.tier_key) if compiled and account.tier_key else "",
        floor=compiled.tier_name(account.tier_floor) if compiled and account.tier_floor else "",
        kept_on=climbed.kept_on,
        tiers=tuple(moves),
        ahead=climbed.ahead,
        burning=burn_calendar([account.pk], now=now)[account.pk],
        lifetime=lifetime_of(account),
        worth=money_of(compiled, account.available),
        redeem_minimum=compiled.redeem_minimum if compiled else 0,
        is_shared=account.owner_id != member_id,
        stamps=_stamps(compiled, account.program_id, member_id, now),
    )


def _stamps(compiled: Compiled | None, program_id: int, member_id: int, now: dt.datetime) -> tuple[str, ...]:
    """What stands on the member's cards, in words; no statement where there are none."""
    if compiled is None or not has_cards(compiled):
        return ()
    counters = counters_of(compiled, Whose(program_id, member_id, now))
    return tuple(stamps_sentence(one) for one in stamps_held(compiled, counters))


def money_of(compiled: Compiled | None, points: int) -> int:
    """What minor points pay, in minor money; 0 while nothing is published."""
    return int(points * compiled.point_value) if compiled else 0


def lifetime_of(account: Account) -> Lifetime:
    """Sums of the account's postings by where they went, in one statement."""
    way = {
        (source, target): amount
        for source, target, amount in Posting.objects.filter(account=account)
        .values_list("from_bucket", "to_bucket")
        .annotate(amount=Sum("amount"))
    }

    def total(sources: tuple[str, ...], targets: tuple[str, ...]) -> int:
        return sum(amount for (source, target), amount in way.items() if source in sources and target in targets)

    mine = (Bucket.PENDING, Bucket.AVAILABLE, Bucket.HELD, Bucket.DEBT)
    between = (Bucket.TRANSFER, Bucket.CLEARING)
    return Lifetime(
        given=total((Bucket.ISSUED, Bucket.ADJUSTED), mine),
        redeemed=total(mine, (Bucket.REDEEMED,)) - total((Bucket.REDEEMED,), mine),
        burnt=total((*mine, Bucket.REDEEMED), (Bucket.BURNT,)) - total((Bucket.BURNT,), mine),
        taken_back=total(mine, (Bucket.ISSUED, Bucket.ADJUSTED)),
        moved=total(between, mine) - total(mine, between),
    )


def visits_of(member_id: int, *, limit: int = VISITS_SHOWN) -> Visits:
    """The last receipts of a member, and the sums kept with every sale."""
    rows = Purchase.objects.filter(member=member_id).select_related("store", "cashier", "presented", "presented_by")
    last = rows.order_by("-occurred_at")[:limit]
    return Visits(summary=PurchaseSummary.objects.filter(member=member_id).first(), last=tuple(last))
