"""XLSX: what people save is read, what was made to break us is refused with a code that has words."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from programs.services.importing.words import FILE_ERRORS
from tests.programs.services.importing.books import HEAD, MAIN, book, sheet

HEADINGS = ["ФИО", "Телефон", "Дата рождения", "Баллы", "Карта"]
PHONE = "+79161234501"
XXE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


def people(*rows, **more):
    return book({"Клиенты": sheet(HEADINGS, *rows)}, **more)


def test_numbers_and_days_are_what_a_person_sees(read):
    reading = read(
        people(
            ["Анна", 79161234501, [31079, 1], 0.5, [123, 3]],
            ["Боб", "7.9161234502E10", [31079.5, 2], 1e3, 4607021234567],
            ["Вера", "+7 916 123-45-03", "01.02.1985", "1 234,56", "007"],
            ["Галя", [79161234504.0], 31079, 0.1 + 0.2, 1.2345678901234567e19],
        )
    )
    assert (reading.look.encoding, reading.look.plan.sheet) == ("xlsx", "Клиенты")
    anna = {"name": "Анна", "phone": PHONE, "birth_date": "1985-02-01", "points": "0.5", "card": "00000123"}
    assert reading.given(2) == (anna, [])
    assert reading.rows[3].given["card"] == "4607021234567"
    assert [reading.rows[line].given["birth_date"] for line in (3, 4, 5)] == ["1985-02-01"] * 3
    assert [reading.rows[line].given["points"] for line in (3, 4, 5)] == ["1000", "1234.56", "0.3"]
    assert reading.rows[5].warnings == ["card_unreadable"]  # its last digits are gone


def test_books_that_count_from_1904(read):
    reading = read(people(["Анна", 79161234501, [29617, 1]], ["Боб", 79161234502, 29617], is_1904=True))
    assert [reading.rows[line].given["birth_date"] for line in (2, 3)] == ["1985-02-01", "1985-02-01"]


def test_the_first_visible_sheet_with_people_is_taken_and_another_can_be_named(read):
    sheets = {
        "Обложка": sheet(["Добро пожаловать"]),
        "-скрытый": sheet(["phone"], ["+79169999999"]),
        "Данные": sheet(["phone"], [PHONE]),
        "Архив": sheet(["phone"], ["+79161234502"]),
    }
    reading = read(book(sheets))
    assert (reading.look.plan.sheet, reading.look.plan.sheets) == ("Данные", ("Обложка", "Данные", "Архив"))
    assert reading.rows[2].given == {"phone": PHONE}
    assert read(book(sheets), sheet="Архив").rows[2].given == {"phone": "+79161234502"}


def test_titles_gaps_lines_in_cells_and_rows_without_numbers(read):
    reading = read(
        book(
            {
                "s": sheet(
                    ["Отчёт за 2024 год"],
                    (5, ["Клиент", "Моб.", "Комментарий"]),
                    (6, ["Анна", 89161234501, "раз\nдва"]),
                    (10, ['Пётр, "Петя"', "8 916 123-45-02"]),
                    ["Итого:", 2],
                )
            }
        )
    )
    assert reading.look.plan.header_line == 5
    assert reading.given(6) == ({"name": "Анна", "phone": PHONE, "note": "раз\nдва"}, [])
    assert reading.given(10) == ({"name": 'Пётр, "Петя"', "phone": "+79161234502"}, [])
    assert reading.given(11) == ("reject", "no_usable_identifier")


def test_shared_strings_rich_text_and_what_formulas_left(read):
    shared = ("<t>phone</t>", "<r><t>Ан</t></r><r><t>на</t></r><rPh><t>АННА</t></rPh>", "<t>a_x000D__x000A_b</t>")
    rows = (
        [('<c t="s"><v>0</v></c>',), "name", "note", "points"],
        [('<c t="str"><f>A1</f><v>+79161234501</v></c>',), ('<c t="s"><v>1</v></c>',), ('<c t="s"><v>2</v></c>',)],
        ["+79161234502", ('<c t="e"><v>#N/A</v></c>',), ('<c t="s"><v>99</v></c>',)],
        ["+79161234503", "Вера", None, ("<c><f>D1*2</f></c>",)],
    )
    reading = read(book({"s": sheet(*rows)}, strings=shared))
    assert reading.given(2) == ({"phone": PHONE, "name": "Анна", "note": "a\nb"}, [])
    assert reading.given(3) == ({"phone": "+79161234502"}, ["broken_cell", "broken_cell"])
    assert reading.given(4) == ("reject", "points_unreadable_or_not_allowed")


def test_a_cell_far_to_the_right_costs_its_row(read):
    far = ('<c r="XFD3" t="inlineStr"><is><t>x</t></is></c>',)
    reading = read(book({"s": sheet(["phone"], [PHONE], ["+79161234502", far])}))
    assert reading.given(2) == ({"phone": PHONE}, [])
    assert reading.given(3) == ("reject", "too_many_cells")


ROW = '<row><c t="inlineStr"><is><t>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA</t></is></c></row>'
BOMB = f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{ROW * 500_000}</sheetData></worksheet>'
LAUGHS = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'


def lying():
    """A bomb whose directory says that it is small."""
    packed, size = book({"s": BOMB}), len(BOMB)
    return packed.replace(struct.pack("<L", size), struct.pack("<L", 5000))


def flat(**parts):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return packed.getvalue()


GOOD = people(["Анна", 79161234501])
STRANGE = {
    "bomb": (lambda: book({"s": BOMB}), "too_large_when_unpacked"),
    "bomb that lies": (lying, "too_large_when_unpacked"),
    "one text named a thousand times": (
        lambda: book(
            {"s": sheet(["phone"], *[[('<c t="s"><v>0</v></c>',)] * 400] * 400)}, strings=[f"<t>{'A' * 32_000}</t>"]
        ),
        "too_large_when_unpacked",
    ),
    "DTD in a sheet": (lambda: book({"s": XXE + sheet(["phone"]).removeprefix(HEAD)}), "workbook_has_dtd"),
    "DTD in the book": (lambda: people(replace={"xl/workbook.xml": XXE + "<workbook/>"}), "workbook_has_dtd"),
    "DTD in the strings": (lambda: people(replace={"xl/sharedStrings.xml": LAUGHS + "<sst/>"}), "workbook_has_dtd"),
    "DTD in the links": (lambda: people(replace={"_rels/.rels": XXE + "<Relationships/>"}), "workbook_has_dtd"),
    "cut": (lambda: GOOD[: len(GOOD) // 2], "damaged_workbook"),
    "torn XML": (lambda: book({"s": sheet(["phone"], [PHONE])[:-30]}), "damaged_workbook"),
    "too many parts": (lambda: flat(**{f"p{number}": b"" for number in range(2500)}), "too_many_parts"),
    "an archive": (lambda: flat(base_dot_csv=b"phone\n+79161234501\n"), "archive_not_table"),
    "a Numbers file": (lambda: flat(Index__Document_dot_iwa=b"x"), "not_xlsx_workbook"),
    "XLSB": (lambda: flat(xl__workbook_dot_bin=b"x"), "not_xlsx_workbook"),
    "no sheets": (lambda: book({}), "empty_file"),
    "nothing in it": (lambda: book({"s": sheet()}), "empty_file"),
    "a row beyond the last": (lambda: book({"s": sheet(["phone"], (2_000_000, [PHONE]))}), "damaged_workbook"),
    "garbage in the styles": (lambda: people(replace={"xl/styles.xml": b"\xff\x00"}), "damaged_workbook"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_was_made_to_break_us_is_refused_with_words(name, read, monkeypatch):
    monkeypatch.setattr("programs.services.importing.workbook.COPY_BYTES_MAX", 4 * 1024**3 // 1024)
    make, error = STRANGE[name]
    look = read(make()).look
    assert (look.error, look.plan) == (error, None)
    assert FILE_ERRORS[error]


def test_every_byte_of_a_book_may_be_wrong_and_nothing_but_a_refusal_comes_of_it(read):
    for at in range(0, len(GOOD), 37):
        broken = bytearray(GOOD)
        broken[at] ^= 0xFF
        look = read(bytes(broken)).look
        assert look.plan or look.error in FILE_ERRORS
