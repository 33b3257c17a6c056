"""Files that are broken, or meant to break us: always a worded refusal or a counted row, never a crash."""

from __future__ import annotations

import time

import pytest

from loyalty_site.ground.policy import system
from programs.models import ImportState
from programs.services.importing import UploadOrder, check, file_error_in_words, first_rows, start_check, upload_file
from programs.services.importing.words import FILE_ERRORS

pytestmark = pytest.mark.django_db
ACTOR = system("tests")
PHONE = "+79001234501"


@pytest.fixture
def checked(settings, tmp_path, now):
    """checked(bytes) -> the batch after checking, or refused."""
    settings.MEDIA_ROOT = tmp_path

    def run(content):
        order = UploadOrder(file_name="x.csv", blocks=[content], default_region="RU")
        batch = upload_file(order, actor=ACTOR, now=now)
        if batch.state == ImportState.REFUSED:
            return batch
        start_check(batch.pk, now=now, in_background=False)
        while not check.run_chunk(batch_id=batch.pk, now=now).is_finished:
            pass
        batch.refresh_from_db()
        return batch

    return run


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "empty_file"),
        (b"\r\n\r\n", "empty_file"),
        (b"\xef\xbb\xbf", "not_a_table"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "not_a_table"),
        (b"PK\x03\x04" + b"x" * 50, "damaged_workbook"),
        (bytes(range(256)) * 40, "not_a_table"),
        (b"phone,name\n+79001234501,A\x00nna\n", "nul_bytes"),
        (",".join(f"phone{n}" for n in range(5000)).encode() + b"\n", "too_many_columns"),
        (b"colour,size\nred,1\n", "no_key_column"),
        (b"phone" * 1_000_000, "no_key_column"),
        (b"\x00" * 10_000, "not_a_table"),
    ],
)
def test_refused_with_words(content, error, checked, note_trials):
    batch = checked(content)
    assert (batch.state, batch.file_error) == (ImportState.REFUSED, error)
    assert error in FILE_ERRORS
    assert file_error_in_words(error, batch.file_error_line)
    assert not batch.rows.exists()
    note_trials("T51", 1)


def test_the_first_bad_line_is_named(checked):
    assert checked(b"phone\n+79001234501\nx\x00\n").file_error_line == 3


@pytest.mark.parametrize(
    ("content", "outcomes"),
    [
        # A cell of 10 MB costs its own row.
        (b"phone,name\n%s,A\n+79001234502,%s\n+79001234503,C\n", ["create", "reject", "create"]),
        # Old machines end lines with CR alone.
        (b"phone,name\r%s,A\r+79001234502,B\r", ["create", "create"]),
        # A quote that never closes.
        (b'phone,name\n%s,"A\n+79001234502,B\n', ["reject", "create"]),
        # A broken byte in a file of UTF-8.
        ("phone,name\n%s,Пётр\n+79001234502,Аня".encode() + b"\xff\n", ["create", "reject"]),
        # Only spaces, only commas: no rows.
        (b"phone,name\n%s,A\n   \n,,\n", ["create"]),
        # Markup, SQL and templates are text.
        (b"phone,name\n%s,<script>alert(1)</script>{{ 7*7 }}'; DROP TABLE members_member;--\n", ["create"]),
    ],
)
def test_bad_rows_are_counted_and_the_rest_is_taken(content, outcomes, checked, note_trials):
    filled = content.replace(b"%s", PHONE.encode(), 1).replace(b"%s", b"x" * 10_000_000)
    batch = checked(filled)
    assert list(batch.rows.order_by("line").values_list("outcome", flat=True)) == outcomes
    assert batch.totals["data_rows"] == len(outcomes)
    assert first_rows(batch)
    note_trials("T51", 1)


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("birthday", "1" + " " * 400_000 + "x"),
        ("joined", "1 " * 200_000),
        ("points", "1" + " 111" * 100_000 + "x"),
        ("name", "a" + "\u0301\u0316" * 150_000),
        ("note", "a" + "\u0316\u0301" * 150_000),
        ("email", "a@" * 200_000),
        ("consent", "yes " * 100_000),
        ("sex", "\u0316\u0301" * 150_000),
    ],
)
def test_one_long_cell_takes_the_time_of_its_length(heading, cell, checked):
    began = time.process_time()
    assert checked(f"phone,{heading}\n{PHONE},{cell}\n".encode()).totals["data_rows"] == 1
    assert time.process_time() - began < 5  # the patterns alone would take hours


def test_utf16_is_read(checked):
    batch = checked("\ufeffТелефон\tИмя\r\n89001234501\tПётр\r\n".encode("utf-16-le"))
    assert (batch.encoding, batch.delimiter) == ("utf-16", "\t")
    assert batch.rows.get().values["given"] == {"phone": PHONE, "name": "Пётр"}


def test_a_consent_column_is_recognised_and_never_applied(checked):
    batch = checked("Телефон;Согласие на рассылку\n89001234501;да\n".encode("cp1251"))
    assert dict(batch.mapping)["Согласие на рассылку"] == "consent"
    assert "consent" not in batch.rows.get().values["given"]
