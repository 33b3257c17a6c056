"""Links to the own page given by hand: they open it until they are taken back, and nobody makes one up or gets one for
a phone number alone."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from loyalty_site.ground.models import Audit, Job, Role
from loyalty_site.ground.policy import system
from loyalty_site.ground.rules.qr import qr_drawing
from loyalty_site.services import ErasureReason, erase_member, member_data
from members.errors import MemberNotFound, PageLinksTooMany, PageLinkUnsendable
from members.models import Consent, Member, Message, PageLink, PageLinkWay
from members.services import (
    add_identifier,
    end_page_links,
    give_page_link,
    lend_card,
    message_token,
    send_page_link,
    sign_number,
)
from members.services.delivery import Claimed
from members.services.page_links import KEY_NAME, SENDS, deliver_page_link, render_page_links
from programs.models import Terminal
from programs.services.pins import set_pin
from tests.factories.configuration import UserFactory
from tests.programs.shop import Shop, open_shop
from tests.programs.till import ApiTill

pytestmark = pytest.mark.django_db
CARD = "900100"
STAFF = system("tests")


@pytest.fixture
def shop() -> Shop:
    made = open_shop()
    made.now = timezone.now()
    return made


@pytest.fixture
def member(shop: Shop) -> Member:
    made = shop.member()
    add_identifier(member_id=made.pk, kind="card", text=CARD, region="US", actor=STAFF, now=shop.now)
    shop.sell({"C": "40.00"}, made)
    return made


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    Terminal.objects.filter(pk=shop.terminal.pk).update(scopes=["lookup", "earn", "enrol", "own_page"])
    return ApiTill(shop.terminal, shop.now)


def path_of(address: str) -> str:
    return address[address.index("/m/") :]


def give(member: Member) -> str:
    return path_of(
        give_page_link(member_id=member.pk, way=PageLinkWay.SHOWN, actor=STAFF, now=timezone.now())
    ).removesuffix("about/")


def client_of(role: str) -> Client:
    client = Client()
    client.force_login(UserFactory(username=f"a {role}", role=role))
    return client


def test_it_opens_the_page_and_what_is_chosen_there_names_the_link_as_its_proof(client: Client, member: Member):
    link = give(member)
    assert "40" in client.get(f"{link}about/").content.decode()
    assert client.get(f"{link}download/").status_code == 200
    client.post(link, {"channel": ["email"], "language": "en"})
    assert Consent.objects.get(member=member, channel="email").proof == f"page link {PageLink.objects.get().pk}"
    # No message came with it whose channel one step could end.
    assert client.post(f"{link}unsubscribe/").status_code == 404
    assert member_data(member.pk)["about_you"]["links_to_this_page"][0]["how"] == "shown"


def test_nobody_makes_one_up(client: Client, member: Member):
    token = give(member).strip("/").removeprefix("m/")
    number = PageLink.objects.get().pk
    forged = [
        message_token(number),  # the number signed for a mail
        sign_number("join", number),  # or for another page
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        sign_number(KEY_NAME, number + 1),  # no such link was given
    ]
    for one in forged:
        assert client.get(f"/m/{one}/about/").status_code == 404, one


def test_what_was_taken_back_opens_nothing_and_links_in_mails_go_on(client: Client, member: Member):
    links = [give(member), give(member)]
    send_mail = Message.objects.create(
        member=member,
        channel="email",
        purpose="marketing",
        source="t",
        source_group=1,
        source_id=1,
        due_at=timezone.now(),
    )
    assert end_page_links(member_id=member.pk, actor=STAFF, now=timezone.now()) == 2
    assert [client.get(f"{link}about/").status_code for link in links] == [404, 404]
    assert client.get(f"/m/{message_token(send_mail.pk)}/about/").status_code == 200
    assert Audit.objects.filter(action="end_page_links", object_id=str(member.pk)).count() == 1


def test_of_somebody_forgotten_it_says_so_and_none_is_given_any_more(client: Client, member: Member):
    link = give(member)
    erase_member(member.pk, reason=ErasureReason.BY_THEMSELVES, actor=STAFF, now=timezone.now())
    assert client.get(f"{link}about/").status_code == 410
    with pytest.raises(MemberNotFound):
        give(member)


def test_it_is_sent_to_the_address_on_file_and_not_again_and_again(member: Member):
    now = timezone.now()
    with pytest.raises(PageLinkUnsendable):
        send_page_link(member_id=member.pk, actor=STAFF, now=now)
    add_identifier(member_id=member.pk, kind="email", text="anna@example.com", region="US", actor=STAFF, now=now)
    for _ in range(SENDS):
        send_page_link(member_id=member.pk, actor=STAFF, now=now)
    with pytest.raises(PageLinksTooMany):
        send_page_link(member_id=member.pk, actor=STAFF, now=now)
    assert Job.objects.filter(kind="members.send_page_link").count() == SENDS
    message = Message.objects.filter(source="page_link").latest("id")
    claimed = Claimed(message.pk, message.source_group, message.source_id, member.pk, "anna@example.com", "Anna", "he")
    mail = render_page_links([claimed], links={}, now=now)[message.pk]
    assert not isinstance(mail, str)
    assert 'dir="rtl"' in mail.html
    assert Client().get(path_of(re.search(r"http\S+", mail.text)[0])).status_code == 200  # type: ignore[index]
    # What was taken back before it went out is not sent.
    end_page_links(member_id=member.pk, actor=STAFF, now=now)
    assert deliver_page_link(link_id=message.source_id, now=now).is_finished
    message.refresh_from_db()
    assert message.state == "cancelled"


def test_the_office_shows_it_by_a_post_that_is_noted(member: Member):
    address = reverse("admin:members_member_own_page", args=[member.pk])
    support = client_of(Role.SUPPORT)
    assert "own-page" in support.get(reverse("admin:members_member_change", args=[member.pk])).content.decode()
    assert "<path" not in support.get(address).content.decode()
    assert not PageLink.objects.exists()
    page = support.post(address, {"show": "1"})
    assert "no-store" in page["Cache-Control"]
    shown = re.search(r"/m/[\w=-]{32}/about/", page.content.decode())
    assert shown is not None
    assert Client().get(shown[0]).status_code == 200
    act = Audit.objects.get(action="give_page_link")
    assert (act.actor_label, act.details["how"]) == ("a support", "shown")
    assert support.post(address, {"send": "1"}).status_code == 200  # says that there is no e-mail
    assert support.post(address, {"end": "1"}).status_code == 302
    assert Client().get(shown[0]).status_code == 404
    marketing = client_of(Role.MARKETING)
    assert marketing.post(address, {"show": "1"}).status_code == 403
    assert "own-page" not in marketing.get(reverse("admin:members_member_change", args=[member.pk])).content.decode()


def drawn(address: str) -> dict[str, Any]:
    size, path = qr_drawing(address)
    return {"size": size, "path": path}


def test_a_till_gives_it_to_who_has_just_joined(till: ApiTill):
    body = {"phone": "(212) 555-0199", "consents": [{"purpose": "processing"}]}
    key = str(uuid.uuid4())
    first = till.post("members", body, key=key)
    assert first.status_code == 201, first.content
    assert Client().get(path_of(first.json()["own_page"])).status_code == 200
    assert first.json()["own_page_qr"] == drawn(first.json()["own_page"])
    assert till.post("members", body, key=key).content == first.content
    assert PageLink.objects.get().way == "till"


def test_a_till_without_the_right_gives_none(shop: Shop, till: ApiTill, member: Member):
    Terminal.objects.filter(pk=shop.terminal.pk).update(scopes=["lookup", "earn", "enrol"])
    body = {"phone": "(212) 555-0199", "consents": [{"purpose": "processing"}]}
    assert not {"own_page", "own_page_qr"} & till.post("members", body).json().keys()
    assert till.post("members/own-page", {"member": {"card": CARD}}).status_code == 403
    assert not PageLink.objects.exists()


def test_a_phone_number_alone_opens_nobodys_page(shop: Shop, till: ApiTill, member: Member):
    found = till.post("lookup", {"phone": "+1 212 555 0123"}).json()["member"]["id"]
    for who in ({"phone": "+1 212 555 0123"}, {"id": found}, {"any": "2125550123"}):
        answer = till.post("members/own-page", {"member": who})
        assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]) == (422, "own_page_needs_proof"), who
    set_pin(member_id=member.pk, pin="4711", actor=STAFF, now=timezone.now())
    wrong = till.post("members/own-page", {"member": {"id": found}, "pin": "4712"})
    assert wrong.status_code == 422
    assert not PageLink.objects.exists()
    right = till.post("members/own-page", {"member": {"id": found}, "pin": "4711"})
    assert right.status_code == 201, right.content
    assert Client().get(path_of(right.json()["own_page"])).status_code == 200
    assert right.json()["own_page_qr"] == drawn(right.json()["own_page"])


def test_the_own_card_is_enough_and_a_lent_one_is_not(shop: Shop, till: ApiTill, member: Member):
    given = till.post("members/own-page", {"member": {"card": CARD}})
    assert given.status_code == 201, given.content
    lent = lend_card(
        member_id=member.pk, to_id=None, identifier_id=None, may_spend=False, actor=STAFF, now=timezone.now()
    )
    refused = till.post("members/own-page", {"member": {"card": lent.value}})
    assert refused.status_code == 422, refused.content
    assert PageLink.objects.count() == 1
