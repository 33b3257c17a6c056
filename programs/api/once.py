"""Idempotency-Key at the edge: reading the header, hashing the body, sending the stored bytes."""

from __future__ import annotations

import datetime as dt
import hmac
import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any, override

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty_site.ground.api import PROBLEM_TYPE, domain_problem
from loyalty_site.ground.errors import DomainError
from members.services import secret_for
from programs.errors import IdempotencyKeyMissing
from programs.services.idempotency import Answer, once
from programs.services.tills import Till

# By which somebody proves at a till who they are: PINs, and codes that were sent.
PROOFS = frozenset({"pin", "code"})

_KEY = re.compile(r"[!-~]{16,64}")


class WriteView(APIView):
    """A view whose answers are kept under the request's key; without a good one nothing else of it is looked at."""

    @override
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not _KEY.fullmatch(request.headers.get("Idempotency-Key", "")):
            raise IdempotencyKeyMissing


def run_once(
    request: Request,
    endpoint: str,
    *,
    now: dt.datetime,
    run: Callable[[], tuple[int, str]],
    secrets: frozenset[str] = frozenset(),
) -> HttpResponse:
    """Answer a write of a WriteView exactly once per key. A refusal of the business is an answer too and is kept.

    `secrets` are fields by which a repeat is not told from another request: else the answer to a key used again would
    say of any guess whether it is what was typed the first time, and no limit would count it.
    """
    assert isinstance(request.auth, Till)  # the policy lets only terminals in here
    body: Any = request.data
    if secrets:
        body = {name: value for name, value in body.items() if name not in secrets}
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    answer = once(
        terminal_id=request.auth.terminal_id or 0,
        key=request.headers["Idempotency-Key"],
        endpoint=endpoint,
        # Keyed: a body may hold a PIN of four digits, which a bare hash would give away to any copy of the table.
        body_hash=hmac.digest(_key(), canonical.encode(), "sha256"),
        now=now,
        run=lambda: _answer(run),
    )
    # Django's own response: DRF's renderer would format the stored bytes anew.
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)
    if answer.is_replay:
        response["Idempotent-Replay"] = "true"
    return response


@cache
def _key() -> bytes:
    return secret_for("answers")[0]


def _answer(run: Callable[[], tuple[int, str]]) -> Answer:
    try:
        status, body = run()
    except DomainError as error:
        status, problem = domain_problem(error)
        return Answer(status, json.dumps(problem), PROBLEM_TYPE)
    return Answer(status, body, "application/json")
