"""The quick way of reading days against the long one: no cell is read otherwise."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.rules.importing import days
from programs.rules.importing.days import DayWay, is_written_as_kept, lacks_year, order_shown_by, read_day

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


@given(
    st.one_of(
        st.dates(dt.date(1890, 1, 1), dt.date(2040, 1, 1)).map(dt.date.isoformat),
        st.builds("{0}-{1}-{2}".format, _YEARS, _TWO, _TWO),
        st.text("0123456789-W²", min_size=10, max_size=10),
    )
)
def test_a_day_that_is_kept_as_it_is_written_reads_so_and_shows_nothing_of_its_column(text):
    if not is_written_as_kept(text):
        return
    assert (order_shown_by(text), lacks_year(text), text >= "1900") == ("", False, True)
    if text <= TODAY.isoformat():
        assert read_day(text, way=DayWay(), today=TODAY, birth=False) == (dt.date.fromisoformat(text), "", "")
