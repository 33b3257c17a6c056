"""Files that two programs wrote, and files with too few letters to know: read right where that can be known, and said."""

from __future__ import annotations

import re
from itertools import permutations

import pytest

from programs.rules.importing.plan import Hints
from programs.services.importing.words import REASONS, reason_in_words

RU = "Имя;Телефон;Город\nИванов Иван;89161234501;Москва\nПетрова Юлия;89161234502;Нижний Новгород\n"
RU_MORE = "Сидоров Олег;89161234504;Тверь\nЩукина Любовь;89161234505;Омск\n"
HE = "שם;טלפון;עיר\nדנה כהן;054-2000001;תל אביב\nנועה לוי;054-2000002;חיפה\nאברהם שלום;054-2000003;באר שבע\n"
HE_MORE = "נועם לוין;054-2000004;רמת גן\nמרים אהרון;054-2000005;ירושלים\n"
LATIN = "Name;Phone;City\nJosé Muñoz;+34612345678;Málaga\nFrançois Lefèvre;+33612345678;Orléans\n"
OTHER = "read_as_other_encoding"


def as_seen(text):
    """As tills of the eighties stored Hebrew."""
    return re.sub("[א-ת]+(?: [א-ת]+)*", lambda run: run[0][::-1], text)


def names(reading):
    return [row.given["name"] for row in reading.rows.values()]


def told(reading):
    return [row.warnings for row in reading.rows.values()]


@pytest.mark.parametrize(("first", "second"), list(permutations(["cp1251", "koi8-r", "cp866", "mac-cyrillic"], 2)))
def test_two_russian_encodings_in_one_file(first, second, read):
    reading = read(RU.encode(first) + RU_MORE.encode(second))
    assert names(reading) == ["Иванов Иван", "Петрова Юлия", "Сидоров Олег", "Щукина Любовь"]
    assert reading.look.encoding == first
    assert told(reading) == [[], [], [OTHER], [OTHER]]


@pytest.mark.parametrize(
    ("first", "second", "names_of_second"),
    [
        (HE.encode("cp1255"), HE_MORE.encode("cp862"), ["נועם לוין", "מרים אהרון"]),
        (HE.encode("cp1255"), as_seen(HE_MORE).encode("iso8859-8"), ["נועם לוין", "מרים אהרון"]),
        (HE.encode("cp862"), as_seen(HE_MORE).encode("cp862"), ["נועם לוין", "מרים אהרון"]),
        (HE.encode("cp1255"), RU_MORE.replace("89", "+79").encode("cp1251"), ["Сидоров Олег", "Щукина Любовь"]),
        (LATIN.encode("cp1252"), RU_MORE.replace("89", "+79").encode("koi8-r"), ["Сидоров Олег", "Щукина Любовь"]),
        (
            RU.replace(";89", ";+79").encode("cp1251"),
            LATIN.partition("\n")[2].encode("cp1252"),
            ["José Muñoz", "François Lefèvre"],
        ),
    ],
)
def test_two_languages_or_two_orders_in_one_file(first, second, names_of_second, read):
    reading = read(first + second, region="IL", hints=Hints(region="IL"))
    assert names(reading)[-2:] == names_of_second
    assert told(reading)[-2:] == [[OTHER], [OTHER]]
    assert told(reading)[0] == []


def test_three_encodings_one_of_them_utf8(read):
    reading = read(RU.encode() + RU_MORE.encode("cp1251") + RU.partition("\n")[2].encode("koi8-r"))
    assert names(reading)[2:] == ["Сидоров Олег", "Щукина Любовь", "Иванов Иван", "Петрова Юлия"]
    assert told(reading) == [[], [], [OTHER], [OTHER], [OTHER], [OTHER]]


def test_a_second_half_after_many_lines_of_one_encoding(read):
    many = "".join(f"Иванов Пётр;8916{number:07};Москва\n" for number in range(1_000_000, 1_003_000))
    reading = read((RU + many).encode("cp1251") + RU_MORE.encode("cp866") + many[:400].encode("cp1251"))
    assert [row.given["name"] for row in reading.rows.values() if row.warnings] == ["Сидоров Олег", "Щукина Любовь"]
    assert set(names(reading)) == {"Иванов Иван", "Иванов Пётр", "Петрова Юлия", "Сидоров Олег", "Щукина Любовь"}


def test_lines_that_end_with_cr_alone(read):
    reading = read((RU.encode("cp1251") + RU_MORE.encode("koi8-r")).replace(b"\n", b"\r"))
    assert told(reading) == [[], [], [OTHER], [OTHER]]
    assert names(reading)[3] == "Щукина Любовь"


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866"])
@pytest.mark.parametrize("shape", [str, str.upper, str.lower])
def test_odd_names_in_one_encoding_are_not_taken_for_two(encoding, shape, read):
    odd = "Щюц Эйхе;89161234506;Ыгыатта\nЪ;89161234507;Йошкар-Ола\nООО Ромашка 5;89161234508;Цхинвал\nФ. Ю. Э.;89161234509;Ъ\n"
    reading = read(shape(RU + odd + RU_MORE).encode(encoding))
    assert told(reading) == [[]] * 8
    assert names(reading)[2:4] == [shape("Щюц Эйхе"), shape("Ъ")]


@pytest.mark.parametrize(
    ("content", "name", "warnings"),
    [
        (b"name,phone\nAnna,+12125550100\nJos\xe9,+12125550101\n", "José", ["letters_guessed"]),
        (b"name,phone\nAnna,+12125550100\nBob\xff,+12125550101\n", "Bobÿ", ["letters_guessed"]),
        ("name,phone\nAnna,+12125550100\nИя,+12125550101\n".encode("cp1251"), "Ия", ["letters_guessed"]),
        ("name,phone\nAnna,+12125550100\nФёдор Достоевский,+12125550101\n".encode("cp1251"), "Фёдор Достоевский", []),
        ("имя,phone\nАнна,+12125550100\nИя,+12125550101\n".encode(), "Ия", []),
    ],
)
def test_letters_too_few_to_be_certain_are_said(content, name, warnings, read):
    row = read(content, region="US").rows[3]
    assert (row.given["name"], row.warnings) == (name, warnings)
    assert all(reason_in_words(code) != code for code in REASONS)


def test_a_stray_byte_after_two_byte_letters_is_no_row(read):
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        assert len(read(RU.encode(encoding) + b"\n").rows) == 2
    cut = read(RU.encode("utf-16")[:-3])
    assert cut.given(3) == ("reject", "bad_encoding")


def test_colons_between_cells_and_colons_in_them(read):
    reading = read("Имя:Телефон:Город\nАнна:89161234501:Тверь\nБоб:89161234502:Омск\n")
    assert reading.given(3)[0] == {"name": "Боб", "phone": "+79161234502", "city": "Омск"}
    assert read("E-mail\nmailto:a@example.com\nmailto:b@example.com\n").given(3)[0] == {"email": "b@example.com"}
    assert read("Отчёт: клиенты\nИмя;Телефон\nАнна;89161234501\n").given(3)[0]["name"] == "Анна"
    assert read("From: a@example.com\nTo: b@example.com\nSubject: x\n").look.error == "no_key_column"
