"""What a column means, from the words people put above it in English, Russian and Hebrew."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

KEY_FIELDS = ("phone", "email", "card", "code")
FIELDS = (
    *("name", "first_name", "middle_name", "last_name"),
    *KEY_FIELDS,
    *("birth_date", "points", "joined_on", "city", "note", "sex", "region", "consent"),
)

# Tried in this order; the first that is found in the heading wins.
_WORDS: list[tuple[str, str]] = [
    ("consent", r"consent|opt ?in|subscri|newsletter|согласи|подписк|рассылк|הסכמה|דיוור"),
    ("email", r"e ?mail|\bmail\b|почт|\bимейл|\bмейл|דואל|אימייל|מייל"),
    ("birth_date", r"birth|\bbday|\bdob\b|рожд|^д р$|לידה|הולדת"),
    ("joined_on", r"join|regist|sign ?up|member since|enrol|created|регистрац|вступл|дата выдачи|הצטרפות|רישום"),
    ("points", r"остаток|баланс|balance|балл|point|נקודות|יתרה|^бонусы$|^bonus(es)?$|сумма бонус"),
    ("phone", r"phone|mobile|\bcell|\btel\b|телефон|мобил|\bмоб\b|\bтел\b|сотов|טלפון|נייד|סלולר"),
    ("card", r"\bcard|\bкарт|כרטיס"),
    ("code", r"\bcode\b|\bid\b|customer (no|number)|\bкод\b|номер клиента|קוד|מספר לקוח"),
    ("points", r"бонус|bonus"),
    ("last_name", r"last ?name|surname|family|фамили|משפחה"),
    ("middle_name", r"middle|patronym|отчеств"),
    ("first_name", r"first ?name|given|פרטי"),
    ("sex", r"^sex$|gender|^пол$|^מין$"),
    ("city", r"\bcity|\btown|\bгород|עיר"),
    ("note", r"\bnote|comment|remark|примеч|коммент|заметк|הערה|הערות"),
    ("region", r"country|^region$|^страна|^регион$|מדינה"),
    ("name", r"\bname\b|customer|client|\bфио\b|^ф и о$|клиент|покупател|\bимя\b|^שם|לקוח"),
]
_PATTERNS = [(field, re.compile(words)) for field, words in _WORDS]


def heading_form(text: str) -> str:
    """A heading as compared: case, width, marks, quotes and punctuation folded away."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    plain = "".join(char for char in plain if unicodedata.category(char) != "Cf" and char not in "\"'״׳")
    return re.sub(r"[\W_]+", " ", plain).strip()


def field_of(heading: str) -> str:
    """One of FIELDS, or "" for a column we do not know."""
    plain = heading_form(heading)
    if not plain or len(plain) > 60:
        return ""
    return next((field for field, pattern in _PATTERNS if pattern.search(plain)), "")


def fields_of(headings: Sequence[str]) -> list[str]:
    """The meaning of each column; of two columns with one meaning the first has it, the other none ("")."""
    found: list[str] = []
    for heading in headings:
        field = field_of(heading)
        found.append("" if field in found else field)
    if "last_name" in found and "name" in found and "first_name" not in found:
        # "Имя" beside "Фамилия" is the first name.
        found[found.index("name")] = "first_name"
    return found


def heading_score(cells: Sequence[str]) -> int:
    """How much a row looks like the headings of a table: known words, 0 when no key is among them or data is."""
    if any("@" in cell or sum(char.isdigit() for char in cell) >= 6 for cell in cells):
        return 0
    found = [field for field in fields_of(cells) if field]
    return len(found) if set(found) & set(KEY_FIELDS) else 0


def is_total_line(cells: Sequence[str]) -> bool:
    """Is this the line of sums that reports end with?"""
    first = next((cell for cell in map(heading_form, cells) if cell), "")
    return first in {"итого", "всего", "total", "totals", "grand total", "סהכ", "סך הכל"}
