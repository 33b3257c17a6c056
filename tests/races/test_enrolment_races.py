"""One person, enrolled everywhere at once: two tills and the page for joining, the phone in other spellings each time."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from loyalty_site.ground import failpoints
from members.models import Identifier, Member
from members.services import people
from programs.models import Account, JoinRequest, Lot, Program, Terminal
from programs.queries.verify import verify
from programs.services import enrolment
from programs.services.joining import JoinOrder, ask_to_join, confirm_joining, join_token
from tests.factories.configuration import TerminalFactory, publish
from tests.programs.shop import Shop, open_shop
from tests.programs.till import ApiTill
from tests.races.together import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
RIGHTS = ["lookup", "earn", "redeem", "enrol"]


class Confirmed:
    """The page's answer in the shape of a till's, for `at_once`."""

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


@pytest.fixture
def shop() -> Shop:
    shop = open_shop()
    shop.now = timezone.now()
    Program.objects.update(welcome_points=50, welcome_days=30, redeem_max_percent=50)
    publish(Program.objects.get(), at=shop.now)
    return shop


@pytest.fixture
def tills(shop: Shop) -> list[ApiTill]:
    second = TerminalFactory(store=shop.terminal.store, name="Second till")
    Terminal.objects.update(scopes=RIGHTS)
    return [ApiTill(terminal, shop.now) for terminal in (shop.terminal, second)]


def spellings(number: int) -> list[str]:
    tail = f"{number:04}"
    return [f"(212) 555-{tail}", f"+1 212 555 {tail}", f"1-212-555{tail}", f"212.555.{tail}"]  # noqa: RUF100


def round_of(shop: Shop, tills: list[ApiTill], number: int) -> list[Any]:
    """Everybody enrols one new phone at once; the answers."""
    chance = random.Random(number)
    forms = chance.sample(spellings(number), 3)
    ask_to_join(
        JoinOrder(f"vera{number}@example.com", forms[2], "", "en", (), "US", None, None),
        address=f"192.0.2.{number}",
        now=shop.now,
    )
    token = join_token(JoinRequest.objects.get().pk)

    def press() -> Any:
        try:
            confirm_joining(token, region="US", now=shop.now)
        except OperationalError:
            return Confirmed(503)
        return Confirmed(200)

    body = {"consents": [{"purpose": "processing"}]}
    calls = [
        lambda till=till, form=form: till.post("members", {**body, "phone": form})
        for till, form in zip(tills, forms, strict=False)
    ]
    return at_once([*calls, press])


def people_of(number: int) -> int:
    return Identifier.objects.filter(value=f"+1212555{number:04}", ended_at__isnull=True).count()


def test_one_person_one_account_one_gift(shop: Shop, tills: list[ApiTill], trials: Callable[[int, int], int]):
    rounds = trials(20, 100)
    for number in range(100, 100 + rounds):
        answers = [answer.status_code for answer in round_of(shop, tills, number)]
        assert answers[:2].count(201) <= 1
        assert set(answers) <= {200, 201, 409}, answers
        assert people_of(number) == 1
    assert Member.objects.count() == Account.objects.count() == Lot.objects.count() == rounds
    assert set(Account.objects.values_list("available", flat=True)) == {50}
    assert [finding for finding in verify() if finding.violations] == []


def test_without_one_spelling_there_are_two_of_them(
    shop: Shop, tills: list[ApiTill], monkeypatch: pytest.MonkeyPatch, note_mutant: Callable[..., None]
):
    """The negative control: keys stored as typed, and looked for so, let the same person in by each spelling."""

    class AsTyped:
        def __init__(self, value: str) -> None:
            self.value = value

    monkeypatch.setattr(people, "read_key", lambda _kind, text, _region: AsTyped(text))
    monkeypatch.setattr(enrolment, "read_identifier", lambda *, kind, text, region: text)
    monkeypatch.setattr(failpoints, "_PLAN", failpoints.parse("enrol.after_look:sleep=0.1"))
    round_of(shop, tills, 555)
    is_killed = Member.objects.count() > 1
    note_mutant(killed=is_killed)
    assert is_killed
