"""One row of a file of receipts, and the words above its columns."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from programs.rules.importing.plan import Plan
from programs.rules.importing.receipts import RECEIPTS, LeftLine, Money, match_back, receipt_key, understand_receipt
from programs.rules.importing.records import Record
from programs.rules.importing.rows import Readers, Understood

READERS = Readers(key=lambda kind, text, _region: (text.strip(), (), ""), name=str.strip, line=str.strip)
TODAY = dt.date(2026, 3, 10)


def read(exponent: int = 2, orders: str = "", separator: str = "", **cells: str) -> Understood:
    fields = tuple(cells)
    plan = Plan(
        ",",
        1,
        tuple(name.upper() for name in fields),
        fields,
        orders=dict.fromkeys(range(len(fields)), orders),
        separators=dict.fromkeys(range(len(fields)), separator),
    )
    record = Record(2, list(cells.values()), 0, "", 2)
    return understand_receipt(record, plan, READERS, region="US", money=Money(exponent), today=TODAY)


WHOLE = {"number": "77", "day": "2024-01-05 15:18:54", "card": "C1", "sku": "A", "quantity": "2", "amount": "3.50"}


def test_reads_a_line():
    row = read(**WHOLE)
    assert (row.outcome, row.warnings, row.keys) == ("", [], [("card", "C1", "C1")])
    assert row.given == {
        "number": "77",
        "on": "2024-01-05",
        "at": "15:18:54",
        "sku": "A",
        "kind": "sale",
        "quantity": "2",
        "amount": "350",
        "discount": "0",
    }


@pytest.mark.parametrize(
    ("cells", "kind", "quantity", "amount", "discount"),
    [
        ({"quantity": "-1", "amount": "-3.50"}, "return", "1", "350", "0"),
        ({"quantity": "1", "amount": "3.50", "is_return": "возврат"}, "return", "1", "350", "0"),
        ({"quantity": "1", "amount": "3.50", "is_return": "Sale"}, "sale", "1", "350", "0"),
        ({"quantity": "3", "amount": "", "price": "1.15"}, "sale", "3", "345", "0"),
        ({"quantity": "3", "amount": "", "price": "1.15", "discount": "0.45"}, "sale", "3", "300", "45"),
        ({"quantity": "3", "amount": "3.45", "price": "1.15", "discount": "0.45"}, "sale", "3", "300", "45"),
        ({"quantity": "3", "amount": "3.00", "price": "1.15", "discount": "-0.45"}, "sale", "3", "300", "45"),
        ({"quantity": "0.333", "amount": "", "price": "10"}, "sale", "0.333", "333", "0"),
        ({"quantity": "", "amount": "0"}, "sale", "1", "0", "0"),
        ({"quantity": "", "amount": "-5", "sku": ""}, "return", "", "500", "0"),
        ({"quantity": "11000", "amount": "20"}, "sale", "11000", "2000", "0"),
    ],
)
def test_sums(cells: dict[str, str], kind: str, quantity: str, amount: str, discount: str):
    row = read(**{**WHOLE, **cells})
    assert (row.outcome, row.reason) == ("", "")
    found = (row.given["kind"], row.given["amount"], row.given["discount"])
    assert found == (kind, amount, discount)
    assert Decimal(row.given["quantity"] or 0) == Decimal(quantity or 0)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"number": ""}, "number_missing"),
        ({"number": "1.23E+11"}, "number_unreadable"),
        ({"day": ""}, "day_missing"),
        ({"day": "05/06/2024"}, "day_ambiguous"),
        ({"day": "soon"}, "day_unreadable"),
        ({"day": "2031-01-01"}, "day_unreadable"),
        ({"amount": "1,234"}, "amount_unreadable"),
        ({"amount": "1.234,5.6"}, "amount_unreadable"),
        ({"amount": "0.001", "quantity": ""}, "amount_unreadable"),
        ({"amount": "3.5011"}, "amount_too_fine"),
        ({"amount": ""}, "amount_missing"),
        ({"amount": "-3.50"}, "amount_against_quantity"),
        ({"quantity": "some"}, "quantity_unreadable"),
        ({"discount": "a lot"}, "discount_unreadable"),
        ({"is_return": "maybe"}, "is_return_unreadable"),
    ],
)
def test_refuses_what_cannot_be_read_for_certain(cells: dict[str, str], reason: str):
    row = read(**{**WHOLE, **cells})
    assert (row.outcome, row.reason) == ("reject", reason)
    if reason not in {"number_missing", "number_unreadable", "day_missing", "day_ambiguous", "day_unreadable"}:
        # Its receipt is known all the same, to be refused whole.
        assert receipt_key(5, row.given) == "5\t\t77\t2024-01-05"


def test_says_when_price_and_quantity_speak_against_the_sum():
    assert read(**WHOLE, price="9").warnings == ["amount_is_not_price_times_quantity"]


def test_day_first_and_commas():
    row = read(orders="dmy", separator=",", **{**WHOLE, "day": "05.06.2024 9:05", "amount": "1.234,50"})
    assert (row.given["on"], row.given["at"], row.given["amount"]) == ("2024-06-05", "09:05:00", "123450")


def test_money_without_decimals():
    assert read(exponent=0, **{**WHOLE, "amount": "350"}).given["amount"] == "350"
    assert read(exponent=0, **WHOLE).reason == "amount_too_fine"


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        (
            "household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,week,transaction_timestamp",
            "code,store,number,sku,quantity,amount,discount,,,day",
        ),
        (
            "Receipt No.,Receipt date,Time,Shop,Register,Phone,SKU,Product,Qty,Price,Discount,Receipt total",
            "number,day,time,store,register,phone,sku,name,quantity,price,discount,amount",
        ),
        (
            "Номер чека,Дата чека,Время,Магазин,Касса,Карта,Артикул,Товар,Кол-во,Цена,Скидка,Сумма,Кассир,Бонусы",
            "number,day,time,store,register,card,sku,name,quantity,price,discount,amount,,",
        ),
        ("Чек,Дата,Код клиента,Клиент,Сумма чека,Тип операции", "number,day,code,,amount,is_return"),
        (
            'מספר קבלה,תאריך,שעה,סניף,קופה,טלפון,מק"ט,שם מוצר,כמות,מחיר,הנחה,סה"כ',
            "number,day,time,store,register,phone,sku,name,quantity,price,discount,amount",
        ),
    ],
)
def test_headings_in_three_languages(headings: str, fields: str):
    assert RECEIPTS.fields_of(headings.split(",")) == fields.split(",")


def test_what_came_back_is_taken_from_lines_with_enough_left():
    left = [LeftLine(1, "A", Decimal(1), 100), LeftLine(2, "A", Decimal(2), 150), LeftLine(3, "B", Decimal(1), 50)]
    assert match_back(left, [("A", Decimal(2), 150), ("B", Decimal(1), 50)]) == [2, 3]
    assert match_back(left, [("A", Decimal(1), 90), ("A", Decimal(1), 75)]) == [1, 2]
    assert match_back(left, [("A", Decimal(3), 250)]) is None
    assert match_back(left, [("C", Decimal(1), 1)]) is None
    assert match_back(left, []) == []
