"""The API's schema: checked in, current, with an example for every request, and true under fuzzing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from programs.models import TillPolicy
from tests.programs.shop import open_shop
from tests.programs.till import ApiTill, sale_body

ROOT = Path(__file__).resolve().parents[3]


def test_the_schema_in_the_docs_is_the_one_the_code_makes(tmp_path: Path):
    fresh = tmp_path / "openapi.yaml"
    call_command("spectacular", file=str(fresh), validate=True, fail_on_warn=True)
    assert fresh.read_text() == (ROOT / "docs" / "openapi.yaml").read_text(), "run `make schema`"


def test_every_request_has_an_example():
    schema = SchemaGenerator().get_schema(request=None, public=True)
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            if "requestBody" in operation:
                assert operation["requestBody"]["content"]["application/json"]["examples"], path


def test_the_page_of_the_schema_asks_no_other_host(db):
    page = Client().get("/api/v1/docs").content.decode()
    assert "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js" in page
    assert "https://" not in page
    assert "http://" not in page


@pytest.mark.slow
@pytest.mark.timeout(900)  # minutes on a busy machine
@pytest.mark.django_db(transaction=True)
def test_no_request_gets_an_answer_that_the_schema_does_not_promise(live_server, settings):
    """schemathesis, signed in as a terminal: no 5xx, no undocumented status, body or content type."""
    shop = open_shop()
    shop.now = timezone.now()
    shop.member()
    # What searches at random misses at random, and every guess at a PIN would cost half a second.
    TillPolicy.objects.create(program=shop.program, lookup_misses=None, member_receipts_day=None)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    till = ApiTill(shop.terminal, shop.now)
    till.post("sales", sale_body("10.00", member={"phone": "+12125550123"}))
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"
    run = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"),
            "run",
            f"{live_server.url}/api/v1/schema",
            f"--header=Authorization: Bearer {till.token}",
            f"--checks={checks}",
            "--max-examples=15",  # of each operation, besides its edges; make fuzz asks for far more
            "--continue-on-failure",
            "--generation-database=none",
            "--no-color",
            "--seed=1",
        ],
        capture_output=True,
        text=True,
        cwd=ROOT / "var",
        timeout=800,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
