"""Every URL with everybody: what the installation answers is what loyalty_site/ground/policy.py declares.

The URLs are walked, not listed, so a new page is tested as soon as it exists, and fails until the policy
knows it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import translation

from loyalty_site.ground import policy
from loyalty_site.ground.models import Audit, Role
from loyalty_site.ground.policy import ALL_ROLES, Action
from programs.models import Cashier, Program, Purchase, Reward, Rule, Terminal
from tests.world import (
    ANONYMOUS,
    EVERYBODY,
    FOREIGN_TERMINAL,
    REVOKED,
    TERMINAL,
    World,
    admin_models,
    build_world,
    row_of,
)

# Each test runs in a savepoint inside the world's transaction.
pytestmark = pytest.mark.django_db

# Django's own patterns without a name: the catch-all that answers 404 (or asks to log in), and the old address
# of a change page that redirects to the new one. Whatever else has no name fails below.
NAMELESS = {"catch_all_view", "RedirectView", "view"}


@dataclass(frozen=True)
class Route:
    name: str
    pattern: URLPattern


def routes() -> list[Route]:
    """Every named URL pattern of the installation."""
    return [route for route in _walk(get_resolver().url_patterns, "") if route.name]


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _walk(pattern.url_patterns, inner)
        else:
            yield Route(f"{prefix}{pattern.name}" if pattern.name else "", pattern)


ROUTES = routes()


def address(route: Route) -> str:
    """A URL of this pattern that exists in the world: with the id of a real row where it wants one."""
    wanted = route.pattern.pattern.converters if hasattr(route.pattern.pattern, "converters") else {}
    names = set(wanted) | set(route.pattern.pattern.regex.groupindex)
    arguments: dict[str, Any] = {}
    for key in names & {"object_id", "id", "batch_id"}:
        arguments[key] = str(row_of(_model_of(route)).pk)
    for key, model in (("rule_id", Rule), ("reward_id", Reward)):
        if key in names:
            arguments[key] = row_of(model).pk
    if "app_label" in names:
        arguments["app_label"] = "programs"
    if "content_type_id" in names:
        arguments["content_type_id"] = ContentType.objects.get_for_model(Program).pk
    always = {
        # Nobody's link: these pages open to anybody and then look at the token. Their own tests hold a real one.
        "token": "AAAAAAAAAAAAAAAAAAAAAA",
        "language": translation.get_language(),
        "side": 192,  # pixels of an icon
        "hold_id": "00000000-0000-4000-8000-000000000000",  # nobody's; their own tests hold a real one
    }
    arguments |= {key: value for key, value in always.items() if key in names}
    assert names == set(arguments), f"teach tests/test_policy_matrix.py what {sorted(names)} of {route.name} are"
    if not arguments:
        return reverse(route.name)
    return reverse(route.name, kwargs=arguments)


def _model_of(route: Route) -> Any:
    name = route.name.removeprefix("admin:").replace("auth_user_password_change", "ground_user_password_change")
    if name == "view_on_site":
        return Program
    found = [m for m in admin_models() if name.startswith(f"{m._meta.app_label}_{m._meta.model_name}_")]
    assert found, f"no registered model for {route.name}"
    return max(found, key=lambda model: len(model._meta.model_name))


def ask(client: Client, route: Route) -> HttpResponse:
    """The mildest request the URL understands: GET, or an empty POST where there is no GET."""
    url = address(route)
    if route.name == "admin:autocomplete":
        return client.get(url, {"app_label": "programs", "model_name": "cashier", "field_name": "store"})
    view = getattr(route.pattern.callback, "cls", None) or getattr(route.pattern.callback, "view_class", None)
    if view is not None and not hasattr(view, "get"):
        return client.post(url, "{}", content_type="application/json", headers={"Idempotency-Key": "0123456789abcdef"})
    return client.get(url)


def was_let_in(response: HttpResponse) -> bool:
    """Whether the answer comes from behind the door: anything but a refusal or the way to the log-in page."""
    assert response.status_code < 500, response.content[:500]
    if response.status_code in {401, 403}:
        return False
    return not (response.status_code == 302 and _is_way_out(response["Location"]))


def _is_way_out(location: str) -> bool:
    return location.startswith(reverse("admin:login"))


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Built once for the module; the tests only look, or are refused."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield build_world()
        transaction.set_rollback(True)


def test_every_url_has_an_entry():
    assert len(ROUTES) > 50
    unknown = [route.name for route in ROUTES if policy.rule_for(route.name) is None]
    assert unknown == []


def test_only_django_s_own_patterns_have_no_name():
    nameless = [route.pattern for route in _walk(get_resolver().url_patterns, "") if not route.name]
    names = {getattr(pattern.callback, "__name__", "") for pattern in nameless}
    assert names <= NAMELESS, names - NAMELESS


def test_every_declared_route_and_resource_exists():
    """A row of the table that no page answers to is a leftover, or a misspelling that opens nothing."""
    names = {route.name for route in ROUTES}
    assert [name for name in policy.ROUTES if name not in names] == []
    from django.apps import apps

    rows = [name for name in policy.RESOURCES if name != "ground.today"]
    assert [name for name in rows if apps.get_model(name) is None] == []


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_answer_is_what_the_policy_declares(world: World, who: str, note_trials: Callable[[str, int], None]):
    client, principal = world.client(who), world.principal(who)
    wrong = []
    for route in ROUTES:
        allowed = policy.may_open(principal, route.name)
        response = ask(client, route)
        if route.name == "admin:logout" and who not in ALL_ROLES:
            # Django sends strangers who log out to the front page instead of the log-in page.
            assert response.status_code == 302
            continue
        if was_let_in(response) != allowed:
            wrong.append((route.name, response.status_code, "declared open" if allowed else "declared closed"))
    assert wrong == []
    note_trials("T54", len(ROUTES))


@pytest.mark.parametrize("who", sorted(ALL_ROLES))
def test_posting_asks_for_the_right_to_change(world: World, who: str):
    """A page that opens to be read refuses to be saved; nobody deletes, not even an administrator."""
    client, principal = world.client(who), world.principal(who)
    wrong = []
    for model in admin_models():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        resource = f"{model._meta.app_label}.{model._meta.model_name}"
        pk = row_of(model).pk
        for action, url in (
            (Action.ADD, reverse(f"admin:{name}_add")),
            (Action.CHANGE, reverse(f"admin:{name}_change", args=[pk])),
            (Action.DELETE, reverse(f"admin:{name}_delete", args=[pk])),
        ):
            is_read_only = not _admin_of(model).has_change_permission(_request(client, principal), None)
            allowed = policy.permits(principal, action, resource) and not (action is not Action.ADD and is_read_only)
            response = client.post(url, {})
            if not allowed and response.status_code == 302 == client.get(url).status_code:
                continue  # an address that only leads on, to a page with its own rule
            if was_let_in(response) != allowed:
                wrong.append((resource, action, response.status_code))
    assert wrong == []


def _admin_of(model: Any) -> Any:
    return admin.site._registry[model]


def _request(client: Client, principal: Any) -> Any:
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    request.principal = principal
    return request


def test_being_a_superuser_opens_nothing(world: World):
    person = world.person(Role.SUPPORT)
    type(person).objects.filter(pk=person.pk).update(is_superuser=True)
    client = world.client(Role.SUPPORT)
    for url in ("admin:ground_user_changelist", "admin:ground_audit_changelist", "admin:programs_program_add"):
        assert client.get(reverse(url)).status_code == 403
    type(person).objects.filter(pk=person.pk).update(is_superuser=False)


def test_a_shop_manager_does_not_find_another_store_s_rows(world: World):
    client = world.client(Role.SHOP_MANAGER)
    foreign = [
        world.foreign,
        Terminal.objects.get(store=world.foreign),
        Cashier.objects.get(store=world.foreign),
        Purchase.objects.get(store=world.foreign),
    ]
    for row in foreign:
        name = f"{row._meta.app_label}_{row._meta.model_name}"
        for view in ("change", "history"):
            missing = client.get(reverse(f"admin:{name}_{view}", args=[row.pk]))
            nowhere = client.get(reverse(f"admin:{name}_{view}", args=[999_999_999]))
            # As if it did not exist: Django answers both by leading back to the front page.
            assert (
                (missing.status_code, missing["Location"])
                == (nowhere.status_code, nowhere["Location"])
                == (302, "/admin/")
            )
        listed = client.get(reverse(f"admin:{name}_changelist")).content.decode()
        assert "oreign" not in listed
    own = client.get(reverse("admin:programs_store_change", args=[world.mine.pk]))
    assert own.status_code == 200


def test_a_shop_manager_cannot_pick_or_post_another_store(world: World):
    client = world.client(Role.SHOP_MANAGER)
    asked = {"app_label": "programs", "model_name": "cashier", "field_name": "store"}
    offered = client.get(reverse("admin:autocomplete"), asked).json()["results"]
    assert {row["text"] for row in offered} == {world.mine.name}
    cashiers = Cashier.objects.count()
    posted = client.post(
        reverse("admin:programs_cashier_add"), {"store": world.foreign.pk, "name": "Spy", "number": "99"}
    )
    assert posted.status_code == 200  # the form again, with its error
    assert Cashier.objects.count() == cashiers


def test_autocomplete_gives_nothing_of_rooms_that_are_closed(world: World):
    """The staff of a store are people: only those who may see the Staff page may search in them."""
    asked = {"app_label": "programs", "model_name": "store", "field_name": "staff"}
    for role in ALL_ROLES:
        answer = world.client(role).get(reverse("admin:autocomplete"), asked)
        allowed = policy.permits(world.principal(role), Action.VIEW, "ground.user")
        assert (answer.status_code == 200) == allowed, role
    assert world.client(ANONYMOUS).get(reverse("admin:autocomplete"), asked).status_code == 302


def test_the_log_in_page_is_unfold_s(world: World):
    page = world.client(ANONYMOUS).get(reverse("admin:login")).content.decode()
    assert "unfold/css/styles.css" in page


def test_people_have_their_own_language(world: World):
    person = world.person(Role.MARKETING)
    type(person).objects.filter(pk=person.pk).update(language="he")
    page = world.client(Role.MARKETING).get(reverse("admin:index"), headers={"Accept-Language": "ru"}).content.decode()
    assert '<html lang="he" dir="rtl"' in page


def test_an_edit_is_audited_by_the_names_of_its_fields(world: World):
    client = world.client(Role.ADMINISTRATOR)
    url = reverse("admin:programs_partner_change", args=[world.mine.partner_id])
    before = Audit.objects.count()
    answer = client.post(url, {"name": "Brand new name", "code": world.mine.partner.code})
    assert answer.status_code == 302
    act = Audit.objects.latest("id")
    assert Audit.objects.count() == before + 1
    assert (act.action, act.object_type, act.object_id) == ("change", "programs.partner", str(world.mine.partner_id))
    assert act.details == {"fields": ["name"]}
    assert act.actor_label == Role.ADMINISTRATOR


def test_a_terminal_cannot_tell_another_partner_s_objects_from_none(
    world: World, note_trials: Callable[[str, int], None]
):
    """T54, I10: by the API, with each of EVERYBODY, a sale and a hold of the terminal's own and of another partner."""
    post = {"content_type": "application/json"}
    own = world.client(TERMINAL)
    basket = {"lines": [{"sku": "A", "quantity": "1", "amount": "10.00"}]}
    key = iter(f"matrix-key-{number:06}" for number in range(10_000))

    def ask_api(client: Client, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        answer = client.post(f"/api/v1/{path}", json.dumps(body), headers={"Idempotency-Key": next(key)}, **post)
        return answer.status_code, answer.json()

    nobody = "00000000-0000-4000-8000-000000000000"

    def deeds(sale: str, hold: str) -> list[tuple[str, dict[str, Any]]]:
        return [
            ("returns", {"sale": {"id": sale}, "lines": [{"line": 9, "quantity": "1"}], "receipt_number": "back"}),
            ("sales/void", {"sale": {"id": sale}, "receipt_number": "void"}),
            ("receipts/find", {"sale": {"id": sale}}),
            (f"holds/{hold}/commit", {"receipt_number": "paid"}),
            (f"holds/{hold}/release", {}),
        ]

    status, sold = ask_api(own, "sales", {**basket, "receipt_number": "matrix"})
    assert status == 201
    status, held = ask_api(own, "holds", basket)
    assert status == 201
    cells = 0
    for who in EVERYBODY:
        client = world.client(who)
        there, absent = deeds(sold["sale"], held["hold"]["id"]), deeds(nobody, nobody)
        for (path, body), (no_path, no_body) in zip(there, absent, strict=True):
            if who == TERMINAL:
                continue  # last of all: it changes the rows
            found, missing = ask_api(client, path, body), ask_api(client, no_path, no_body)
            assert found == missing, (who, path)
            assert found[0] == (404 if who == FOREIGN_TERMINAL else 401), (who, path)
            cells += 2
    assert {who for who in EVERYBODY if who not in {TERMINAL, FOREIGN_TERMINAL}} >= {ANONYMOUS, REVOKED}
    answers = [ask_api(own, path, body) for path, body in deeds(sold["sale"], held["hold"]["id"])]
    assert [status for status, _body in answers] == [422, 201, 200, 201, 409]
    note_trials("T54", cells + len(answers))
