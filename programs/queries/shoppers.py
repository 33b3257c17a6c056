"""Finding the person at the till, with all that a sale needs to know, in one statement."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from loyalty_site.ground.statements import Statement
from programs.queries.products import PRODUCTS_JSON, Products, read_products


@dataclass(frozen=True, slots=True)
class MemberKey:
    """How the till names a member: an identifier's kind and normalised value, or kind 'id' and the public id.

    `also`: (kind, value) of what else the same text may be, worth trying in this order.
    """

    kind: str
    value: str
    also: tuple[tuple[str, str], ...] = ()

    @property
    def readings(self) -> tuple[tuple[str, str], ...]:
        """(kind, value) of all that it may be, the likeliest first."""
        return ((self.kind, self.value), *self.also)


@dataclass(frozen=True, slots=True)
class Shopper:
    """A member as the till may know them. `program_id` and `version_id` are those valid at the receipt's time.

    `member_id` is whose receipt it is, `person_id` to whom the key or id leads, as `public_id`, `name` and the rest do.
    They differ where a person buys for a company; then `other` is that company. Of a lent key it is who carries it.
    """

    member_id: int
    public_id: str
    name: str
    status: str
    identifier_id: int | None
    is_blocked: bool
    program_id: int | None
    account_id: int | None
    version_id: int | None
    is_own_of_cashier: bool = False
    may_spend: bool = True  # False: on somebody else's account, to earn only
    language: str = ""
    person_id: int = 0
    is_lent: bool = False
    other_id: int | None = None
    other_public_id: str | None = None
    other_name: str | None = None
    custom_json: str = "{}"  # the buyer's values in fields of the company's own, read only where somebody asks
    key_kind: str = ""  # by which kind of key they were found, or "id"
    till_fields_json: str | None = None  # the fields that tills may show, where it was asked for

    @property
    def custom(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.custom_json)
        return found

    @property
    def till_fields(self) -> list[dict[str, Any]]:
        """[{code, kind, labels, options}] in their order."""
        return json.loads(self.till_fields_json) if self.till_fields_json else []

    @property
    def buys_for_company(self) -> bool:
        return self.person_id != self.member_id

    @property
    def presenter_id(self) -> int | None:
        """Who stands at the till, where that is known not to be the member."""
        return self.person_id if self.buys_for_company else self.other_id

    @property
    def told_about(self) -> list[int]:
        """Whom words for the cashier may be about: who stands there, and the company they buy for. Of a lent card never
        its owner: what is meant for them is nobody else's business."""
        if self.is_lent:
            return [self.other_id] if self.other_id else []
        return sorted({self.member_id, self.person_id})


_SELECT = """
    SELECT coalesce(x.buyer_id, m.id), m.public_id::text, m.name, m.status, {identifier}, {blocked}, p.id, x.account_id,
           (SELECT v.id FROM programs_programversion v WHERE v.program_id = p.id AND v.effective_from <= %(at)s
            ORDER BY v.effective_from DESC, v.number DESC LIMIT 1),
           {own}, coalesce(x.may_spend, true){spending}, m.language, m.id, {lent}, o.id, o.public_id::text, o.name,
           (CASE WHEN x.buyer_id IS NULL THEN m.custom ELSE o.custom END)::text, {kind}{more}
    FROM {source}
    LEFT JOIN programs_program p ON p.state = 'active'
    LEFT JOIN programs_accountaccess x ON x.member_id = m.id AND x.program_id = p.id AND x.ended_at IS NULL
    LEFT JOIN members_member o ON o.id = {other}
    WHERE {where} AND m.status NOT IN ('erased', 'merged'){order}
"""
# Whether the cashier's own membership is the one at the till, shares its account, or carries its lent card.
_OWN = """
    EXISTS (SELECT FROM programs_cashier c
            LEFT JOIN programs_accountaccess s ON s.member_id = c.member_id AND s.ended_at IS NULL
            WHERE c.store_id = %(store)s AND c.number = %(cashier)s AND (c.member_id = m.id OR s.account_id = x.account_id{carried}))
"""
# What a look-up may show of the company's own fields; a sale does not ask.
_TILL_FIELDS = """
    (SELECT jsonb_agg(jsonb_build_object('code', f.code, 'kind', f.kind, 'options', f.options,
                      'labels', jsonb_build_object('', f.name, 'ru', f.name_ru, 'he', f.name_he)) ORDER BY f.position, f.id)
     FROM members_customfield f WHERE f.till <> '' AND NOT f.is_archived)::text
"""
_BY_IDENTIFIER = {
    "identifier": "i.id",
    "kind": "i.kind",
    "blocked": "i.is_blocked",
    "spending": " AND i.may_spend",
    "lent": "i.lent_at IS NOT NULL",
    "other": "coalesce(x.buyer_id, i.lent_to_id)",
    "carried": " OR c.member_id = i.lent_to_id",
    "source": "members_identifier i JOIN members_member m ON m.id = i.member_id",
    "where": "i.kind = %(kind)s AND i.value = %(value)s AND i.ended_at IS NULL",
    "order": "",
}
# A text that may be several kinds of key: the first of them that somebody carries.
_BY_READINGS = {
    **_BY_IDENTIFIER,
    "source": "unnest(%(kinds)s::text[], %(values)s::text[]) WITH ORDINALITY AS g(kind, value, nth)"
    " JOIN members_identifier i ON i.kind = g.kind AND i.value = g.value AND i.ended_at IS NULL"
    " JOIN members_member m ON m.id = i.member_id",
    "where": "true",
    "order": " ORDER BY g.nth LIMIT 1",
}
_BY_ID = {
    "identifier": "NULL::bigint",
    "kind": "'id'",
    "blocked": "false",
    "spending": "",
    "lent": "false",
    "other": "x.buyer_id",
    "carried": "",
    # Whoever was merged is found as the one they are now.
    "source": "members_member k JOIN members_member m ON m.id = coalesce(k.survivor_id, k.id)",
    "where": "k.public_id = %(value)s::uuid",
    "order": "",
}
# By (what the key is, a cashier is known, products are asked for): what nobody asks for costs nothing.
_STATEMENTS = {
    (sort, with_cashier, with_products): Statement(
        _SELECT.format(
            own=_OWN.format(**parts) if with_cashier else "false",
            more=f", {PRODUCTS_JSON if with_products else _TILL_FIELDS}",
            **parts,
        )
    )
    for sort, parts in (("id", _BY_ID), ("key", _BY_IDENTIFIER), ("keys", _BY_READINGS))
    for with_cashier in (True, False)
    for with_products in (True, False)
}


def find_shopper(key: MemberKey, *, at: dt.datetime, store_id: int = 0, cashier_number: str = "") -> Shopper | None:
    """The member of `key`, or None. One statement; takes no lock. With a cashier: also whether the account is their own."""
    row = _row(key, at, store_id, cashier_number, None)
    return Shopper(*row) if row else None


def find_shopper_with_products(
    key: MemberKey, skus: Collection[str], *, at: dt.datetime, store_id: int = 0, cashier_number: str = ""
) -> tuple[Shopper | None, Products]:
    """find_shopper and articles_by_sku in one statement; no products where there is no shopper."""
    row = _row(key, at, store_id, cashier_number, list(skus))
    return (Shopper(*row[:-1]), read_products(row[-1])) if row else (None, {})


def _row(key: MemberKey, at: dt.datetime, store_id: int, cashier_number: str, skus: list[str] | None) -> Any:
    sort = "id" if key.kind == "id" else "keys" if key.also else "key"
    named: dict[str, Any] = {"kind": key.kind, "value": key.value}
    if sort == "keys":
        kinds, values = zip(*key.readings, strict=True)
        named = {"kinds": list(kinds), "values": list(values)}
    statement = _STATEMENTS[sort, bool(cashier_number), skus is not None]
    return statement.row({"at": at, **named, "store": store_id, "cashier": cashier_number, "skus": skus})


def purchases_before(member_id: int) -> int:
    """How many sales of a member are booked. Asked only where a rule counts them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT purchase_count FROM programs_purchasesummary WHERE member_id = %s", [member_id])
        row = cursor.fetchone()
    return int(row[0]) if row else 0
