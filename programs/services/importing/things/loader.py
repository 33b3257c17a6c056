"""What a kind of things must know how to do, for files of them to be checked, applied and undone."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from programs.models import ImportBatch, ImportRow
from programs.rules.importing.headings import Vocabulary
from programs.rules.importing.plan import Plan
from programs.rules.importing.records import Record
from programs.rules.importing.rows import Understood


@dataclass(frozen=True, slots=True)
class Stored:
    """A thing as it is: `values` holds every field that files can give, as they give it, "" when it is empty."""

    id: int
    values: dict[str, str]


@dataclass(slots=True)
class Write:
    """What a row makes or changes. `id` is None for a new thing until it is made; `values` are those to write."""

    key: str
    id: int | None
    values: dict[str, str]
    note: str = ""


class Loader(ABC):
    """One kind of things. A row's key is that of `Understood.keys[0]`, and every method takes many at once."""

    about: ClassVar[Vocabulary]
    # Fields without which nothing new is made.
    needs: ClassVar[tuple[str, ...]] = ()
    # The kind of further keys of a row that only one thing may have: told apart within the file as its own key is.
    shared: ClassVar[str] = ""
    # {field: why not} of what a known thing keeps, whatever a file says.
    fixed: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def read(self, record: Record, plan: Plan, batch: ImportBatch) -> Understood:
        """One record, as far as the file alone tells."""

    def look_up(self, batch: ImportBatch, rows: Sequence[Understood], now: dt.datetime) -> None:
        """Complete or refuse rows by what only the database knows (a partner's name, say)."""
        return

    @abstractmethod
    def find(self, batch: ImportBatch, keys: Collection[str], *, is_locked: bool = False) -> dict[str, Stored]:
        """{key: what is there}; locked by id for the rest of the transaction."""

    def refusals(self, batch: ImportBatch, keys: Collection[str]) -> dict[str, str]:
        """{key: why it cannot be taken}, of keys that are somebody else's."""
        return {}

    def settle(self, rows: Sequence[ImportRow]) -> None:
        """Look again at what rows name besides their thing, which may have changed since the check; refuse by `outcome`
        and `reason`."""
        return

    @abstractmethod
    def write(self, batch: ImportBatch, writes: Sequence[Write], now: dt.datetime) -> None:
        """Make and change; every `id` is set afterwards."""

    @abstractmethod
    def locked(self, ids: Collection[int]) -> dict[int, Stored]:
        """{id: what is there}, locked by id for the rest of the transaction."""

    @abstractmethod
    def used(self, things: Mapping[int, Stored]) -> dict[int, str]:
        """{id: the UndoOutcome that says why a thing which an import made cannot go}."""

    @abstractmethod
    def restore(self, values: Mapping[int, dict[str, str]]) -> None:
        """Put back fields of known things."""

    @abstractmethod
    def remove(self, ids: Collection[int]) -> None:
        """Take things out that an import had made."""

    def tidy(self, batch: ImportBatch) -> None:
        """When all rows were undone: take out what had been made for them, as far as nothing else needs it."""
        return
