"""Tokens of personal links do not reach the log, nor do the rows that the database quotes."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError
from django.utils.module_loading import import_string

ROOT = Path(__file__).resolve().parents[2]


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


REFUSED = (
    'duplicate key value violates unique constraint "members_identifier_live"\nDETAIL:  Key (value)=(+12125550123).'
)


@pytest.mark.parametrize("is_repr", [False, True])
def test_the_row_that_an_error_quotes_is_cut(*, is_repr: bool):
    """As a traceback has it, and as a worker tells of a task that failed."""
    formatter = import_string(settings.LOGGING["formatters"]["line"]["()"])("%(message)s")
    try:
        raise IntegrityError(REFUSED)
    except IntegrityError as error:
        words = ("failed: %r, again soon", (error,), None) if is_repr else ("failed", (), sys.exc_info())
        line = formatter.format(logging.LogRecord("celery", logging.ERROR, "", 0, *words))
    assert "members_identifier_live" in line
    assert "DETAIL: …" in line
    assert "12125550123" not in line


def test_a_worker_writes_its_log_as_everybody_does():
    ask = (
        "import logging; from loyalty_site.celery import app; import django; django.setup();"
        " app.log.setup_logging_subsystem(loglevel='WARNING');"
        " print(*{type(one.formatter).__name__ for name in ('', 'celery', 'celery.app.trace')"
        " for one in logging.getLogger(name or None).handlers})"
    )
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) - {"NoneType"} == {"DiscreetFormatter"}  # a NullHandler writes nothing
