"""From bytes to cells, headings, days and amounts: tables of what people really type."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from programs.rules.importing.amounts import read_points, separator_shown_by
from programs.rules.importing.cells import safe_cell
from programs.rules.importing.days import DayWay, order_shown_by, read_day
from programs.rules.importing.encodings import encoding_of_head, encoding_of_lines, error_of_content
from programs.rules.importing.headings import fields_of, heading_score
from programs.rules.importing.plan import ColumnWitness, plan_of_head
from programs.rules.importing.records import Line, read_records

TODAY = dt.date(2026, 1, 15)


def lines(text):
    return [Line(number, line, number * 100) for number, line in enumerate(text.split("\n"), 1)]


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        (b"\xef\xbb\xbfa,b", "utf-8-sig"),
        ("\ufeffname;phone".encode("utf-16-le"), "utf-16"),
        ("name;phone".encode("utf-16-le"), "utf-16-le"),
        ("name;phone".encode("utf-16-be"), "utf-16-be"),
        (b"name;phone", ""),
    ],
)
def test_the_beginning_shows_wide_encodings(head, encoding):
    assert encoding_of_head(head) == encoding


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Иванов Иван;Москва\nПетрова Юлия;Тула\n", "cp1251"),
        ("דנה כהן,תל אביב\nנועה לוי,חיפה\n", "cp1255"),
        (
            "Телефон;Имя;Город\nСоколова Мария;Москва\nИванов Пётр;Нижний Новгород\nПетрова Анна;Санкт-Петербург\n",
            "cp866",
        ),
        ("María José;España\nBjörn Åkesson;Göteborg\n", "cp1252"),
    ],
)
def test_one_byte_letters_are_told_apart(text, encoding):
    assert encoding_of_lines(text.encode(encoding)) == encoding


@pytest.mark.parametrize(
    ("head", "error"),
    [
        (b"PK\x03\x04rest", ""),
        (b"<html><table>", "web_page_not_table"),
        (b"\x89PNG\r\n", "not_a_table"),
        (b"%PDF-1.7", "not_a_table"),
        (b"name", ""),
    ],
)
def test_other_kinds_of_files_are_known_by_their_first_bytes(head, error):
    assert error_of_content(head) == error


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ('a,"b,c",d', [(1, ["a", "b,c", "d"], "")]),
        ('"a""b",c', [(1, ['a"b', "c"], "")]),
        ('a,"two\nlines",c\nd,e,f', [(1, ["a", "two\nlines", "c"], ""), (3, ["d", "e", "f"], "")]),
        ('a,5" nail', [(1, ["a", '5" nail'], "")]),
        ('"a" ,b', [(1, ["a", "b"], "")]),
        ('x,"OOO "R" o",y\nz,1', [(1, ["x", "OOO "], "bad_quotes"), (2, ["z", "1"], "")]),
        ('a,"open\nb,c\nd,e', [(1, ["a", "open"], "unclosed_quote"), (2, ["b", "c"], ""), (3, ["d", "e"], "")]),
        ('a,"open\nb,"c"\nd,e', [(1, ["a", "open"], "unclosed_quote"), (2, ["b", "c"], ""), (3, ["d", "e"], "")]),
        ("", [(1, [""], "")]),
        ("a,", [(1, ["a", ""], "")]),
    ],
)
def test_records(text, records):
    found = [(record.line, record.cells, record.problem) for record in read_records(iter(lines(text)), ",")]
    assert found == records


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        (["ФИО", "Моб. телефон", "Д/р", "Остаток бонусов"], ["name", "phone", "birth_date", "points"]),
        (["Имя", "Фамилия", "E-mail"], ["first_name", "last_name", "email"]),
        (["Имя", "Телефон"], ["name", "phone"]),
        (["שם פרטי", "שם משפחה", "טלפון נייד", 'דוא"ל'], ["first_name", "last_name", "phone", "email"]),
        (["תאריך לידה", "נקודות", "עיר"], ["birth_date", "points", "city"]),
        (["Номер карты", "Бонусная карта", "Бонусы"], ["card", "", "points"]),
        (["Customer ID", "Mobile", "Date of birth", "Sign-up date"], ["code", "phone", "birth_date", "joined_on"]),
        (["Согласие на рассылку", "Телефон", "Телефон 2"], ["consent", "phone", "other_phone"]),
    ],
)
def test_headings_mean_fields(headings, fields):
    assert fields_of(headings) == fields


def test_data_is_no_heading():
    assert heading_score(["Телефон", "Имя"]) == 2
    assert heading_score(["89001234567", "телефон"]) == 0
    assert heading_score(["Отчёт по клиентам", "", ""]) == 0


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_and_the_heading_are_found_below_a_title(delimiter):
    rows = [["Our customers", "", ""], ["", "", ""], ["Name", "Phone", "Points"], ["A", "1,5", "2"], ["B", "3", "4"]]
    plan, error = plan_of_head(lines("\n".join(delimiter.join(row) for row in rows)))
    assert (plan.delimiter, plan.header_line, plan.fields, error) == (delimiter, 3, ("name", "phone", "points"), "")


def test_without_headings_phones_and_addresses_speak_for_themselves():
    plan, _ = plan_of_head(lines("89001234501;Anna;a@b.ru\n89001234502;Bob;b@b.ru"))
    assert (plan.header_line, plan.fields) == (0, ("phone", "", "email"))
    assert plan_of_head(lines("Anna;red\nBob;blue")) == (None, "no_key_column")


@pytest.mark.parametrize(
    ("text", "order", "day", "problem"),
    [
        ("31.12.1980", "", dt.date(1980, 12, 31), ""),
        ("12/31/1980", "", dt.date(1980, 12, 31), ""),
        ("01/02/1985", "dmy", dt.date(1985, 2, 1), ""),
        ("01/02/1985", "mdy", dt.date(1985, 1, 2), ""),
        ("01/02/1985", "", None, "ambiguous"),
        ("02/02/1985", "", dt.date(1985, 2, 2), ""),
        ("1985-02-01", "mdy", dt.date(1985, 2, 1), ""),
        ("01.02.85", "dmy", dt.date(1985, 2, 1), ""),
        ("01.02.10", "dmy", dt.date(2010, 2, 1), ""),
        ("01.02.25", "dmy", None, "ambiguous"),
        ("12 марта 1985", "", dt.date(1985, 3, 12), ""),
        ("March 12, 1985", "", dt.date(1985, 3, 12), ""),
        ("31.02.1985", "dmy", None, "unreadable"),
        ("01.01.1900", "dmy", dt.date(1900, 1, 1), "suspicious"),
        ("01.02.2090", "dmy", None, "unreadable"),
        ("31048", "dmy", dt.date(1985, 1, 1), ""),
        ("", "dmy", None, ""),
    ],
)
def test_days(text, order, day, problem):
    reading = read_day(text, way=DayWay(order), today=TODAY, birth=True)
    assert (reading.day, reading.problem) == (day, problem)


def test_cells_show_the_order_of_day_and_month():
    assert [order_shown_by(text) for text in ("31/01/2000", "01/31/2000", "01/02/2000", "01.02.2000", "x")] == [
        *("dmy", "mdy", "", "dmy", ""),
    ]


@pytest.mark.parametrize(
    ("text", "separator", "points"),
    [
        ("12", "", "12"),
        ("12,5", ".", "12.5"),
        ("1 234,56", ",", "1234.56"),
        ("1\u00a0234", "", "1234"),
        ("1.234,56", ",", "1234.56"),
        ("1,234.56", ".", "1234.56"),
        ("1,234", ".", "1234"),
        ("1,234,567", ".", "1234567"),
        ("100 баллов", "", "100"),
        ("00012", "", "12"),
        ("'250", "", "250"),
        ("-", "", None),
        ("нет", "", None),
    ],
)
def test_points(text, separator, points):
    reading = read_points(text, separator=separator)
    assert (reading.points, reading.problem) == (None if points is None else Decimal(points), "")


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        *(("1,234", ""), ("1.234", ""), ("1,234.56", ","), ("-50", ","), ("50-", ","), ("(50)", ","), ("1e3", ".")),
        *(("NaN", "."), ("½", "."), ("٣٤", "."), ("10%", "."), ("=1+1", "."), ("1,5,5", ","), ("100 руб.", ",")),
        ("9" * 18, ""),
    ],
)
def test_points_that_two_people_could_read_as_two_numbers_are_refused(text, separator):
    assert read_points(text, separator=separator).problem == "unreadable"


def test_a_column_shows_its_separator_by_a_clear_majority_and_its_order_without_exception():
    plan, _ = plan_of_head(lines("Phone;Points;Birth date\n1;2;3"))
    witness = ColumnWitness(plan)
    for points, day in (("12,5", "31/01/2000"), ("1 234,50", "01/31/2000"), ("7,25", ""), ("1234.56", "")):
        witness.look(["", points, day])
    seen = witness.verdict()
    assert (seen.separators, seen.orders, seen.conflicts) == ({1: ","}, {2: ""}, (2,))
    assert separator_shown_by("1,234") == ""


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "＝1", "\x00"])
def test_what_a_spreadsheet_would_run_is_defused(text):
    assert safe_cell(text) == "'" + text
    assert safe_cell("a" + text) == "a" + text
