"""What happened to the points of one account, newest first: every movement with its reason and the balance after it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Case, F, QuerySet, Sum, Value, When
from django.utils.translation import gettext_lazy as _

from members.models import Member
from programs.models import Account, Award, Bucket, LedgerTransaction, Lot, Posting, TransactionKind
from programs.queries.reasons import reason_order, sentence_of

MEMBER_SIDE = (Bucket.PENDING, Bucket.AVAILABLE, Bucket.HELD, Bucket.DEBT)
PAGE = 50
_WITH = (
    *("purchase__store", "import_batch", "adjustment__batch", "adjustment__lot"),
    *("adjustment__requested_by", "adjustment__decided_by"),
)

# What one posting did, in the shop's words. A pair that is not here shows its buckets, which no pair of today does.
_STEPS: dict[tuple[str, str], Any] = {
    (Bucket.ISSUED, Bucket.AVAILABLE): _("given"),
    (Bucket.ISSUED, Bucket.PENDING): _("given, to be spent later"),
    (Bucket.PENDING, Bucket.AVAILABLE): _("can be spent now"),
    (Bucket.AVAILABLE, Bucket.REDEEMED): _("paid with points"),
    (Bucket.REDEEMED, Bucket.AVAILABLE): _("paid points given back"),
    (Bucket.REDEEMED, Bucket.BURNT): _("paid points whose day had passed: burnt"),
    (Bucket.AVAILABLE, Bucket.ISSUED): _("taken back"),
    (Bucket.PENDING, Bucket.ISSUED): _("taken back before they could be spent"),
    (Bucket.DEBT, Bucket.ISSUED): _("taken back, now owed"),
    (Bucket.WRITTEN_OFF, Bucket.ISSUED): _("not taken back: the store bears it"),
    (Bucket.AVAILABLE, Bucket.DEBT): _("kept for what was owed"),
    (Bucket.PENDING, Bucket.DEBT): _("kept for what was owed"),
    (Bucket.AVAILABLE, Bucket.BURNT): _("burnt"),
    (Bucket.AVAILABLE, Bucket.HELD): _("set aside"),
    (Bucket.HELD, Bucket.AVAILABLE): _("no longer set aside"),
    (Bucket.HELD, Bucket.REDEEMED): _("paid with points that were set aside"),
    (Bucket.ADJUSTED, Bucket.AVAILABLE): _("added by import"),
    (Bucket.AVAILABLE, Bucket.ADJUSTED): _("removed by import"),
    (Bucket.BURNT, Bucket.AVAILABLE): _("burnt points given back"),
    (Bucket.AVAILABLE, Bucket.TRANSFER): _("moved away"),
    (Bucket.TRANSFER, Bucket.AVAILABLE): _("moved here"),
    (Bucket.PENDING, Bucket.TRANSFER): _("moved away"),
    (Bucket.TRANSFER, Bucket.PENDING): _("moved here"),
    (Bucket.CLEARING, Bucket.DEBT): _("owed by the survivor now"),
    (Bucket.DEBT, Bucket.CLEARING): _("owed by the other member until then"),
    (Bucket.AVAILABLE, Bucket.CLEARING): _("kept for what the other member owed"),
}
# Between two accounts, each with its own owner.
_MOVES = (TransactionKind.TRANSFER, TransactionKind.MERGE)
# The same way of points, gone by hand instead of by an import.
_STEPS_BY_HAND: dict[tuple[str, str], Any] = {
    (Bucket.ADJUSTED, Bucket.AVAILABLE): _("added"),
    (Bucket.AVAILABLE, Bucket.ADJUSTED): _("taken"),
}
_STEPS_UNDONE: dict[tuple[str, str], Any] = {
    (Bucket.AVAILABLE, Bucket.ISSUED): _("the import’s opening balance taken back"),
    (Bucket.AVAILABLE, Bucket.ADJUSTED): _("what the import added taken back"),
    (Bucket.ADJUSTED, Bucket.AVAILABLE): _("what the import removed given back"),
    (Bucket.DEBT, Bucket.AVAILABLE): _("owed again"),
}
_STEPS_OF: dict[str, dict[tuple[str, str], Any]] = {
    TransactionKind.CORRECT: _STEPS_BY_HAND,
    TransactionKind.UNDO: _STEPS_UNDONE,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One or more like postings of a transaction. `change` is what they did to the member's sum, in minor points."""

    text: str
    amount: int
    change: int
    burns_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one line of a receipt earned or lost points."""

    text: str
    points: int
    line: int
    product: str


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """One rule's points on a whole receipt, and the lines they came from: a big basket stays one sentence a rule."""

    text: str
    points: int
    lines: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class MovementRow:
    """One transaction of the ledger as a person reads it. Points in minor units; `balance` is the sum after it.

    `other` is who the points of a transfer went to or came from.
    """

    transaction: LedgerTransaction
    kind: str
    change: int
    balance: int
    steps: tuple[Step, ...]
    reasons: tuple[ReasonGroup, ...]
    other: Member | None = None


@dataclass(frozen=True, slots=True)
class MovementPage:
    """Up to PAGE movements; `older` is the id to pass as `before` for the next page, or None at the end."""

    rows: tuple[MovementRow, ...]
    older: int | None


def movements_of(account: Account, *, before: int | None = None) -> MovementPage:
    """The movements of one account older than transaction `before` (None: the newest), in six statements at most."""
    postings = Posting.objects.filter(account=account)
    wanted = postings if before is None else postings.filter(transaction_id__lt=before)
    changes = list(
        _per_transaction(wanted).order_by("-transaction_id").values_list("transaction_id", "change")[: PAGE + 1]
    )
    shown = dict(changes[:PAGE])
    transactions = LedgerTransaction.objects.select_related(*_WITH).in_bulk(list(shown))
    steps = _steps(account, list(shown))
    others = _others(account, list(transactions.values()))
    reasons = _reasons({row.purchase_id for row in transactions.values() if row.purchase_id})
    balance = account.pending + account.available + account.held - account.debt - _later_change(postings, before)
    rows = []
    for transaction_id, change in shown.items():
        transaction = transactions[transaction_id]
        rows.append(
            MovementRow(
                transaction=transaction,
                kind=str(TransactionKind(transaction.kind).label),
                change=change,
                balance=balance,
                steps=tuple(steps[transaction_id]),
                reasons=_matching(transaction, reasons),
                other=others.get(transaction_id),
            )
        )
        balance -= change
    return MovementPage(rows=tuple(rows), older=changes[PAGE - 1][0] if len(changes) > PAGE else None)


def change_of_posting() -> Any:
    """What a posting does to the member's sum: points come in from the programme's side or leave to it."""
    return Case(
        When(to_bucket__in=MEMBER_SIDE, from_bucket__in=MEMBER_SIDE, then=Value(0)),
        When(to_bucket__in=MEMBER_SIDE, then=F("amount")),
        default=-F("amount"),
        output_field=BigIntegerField(),
    )


def _per_transaction(postings: QuerySet[Posting]) -> Any:  # the checker loses sight of annotations over values()
    return postings.values("transaction_id").annotate(change=Sum(change_of_posting()))


def _later_change(postings: QuerySet[Posting], before: int | None) -> int:
    """The sum of what happened since, so that an older page still knows its balances."""
    if before is None:
        return 0
    found = postings.filter(transaction_id__gte=before).aggregate(change=Sum(change_of_posting()))
    return int(found["change"] or 0)


def _steps(account: Account, transaction_ids: list[int]) -> dict[int, list[Step]]:
    """Like postings of a transaction (same way, same day of burning) as one step each."""
    found: dict[int, list[Step]] = defaultdict(list)
    rows = (
        Posting.objects.filter(account=account, transaction_id__in=transaction_ids)
        .values("transaction_id", "transaction__kind", "from_bucket", "to_bucket", "lot__expires_at")
        .annotate(moved=Sum("amount"), change=Sum(change_of_posting()))
        .order_by("transaction_id", "from_bucket", "to_bucket", "lot__expires_at")
    )
    for row in rows:
        way = (row["from_bucket"], row["to_bucket"])
        by_hand = _STEPS_OF.get(row["transaction__kind"], {})
        text = str(by_hand.get(way) or _STEPS.get(way, f"{Bucket(way[0]).label} → {Bucket(way[1]).label}"))
        burns_at = row["lot__expires_at"] if row["change"] > 0 else None
        steps = found[row["transaction_id"]]
        step = Step(text, row["moved"], row["change"], burns_at)
        if steps and (steps[-1].text, steps[-1].burns_at) == (step.text, step.burns_at):
            step = Step(text, steps[-1].amount + step.amount, steps[-1].change + step.change, burns_at)
            steps.pop()
        steps.append(step)
    return found


def _others(account: Account, transactions: list[LedgerTransaction]) -> dict[int, Member]:
    """{transfer: the other side's owner}: points that arrived cite the lot they left; those that left are cited."""
    moved = {row.pk: row.occurred_at for row in transactions if row.kind in _MOVES}
    if not moved:
        return {}
    found: dict[int, Member] = {}
    postings = Posting.objects.filter(account=account, transaction__in=moved).select_related(
        "lot__cites__account__owner"
    )
    left: dict[int | None, list[int]] = defaultdict(list)
    for posting in postings:
        if posting.from_bucket == Bucket.TRANSFER and posting.lot and posting.lot.cites:
            found[posting.transaction_id] = posting.lot.cites.account.owner
        else:
            left[posting.lot_id].append(posting.transaction_id)
    arrived = Lot.objects.filter(cites__in=[lot for lot in left if lot], earned_at__in=set(moved.values()))
    for lot in arrived.exclude(account=account).select_related("account__owner"):
        for transaction_id in left[lot.cites_id]:
            if moved[transaction_id] == lot.earned_at:
                found[transaction_id] = lot.account.owner
    return found


def _reasons(purchase_ids: set[int]) -> dict[int, list[Reason]]:
    found: dict[int, list[Reason]] = defaultdict(list)
    awards = list(
        Award.objects.filter(purchase_id__in=purchase_ids).exclude(points=0).select_related("line__product", "reverses")
    )
    for award in sorted(awards, key=lambda one: (one.line.position, reason_order(one.reason), one.pk)):
        product = award.line.product.name if award.line.product else award.line.sku
        found[award.purchase_id].append(Reason(sentence_of(award), award.points, award.line.position, product))
    return found


def _matching(transaction: LedgerTransaction, reasons: dict[int, list[Reason]]) -> tuple[ReasonGroup, ...]:
    """The awards of the receipt belong to what it earned or took back, not to what was paid with points."""
    if transaction.purchase_id is None or transaction.kind not in {TransactionKind.EARN, TransactionKind.RETURN}:
        return ()
    by_text: dict[str, list[Reason]] = defaultdict(list)
    for reason in reasons.get(transaction.purchase_id, ()):
        by_text[reason.text].append(reason)
    return tuple(ReasonGroup(text, sum(one.points for one in lines), tuple(lines)) for text, lines in by_text.items())
