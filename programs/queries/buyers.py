"""What rules may ask of whoever buys, beside the fields of the company's own that a look-up brings anyway."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from loyalty_site.ground.statements import Statement
from programs.rules.buyer_conditions import Buyer

_BUYER = Statement("""
    SELECT m.kind, m.birth_month, m.birth_day, m.joined_on, m.interests::text, a.city, a.postcode,
           ARRAY(SELECT s.key FROM members_segmentmember x JOIN members_segment s ON s.id = x.segment_id
                 WHERE x.member_id = m.id AND (%(by)s::timestamptz IS NULL OR x.since <= %(by)s))
    FROM members_member m LEFT JOIN members_address a ON a.member_id = m.id
    WHERE m.id = %(member)s
""")


def buyer_of(member_id: int, custom: Mapping[str, Any], *, by: dt.datetime | None = None) -> Buyer:
    """The member whose receipt it is, which is the company where a person buys for one. One statement, run only where a
    rule asks; `custom` are their values in the company's own fields. `by`: without the segments that they came into later."""
    row = _BUYER.row({"member": member_id, "by": by})
    if row is None:
        return Buyer(custom)
    kind, month, day, joined_on, interests, city, postcode, segments = row
    return Buyer(
        custom=custom,
        is_company=kind == "company",
        birthday=(month, day) if month and day else None,
        joined_on=joined_on,
        interests=frozenset(json.loads(interests)),
        segments=frozenset(segments),
        city=city or "",
        postcode=postcode or "",
    )
