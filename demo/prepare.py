"""Cuts the demonstration's receipts out of the original data: `python demo/prepare.py FOLDER_OF_THE_ORIGINAL`.

FOLDER holds transactions.csv.gz and products.csv.gz of "The Complete Journey 2.0"; demo/README.md names the
source. The result is byte for byte the same each time, so a review can repeat it.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from collections.abc import Iterable
from pathlib import Path

FROM = "2017-07-01"
HERE = Path(__file__).resolve().parent
RECEIPT_COLUMNS = ["household_id", "store_id", "basket_id", "product_id", "quantity", "sales_value", "retail_disc",
                   "coupon_disc", "transaction_timestamp"]  # fmt: skip
PRODUCT_COLUMNS = ["product_id", "department", "product_type", "package_size"]


def read(path: Path) -> Iterable[dict[str, str]]:
    """The rows of a gzipped CSV file, column by name."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def write(path: Path, columns: list[str], rows: list[dict[str, str]]) -> None:
    """A gzip without a time stamp or a file name in its header."""
    text = io.StringIO()
    table = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=9) as file:
        file.write(text.getvalue().encode())


def main(argv: list[str]) -> int:
    """0 when written, 2 when called wrongly."""
    if len(argv) != 1:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    original = Path(argv[0])
    households = sorted({row["household_id"] for row in read(original / "transactions.csv.gz")}, key=int)
    lines = [row for row in read(original / "transactions.csv.gz") if row["transaction_timestamp"] >= FROM]
    lines.sort(key=lambda row: (row["transaction_timestamp"], int(row["basket_id"]), int(row["product_id"])))
    sold = {row["product_id"] for row in lines}
    products = sorted(
        (row for row in read(original / "products.csv.gz") if row["product_id"] in sold),
        key=lambda row: int(row["product_id"]),
    )
    write(HERE / "receipts.csv.gz", RECEIPT_COLUMNS, lines)
    write(HERE / "products.csv.gz", PRODUCT_COLUMNS, products)
    (HERE / "households.txt").write_text("\n".join(households) + "\n")
    sys.stdout.write(
        f"{len({row['basket_id'] for row in lines})} receipts, {len(lines)} lines, {len(products)} products, "
        f"{len(households)} households\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
