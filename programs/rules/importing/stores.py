"""Files of stores: the words above their columns, and one row read."""

from __future__ import annotations

import re
from collections.abc import Mapping

from programs.rules.importing.headings import Vocabulary, heading_form, patterns
from programs.rules.importing.plan import Plan
from programs.rules.importing.records import Record
from programs.rules.importing.rows import Understood
from programs.rules.importing.things import OneLine, open_row, read_key, read_texts

CODE_MAX = 40
_CODE = re.compile(r"[A-Za-z0-9_-]+")

_WORDS = [
    ("time_zone", r"time ?zone|\btz\b|часов\w* пояс|אזור זמן"),
    ("", r"phone|e ?mail|\bmail\b|\burl\b|site|hours|телефон|почт|сайт|часы|режим|график|טלפון|דואל|שעות|אתר"),
    ("", r"address|street|house|адрес|улица|дом\b|כתובת|רחוב|post ?code|\bzip\b|индекс|מיקוד|manager|директор|מנהל"),
    ("is_open", r"^(is )?open|status|active|closed|работает|открыт|закрыт|статус|действ|פתוח|פעיל|סגור|סטטוס"),
    (
        "partner",
        r"partner|company|legal|owner|franchis|\bfirm|партнер|компан|организац|юр ?лиц|владел|франч|שותף|חברה|זכיין|בעלים",
    ),
    ("city", r"\bcity|\btown|\bгород|населенный пункт|עיר|ישוב|יישוב"),
    ("code", r"\bcode\b|\bid\b|^no$|^nr$|number|\bкод\b|номер|^№|קוד|מספר"),
    ("name", r"\bname|store|shop|outlet|branch|назван|наимен|магазин|точк|филиал|аптек|^שם|חנות|סניף"),
]
_YES = {
    "1",
    "yes",
    "true",
    "open",
    "active",
    "да",
    "открыт",
    "открыта",
    "работает",
    "действует",
    "כן",
    "פתוח",
    "פתוחה",
    "פעיל",
}
_NO = {"0", "no", "false", "closed", "inactive", "нет", "закрыт", "закрыта", "לא", "סגור", "סגורה", "לא פעיל"}

STORES = Vocabulary(
    kind="stores",
    fields=("code", "name", "partner", "city", "time_zone", "is_open"),
    keys=("code", "name"),
    words=patterns(_WORDS),
)


def read_store(record: Record, plan: Plan, line: OneLine, *, zones: Mapping[str, str]) -> Understood:
    """One record of a file of stores. `zones` {small letters: name} are the time zones there are, also by their last
    part alone. A store without a code has its name only; who knows the database gives it one."""
    row, cells = open_row(record, plan, line)
    if row.outcome:
        return row
    if cells.get("code") or not cells.get("name"):
        code = read_key(row, cells.get("code", ""), kind="store_code", most=CODE_MAX)
        if code and not _CODE.fullmatch(code):
            row.refuse("store_code_unreadable")
        if row.outcome:
            return row
        row.given["code"] = code
    read_texts(row, cells, {"name": 200, "partner": 200, "city": 120})
    _read_words(row, cells, zones)
    if not row.given.keys() & {"code", "name"}:
        row.refuse("store_code_missing")
    return row


def _read_words(row: Understood, cells: Mapping[str, str], zones: Mapping[str, str]) -> None:
    if zone := cells.get("time_zone", ""):
        if name := zones.get(zone.casefold().replace(" ", "_")):
            row.given["time_zone"] = name
        else:
            row.warnings.append("time_zone_unreadable")
    if word := heading_form(cells.get("is_open", "")):
        if word in _YES or word in _NO:
            row.given["is_open"] = "yes" if word in _YES else "no"
        else:
            row.warnings.append("is_open_unreadable")
