"""The preview: every record staged by COPY with what it would do. Chunk by chunk, each its own transaction,
so that a killed worker repeats one chunk and a million rows need no more memory than a thousand."""

from __future__ import annotations

import datetime as dt
import gc
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import batched

from django.db import connection, transaction

from loyalty_site.ground.services import JobProgress
from members import services as members
from members.errors import IdentifierUnreadable
from members.services.fields import FieldReader
from programs.models import ImportBatch, ImportState
from programs.queries.importing import count_outcomes
from programs.rules.importing.deciding import Decision, decide, start_of
from programs.rules.importing.plan import Plan
from programs.rules.importing.records import Record, read_records
from programs.rules.importing.rows import PLAIN_FIELDS, Readers, Understood, understand
from programs.rules.importing.usual import UsualReader
from programs.services.importing.batches import POINT_DECIMALS_OF_NEW_PROGRAM
from programs.services.importing.consents import Heard, judge_rows, to_keep, with_consents
from programs.services.importing.files import copy_of, read_lines
from programs.services.importing.known import Known, load_known
from programs.services.importing.tiers import TIER, tiers_of_chunk

CHUNK_RECORDS = 2000
CHUNK_CHARS = 4_000_000
CHUNK_BLANKS = 500_000
RAW_CELL_MAX = 500
# A rejected row is given back to be mended, so it keeps what it said.
REJECTED_CELL_MAX = 20_000
_ROWS = (
    "COPY programs_importrow (batch_id, line, raw, values, outcome, reason, warnings, member_id, same_as) FROM STDIN"
)
_KEYS = "COPY programs_importkey (batch_id, kind, value, line, member_id) FROM STDIN"
_COPY_ROWS = 200
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def read_key(kind: str, text: str, region: str) -> tuple[str, tuple[str, ...], str]:
    """A key as the pure rules want it: (value, warnings, why unreadable)."""
    try:
        reading = members.read_key(kind, text, region)
    except IdentifierUnreadable as error:
        return "", (), str(error.context["why"])
    return reading.value, reading.warnings, ""


READERS = Readers(key=read_key, name=members.clean_name, line=members.one_line, quick_key=members.quick_key)


def readers() -> Readers:
    """READERS, and what the company keeps of its people besides."""
    return replace(READERS, field=FieldReader().text)


def point_decimals(batch: ImportBatch) -> int:
    """How many decimals a point of this batch may have; without a programme, those of the one it would make."""
    return batch.program.point_decimals if batch.program else POINT_DECIMALS_OF_NEW_PROGRAM


@transaction.atomic
def run_chunk(*, batch_id: int, now: dt.datetime) -> JobProgress:
    """Check the next records of a batch. Progress is counted in bytes of the file."""
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("program").get(pk=batch_id)
    size = copy_of(batch.stored_name).stat().st_size if batch.state == ImportState.CHECKING else 0
    if batch.state != ImportState.CHECKING:
        return JobProgress(size, size, is_finished=True)
    plan = Plan.from_json(batch.reading["plan"])
    at = batch.reading.get("at") or {"offset": 0, "line": 1}
    lines = read_lines(batch.stored_name, offset=at["offset"], number=at["line"])
    with _uncollected():
        records, last, is_finished = next_records(read_records(lines, plan.delimiter, is_wrapped=plan.is_wrapped))
        if last:
            _stage(batch, plan, [record for record in records if record.line > plan.last_head_line], now)
    if last:
        at = {"offset": last.end, "line": last.last_line + 1}
    batch.reading = {**batch.reading, "at": at}
    if is_finished:
        batch.state = ImportState.CHECKED
        batch.totals = count_outcomes(batch.pk)
    batch.save(update_fields=["reading", "state", "totals"])
    return JobProgress(at["offset"], size, is_finished=is_finished)


def next_records(found: Iterator[Record]) -> tuple[list[Record], Record | None, bool]:
    """(records that hold anything, the last that was read, was it the last there is): as many as a chunk has, fewer
    when they are long. Blank ones are passed over, more of them than of others: a sheet may have a million."""
    records: list[Record] = []
    size = blank = 0
    last: Record | None = None
    for record in found:
        last = record
        if record.problem or any(record.cells):
            records.append(record)
            size += sum(map(len, record.cells))
        else:
            blank += 1
        if len(records) >= CHUNK_RECORDS or size > CHUNK_CHARS or blank >= CHUNK_BLANKS:
            return records, last, False
    return records, last, True


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for cycles: a chunk makes a hundred thousand small objects and no cycle, and a third of the work
    would go into looking at them again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _stage(batch: ImportBatch, plan: Plan, records: list[Record], now: dt.datetime) -> None:
    decimals = point_decimals(batch)
    region, today = batch.default_region, now.date()
    reading = readers()
    usual = UsualReader(plan, reading, region=region, today=today)
    understood = [
        (
            record,
            usual.read(record)
            or understand(record, plan, reading, region=region, point_decimals=decimals, today=today),
        )
        for record in records
    ]
    understood = [(record, row) for record, row in understood if row.outcome != "blank"]
    keys = [(kind, value) for _, row in understood if not row.outcome for kind, value, _ in row.keys]
    erased = members.erased_among(keys)
    if erased:
        understood = [
            (_emptied(record), row.forget()) if _is_of(erased, row) else (record, row) for record, row in understood
        ]
        keys = [key for key in keys if key not in erased]
    known = load_known(batch, keys, [record.line for record, _ in understood], point_decimals=decimals)
    if known.repeats:
        understood = [_forgotten(record, row, known) for record, row in understood]
    heard = judge_rows(batch, understood, known)
    tiers = tiers_of_chunk(batch, [row for _, row in understood], set(known.owners.values()))
    new_keys: list[str] = []
    lines = (
        (None if known.repeats else _staged_usual(batch, record, row, known, new_keys))
        or _staged(batch, record, row, known, heard, tiers, new_keys)
        for record, row in understood
    )
    _copy(_ROWS, lines)
    # In the order of their index: neighbours are written together.
    _copy(_KEYS, sorted(new_keys))


def _copy(statement: str, lines: Iterable[str]) -> None:
    """A few hundred lines at a time, so that long ones are never all in memory."""
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for some in batched(lines, _COPY_ROWS):
            copy.write("\n".join(some) + "\n")


def _line(*values: object) -> str:
    """Numbers, codes, JSON and None, none of which has a line end or a tab in it, as COPY takes them."""
    return "\t".join(["\\N" if value is None else str(value) for value in values])


def _is_of(erased: set[tuple[str, str]], row: Understood) -> bool:
    return not row.outcome and any((kind, value) in erased for kind, value, _ in row.keys)


def _forgotten(record: Record, row: Understood, known: Known) -> tuple[Record, Understood]:
    """As it is, unless this very row was applied to somebody who has been forgotten since, by keys that others have."""
    before = None if row.outcome else known.repeat_of(record.line, row.given)
    return (_emptied(record), row.forget()) if before and before.is_erased else (record, row)


def _emptied(record: Record) -> Record:
    """Nothing of somebody who was forgotten is stored again, not even to say why the row is refused."""
    return record._replace(cells=[])


def _staged(
    batch: ImportBatch,
    record: Record,
    row: Understood,
    known: Known,
    heard: Heard,
    tiers: Callable[[Decision, Understood], Decision],
    new_keys: list[str],
) -> str:
    decision = tiers(with_consents(_decide(batch, record, row, known), heard.get(record.line, [])), row)
    member_id: int | None = None
    same_as: int | None = None
    if decision.token:
        member_id = int(decision.token[1:]) if decision.token[0] == "m" else None
        same_as = known.first_lines.get(decision.token)
        first_line = known.first_lines.setdefault(decision.token, record.line)
        known.states[decision.token] = decision.state
        for kind, value, _ in row.keys:
            if (kind, value) not in known.owners:
                known.owners[kind, value] = decision.token
                new_keys.append(_line(batch.pk, kind, value, first_line, member_id))
    values = decision.to_short_json(row.given) | {"keys": row.keys} | to_keep(row, decision)
    if decision.tier:
        values[TIER] = [decision.tier]
    is_plain = row.given.keys() <= PLAIN_FIELDS and not decision.consents and not decision.tier
    if decision.outcome == "create" and is_plain:
        values["search"] = members.search_form(row.given.get("name", ""))
    most = REJECTED_CELL_MAX if decision.outcome == "reject" else RAW_CELL_MAX
    raw = record.cells
    if len(raw) > RAW_CELL_MAX or max(map(len, raw), default=0) > most or "\x00" in "".join(raw):
        raw = [cell[:most].replace("\x00", "") for cell in raw[:RAW_CELL_MAX]]
    warnings = _copied(list(dict.fromkeys(row.warnings))) if row.warnings else "[]"
    said = (_copied(raw), _copied(values), decision.outcome, decision.reason, warnings)
    return _line(batch.pk, record.line, *said, member_id, same_as)


def _staged_usual(batch: ImportBatch, record: Record, row: Understood, known: Known, new_keys: list[str]) -> str:
    """What `_staged` says of somebody new whose row is usual, or "" of any other row: nothing in it must be escaped."""
    owners, line, number = known.owners, record.line, batch.pk
    if not row.is_usual:
        return ""
    named = [(kind, value) for kind, value, _ in row.keys]
    if not owners.keys().isdisjoint(named):
        return ""
    given, token = row.given, f"l{line}"
    state, opening = start_of(given, batch.points_mode)
    known.first_lines[token] = line
    known.states[token] = state
    owners.update(dict.fromkeys(named, token))
    new_keys += [f"{number}\t{kind}\t{value}\t{line}\t\\N" for kind, value in named]
    keys = '"],["'.join(['","'.join(key) for key in row.keys])
    texts = '","'.join([f'{name}":"{text}' for name, text in given.items()])
    name = given.get("name", "")
    # Letters beyond ASCII may turn into a quote when their width is folded.
    search = f'"{members.search_form(name)}"' if name.isascii() else _copied(members.search_form(name))
    started = f'["{opening[0]}","{opening[1]}"]' if opening else "null"
    kept = f',"state":{_object(state)}' if len(state) < len(given) else ""
    raw = '","'.join(record.cells)
    return (
        f'{number}\t{line}\t["{raw}"]\t{{"given":{{"{texts}"}},"keys":[["{keys}"]],"search":{search},"opening":{started}{kept}}}'
        "\tcreate\t\t[]\t\\N\t\\N"
    )


def _object(texts: Mapping[str, str | None]) -> str:
    return '{"' + '","'.join([f'{name}":"{text}' for name, text in texts.items()]) + '"}'


def _copied(value: object) -> str:
    """JSON as COPY takes it."""
    text = _json(value)
    return text.replace("\\", "\\\\") if "\\" in text else text


def _decide(batch: ImportBatch, record: Record, row: Understood, known: Known) -> Decision:
    owner = next((known.owners[kind, value] for kind, value, _ in row.keys if (kind, value) in known.owners), "")
    before = known.repeat_of(record.line, row.given)
    return decide(
        row,
        line=record.line,
        owners=known.owners,
        states=known.states,
        points_mode=batch.points_mode,
        in_file=owner in known.first_lines,
        repeat_of=f"m{before.member_id}" if before else "",
    )
