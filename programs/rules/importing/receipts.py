"""Files of receipts from before: the words above their columns, and one row read: a line, or a whole receipt.

Pure: which store, member or product a row means is for the caller to look up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from loyalty_site.ground.rules.money import plain_text
from programs.rules.importing.days import read_day
from programs.rules.importing.headings import KEY_FIELDS, Vocabulary, heading_form, patterns
from programs.rules.importing.plan import Plan
from programs.rules.importing.records import Record
from programs.rules.importing.rows import Readers, Understood
from programs.rules.importing.sums import read_clock, read_quantity, read_sum
from programs.rules.importing.things import open_row, read_key, read_texts

NUMBER_MAX, REGISTER_MAX, SKU_MAX, NAME_MAX, STORE_MAX = 60, 40, 60, 200, 200
# A receipt is written in one transaction.
RECEIPT_LINES_MAX = 1000
_MONEY_MAX = Decimal(10) ** 12

# Tried in this order; known words of "" are left out: what the receipt does with points is our own affair, and a name
# beside a purchase is no key.
_WORDS = [
    ("", r"birth|рожд|לידה|\bpoint|\bbonus|балл|бонус|נקוד|cashier|кассир|продавец|seller|קופאי|מוכר"),
    ("", r"\bvat\b|\btax|\bндс|налог|מעמ|currency|валют|מטבע|себестоим|\bcost|עלות|^week|недел|שבוע"),
    ("original", r"original|returned (receipt|sale)|исходн|чек(а)? продажи|מקורי"),
    (
        "is_return",
        r"\breturn|refund|возврат|(тип|вид) (чека|операции|документа)|(operation|transaction|receipt) type|החזר|זיכוי|סוג",
    ),
    ("discount", r"discount|\bdisc\b|rebate|скидк|הנחה|הנחות"),
    ("phone", r"phone|mobile|\bcell|телефон|мобил|\bтел\b|טלפון|נייד|סלולר"),
    ("email", r"e ?mail|почт(?!ов)|דואל|אימייל|מייל"),
    ("card", r"\bcard|\bкарт|כרטיס"),
    ("day", r"\bdate|timestamp|datetime|\bday\b|(purchased|sold|bought) (at|on)|^when|дата|день|когда|תאריך|מועד|יום"),
    ("time", r"\btime\b|\bhour|время|\bчас\b|שעה|שעת"),
    ("quantity", r"quantity|\bqty\b|\bunits?\b|\bpieces\b|\bpcs\b|колич|\bкол во|\bкол\b|штук|כמות|יחידות"),
    ("price", r"price|цена|מחיר"),
    ("amount", r"amount|\bsum\b|total|\bvalue\b|\bsales\b|\bpaid\b|spent|сумм|итог|стоимост|выручк|סכום|סהכ|סך"),
    ("register", r"register|\bpos\b|terminal|\btill\b|\bкасс[аы]?\b|терминал|קופה|מסוף"),
    ("store", r"store|shop|branch|outlet|location|магазин|торгов\w* точк|филиал|подраздел|склад|חנות|סניף"),
    ("code", r"(customer|client|member|household|loyalty|buyer|master|user) ?(id|no|number|code)"),
    ("code", r"(код|номер|ид|id) (клиента|покупателя|участника)|(מספר|קוד) (ה)?(לקוח|חבר)"),
    ("sku", r"\bsku|articl|\bart\b|(item|product|article) ?(no|number|code|id)\b|\bplu\b|bar ?code|\bean\b"),
    ("sku", r"артикул|\bарт\b|штрих|код (товара|номенкл\w*)|מקט|ברקוד|(מספר|קוד) (ה)?(פריט|מוצר)"),
    ("number", r"receipt|\bcheque?s?\b|\bcheck\b|basket|transaction|\border\b|invoice|ticket|\bbill\b"),
    ("number", r"\bчек\w*|заказ|накладн|документ|קבלה|חשבונית|עסקה|הזמנה|מסמך"),
    ("", r"customer|client|member|buyer|клиент|покупател|\bфио\b|לקוח|line (no|number)|п п$|позици|שורה"),
    ("name", r"product|item|goods|descr|\bname|товар|номенклат|наимен|назван|продукт|מוצר|פריט|תיאור|^שם"),
    ("number", r"^(no|id|number|номер|מספר)$"),
]

RECEIPTS = Vocabulary(
    kind="receipts",
    fields=(
        *("number", "day", "time", "store", "register", *KEY_FIELDS),
        *("sku", "name", "quantity", "price", "amount", "discount", "is_return", "original"),
    ),
    keys=("number",),
    required=("day",),
    words=patterns(_WORDS),
    dates=("day",),
    amounts=("price", "amount", "discount"),
)
_RETURNS = {"return", "refund", "returned", "r", "возврат", "возврат прихода", "החזר", "החזרה", "זיכוי"}
_YES = {"yes", "y", "true", "1", "да", "כן", "x"}
_NO = {
    "",
    "no",
    "n",
    "false",
    "0",
    "нет",
    "לא",
    "sale",
    "s",
    "purchase",
    "продажа",
    "приход",
    "покупка",
    "מכירה",
    "קניה",
    "קנייה",
}


@dataclass(frozen=True, slots=True)
class Money:
    """How the company counts: decimals of its currency."""

    exponent: int

    def minor(self, value: Decimal) -> int | None:
        """Minor units, None when the value is finer than the currency or beyond reason."""
        scaled = value.scaleb(self.exponent)
        return int(scaled) if scaled == scaled.to_integral_value() and abs(value) < _MONEY_MAX else None

    def rounded(self, value: Decimal) -> int:
        """Minor units of a product of price and quantity."""
        return int(value.scaleb(self.exponent).to_integral_value(ROUND_HALF_UP))


def understand_receipt(
    record: Record, plan: Plan, readers: Readers, *, region: str, money: Money, today: dt.date
) -> Understood:
    """Read one row. Its `given`, as far as readable also of a refused row, so that its receipt can be refused whole:

    number, on (ISO day), at (HH:MM:SS), offset (seconds from UTC), store, register, original, sku, name; kind ("sale" or
    "return"), quantity (decimal text), amount and discount (minor money): none of them negative.
    """
    row, cells = open_row(record, plan, readers.line)
    if row.outcome:
        return row
    problems: list[str] = []
    if number := _key(row, cells.get("number", ""), "number", NUMBER_MAX, problems):
        row.given["number"] = number
    for name, most in (("register", REGISTER_MAX), ("original", NUMBER_MAX), ("sku", SKU_MAX)):
        if cells.get(name) and (value := _key(row, cells[name], name, most, problems)):
            row.given[name] = value
    read_texts(row, cells, {"store": STORE_MAX, "name": NAME_MAX})
    _read_moment(row, cells, plan, today, problems)
    _read_member(row, cells, readers, region, problems)
    _read_sums(row, cells, plan, money, problems)
    return row.refuse(problems[0]) if problems else row


def _key(row: Understood, text: str, kind: str, most: int, problems: list[str]) -> str:
    """read_key, which refuses the row, but reading goes on."""
    probe = Understood()
    value = read_key(probe, text, kind=kind, most=most)
    if probe.reason:
        problems.append(probe.reason)
    return value


def _read_moment(row: Understood, cells: Mapping[str, str], plan: Plan, today: dt.date, problems: list[str]) -> None:
    column = plan.column("day")
    text = cells.get("day", "")
    if column is None or not text:
        problems.append("day_missing")
        return
    # A day further east begins earlier than ours; the caller knows the store's clock and looks again.
    reading = read_day(text, way=plan.day_way(column), today=today + dt.timedelta(days=1), birth=False)
    if reading.day is None:
        problems.append(f"day_{reading.problem or 'unreadable'}")
        return
    row.given["on"] = reading.day.isoformat()
    clock = read_clock(cells["time"], is_alone=True) if cells.get("time") else read_clock(text, is_alone=False)
    if clock.problem:
        row.warnings.append("time_unreadable")
    if clock.time is not None:
        row.given["at"] = clock.time.isoformat()
        if clock.offset is not None:
            row.given["offset"] = str(int(clock.offset.total_seconds()))


def _read_member(row: Understood, cells: Mapping[str, str], readers: Readers, region: str, problems: list[str]) -> None:
    troubles = []
    for kind in KEY_FIELDS:
        if not cells.get(kind):
            continue
        value, warnings, why = readers.key(kind, cells[kind], region)
        if why:
            troubles.append(why)
            continue
        row.keys.append((kind, value, cells[kind][:254]))
        row.warnings += warnings
    if troubles and not row.keys:
        problems.append(troubles[0])
    else:
        row.warnings += troubles


def _read_sums(row: Understood, cells: Mapping[str, str], plan: Plan, money: Money, problems: list[str]) -> None:
    sums: dict[str, Decimal] = {}
    for name in ("quantity", "price", "amount", "discount"):
        text = cells.get(name, "")
        column = plan.column(name)
        separator = plan.separators.get(column, "") if column is not None else ""
        reading = read_quantity(text) if name == "quantity" else read_sum(text, separator=separator)
        if reading.problem:
            problems.append(f"{name}_unreadable")
            return
        if reading.value is not None:
            sums[name] = reading.value
    is_return = _is_return(cells.get("is_return", ""))
    if is_return is None:
        problems.append("is_return_unreadable")
        return
    has_goods = bool(cells.get("sku") or cells.get("name"))
    amount = _amount(sums, money)
    discount = money.minor(abs(sums.get("discount", Decimal(0))))
    if amount is None or discount is None:
        problems.append("amount_missing" if not {"amount", "price"} & sums.keys() else "amount_too_fine")
        return
    quantity = sums.get("quantity")
    if not is_return and amount < 0 and quantity is not None and quantity > 0:
        # A discount on a line of its own, or goods that came back? Two readers would read two things.
        problems.append("amount_against_quantity")
        return
    is_back = is_return or amount < 0 or (quantity is not None and quantity < 0)
    row.given |= {
        "kind": "return" if is_back else "sale",
        "quantity": plain_text(abs(quantity if quantity is not None else Decimal(1))) if has_goods else "",
        "amount": str(abs(amount)),
        "discount": str(discount),
    }
    if {"amount", "price", "quantity"} <= sums.keys() and not _fits(sums, amount, money):
        row.warnings.append("amount_is_not_price_times_quantity")


def _is_return(text: str) -> bool | None:
    """None when the cell says neither."""
    word = heading_form(text) if text else ""
    if word in _RETURNS or word in _YES:
        return True
    return False if word in _NO else None


def _amount(sums: Mapping[str, Decimal], money: Money) -> int | None:
    """Minor money of the line after its discount, signed; None when nothing says it (or it is too fine).

    A sum that is the price times the quantity is one before the discount.
    """
    discount = abs(sums.get("discount", Decimal(0)))
    quantity = sums.get("quantity", Decimal(1))
    if "amount" in sums:
        amount = money.minor(sums["amount"])
        if amount is None or not discount or "price" not in sums:
            return amount
        before = money.rounded(abs(sums["price"] * quantity))
        off = money.rounded(discount)
        return (abs(amount) - off) * (-1 if amount < 0 else 1) if abs(amount) == before >= off else amount
    if "price" not in sums:
        return None
    gross = sums["price"] * quantity
    net = max(abs(gross) - discount, Decimal(0))
    return money.rounded(net) * (-1 if gross < 0 else 1)


def _fits(sums: Mapping[str, Decimal], amount: int, money: Money) -> bool:
    """Price times quantity, with or without the discount, to the half unit that rounding may cost."""
    before = abs(sums["price"] * sums["quantity"]).scaleb(money.exponent)
    after = before - abs(sums.get("discount", Decimal(0))).scaleb(money.exponent)
    return any(abs(one - abs(amount)) <= 1 for one in (before, after))


def receipt_key(store: int | str, given: Mapping[str, str]) -> str:
    """What the rows of one receipt have in common, as far as a refused row is readable; "" when it is not."""
    if not given.get("number") or not given.get("on"):
        return ""
    return "\t".join((str(store), given.get("register", ""), given["number"], given["on"]))


@dataclass(frozen=True, slots=True)
class LeftLine:
    """A line of a sale with what has not come back of it."""

    line_id: int
    sku: str
    quantity: Decimal
    amount: int

    def without(self, quantity: Decimal, amount: int) -> LeftLine:
        """The line after so much of it came back."""
        return replace(self, quantity=self.quantity - quantity, amount=self.amount - amount)


def match_back(left: list[LeftLine], back: list[tuple[str, Decimal, int]]) -> list[int] | None:
    """For each (SKU, quantity, amount) that came back, the line of the sale it is taken from; None when they do not
    all fit into what is left."""
    rest = list(left)
    found: list[int] = []
    for sku, quantity, amount in back:
        fits = (n for n, one in enumerate(rest) if one.sku == sku and one.quantity >= quantity and one.amount >= amount)
        n = next(fits, None)
        if n is None:
            return None
        rest[n] = rest[n].without(quantity, amount)
        found.append(rest[n].line_id)
    return found
