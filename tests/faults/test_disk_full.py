"""A disk without room, for uploads and for the database (T48): said in a sentence, nothing half written, gone on by itself."""

from __future__ import annotations

import datetime as dt
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from loyalty_site.ground.errors import DiskFull
from loyalty_site.ground.models import Job, JobState, Role
from loyalty_site.ground.policy import system
from loyalty_site.ground.queries.verify import all_checks, run_checks
from loyalty_site.ground.services import claim_due_jobs, claim_job, run_claimed_job
from members.models import Identifier, Member
from programs.models import ImportBatch, ImportState
from programs.services.importing import UploadOrder, confirm_import, read_again, start_check, upload_file
from programs.services.importing.files import copy_of
from tests.factories.configuration import UserFactory
from tests.programs.shop import NOW, open_shop

pytestmark = pytest.mark.django_db(transaction=True)
ACTOR = system("tests")
SAYS = "There is no room left"
PEOPLE = 5500
FILE = "phone,name,points\n" + "".join(f"+1212{5_550_000 + n},Анна {n},1\n" for n in range(PEOPLE))


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes: what a quota does to it."""
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    open_shop()
    return tmp_path


def order(content: bytes) -> UploadOrder:
    return UploadOrder(file_name="x.csv", blocks=[content[:50_000], content[50_000:]], default_region="US")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def books() -> list[str]:
    return [finding.check.what for finding in run_checks(all_checks()) if finding.violations]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251"])
def test_an_upload_that_does_not_fit_is_not_there(encoding: str, folder: Path, note_trials: Callable[[str, int], None]):
    """The file itself, or only its copy in UTF-8, which is longer."""
    content = FILE.encode(encoding)
    room = len(content) // 2 if encoding == "utf-8" else len(content) + 1000
    with room_for(room), pytest.raises(DiskFull, match=SAYS):
        upload_file(order(content), actor=ACTOR, now=NOW)
    assert (files(folder), ImportBatch.objects.count()) == ([], 0)
    assert upload_file(order(content), actor=ACTOR, now=NOW).state == ImportState.UPLOADED
    note_trials("T48", 1)


@pytest.mark.parametrize("room", [1_000_000, 4_000_000])
def test_the_wizard_says_so(room: int, folder: Path, note_trials: Callable[[str, int], None]):
    """While the browser still sends (Django's own temporary file), and after that (ours)."""
    client = Client()
    client.force_login(UserFactory(role=Role.ADMINISTRATOR))
    line = FILE.split("\n", 1)[1].encode("cp1251")
    content = b"phone,name,points\n" + line * (3_900_000 // len(line))
    address = reverse("admin:programs_importbatch_add")
    with room_for(room):
        page = client.post(address, {"file": SimpleUploadedFile("base.csv", content), "region": "us"})
    assert page.status_code == 200
    assert SAYS in page.content.decode()
    assert (files(folder), ImportBatch.objects.count()) == ([], 0)
    small = SimpleUploadedFile("base.csv", FILE.encode())
    assert client.post(address, {"file": small, "region": "us"}).status_code == 302
    note_trials("T48", 1)


def test_reading_anew_without_room_leaves_what_was_read(folder: Path):
    batch = upload_file(order(FILE.encode()), actor=ACTOR, now=NOW)
    before = copy_of(batch.stored_name).read_bytes()
    with room_for(len(before) // 2), pytest.raises(DiskFull):
        read_again(batch.pk, encoding="cp1251", now=NOW)
    batch.refresh_from_db()
    assert (batch.encoding, copy_of(batch.stored_name).read_bytes()) == ("utf-8", before)
    assert len(files(folder)) == 2


def work(now: dt.datetime) -> None:
    """As the tick and a worker do."""
    for job_id in claim_due_jobs(now=now):
        token = claim_job(job_id, now=now)
        assert token is not None
        run_claimed_job(job_id, token, clock=lambda: now, seconds=600)


# In the third chunk of the check, and again in the second of applying: new people go in five thousand at a time.
_NO_ROOM = """
    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.line > 5200 THEN
            RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON programs_importrow FOR EACH ROW EXECUTE FUNCTION no_room();
"""


@contextmanager
def no_room_for_rows() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(_NO_ROOM)
        try:
            yield
        finally:
            cursor.execute("DROP TRIGGER no_room ON programs_importrow; DROP FUNCTION no_room()")


def test_a_database_without_room_is_waited_for(folder: Path, note_trials: Callable[[str, int], None]):
    client = Client()
    client.force_login(UserFactory(role=Role.ADMINISTRATOR))
    batch = upload_file(order(FILE.encode()), actor=ACTOR, now=NOW)
    now = NOW
    for start, done, chunk in ((start_check, ImportState.CHECKED, 3999), (confirm_import, ImportState.DONE, 5000)):
        start(batch.pk, now=now, **({"actor": ACTOR} if start is confirm_import else {}))
        with no_room_for_rows():
            work(now)
        job = Job.objects.latest("pk")
        assert (job.state, job.attempts, job.last_error) == (JobState.WAITING, 1, "DiskFull")
        told = client.get(reverse("admin:programs_importbatch_progress", args=[batch.pk])).json()
        assert SAYS in told["trouble"]
        rows = batch.rows.all() if done == ImportState.CHECKED else batch.rows.filter(applied_at__isnull=False)
        assert rows.count() == chunk
        assert Member.objects.count() == Identifier.objects.count() == (0 if done == ImportState.CHECKED else chunk)
        now += dt.timedelta(minutes=1)
        work(now)
        batch.refresh_from_db()
        assert batch.state == done
    assert Member.objects.count() == batch.totals["created"] == PEOPLE
    assert books() == []
    note_trials("T48", 2)


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A disk of its own in memory, for whoever may mount one."""
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0777", "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_real_disks_of_a_few_megabytes(
    settings: Any, tmp_path: Path, trials: Callable[[int, int], int], note_trials: Callable[..., None]
):
    """`make faults` as root: uploads and the staging table each on a disk that is full, then has room again."""
    for _ in range(trials(0, 1) if os.geteuid() == 0 and shutil.which("mount") else 0):
        open_shop()
        with small_disk(tmp_path / "uploads", "300k") as disk:
            settings.MEDIA_ROOT = disk
            content = (FILE * 3).encode()
            with pytest.raises(DiskFull):
                upload_file(order(content), actor=ACTOR, now=NOW)
            assert (files(disk), ImportBatch.objects.count()) == ([], 0)
            subprocess.run(["mount", "-o", "remount,size=8m", str(disk)], check=True)
            batch = upload_file(order(FILE.encode()), actor=ACTOR, now=NOW)
            import_on_a_full_disk(batch, Path(f"/var/tmp/regulars-{os.getpid()}"))
        note_trials("T48", 2, "uploads and staging on tmpfs; half rows 0, manual steps 0")


def import_on_a_full_disk(batch: ImportBatch, place: Path) -> None:
    with small_disk(place, "400k") as disk, connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        owner = os.stat(cursor.fetchone()[0])
        (disk / "space").mkdir()
        os.chown(disk / "space", owner.st_uid, owner.st_gid)
        cursor.execute(f"CREATE TABLESPACE small LOCATION '{disk}/space'")
        cursor.execute("ALTER TABLE programs_importrow SET TABLESPACE small")
        try:
            start_check(batch.pk, now=NOW)
            work(NOW)
            job = Job.objects.latest("pk")
            assert (job.state, job.last_error) == (JobState.WAITING, "DiskFull")
            assert batch.rows.count() % 2000 == 0
            subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
            work(NOW + dt.timedelta(minutes=1))
            confirm_import(batch.pk, actor=ACTOR, now=NOW)
            work(NOW + dt.timedelta(minutes=2))
            batch.refresh_from_db()
            assert (batch.state, batch.totals["created"], Member.objects.count()) == (ImportState.DONE, PEOPLE, PEOPLE)
            assert books() == []
        finally:
            cursor.execute("ALTER TABLE programs_importrow SET TABLESPACE pg_default")
            cursor.execute("DROP TABLESPACE small")
