"""Criteria of an audience: what the rows say. audiences.py reads them from a document and back. Pure.

All rows must hold. Each may be turned round with `is_not`; turned round it means exactly everybody else, also
those of whom we do not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from members.rules.profile import PROFILE_FIELDS
from programs.rules.lifecycle import Stage

ROWS_MAX = 20
VALUES_MAX = 200
VALUE_LENGTH_MAX = 120
DAYS_MAX = 3650
BIRTHDAY_DAYS_MAX = 366
SHOPPED_BY = ("store", "category")
AMOUNT_MAX = Decimal(10) ** 12
CONTACT_ROLES = ("sees", "influences", "decides", "pays", "collects")
LANGUAGES = ("", "en", "ru", "he")  # "" is: not known
CHANNELS = ("email", "sms", "phone")
STAGES = tuple(stage.value for stage in Stage)
SCORES = ("recency", "frequency", "money")
BOUNDS = ("at_least", "at_most")
# Optional fields of the profile and their codes; () is: words of one's own.
PROFILE: dict[str, tuple[str, ...]] = {
    name: tuple(option.code for option in field.options) for name, field in PROFILE_FIELDS.items()
}
FIFTHS = ("5", "4", "3", "2", "1")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be: its number from 0, a stable code, and the figures for its sentence."""

    row: int
    code: str
    context: Mapping[str, Any]


class CriteriaError(Exception):
    """The document is not a list of criteria; `problems` says all that is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(", ".join(f"row {problem.row + 1}: {problem.code}" for problem in problems))


@dataclass(frozen=True, slots=True)
class City:
    """Lives in one of these, written as in the address."""

    type: ClassVar[str] = "city"
    values: tuple[str, ...]
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Tier:
    """Stands on one of these tiers (keys) in any programme."""

    type: ClassVar[str] = "tier"
    values: tuple[str, ...]
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class InStage:
    """Is in one of these stages, as of the last night."""

    type: ClassVar[str] = "stage"
    values: tuple[str, ...]
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Scored:
    """Is in one of these fifths ("1" the weakest to "5") of all buyers by `score`, as of the last night. Who never
    bought is in none."""

    type: ClassVar[str] = "rfm"
    score: str
    values: tuple[str, ...]
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Language:
    """Reads one of these languages; "" is: not known."""

    type: ClassVar[str] = "language"
    values: tuple[str, ...]
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Bought:
    """The last purchase is at most so many days ago. Turned round: longer ago, or never."""

    type: ClassVar[str] = "bought"
    days: int
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Spent:
    """Spent at least or at most `amount` (of the company's currency, returns taken off) in the last `days`
    days, or ever when None. Somebody who never bought has spent 0."""

    type: ClassVar[str] = "spent"
    bound: str
    amount: Decimal
    days: int | None
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Birthday:
    """Has a birthday today or in the next `days` days; the year need not be known."""

    type: ClassVar[str] = "birthday"
    days: int
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """Became a member at most so many days ago."""

    type: ClassVar[str] = "joined"
    days: int
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Allows:
    """Has agreed to offers and news over this channel. That e-mail must be allowed to be written to needs no row:
    it is always asked, and who is left out for it is counted."""

    type: ClassVar[str] = "consent"
    channel: str
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """Is a contact person of a company and does one of these there: sees, influences, decides, pays, collects."""

    type: ClassVar[str] = "contact"
    values: tuple[str, ...]
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class ToWin:
    """Decides at a company and is not won yet."""

    type: ClassVar[str] = "to_win"
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """Told one of these of an optional field (members' ProfileField): codes of its list, or interests in words."""

    type: ClassVar[str] = "profile"
    field: str
    values: tuple[str, ...]
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class OwnField:
    """The company's own field (by code) is `asked`: known, one_of the values, at_least or at_most the one value (a number
    or a day). Whoever has nothing in it is in none of these."""

    type: ClassVar[str] = "field"
    field: str
    asked: str
    values: tuple[str, ...] = ()
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Shopped:
    """Bought in one of these stores (`by` "store", their ids), or something of these categories (`by` "category", their
    codes; what is below one belongs to it), in the last `days` days, or ever when None. A cancelled sale is none; what
    was brought back had been bought."""

    type: ClassVar[str] = "shopped"
    by: str
    values: tuple[str, ...]
    days: int | None
    is_not: bool = False


type Criterion = (
    City | Tier | InStage | Scored | Language | Bought | Spent | Birthday | Joined | Allows | Contact | ToWin | Profile
    | OwnField | Shopped
)  # fmt: skip
