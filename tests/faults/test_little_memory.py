"""Files made to fill the memory, read by a process that has little of it (T49, T51): a refusal or counted rows."""

from __future__ import annotations

import ctypes
import io
import json
import os
import resource
import signal
import struct
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from loyalty_site.ground.policy import system
from members.models import Member
from programs.models import ImportState
from programs.services.importing import UploadOrder, apply, check, confirm_import, start_check, upload_file
from programs.services.importing.words import FILE_ERRORS
from tests.faults.forked import fork
from tests.programs.services.importing.books import HEAD, MAIN, book, sheet
from tests.programs.shop import NOW, open_shop

pytestmark = pytest.mark.django_db(transaction=True)
ACTOR = system("tests")
# Beside what Django and the tests have taken already; and how long one file may take a busy machine.
ROOM = 160 * 1024**2
SECONDS = 240
LINE = b"+12125550100,Anna,1\n"


def in_a_small_process(work: Callable[[], dict[str, Any]], seconds: int = SECONDS) -> dict[str, Any]:
    """What `work` says, done in a child that may take ROOM more; with its peak in MB and its CPU seconds."""
    readable, writable = os.pipe()
    pid = fork()
    if pid == 0:
        signal.alarm(seconds)
        # What the parent has free but has not given back would be used first, and seen by nobody.
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")
        before = _memory("VmRSS")
        most = _memory("VmSize") + ROOM
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        began = time.process_time()
        try:
            told = work()
        except BaseException:  # noqa: BLE001  a child tells its parent everything
            told = {"crash": traceback.format_exc()[-1500:]}
        told |= {"mb": (_memory("VmHWM") - before) / 1024**2, "cpu": time.process_time() - began}
        os.write(writable, json.dumps(told).encode())
        os._exit(0)
    os.close(writable)
    with os.fdopen(readable) as pipe:
        answer = pipe.read()
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, "the process died"
    told = json.loads(answer)
    assert "crash" not in told, told["crash"]
    return told


def _memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def bring(content: Iterable[bytes]) -> dict[str, Any]:
    """Upload, check and apply; how it ended."""
    order = UploadOrder(file_name="x.csv", blocks=content, default_region="US")
    batch = upload_file(order, actor=ACTOR, now=NOW)
    if batch.state == ImportState.REFUSED:
        return {"error": batch.file_error}
    start_check(batch.pk, now=NOW, in_background=False)
    while not check.run_chunk(batch_id=batch.pk, now=NOW).is_finished:
        pass
    confirm_import(batch.pk, actor=ACTOR, now=NOW, in_background=False)
    while not apply.run_chunk(batch_id=batch.pk, now=NOW).is_finished:
        pass
    batch.refresh_from_db()
    return {"error": "", "totals": batch.totals, "reasons": Counter(batch.rows.values_list("reason", flat=True))}


def packed(name: str, content: Iterable[bytes], *, claim: int | None = None) -> list[bytes]:
    """A workbook with one part of its own; `claim` is what its directory says of the part's size."""
    target = io.BytesIO(book({"People": sheet(["phone"], ["+12125550100"])}))
    with zipfile.ZipFile(target) as source:
        parts = {one: source.read(one) for one in source.namelist() if one != name}
    made = io.BytesIO()
    size = 0
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for one, data in parts.items():
            archive.writestr(one, data)
        with archive.open(name, "w") as part:
            for block in content:
                part.write(block)
                size += len(block)
    data = made.getvalue()
    return [data if claim is None else data.replace(struct.pack("<L", size), struct.pack("<L", claim))]


def blocks(piece: bytes, megabytes: int) -> Iterable[bytes]:
    block = piece * (1024**2 // len(piece))
    return (block for _ in range(megabytes))


def around(before: bytes, middle: Iterable[bytes], after: bytes = b"") -> Iterable[bytes]:
    yield before
    yield from middle
    yield after


SHEET = "xl/worksheets/s1.xml"
OPEN = f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>'.encode()
XXE = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]><worksheet>&b;'
)
# {what: (the file of so many megabytes, how it is refused)}; "" where it is read and only rows are.
HOSTILE: dict[str, tuple[Callable[[int], Iterable[bytes]], str]] = {
    "a bomb": (lambda size: packed(SHEET, around(OPEN, blocks(b"<row/>", size))), "too_large_when_unpacked"),
    "a bomb that lies": (
        lambda size: packed(SHEET, around(OPEN, blocks(b"<row/>", size)), claim=5000),
        "damaged_workbook",
    ),
    "an entity": (lambda size: packed(SHEET, [XXE]), "workbook_has_dtd"),
    "elements in elements": (lambda size: packed(SHEET, around(OPEN, blocks(b"<a>", 20))), "damaged_workbook"),
    "a million attributes": (
        lambda size: packed(SHEET, [OPEN, b"<row ", *(b"a%d='' " % n for n in range(1_000_000)), b"/>"]),
        "damaged_workbook",
    ),
    "a million names": (
        lambda size: packed(SHEET, [OPEN, *(b"<n%d/>" % n for n in range(1_000_000))]),
        "damaged_workbook",
    ),
    "a text without end": (
        lambda size: packed("xl/sharedStrings.xml", around(b"<sst><si><t>", blocks(b"word ", 20))),
        "damaged_workbook",
    ),
    "one line": (lambda size: blocks(b"x", size), "no_key_column"),
    "one line among others": (lambda size: around(b"phone,name,points\n" + LINE, blocks(b"x", size), b"\n"), ""),
    "one cell in quotes": (
        lambda size: around(b'phone,name,points\n"', blocks(b"x" * 1023 + b"\n", size), b'"\n' + LINE),
        "",
    ),
    "quotes and nothing else": (lambda size: around(b"phone,name,points\n", blocks(b'"', size)), ""),
    "a million columns": (
        lambda size: [b",".join(b"phone%d" % n for n in range(1_000_000)), b"\n"],
        "no_key_column",
    ),
    "a million columns in a row": (lambda size: [b"phone,name,points\n" + LINE, b"," * 900_000, b"x\n"], ""),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_file_made_to_fill_the_memory_is_refused_or_read(
    what: str,
    settings: Any,
    tmp_path: Path,
    trials: Callable[[int, int], int],
    note_trials: Callable[..., None],
):
    settings.MEDIA_ROOT = tmp_path
    open_shop()
    make, error = HOSTILE[what]
    content = list(make(trials(40 if "bomb" in what else 6, 100)))
    told = in_a_small_process(lambda: bring(content))
    assert told["error"] == error
    assert not error or FILE_ERRORS[error]
    if error:
        assert Member.objects.count() == 0
    else:
        totals = told["totals"]
        assert totals["created"] == Member.objects.count() <= 1
        assert sum(totals[name] for name in ("created", "updated", "unchanged", "rejected")) == totals["data_rows"]
    note_trials("T51", 1)
    note_trials("T49", 1, f"last file: {what}, peak {told['mb']:.0f} MB of {ROOM // 1024**2}, {told['cpu']:.1f} s")


KIB_A_ROW = 0.4


def people(first: int, count: int, kept: list[bytes]) -> Iterable[bytes]:
    """A file of new people; of every fifty rows two name the person before once more, and one cannot be read."""
    yield b"phone,name,email,points\n"
    for start in range(first, first + count, 1000):
        lines = []
        for number in range(start, start + 1000):
            same = number - (number % 25 == 19)
            phone = "?" if number % 50 == 7 else f"+1212{5_500_000 + same}"
            email = "" if number % 50 == 7 else f"p{same}@example.org"
            lines.append(f"{phone},Person {number},{email},{number % 90}\n")
        yield "".join(lines).encode()
        if kept:
            kept.append(b"x" * 1024 * 1000)


def growth(rows: int, kept: list[bytes]) -> dict[str, Any]:
    """By how much the peak of a file of `rows` rows is above that of one of 4,000, in KiB a row. With anything in `kept`,
    a KiB of each row is never let go of."""
    bring(people(0, 4000, []))
    before = _memory("VmHWM")
    told = bring(people(10_000, rows, kept))
    return told | {"grown": (_memory("VmHWM") - before) / 1024 / rows}


def test_a_long_file_takes_no_more_memory_than_a_short_one(
    settings: Any,
    tmp_path: Path,
    trials: Callable[[int, int], int],
    note_trials: Callable[..., None],
):
    settings.MEDIA_ROOT = tmp_path
    open_shop()
    rows, seconds = trials(10_000, 300_000), trials(SECONDS, 3600)
    told = in_a_small_process(lambda: growth(rows, []), seconds)
    totals = told["totals"]
    assert (totals["data_rows"], totals["rejected"], totals["updated"]) == (rows, rows // 50, rows // 25)
    assert told["grown"] <= KIB_A_ROW
    note_trials("T50", rows, f"{told['grown']:.2f} KiB a row, peak {told['mb']:.0f} MB")


def test_what_a_file_s_rows_leave_behind_would_be_seen(settings: Any, tmp_path: Path, note_mutant: Callable[..., None]):
    settings.MEDIA_ROOT = tmp_path
    open_shop()
    is_seen = in_a_small_process(lambda: growth(10_000, [b""]))["grown"] > KIB_A_ROW
    note_mutant(killed=is_seen)
    assert is_seen
