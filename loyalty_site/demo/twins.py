"""People who are in the base twice: an old list brings some in under another number, the nightly search proposes them,
and the administrator merges one pair. The other pairs wait for whoever looks at the demonstration."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable

from django.utils import timezone

from loyalty_site.demo import importing
from loyalty_site.demo.desk import ACTOR
from loyalty_site.demo.people import Person
from loyalty_site.embedded.processes import EmbeddedError, var_folder
from loyalty_site.services.merging import merge_members
from members.models import DuplicatePair, DuplicateScan, Merge, PairState
from members.services.duplicates import request_scan

FILE_NAME = "an old till's list (generated).csv"
SECOND_RECORDS = 3
AREA_CODE = "816"  # nobody else's in this demonstration
POLL_SECONDS = 0.2


def find(everybody: list[Person], reach: Callable[[int, int | None], None], meanwhile: Callable[[], None]) -> bool:
    """Do what is missing; False when an earlier run had done it all."""
    path = var_folder() / "demo-old-list.csv"
    path.write_bytes(_old_list(everybody))
    was_in = importing.is_in(path)
    importing.bring_in(path, reach, meanwhile, file_name=FILE_NAME)
    if Merge.objects.exists():
        return not was_in
    _search(reach, meanwhile)
    pair = DuplicatePair.objects.filter(state=PairState.PROPOSED).order_by("-score", "id").first()
    if pair is None:
        raise EmbeddedError("the search for duplicates found none of the demonstration's own")
    merge_members(pair.first_id, pair.second_id, actor=ACTOR, now=timezone.now())
    return True


def figures() -> str:
    waiting = DuplicatePair.objects.filter(state=PairState.PROPOSED).count()
    return f"{Merge.objects.count()} pair merged, {waiting} waiting for a decision"


def _old_list(everybody: list[Person]) -> bytes:
    """Shoppers with a birthday under a phone of their own: a letter swapped, the family name first, in capitals."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(["Name", "Phone", "Birthday", "City", "Points"])
    shoppers = [person for person in everybody if person.household is not None and person.birthday]
    for index, person in enumerate(shoppers[10 : 10 + SECOND_RECORDS]):
        first, _, last = person.name.partition(" ")
        swapped = last[:2] + last[3:4] + last[2:3] + last[4:]
        name = [f"{first} {swapped}", f"{last} {first}", person.name.upper()][index % 3]
        birthday = f"{person.birthday:%Y-%m-%d}"
        table.writerow([name, f"{AREA_CODE}-555-01{index:02d}", birthday, person.city, 20])
    return text.getvalue().encode()


def _search(reach: Callable[[int, int | None], None], meanwhile: Callable[[], None]) -> None:
    scan = request_scan(now=timezone.now(), everybody=True)
    deadline = time.monotonic() + 300
    while scan.finished_at is None:
        if time.monotonic() > deadline:
            raise EmbeddedError(f"the search for duplicates does not end. Why is in {var_folder() / 'worker.log'}")
        meanwhile()
        time.sleep(POLL_SECONDS)
        scan = DuplicateScan.objects.get(pk=scan.pk)
        reach(scan.looked_at, None)
