"""One small file per oddity that tills, spreadsheets and people put into a list of customers."""

from __future__ import annotations

import pytest

from programs.rules.importing.headings import FIELDS, fields_of
from programs.services.importing.words import FILE_ERRORS

RU = "Имя;Телефон;Город\nИванов Иван;89161234501;Москва\nПетрова Юлия;89161234502;Нижний Новгород\n"
HE = "שם,טלפון,עיר\nדנה כהן,054-2000001,תל אביב\nנועה לוי,054-2000002,חיפה\n"
MORE = "Сидоров Олег;89161234504;Тверь\n"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1251", "koi8-r", "cp866", "mac-cyrillic"],
)
def test_russian_in_any_encoding(encoding, read):
    rows = read(RU.encode(encoding)).rows
    assert rows[2].given == {"name": "Иванов Иван", "phone": "+79161234501", "city": "Москва"}
    assert rows[3].given["city"] == "Нижний Новгород"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "cp1255", "iso8859-8", "cp862"])
def test_hebrew_in_any_encoding(encoding, read):
    rows = read(HE.encode(encoding), region="IL").rows
    assert rows[2].given == {"name": "דנה כהן", "phone": "+972542000001", "city": "תל אביב"}


@pytest.mark.parametrize(
    ("first", "second", "other"), [("utf-8", "cp1251", 4), ("cp1251", "utf-8", 2), ("utf-8-sig", "cp866", 4)]
)
def test_a_file_glued_from_two_encodings_is_read_line_by_line(first, second, other, read):
    reading = read(RU.encode(first) + (MORE + "Щукина Любовь;89161234505;Омск\n").encode(second))
    assert [row.given["city"] for row in reading.rows.values()] == ["Москва", "Нижний Новгород", "Тверь", "Омск"]
    assert reading.rows[other].warnings == ["read_as_other_encoding"]
    assert sum(bool(row.warnings) for row in reading.rows.values()) == 2


@pytest.mark.parametrize("seen_as", ["latin-1", "cp1252", "cp1251", "cp1255"])
@pytest.mark.parametrize(("text", "region", "city"), [(RU, "RU", "Москва"), (HE, "IL", "תל אביב")])
def test_letters_garbled_by_an_earlier_export_are_mended_and_told(seen_as, text, region, city, read):
    garbled = "".join(bytes([byte]).decode(seen_as, errors="ignore") or chr(byte) for byte in text.encode())
    row = read(garbled, region=region).rows[2]
    assert (row.given["city"], row.warnings) == (city, ["mojibake_mended"])


def test_real_letters_that_look_garbled_are_left_alone(read):
    for name in ("В«Ромашка»", "José Ñandú", "Рёв Сёмгин №5", "Siân Ô"):
        assert read(f"Телефон;Имя\n89161234501;{name}\n").given(2) == ({"phone": "+79161234501", "name": name}, [])


@pytest.mark.parametrize(
    ("cell", "outcome"),
    [
        ("Си\ufffd\ufffdров", ("reject", "bad_encoding")),
        ("??????? ????", ({"phone": "+79161234501"}, ["letters_lost"])),
        ("#ССЫЛКА!", ({"phone": "+79161234501"}, ["broken_cell"])),
    ],
)
def test_damage_is_told_row_by_row(cell, outcome, read):
    assert read(f"Телефон;Имя\n89161234501;{cell}\n").given(2) == outcome


@pytest.mark.parametrize(
    "content",
    [
        RU.replace("\n", "\r"),
        RU.replace("\n", "\r\n"),
        RU.replace("\n", "\r\r\n"),
        RU.replace("\n", "\r", 2),
        RU.replace(";", "|"),
        RU.replace(";", "\t"),
        RU.replace(";", ","),
        "".join(f'"{line}"\n' for line in RU.splitlines()),
    ],
)
def test_line_ends_and_separators(content, read):
    assert read(content).given(3)[0] == {"name": "Петрова Юлия", "phone": "+79161234502", "city": "Нижний Новгород"}


def test_the_line_that_names_the_separator_is_obeyed(read):
    for content in ("sep=^\r\n" + RU.replace(";", "^"), '\ufeff"sep=;"\n' + RU):
        reading = read(content)
        assert reading.look.plan.header_line == 2
        assert reading.given(3)[0]["city"] == "Москва"


def test_columns_without_telling_headings_are_known_by_what_stands_in_them(read):
    rows = "Иванов Иван;89161234501;a@example.com;31.12.1980;12345\nЛи Яна;8 916 1234502;b@example.com;01.02.1999;6\n"
    rows += "Ким Ия;89161234503;c@example.com;03.04.1960;7\n"
    wanted = ("name", "phone", "email", "birth_date", "")
    assert read(rows).look.plan.fields == wanted
    assert read("q;w;e;r;t\n" + rows).look.plan.fields == wanted
    assert read("Кто;Контакт;Почта;Когда;Сколько\n" + rows).look.plan.fields == wanted
    assert read("ФИО;ИНН;E-mail\nИванов Иван;770123456789;a@example.com\n").look.plan.fields == ("name", "", "email")


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        (
            "Улица и дом;Индекс;Язык;Источник;Пол;Отчество",
            ["street", "postcode", "language", "source", "sex", "middle_name"],
        ),
        ("Address;Zip;Language;How did you hear;Gender", ["street", "postcode", "language", "source", "sex"]),
        ("כתובת;מיקוד;שפה;מקור;מין;ת״ז", ["street", "postcode", "language", "source", "sex", ""]),
        ("Согласие на рассылку;Дата согласия;Источник согласия", ["consent", "consent_date", "consent_source"]),
        ("Паспорт;№ заказа;Номер телефона", ["", "", "phone"]),
    ],
)
def test_headings_of_a_whole_profile(headings, fields):
    assert fields_of(headings.split(";")) == fields
    assert set(fields) <= {*FIELDS, ""}


def test_a_whole_profile_is_read(read):
    content = (
        "phone,street,postcode,language,source,sex,birthday\n"
        "89161234501,Lenina 5-7,012345,Russian,flyer,жен,5 мая\n89161234502,,,Klingon,,x,--02-30\n"
    )
    reading = read(content)
    given = {"phone": "+79161234501", "street": "Lenina 5-7", "postcode": "012345", "source": "flyer"}
    assert reading.given(2) == (given | {"sex": "f", "language": "ru", "birth_date": "--05-05"}, [])
    assert reading.rows[3].warnings == ["sex_unreadable", "language_unreadable", "birth_date_unreadable"]


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (["12 במרץ 1980", "ב-5 באוגוסט 1985"], ["1980-03-12", "1985-08-05"]),
        (["5 мая 1985 г.", "12-авг-85", "1 сент. 1990"], ["1985-05-05", "1985-08-12", "1990-09-01"]),
        (["March 3rd, 1990", "3 of March 1990", "1990-Mar-03"], ["1990-03-03"] * 3),
        (["Saturday, March 3, 1990", "Sat, 3 Mar 1990"], ["1990-03-03"] * 2),
        (["12/31/1980 12:00:00 AM", "1/2/1985 0:00"], ["1980-12-31", "1985-01-02"]),
        (["19850201", "1985/2/1", "1985.02.01", "01 / 02 / 1985"], ["1985-02-01"] * 3 + [None]),
        (["01.02", "31.12", "29.02"], ["--02-01", "--12-31", "--02-29"]),
        (["01.02.1985", "01.03.1990", "01.02"], ["1985-02-01", "1990-03-01", None]),
        (["01/02/1985", "03/04/1985"], [None, None]),
    ],
)
def test_birthdays_as_people_write_them(cells, days, read):
    content = "phone;birthday\n" + "".join(f"8916123450{number};{cell}\n" for number, cell in enumerate(cells))
    rows = read(content).rows
    assert [row.given.get("birth_date") for row in rows.values()] == days
    assert all(bool(row.warnings) == (day is None) for row, day in zip(rows.values(), days, strict=True))


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        ("7,9161234567E+10", "+79161234567"),
        ("79161234567.0", "+79161234567"),
        ("'+79161234567", "+79161234567"),
        ("7,91612E+10", None),
        ("«8 916 123-45-67»", "+79161234567"),
        ("'89161234567'", "+79161234567"),
    ],
)
def test_phones_that_a_spreadsheet_took_for_numbers(cell, phone, read):
    assert read(f"Телефон;Имя\n{cell};Анна\n").rows[2].given.get("phone") == phone


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"<html><body><table><tr><td>phone</td></tr></table></body></html>", "web_page_not_table"),
        (b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><Workbook/>', "web_page_not_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "xls_not_supported"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "workbook_locked"),
        (b"MIME-Version: 1.0\nX-Document-Type: Workbook\n\n<table>phone</table>", "web_page_not_table"),
        (b"\x28\xb5\x2f\xfd" + bytes(range(1, 60)), "archive_not_table"),
        (b"%PDF-1.7\n%", "not_a_table"),
        (b'[{"phone": "+79161234501"}]', "not_a_table"),
        (b"\x1f\x8b\x08\x00" + bytes(20), "archive_not_table"),
        (RU.encode("cp1251")[:60].replace(b"\n", b"\n\x00"), "nul_bytes"),
    ],
)
def test_other_kinds_of_files_are_told_by_their_content(content, error, read):
    assert read(content).look.error == error
    assert error in FILE_ERRORS


def test_a_line_without_end_and_a_quote_without_end_cost_little(read):
    content = b"phone,name\n89161234501,Anna\n" + b"x" * 3_000_000 + b'\n89161234502,"Bob\n' + b'y"",\n' * 2000
    reading = read(content)
    assert reading.given(2)[0] == {"phone": "+79161234501", "name": "Anna"}
    assert reading.given(3) == ("reject", "line_too_long")
    assert reading.given(4) == ("reject", "unclosed_quote")
