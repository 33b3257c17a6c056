"""Quotes: what a record is, and that looking for their ends takes no longer than reading the file."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programs.rules.importing.records import RECORD_LINES_MAX, Line, parse_cells, read_records


def records(text, delimiter=","):
    lines = (Line(number, line, number) for number, line in enumerate(text.split("\n"), 1))
    return list(read_records(lines, delimiter))


def shown(text):
    return [(record.line, record.cells, record.problem) for record in records(text)]


def test_cells_of_several_lines_and_quotes_that_never_close():
    assert shown('a,"b\nc ""d""\ne",f\ng') == [(1, ["a", 'b\nc "d"\ne', "f"], ""), (4, ["g"], "")]
    assert shown('a,"b\nc,d\n"e",f') == [(1, ["a", "b"], "unclosed_quote"), (2, ["c", "d"], ""), (3, ["e", "f"], "")]
    assert shown('a,"b\\"x\nc\\"y",d') == [(1, ["a", 'b"x\nc"y', "d"], "")]
    assert shown('a, "b\nc') == [(1, ["a", ' "b'], ""), (2, ["c"], "")]
    assert shown('a,"b\n' + "c\n" * RECORD_LINES_MAX + '"')[0] == (1, ["a", "b"], "unclosed_quote")
    assert shown('a,"b\n' + "c\n" * (RECORD_LINES_MAX - 1) + '"')[0][2] == ""


def test_a_broken_line_ahead_ends_a_cell_that_is_open():
    lines = [Line(1, 'a,"b', 1), Line(2, "c", 2, "line_too_long"), Line(3, 'd"', 3)]
    assert [record.problem for record in read_records(iter(lines), ",")] == ["unclosed_quote", "line_too_long", ""]


def plainly(text, delimiter):
    """The same without remembering anything: every line that may end a record is tried with all before it."""
    lines, at = text.split("\n"), 0
    while at < len(lines):
        for end in range(at + 1, min(len(lines), at + 1 + RECORD_LINES_MAX) + 1):
            whole = "\n".join(lines[at:end])
            cells, problem = parse_cells(whole, delimiter)
            if not problem or problem == "bad_quotes":
                break
        if problem:
            cells, problem = parse_cells(lines[at], delimiter)
            end = at + 1
        yield at + 1, cells, problem
        at = end


@settings(max_examples=300, deadline=None)
@given(st.text('",a\n', max_size=40))
def test_remembering_changes_nothing(text):
    assert shown(text) == list(plainly(text, ","))


@pytest.mark.parametrize("line", ['z","', '"', '"a', 'x\\","y', '"""', ' "a', '""', '","'])
def test_a_file_of_quotes_is_read_in_the_time_of_its_length(line):
    began = time.process_time()
    assert records("\n".join([line] * 6000))
    parse_cells(line * 50_000, ",")
    assert time.process_time() - began < 5  # where each line is read anew for every line before it, minutes
