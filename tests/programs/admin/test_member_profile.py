"""The member page's profile: only what the company keeps, each field as its kind is typed; and who defines the fields."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from loyalty_site.ground.models import Audit, Role
from loyalty_site.ground.policy import system
from members.models import Address, CustomField, Member, ProfilePolicy
from programs.admin.members import MemberAdmin
from tests.factories.configuration import UserFactory
from tests.programs.shop import Shop

pytestmark = pytest.mark.django_db
BASE = {"name": "Anna Petrova", "kind": "person", "language": "", "sex": "f", "joined_on": "2024-05-01", "note": ""}
COLOURS = [
    {"code": "red", "labels": {"": "Red", "he": "אדום"}, "is_archived": False},
    {"code": "blue", "labels": {"": "Blue"}, "is_archived": False},
    {"code": "old", "labels": {"": "Old"}, "is_archived": True},
]


@pytest.fixture
def anna(shop: Shop) -> Member:
    return shop.member()


def page_of(client: Client, role: Role, member: Member) -> tuple[str, str]:
    client.force_login(UserFactory(username=f"of {role}", role=role))
    address = reverse("admin:members_member_change", args=[member.pk])
    return address, client.get(address).content.decode()


def test_nothing_is_asked_until_the_company_says_so(client: Client, anna: Member):
    page = page_of(client, Role.SUPPORT, anna)[1]
    assert not any(name in page for name in ("id_interests", "id_came_by", "id_social_status", "About them"))
    ProfilePolicy.objects.create(pk=1, asked=["interests", "cares_about"])
    page = page_of(client, Role.ADMINISTRATOR, anna)[1]
    assert "id_interests" in page
    assert "id_cares_about" in page
    assert "id_came_by" not in page


def test_profile_and_own_fields_are_saved_typed_and_audited_without_their_values(client: Client, anna: Member):
    ProfilePolicy.objects.create(pk=1, asked=["interests", "cares_about", "came_by", "wallet_share"])
    CustomField.objects.create(code="shoe_size", name="Shoe size", kind="number")
    CustomField.objects.create(code="colour", name="Colour", kind="choices", options=COLOURS)
    CustomField.objects.create(code="vip", name="Knows the owner", kind="yes_no")
    CustomField.objects.create(code="since", name="Married on", kind="date")
    address, page = page_of(client, Role.SUPPORT, anna)
    assert "Shoe size" in page
    form = {
        **BASE,
        **{
            "interests": "Tea; yoga, tea",
            "cares_about": ["eco", "comfort"],
            "came_by": "friends",
            "wallet_share": "only",
        },
        **{"own_shoe_size": "42,5", "own_colour": ["blue", "red"], "own_vip": "no", "own_since": "2001-02-03"},
    }
    assert client.post(address, form).status_code == 302
    anna.refresh_from_db()
    assert anna.custom == {"shoe_size": 42.5, "colour": ["red", "blue"], "vip": False, "since": "2001-02-03"}
    assert (anna.interests, anna.cares_about, anna.came_by, anna.wallet_share) == (
        ["Tea", "yoga"],
        ["eco", "comfort"],
        "friends",
        "only",
    )
    act = Audit.objects.filter(action="change", object_id=str(anna.pk)).latest("id")
    assert {"own_shoe_size", "interests"} <= set(act.details["fields"])
    assert "42" not in str(act.details)
    page = client.get(address).content.decode()
    assert "About them" in page
    assert "Red, Blue" in page
    assert 'value="42.5"' in page
    # Whoever may only look sees the words and no form.
    page = page_of(client, Role.MARKETING, anna)[1]
    assert "42.5" in page
    assert "own_shoe_size" not in page
    # Emptied is forgotten.
    client.force_login(UserFactory(username="again", role=Role.SUPPORT))
    client.post(address, {**BASE, "own_vip": "", "own_shoe_size": "", "interests": ""})
    anna.refresh_from_db()
    assert anna.custom == {}
    assert anna.interests == []


def test_what_cannot_be_a_value_is_said_beside_its_field(client: Client, anna: Member):
    CustomField.objects.create(code="shoe_size", name="Shoe size", kind="number")
    address, _page = page_of(client, Role.SUPPORT, anna)
    answer = client.post(address, {**BASE, "own_shoe_size": "large"})
    assert answer.status_code == 200
    assert "Write a number, such as 42 or 12.5." in answer.content.decode()
    anna.refresh_from_db()
    assert anna.custom == {}


def test_an_archived_field_is_asked_no_more_and_keeps_what_is_known(client: Client, anna: Member):
    field = CustomField.objects.create(code="pet", name="Pet", kind="text")
    Member.objects.filter(pk=anna.pk).update(custom={"pet": "Rex"})
    field.is_archived = True
    field.save()
    address, page = page_of(client, Role.SUPPORT, anna)
    assert "Rex" not in page
    client.post(address, BASE)
    anna.refresh_from_db()
    assert anna.custom == {"pet": "Rex"}


def test_fields_are_defined_in_the_admin(client: Client):
    client.force_login(UserFactory(username="ada", role=Role.ADMINISTRATOR))
    add = reverse("admin:members_customfield_add")
    form = {"name": "T-shirt size", "name_ru": "Размер", "name_he": "", "code": "", "till": "set", "position": "1"}
    answer = client.post(add, {**form, "kind": "choice", "lines": ""})
    assert "Write at least one entry of the list." in answer.content.decode()
    answer = client.post(add, {**form, "kind": "choice", "lines": "small = S\nMedium | Средний\nГигант"})
    assert answer.status_code == 302
    made = CustomField.objects.get()
    assert (made.code, made.kind, made.till) == ("t_shirt_size", "choice", "set")
    assert [(one["code"], one["labels"]) for one in made.options] == [
        ("small", {"": "S"}),
        ("medium", {"": "Medium", "ru": "Средний"}),
        ("option_3", {"": "Гигант"}),
    ]
    assert Audit.objects.filter(action="add", object_type="members.customfield").exists()
    change = reverse("admin:members_customfield_change", args=[made.pk])
    page = client.get(change).content.decode()
    assert "medium = Medium | Средний" in page
    # Kind and code stay, whatever is sent; an entry taken away is archived.
    client.post(change, {**form, "code": "other", "kind": "text", "lines": "medium = M"})
    made.refresh_from_db()
    assert (made.code, made.kind) == ("t_shirt_size", "choice")
    assert [(one["code"], one["is_archived"]) for one in made.options] == [
        ("medium", False),
        ("small", True),
        ("option_3", True),
    ]
    assert client.get(reverse("admin:members_customfield_delete", args=[made.pk])).status_code == 403


def test_what_is_kept_is_chosen_once(client: Client):
    client.force_login(UserFactory(username="ada", role=Role.ADMINISTRATOR))
    add = reverse("admin:members_profilepolicy_add")
    client.post(add, {"asked": ["interests", "came_by"]})
    assert ProfilePolicy.objects.get().asked == ["interests", "came_by"]
    assert client.get(add).status_code == 302


def test_an_address_is_replaced_whole_and_never_quoted_in_the_audit(client: Client, anna: Member):
    page_of(client, Role.SUPPORT, anna)
    address = reverse("admin:members_member_key", args=[anna.pk])
    client.post(address, {"deed": "address", "city": " Haifa ", "street": "Herzl 5", "postcode": ""})
    row = Address.objects.get(member=anna)
    assert (row.city, row.street, row.postcode) == ("Haifa", "Herzl 5", "")
    act = Audit.objects.filter(action="change", object_id=str(anna.pk)).latest("id")
    assert act.details == {"fields": ["address"]}
    client.post(address, {"deed": "address"})
    assert not Address.objects.exists()


def test_people_are_filtered_and_exported_by_what_is_kept(client: Client, shop: Shop, anna: Member):
    ProfilePolicy.objects.create(pk=1, asked=["interests", "cares_about", "came_by"])
    CustomField.objects.create(code="shoe_size", name="Shoe size", name_he="מידה", kind="number")
    CustomField.objects.create(code="colour", name="Colour", kind="choice", options=COLOURS)
    bob = shop.member("+12125550124", "Bob")
    Member.objects.filter(pk=anna.pk).update(
        custom={"shoe_size": 42.5, "colour": "red"}, interests=["tea"], cares_about=["eco"], came_by="friends"
    )
    Member.objects.filter(pk=bob.pk).update(custom={"shoe_size": 38})
    client.force_login(UserFactory(username="ada", role=Role.ADMINISTRATOR))
    people = reverse("admin:members_member_changelist")
    for query, who in {
        "own_shoe_size=42,5": {"Anna Petrova"},
        "own_shoe_size=>=38": {"Anna Petrova", "Bob"},
        "own_shoe_size=>38": {"Anna Petrova"},
        "own_shoe_size=<=40": {"Bob"},
        "own_shoe_size=large": set(),
        "own_colour=red": {"Anna Petrova"},
        "own_colour=?": {"Bob"},
        "cares_about=eco": {"Anna Petrova"},
        "interest=tea": {"Anna Petrova"},
        "came_by__exact=friends": {"Anna Petrova"},
    }.items():
        found = client.get(f"{people}?{query.replace('<', '%3C').replace('>', '%3E')}").context["cl"].queryset
        assert {one.name for one in found} == who, query
    page = MemberAdmin(Member, admin.site)
    columns = {str(column.heading): column.cell for column in page.columns_for(system("tests"))}
    row = Member.objects.get(pk=anna.pk)
    told = {
        name: columns[name](row)
        for name in ("interests", "what they value", "what brought them", "Shoe size", "Colour")
    }
    assert told == {
        "interests": "tea",
        "what they value": "ecological",
        "what brought them": "a recommendation",
        "Shoe size": Decimal("42.5"),
        "Colour": "Red",
    }
    assert "social status" not in columns
