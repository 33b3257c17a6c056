"""Writing receipts: the purchase, its lines, their awards and the member's summary, in one statement."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from loyalty_site.ground.statements import Statement
from programs.rules.basket import Benefit, Discount, Given, Line, Outcome
from programs.rules.benefits import Message, Stamps
from programs.rules.dates import spendable_from
from programs.rules.documents import Compiled
from programs.services.ledger import Grant, Locked
from programs.services.tills import Till


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line on its way into the database; minor units."""

    sku: str
    product_id: int | None
    category_id: int | None
    category: str
    quantity: Decimal
    amount: int
    discount: int
    tax_rate: Decimal | None
    tax_included: bool
    reward: int = 0
    tender: int = 0
    points_redeemed: int = 0
    points_earned: int = 0
    original_line_id: int | None = None
    # Of the article, for the rules; the receipt keeps them among its facts where a rule asked.
    brand: str = ""
    labels: Sequence[str] = ()

    def seen(self) -> Line:
        """The line as rules see it."""
        return Line(
            *(self.sku, self.quantity, self.amount, self.category),
            *(frozenset(self.labels), self.brand, self.tax_rate, self.tax_included),
        )


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """The head of a receipt on its way into the database."""

    kind: str
    till: Till
    register: str
    receipt_number: str
    business_on: dt.date
    occurred_at: dt.datetime
    member_id: int | None
    identifier_id: int | None
    account_id: int | None
    version_id: int | None
    currency: str
    cashier_number: str = ""
    original_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    is_void: bool = False
    without_receipt: bool = False
    is_offline: bool = False
    presenter_id: int | None = None
    # What a sale asks again in the moment it is written: a lent key is still lent, a person still buys for the company.
    lent_id: int | None = None
    contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """Ids of what was written; `line_ids` in the order of the lines."""

    purchase_id: int
    public_id: str
    line_ids: list[int]


# DO NOTHING on the natural key: a receipt that is there already writes nothing at all, because every other
# part hangs on the row returned by the first. Nor does a sale to somebody who was forgotten while it waited for
# their account; what they bought before can still come back. Nor one by a lent key that was taken back meanwhile, or
# for a company by somebody who has left it: the key's row is locked, so that whoever takes it back waits for the sales
# that had it; a company's contact is ended under the lock of its account, which the sale holds.
_RECEIPT = """
    WITH receipt AS (
        INSERT INTO programs_purchase
            (kind, store_id, terminal_id, cashier_id, register, receipt_number, business_on, occurred_at, posted_at,
             member_id, presented_id, presented_by_id, account_id, version_id, original_id, currency, total_minor, discount_minor,
             reward_minor, tender_minor, points_earned, points_redeemed, facts, is_void, without_receipt,
             is_offline)
        SELECT %(kind)s, %(store)s, %(terminal)s,
                (SELECT id FROM programs_cashier WHERE store_id = %(store)s AND number = %(cashier)s AND is_active),
                %(register)s, %(number)s, %(business_on)s, %(occurred_at)s, now(), %(member)s, %(identifier)s,
                %(presenter)s, %(account)s, %(version)s, %(original)s, %(currency)s, %(total)s, %(discount)s, %(reward)s, %(tender)s,
                %(earned)s, %(redeemed)s, %(facts)s::jsonb, %(is_void)s, %(without_receipt)s, %(is_offline)s
        WHERE NOT EXISTS (SELECT FROM members_member m WHERE m.id = %(buyer)s::bigint AND m.status = 'erased')
          AND (%(lent)s::bigint IS NULL OR EXISTS (
                SELECT FROM members_identifier k WHERE k.id = %(lent)s::bigint AND k.ended_at IS NULL FOR KEY SHARE))
          AND (%(contact)s::bigint IS NULL OR EXISTS (
                SELECT FROM programs_accountaccess x WHERE x.member_id = %(contact)s::bigint
                   AND x.buyer_id = %(buyer)s::bigint AND x.ended_at IS NULL))
        ON CONFLICT ON CONSTRAINT programs_receipt_once DO NOTHING
        RETURNING id, public_id
    ), lines AS (
        INSERT INTO programs_purchaseline
            (purchase_id, position, original_line_id, sku, product_id, category_id, quantity, amount_minor,
             discount_minor, tax_rate, tax_included, reward_minor, tender_minor, points_redeemed, points_earned)
        SELECT receipt.id, l.position, l.original, l.sku, l.product, l.category, l.quantity, l.amount, l.discount,
               l.tax_rate, l.tax_included, l.reward, l.tender, l.redeemed, l.earned
        FROM receipt, unnest(%(original_lines)s::bigint[], %(skus)s::text[], %(products)s::bigint[],
                             %(categories)s::bigint[], %(quantities)s::numeric[], %(amounts)s::bigint[],
                             %(discounts)s::bigint[], %(tax_rates)s::numeric[], %(taxes_included)s::boolean[],
                             %(rewards)s::bigint[], %(tenders)s::bigint[], %(redeemeds)s::bigint[], %(earneds)s::bigint[])
             WITH ORDINALITY AS l(original, sku, product, category, quantity, amount, discount, tax_rate,
                                  tax_included, reward, tender, redeemed, earned, position)
        RETURNING id, position
    ), awards AS (
        INSERT INTO programs_award (purchase_id, line_id, reverses_id, rule_key, reason, points, money_minor, details)
        SELECT receipt.id, lines.id, a.reverses, a.rule, a.reason, a.points, a.money, a.details::jsonb
        FROM receipt, unnest(%(award_lines)s::int[], %(award_reverses)s::bigint[], %(award_rules)s::text[],
                             %(award_reasons)s::text[], %(award_points)s::bigint[], %(award_moneys)s::bigint[],
                             %(award_details)s::text[])
             AS a(position, reverses, rule, reason, points, money, details)
        JOIN lines ON lines.position = a.position
    ),
"""
# Of sales that bring something besides points and money off: the others need not carry the lists of it.
_BENEFITS = """
    benefits AS (
        INSERT INTO programs_benefit (purchase_id, rule_key, kind, times, details)
        SELECT receipt.id, b.rule, b.kind, b.times, b.details::jsonb
        FROM receipt, unnest(%(benefit_rules)s::text[], %(benefit_kinds)s::text[], %(benefit_times)s::int[],
                             %(benefit_details)s::text[]) AS b(rule, kind, times, details)
    ),
"""
# What another receipt, or another member's sums, do to the sums of a member (as s), besides the count.
SUMMED_UP = """
    spend_minor = s.spend_minor + excluded.spend_minor,
    returned_minor = s.returned_minor + excluded.returned_minor,
    first_at = least(s.first_at, excluded.first_at),
    last_at = greatest(s.last_at, excluded.last_at),
    last_store_id = CASE WHEN excluded.last_at >= coalesce(s.last_at, excluded.last_at)
                         THEN excluded.last_store_id ELSE s.last_store_id END
"""
_SUMMARY = f"""
    summary AS (
        INSERT INTO programs_purchasesummary AS s
            (member_id, purchase_count, spend_minor, returned_minor, first_at, last_at, last_store_id)
        SELECT %(member)s::bigint, greatest(%(count_change)s::int, 0), %(spend_change)s::bigint, %(return_change)s::bigint,
               %(visited_at)s::timestamptz, %(visited_at)s::timestamptz, %(store)s::bigint
        FROM receipt WHERE %(member)s::bigint IS NOT NULL
        ON CONFLICT (member_id) DO UPDATE SET
            purchase_count = greatest(s.purchase_count + %(count_change)s::int, 0), {SUMMED_UP}
    )
    SELECT receipt.id, receipt.public_id::text, (SELECT array_agg(id ORDER BY position) FROM lines) FROM receipt
"""
_WRITE = Statement(_RECEIPT + _SUMMARY)
_WRITE_WITH_BENEFITS = Statement(_RECEIPT + _BENEFITS + _SUMMARY)

_STAND = """
    INSERT INTO programs_tierstanding (account_id, tier_key, version_id, reason, from_at) VALUES (%s, %s, %s, %s, %s)
"""


@dataclass(frozen=True, slots=True)
class Reversal:
    """A part of an award that a return takes back: minor points and money (above 0) of award `award_id` on line `line`."""

    line: int
    award_id: int
    rule: str
    reason: str
    points: int
    money: int = 0


Award = Given | Discount | Reversal
_UNWRITTEN = (Message.type, Stamps.type)


def write_receipt(
    receipt: ReceiptRow,
    lines: Sequence[LineRow],
    awards: Sequence[Award],
    *,
    now: dt.datetime,
    benefits: Sequence[Benefit] = (),
) -> Written | None:
    """Write one receipt; None (and nothing written) when its number exists on that day and register, or when a sale
    is to somebody who is forgotten.

    Lines are numbered from 1 in their order; awards name theirs by index.
    """
    is_sale = receipt.kind == "sale"
    total, reward = sum(line.amount for line in lines), sum(line.reward for line in lines)
    parameters: dict[str, Any] = {
        "kind": receipt.kind,
        "store": receipt.till.store_id,
        "terminal": receipt.till.terminal_id,
        "cashier": receipt.cashier_number,
        "register": receipt.register,
        "number": receipt.receipt_number,
        "business_on": receipt.business_on,
        "occurred_at": receipt.occurred_at,
        "member": receipt.member_id,
        "buyer": receipt.member_id if is_sale else None,
        "identifier": receipt.identifier_id,
        "presenter": receipt.presenter_id,
        "lent": receipt.lent_id,
        "contact": receipt.contact_id,
        "account": receipt.account_id,
        "version": receipt.version_id,
        "original": receipt.original_id,
        "currency": receipt.currency,
        "total": total,
        "discount": sum(line.discount for line in lines),
        "reward": reward,
        "tender": sum(line.tender for line in lines),
        "earned": sum(line.points_earned for line in lines),
        "redeemed": sum(line.points_redeemed for line in lines),
        "facts": json.dumps(receipt.facts),
        "is_offline": receipt.is_offline,
        "is_void": receipt.is_void,
        "without_receipt": receipt.without_receipt,
        "count_change": int(is_sale) - int(receipt.is_void),
        "spend_change": total - reward if is_sale else reward - total,
        "return_change": 0 if is_sale else total - reward,
        # Bringing goods back is not a visit that bought something.
        "visited_at": min(receipt.occurred_at, now) if is_sale else None,
    }
    parameters |= _line_arrays(lines) | _award_arrays(awards)
    if benefits:
        parameters |= _benefit_arrays(benefits)
    row = (_WRITE_WITH_BENEFITS if benefits else _WRITE).row(parameters)
    return Written(*row) if row else None


def note_standing(account: Locked, version_id: int | None, *, reason: str, now: dt.datetime) -> None:
    """Append the account's new tier to its history."""
    with connection.cursor() as cursor:
        cursor.execute(_STAND, [account.id, account.tier_key, version_id, reason, now])


def note_standings(tiers: Mapping[int, str], *, reason: str, now: dt.datetime, version_id: int | None = None) -> None:
    """Append the new tiers of many accounts, {account: tier key}, to their histories."""
    if tiers:
        with connection.cursor() as cursor:
            cursor.executemany(_STAND, [(account, tier, version_id, reason, now) for account, tier in tiers.items()])


def _line_arrays(lines: Sequence[LineRow]) -> dict[str, Any]:
    return {
        "original_lines": [line.original_line_id for line in lines],
        "skus": [line.sku for line in lines],
        "products": [line.product_id for line in lines],
        "categories": [line.category_id for line in lines],
        "quantities": [line.quantity for line in lines],
        "amounts": [line.amount for line in lines],
        "discounts": [line.discount for line in lines],
        "tax_rates": [line.tax_rate for line in lines],
        "taxes_included": [line.tax_included for line in lines],
        "rewards": [line.reward for line in lines],
        "tenders": [line.tender for line in lines],
        "redeemeds": [line.points_redeemed for line in lines],
        "earneds": [line.points_earned for line in lines],
    }


def _award_arrays(awards: Sequence[Award]) -> dict[str, Any]:
    return {
        "award_lines": [award.line + 1 for award in awards],
        "award_reverses": [award.award_id if isinstance(award, Reversal) else None for award in awards],
        "award_rules": [award.rule for award in awards],
        "award_reasons": [award.reason for award in awards],
        "award_points": [_points(award) for award in awards],
        "award_moneys": [_money(award) for award in awards],
        "award_details": _details(awards),
    }


def _details(awards: Sequence[Award]) -> list[str]:
    """As JSON; what one rule gave to several lines has the same details and is written once."""
    written: dict[int, str] = {}
    texts = []
    for award in awards:
        if isinstance(award, Reversal):
            texts.append("{}")
            continue
        if id(award.details) not in written:
            written[id(award.details)] = json.dumps(award.details)
        texts.append(written[id(award.details)])
    return texts


def _points(award: Award) -> int:
    if isinstance(award, Discount):
        return 0
    return -award.points if isinstance(award, Reversal) else award.points


def _money(award: Award) -> int:
    if isinstance(award, Given):
        return 0
    return -award.money if isinstance(award, Reversal) else award.money


def _benefit_arrays(benefits: Sequence[Benefit]) -> dict[str, Any]:
    return {
        "benefit_rules": [one.rule for one in benefits],
        "benefit_kinds": [one.kind for one in benefits],
        "benefit_times": [one.times for one in benefits],
        "benefit_details": [json.dumps(one.details) for one in benefits],
    }


def benefits_of(outcome: Outcome | None) -> list[Benefit]:
    """What a sale writes down of them: not what the cashier is told, and not stamps, which are counted."""
    return [one for one in outcome.benefits if one.kind not in _UNWRITTEN] if outcome else []


def awards_of(outcome: Outcome | None) -> tuple[Given | Discount, ...]:
    """What a sale writes down of an outcome: first the money off, then the points."""
    return (*outcome.discounts, *outcome.awards) if outcome else ()


def grants_of(lines: list[LineRow], line_ids: list[int], version: Compiled, earned_at: dt.datetime) -> list[Grant]:
    """A lot per line that earned: so a return finds the very points its line brought."""
    activates_at = spendable_from(earned_at, days=version.activation_days)
    expires_at = version.burns_at(earned_at)
    return [
        Grant(line.points_earned, activates_at, expires_at, line_id)
        for line, line_id in zip(lines, line_ids, strict=True)
        if line.points_earned
    ]
