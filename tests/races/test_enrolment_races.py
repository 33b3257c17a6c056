"""One person, enrolled everywhere at once: two tills, the page for joining and an import, the phone in other spellings."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError
from django.utils import timezone

from loyalty_site.ground import failpoints
from loyalty_site.ground.policy import system
from members.models import Identifier, Member
from members.services import people
from programs.models import Account, ImportBatch, JoinRequest, Lot, Program, Terminal
from programs.queries.verify import verify
from programs.services import enrolment
from programs.services.importing import UploadOrder, apply, check, confirm_import, start_check, upload_file
from programs.services.joining import JoinOrder, ask_to_join, confirm_joining, join_token
from tests.factories.configuration import TerminalFactory, publish
from tests.programs.shop import Shop, open_shop
from tests.programs.till import ApiTill
from tests.races.together import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ACTOR = system("tests")
RIGHTS = ["lookup", "earn", "redeem", "enrol"]


@dataclass(frozen=True)
class Done:
    """What the page or the import came to, in the shape of a till's answer, for `at_once`."""

    status_code: int


@pytest.fixture
def shop(settings: Any, tmp_path: Path) -> Shop:
    settings.MEDIA_ROOT = tmp_path
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


def press(shop: Shop, number: int, form: str, nth: int = 0) -> Callable[[], Any]:
    """The button in the mail of somebody who gave the phone in this form."""
    order = JoinOrder(f"vera{number}.{nth}@example.com", form, "", "en", (), "US", None, None)
    ask_to_join(order, address=f"192.0.2.{number}.{nth}", now=shop.now)
    token = join_token(JoinRequest.objects.latest("id").pk)

    def confirm() -> Any:
        try:
            return Done(201 if confirm_joining(token, region="US", now=shop.now) else 200)
        except OperationalError:
            return Done(503)

    return confirm


def bring(shop: Shop, number: int, form: str) -> Callable[[], Any]:
    """A worker that applies a checked file with the phone in this form, trying again as jobs do."""
    order = UploadOrder(
        file_name="x.csv",
        blocks=[f"phone,name\n{form},Vera {number}\n".encode()],
        default_region="US",
        program=shop.program,
    )
    batch = upload_file(order, actor=ACTOR, now=shop.now)
    start_check(batch.pk, now=shop.now, in_background=False)
    while not check.run_chunk(batch_id=batch.pk, now=shop.now).is_finished:
        pass
    confirm_import(batch.pk, actor=ACTOR, now=shop.now, in_background=False)

    def work() -> Any:
        try:
            while not apply.run_chunk(batch_id=batch.pk, now=shop.now).is_finished:
                pass
        except (OperationalError, IntegrityError):
            return Done(503)
        return Done(201 if ImportBatch.objects.get(pk=batch.pk).totals["created"] else 200)

    return work


def at_tills(tills: Sequence[ApiTill], forms: Sequence[str]) -> list[Callable[[], Any]]:
    """Each form at the next till."""
    body = {"consents": [{"purpose": "processing"}]}
    pairs = zip(itertools.cycle(tills), forms, strict=False)
    return [lambda till=till, form=form: till.post("members", {**body, "phone": form}) for till, form in pairs]


def round_of(shop: Shop, tills: list[ApiTill], number: int) -> list[Any]:
    """Everybody enrols one new phone at once; the answers: two tills, the page, the import."""
    forms = random.Random(number).sample(spellings(number), 4)
    return at_once([*at_tills(tills, forms[:2]), press(shop, number, forms[2]), bring(shop, number, forms[3])])


def assert_one(number: int, answers: list[Any]) -> None:
    """One person with one account; whoever was first made them, and a gift goes to those who come by themselves."""
    codes = [answer.status_code for answer in answers]
    assert set(codes) <= {200, 201, 409}, codes
    assert codes.count(201) == 1, codes
    assert people_of(number) == 1
    member = Member.objects.get(identifiers__value=f"+1212555{number:04}")
    gift = 0 if member.source == "import" else 50
    assert Account.objects.get(owner=member).available == gift
    assert Lot.objects.filter(account__owner=member).count() == bool(gift)


def people_of(number: int) -> int:
    return Identifier.objects.filter(value=f"+1212555{number:04}", ended_at__isnull=True).count()


def test_one_person_one_account_one_gift(shop: Shop, tills: list[ApiTill], trials: Callable[[int, int], int]):
    rounds = trials(15, 100)
    for number in range(100, 100 + rounds):
        assert_one(number, round_of(shop, tills, number))
    assert Member.objects.count() == Account.objects.count() == rounds
    assert [finding for finding in verify() if finding.violations] == []


def test_a_hundred_at_once_are_one_person(shop: Shop, tills: list[ApiTill]):
    """A hundred calls for one phone: two tills, eight mails from the page, two imports."""
    forms = list(itertools.islice(itertools.cycle(spellings(777)), 100))
    pages = [press(shop, 777, form, nth) for nth, form in enumerate(forms[:8])]
    imports = [bring(shop, 777, form) for form in forms[8:10]]
    assert_one(777, at_once([*imports, *pages, *at_tills(tills, forms[10:])]))
    assert Member.objects.count() == Account.objects.count() == 1
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
