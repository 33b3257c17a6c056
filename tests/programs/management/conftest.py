"""The import command, run as from a shell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command

FILES = Path(__file__).parent.parent / "data" / "import"


@pytest.fixture
def run(settings, tmp_path, django_capture_on_commit_callbacks):
    """run(file name or path, options...) -> (exit code, report)."""
    settings.MEDIA_ROOT = tmp_path / "media"

    def command(name, *options, region="RU"):
        report = tmp_path / "report.json"
        path = name if isinstance(name, Path) else FILES / name
        code = 0
        with django_capture_on_commit_callbacks(execute=True):
            try:
                call_command(
                    "import_customers", str(path), "--default-region", region, "--report", str(report), *options
                )
            except SystemExit as stop:
                code = stop.code
        return code, json.loads(report.read_text())

    return command
