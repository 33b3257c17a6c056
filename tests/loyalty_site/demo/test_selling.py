"""The demonstration books through the services, and booking again books nothing twice."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from loyalty_site.demo import company, programme
from loyalty_site.demo import receipts as shipped
from loyalty_site.demo.people import people
from loyalty_site.demo.selling import Seller, booked
from loyalty_site.ground.models import Company, User
from loyalty_site.ground.policy import system
from members.services import enrol_member
from programs.models import Account, Program, ProgramState, Purchase, PurchaseKind, ReplayRun, Store, Terminal
from programs.queries.verify import verify
from tests.programs.past import run_jobs

pytestmark = pytest.mark.django_db
WEEKS = 400


@pytest.fixture
def some(now):
    """A few receipts of one household, among them one that is returned."""
    everything = shipped.read_receipts(weeks=WEEKS)
    house = next(r.household for r in everything if r.returned_position and r.has_card)
    return [receipt for receipt in everything if receipt.household == house]


@pytest.fixture
def shop(some, now):
    company.make_company(WEEKS)
    company.make_stores(some, now=now)
    company.make_programme(some[0].at, now=now)
    person = next(person for person in people(shipped.households()) if person.household == some[0].household)
    enrol_member(
        name=person.name,
        identifiers=[("phone", person.phone_value), ("card", person.card)],
        region="US",
        actor=system("tests"),
        now=now,
    )
    return Seller(people(shipped.households()), now=now)


def test_sales_and_returns_are_booked_once_and_the_books_agree(shop, some):
    all_of_them = shipped.events(some, until=dt.datetime.max.replace(tzinfo=dt.UTC))

    half = list(shop.book_missing(all_of_them[: len(all_of_them) // 2]))
    rest = list(shop.book_missing(all_of_them))  # as after a kill -9
    again = list(shop.book_missing(all_of_them))

    assert (len(half) + len(rest), again) == (len(all_of_them), [])
    assert booked() == {event.key for event in all_of_them}
    assert Purchase.objects.filter(kind=PurchaseKind.RETURN).exists()
    assert Purchase.objects.filter(member__isnull=False).count() > 0
    assert Account.objects.get().available > 0
    assert not [finding for finding in verify() if finding.violations]


def test_the_programme_is_renewed_once_and_its_draft_played_over_every_sale(shop, some, now):
    list(shop.book_missing(shipped.events(some, until=dt.datetime.max.replace(tzinfo=dt.UTC))))

    def the_worker() -> None:
        run_jobs(ReplayRun.objects.get(), timezone.now())

    assert [programme.renew(now=now), programme.renew(now=now)] == [True, False]
    assert not programme.has_tried()
    said = [programme.try_draft(lambda *_: None, the_worker) for _ in range(2)]

    sales = Purchase.objects.filter(kind=PurchaseKind.SALE, member__isnull=False)
    totals, given = programme.totals_of(ReplayRun.objects.get())
    assert (totals.receipts, programme.has_tried()) == (sales.count(), True)
    assert given.money == sum(sales.values_list("total_minor", flat=True))
    assert (
        said
        == [
            f"{totals.receipts:,} receipts played, {given.points:,} points and {given.discount / 100:,.2f} USD off under the draft"
        ]
        * 2
    )
    assert Program.objects.get().versions.count() == 2


def test_configuring_twice_changes_nothing(shop, some, now):
    before = (Store.objects.count(), Terminal.objects.count(), Program.objects.get().versions.count())

    company.make_company(WEEKS)
    company.make_stores(some, now=now)
    company.make_programme(some[0].at, now=now)

    assert before == (Store.objects.count(), Terminal.objects.count(), Program.objects.get().versions.count())
    assert Program.objects.get().state == ProgramState.ACTIVE


def test_the_company_says_that_it_is_a_demonstration_and_by_how_much_it_moved(shop):
    assert "generated" in Company.objects.get().note
    assert company.weeks_in_use() == WEEKS


def test_somebodys_real_company_is_left_alone():
    Company.objects.create(id=1, name="Real Shop Ltd")

    with pytest.raises(company.NotTheDemonstration, match="Real Shop Ltd"):
        company.weeks_in_use()


def test_logins_are_the_same_on_the_second_run(shop, some, tmp_path):
    file = tmp_path / "demo-logins"

    first = company.make_staff(file, some)
    second = company.make_staff(file, some)

    assert first == second
    assert file.stat().st_mode & 0o777 == 0o600
    for username, password in first.items():
        user = User.objects.get(username=username)
        assert user.check_password(password)
        assert user.role == company.LOGINS[username]


def test_a_lost_file_of_logins_makes_new_passwords(shop, some, tmp_path):
    file = tmp_path / "demo-logins"
    company.make_staff(file, some)
    file.unlink()

    logins = company.make_staff(file, some)

    assert User.objects.get(username="admin").check_password(logins["admin"])
