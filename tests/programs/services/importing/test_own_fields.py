"""Columns about fields of the company's own, and about optional ones that it keeps: read, compared, stored, undone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loyalty_site.ground.policy import system
from members.models import CustomField, Member, ProfilePolicy
from programs.models import ImportBatch
from programs.services.importing import (
    UploadOrder,
    apply,
    check,
    confirm_import,
    reason_in_words,
    start_check,
    start_undo,
    undoing,
    upload_file,
)
from tests.programs.canonical import canonical
from tests.programs.shop import NOW, Shop

pytestmark = pytest.mark.django_db
ACTOR = system("tests")
LATER = NOW + dt.timedelta(hours=1)
HEAD = "phone,name,Shoe size,Цвет,משפחה או לא,Married on,Hobbies,How did you hear about us\n"
FILE = (
    HEAD + '+12125550101,Ann,"42,5",Красный,כן,24.12.2001,"tea, yoga",friends\n'
    "+12125550102,Bob,many,green,,,,\n"
    "+12125550103,Cid,1.2340,blue,,,,TV\n"
)
COLOURS = [
    {"code": "red", "labels": {"": "Red", "ru": "Красный"}, "is_archived": False},
    {"code": "blue", "labels": {"": "Blue"}, "is_archived": False},
]


def finish(step: Callable[..., Any], batch: ImportBatch) -> None:
    while not step(batch_id=batch.pk, now=NOW).is_finished:
        pass


@pytest.fixture
def bring(settings: Any, tmp_path: Path) -> Callable[[str], ImportBatch]:
    settings.MEDIA_ROOT = tmp_path

    def run(text: str) -> ImportBatch:
        order = UploadOrder(file_name="own.csv", blocks=[text.encode()], default_region="US")
        batch = upload_file(order, actor=ACTOR, now=NOW)
        start_check(batch.pk, now=NOW, in_background=False)
        finish(check.run_chunk, batch)
        confirm_import(batch.pk, actor=ACTOR, now=NOW, in_background=False)
        finish(apply.run_chunk, batch)
        batch.refresh_from_db()
        return batch

    return run


@pytest.fixture
def fields(shop: Shop) -> None:
    ProfilePolicy.objects.create(pk=1, asked=["interests", "came_by"])
    CustomField.objects.create(code="shoe_size", name="Shoe size", kind="number")
    CustomField.objects.create(code="colour", name="Colour", name_ru="Цвет", kind="choice", options=COLOURS)
    CustomField.objects.create(code="family", name="Family", name_he="משפחה או לא", kind="yes_no")
    CustomField.objects.create(code="married", name="Married on", kind="date")


@pytest.mark.usefixtures("fields")
def test_a_file_fills_typed_fields(bring):
    batch = bring(FILE)
    assert [meaning for _header, meaning in batch.mapping] == [
        *("phone", "name", "custom:shoe_size", "custom:colour", "custom:family", "custom:married"),
        *("interests", "came_by"),
    ]
    ann, bob, cid = Member.objects.order_by("name")
    assert ann.custom == {"shoe_size": 42.5, "colour": "red", "family": True, "married": "2001-12-24"}
    assert (ann.interests, ann.came_by) == (["tea", "yoga"], "friends")
    assert (bob.custom, bob.interests) == ({}, [])
    assert (cid.custom, cid.came_by) == ({"shoe_size": 1.234, "colour": "blue"}, "")
    told = {row.line: sorted(row.warnings) for row in batch.rows.order_by("line")}
    assert told == {2: [], 3: ["field_not_number", "field_not_option"], 4: ["field_not_option"]}
    assert all(reason_in_words(code) != code for codes in told.values() for code in codes)


@pytest.mark.usefixtures("fields")
def test_the_same_file_twice_changes_nothing_and_an_undo_returns_what_was(bring):
    bring(FILE)
    before = canonical()
    again = bring(FILE + "\n")
    assert again.totals["changed"] == 0
    assert canonical() == before
    changes = bring(HEAD + "+12125550101,Ann,40,Blue,,,chess,an advertisement\n+12125550102,Bob,38,,,,,\n")
    assert changes.totals["changed"] == 2
    ann = Member.objects.get(name="Ann")
    assert ann.custom == {"shoe_size": 40, "colour": "blue", "family": True, "married": "2001-12-24"}
    assert (ann.interests, ann.came_by) == (["chess"], "advert")
    start_undo(changes.pk, actor=ACTOR, now=LATER, in_background=False)
    finish(undoing.run_chunk, changes)
    assert canonical() == before


@pytest.mark.usefixtures("shop")
def test_what_the_company_does_not_keep_is_not_taken(bring):
    batch = bring("phone,name,Hobbies,What they value,Shoe size\n+12125550101,Ann,tea,eco,42\n")
    assert [meaning for _header, meaning in batch.mapping] == ["phone", "name", "", "", ""]
    ann = Member.objects.get(name="Ann")
    assert (ann.custom, ann.interests, ann.cares_about) == ({}, [], [])


@pytest.mark.usefixtures("fields")
def test_a_name_of_a_field_means_that_field_whatever_words_it_holds(bring):
    CustomField.objects.create(code="phone_model", name="Phone model", kind="text")
    batch = bring("Phone,Name,Phone model\n+12125550101,Ann,Nokia 3310\n")
    assert [meaning for _header, meaning in batch.mapping] == ["phone", "name", "custom:phone_model"]
    assert Member.objects.get().custom == {"phone_model": "Nokia 3310"}
