"""Every file of the shared folder of messy customer files, against the outcome that stands beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.programs.management.test_import_customers import OUR_ANSWERS, assert_row

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "import"
NAMES = sorted(path.name.removesuffix(".expected.json") for path in FOLDER.glob("*.expected.json"))


@pytest.mark.skipif(not NAMES, reason=f"the folder {FOLDER} is not here")
@pytest.mark.parametrize("name", NAMES)
def test_the_outcome_is_the_expected_one(name, run):
    expected = json.loads((FOLDER / f"{name}.expected.json").read_text())
    if before := expected.get("requires_before"):
        run(FOLDER / before, "--apply")
    region = expected.get("default_region", "RU")
    code, report = run(FOLDER / name, region=region if len(region) == 2 else "RU")
    assert code == (2 if expected["file_error"] else 0)
    assert report["file_error"] == expected["file_error"]
    for field in ("encoding", "delimiter", "header_line", "sheet"):
        if expected.get(field):
            assert report[field] == expected[field], field
    if isinstance(expected.get("mapping"), dict) and "region" not in expected["mapping"]:
        there = {heading: field for heading, field in expected["mapping"].items() if heading in report["mapping"]}
        assert there
        assert there.items() <= report["mapping"].items()
    ours = OUR_ANSWERS.get(name, {})
    if not ours:
        assert {total: report["totals"][total] for total in expected["totals"]} == expected["totals"]
    rows = {row["line"]: row for row in report["rows"]}
    by_record = expected.get("line_meaning") == "record number + 1"
    for number, wanted in enumerate(expected["rows"]):
        row = report["rows"][number] if by_record else rows[wanted["line"]]
        if wanted["line"] in ours:
            assert (row["outcome"], row["reason"]) == ours[wanted["line"]]
        else:
            assert_row(row, wanted)
