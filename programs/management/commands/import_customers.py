"""Import a file without a browser: of customers, or of another kind. A dry run unless --apply; needs no worker and no
broker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, override

import phonenumbers
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.policy import system
from programs.models import CouponSeries, ImportBatch, ImportKind, Partner, Program
from programs.queries.importing import REPORT_TOTALS, report_rows
from programs.rules.importing.consents import WAYS
from programs.rules.importing.headings import CONSENT_FIELDS
from programs.services.importing import (
    UploadOrder,
    confirm_import,
    discard_import,
    file_error_in_words,
    is_declared,
    start_check,
    upload_file,
)
from programs.services.importing.kinds import WORKS, apply_chunk, check_chunk

ACTOR = system("import_customers")
EXIT_REFUSED = 2
_HINTS = {
    "import_program_missing": "Add --program CODE.",
    "import_column_missing": "Add --map FILE.",
    "import_series_missing": "Add --series KEY.",
}


class Command(BaseCommand):
    help = (
        "Check a file of customers (or of --kind) in CSV, TSV, TXT or XLSX and, with --apply, load it. "
        "Exit code 2: the file was refused."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--kind", choices=list(WORKS), default=ImportKind.CUSTOMERS, help="what is in the file")
        parser.add_argument("--default-region", default="", help="country of phones without a country code: RU, IL")
        parser.add_argument("--program", default="", help="code of the programme the points belong to")
        parser.add_argument("--partner", default="", help="of stores: code of the partner they belong to")
        parser.add_argument("--series", default="", help="of coupons: key of the kind of coupon they belong to")
        parser.add_argument(
            "--keep-without-member", action="store_true", help="of receipts: keep those of nobody we know"
        )
        parser.add_argument("--make-products", action="store_true", help="of receipts: make articles we do not know")
        parser.add_argument("--points", choices=["add", "set", "ignore"], default="", help="for people known already")
        parser.add_argument("--map", type=Path, help='JSON {"heading": "field"}')
        parser.add_argument("--sheet", default="", help="of a workbook; without, the first visible one with people")
        parser.add_argument(
            "--consent-place", default="", help="where the file's consents were collected; with --consent-by"
        )
        parser.add_argument("--consent-by", default="", help="who collected them; without both no consent is raised")
        parser.add_argument(
            "--consent-channel", action="append", default=[], choices=WAYS, help="what a yes lets come; may be repeated"
        )
        parser.add_argument("--apply", action="store_true", help="load it; without, nothing is kept")
        parser.add_argument("--report", type=Path, required=True, help="where to write the JSON report")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        order = self._order(options)
        batch = upload_file(order, actor=ACTOR, now=timezone.now(), note_it=options["apply"])
        refused = bool(batch.file_error) or not self._check(batch)
        if options["apply"] and not refused:
            confirm_import(batch.pk, actor=ACTOR, now=timezone.now(), in_background=False)
            self._run(batch, apply_chunk, "apply")
            batch.refresh_from_db()
        self._write(batch, options["report"], is_applied=options["apply"] and not refused)
        if refused or not options["apply"]:
            discard_import(batch.pk)
        self._say(batch, is_applied=options["apply"])
        if refused:
            raise SystemExit(EXIT_REFUSED)

    def _order(self, options: dict[str, Any]) -> UploadOrder:
        region = options["default_region"].upper()
        if region not in phonenumbers.SUPPORTED_REGIONS and options["kind"] == ImportKind.CUSTOMERS:
            raise CommandError(f"--default-region: {region!r} is not a country of two letters, such as RU or IL.")
        program = None
        if options["program"]:
            program = Program.objects.filter(code=options["program"]).first()
            if program is None:
                raise CommandError(f"There is no programme with the code {options['program']!r}.")
        mapping = None
        if options["map"]:
            try:
                mapping = json.loads(options["map"].read_text(encoding="utf-8-sig"))
            except (OSError, ValueError) as error:
                raise CommandError(f"The map cannot be read: {error}") from error
            if not isinstance(mapping, dict) or not all(isinstance(field, str | None) for field in mapping.values()):
                raise CommandError('The map must be a JSON object {"heading": "field"}.')
        if not options["file"].is_file():
            raise CommandError(f"There is no file {options['file']}.")
        return UploadOrder(
            terms=self._terms(options),
            kind=options["kind"],
            file_name=options["file"].name,
            blocks=_blocks(options["file"]),
            default_region=region,
            program=program,
            points_mode=options["points"],
            mapping={heading: field or "" for heading, field in mapping.items()} if mapping else None,
            sheet=options["sheet"],
            consents={
                "place": options["consent_place"].strip(),
                "by": options["consent_by"].strip(),
                "channels": options["consent_channel"],
            },
        )

    def _terms(self, options: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if options["keep_without_member"]:
            found["without_member"] = "keep"
        if options["make_products"]:
            found["products"] = "create"
        if options["partner"]:
            found["partner"] = Partner.objects.filter(code=options["partner"]).values_list("pk", flat=True).first()
        if options["series"]:
            keyed = CouponSeries.objects.filter(key=options["series"])
            if options["program"]:
                keyed = keyed.filter(program__code=options["program"])
            ids = list(keyed.values_list("pk", flat=True)[:2])
            if len(ids) > 1:
                raise CommandError(f"Several programmes have a kind {options['series']!r}: add --program CODE.")
            found["series"] = ids[0] if ids else None
        for name, value in found.items():
            if value is None:
                raise CommandError(f"There is no {name} {options[name]!r}.")
        return found

    def _check(self, batch: ImportBatch) -> bool:
        """False when a programme or a column must be named first."""
        try:
            start_check(batch.pk, now=timezone.now(), in_background=False)
        except DomainError as refusal:
            hint = _HINTS.get(refusal.code, "")
            self.stderr.write(f"{refusal.message()} {hint}".strip())
            batch.file_error = refusal.code
            return False
        self._run(batch, check_chunk, "check")
        batch.refresh_from_db()
        return True

    def _run(self, batch: ImportBatch, chunk: Any, what: str) -> None:
        while True:
            progress = chunk(batch_id=batch.pk, now=timezone.now())
            if self.stderr.isatty() and progress.total_count:
                self.stderr.write(f"\r{what} {100 * progress.done_count // progress.total_count}%", ending="")
            if progress.is_finished:
                return

    def _write(self, batch: ImportBatch, path: Path, *, is_applied: bool) -> None:
        """One row at a time: the report of a million rows must not sit in memory."""
        head = {
            "kind": batch.kind,
            "file": batch.file_name,
            "applied": is_applied,
            "file_error": batch.file_error or None,
            "file_error_line": batch.file_error_line,
            "encoding": batch.encoding or None,
            "delimiter": batch.delimiter or None,
            "header_line": batch.header_line,
            "mapping": {} if batch.file_error else _mapping(batch),
            "sheet": (batch.reading.get("plan") or {}).get("sheet") or None,
            "program": batch.program.code if batch.program else None,
            "program_made": batch.reading.get("made_program"),
            "notes": _notes(batch),
            "totals": {name: batch.totals.get(name, 0) for name in REPORT_TOTALS},
            "consents": batch.totals.get("consents", {}),
        }
        with path.open("w", encoding="utf-8") as report:
            report.write(json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "rows": [')
            for number, row in enumerate(report_rows(batch)):
                report.write((",\n  " if number else "\n  ") + json.dumps(row, ensure_ascii=False))
            report.write("\n ]\n}\n")

    def _say(self, batch: ImportBatch, *, is_applied: bool) -> None:
        if batch.file_error:
            words = file_error_in_words(batch.file_error, batch.file_error_line)
            self.stderr.write(f"{batch.file_name} was refused: {batch.file_error}. {words}")
            return
        totals = batch.totals
        self.stdout.write(
            f"{batch.file_name}: {totals['data_rows']} rows, {totals['created']} new, {totals['updated']} updated, "
            f"{totals['unchanged']} unchanged, {totals['rejected']} rejected. "
            + ("Applied." if is_applied else "Dry run: nothing was kept.")
        )
        if batch.reading.get("made_program"):
            self.stdout.write("No programme existed: the points were put into a new draft called Points.")


def _mapping(batch: ImportBatch) -> dict[str, str]:
    """{heading: field}; of two columns with one heading, the one that means something speaks."""
    shown: dict[str, str] = {}
    for header, meaning in batch.mapping:
        shown[header] = shown.get(header) or meaning
    return shown


def _notes(batch: ImportBatch) -> list[str]:
    has_consents = any(meaning in CONSENT_FIELDS for _header, meaning in batch.mapping)
    notes = ["consent_not_imported_evidence_needed"] if has_consents and not is_declared(batch) else []
    plan = batch.reading.get("plan") or {}
    if len(plan.get("sheets", [])) > 1:
        notes.append("other_sheets_left_out")
    return notes


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while block := source.read(1024 * 1024):
            yield block
