"""Keys of a member: cards issued, replaced, blocked; keys added and taken off; what was stays as history."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from django.core.exceptions import ValidationError

from loyalty_site.ground.models import Audit
from loyalty_site.ground.policy import system
from members.errors import (
    CardMistyped,
    IdentifierEnded,
    IdentifierReplaced,
    IdentifierTaken,
    MemberNotFound,
)
from members.models import Identifier, IdentityPolicy, Member
from members.queries import find_by_identifier
from members.rules.cards import check_digit
from members.services import (
    add_identifier,
    block_identifier,
    cards,
    end_identifier,
    enrol_member,
    explain_missing,
    issue_card,
    replace_card,
    unblock_identifier,
)

pytestmark = pytest.mark.django_db
ACTOR = system("tests")


@pytest.fixture
def anna(now: dt.datetime) -> Member:
    return enrol_member(name="Anna", identifiers=[("phone", "+12125550123")], region="US", actor=ACTOR, now=now)


def test_a_card_is_whole_unlike_the_last_one_and_follows_the_company_s_rules(anna: Member, now: dt.datetime):
    IdentityPolicy.objects.create(pk=1, card_prefix="777", card_length=12)
    numbers = [issue_card(member_id=anna.pk, actor=ACTOR, now=now).value for _ in range(50)]
    assert len(set(numbers)) == 50
    assert all(len(number) == 12 and number.startswith("777") for number in numbers)
    assert all(check_digit(number[:-1]) == number[-1] for number in numbers)
    steps = {int(b[3:-1]) - int(a[3:-1]) for a, b in pairwise(numbers)}
    assert len(steps) > 40  # no counting up
    assert find_by_identifier("card", numbers[7]) == anna
    with pytest.raises(MemberNotFound):
        issue_card(member_id=anna.pk + 1, actor=ACTOR, now=now)


def test_a_number_that_was_ever_given_out_is_not_drawn_again(
    anna: Member, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
):
    first = issue_card(member_id=anna.pk, actor=ACTOR, now=now)
    second = replace_card(identifier_id=first.pk, actor=ACTOR, now=now)
    draws = iter([first.value, second.value, "2900000000000000"])
    monkeypatch.setattr(cards, "make_card", lambda *_args, **_more: next(draws))
    assert issue_card(member_id=anna.pk, actor=ACTOR, now=now).value == "2900000000000000"


def test_a_replaced_card_stays_as_history_and_says_so(anna: Member, now: dt.datetime):
    old = issue_card(member_id=anna.pk, actor=ACTOR, now=now)
    new = replace_card(identifier_id=old.pk, actor=ACTOR, now=now + dt.timedelta(days=3))
    assert find_by_identifier("card", new.value) == anna
    assert find_by_identifier("card", old.value) is None
    old.refresh_from_db()
    assert (old.ended_as, old.ended_at) == ("replaced", now + dt.timedelta(days=3))
    with pytest.raises(IdentifierReplaced) as refusal:
        explain_missing(kind="card", value=old.value)
    assert refusal.value.context["day"] == "2026-03-13"
    with pytest.raises(IdentifierEnded):
        replace_card(identifier_id=old.pk, actor=ACTOR, now=now)
    acts = list(Audit.objects.filter(action__endswith="_card").order_by("id"))
    assert [(act.action, act.object_id) for act in acts] == [
        ("issue_card", str(anna.pk)),
        ("replace_card", str(anna.pk)),
    ]
    assert old.value not in str([act.details for act in acts])


def test_only_our_own_range_has_typing_errors(anna: Member, now: dt.datetime):
    number = issue_card(member_id=anna.pk, actor=ACTOR, now=now).value
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    with pytest.raises(CardMistyped):
        explain_missing(kind="card", value=wrong)
    for kind, value in (("card", "9001"), ("card", "30" + wrong[2:]), ("phone", "+12125550199"), ("code", wrong)):
        explain_missing(kind=kind, value=value)


def test_a_blocked_card_is_let_go_again(anna: Member, now: dt.datetime):
    card = issue_card(member_id=anna.pk, actor=ACTOR, now=now)
    block_identifier(identifier_id=card.pk, reason="stolen", actor=ACTOR, now=now)
    card.refresh_from_db()
    assert (card.is_blocked, card.blocked_for) == (True, "stolen")
    unblock_identifier(identifier_id=card.pk, actor=ACTOR, now=now)
    card.refresh_from_db()
    assert (card.is_blocked, card.blocked_for) == (False, "")
    assert [act.action for act in Audit.objects.order_by("id")][-2:] == ["block_identifier", "unblock_identifier"]


def test_one_more_key_is_theirs_once_and_nobody_else_s(anna: Member, now: dt.datetime):
    def add(member: Member, text: str) -> Identifier:
        return add_identifier(member_id=member.pk, kind="phone", text=text, region="US", actor=ACTOR, now=now)

    boris = enrol_member(name="Boris", identifiers=[("code", "4711")], region="US", actor=ACTOR, now=now)
    key = add(boris, "(212) 555-0177")
    assert add(boris, "+1 212 555 0177") == key
    with pytest.raises(IdentifierTaken):
        add(anna, "212-555-0177")
    end_identifier(identifier_id=key.pk, actor=ACTOR, now=now)
    assert add(anna, "212-555-0177").member == anna
    assert Identifier.objects.filter(value="+12125550177").count() == 2


def test_too_few_digits_to_draw_are_refused():
    with pytest.raises(ValidationError, match="at least 13 digits"):
        IdentityPolicy(card_prefix="2900", card_length=12).full_clean()
    IdentityPolicy(card_prefix="2900", card_length=13).full_clean()
