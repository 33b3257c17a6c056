"""Who stands at the till, with an account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace

from members.errors import IdentifierBlocked, MemberNotFound
from programs.errors import SpendingNotShared
from programs.queries.products import Products
from programs.queries.shoppers import MemberKey, Shopper, find_shopper_with_products
from programs.services.accounts import open_accounts


def shopper_at_till(
    key: MemberKey,
    skus: Collection[str],
    *,
    at: dt.datetime,
    store_id: int,
    cashier_number: str,
    wants_to_pay: bool,
    now: dt.datetime,
) -> tuple[Shopper, Products]:
    """Whom `key` names, with an account in the running programme (opened now when they had none), and the known products
    among `skus`. Raises MemberNotFound, IdentifierBlocked or, who `wants_to_pay` and may not, SpendingNotShared."""
    shopper, products = find_shopper_with_products(key, skus, at=at, store_id=store_id, cashier_number=cashier_number)
    if shopper is None:
        raise MemberNotFound
    if shopper.is_blocked:
        raise IdentifierBlocked
    if wants_to_pay and not shopper.may_spend:
        raise SpendingNotShared
    if shopper.account_id is None and shopper.program_id is not None:
        opened = open_accounts(program_id=shopper.program_id, member_ids=[shopper.member_id], now=now)
        shopper = replace(shopper, account_id=opened[shopper.member_id])
    return shopper, products
