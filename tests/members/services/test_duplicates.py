"""The search for duplicates: in chunks, of what has changed, with decisions that stay."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from benchmarks import duplicates as measure
from loyalty_site.ground.models import Audit, Job
from loyalty_site.ground.policy import system
from members.errors import PairDecided, PairNotFound
from members.models import DuplicateKey, DuplicatePair, DuplicateScan, Identifier, Member, MemberStatus, PairState
from members.queries import duplicates as queries
from members.rules.duplicates import Reason
from members.services import duplicates, enrol_member, forget_person

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=1)
BOSS = system("tests")


def person(name: str, email: str, *, birthday: tuple[int, int, int] | None = (1980, 5, 12), now=NOW) -> Member:
    member = enrol_member(name=name, identifiers=[("email", email)], region="US", actor=BOSS, now=now)
    if birthday:
        year, month, day = birthday
        Member.objects.filter(pk=member.pk).update(birth_year=year, birth_month=month, birth_day=day, updated_at=now)
    return member


def search(now=NOW, *, everybody: bool = False) -> list[DuplicatePair]:
    scan = duplicates.request_scan(now=now, everybody=everybody)
    while not duplicates.scan_chunk(scan=scan.pk, now=now).is_finished:
        pass
    return list(DuplicatePair.objects.filter(state=PairState.PROPOSED))


def test_a_pair_is_proposed_with_its_reasons_and_nothing_is_merged():
    one, other = person("Пётр Иванов", "a@example.com"), person("Petr Ivanov", "b@example.com")
    person("Olga Sidorova", "c@example.com")
    [pair] = search()
    assert (pair.first_id, pair.second_id) == (one.pk, other.pk)
    assert set(pair.reasons) == {Reason.SAME_NAME, Reason.SAME_BIRTHDAY}
    assert not Member.objects.filter(status=MemberStatus.MERGED).exists()


def test_an_ended_phone_still_tells():
    one, other = person("Anna", "a@example.com", birthday=None), person("Anna Petrova", "b@example.com", birthday=None)
    Identifier.objects.create(member=one, kind="phone", value="+12125550199", created_at=NOW, ended_at=NOW)
    Identifier.objects.create(member=other, kind="phone", value="+12125550199", created_at=NOW)
    [pair] = search()
    assert Reason.SAME_KEY in pair.reasons


def test_chunks_find_what_one_pass_finds(monkeypatch: pytest.MonkeyPatch):
    for number in range(7):
        person("Anna Petrova", f"{number}@example.com")
    whole = {(pair.first_id, pair.second_id) for pair in search()}
    assert len(whole) == 21
    DuplicatePair.objects.all().delete()
    DuplicateKey.objects.all().delete()
    monkeypatch.setattr(duplicates, "CHUNK", 2)
    assert {(pair.first_id, pair.second_id) for pair in search(LATER, everybody=True)} == whole


def test_only_those_who_changed_are_looked_at_against_all(monkeypatch: pytest.MonkeyPatch):
    old = person("Anna Petrova", "a@example.com")
    assert search(NOW + dt.timedelta(hours=2)) == []
    new = person("Anna Petrova", "b@example.com", now=LATER)
    seen = []
    real = duplicates.people_to_compare

    def noting(ids):
        seen.append(set(ids))
        return real(ids)

    monkeypatch.setattr(duplicates, "people_to_compare", noting)
    [pair] = search(LATER)
    assert (pair.first_id, pair.second_id) == (old.pk, new.pk)
    assert seen == [{new.pk}, {old.pk}]  # the changed one, and whom it was compared with


def test_a_pair_that_no_longer_speaks_for_one_person_is_withdrawn():
    person("Anna Petrova", "a@example.com")
    other = person("Anna Petrova", "b@example.com")
    assert len(search()) == 1
    Member.objects.filter(pk=other.pk).update(name="Sergei Kim", search_name="sergei kim", updated_at=LATER)
    Member.objects.filter(pk=other.pk).update(birth_year=1950, birth_month=1, birth_day=1)
    assert search(LATER) == []


def test_kept_apart_is_remembered():
    person("Anna Petrova", "a@example.com")
    person("Anna Petrova", "b@example.com")
    [pair] = search()
    duplicates.keep_apart(pair_id=pair.pk, actor=BOSS, now=NOW)
    assert search(LATER, everybody=True) == []
    assert DuplicatePair.objects.get().state == PairState.APART
    assert Audit.objects.filter(action="keep_apart", object_id=str(pair.pk)).exists()
    with pytest.raises(PairDecided):
        duplicates.keep_apart(pair_id=pair.pk, actor=BOSS, now=NOW)
    with pytest.raises(PairNotFound):
        duplicates.keep_apart(pair_id=0, actor=BOSS, now=NOW)


def test_the_erased_leave_no_key_behind():
    person("Anna Petrova", "a@example.com")
    gone = person("Anna Petrova", "b@example.com")
    search()
    Member.objects.filter(pk=gone.pk).update(status=MemberStatus.ERASED, updated_at=LATER)
    assert search(LATER) == []
    assert not DuplicateKey.objects.filter(member=gone).exists()


def test_the_words_of_names_go_with_the_search(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(duplicates, "shares_of_words", lambda: {"petrova": 0.5})
    monkeypatch.setattr(duplicates, "CHUNK", 1)
    anna = person("Anna Petrova", "a@example.com")
    scan = duplicates.request_scan(now=NOW)
    assert not duplicates.scan_chunk(scan=scan.pk, now=NOW).is_finished
    assert DuplicateScan.objects.get().shares  # as long as the next chunk needs them
    assert duplicates.scan_chunk(scan=scan.pk, now=NOW).is_finished
    assert DuplicateScan.objects.get().shares == {}
    # A search of an earlier version kept them.
    DuplicateScan.objects.update(shares={"petrova": 0.5})
    forget_person(anna.pk, actor=BOSS, now=LATER)
    assert DuplicateScan.objects.get().shares == {}


def test_a_second_request_joins_the_first():
    first = duplicates.request_scan(now=NOW)
    assert duplicates.request_scan(now=NOW).pk == first.pk
    assert Job.objects.filter(kind="members.find_duplicates").count() == 1
    assert duplicates.scan_chunk(scan=first.pk, now=NOW).is_finished
    assert duplicates.scan_chunk(scan=first.pk, now=NOW).is_finished  # repeating is harmless


def test_a_key_that_very_many_share_is_passed_over(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queries, "BLOCK_MAX", 3)
    members = [person(f"Anna Petrova {n}", f"{n}@example.com") for n in range(5)]
    for member in members:
        DuplicateKey.objects.create(member=member, key=7)
    for member in members[:2]:
        DuplicateKey.objects.create(member=member, key=8)
    assert queries.members_by_key([7, 8, 9]) == {8: [members[0].pk, members[1].pk]}


def test_the_shipped_threshold_on_febrl(capsys: pytest.CaptureFixture[str]):
    people, links = measure.FOLDER / "febrl1.csv.gz", measure.FOLDER / "febrl1_true_links.csv.gz"
    if not Path(people).exists():
        pytest.skip(f"the sets of people are not in {measure.FOLDER}")
    precision, recall = measure.measure(people, links)
    with capsys.disabled():
        print(f" DUPLICATES precision {precision:.3f} recall {recall:.3f} ", end="")
    assert precision >= measure.GOALS["precision"]
    assert recall >= measure.GOALS["recall"]
