"""Files of products: the words above their columns, and one row read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from loyalty_site.ground.rules.money import plain_text
from programs.rules.importing.headings import Vocabulary, heading_form, once, patterns
from programs.rules.importing.plan import Plan
from programs.rules.importing.records import Record
from programs.rules.importing.rows import Understood
from programs.rules.importing.sums import read_sum
from programs.rules.importing.things import OneLine, open_row, read_code, read_key, read_texts

SKU_MAX, NAME_MAX, CATEGORY_MAX, BRAND_MAX, LABEL_MAX, BARCODE_MAX = 60, 200, 120, 60, 40, 60
LABELS_MAX = 400  # letters of all of them
BARCODES_MAX = 20  # of one product: a page of them for tills keeps a size
MONEY_MAX, MONEY_STEP = Decimal(10) ** 10, Decimal("0.0001")  # money a piece: below, and as fine as
# Several labels in one cell.
_BETWEEN = re.compile(r"\s*[,;|]\s*")
# Several barcodes, which may also be numbers with nothing but spaces between them, as lines of one cell are.
_BETWEEN_CODES = re.compile(r"\s*[,;|]\s*|(?<=\d{8})\s+(?=\d{8})")

# What a product costs us says what is left of a sale, and its usual price is what the till page proposes. Its other prices
# (of yesterday, of an action, before taxes), its stock and its taxes are the till's own affair: known words that are left
# out, and so are sums over the stock.
_WORDS = [
    (
        "parent_category",
        r"parent|department|top (category|group)|родител|отдел|раздел|надгрупп|מחלקה|קטגורי\w* (ראשית|אב|על)|קבוצה ראשית",
    ),
    ("category", r"categor|\bgroup\b|\bfamily\b|^type$|категор|\bгрупп|^вид|קטגורי|קבוצ|סיווג|משפח"),
    ("brand", r"\bbrand|trade ?mark|бренд|торгов\w* марк|^марка|מותג"),
    ("barcodes", r"bar ?code|\bean\b|ean ?13|\bgtin|\bupc|штрих ?код|ברקוד"),
    (
        "",
        r"(total|stock|all|ship\w*|deliver\w*) costs?|costs? (total|of (stock|sales|delivery|shipping))|(общ\w*|сумм\w*|итого\w*) себестоим|עלות (כוללת|מלאי|משלוח)",
    ),
    (
        "cost",
        r"\bcosts?\b|\bcogs\b|(purchase|purchasing|buying|wholesale|supply|net|landed) price|себестоим|закупочн|цен\w* (закуп|поставщик|поставк|приход)|(входн|учетн)\w* цен|עלות|מחיר (ה)?(קני[יה]+|רכישה|עלות|ספק)",
    ),
    (
        "",
        r"(old|previous|compare at|crossed out|promo\w*|special|discount\w*|club|member\w*|action|min\w*|max\w*|total|stock) price"
        r"|price (list|type|group|level|date|history|change\w*|currency|before|without|excl\w*|ex\b|net\b|old|valid\w*|from|until)"
        r"|(стар|акцион|миним|максим|прошл|зачеркнут|оптов)\w* цен|цен\w* (стар|акци|со скидк|по акции|без ндс|без налог|от )"
        r"|(тип|вид|дата|валюта|группа|изменен\w*) цен"
        r"|מחיר (קודם|ישן|מבצע|מועדון|סיטונאי|לפני|ללא|בלי|מינימום)",
    ),
    ("price", r"\bprices?\b|\brrp\b|\bmsrp\b|\bцен[аы]\b|מחיר"),
    (
        "",
        r"price|\bsum\b|amount|stock|quantity|\bqty\b|\bunit|weight|tax|\bvat|margin|supplier|vendor|цена|стоим|сумм|остат|колич|\bкол во|\bед\b|единиц|\bвес\b|\bндс|налог|наценк|постав|מחיר|עלות|מלאי|כמות|יחידה|משקל|מעמ|ספק",
    ),
    ("labels", r"\blabels?\b|\btags?\b|\bметк|\bтег|ярлык|תווית|תוויות|תגית|תגיות"),
    ("sku", r"\bsku|arti[ck]|\bart\b|item (no|number|code|id)|product (no|number|code|id)|\bplu\b|^id$|^code$|^no$"),
    ("sku", r"артикул|\bарт\b|код( товар\w*)?$|номенклатурн\w* номер|^номер|מקט|קוד|מספר (פריט|מוצר)"),
    (
        "name",
        r"\bname|title|product|\bitem\b|descr|goods|назван|наимен|товар|номенклатура|продукт|описан|^שם|שם (ה)?(מוצר|פריט)|מוצר|פריט|תיאור",
    ),
]


# Of several prices the one for everybody.
_RETAIL = re.compile(r"retail|selling|shelf|regular|usual|consumer|розн|продаж|реализ|מכירה|לצרכן|רגיל")
_ARTICLE = re.compile(r"\bsku|arti[ck]|\bart\b|артикул|\bарт\b|מקט")


def _settle(headings: Sequence[str], fields: list[str]) -> list[str]:
    """A barcode is what the till scans: it names the product where no article number does. A column that is called
    the article goes before one that may be a number within some other program, and the shelf's price before others."""
    fields = _named_first(headings, _named_first(headings, fields, "sku", _ARTICLE), "price", _RETAIL)
    if "sku" not in fields and "barcodes" in fields:
        fields[fields.index("barcodes")] = "sku"
    return once(fields)


def _named_first(headings: Sequence[str], fields: Sequence[str], field: str, words: re.Pattern[str]) -> list[str]:
    """Of several columns that mean `field` only the first that has one of these words, where one has."""
    columns = [column for column, meaning in enumerate(fields) if meaning == field]
    named = next((column for column in columns if words.search(heading_form(headings[column]))), None)
    return [
        "" if meaning == field and named not in {None, column} else meaning for column, meaning in enumerate(fields)
    ]


PRODUCTS = Vocabulary(
    kind="products",
    fields=("sku", "name", "category", "parent_category", "brand", "labels", "price", "barcodes", "cost"),
    keys=("sku",),
    words=patterns(_WORDS),
    settle=_settle,
    amounts=("price", "cost"),
)


def read_product(record: Record, plan: Plan, line: OneLine) -> Understood:
    """One record of a file of products. "Food > Bread" is the category Bread within Food."""
    row, cells = open_row(record, plan, line)
    if row.outcome:
        return row
    sku = read_key(row, cells.get("sku", ""), kind="sku", most=SKU_MAX)
    if not sku:
        return row
    row.given["sku"] = sku
    row.keys.append(("sku", sku, sku))
    steps = [step.strip() for step in cells.get("category", "").split(">") if step.strip()]
    if len(steps) > 1:
        cells |= {"category": steps[-1], "parent_category": steps[-2]}
    most = {"name": NAME_MAX, "category": CATEGORY_MAX, "parent_category": CATEGORY_MAX, "brand": BRAND_MAX}
    read_texts(row, cells, most | {"labels": LABELS_MAX})
    if "labels" in row.given:
        row.given["labels"] = labels_text(labels_in(row.given["labels"]))
    if "category" not in row.given or row.given.get("parent_category") == row.given["category"]:
        row.given.pop("parent_category", None)
    _read_money(row, cells, plan, "price", "product_price_unreadable")
    _read_money(row, cells, plan, "cost", "cost_unreadable")
    _read_barcodes(row, cells.get("barcodes", ""))
    return row


def _read_money(row: Understood, cells: Mapping[str, str], plan: Plan, name: str, trouble: str) -> None:
    """A price or cost that cannot be read is left out with a warning, never guessed: a wrong one makes bills or margins
    wrong."""
    column = plan.column(name)
    if column is None or name not in cells:
        return
    reading = read_sum(cells[name], separator=plan.separators.get(column, ""))
    if reading.problem or (reading.value is not None and not 0 <= reading.value < MONEY_MAX):
        row.warnings.append(trouble)
    elif reading.value is not None:
        row.given[name] = money_text(reading.value)


def money_text(money: Decimal) -> str:
    """As a row of an import keeps it: '1.5' for 1.5000."""
    return plain_text(money.quantize(MONEY_STEP))


def _read_barcodes(row: Understood, text: str) -> None:
    """All of a cell or none: half of them would look as if it were all. The SKU itself is none."""
    whole, problem = read_code(text, most=len(text))
    parts = _BETWEEN_CODES.split(whole) if not problem else []
    read = [read_code(part, most=BARCODE_MAX) for part in parts if part]
    codes = list(dict.fromkeys(code for code, _problem in read if code != row.given["sku"]))
    if problem not in {"", "missing"} or any(trouble for _code, trouble in read) or len(codes) > BARCODES_MAX:
        row.warnings.append("barcodes_unreadable")
    elif codes:
        row.given["barcodes"] = labels_text(codes)


def barcodes_in(text: str) -> list[str]:
    """What `labels_text` keeps of barcodes. Between them stands a comma, which neither form nor file lets into one."""
    return text.split(", ") if text else []


def labels_in(text: str) -> list[str]:
    """The labels of a cell, each once, in their order; one that is too long is cut."""
    return list(dict.fromkeys(label[:LABEL_MAX].rstrip() for label in _BETWEEN.split(text.strip()) if label))


def labels_text(labels: Sequence[str]) -> str:
    """As a row of an import keeps them."""
    return ", ".join(labels)
