"""Reads that span tables."""

from feedback.queries.nps import NpsPoint, nps, nps_trend
from feedback.rules.nps import NpsFigures

__all__ = ["NpsFigures", "NpsPoint", "nps", "nps_trend"]
