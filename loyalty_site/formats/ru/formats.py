"""Dates as Django writes them, without the «г.» that would give a sentence a second full stop."""

DATE_FORMAT = "j E Y"
DATETIME_FORMAT = "j E Y, G:i"
YEAR_MONTH_FORMAT = "F Y"
