"""What the first rows of a file show about how it should be read, for the person who decides it."""

from __future__ import annotations

from dataclasses import dataclass

from members.errors import IdentifierUnreadable
from members.services import read_identifier
from programs.models import ImportBatch
from programs.rules.importing.amounts import read_points
from programs.rules.importing.countries import CountryShown, country_shown_by
from programs.rules.importing.plan import Plan
from programs.services.importing.check import point_decimals
from programs.services.importing.files import first_records


@dataclass(frozen=True, slots=True)
class Proposal:
    """`country`: another country reads clearly more of the phones; `fine_points`: an example of points with more decimals
    than the programme counts, "" when there are none."""

    country: CountryShown | None
    fine_points: str


def propose(batch: ImportBatch) -> Proposal:
    """What the first rows of a batch that was read show. It changes nothing and decides nothing."""
    plan = Plan.from_json(batch.reading["plan"])
    records = [record for record in first_records(batch) if record.line > plan.last_head_line and not record.problem]
    columns = {name: plan.column(name) for name in ("phone", "points", "region")}

    def cells(name: str) -> list[str]:
        column = columns[name]
        return [record.cells[column] for record in records if column is not None and column < len(record.cells)]

    text = " ".join([*plan.headers, *(cell for record in records[:20] for cell in record.cells)])
    is_known = columns["region"] is not None or not batch.default_region
    country = (
        None if is_known else country_shown_by(cells("phone"), region=batch.default_region, text=text, read=_phone)
    )
    separator = plan.separators.get(columns["points"], "") if columns["points"] is not None else ""
    fine = (cell.strip() for cell in cells("points") if _is_finer(cell, separator, point_decimals(batch)))
    return Proposal(country, next(fine, ""))


def _phone(cell: str, region: str) -> str:
    try:
        return read_identifier(kind="phone", text=cell, region=region)
    except IdentifierUnreadable:
        return ""


def _is_finer(cell: str, separator: str, decimals: int) -> bool:
    points = read_points(cell, separator=separator).points
    if points is None:
        return False
    scaled = points.scaleb(decimals)
    return scaled != scaled.to_integral_value()
