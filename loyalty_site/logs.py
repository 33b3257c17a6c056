"""What a log line must not hold: the token in a personal link is the key to somebody's answers and consents, and what
PostgreSQL says in detail of a row that it refuses is that row."""

from __future__ import annotations

import logging
import re
from typing import override

_PERSONAL_LINK = re.compile(r"(?<![\w/])/(f|m)/[^/\s\"'?]+")
# Each is a line of an error's text; in its repr the line's end is written out.
_ROW = re.compile(r"(?<![A-Z])(DETAIL|CONTEXT):.*?(?=\\n|$)", re.MULTILINE)


class DiscreetFormatter(logging.Formatter):
    """Writes /f/…/ in the place of a survey's or a preference page's address, and cuts the rows that errors of the
    database quote, wherever in the record they stand."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        return _ROW.sub(r"\1: …", _PERSONAL_LINK.sub(r"/\1/…", super().format(record)))
