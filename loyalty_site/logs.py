"""What a log line must not hold: the token in a personal link is the key to somebody's answers and consents."""

from __future__ import annotations

import logging
import re
from typing import override

_PERSONAL_LINK = re.compile(r"(?<![\w/])/(f|m)/[^/\s\"'?]+")


class LinklessFormatter(logging.Formatter):
    """Writes /f/…/ in the place of a survey's or a preference page's address, wherever in the line it stands."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        return _PERSONAL_LINK.sub(r"/\1/…", super().format(record))
