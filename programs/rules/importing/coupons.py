"""Files of coupon codes, as a partner or a printer hands them over: the words above their columns, and one row read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from programs.rules import codes
from programs.rules.importing.days import read_day
from programs.rules.importing.headings import Vocabulary, once, patterns
from programs.rules.importing.plan import Plan
from programs.rules.importing.records import Record
from programs.rules.importing.rows import Readers, Understood
from programs.rules.importing.things import open_row, read_key

CODE_MAX = 24
# A coupon may run out after today, which no birthday may.
_LAST_DAY = dt.date(2199, 12, 31)

# Columns that say whose a code is, and the kind of key that each holds.
MEMBER_KEYS = {"phone": "phone", "email": "email", "card": "card", "member_code": "code"}

_WORDS = [
    ("member_code", r"(customer|client|member|loyalty|buyer) ?(id|no|number|code)\b"),
    ("member_code", r"\b(код|номер|ид|id) (клиента|покупателя|участника)|(מספר|קוד) (ה)?(לקוח|חבר)"),
    ("phone", r"phone|mobile|\bcell|телефон|мобил|\bтел\b|טלפון|נייד|סלולר"),
    ("email", r"e ?mail|почт(?!ов)|דואל|אימייל|מייל"),
    ("card", r"\bcard|\bкарт|כרטיס"),
    ("valid_until", r"until|expir|\bend|valid to|\bto\b|last day|до\b|оконч|истека|срок|конец|עד|תוקף|פוקע|סיום"),
    (
        "",
        r"from|start|since|begin|amount|value|discount|percent|name|статус|status|скидк|номинал|с даты|начал",
    ),
    ("", r"сумма|имя|מתאריך|החל|סכום|הנחה|שם|סטטוס|סטאטוס"),
    (
        "code",
        r"code|coupon|voucher|promo|serial|number|\bno\b|код|купон|промо|ваучер|серийн|номер|קוד|קופון|שובר|מספר|סידורי",
    ),
]


def _settle(_headings: Sequence[str], fields: list[str]) -> list[str]:
    """The only number in a list is the coupon's, also where its heading says "card number"."""
    found = once(fields)
    if "code" not in found:
        instead = next((name for name in ("card", "member_code") if name in found), "")
        found = ["code" if name == instead and name else name for name in found]
    return found


COUPONS = Vocabulary(
    kind="coupons",
    fields=("code", "valid_until", *MEMBER_KEYS),
    keys=("code",),
    words=patterns(_WORDS),
    dates=("valid_until",),
    single="code",
    settle=_settle,
)


def read_coupon(record: Record, plan: Plan, readers: Readers, *, region: str, today: dt.date) -> Understood:
    """One record of a file of codes. Codes are compared as tills do: in capitals, without spaces and strokes.

    A last day that cannot be read rejects the row: without it the coupon would be good for ever. `keys` has the code
    first, then what names the member; where such columns are, a row without any readable key is rejected.
    """
    row, cells = open_row(record, plan, readers.line)
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
    return _read_member(row, cells, plan, readers, region)


def _read_member(row: Understood, cells: Mapping[str, str], plan: Plan, readers: Readers, region: str) -> Understood:
    columns = [name for name in MEMBER_KEYS if name in plan.fields]
    troubles = []
    for name in columns:
        if not cells.get(name):
            continue
        kind = MEMBER_KEYS[name]
        value, warnings, why = readers.key(kind, cells[name], region)
        if why:
            troubles.append(why)
        else:
            row.keys.append((kind, value, cells[name][:254]))
            row.warnings += warnings
    if columns and len(row.keys) == 1:
        return row.refuse(troubles[0] if troubles else "coupon_without_member")
    row.warnings += troubles
    return row
