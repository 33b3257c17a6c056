"""The wizard, step by step, as the people who may and may not use it see it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from loyalty_site.ground.models import Audit, User
from members.models import CurrentConsent, Member
from members.services.profile import change_profile
from programs.models import ImportBatch, ImportState, Program
from programs.queries.importing import count_outcomes
from programs.services.importing import apply, check, files, reading, undoing
from tests.factories.configuration import CompanyFactory
from tests.programs.services.importing.books import book, sheet

pytestmark = pytest.mark.django_db
FILE = "Телефон;Имя;Баллы\n89001234501;Анна;5\n89001234502;Боб;7\n12;=1+1;1\n".encode("cp1251")


@pytest.fixture
def staff(client, settings, tmp_path):
    """staff(role) -> a client signed in as such a person."""
    settings.MEDIA_ROOT = tmp_path

    def sign_in(role):
        user, _ = User.objects.get_or_create(username=role, defaults={"role": role, "is_staff": True})
        client.force_login(user)
        return client

    return sign_in


def url(name, batch):
    return reverse(f"admin:programs_importbatch_{name}", args=[batch.pk])


def upload(client, content=FILE, region="ru"):
    answer = client.post(
        reverse("admin:programs_importbatch_add"), {"file": SimpleUploadedFile("base.csv", content), "region": region}
    )
    assert answer.status_code == 302
    return ImportBatch.objects.latest("pk")


MEANING = {"encoding": "cp1251", "region": "RU", "points_mode": "", "column_0": "phone", "column_1": "name"}


def test_five_steps(staff, now):
    client = staff("marketing")
    batch = upload(client)
    page = client.get(url("change", batch), follow=True)
    assert page.redirect_chain[-1][0] == url("meaning", batch)
    assert "Анна" in page.content.decode()
    client.post(url("meaning", batch), {**MEANING, "column_2": "points", "separator_2": ""})
    assert client.get(url("progress", batch)).json()["state"] == "waiting"
    assert "import-progress" in client.get(url("check", batch)).content.decode()
    check.run_chunk(batch_id=batch.pk, now=now)
    page = client.get(url("check", batch)).content.decode()
    assert "Apply: 2 new people" in page
    assert "the phone cannot be a real number" in page
    assert not Member.objects.exists()
    for which in ("create", "changed", "known", "reject", "warnings", "skip", "nonsense"):
        assert client.get(url("check", batch), {"show": which, "after": "1"}).status_code == 200
    client.post(url("apply", batch))
    assert client.get(url("progress", batch)).json()["is_over"] is False
    client.post(url("pause", batch))
    assert client.get(url("progress", batch)).json()["is_stopped"] is True
    paused = client.get(url("apply", batch)).content.decode()
    assert "Go on" in paused
    assert "You may leave this page" not in paused
    assert "paused" in client.get(reverse("admin:programs_importbatch_changelist")).content.decode()
    client.post(url("pause", batch))
    apply.run_chunk(batch_id=batch.pk, now=now)
    assert client.get(url("progress", batch)).json()["is_over"] is True
    page = client.get(url("change", batch), follow=True).content.decode()
    assert "2 new people" in page
    assert Member.objects.count() == 2
    assert "base.csv" in client.get(reverse("admin:programs_importbatch_changelist")).content.decode()


def test_rejected_rows_come_back_defused_and_noted(staff, now):
    client = staff("marketing")
    batch = upload(client)
    client.post(url("meaning", batch), {**MEANING, "column_2": ""})
    check.run_chunk(batch_id=batch.pk, now=now)
    answer = client.get(url("rejected", batch))
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "Regulars: line;Regulars: why;Телефон;Имя;Баллы"
    assert lines[1].startswith("4;")
    assert lines[1].endswith(";12;'=1+1;1")
    assert Audit.objects.filter(action="export_rejected_rows").count() == 1


def test_the_mended_file_of_rejected_rows_is_read_as_the_first_one_was(staff, now):
    client = staff("marketing")
    batch = upload(client)
    client.post(url("meaning", batch), {**MEANING, "column_1": "note", "column_2": ""})
    check.run_chunk(batch_id=batch.pk, now=now)
    given = b"".join(client.get(url("rejected", batch)).streaming_content).decode("utf-8-sig")
    again = upload(client, given.replace(";12;", ";'+79001234503;").encode("utf-8-sig"))
    assert [meaning for _, meaning in again.mapping] == ["", "", "phone", "note", ""]
    client.post(
        url("meaning", again), {"encoding": "utf-8-sig", "region": "RU", "column_2": "phone", "column_3": "note"}
    )
    check.run_chunk(batch_id=again.pk, now=now)
    row = again.rows.get()
    assert (row.outcome, row.values["given"]) == ("create", {"phone": "+79001234503", "note": "=1+1"})


def test_the_meaning_of_the_same_headings_is_proposed_again(staff, now):
    client = staff("marketing")
    batch = upload(client)
    client.post(url("meaning", batch), {**MEANING, "column_1": "note", "column_2": ""})
    check.run_chunk(batch_id=batch.pk, now=now)
    assert [meaning for _, meaning in upload(client).mapping] == ["phone", "note", ""]


def test_a_refused_file_says_why_and_can_be_thrown_away(staff, tmp_path, django_capture_on_commit_callbacks):
    client = staff("administrator")
    batch = upload(client, b"\x89PNG\r\n")
    assert batch.state == ImportState.REFUSED
    assert "another kind of file" in client.get(url("change", batch)).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("discard", batch))
    assert not ImportBatch.objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"column_0": ""}, "Say which column holds phones"),
        ({"column_1": "phone"}, "Two columns cannot both be"),
        ({"region": "XX"}, "There is no such country"),
    ],
)
def test_a_meaning_that_cannot_be_is_refused_with_words(changes, complaint, staff):
    client = staff("marketing")
    batch = upload(client)
    page = client.post(url("meaning", batch), {**MEANING, "column_2": "", **changes})
    assert complaint in page.content.decode()
    batch.refresh_from_db()
    assert batch.state == ImportState.UPLOADED


def test_another_encoding_reads_the_file_again(staff):
    client = staff("marketing")
    batch = upload(client)
    client.post(url("meaning", batch), {**MEANING, "column_2": "", "encoding": "cp866"})
    batch.refresh_from_db()
    assert batch.encoding == "cp866"


def test_a_workbook_says_its_sheet_and_another_can_be_chosen(staff):
    client = staff("marketing")
    batch = upload(client, book({"Now": sheet(["Phone"], ["+79001234501"]), "Old": sheet(["Code"], ["A17"])}))
    page = client.get(url("meaning", batch)).content.decode()
    assert "sheet <bdi>Now</bdi>" in page
    client.post(url("meaning", batch), {"region": "RU", "sheet": "Old", "column_0": "phone"})
    batch.refresh_from_db()
    assert (batch.encoding, batch.mapping) == ("xlsx", [["Code", "code"]])


def test_every_page_answers_in_every_state(staff, now):
    client = staff("administrator")
    batch = upload(client)
    for state in ImportState:
        ImportBatch.objects.filter(pk=batch.pk).update(state=state, totals=count_outcomes(batch.pk))
        for name in ("change", "meaning", "check", "apply", "done", "progress"):
            assert client.get(url(name, batch)).status_code in {200, 302}, (state, name)


@pytest.mark.parametrize("role", ["support", "accountant", "shop_manager"])
def test_others_see_nothing_of_it(role, staff):
    batch = upload(staff("marketing"))
    client = staff(role)
    for name in ("change", "meaning", "check", "apply", "done", "progress", "rejected"):
        assert client.get(url(name, batch)).status_code == 403, name
    for name in ("apply", "pause", "discard"):
        assert client.post(url(name, batch)).status_code == 403, name
    assert client.get(reverse("admin:programs_importbatch_add")).status_code == 403
    assert client.get(reverse("admin:programs_importbatch_changelist")).status_code == 403


def test_an_import_is_undone_with_its_consequences_said_first(staff, now):
    client = staff("marketing")
    batch = upload(client)
    client.post(url("meaning", batch), {**MEANING, "column_2": "points", "separator_2": ""})
    check.run_chunk(batch_id=batch.pk, now=now)
    client.post(url("apply", batch))
    apply.run_chunk(batch_id=batch.pk, now=now)
    assert "Undo this import" in client.get(url("done", batch)).content.decode()
    assert "Undo this import: 2 people, 12 points" in client.get(url("undo", batch)).content.decode()
    bob = Member.objects.get(name="Боб")
    bob.note = "likes blue"
    change_profile(member=bob, now=now + dt.timedelta(hours=1))
    # Every row that was done leads to whom it is about.
    anna = Member.objects.get(name="Анна")
    leads = f'<a href="{reverse("admin:members_member_change", args=[anna.pk])}"><bdi>Анна</bdi></a>'
    assert leads in client.get(url("check", batch)).content.decode()
    client.post(url("undo", batch))
    assert "The import is being undone" in client.get(url("done", batch)).content.decode()
    assert client.get(url("progress", batch)).json()["is_over"] is False
    undoing.run_chunk(batch_id=batch.pk, now=now + dt.timedelta(hours=2))
    page = client.get(url("done", batch)).content.decode()
    assert "1 new person was removed" in page
    assert "5 points were taken back" in page
    assert "people are as before the import" not in page  # nobody was known before
    assert leads not in client.get(url("check", batch)).content.decode()
    assert "Боб" in page
    assert "somebody changed this person since" in page
    lines = b"".join(client.get(url("kept", batch)).streaming_content).decode("utf-8-sig").splitlines()
    assert lines[1] == "3,Боб,somebody changed this person since,89001234502,Боб,7"
    assert Audit.objects.filter(action="export_kept_rows").count() == 1
    assert "Анна" not in client.get(reverse("admin:members_member_changelist")).content.decode()


def test_a_file_without_a_column_of_keys_asks_which_it_is(staff, now):
    client = staff("marketing")
    rows = "".join(f"Person {n},8900123450{n},{n}\n" for n in range(1, 3)) + "Person 3,ask him,3\n" * 3
    batch = upload(client, f"Who,Reach at,Size\n{rows}".encode())
    assert (batch.state, batch.file_error, batch.header_line) == (ImportState.UPLOADED, "no_key_column", 1)
    page = client.get(url("change", batch), follow=True).content.decode()
    assert "No heading says by what people are told apart" in page
    assert "<b><bdi>Reach at</bdi></b>: phone, such as" in page
    answer = {"encoding": batch.encoding, "region": "RU", "points_mode": "", "column_0": "name", "column_2": ""}
    assert "Say which column holds phones" in client.post(url("meaning", batch), answer).content.decode()
    client.post(url("meaning", batch), {**answer, "column_1": "phone"})
    check.run_chunk(batch_id=batch.pk, now=now)
    assert count_outcomes(batch.pk)["created"] == 2
    # The next file with these headings is known.
    again = upload(client, f"Who,Reach at,Size\n{rows}\n".encode())
    assert again.file_error == ""
    assert [meaning for _, meaning in again.mapping] == ["name", "phone", ""]


def test_what_a_person_said_of_days_and_decimals_is_remembered(staff, now):
    client = staff("marketing")
    content = b"phone,birth date,points\n89001234501,03.04.1990,1\n89001234502,03-04-1990,2\n"
    batch = upload(client, content.replace(b".", b"-"))
    assert batch.reading["plan"]["orders"] == {"1": ""}
    answer = {"encoding": batch.encoding, "region": "RU", "points_mode": "", "column_0": "phone"}
    answer |= {"column_1": "birth_date", "order_1": "mdy", "column_2": "points", "separator_2": ","}
    client.post(url("meaning", batch), answer)
    check.run_chunk(batch_id=batch.pk, now=now)
    again = upload(client, b"phone,birth date,points\n89001234503,05-06-1991,3\n")
    assert again.reading["plan"]["orders"] == {"1": "mdy"}
    assert again.reading["plan"]["separators"] == {"2": ","}
    # What the file itself shows goes before.
    other = upload(client, b"phone,birth date,points\n89001234503,25-06-1991,3.5\n")
    assert other.reading["plan"]["orders"] == {"1": "dmy"}
    assert other.reading["plan"]["separators"] == {"2": "."}


def test_finer_points_are_rejected_or_rounded_down(staff, now, shop):
    client = staff("marketing")
    Program.objects.update(point_decimals=0)
    batch = upload(client, "Телефон;Имя;Баллы\n89001234501;Анна;5,70\n89001234502;Боб;7\n".encode("cp1251"))
    answer = {**MEANING, "column_2": "points", "separator_2": ","}
    client.post(url("meaning", batch), answer)
    check.run_chunk(batch_id=batch.pk, now=now)
    page = client.get(url("check", batch)).content.decode()
    assert "Choose how points are read, or have them rounded down" in page
    client.post(url("meaning", batch), {**answer, "is_rounding": "on"})
    check.run_chunk(batch_id=batch.pk, now=now)
    totals = count_outcomes(batch.pk)
    assert (totals["created"], totals["rejected"], totals["points_added"]) == (2, 0, "12")
    assert "rounded down to what the programme counts" in client.get(url("check", batch)).content.decode()


def test_the_file_itself_answers_what_it_can(staff, now, shop):
    """A file from abroad with finer points than the programme counts: both are filled in, and the sentences say why."""
    client = staff("marketing")
    CompanyFactory()
    Program.objects.update(point_decimals=0)
    rows = [f"{phone};{number},70" for number, phone in enumerate(("89001234501", "8 (900) 123-45-02", "9001234503"))]
    content = "Телефон;Баллы\n" + "\n".join([*rows, "+79001234504;7"])
    batch = upload(client, content.encode("cp1251"), region="US")

    def meaning():
        form = client.get(url("meaning", batch)).context_data["form"]
        return form["region"].initial, form["is_rounding"].initial, form.fields["region"].note

    sentence = "With RU, 4 of the first 4 phones can be real numbers; with US only 1."
    assert meaning() == ("RU", True, sentence)
    page = client.get(url("meaning", batch)).content.decode()
    assert sentence in page
    assert "such as 0,70. Unless they are rounded, their rows are rejected." in page
    # Whoever decides otherwise is not overruled, but still told.
    answer = {"encoding": "cp1251", "region": "US", "points_mode": "", "column_0": "phone"}
    client.post(url("meaning", batch), {**answer, "column_1": "points", "separator_1": ","})
    check.run_chunk(batch_id=batch.pk, now=now)
    page = client.get(url("check", batch)).content.decode()
    assert "<strong>3 rows</strong>: the p" in page
    assert meaning() == ("US", False, sentence)


def test_a_large_workbook_is_read_by_the_worker(staff, now, monkeypatch):
    monkeypatch.setattr(files, "BOOK_BYTES_AT_ONCE", 100)
    client = staff("marketing")
    batch = upload(client, book({"A": sheet(["Phone", "Name"], ["89001234501", "Anna"])}))
    assert batch.state == ImportState.READING
    assert "The file is being read" in client.get(url("change", batch)).content.decode()
    for page in ("meaning", "check", "apply", "done"):
        assert client.get(url(page, batch)).status_code == 302
    progress = client.get(url("progress", batch)).json()
    assert (progress["state"], progress["is_over"]) == ("waiting", False)
    client.post(url("meaning", batch), {**MEANING, "column_2": ""})
    assert reading.read_uploaded(batch_id=batch.pk, now=now).is_finished
    batch.refresh_from_db()
    assert (batch.state, batch.encoding) == (ImportState.UPLOADED, "xlsx")
    assert client.get(url("progress", batch)).json()["is_over"] is True
    assert "What do the columns mean?" in client.get(url("change", batch), follow=True).content.decode()
    assert reading.read_uploaded(batch_id=batch.pk, now=now).is_finished  # again, after a kill: nothing more
    assert not list(files.path_of(batch.stored_name).parent.glob("*.part"))


def test_what_was_thrown_away_meanwhile_is_not_read(staff, now, monkeypatch):
    monkeypatch.setattr(files, "BOOK_BYTES_AT_ONCE", 100)
    client = staff("marketing")
    batch = upload(client, book({"A": sheet(["Phone", "Name"], ["89001234501", "Anna"])}))
    client.post(url("discard", batch))
    assert reading.read_uploaded(batch_id=batch.pk, now=now).is_finished
    assert not ImportBatch.objects.exists()


def test_consents_ask_where_they_come_from(staff, now):
    client = staff("marketing")
    content = b"phone,email,sms consent,consent date,consent source\n89001234501,a@b.ru,yes,2024-05-31,form\n"
    batch = upload(client, content)
    page = client.get(url("meaning", batch)).content.decode()
    assert "Where do the consents come from?" in page
    fields = ["phone", "email", "consent", "consent_date", "consent_source"]
    answer = {"encoding": batch.encoding, "region": "RU", "points_mode": ""}
    answer |= {f"column_{number}": name for number, name in enumerate(fields)} | {"order_3": ""}
    client.post(url("meaning", batch), answer)
    check.run_chunk(batch_id=batch.pk, now=now)
    page = client.get(url("check", batch)).content.decode()
    assert "nobody said where these consents were collected" in page
    assert "Say where they come from" in page
    answer |= {"consent_place": "Form at the till", "consent_by": "We", "consent_channels": ["sms"]}
    client.post(url("meaning", batch), answer)
    check.run_chunk(batch_id=batch.pk, now=now)
    assert "<strong>1</strong> consent taken in" in client.get(url("check", batch)).content.decode()
    client.post(url("apply", batch))
    apply.run_chunk(batch_id=batch.pk, now=now)
    assert CurrentConsent.objects.filter(channel="sms", is_granted=True).count() == 1
    assert (
        "Form at the till; We"
        in client.get(reverse("admin:members_member_change", args=[Member.objects.get().pk])).content.decode()
    )
