"""What a cashier could offer to whoever stands there, before anything is in the basket."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from programs.queries.coupons_to_use import CouponToUse, coupons_to_use
from programs.queries.shoppers import Shopper
from programs.rules.basket import Basket, Benefit, Facts
from programs.rules.before_basket import before_basket, told_before
from programs.rules.documents import Compiled, Reward
from programs.services.balances import CurrentBalance
from programs.services.facts import with_asked
from programs.services.programs import cited_series, compiled_version
from programs.services.tills import Till


@dataclass(frozen=True, slots=True)
class Offers:
    """`rewards` are what the points buy, `coupons` what can be handed over, `privileges` what they have in any case."""

    rewards: tuple[Reward, ...] = ()
    coupons: tuple[CouponToUse, ...] = ()
    privileges: tuple[Benefit, ...] = ()


def kinds_of_coupons(shopper: Shopper) -> frozenset[str]:
    """The kinds of which they could hand over a coupon: those that rules name. Who carries a lent card that does not spend
    hands over none of its owner's."""
    if shopper.version_id is None or (shopper.is_lent and not shopper.may_spend):
        return frozenset()
    return cited_series(shopper.version_id)


def offers_for(
    shopper: Shopper, till: Till, found: CurrentBalance, *, kinds: Collection[str], now: dt.datetime
) -> Offers:
    """What the version that counts for them lets them have now, with coupons of `kinds`. Who may not spend the points is
    offered nothing for them. Asks no more than the rules do; takes no lock."""
    if shopper.program_id is None or shopper.version_id is None:
        return Offers()
    version = _known_before(shopper.version_id)
    at = now.astimezone(ZoneInfo(till.zone))
    standing = Facts(found.tier_key, found.spend, found.available, found.debt)
    facts = with_asked(standing, version, shopper, shopper.account_id, at=at)
    empty = Basket((), till.store_code, at, partner=till.partner_code, channel=till.channel)
    rewards, privileges = told_before(version, facts, empty)
    coupons: list[CouponToUse] = []
    if kinds:
        coupons = coupons_to_use(shopper.member_id, shopper.program_id, cited=kinds, now=now)
    return Offers(rewards if shopper.may_spend else (), tuple(coupons), privileges)


@lru_cache(maxsize=256)
def _known_before(version_id: int) -> Compiled:
    """Cut once per process, because versions never change."""
    return before_basket(compiled_version(version_id))
