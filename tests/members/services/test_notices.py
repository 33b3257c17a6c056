"""What the till should say: who may still say it, and what becomes of it when people are made one or forgotten."""

from __future__ import annotations

import datetime as dt

import pytest

from loyalty_site.ground.models import Audit
from loyalty_site.services import erase_member, member_data
from loyalty_site.services.merging import undo_merge
from members.errors import MemberNotFound, NoticeDayPast, NoticeNotFound, NoticeStays, NoticeText
from members.models import Member, Notice
from members.queries.notices import notices_of
from members.services import finish_notice, withdraw_notice, write_notice
from tests.loyalty_site.services.merging import BOSS, merge
from tests.programs.shop import NOW, Shop, open_shop

pytestmark = pytest.mark.django_db
TODAY, TOMORROW = NOW.date(), NOW.date() + dt.timedelta(days=1)
LATER = NOW + dt.timedelta(hours=1)


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def anna(shop: Shop) -> Member:
    return shop.member()


def write(member: Member, text: str = "Ask how the cake was", **more: object) -> Notice:
    return write_notice(member_id=member.pk, text=text, actor=BOSS, today=TODAY, now=NOW, **more)  # type: ignore[arg-type]


def texts(member: Member, today: dt.date = TODAY) -> tuple[list[str], list[str]]:
    live, over = notices_of(member.pk, today=today)
    return [one.text for one in live], [one.text for one in over]


def test_a_notice_is_shown_until_its_day_or_until_somebody_has_said_it(anna: Member):
    write(anna, "  Stays \n here ")
    write(anna, "Until tonight", show_until=TODAY)
    once = write(anna, "Once", is_once=True)
    assert (once.source, Audit.objects.filter(action="write_notice", object_id=str(anna.pk)).count()) == ("tests", 3)
    assert texts(anna) == (["Once", "Until tonight", "Stays here"], [])
    assert texts(anna, TOMORROW) == (["Once", "Stays here"], ["Until tonight"])
    finish_notice(notice_id=once.pk, member_ids=[anna.pk], by="S1/1, cashier 7", now=NOW)
    # A second till that says it as well changes nothing.
    said = finish_notice(notice_id=once.pk, member_ids=[anna.pk], by="S1/2", now=LATER)
    assert (said.done_at, said.done_by) == (NOW, "S1/1, cashier 7")
    assert texts(anna)[0] == ["Until tonight", "Stays here"]


def test_what_cannot_be_written_or_said_is_refused(shop: Shop, anna: Member):
    for text in ("", " \n ", "\u202e", "x" * 201):
        with pytest.raises(NoticeText):
            write(anna, text)
    with pytest.raises(NoticeDayPast):
        write(anna, show_until=TODAY - dt.timedelta(days=1))
    ben = shop.member("+12125550124", "Ben")
    stays, hers = write(anna, "x" * 200), write(anna, is_once=True)
    with pytest.raises(NoticeStays):
        finish_notice(notice_id=stays.pk, member_ids=[anna.pk], by="S1/1", now=NOW)
    with pytest.raises(NoticeNotFound):
        finish_notice(notice_id=hers.pk, member_ids=[ben.pk], by="S1/1", now=NOW)
    with pytest.raises(NoticeNotFound):
        withdraw_notice(notice_id=hers.pk, member_id=ben.pk, actor=BOSS, now=NOW)
    withdraw_notice(notice_id=stays.pk, member_id=anna.pk, actor=BOSS, now=NOW)
    assert texts(anna) == ([hers.text], [stays.text])
    assert Audit.objects.filter(action="withdraw_notice").get().details == {"notice": stays.pk}
    erase_member(ben.pk, reason="in_person", actor=BOSS, now=NOW)
    with pytest.raises(MemberNotFound):
        write(ben)


def test_notices_go_to_the_survivor_and_back(shop: Shop, anna: Member):
    ben = shop.member("+12125550124", "Ben")
    write(anna, "Hers")
    his = write(ben, "His", is_once=True)
    made = merge(anna, ben)
    write(anna, "About the one")
    assert texts(anna)[0] == ["About the one", "His", "Hers"]
    finish_notice(notice_id=his.pk, member_ids=[anna.pk], by="S1/1", now=NOW)
    undo_merge(made.pk, actor=BOSS, now=LATER)
    assert (texts(anna), texts(ben)) == ((["About the one", "Hers"], []), ([], ["His"]))


def test_a_person_reads_what_is_said_to_them_and_it_is_forgotten_with_them(anna: Member):
    write(anna, "Ask for the dog", show_until=TOMORROW)
    assert member_data(anna.pk)["about_you"]["what_our_till_says_to_you"] == [
        {
            "text": "Ask for the dog",
            "since": NOW.isoformat(),
            "until": TOMORROW.isoformat(),
            "said_or_withdrawn": None,
        }
    ]
    erase_member(anna.pk, reason="in_person", actor=BOSS, now=NOW)
    assert not Notice.objects.exists()
