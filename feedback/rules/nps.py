"""The net promoter score with its honesty: bands, score, margin, and silence below five answers.

Bands as the source gives them (F02): promoters 9 and 10, passives 7 and 8, detractors 0 to 6. The score is per
cent minus per cent; the source also writes number minus number (F03), which is `difference`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

SCORES = range(11)
PROMOTER_FROM = 9
PASSIVE_FROM = 7
# R60: fewer answers are no picture of anybody's customers, and could name the few who gave them.
ANSWERS_MIN = 5
_Z95 = 1.96


class Band(StrEnum):
    PROMOTER = "promoter"
    PASSIVE = "passive"
    DETRACTOR = "detractor"


# First and last score of each band.
BAND_SCORES = {
    Band.PROMOTER: (PROMOTER_FROM, SCORES[-1]),
    Band.PASSIVE: (PASSIVE_FROM, PROMOTER_FROM - 1),
    Band.DETRACTOR: (SCORES[0], PASSIVE_FROM - 1),
}


@dataclass(frozen=True, slots=True)
class NpsFigures:
    """Counts of people, and a score from -100 to +100 with its standard error and 95 % margin in the same points.

    With fewer than ANSWERS_MIN answers `is_too_few` holds and score, standard_error and margin95 are None. When
    all answers lie in one band the sample says nothing about its own spread: margin95 is None as well, since
    "give or take 0" would be a lie. `machine_count` answers are left out of all other figures.
    """

    promoters: int
    passives: int
    detractors: int
    machine_count: int = 0

    @property
    def n(self) -> int:
        return self.promoters + self.passives + self.detractors

    @property
    def is_too_few(self) -> bool:
        return self.n < ANSWERS_MIN

    @property
    def difference(self) -> int:
        """Promoters minus detractors, in people."""
        return self.promoters - self.detractors

    @property
    def score(self) -> float | None:
        return None if self.is_too_few else 100 * self.difference / self.n

    @property
    def standard_error(self) -> float | None:
        """100 * sqrt((p + d - (p - d)^2) / n) with p and d as shares: the deviation of a mean of +1, 0 and -1."""
        if self.is_too_few:
            return None
        share_for, share_against = self.promoters / self.n, self.detractors / self.n
        variance = max(0.0, share_for + share_against - (share_for - share_against) ** 2)
        return 100 * math.sqrt(variance / self.n)

    @property
    def margin95(self) -> float | None:
        error = self.standard_error
        return None if error is None or self.is_uniform else _Z95 * error

    @property
    def is_uniform(self) -> bool:
        """All answers in one band."""
        return self.n > 0 and self.n in {self.promoters, self.passives, self.detractors}

    def count_of(self, band: Band) -> int:
        return {Band.PROMOTER: self.promoters, Band.PASSIVE: self.passives, Band.DETRACTOR: self.detractors}[band]


def band_of(score: int) -> Band:
    """The band of one score; raises ValueError for anything but 0 to 10."""
    if score not in SCORES:
        raise ValueError(f"{score} is no score from 0 to 10")
    return next(band for band, (first, last) in BAND_SCORES.items() if first <= score <= last)


def figures_of(scores: Iterable[int]) -> NpsFigures:
    """The figures of single scores."""
    bands = [band_of(score) for score in scores]
    return NpsFigures(bands.count(Band.PROMOTER), bands.count(Band.PASSIVE), bands.count(Band.DETRACTOR))
