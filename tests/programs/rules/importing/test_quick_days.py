"""The quick way of reading days against the long one: no cell is read otherwise."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.rules.importing import days
from programs.rules.importing.days import DayWay, read_day

TODAY = dt.date(2026, 1, 15)
_TWO = st.integers(0, 99).map("{:02}".format)
_YEARS = st.sampled_from(["1604", "0000", "1899", "1900", "1985", "2026", "2027", "1904", "19 5", "2O26"])
_MARKS = st.sampled_from("-./ ")


@given(
    st.one_of(
        st.builds("{0}{3}{1}{3}{2}".format, _YEARS, _TWO, _TWO, _MARKS),
        st.builds("{0}{3}{1}{3}{2}".format, _TWO, _TWO, _YEARS, _MARKS),
        st.text("0123456789-./W²", min_size=10, max_size=10),
    ),
    st.sampled_from(["", "dmy", "mdy"]),
    st.booleans(),
    st.booleans(),
)
def test_a_day_read_at_once_is_the_day_read_at_length(text, order, is_yearless, birth):
    way = DayWay(order, may_lack_year=is_yearless)
    quick = read_day(text, way=way, today=TODAY, birth=birth)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(days, "_usual", lambda _text, _way: None)
        assert quick == read_day(text, way=way, today=TODAY, birth=birth)
