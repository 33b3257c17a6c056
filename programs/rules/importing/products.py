"""Files of products: the words above their columns, and one row read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from programs.rules.importing.headings import Vocabulary, heading_form, once, patterns
from programs.rules.importing.plan import Plan
from programs.rules.importing.records import Record
from programs.rules.importing.rows import Understood
from programs.rules.importing.sums import read_sum
from programs.rules.importing.things import OneLine, open_row, read_key, read_texts

SKU_MAX, NAME_MAX, CATEGORY_MAX, BRAND_MAX, LABEL_MAX = 60, 200, 120, 60, 40
LABELS_MAX = 400  # letters of all of them
COST_MAX, COST_STEP = Decimal(10) ** 10, Decimal("0.0001")  # money a piece: below, and as fine as
# Several labels in one cell.
_BETWEEN = re.compile(r"\s*[,;|]\s*")

# What a product costs us says what is left of a sale. Its prices, stock and taxes are the till's own affair: known words
# that are left out, and so are sums over the stock.
_WORDS = [
    (
        "parent_category",
        r"parent|department|top (category|group)|родител|отдел|раздел|надгрупп|מחלקה|קטגורי\w* (ראשית|אב|על)|קבוצה ראשית",
    ),
    ("category", r"categor|\bgroup\b|\bfamily\b|^type$|категор|\bгрупп|^вид|קטגורי|קבוצ|סיווג|משפח"),
    ("brand", r"\bbrand|trade ?mark|бренд|торгов\w* марк|^марка|מותג"),
    ("barcode", r"bar ?code|\bean\b|ean ?13|\bgtin|\bupc|штрих ?код|ברקוד"),
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


_ARTICLE = re.compile(r"\bsku|arti[ck]|\bart\b|артикул|\bарт\b|מקט")


def _settle(headings: Sequence[str], fields: list[str]) -> list[str]:
    """A bar code is what the till scans: it names the product where no article number does. A column that is called
    the article goes before one that may be a number within some other program."""
    articles = [column for column, meaning in enumerate(fields) if meaning == "sku"]
    named = next((column for column in articles if _ARTICLE.search(heading_form(headings[column]))), None)
    if named is not None:
        fields = ["" if column in articles and column != named else meaning for column, meaning in enumerate(fields)]
    if "sku" in fields:
        return once(["" if meaning == "barcode" else meaning for meaning in fields])
    return once(["sku" if meaning == "barcode" else meaning for meaning in fields])


PRODUCTS = Vocabulary(
    kind="products",
    fields=("sku", "name", "category", "parent_category", "brand", "labels", "cost"),
    keys=("sku",),
    words=patterns(_WORDS),
    settle=_settle,
    amounts=("cost",),
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
    _read_cost(row, cells, plan)
    return row


def _read_cost(row: Understood, cells: Mapping[str, str], plan: Plan) -> None:
    """A cost that cannot be read is left out with a warning, never guessed: a wrong one makes every margin wrong."""
    column = plan.column("cost")
    if column is None or "cost" not in cells:
        return
    reading = read_sum(cells["cost"], separator=plan.separators.get(column, ""))
    if reading.problem or (reading.value is not None and not 0 <= reading.value < COST_MAX):
        row.warnings.append("cost_unreadable")
    elif reading.value is not None:
        row.given["cost"] = cost_text(reading.value)


def cost_text(cost: Decimal) -> str:
    """As a row of an import keeps it: '1.5' for 1.5000."""
    return f"{cost.quantize(COST_STEP).normalize():f}"


def labels_in(text: str) -> list[str]:
    """The labels of a cell, each once, in their order; one that is too long is cut."""
    return list(dict.fromkeys(label[:LABEL_MAX].rstrip() for label in _BETWEEN.split(text.strip()) if label))


def labels_text(labels: Sequence[str]) -> str:
    """As a row of an import keeps them."""
    return ", ".join(labels)
