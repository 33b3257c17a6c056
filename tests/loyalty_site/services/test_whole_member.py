"""Erasing one person: what goes, what stays, and that no file brings them back. The whole search is in tests/races."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from loyalty_site.ground.models import Audit
from loyalty_site.ground.policy import system
from loyalty_site.services import erase_member, member_data
from loyalty_site.services.merging import merge_members, undo_merge
from members.errors import MemberNotFound, MergeGone
from members.models import CurrentConsent, Identifier, Member, MemberStatus, Merge, Suppression
from members.services import enrol_member, record_consent, set_channel_consent, suppress
from members.services.households import add_to_household
from members.services.suppressions import suppressed_among
from programs.models import Account, ImportBatch, ImportRow, Posting
from programs.queries.shoppers import MemberKey, find_shopper
from programs.queries.verify import verify
from programs.services.households import share_account
from programs.services.importing import UploadOrder, apply, check, confirm_import, start_check, upload_file
from tests.canaries import in_tables
from tests.programs.shop import Shop, open_shop

pytestmark = pytest.mark.django_db
ACTOR = system("tests")
PHONE = "+12125550123"


@pytest.fixture
def shop() -> Shop:
    return open_shop(redeem_max_percent=100)


def erase(member: Member) -> dict[str, int]:
    return erase_member(member.pk, reason="in_writing", actor=ACTOR, now=timezone.now())


def load(content: bytes, shop: Shop) -> ImportBatch:
    order = UploadOrder(file_name="x.csv", blocks=[content], default_region="US", program=shop.program)
    batch = upload_file(order, actor=ACTOR, now=shop.now)
    start_check(batch.pk, now=shop.now, in_background=False)
    check.run_chunk(batch_id=batch.pk, now=shop.now)
    confirm_import(batch.pk, actor=ACTOR, now=shop.now, in_background=False)
    assert apply.run_chunk(batch_id=batch.pk, now=shop.now).is_finished
    batch.refresh_from_db()
    return batch


def test_what_is_left_burns_and_the_books_stay_whole(shop: Shop):
    member = shop.member()
    shop.sell({"C": "40.00"}, member)
    counts = erase(member)
    assert counts["points"] == 4000 // 100
    account = Account.objects.get(owner=member)
    assert (account.available, account.pending, account.held) == (0, 0, 0)
    assert Posting.objects.filter(account=account, to_bucket="burnt").exists()
    assert [finding for finding in verify() if finding.violations] == []
    act = Audit.objects.get(action="erase")
    assert (act.object_id, act.reason) == (str(member.pk), "in_writing")
    assert act.details["identifiers"] == 1


def test_nobody_is_erased_twice_nor_found_again(shop: Shop):
    member = shop.member()
    erase(member)
    with pytest.raises(MemberNotFound):
        erase(member)
    with pytest.raises(MemberNotFound):
        shop.sell({"C": "40.00"}, member)
    assert find_shopper(MemberKey("phone", PHONE), at=shop.now) is None


def test_goods_that_they_bought_still_come_back(shop: Shop):
    member = shop.member()
    sold = shop.sell({"C": "40.00"}, member)
    erase(member)
    assert shop.give_back(sold, {1: "1"}).public_id
    assert [finding for finding in verify() if finding.violations] == []


def test_a_shared_account_keeps_its_points_for_the_others(shop: Shop):
    anna, ben = shop.member(), shop.member(phone="+12125550124", name="Ben")
    shop.sell({"C": "40.00"}, anna)
    add_to_household(member_id=anna.pk, other_id=ben.pk, actor=ACTOR, now=shop.now)
    share_account(Account.objects.get(owner=anna).pk, ben.pk, may_spend=True, actor=ACTOR, now=shop.now)
    assert erase(anna)["points"] == 0
    shop.sell({"C": "10.00"}, ben, redeem="40")
    erase(ben)
    assert [finding for finding in verify() if finding.violations] == []


def test_no_import_brings_them_back(shop: Shop, settings: Any, tmp_path: Any):
    settings.MEDIA_ROOT = tmp_path
    erase(enrol_member(name="A", identifiers=[("phone", PHONE), ("email", "a@example.com"), ("card", "12345678")],
                       region="US", actor=ACTOR, now=shop.now))  # fmt: skip
    batch = load(
        b"name,phone,email,card\nAnna,(212) 555-0123,,\nAnna,,A@example.com,\nAnna,,,12345678\nBob,212 555 0199,,\n",
        shop,
    )
    assert (batch.totals["created"], batch.totals["rejected"]) == (1, 3)
    rows = ImportRow.objects.filter(outcome="reject")
    assert {row.reason for row in rows} == {"erased"}
    assert all(row.raw == [] and not row.values.get("keys") for row in rows)
    assert Member.objects.exclude(status=MemberStatus.ERASED).get().name == "Bob"
    assert suppressed_among(channel="sms", addresses=[PHONE]) == {PHONE}


def test_they_may_come_back_by_themselves_as_somebody_new(shop: Shop, settings: Any, tmp_path: Any):
    settings.MEDIA_ROOT = tmp_path
    old = shop.member()
    record_consent(
        member=old, purpose="marketing", channel="sms", action="granted", method="t", proof="", actor=ACTOR, now=shop.now
    )  # fmt: skip
    erase(old)
    new = shop.member()
    assert new.pk != old.pk
    assert suppressed_among(channel="sms", addresses=[PHONE]) == set()
    assert not new.current_consents.filter(is_granted=True).exists()  # the old one's yes was theirs
    # Known again, so a file may speak of them; what another erased person had stays refused.
    assert load(b"name,phone\nAnna New,212 555 0123\n", shop).totals["updated"] == 1


def test_a_complaint_outlives_the_person_and_their_return(shop: Shop):
    member = enrol_member(name="A", identifiers=[("email", "a@example.com")], region="US", actor=ACTOR, now=shop.now)
    suppress(channel="email", address="a@example.com", reason="complaint", member_id=member.pk, now=shop.now)
    set_channel_consent(member=member, channel="email", granted=False, method="page", proof="", now=shop.now)
    erase(member)
    assert not Suppression.objects.filter(member__isnull=False).exists()
    enrol_member(name="A", identifiers=[("email", "a@example.com")], region="US", actor=ACTOR, now=shop.now)
    assert suppressed_among(channel="email", addresses=["a@example.com"]) == {"a@example.com"}


def test_an_import_at_work_does_not_write_to_somebody_erased_meanwhile(shop: Shop, settings: Any, tmp_path: Any):
    settings.MEDIA_ROOT = tmp_path
    member = shop.member(name="Anna Petrova")
    content = b"name,phone,note\nAnna Petrova,212 555 0123,tea\nBob,212 555 0199,\n"
    order = UploadOrder(file_name="x.csv", blocks=[content], default_region="US", program=shop.program)
    batch = upload_file(order, actor=ACTOR, now=shop.now)
    start_check(batch.pk, now=shop.now, in_background=False)
    check.run_chunk(batch_id=batch.pk, now=shop.now)
    confirm_import(batch.pk, actor=ACTOR, now=shop.now, in_background=False)
    erase(member)
    assert apply.run_chunk(batch_id=batch.pk, now=shop.now).is_finished
    member.refresh_from_db()
    assert (member.name, member.note, member.status) == ("", "", "erased")
    assert Identifier.objects.filter(ended_at__isnull=True).count() == 1
    batch.refresh_from_db()
    assert (batch.totals["created"], batch.totals["rejected"], batch.totals["updated"]) == (1, 1, 0)


def test_records_merged_into_theirs_go_with_them(shop: Shop):
    anna, again = shop.member(), shop.member(phone="+12125550124", name="Ann Petrova")
    shop.sell({"C": "40.00"}, again)
    set_channel_consent(member=again, channel="sms", granted=True, method="page", proof="", now=shop.now)
    merge_members(anna.pk, again.pk, actor=ACTOR, now=shop.now)
    assert member_data(anna.pk)["earlier_records"][0]["about_you"]["name"] == "Ann Petrova"
    with pytest.raises(MemberNotFound):
        erase(again)  # asked for the person they are now
    assert erase(anna)["points"] == 40
    assert set(Member.objects.values_list("status", "name", "survivor")) == {("erased", "", None)}
    assert set(CurrentConsent.objects.values_list("member", "is_granted")) == {(anna.pk, False), (again.pk, False)}
    with pytest.raises(MergeGone):
        undo_merge(Merge.objects.get().pk, actor=ACTOR, now=shop.now)
    assert in_tables("petrova") == {}
    assert [finding for finding in verify() if finding.violations] == []


def test_what_we_know_has_a_part_of_every_app(shop: Shop):
    member = shop.member()
    shop.sell({"C": "40.00"}, member)
    data = member_data(member.pk)
    assert set(data) == {"about_you", "points_and_purchases", "surveys", "mailings"}
    assert data["about_you"]["identifiers"][0]["value"] == PHONE
    assert data["points_and_purchases"]["accounts"][0]["spendable"] == "40"
    assert data["points_and_purchases"]["receipts"][0]["total"] == "40.00"
