"""What a draft would have given for past receipts, and what that would have cost."""

from programs.rules.forecast.playing import Player
from programs.rules.forecast.totals import Totals, sum_of

__all__ = ["Player", "Totals", "sum_of"]
