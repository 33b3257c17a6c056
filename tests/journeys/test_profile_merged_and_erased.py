"""What people told of themselves, through a merge, its undo, and an erasure."""

from __future__ import annotations

from typing import Any

import pytest

from loyalty_site.ground.policy import system
from loyalty_site.services import erase_member, member_data
from loyalty_site.services.merging import merge_members, undo_merge
from members.models import CustomField, Member
from tests.programs.shop import NOW, open_shop

pytestmark = pytest.mark.django_db
ACTOR = system("tests")
TOLD = {
    "social_status": "student",
    "interests": ["tea"],
    "cares_about": ["eco"],
    "came_by": "friends",
    "wallet_share": "only",
}


def told(member: Member) -> dict[str, Any]:
    member.refresh_from_db()
    return {name: getattr(member, name) for name in (*TOLD, "preferred_channel", "custom")}


def test_the_survivors_words_win_and_gaps_are_filled_until_it_is_undone():
    shop = open_shop()
    CustomField.objects.create(code="size", name="Size", kind="number")
    anna, again = shop.member(), shop.member("+12125550124", "Anna P.")
    Member.objects.filter(pk=anna.pk).update(interests=["chess"], preferred_channel="sms", custom={"size": 42})
    Member.objects.filter(pk=again.pk).update(**TOLD, custom={"size": 38, "pet": "Rex"})
    before = told(anna), told(again)
    merge = merge_members(anna.pk, again.pk, actor=ACTOR, now=NOW)
    assert told(anna) == {
        **TOLD,
        "interests": ["chess"],
        "preferred_channel": "sms",
        "custom": {"size": 42, "pet": "Rex"},
    }
    undo_merge(merge.pk, actor=ACTOR, now=NOW)
    assert (told(anna), told(again)) == before


def test_whoever_is_erased_has_told_nothing():
    shop = open_shop()
    anna = shop.member()
    Member.objects.filter(pk=anna.pk).update(**TOLD, preferred_channel="sms", custom={"pet": "Qzcanary"})
    assert "Qzcanary" in str(member_data(anna.pk))
    erase_member(anna.pk, reason="in_person", actor=ACTOR, now=NOW)
    assert told(anna) == {
        **dict.fromkeys(("social_status", "came_by", "wallet_share", "preferred_channel"), ""),
        "interests": [],
        "cares_about": [],
        "custom": {},
    }
