"""Hebrew figures are grouped by thousands; Django's formats leave them in one piece."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
