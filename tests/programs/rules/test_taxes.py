"""The tax in a bill: three ways of rounding, each exact."""

from __future__ import annotations

from decimal import Decimal

import pytest

from programs.rules.basket import Line
from programs.rules.documents import compile_document
from programs.rules.parsing import DocumentError
from programs.rules.taxes import PER_LINE, SUM_KEEP_GROSS, SUM_NET, taxes
from tests.programs.rules.test_engine import document


def lines(amount: int, count: int, rate: str | None = "19", *, included: bool = True) -> list[Line]:
    tax_rate = None if rate is None else Decimal(rate)
    return [Line("a", Decimal(1), amount, tax_rate=tax_rate, tax_included=included)] * count


@pytest.mark.parametrize(
    ("asked", "rounding", "expected"),
    [
        # 84.0336... is 84.03 five times.
        (lines(10000, 5), PER_LINE, [("19", 42015, 7985, 50000)]),
        (lines(10000, 5), SUM_NET, [("19", 42015, 7983, 49998)]),
        (lines(10000, 5), SUM_KEEP_GROSS, [("19", 42017, 7983, 50000)]),
        (lines(9998, 5), SUM_KEEP_GROSS, [("19", 42008, 7982, 49990)]),
        (lines(1000, 1, "20", included=False), PER_LINE, [("20", 1000, 200, 1200)]),
        (lines(1000, 1, "20", included=False), SUM_KEEP_GROSS, [("20", 1000, 200, 1200)]),
        (lines(1000, 1, None), PER_LINE, []),
        (lines(1000, 1, "0"), PER_LINE, [("0", 1000, 0, 1000)]),
        (lines(0, 1), SUM_NET, [("19", 0, 0, 0)]),
        # 7 and 7.00 are one rate.
        (
            [*lines(107, 1, "7.00"), *lines(119, 1), *lines(107, 1, "7")],
            PER_LINE,
            [("7", 200, 14, 214), ("19", 100, 19, 119)],
        ),
    ],
)
def test_taxes(asked, rounding, expected):
    assert [(f"{part.rate:f}", *part[1:]) for part in taxes(asked, rounding)] == expected


def test_the_document_says_how():
    assert compile_document(document()).tax_rounding == PER_LINE
    assert compile_document(document(taxes={"rounding": SUM_NET})).tax_rounding == SUM_NET
    with pytest.raises(DocumentError):
        compile_document(document(taxes={"rounding": "up"}))
