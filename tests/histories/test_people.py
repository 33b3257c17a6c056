"""Any sequence of import, edit, merge, unmerge, undo and erase keeps the books, and no no becomes a yes."""

from __future__ import annotations

import json
import logging
import os
import random
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis.stateful import run_state_machine_as_test

from loyalty_site.embedded.processes import var_folder
from tests.histories.people import Lives
from tests.histories.wishes import done

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(12 * 3600)]
SOAK = int(os.environ.get("SOAK_LIVES", "0"))
BATCH = 10


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def run(histories: int, steps: int, seed: int) -> None:
    settings = hypothesis.settings(
        max_examples=histories,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=True,
        # Making a story of fifty steps shorter takes longer than reading it.
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.reuse, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    chosen = hypothesis.seed(seed)(type("Seeded", (Lives,), {}))  # of its own: the seed is kept on the class
    run_state_machine_as_test(chosen, settings=settings)


def test_no_no_becomes_a_yes_in_any_life():
    """Every run has a seed of its own and prints it; SOAK_LIVES asks for more, kept count of in var/."""
    if SOAK:
        soak()
        return
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    run(3, 20, seed)


def soak() -> None:
    """Batches of BATCH lives x 50 steps until SOAK in all; a failure stops at its seed, the next start repeats it."""
    logging.disable(logging.CRITICAL)
    path = var_folder() / "soak-lives.json"
    kept = json.loads(path.read_text()) if path.exists() else {"lives": 0, "steps": 0, "seed": 1}
    while kept["lives"] < SOAK:
        done.histories = done.steps = 0
        print(f"seed {kept['seed']}", flush=True)
        run(min(BATCH, SOAK - kept["lives"]), 50, kept["seed"])
        kept = {
            "lives": kept["lives"] + done.histories,
            "steps": kept["steps"] + done.steps,
            "seed": kept["seed"] + 1,
        }
        path.write_text(json.dumps(kept))
        print(f"SOAK lives {kept['lives']} failures 0 (steps {kept['steps']})", flush=True)
    print(f"SOAK lives {kept['lives']} failures 0")
