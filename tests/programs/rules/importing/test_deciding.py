"""Who a row is and what it would do."""

from __future__ import annotations

from programs.rules.importing.deciding import decide
from programs.rules.importing.rows import Understood

ANNA = {"name": "Anna", "phone": "+1", "email": "a@x.io", "points": "10"}
OWNERS = {("phone", "+1"): "m1", ("email", "a@x.io"): "m1", ("phone", "+2"): "l7"}
STATES = {"m1": ANNA, "l7": {"name": "Bob", "phone": "+2"}}


def row(**given):
    keys = [(kind, given[kind], given[kind]) for kind in ("phone", "email", "card") if kind in given]
    return Understood(given=given, keys=keys)


def does(understood, mode="", **more):
    options = {"in_file": False, "owners": OWNERS, "states": STATES, "line": 9} | more
    return decide(understood, points_mode=mode, **options)


def test_an_unknown_key_makes_a_new_person_with_an_opening_balance():
    decision = does(row(phone="+3", points="5"))
    assert (decision.outcome, decision.token, decision.opening) == ("create", "l9", ("add", "5"))
    assert does(row(phone="+3", points="5"), "ignore").opening is None


def test_keys_of_two_people_contradict_each_other():
    assert does(row(phone="+2", email="a@x.io")).reason == "phone_and_email_belong_to_different_members"


def test_a_known_person_is_changed_by_what_differs_and_never_erased():
    decision = does(row(phone="+1", name="Anna B"))
    assert (decision.outcome, decision.changed) == ("update", ("name",))
    assert decision.state == {**ANNA, "name": "Anna B"}


def test_a_row_that_agrees_with_everything_is_unchanged():
    assert does(row(phone="+1", name="Anna", points="10.0")).outcome == "unchanged"


def test_a_row_that_only_points_at_a_person_is_an_update_that_takes_nothing():
    decision = does(row(phone="+1"))
    assert (decision.outcome, decision.changed) == ("update", ())


def test_a_new_key_of_a_known_person_is_a_change():
    assert does(row(phone="+1", card="77")).changed == ("card",)


def test_balances_of_known_people_move_only_when_asked():
    assert does(row(phone="+1", points="5")).opening is None
    assert does(row(phone="+1", points="5"), "add").state["points"] == "15"
    assert does(row(phone="+1", points="5"), "set").opening == ("set", "5")
    assert does(row(phone="+1", points="10"), "set").opening is None


def test_a_row_that_was_applied_before_does_nothing():
    for keys in ({"phone": "+1"}, {"phone": "+2", "email": "a@x.io"}, {"phone": "+3"}):
        decision = does(row(**keys, name="Other", points="5"), "add", repeat_of="m1")
        assert (decision.outcome, decision.token, decision.changed, decision.opening) == ("unchanged", "m1", (), None)


def test_the_same_person_again_in_one_file_is_an_update():
    assert does(row(phone="+2", name="Bob"), in_file=True).outcome == "update"
