"""More of what people send: other alphabets, tables drawn with blanks, cells that say more than one thing."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from programs.rules.importing.headings import fields_of
from programs.rules.importing.products import PRODUCTS
from programs.services.importing.words import reason_in_words
from tests.programs.services.importing.books import book, sheet

PHONES = ["+79161234501", "+79161234502", "+79161234503", "+79161234504"]
NAMES = {
    "AE": ["محمد علي", "فاطمة حسن", "أحمد يوسف"],
    "GR": ["Γιώργος Παπαδόπουλος", "Μαρία Νικολάου", "Ελένη Ιωάννου"],
    "TR": ["Şule Öztürk", "İbrahim Çağlar", "Gülşen Yıldız"],
    "PL": ["Łukasz Dąbek", "Stanisław Wiśniewski", "Małgorzata Święty"],
    "FR": ["José Muñoz", "François Lefèvre", "Zoë Renée"],
    "UA": ["Іваненко Їжак", "Євгенія Щур", "Ґалаґан Юрій"],
    "RU": ["иванов иван", "петрова юлия", "щукина любовь"],
}


def of_people(names, heading="name,phone"):
    return "\n".join([heading, *(f"{name},{phone}" for name, phone in zip(names, PHONES, strict=False))]) + "\n"


@pytest.mark.parametrize(
    ("region", "encoding"),
    [
        *(("AE", "cp1256"), ("AE", "iso8859-6"), ("AE", "utf-16-le"), ("GR", "cp1253"), ("TR", "cp1254")),
        *(("PL", "cp1250"), ("PL", "iso8859-2"), ("FR", "mac-roman"), ("FR", "cp850"), ("FR", "cp1252")),
        *(("UA", "koi8-u"), ("UA", "cp1251"), ("RU", "cp866"), ("RU", "utf-32-be"), ("RU", "utf-7"), ("RU", "cp855")),
    ],
)
def test_other_code_pages(region, encoding, read):
    reading = read(of_people(NAMES[region]).encode(encoding), region=region)
    assert [row.given["name"] for row in reading.rows.values()] == NAMES[region]


@pytest.mark.parametrize("encoding", ["iso8859-8", "cp862"])
def test_hebrew_stored_as_it_is_seen_is_turned_and_told(encoding, read):
    people = of_people(["דנה כהן", "נועם לוין", "אברהם שלום"], "שם,טלפון")
    seen = re.sub(r"[א-ת]+(?: [א-ת]+)*", lambda run: run[0][::-1], people)
    row = read(seen.encode(encoding)).rows[3]
    assert (row.given, row.warnings) == ({"name": "נועם לוין", "phone": PHONES[1]}, ["hebrew_turned"])


def test_letters_garbled_twice_are_mended(read):
    garbled = of_people(["Пётр"]).encode().decode("latin-1").encode().decode("latin-1")
    assert read(garbled).given(2) == ({"name": "Пётр", "phone": PHONES[0]}, ["mojibake_mended"])


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("name            phone        city\nAnna Ivanova    89161234501  Tver\nLi              89161234502\n", 2),
        (
            "List\n\n  No  name          phone\n----  ------------  -----------\n   1  Anna Ivanova  89161234501\n  12  Li  \n",
            5,
        ),
        ("name^phone\nAnna Ivanova^89161234501\n", 2),
        ("sep=;\nname\tphone\nAnna Ivanova\t89161234501\n", 3),
        ('name, phone, city\n"Anna Ivanova", "89161234501", "Tver, N"\n', 2),
        ('name,phone,note\n"Anna Ivanova",89161234501,"of \\"Rose, Lily\\""\n', 2),
        ("Report\n" * 60 + "name;phone\nAnna Ivanova;89161234501\n", 62),
        ("name;phone\nAnna\x0bIvanova;\x0c89161234501\n", 2),
        ('name,phone\nAnna Ivanova,"=""89161234501"""\n', 2),
        ("name;mobile;home phone\nAnna Ivanova;;89161234501\n", 2),
    ],
)
def test_tables_of_every_make(content, line, read):
    given, _ = read(content).given(line)
    assert (given["name"], given["phone"]) == ("Anna Ivanova", PHONES[0])


def test_a_second_column_of_phones_speaks_where_the_first_does_not(read):
    reading = read("phone,home phone\n89161234501,89161234502\nnone,89161234503\nnone,none\n")
    assert reading.given(2) == ({"phone": PHONES[0]}, [])
    assert reading.given(3) == ({"phone": PHONES[2]}, ["other_phone_taken"])
    assert reading.given(4) == ("reject", "phone_invalid")


@pytest.mark.parametrize(
    ("cell", "email", "warnings"),
    [
        ("mailto:Anna@Example.com", "anna@example.com", []),
        ("Anna P. <anna@example.com>", "anna@example.com", []),
        ("anna@example.com.", "anna@example.com", []),
        ("anna@example.com; bob@example.com", "anna@example.com", ["more_than_one_email_in_cell"]),
        ("anna p@example.com", None, ["email_unreadable"]),
        ("Anna anna@example.com", None, ["email_unreadable"]),
    ],
)
def test_addresses_in_company(cell, email, warnings, read):
    row = read(f"phone\temail\n89161234501\t{cell}\n").rows[2]
    assert (row.given.get("email"), row.warnings) == (email, warnings)
    assert all(reason_in_words(code) != code for code in warnings)


def test_one_slip_among_dates_with_dots_decides_nothing(read):
    rows = read("phone;birthday\n89161234501;31.12.1980\n89161234502;01.13.1985\n89161234503;01.02.1985\n").rows
    assert [row.given.get("birth_date") for row in rows.values()] == ["1980-12-31", None, "1985-02-01"]


@pytest.mark.parametrize(
    ("heading", "meaning"),
    [
        ("Do not e-mail", "refused_email"),
        ("Don't call", "refused_phone"),
        ("Unsubscribed", "refused"),
        ("Отказ от рассылки", "refused"),
        ("Не звонить", "refused_phone"),
        ("הסר מרשימת תפוצה", "refused"),
        ("E-mail No.", "email"),
        ("Дата отказа от рассылки", ""),
    ],
)
def test_a_heading_worded_as_a_refusal(heading, meaning):
    assert fields_of(["Phone", heading])[1] == meaning


def test_a_yes_under_a_refusal_is_an_opt_out_and_a_no_says_nothing(read):
    rows = read("phone,newsletter,do not call\n89161234501,yes,yes\n89161234502,yes,no\n").rows
    assert [row.said.answers for row in rows.values()] == [
        {"consent": "yes", "consent_phone": "out"},
        {"consent": "yes"},
    ]


def renamed(content, change):
    packed, source = io.BytesIO(), zipfile.ZipFile(io.BytesIO(content))
    with zipfile.ZipFile(packed, "w") as archive:
        for name in source.namelist():
            if new := change(name):
                archive.writestr(new, source.read(name))
    return packed.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        lambda name: name.replace("/", "\\"),
        lambda name: name.replace("sharedStrings", "SharedStrings"),
        lambda name: name if "styles" not in name else "",
    ],
)
def test_workbooks_of_careless_writers(change, read):
    good = book({"s": sheet([('<c t="s"><v>0</v></c>',)], [89161234501])}, strings=["<t>Телефон</t>"])
    assert read(renamed(good, change)).given(2)[0] == {"phone": PHONES[0]}


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"<!-- saved --><div><table><tr><td>phone</td></tr></table>", "web_page_not_table"),
        ("<html><table><tr><td>phone</td></tr></table>".encode("utf-16"), "web_page_not_table"),
        (b'ID;PWXL;N;E\r\nP;PGeneral\r\nC;Y1;X1;K"phone"\r\nE\r\n', "not_a_table"),
        (b"\x09\x08\x08\x00\x00\x05\x05\x00" + bytes(100), "xls_not_supported"),
        (b"ID;PHONE\nA1;89161234501\n", ""),
    ],
)
def test_other_programs_files(content, error, read):
    assert read(content).look.error == error


def test_the_article_goes_before_a_code_of_some_other_program():
    assert PRODUCTS.fields_of(["Код", "Артикул", "Наименование"]) == ["", "sku", "name"]
    assert PRODUCTS.fields_of(["Код", "Наименование"]) == ["sku", "name"]
