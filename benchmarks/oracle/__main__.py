"""`python -m benchmarks.oracle [--cases FILE] [--report FILE]`: make oracle calls it."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_site.settings")

DEFAULT_CASES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "oracle" / "cases.jsonl"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make oracle")
    parser.add_argument("--cases", default="", help="scenarios, one JSON object a line")
    parser.add_argument("--report", default="", help="where the JSON report goes")
    options = parser.parse_args(arguments)
    path = Path(options.cases) if options.cases else DEFAULT_CASES
    try:
        cases = read_cases(path)
    except (OSError, ValueError) as error:
        print(f"There are no scenarios to run: {error}. Name a file: make oracle CASES=file.jsonl", file=sys.stderr)
        return 2
    return run(cases, Path(options.report) if options.report else None)


def read_cases(path: Path) -> list[dict[str, Any]]:
    """Raises OSError for a file that cannot be read and ValueError for one that holds no scenarios."""
    cases = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if line.strip():
            try:
                case = json.loads(line)
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: {error}") from error
            if not isinstance(case, dict):
                raise ValueError(f"{path}, line {number} is not a JSON object")
            cases.append(case)
    if not cases:
        raise ValueError(f"{path} is empty")
    return cases


def run(cases: list[dict[str, Any]], report_path: Path | None) -> int:
    from django.test.utils import setup_test_environment

    from benchmarks.measure import fresh_database

    with fresh_database():
        # Models can be imported only now that Django is set up.
        from benchmarks.oracle import report
        from benchmarks.oracle.runner import run_cases

        setup_test_environment(debug=False)
        logging.getLogger("django.request").setLevel(logging.ERROR)  # refusals are answers here
        results = run_cases(cases)
    if report_path is not None:
        report.write(results, report_path)
    print("\n".join(report.lines(results)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
