"""T29: random histories of two members against the reference ledger. `make soak` goes on where it stopped."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import random
from collections.abc import Callable
from typing import Any

import hypothesis
import pytest
from django.db import DatabaseError
from hypothesis.stateful import MultipleResults, run_state_machine_as_test

from loyalty_site.embedded.processes import var_folder
from programs.queries import returns
from programs.services.ledger import lots, posting, rolling, sweeping
from tests.histories.machine import POLICIES, Histories, done

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(12 * 3600)]
SOAK = int(os.environ.get("SOAK_HISTORIES", "0"))
BATCH = 50


def run(histories: int, steps: int, seed: int, **more: Any) -> None:
    settings = hypothesis.settings(
        max_examples=histories,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(hypothesis.HealthCheck),
        **more,
    )
    # A class of its own: the seed is kept on the class.
    chosen = hypothesis.seed(seed)(type("Seeded", (Histories,), {}))
    run_state_machine_as_test(chosen, settings=settings)


def test_the_product_and_the_reference_agree(note_trials: Callable[[str, int], None]):
    """Every run has a seed of its own and prints it; SOAK_HISTORIES asks for more, kept count of in var/."""
    if SOAK:
        soak()
        return
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    before = done.histories
    run(15, 30, seed)
    note_trials("T29", done.histories - before)


def soak() -> None:
    """Batches of BATCH histories x 50 steps until SOAK in all; a failure stops at its seed, the next start repeats it."""
    logging.disable(logging.CRITICAL)  # the workers that fail on purpose would fill the screen
    path = var_folder() / "soak-histories.json"
    kept = json.loads(path.read_text()) if path.exists() else {"histories": 0, "steps": 0, "seed": 1}
    while kept["histories"] < SOAK:
        done.histories = done.steps = 0
        print(f"seed {kept['seed']}", flush=True)
        run(min(BATCH, SOAK - kept["histories"]), 50, kept["seed"])
        kept = {
            "histories": kept["histories"] + done.histories,
            "steps": kept["steps"] + done.steps,
            "seed": kept["seed"] + 1,
        }
        path.write_text(json.dumps(kept))
        print(f"SOAK histories {kept['histories']} failures 0 (steps {kept['steps']})", flush=True)
    print(f"SOAK histories {kept['histories']} failures 0")


def changed(statement: str, part: str, other: str) -> str:
    """A statement with something wrong. A part that it does not say would leave it as right as it was."""
    assert part in statement, part
    return statement.replace(part, other)


MUTANTS: dict[str, tuple[Any, str, Any]] = {
    "newest lots are spent first": (lots, "_SPENDABLE", lots._SPENDABLE.replace("expires_at, id", "id DESC")),
    "nothing becomes spendable": (
        rolling,
        "_DUE",
        rolling._DUE.replace("l.is_pending AND l.activates_at <= %(now)s AS", "false AS"),
    ),
    "nothing burns at the till": (rolling, "_DUE", rolling._DUE.replace("<= %(now)s, false)", "IS NULL, false)")),
    "nothing burns at night": (
        sweeping,
        "_ROLL",
        changed(sweeping._ROLL, "CASE WHEN burns_at <= %(now)s THEN", "CASE WHEN false THEN"),
    ),
    "earning repays no debt": (posting, "min", lambda *given, **more: 0 if len(given) == 2 else min(*given, **more)),
    "points given back forget earlier returns": (returns, "_RESTORED", returns._RESTORED.replace("sum", "0 * sum")),
    "returns take spendable points first": (returns, "_LOTS", returns._LOTS.replace("is_pending", "NOT is_pending", 1)),
    "what is held may be spent": (
        lots,
        "_SPENDABLE",
        lots._SPENDABLE.replace("remaining - held", "remaining").replace("AND remaining > held", ""),
    ),
}


def tell_the_story() -> None:
    """One history by hand that passes every corner: late points, dates, debt, points given back in parts."""
    for policy in POLICIES[:4]:
        machine = Histories()
        try:
            machine.open(policy)
            machine.sell("anna", [("A", 2, 2000)], 0, 6, "")
            machine.advance(dt.timedelta(days=3))
            machine.the_two_ledgers_agree()
            sale = machine.sell("anna", [("C", 4, 1000), ("B", 1, 9000)], 30, 0, "")
            machine.the_two_ledgers_agree()
            machine.give_back(sale, {0: 1}, "")
            machine.give_back(sale, {0: 1}, "")
            machine.the_two_ledgers_agree()
            machine.advance(dt.timedelta(days=3))
            spent = machine.sell("anna", [("C", 1, 3000)], "all", 0, "")
            machine.give_back(sale, {0: 2, 1: 1}, "return.after_entries")
            machine.the_two_ledgers_agree()
            machine.sell("anna", [("C", 1, 700)], 0, 0, "sale.after_entries")
            machine.the_two_ledgers_agree()
            machine.give_back(spent, {0: 1}, "")
            machine.the_two_ledgers_agree()
            held = machine.hold("anna", [("C", 1, 4000)], 5, 30, "hold.after_entries")
            machine.sell("anna", [("C", 1, 6000)], 10, 0, "")
            machine.the_two_ledgers_agree()
            if not isinstance(held, MultipleResults):
                machine.commit(held, "")
            machine.advance(dt.timedelta(days=40))
            machine.sell("anna", [("C", 1, 6000)], 0, 0, "")
            machine.the_two_ledgers_agree()
            for _ in range(2):
                machine.adjust("anna", 1000)
                machine.advance(dt.timedelta(days=1))
            machine.hold("anna", [("C", 1, 1000)], 900, 30, "")
            machine.sell("anna", [("C", 1, 6000)], 500, 0, "")
            machine.the_two_ledgers_agree()
            machine.transfer("anna", 50)
            machine.advance(dt.timedelta(days=40))
            machine.nightly_job()
            machine.the_two_ledgers_agree()
        finally:
            machine.teardown()


def test_the_story_agrees():
    tell_the_story()


def test_points_of_two_lots_go_back_last_spent_first():
    """Found by a random history: the numbers of postings of one statement are no order."""
    machine = Histories()
    try:
        machine.open(POLICIES[3])
        machine.adjust("ben", 42)  # nobody has an account yet
        machine.sell("anna", [("A", 2, 9000)], 0, 0, "")
        machine.advance(dt.timedelta(days=2))
        machine.sell("ben", [("A", 1, 1700)], 0, 0, "")
        machine.transfer("anna", 13)
        machine.transfer("anna", 16)
        for number in range(8):  # prepared statements change their plan after some uses
            sale = machine.sell("ben", [("C", 4, 900), ("C", 2, 1100)], 18, 6, "")
            machine.give_back(sale, {0: 3, 1: 1}, "")
            machine.the_two_ledgers_agree()
            machine.adjust("ben", 11 + number)
    finally:
        machine.teardown()


def test_points_given_back_after_their_day_burn_at_once():
    """Found by a random history: the reference kept them until something else happened."""
    machine = Histories()
    try:
        machine.open(POLICIES[0])
        machine.sell("anna", [("C", 1, 4000)], 0, 0, "")
        paid = machine.sell("anna", [("C", 2, 1000)], 30, 0, "")
        machine.advance(dt.timedelta(days=40))
        machine.sell("anna", [("C", 1, 4000)], 0, 0, "")
        machine.give_back(paid, {0: 1}, "")
        machine.the_two_ledgers_agree()
    finally:
        machine.teardown()


@pytest.mark.parametrize("mutant", sorted(MUTANTS))
def test_a_changed_ledger_is_noticed(
    mutant: str, monkeypatch: pytest.MonkeyPatch, note_mutant: Callable[..., None]
) -> None:
    """The negative control of the histories: the product with one thing wrong."""
    module, name, changed = MUTANTS[mutant]
    monkeypatch.setattr(module, name, changed, raising=False)
    try:
        tell_the_story()
    except (AssertionError, DatabaseError, ValueError):
        noticed = True
    else:
        noticed = False
    note_mutant(killed=noticed)
    assert noticed
