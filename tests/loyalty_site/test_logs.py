"""Tokens of personal links do not reach the log."""

from __future__ import annotations

import logging

import pytest
from django.conf import settings
from django.utils.module_loading import import_string


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("Not Found: /f/AbC-dEf_123/", "Not Found: /f/…/"),
        ("Gone: /f/AbC-dEf_123/thanks/?lang=he", "Gone: /f/…/thanks/?lang=he"),
        ("Bad Request: /m/1.abc:def/unsubscribe/", "Bad Request: /m/…/unsubscribe/"),
        ('"POST /f/AbC-dEf_123/ HTTP/1.1" 302', '"POST /f/…/ HTTP/1.1" 302'),
        ("Not Found: /admin/f/x/", "Not Found: /admin/f/x/"),
    ],
)
def test_the_address_is_cut(message: str, line: str):
    formatter = import_string(settings.LOGGING["formatters"]["line"]["()"])("%(message)s")
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "%s", (message,), None)
    assert formatter.format(record) == line
