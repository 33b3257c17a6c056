"""Lists as files: the rows of the page, for whom they are meant, with a reason, noted, and deleted after days."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from loyalty_site.ground import policy
from loyalty_site.ground.admin import exporting
from loyalty_site.ground.models import Audit, Company, ExportFile, User
from loyalty_site.ground.policy import system
from loyalty_site.ground.services.exports import KEPT, append_rows, forget_old_exports, path_of_export
from members.services import PersonLoad, clean_name, load_people, one_line, record_consent
from programs.services.importing import UploadOrder, check, start_check, upload_file
from tests.ground.rules.test_tables import PAYLOADS
from tests.programs.shop import NOW, Shop
from tests.world import build_world

pytestmark = pytest.mark.django_db
LIST = "admin:members_member_export"


@pytest.fixture
def staff(client: Client, settings: Any, tmp_path: Path) -> Callable[[str], Client]:
    settings.MEDIA_ROOT = tmp_path

    def sign_in(role: str) -> Client:
        user, _ = User.objects.get_or_create(username=role, defaults={"role": role, "is_staff": True})
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def people(shop: Shop) -> None:
    loads = [
        PersonLoad(None, {"name": name, "city": "Rome", "note": "-5"}, [("phone", f"+1212555010{n}", "")])
        for n, name in enumerate(["=1+1", "Bob", "Анна"])
    ]
    load_people(people=loads, source="tests", now=NOW)
    shop.sell({"A": "12.50"}, shop.member())


def make(client: Client, name: str = LIST, query: str = "", format: str = "csv") -> ExportFile:
    page = client.post(f"{reverse(name)}{query}", {"format": format, "reason": "for the printer"})
    assert page.status_code == 302
    return ExportFile.objects.latest("pk")


def write(export: ExportFile) -> ExportFile:
    while not exporting.write_chunk(export_id=export.pk, now=timezone.now()).is_finished:
        pass
    export.refresh_from_db()
    return export


def download(client: Client, export: ExportFile) -> bytes:
    answer = client.get(reverse("admin:ground_exportfile_download", args=[export.pk]))
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)
    assert "no-store" in answer["Cache-Control"]
    return content


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_people_as_csv(staff: Callable[[str], Client], people: None):
    client = staff("administrator")
    listed = client.get(reverse("admin:members_member_changelist")).content.decode()
    assert reverse(LIST) in listed
    assert "<title>Members |" in " ".join(listed.split()).replace("<title> ", "<title>")
    assert "4 rows" in client.get(reverse(LIST)).content.decode()
    export = make(client)
    assert "being written" in client.get(reverse("admin:ground_exportfile_change", args=[export.pk])).content.decode()
    write(export)
    assert client.get(reverse("admin:ground_exportfile_progress", args=[export.pk])).json()["is_over"] is True
    assert (
        "4 rows are ready" in client.get(reverse("admin:ground_exportfile_change", args=[export.pk])).content.decode()
    )
    rows = rows_of(download(client, export))
    assert rows[0][:4] == ["Regulars: export", "number", "name", "phone"]
    name, phone, note = (rows[0].index(heading) for heading in ("name", "phone", "note"))
    assert [(row[name], row[phone], row[note]) for row in rows[1:4]] == [
        ("'=1+1", "'+12125550100", "'-5"),
        ("Bob", "'+12125550101", "'-5"),
        ("Анна", "'+12125550102", "'-5"),
    ]
    acts = Audit.objects.filter(action__in=["export", "download_export"]).order_by("id")
    assert [(act.action, act.reason, act.details["rows"]) for act in acts] == [
        ("export", "for the printer", 4),
        ("download_export", "for the printer", 4),
    ]


def test_a_workbook_opens_as_one(staff: Callable[[str], Client], people: None):
    client = staff("administrator")
    book = zipfile.ZipFile(io.BytesIO(download(client, write(make(client, format="xlsx")))))
    assert book.testzip() is None
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row>") == 5
    assert "'=1+1" in sheet
    assert 'rightToLeft="0"' in sheet
    assert "<f>" not in sheet


def test_a_workbook_in_hebrew_begins_at_the_right(staff: Callable[[str], Client], people: None):
    client = staff("administrator")
    User.objects.update(language="he")
    book = zipfile.ZipFile(io.BytesIO(download(client, write(make(client, format="xlsx")))))
    assert 'rightToLeft="1"' in book.read("xl/worksheets/sheet1.xml").decode()


def test_filters_and_the_search_of_the_list_are_kept(staff: Callable[[str], Client], people: None):
    client = staff("administrator")
    export = write(make(client, query="?q=Bob"))
    assert [row[2] for row in rows_of(download(client, export))[1:]] == ["Bob"]
    assert client.get(f"{reverse(LIST)}?nonsense=1").status_code == 302


def test_receipts_and_consents(staff: Callable[[str], Client], people: None, shop: Shop):
    member = shop.member("+12125550188", "Eve")
    record_consent(
        member=member, purpose="marketing", channel="email", action="granted", method="page", proof="box ticked",
        actor=system("tests"), now=NOW,
    )  # fmt: skip
    client = staff("administrator")
    receipts = rows_of(download(client, write(make(client, "admin:programs_purchase_export"))))
    assert receipts[1][receipts[0].index("total")] == "12.50"
    # On the wall of the company, which is where its spreadsheet is read.
    zone = ZoneInfo(Company.objects.get().time_zone)
    times = rows_of(download(client, write(make(client, "admin:members_consent_export"))))
    assert times[1][1] == NOW.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    consents = rows_of(download(client, write(make(client, "admin:members_consent_export"))))
    assert consents[1][consents[0].index("proof")] == "box ticked"
    assert consents[1][consents[0].index("how")] == "on their own page"


def test_columns_that_somebody_may_not_see_are_not_in_the_file(staff: Callable[[str], Client], people: None):
    client = staff("accountant")
    rows = rows_of(download(client, write(make(client, "admin:programs_purchase_export"))))
    assert "member" not in rows[0]
    assert "number of the member" in rows[0]


@pytest.mark.parametrize("role", ["marketing", "support", "shop_manager"])
def test_without_the_right_there_is_no_file(role: str, staff: Callable[[str], Client], people: None):
    export = write(make(staff("administrator")))
    client = staff(role)
    assert client.get(reverse(LIST)).status_code == 403
    assert client.post(reverse(LIST), {"format": "csv", "reason": "for the printer"}).status_code == 403
    # Marketing takes out lists of things, and sees none of anybody else's files.
    hidden = 404 if role == "marketing" else 403
    assert client.get(reverse("admin:ground_exportfile_download", args=[export.pk])).status_code == hidden


def test_each_sees_the_own_files(staff: Callable[[str], Client], people: None):
    export = write(make(staff("administrator")))
    client = staff("accountant")
    assert client.get(reverse("admin:ground_exportfile_download", args=[export.pk])).status_code == 404
    assert "for the printer" not in client.get(reverse("admin:ground_exportfile_changelist")).content.decode()


def test_whoever_lost_the_right_meanwhile_gets_nothing(staff: Callable[[str], Client], people: None):
    export = make(staff("administrator"))
    User.objects.filter(username="administrator").update(role="support")
    assert write(export).state == "refused"
    assert not path_of_export(export).exists()


def test_a_reason_is_asked(staff: Callable[[str], Client], people: None):
    page = staff("administrator").post(reverse(LIST), {"format": "csv", "reason": ""})
    assert page.status_code == 200
    assert not ExportFile.objects.exists()


def test_files_are_for_their_owner_only_and_go_after_days(staff: Callable[[str], Client], people: None):
    client = staff("administrator")
    export = write(make(client))
    file = path_of_export(export)
    assert file.stat().st_mode & 0o777 == 0o600
    assert export.expires_at is not None
    assert export.expires_at - KEPT == export.ready_at
    assert forget_old_exports(now=export.expires_at - dt.timedelta(seconds=1)) == 0
    assert forget_old_exports(now=export.expires_at) == 1
    assert not file.exists()
    page = client.get(reverse("admin:ground_exportfile_download", args=[export.pk]), follow=True)
    assert "not there any more" in page.content.decode()
    assert "was deleted" in page.content.decode()


@transaction.atomic
def die_in_a_chunk(export: ExportFile) -> None:
    append_rows(export, ["x"], [(10**9, ["written by nobody"])])
    raise RuntimeError


def test_a_worker_that_died_in_a_chunk_leaves_nothing_doubled(
    staff: Callable[[str], Client], people: None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(exporting, "CHUNK_ROWS", 2)
    client = staff("administrator")
    export = make(client)
    exporting.write_chunk(export_id=export.pk, now=timezone.now())
    before = ExportFile.objects.get(pk=export.pk)
    with pytest.raises(RuntimeError):
        die_in_a_chunk(ExportFile.objects.get(pk=export.pk))
    assert os.path.getsize(path_of_export(export).with_suffix(".part")) > before.byte_count
    rows = rows_of(download(client, write(export)))
    assert len(rows) == 5
    assert len({row[1] for row in rows}) == 5


def test_what_we_gave_out_comes_back_as_it_was(
    staff: Callable[[str], Client], shop: Shop, note_trials: Callable[..., None]
):
    """Names, notes and towns that look like formulas, through a file and our own import: nobody is changed."""
    texts = [text for text in PAYLOADS if clean_name(text) == text and one_line(text) == text]
    assert len(texts) > 15
    loads = [
        PersonLoad(None, {"name": text, "city": text, "note": text}, [("phone", f"+121255501{n:02}", "")])
        for n, text in enumerate(texts)
    ]
    load_people(people=loads, source="tests", now=NOW)
    client = staff("administrator")
    for format in ("csv", "xlsx"):
        content = download(client, write(make(client, format=format)))
        order = UploadOrder(file_name=f"x.{format}", blocks=[content], default_region="US", program=shop.program)
        batch = upload_file(order, actor=system("tests"), now=NOW)
        assert batch.file_error == ""
        start_check(batch.pk, now=NOW, in_background=False)
        while not check.run_chunk(batch_id=batch.pk, now=NOW).is_finished:
            pass
        batch.refresh_from_db()
        changed = [(row.raw, row.values.get("changed"), row.reason) for row in batch.rows.exclude(outcome="unchanged")]
        assert [one for one in changed if one[1] or one[2]] == []
        assert batch.totals["data_rows"] == len(texts)
        note_trials("T52", len(texts), "names, towns and notes out as CSV and XLSX and in again; changed values 0")


LISTS = sorted(
    resource
    for resource, grants in policy.RESOURCES.items()
    if grants[policy.Action.EXPORT] and resource != "ground.today"
)


def test_every_list_that_may_be_taken_out_is_written_for_each_who_may(
    staff: Callable[[str], Client], db: None, note_trials: Callable[..., None]
):
    """With a row of every table: what the page shows is in the file, as words and numbers, without its markup."""
    build_world()
    written = 0
    for role in sorted(policy.ALL_ROLES):
        mine = [one for one in LISTS if role in policy.RESOURCES[one][policy.Action.EXPORT]]
        client = staff(role) if mine else None
        for resource in mine:
            assert client is not None
            export = write(make(client, f"admin:{resource.replace('.', '_')}_export"))
            content = download(client, export)
            rows = rows_of(content)
            assert export.state == "ready", resource
            assert len(rows) == export.row_count + 1 > 1, resource
            assert len(rows[0]) > 2, resource
            assert not re.search(r"<(bdi|a|span)|&(amp|#)", content.decode()), resource
            assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row), resource
            written += 1
    assert written >= len(LISTS)
    note_trials("T52", written)


def test_marketing_takes_out_products_and_no_people(staff: Callable[[str], Client], people: None):
    client = staff("marketing")
    rows = rows_of(download(client, write(make(client, "admin:programs_product_export", format="csv"))))
    assert {"A", "B", "C"} <= {cell for row in rows[1:] for cell in row}
    assert client.get(reverse("admin:members_message_export")).status_code == 403


def test_points_of_accounts_are_numbers(staff: Callable[[str], Client], people: None):
    client = staff("accountant")
    rows = rows_of(download(client, write(make(client, "admin:programs_account_export"))))
    assert Decimal(rows[1][rows[0].index("spendable")]) > 0
    # An accountant opens no page of people, so a file says whose it is by number only.
    assert "member" not in rows[0]
    assert "number of the member" in rows[0]
