"""Services' results as the API's JSON: minor units become decimal strings, reasons become sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loyalty_site.ground.rules.money import minor_text, plain_text, to_minor
from loyalty_site.ground.rules.qr import qr_drawing
from members.services import mask_name
from members.services.fields import till_values
from programs.api import given
from programs.queries.burning import BurnDay
from programs.queries.climbing import Climbed
from programs.queries.reasons import award_sentence
from programs.queries.receipt_texts import Told, next_reward, receipt_texts
from programs.queries.shoppers import Shopper
from programs.rules.basket import Discount, Given, Line
from programs.rules.documents import Compiled, Reward
from programs.rules.taxes import PER_LINE, taxes
from programs.services.enrolment import Enrolled
from programs.services.holds import Ended, Placed
from programs.services.ledger import Locked
from programs.services.returns import Returned
from programs.services.sales import Sold
from programs.services.unreceipted import LooseReturned


def sale_answer(sold: Sold) -> dict[str, Any]:
    """The answer to a sale or quote; SaleAnswerSerializer describes it."""
    version, outcome, till = sold.version, sold.outcome, sold.order.till
    exponent = version.currency_exponent if version else till.currency_exponent
    decimals = version.point_decimals if version else 0
    redeemed = outcome.redemption.points if outcome else 0
    paid = outcome.redemption.money if outcome else 0
    awards = outcome.awards if outcome else ()
    discounts = outcome.discounts if outcome else ()
    off = sum(one.money for one in discounts)
    return {
        "sale": sold.public_id,
        "business_on": sold.business_on.isoformat(),
        "member": member(sold.shopper) if sold.shopper else None,
        "presented_by": presented_by(sold.shopper) if sold.shopper else None,
        "currency": version.currency if version else till.currency,
        "total": text(sold.total, exponent),
        "discount": text(off, exponent),
        "discounts": [
            {
                "line": one.line + 1,
                "rule": one.rule,
                "amount": text(one.money, exponent),
                "pieces": one.pieces,
                "pieces_counted": one.counted,
                "why": why,
            }
            for one, why in zip(discounts, _sentences(discounts), strict=True)
        ],
        "rewards": [
            {
                "key": one.key,
                "name": one.name,
                "points": text(one.points, decimals),
                "amount": text(one.money, exponent),
            }
            for one in (outcome.redemption.rewards if outcome else ())
        ],
        "points_redeemed": text(redeemed, decimals),
        "paid_with_points": text(paid, exponent),
        "to_pay": text(sold.total - off - paid, exponent),
        "taxes": _taxes(sold, exponent),
        "points_earned": text(outcome.points if outcome else 0, decimals),
        "awards": [
            {
                "line": award.line + 1,
                "rule": award.rule,
                "points": text(award.points, decimals),
                "why": why,
            }
            for award, why in zip(awards, _sentences(awards), strict=True)
        ],
        "redeemable": text(outcome.points_maximum if outcome else 0, decimals),
        "rewards_to_claim": rewards(_claimable(sold), decimals),
        "balance": balance(sold.account, decimals) if sold.account else None,
        "burns": burns(sold.burns, decimals),
        "tier": tier(version, sold.account.tier_key, sold.climbed) if version and sold.account else None,
        "next_tier": next_tier(sold.climbed),
        "next_reward": _next_reward(version, sold.account) if version and sold.account else None,
        "benefits": given.benefits(outcome.benefits if outcome else (), sold.shopper.language if sold.shopper else ""),
        "stamps": given.stamps(sold.stamps),
        "receipt_texts": _sale_texts(sold),
    }


def return_answer(returned: Returned) -> dict[str, Any]:
    """The answer to a return; ReturnAnswerSerializer describes it."""
    version, till = returned.version, returned.order.till
    exponent = version.currency_exponent if version else till.currency_exponent
    decimals = version.point_decimals if version else 0
    return {
        "id": returned.public_id,
        "sale": returned.sale_id,
        "business_on": returned.business_on.isoformat(),
        "currency": version.currency if version else till.currency,
        "total": text(returned.total, exponent),
        "discount": text(returned.reward, exponent),
        "refund_money": text(returned.total - returned.reward - returned.tender, exponent),
        "points_given_back": text(returned.points_restored, decimals),
        "points_taken_back": text(returned.taken_back + returned.debt_added + returned.written_off, decimals),
        "points_owed_more": text(returned.debt_added, decimals),
        "points_written_off": text(returned.written_off, decimals),
        "lines": [
            {
                "line": line.line.position,
                "quantity": plain_text(line.quantity),
                "amount": text(line.amount, exponent),
                "points_taken_back": text(line.points, decimals),
                "points_given_back": text(line.points_redeemed, decimals),
            }
            for line in returned.lines
        ],
        "balance": balance(returned.account, decimals) if returned.account else None,
        "burns": burns(returned.burns, decimals),
        "receipt_texts": _back_texts(
            returned.language,
            version,
            returned.account,
            returned.burns,
            returned.climbed,
            given=returned.points_restored,
            taken=returned.taken_back + returned.debt_added,
        ),
    }


def loose_answer(returned: LooseReturned) -> dict[str, Any]:
    """The answer to a return without its receipt; ReturnAnswerSerializer describes it."""
    version = returned.version
    exponent, decimals = version.currency_exponent, version.point_decimals
    return {
        "id": returned.public_id,
        "sale": None,
        "business_on": returned.business_on.isoformat(),
        "currency": version.currency,
        "total": text(returned.total, exponent),
        "refund_money": text(returned.total, exponent),
        "points_given_back": text(0, decimals),
        "points_taken_back": text(returned.taken_back + returned.debt_added + returned.written_off, decimals),
        "points_owed_more": text(returned.debt_added, decimals),
        "points_written_off": text(returned.written_off, decimals),
        "lines": [
            {
                "line": position,
                "quantity": plain_text(line.quantity),
                "amount": text(line.amount, exponent),
                "points_taken_back": text(line.points_earned, decimals),
                "points_given_back": text(0, decimals),
            }
            for position, line in enumerate(returned.lines, start=1)
        ],
        "balance": balance(returned.account, decimals),
        "burns": burns(returned.burns, decimals),
        "receipt_texts": _back_texts(
            returned.shopper.language,
            version,
            returned.account,
            returned.burns,
            returned.climbed,
            given=0,
            taken=returned.taken_back + returned.debt_added,
        ),
    }


def enrol_answer(enrolled: Enrolled) -> dict[str, Any]:
    """The answer to enrolling a member; NewMemberAnswerSerializer describes it."""
    version, account = enrolled.version, enrolled.account
    decimals = version.point_decimals if version else 0
    told = Told(gift=enrolled.gift, available=account.available, ahead=enrolled.climbed.ahead) if account else Told()
    language = enrolled.shopper.language
    return {
        "member": member(enrolled.shopper),
        "gift": text(enrolled.gift, decimals),
        "balance": balance(account, decimals) if account else None,
        "burns": burns(enrolled.burns, decimals),
        "receipt_texts": receipt_texts(language, version, told, enrolled.burns) if version else [],
        **(own_page(enrolled.own_page) if enrolled.own_page else {}),
    }


def hold_answer(placed: Placed) -> dict[str, Any]:
    """The answer to a new hold; HoldAnswerSerializer describes it."""
    hold = {"id": placed.public_id, "reference": placed.reference, "expires_at": placed.expires_at.isoformat()}
    return sale_answer(placed.sold) | {"hold": hold}


def release_answer(ended: Ended) -> dict[str, Any]:
    """The answer to releasing a hold; ReleaseAnswerSerializer describes it."""
    return {
        "id": ended.public_id,
        "state": ended.state,
        "points_released": text(ended.points, ended.point_decimals),
        "balance": balance(ended.account, ended.point_decimals) if ended.account else None,
    }


def member(shopper: Shopper) -> dict[str, Any]:
    """The little that a till may see of a person."""
    return {"id": shopper.public_id, "name": mask_name(shopper.name), "status": shopper.status}


def own_page(address: str) -> dict[str, Any]:
    """The link to a member's own page, also as a QR code; QrSerializer describes it."""
    size, path = qr_drawing(address)
    return {"own_page": address, "own_page_qr": {"size": size, "path": path}}


def presented_by(shopper: Shopper) -> dict[str, Any] | None:
    """Who stands at the till, where the points are not their own; PresentedBySerializer describes it."""
    if shopper.buys_for_company:
        return {
            "how": "company",
            "id": shopper.public_id,
            "name": mask_name(shopper.name),
            "points_of": shopper.other_name or "",
        }
    if shopper.is_lent:
        return {
            "how": "lent",
            "id": shopper.other_public_id,
            "name": mask_name(shopper.other_name or ""),
            "points_of": mask_name(shopper.name),
        }
    return None


def fields(shopper: Shopper, language: str) -> list[dict[str, Any]]:
    """What a member has in the fields that tills may show; FieldSerializer describes one."""
    custom = shopper.custom if shopper.till_fields else {}
    return [
        {"code": code, "label": label, "kind": kind, "value": value, "shown": shown}
        for code, kind, label, value, shown in till_values(shopper.till_fields, custom, language)
    ]


def rewards(found: Sequence[Reward], decimals: int) -> list[dict[str, str]]:
    """What points buy; RewardSerializer describes one."""
    return [{"key": one.key, "name": one.name, "points": text(one.cost, decimals)} for one in found]


def balance(account: Locked, decimals: int) -> dict[str, str]:
    return {
        "spendable": text(account.available, decimals),
        "pending": text(account.pending, decimals),
        "held": text(account.held, decimals),
        "owed": text(account.debt, decimals),
    }


def burns(days: Sequence[BurnDay], decimals: int) -> list[dict[str, str]]:
    """The next days on which points burn; BurnDaySerializer describes one."""
    return [{"on": day.on.isoformat(), "points": text(day.points, decimals)} for day in days]


def tier(version: Compiled, key: str, climbed: Climbed) -> dict[str, str | None]:
    """TierSerializer describes it."""
    return tier_held(key, version.tier_name(key), climbed)


def tier_held(key: str, name: str, climbed: Climbed) -> dict[str, str | None]:
    return {"key": key, "name": name, "kept_until": climbed.kept_on.isoformat() if climbed.kept_on else None}


def next_tier(climbed: Climbed) -> dict[str, str] | None:
    """NextTierSerializer describes it."""
    ahead = climbed.ahead
    return {"name": ahead.name, "missing": ahead.text, "counts": ahead.of} if ahead else None


def text(minor: int, exponent: int) -> str:
    """Minor units as a decimal string: 1250 with exponent 2 is "12.50"."""
    return minor_text(minor, exponent)


def _sentences(awards: Sequence[Given | Discount]) -> list[str]:
    """Why each of them: what one rule gave to several lines has the same details and is put into words once."""
    said: dict[tuple[str, int], str] = {}
    for award in awards:
        key = award.reason, id(award.details)
        if key not in said:
            said[key] = award_sentence(award.reason, award.details)
    return [said[award.reason, id(award.details)] for award in awards]


def _taxes(sold: Sold, exponent: int) -> list[dict[str, str]]:
    """The tax in the bill after the discounts, by rate; a till that says no rates is told none."""
    if all(line.tax_rate is None for line in sold.order.lines):
        return []
    off = sold.outcome.discount_by_line(len(sold.order.lines)) if sold.outcome else [0] * len(sold.order.lines)
    lines = [
        Line(
            line.sku,
            line.quantity,
            to_minor(line.amount, exponent) - money,
            tax_rate=line.tax_rate,
            tax_included=line.tax_included,
        )
        for line, money in zip(sold.order.lines, off, strict=True)
    ]
    return [
        {
            "rate": plain_text(part.rate),
            "net": text(part.net, exponent),
            "tax": text(part.tax, exponent),
            "gross": text(part.gross, exponent),
        }
        for part in taxes(lines, sold.version.tax_rounding if sold.version else PER_LINE)
    ]


def _claimable(sold: Sold) -> list[Reward]:
    """Rewards that the points left would buy, on the next bill or by asking anew for this one."""
    if sold.version is None or sold.account is None or sold.account.debt:
        return []
    fitting = sold.outcome.fitting if sold.outcome else {}
    return [one for one in sold.version.rewards if one.cost <= sold.account.available and fitting.get(one.key, True)]


def _next_reward(version: Compiled, account: Locked) -> dict[str, str] | None:
    reward = None if account.debt else next_reward(version, account.available)
    if reward is None:
        return None
    return {
        "points": text(reward.missing, version.point_decimals),
        "worth": text(reward.worth, version.currency_exponent),
    }


def _sale_texts(sold: Sold) -> list[str]:
    if sold.version is None or sold.account is None or sold.outcome is None or sold.shopper is None:
        return []
    told = Told(
        earned=sold.outcome.points,
        redeemed=sold.outcome.redemption.points,
        paid=sold.outcome.redemption.money,
        available=sold.account.available,
        ahead=sold.climbed.ahead,
        owed=sold.account.debt,
        benefits=sold.outcome.benefits,
        stamps=sold.stamps,
    )
    return receipt_texts(sold.shopper.language, sold.version, told, sold.burns)


def _back_texts(
    language: str,
    version: Compiled | None,
    account: Locked | None,
    days: Sequence[BurnDay],
    climbed: Climbed,
    *,
    given: int,
    taken: int,
) -> list[str]:
    if version is None or account is None:
        return []
    told = Told(
        given_back=given,
        taken_back=taken,
        available=account.available,
        ahead=climbed.ahead,
        owed=account.debt,
    )
    return receipt_texts(language, version, told, days)
