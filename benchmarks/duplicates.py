"""How many of the duplicates in a set of people are found, and how many of those found are duplicates.

Febrl's files by default; PEOPLE=people.csv LINKS=links.csv measure another set of the same columns. Everything as it
is shipped: members and addresses in the database, the nightly search in its chunks, the default threshold.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import os
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

FOLDER = Path(os.environ.get("PEOPLE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data" / "people"))
NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
GOALS = {"precision": 0.97, "recall": 0.95}


def rows_of(path: Path) -> list[dict[str, str]]:
    """A CSV, plain or gzipped, its cells without spaces around them."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        return [{key.strip(): (value or "").strip() for key, value in row.items()} for row in csv.DictReader(file)]


def load(rows: list[dict[str, str]]) -> dict[str, int]:
    """Members and addresses as the office would have them; {record: member}. Dates that are none stay empty."""
    from members.models import Address, Member
    from members.rules.text import clean_name, search_form

    members, addresses = [], []
    for row in rows:
        name = clean_name(" ".join(filter(None, [row["given_name"], row["surname"]])))
        birth = {}
        try:
            day = dt.datetime.strptime(row["date_of_birth"], "%Y%m%d").replace(tzinfo=dt.UTC)
            birth = {"birth_year": day.year, "birth_month": day.month, "birth_day": day.day}
        except ValueError:
            pass
        members.append(Member(name=name, search_name=search_form(name), created_at=NOW, updated_at=NOW, **birth))
        street = " ".join(filter(None, [row["street_number"], row["address_1"], row["address_2"]]))
        addresses.append(Address(city=row["suburb"], street=street, postcode=row["postcode"]))
    Member.objects.bulk_create(members)
    for member, address in zip(members, addresses, strict=True):
        address.member = member
    Address.objects.bulk_create(addresses)
    return {row["rec_id"]: member.pk for row, member in zip(rows, members, strict=True)}


def measure(people: Path, links: Path) -> tuple[float, float]:
    """(precision, recall) of what is proposed after one whole search."""
    from members.models import DuplicatePair
    from members.services.duplicates import request_scan, scan_chunk

    numbers = load(rows_of(people))
    true = {
        tuple(sorted((numbers[row["rec_id_1"]], numbers[row["rec_id_2"]])))
        for row in rows_of(links)
        if row["rec_id_1"] in numbers and row["rec_id_2"] in numbers
    }
    scan = request_scan(now=NOW, everybody=True)
    while not scan_chunk(scan=scan.pk, now=NOW).is_finished:
        pass
    found = set(DuplicatePair.objects.values_list("first_id", "second_id"))
    return len(found & true) / max(1, len(found)), len(found & true) / max(1, len(true))


def main() -> int:
    people = Path(os.environ.get("PEOPLE", FOLDER / "febrl1.csv.gz"))
    links = Path(os.environ.get("LINKS", FOLDER / "febrl1_true_links.csv.gz"))
    if not people.exists():
        print(f"DUPLICATES skipped: {people} is not here (PEOPLE_DATA names another folder)")
        return 0
    from benchmarks.measure import fresh_database

    with fresh_database():
        began = time.process_time()
        precision, recall = measure(people, links)
        print(f"{len(rows_of(people))} people of {people.name}, {time.process_time() - began:.1f} s of CPU")
    print(f"DUPLICATES precision {precision:.3f} recall {recall:.3f}")
    for name, value in (("precision", precision), ("recall", recall)):
        print(f"RATIO duplicates-{name} {value:.3f} goal >={GOALS[name]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
