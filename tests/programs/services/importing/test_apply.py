"""Applying: what happened at a till meanwhile, background jobs, and what may not be done in which state."""

from __future__ import annotations

import pytest

from loyalty_site.ground.models import Audit, Job
from loyalty_site.ground.policy import system
from loyalty_site.ground.services import claim_due_jobs, claim_job, run_claimed_job
from members.models import Identifier, Member
from members.services import enrol_member
from programs.errors import ImportWrongState
from programs.models import Account, ImportKey, ImportState
from programs.services.importing import (
    UploadOrder,
    apply,
    check,
    confirm_import,
    discard_import,
    start_check,
    upload_file,
)

pytestmark = pytest.mark.django_db
ACTOR = system("tests")
FILE = b"phone,name,points\n+79001234501,Anna,5\n+79001234502,Bob,7\n+79001234501,Anna B,9\n"


@pytest.fixture
def uploaded(settings, tmp_path, now):
    settings.MEDIA_ROOT = tmp_path
    return upload_file(UploadOrder(file_name="x.csv", blocks=[FILE], default_region="RU"), actor=ACTOR, now=now)


def check_and_confirm(batch, now):
    start_check(batch.pk, now=now, in_background=False)
    check.run_chunk(batch_id=batch.pk, now=now)
    return confirm_import(batch.pk, actor=ACTOR, now=now, in_background=False)


def test_somebody_enrolled_at_a_till_between_check_and_apply_is_not_doubled(uploaded, now):
    batch = check_and_confirm(uploaded, now)
    member = enrol_member(name="Ann", identifiers=[("phone", "9001234501")], region="RU", actor=ACTOR, now=now)
    assert apply.run_chunk(batch_id=batch.pk, now=now).is_finished
    assert Member.objects.count() == 2
    member.refresh_from_db()
    assert member.name == "Anna B"
    # Known by now, and nobody asked to move known people's balances.
    assert not Account.objects.filter(owner=member, available__gt=0).exists()
    assert Account.objects.get(owner__name="Bob").available == 700
    batch.refresh_from_db()
    assert (batch.totals["created"], batch.totals["updated"]) == (1, 2)


@pytest.mark.parametrize("mode", ["", "add", "set"])
def test_the_same_file_confirmed_in_two_windows_is_applied_once(mode, settings, tmp_path, now):
    settings.MEDIA_ROOT = tmp_path
    order = UploadOrder(file_name="x.csv", blocks=[FILE], default_region="RU", points_mode=mode)
    batches = [upload_file(order, actor=ACTOR, now=now) for _ in range(2)]
    for batch in batches:
        start_check(batch.pk, now=now, in_background=False)
        check.run_chunk(batch_id=batch.pk, now=now)
    for batch in batches:
        confirm_import(batch.pk, actor=ACTOR, now=now, in_background=False)
        apply.run_chunk(batch_id=batch.pk, now=now)
    assert Member.objects.count() == 2
    assert Account.objects.get(owner__name="Anna B").available == {"": 500, "add": 1400, "set": 900}[mode]
    assert Account.objects.get(owner__name="Bob").available == 700


def test_the_worker_checks_and_applies_through_jobs(uploaded, now):
    start_check(uploaded.pk, now=now)
    work(now)
    uploaded.refresh_from_db()
    assert uploaded.state == ImportState.CHECKED
    confirm_import(uploaded.pk, actor=ACTOR, now=now)
    work(now)
    uploaded.refresh_from_db()
    assert (uploaded.state, uploaded.applied_at) == (ImportState.DONE, now)
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}
    assert Identifier.objects.count() == 2
    assert not ImportKey.objects.exists()
    assert list(Audit.objects.filter(object_type="programs.importbatch").values_list("action", flat=True)) == [
        "upload_import",
        "apply_import",
    ]


def work(now):
    for job_id in claim_due_jobs(now=now):
        run_claimed_job(job_id, claim_job(job_id, now=now), clock=lambda: now)


def test_running_a_finished_chunk_again_does_nothing(uploaded, now):
    batch = check_and_confirm(uploaded, now)
    for _ in range(3):
        assert apply.run_chunk(batch_id=batch.pk, now=now).is_finished
    assert Member.objects.count() == 2


def test_only_a_checked_file_is_applied_and_an_applied_one_stays(uploaded, now):
    with pytest.raises(ImportWrongState):
        confirm_import(uploaded.pk, actor=ACTOR, now=now)
    check_and_confirm(uploaded, now)
    for refused in (
        lambda: discard_import(uploaded.pk),
        lambda: start_check(uploaded.pk, now=now),
        lambda: confirm_import(uploaded.pk, actor=ACTOR, now=now),
    ):
        with pytest.raises(ImportWrongState):
            refused()


def test_the_file_is_for_its_owner_only(uploaded, tmp_path):
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert (tmp_path / "imports").stat().st_mode & 0o777 == 0o700
