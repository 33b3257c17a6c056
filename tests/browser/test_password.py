"""The password again, in a real browser: asked in the middle of an erasure, which then goes on."""

from __future__ import annotations

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from loyalty_site.ground.models import Role
from loyalty_site.ground.sessions import GIVEN_AT
from members.models import Member, MemberStatus
from tests.browser.conftest import PASSWORD, Visitor
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def _leave_the_screen_open() -> None:
    for row in Session.objects.all():
        session = SessionStore(row.session_key)
        session[GIVEN_AT] = session.get(GIVEN_AT, 0) - 3600
        session.save()


def test_an_erasure_waits_for_the_password_and_goes_on(visitor: Visitor, world: World):
    visitor.log_in(world.person(Role.ADMINISTRATOR).username)
    page = visitor.page
    page.set_viewport_size({"width": 1600, "height": 900})  # narrower, the sidebar is behind its button
    page.fill("#find-anybody", "anna")
    page.press("#find-anybody", "Enter")
    page.wait_for_url("**/admin/members/member/?q=anna")
    member = Member.objects.filter(status=MemberStatus.ENROLLED).first()
    assert member is not None
    _leave_the_screen_open()
    visitor.go(f"/admin/members/member/{member.pk}/erase/")
    page.fill("#id_typed", str(member.pk))
    page.click("text=Erase this person")
    page.wait_for_selector("#id_confirm_password")
    assert visitor.overflow() == 0
    page.fill("#id_confirm_password", "not my password")
    page.click("text=Go on")
    page.wait_for_selector("text=This is not your password")
    page.fill("#id_confirm_password", PASSWORD)
    page.click("text=Go on")
    page.wait_for_selector("text=figures without a name")
    member.refresh_from_db()
    assert member.status == MemberStatus.ERASED
    assert visitor.complaints == []
