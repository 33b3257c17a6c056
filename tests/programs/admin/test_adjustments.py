"""The pages on which people change points: each says what it does before it does it."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from loyalty_site.ground.models import Role
from members.models import Member
from programs.models import Account, Adjustment, AdjustmentBatch, BatchState, Lot
from programs.queries.verify import verify
from programs.services.adjusting.work import apply_chunk, reverse_chunk
from programs.services.ledger import lock_account, roll_forward
from tests.factories.configuration import UserFactory
from tests.programs.shop import Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    made = open_shop()
    made.now = timezone.now()
    return made


@pytest.fixture
def anna(shop: Shop) -> Member:
    """With 100 points."""
    member = shop.member()
    shop.sell({"C": "100.00"}, member)
    return member


def browser(role: str) -> Client:
    client = Client()
    client.force_login(UserFactory(username=role, role=role))
    return client


@pytest.fixture
def sue(shop: Shop) -> Client:
    return browser(Role.SUPPORT)


@pytest.fixture
def carl(shop: Shop) -> Client:
    return browser(Role.ACCOUNTANT)


@pytest.fixture
def boss(shop: Shop) -> Client:
    return browser(Role.ADMINISTRATOR)


def url(name: str, *args: object) -> str:
    return reverse(f"admin:{name}", args=args)


def words(response) -> str:
    assert response.status_code == 200
    body = response.content.decode().partition("<body")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def follow(client: Client, address: str, data: dict[str, object] | None = None) -> str:
    return words(client.post(address, data or {}, follow=True))


def key_on(client: Client, address: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', client.get(address).content.decode())
    assert found
    return found[1]


def available(member: Member) -> int:
    return Account.objects.get(owner=member).available


def assert_sound() -> None:
    assert [(finding.check.what, finding.examples) for finding in verify() if finding.violations] == []


class TestOneMember:
    def form(self, client: Client, member: Member, points: str) -> dict[str, object]:
        key = key_on(client, url("members_member_adjust", member.pk))
        return {"points": points, "reason": "goodwill", "note": "queue", "burns_on": "", "key": key}

    def test_says_before_and_after_then_moves(self, sue: Client, anna: Member):
        address, form = url("members_member_adjust", anna.pk), self.form(sue, anna, "-30")
        page = words(sue.post(address, form))
        assert "Points to spend 100 70 −30" in page
        assert "Take the points" in page
        assert available(anna) == 100
        page = follow(sue, address, {**form, "sure": "1"})
        assert available(anna) == 70
        assert "Goodwill after a complaint" in page
        assert "taken" in page
        assert_sound()

    def test_the_same_form_twice_moves_once(self, sue: Client, anna: Member):
        address, form = url("members_member_adjust", anna.pk), {**self.form(sue, anna, "50"), "sure": "1"}
        for _ in range(2):
            sue.post(address, form)
        assert (available(anna), Adjustment.objects.count()) == (150, 1)

    def test_a_refusal_stands_at_the_field(self, sue: Client, anna: Member):
        page = words(sue.post(url("members_member_adjust", anna.pk), self.form(sue, anna, "-101")))
        assert "Only 100 points can be taken" in page

    def test_above_the_limit_a_second_person_decides(self, sue: Client, carl: Client, anna: Member):
        address, form = url("members_member_adjust", anna.pk), self.form(sue, anna, "2000")
        assert "a second person has approved it" in words(sue.post(address, form))
        assert "nothing has moved yet" in follow(sue, address, {**form, "sure": "1"})
        waiting = Adjustment.objects.get()
        detail = url("programs_adjustment_change", waiting.pk)
        assert "You asked for this yourself" in words(sue.get(detail))
        assert sue.post(url("programs_adjustment_approve", waiting.pk)).status_code == 403
        page = words(carl.get(detail))
        assert "100 2,100" in page
        assert "Anna Petrova" not in page  # the accountant's room is not the members'
        assert "Approved: the points have moved" in follow(carl, url("programs_adjustment_approve", waiting.pk))
        assert available(anna) == 2100
        assert "waits no longer" in follow(carl, url("programs_adjustment_refuse", waiting.pk))

    def test_whoever_asked_takes_it_back(self, sue: Client, carl: Client, boss: Client, anna: Member):
        follow(sue, url("members_member_adjust", anna.pk), {**self.form(sue, anna, "2000"), "sure": "1"})
        waiting = Adjustment.objects.get()
        detail, withdraw = (
            url("programs_adjustment_change", waiting.pk),
            url("programs_adjustment_withdraw", waiting.pk),
        )
        # Whoever asked takes it back; who may decide says no: one way on each page, and the record says which it was.
        refuse = url("programs_adjustment_refuse", waiting.pk)
        pages = [one.get(detail).content.decode() for one in (sue, boss, carl)]
        assert [(withdraw in page, refuse in page) for page in pages] == [(True, False), (False, True), (False, True)]
        assert carl.post(withdraw).status_code == 403
        assert "Cancelled" in follow(sue, withdraw)
        assert "waits no longer" in follow(boss, withdraw)
        assert available(anna) == 100
        assert "cancelled" in words(sue.get(url("programs_adjustment_changelist")))

    def test_an_administrator_cannot_approve_their_own(self, boss: Client, anna: Member):
        follow(boss, url("members_member_adjust", anna.pk), {**self.form(boss, anna, "2000"), "sure": "1"})
        page = follow(boss, url("programs_adjustment_approve", Adjustment.objects.get().pk))
        assert "You asked for this yourself" in page
        assert available(anna) == 100

    def test_today_says_what_waits_for_others(self, sue: Client, carl: Client, anna: Member):
        follow(sue, url("members_member_adjust", anna.pk), {**self.form(sue, anna, "2000"), "sure": "1"})
        assert "1 adjustment waits for your decision" in words(carl.get(url("index")))
        assert "waits for your decision" not in words(sue.get(url("index")))

    def test_found_by_any_key_from_the_list(self, sue: Client, anna: Member):
        answer = sue.post(url("programs_adjustment_add"), {"member": "(212) 555-0123"})
        assert answer["Location"] == url("members_member_adjust", anna.pk)
        assert "Nobody has this" in words(sue.post(url("programs_adjustment_add"), {"member": "212 555 9999"}))

    def test_burnt_points_are_given_back_from_the_member_page(self, shop: Shop, sue: Client):
        member, shop.now = shop.member(), shop.now - dt.timedelta(days=500)
        shop.sell({"C": "40.00"}, member)
        roll_forward(lock_account(shop.account(member).pk), now=timezone.now())
        lot = Lot.objects.get()
        page = sue.get(url("members_member_change", member.pk))
        address = f"{url('members_member_reinstate', member.pk)}?lot={lot.pk}"
        assert address in page.content.decode()
        form = {"points": "41", "reason": "goodwill", "note": "", "burns_on": "", "key": key_on(sue, address)}
        assert "only 40 have burnt" in words(sue.post(address, form))
        assert "Points to spend 0 40 +40" in words(sue.post(address, {**form, "points": "40"}))
        page_text = follow(sue, address, {**form, "points": "40", "sure": "1"})
        assert "burnt points given back" in page_text
        assert available(member) == 40
        assert address not in sue.get(url("members_member_change", member.pk)).content.decode()
        assert_sound()


class TestLists:
    def draft(self, client: Client, shop: Shop, text: str) -> AdjustmentBatch:
        data = {"name": "July", "program": shop.program.pk, "text": text, "reason": "goodwill", "note": ""}
        answer = client.post(url("programs_adjustmentbatch_add"), {**data, "burns_on": ""})
        assert answer.status_code == 302, words(answer)
        return AdjustmentBatch.objects.latest("id")

    def change(self, batch: AdjustmentBatch) -> str:
        return url("programs_adjustmentbatch_change", batch.pk)

    def test_from_preview_to_taken_back(self, shop: Shop, anna: Member, boss: Client):
        batch = self.draft(boss, shop, "2125550123;50\nnobody@example.com;9\n2125550123;1")
        page = words(boss.get(self.change(batch)))
        for said in (
            "People found 1 Points given 50 worth 0.50 USD",
            "Change the points of 1 person",
            "nobody has this phone, card, code or e-mail",
            "the same person, or the same account, as in line 1",
        ):
            assert said in page
        page = follow(boss, url("programs_adjustmentbatch_ask", batch.pk))
        assert "The list is being applied" in page
        progress = boss.get(url("programs_adjustmentbatch_progress", batch.pk)).json()
        assert (progress["done"], progress["total"], progress["is_over"]) == (0, 1, False)
        assert "Go on" in follow(boss, url("programs_adjustmentbatch_pause", batch.pk))
        follow(boss, url("programs_adjustmentbatch_pause", batch.pk))
        apply_chunk(batch_id=batch.pk, now=timezone.now())
        assert available(anna) == 150
        assert "1 person: 50 points were given" in words(boss.get(url("programs_adjustmentbatch_reverse", batch.pk)))
        assert "being taken back" in follow(boss, url("programs_adjustmentbatch_reverse", batch.pk))
        reverse_chunk(batch_id=batch.pk, now=timezone.now(), actor_id=batch.requested_by_id)
        assert available(anna) == 100
        assert "Taken back 50" in words(boss.get(self.change(batch)))
        page = words(boss.get(url("members_member_change", anna.pk)))
        assert "List July" in page
        assert_sound()

    def test_a_file_with_an_amount_in_commas(self, shop: Shop, anna: Member, boss: Client):
        data = {"name": "File", "program": shop.program.pk, "text": "", "reason": "gift", "note": "", "burns_on": ""}
        file = SimpleUploadedFile("x.csv", b"phone;points\n2125550123;1 000\n")
        boss.post(url("programs_adjustmentbatch_add"), {**data, "file": file})
        assert AdjustmentBatch.objects.get().rows.get().points == 1000

    def test_nothing_given_is_said_at_the_form(self, shop: Shop, boss: Client):
        data = {"name": "", "program": shop.program.pk, "text": " ", "reason": "gift"}
        assert "Upload a file or paste the lines" in words(boss.post(url("programs_adjustmentbatch_add"), data))
        page = words(
            boss.post(url("programs_adjustmentbatch_add"), {**data, "name": "x", "text": "nobody@example.com;5"})
        )
        assert "Nobody on this list was found" in page

    def test_a_large_one_waits_for_somebody_else(self, shop: Shop, anna: Member, boss: Client, carl: Client):
        batch = self.draft(boss, shop, "2125550123;5000\nunknown-canary;5")
        assert "Ask for approval" in words(boss.get(self.change(batch)))
        page = follow(boss, url("programs_adjustmentbatch_ask", batch.pk))
        assert "waits for a second person now" in page
        assert "You asked for this yourself" in page
        assert "You asked for this yourself" in follow(boss, url("programs_adjustmentbatch_approve", batch.pk))
        page = words(carl.get(self.change(batch)))
        assert "Approve: change the points of 1 person" in page
        assert "unknown-canary" not in page  # keys are not the accountant's to see
        assert "1 list of adjustments waits" in words(carl.get(url("index")))
        follow(carl, url("programs_adjustmentbatch_approve", batch.pk))
        batch.refresh_from_db()
        assert batch.state == BatchState.APPLYING

    def test_refused_or_thrown_away(self, shop: Shop, anna: Member, boss: Client, carl: Client):
        batch = self.draft(boss, shop, "2125550123;5000")
        follow(boss, url("programs_adjustmentbatch_ask", batch.pk))
        assert "nothing has moved" in follow(carl, url("programs_adjustmentbatch_refuse", batch.pk))
        other = self.draft(boss, shop, "2125550123;5")
        assert "was thrown away" in follow(boss, url("programs_adjustmentbatch_discard", other.pk))
        assert available(anna) == 100


class TestHousehold:
    @pytest.fixture
    def boris(self, shop: Shop) -> Member:
        return shop.member("+12125550124", "Boris Petrov")

    def do(self, client: Client, member: Member, /, **data: object) -> str:
        return follow(client, url("members_member_household", member.pk), data)

    def test_added_shared_ended_moved_and_taken_out(self, shop: Shop, sue: Client, anna: Member, boris: Member):
        page = self.do(sue, anna, deed="add", who="212-555-0124")
        assert "belongs to the household now" in page
        assert "Boris Petrov" in page
        assert "uses this account" in self.do(sue, anna, deed="share", member=boris.pk, may_spend="1")
        assert "an account of their own" in self.do(sue, anna, deed="end", member=boris.pk)
        page = self.do(sue, anna, deed="transfer", member=boris.pk, points="30", seen="100")
        assert "The points have moved to" in page
        assert "moved away" in page
        assert "from" in words(sue.get(url("members_member_change", boris.pk)))
        assert (available(anna), available(boris)) == (70, 30)
        assert "belongs to the household no longer" in self.do(sue, anna, deed="remove", member=boris.pk)
        assert_sound()

    def test_the_same_form_twice_moves_once(self, sue: Client, anna: Member, boris: Member):
        self.do(sue, anna, deed="add", who="212-555-0124")
        self.do(sue, anna, deed="transfer", member=boris.pk, points="30", seen="100")
        assert "Look again and repeat" in self.do(sue, anna, deed="transfer", member=boris.pk, points="30", seen="100")
        assert available(boris) == 30

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            ({"deed": "add", "who": "nobody@example.com"}, "No member was found"),
            ({"deed": "add", "who": "2125550123"}, "two different people"),
            ({"deed": "remove", "member": "1"}, "in no household"),
            ({"deed": "transfer", "member": "x", "points": "5"}, "in no household"),
            ({"deed": "dance"}, "Household"),
        ],
    )
    def test_refusals_are_said_on_the_page(self, sue: Client, anna: Member, data: dict[str, object], said: str):
        assert said in self.do(sue, anna, **data)

    def test_marketing_sees_neither_household_nor_the_form(self, anna: Member, shop: Shop):
        client = browser(Role.MARKETING)
        page = client.get(url("members_member_change", anna.pk)).content.decode()
        assert "activeTab='household'" not in page
        assert url("members_member_adjust", anna.pk) not in page
        assert client.post(url("members_member_household", anna.pk), {"deed": "add"}).status_code == 403
