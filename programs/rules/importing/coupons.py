"""Files of coupon codes, as a partner or a printer hands them over: the words above their columns, and one row read."""

from __future__ import annotations

import datetime as dt

from programs.rules import codes
from programs.rules.importing.days import read_day
from programs.rules.importing.headings import Vocabulary, patterns
from programs.rules.importing.plan import Plan
from programs.rules.importing.records import Record
from programs.rules.importing.rows import Understood
from programs.rules.importing.things import OneLine, open_row, read_key

CODE_MAX = 24
# A coupon may run out after today, which no birthday may.
_LAST_DAY = dt.date(2199, 12, 31)

_WORDS = [
    ("valid_until", r"until|expir|\bend|valid to|\bto\b|last day|до\b|оконч|истека|срок|конец|עד|תוקף|פוקע|סיום"),
    (
        "",
        r"from|start|since|begin|amount|value|discount|percent|name|phone|e ?mail|статус|status|скидк|номинал|с даты|начал",
    ),
    ("", r"сумма|имя|телефон|почт|מתאריך|החל|סכום|הנחה|שם|טלפון|סטטוס|סטאטוס|דואל"),
    (
        "code",
        r"code|coupon|voucher|promo|serial|number|\bno\b|код|купон|промо|ваучер|серийн|номер|קוד|קופון|שובר|מספר|סידורי",
    ),
]

COUPONS = Vocabulary(
    kind="coupons",
    fields=("code", "valid_until"),
    keys=("code",),
    words=patterns(_WORDS),
    dates=("valid_until",),
    single="code",
)


def read_coupon(record: Record, plan: Plan, line: OneLine, *, today: dt.date) -> Understood:
    """One record of a file of codes. Codes are compared as tills do: in capitals, without spaces and strokes.

    A last day that cannot be read rejects the row: without it the coupon would be good for ever.
    """
    row, cells = open_row(record, plan, line)
    if row.outcome:
        return row
    text = read_key(row, cells.get("code", ""), kind="coupon_code", most=60)
    if not text:
        return row
    code = codes.read_code(text)
    if not code.isalnum() or len(code) > CODE_MAX:
        return row.refuse("coupon_code_unreadable" if len(code) <= CODE_MAX else "coupon_code_too_long")
    row.given["code"] = code
    row.keys.append(("coupon", code, text[:CODE_MAX]))
    column = plan.column("valid_until")
    if column is not None and "valid_until" in cells:
        reading = read_day(cells["valid_until"], way=plan.day_way(column), today=_LAST_DAY, birth=False)
        if reading.problem:
            return row.refuse(f"valid_until_{reading.problem}")
        if reading.day and reading.day < today:
            return row.refuse("valid_until_over")
        if reading.day:
            row.given["valid_until"] = reading.day.isoformat()
    return row
