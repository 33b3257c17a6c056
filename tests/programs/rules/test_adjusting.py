"""Lines of a pasted list, as people write them."""

from __future__ import annotations

import pytest

from programs.rules.adjusting import read_lines


@pytest.mark.parametrize(
    ("line", "who", "points"),
    [
        ("+7 900 123-45-67;100", "+7 900 123-45-67", 10000),
        ("card-7; 12,5", "card-7", 1250),
        ("card-7\t12.50", "card-7", 1250),
        ('"card-7","12,50"', "card-7", 1250),
        ("card-7,12,50", "card-7", 1250),
        ("card-7,12", "card-7", 1200),
        ("a@b.example|-3", "a@b.example", -300),
        ("card-7;−3", "card-7", -300),
        ("card-7;+3", "card-7", 300),
        ("card-7;1 000;a note", "card-7", 100000),
        ("card-7;5 баллов", "card-7", 500),
    ],
)
def test_read(line: str, who: str, points: int):
    (found,) = read_lines(line, point_decimals=2)
    assert (found.who, found.points, found.problem) == (who, points, "")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("card-7", "no_points"),
        ("card-7;", "no_points"),
        (";5", "no_points"),
        ("card-7;five", "not_a_number"),
        ("card-7;1,500", "not_a_number"),  # one and a half, or fifteen hundred?
        ("card-7;--5", "not_a_number"),
        ("card-7;12.345678", "too_fine"),
        ("card-7;0", "zero"),
    ],
)
def test_not_understood(line: str, problem: str):
    (found,) = read_lines(line, point_decimals=2)
    assert (found.problem, found.points) == (problem, 0)


def test_headings_and_empty_lines_are_no_lines_and_numbers_stay_those_of_the_file():
    found = list(read_lines("\ufeffphone;points\r\n\r\n1;2\r\nname;x\r\n", point_decimals=0))
    assert [(line.number, line.problem) for line in found] == [(3, ""), (4, "not_a_number")]
