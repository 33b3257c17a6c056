"""Web workers to kill, in milliseconds each: this process loads Django once and forks a child for every request.

    python -m tests.faults.forks DATABASE

Reads a request a line, {"failpoints", "path", "body", "headers"}, and answers a line, {"code", "status", "body"}:
how the child ended (-9: killed), and what it had answered by then (null: nothing).
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import sys
import threading
from typing import Any
from wsgiref.util import setup_testing_defaults


def main() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connections

    database = sys.argv[1]
    settings.DATABASES["default"]["NAME"] = database
    connections["default"].settings_dict["NAME"] = database
    from loyalty_site.wsgi import application

    # Everything that a first request loads is loaded before the forks. Its connection must not be inherited.
    handle(application, {"path": "/api/v1/quotes", "body": "{}", "headers": {"Authorization": "Bearer nobody"}})
    connections.close_all()
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        print(json.dumps(_in_a_child(application, json.loads(line))), flush=True)


def handle(application: Any, given: dict[str, Any]) -> tuple[int, str]:
    """(status, body) of one POST, through WSGI."""
    body = given["body"].encode()
    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)
    environ |= {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": given["path"],
        "HTTP_HOST": "localhost",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in given["headers"].items()}
    statuses: list[str] = []
    result = application(environ, lambda status, headers, error=None: statuses.append(status))
    with contextlib.closing(result):
        return int(statuses[0].split()[0]), b"".join(result).decode()


def _in_a_child(application: Any, given: dict[str, Any]) -> dict[str, Any]:
    readable, writable = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(readable)
        _work(application, given, writable)
    os.close(writable)
    with os.fdopen(readable) as pipe:
        answer = pipe.read()
    _, status = os.waitpid(pid, 0)
    seen = json.loads(answer) if answer else [None, None]
    return {"code": os.waitstatus_to_exitcode(status), "status": seen[0], "body": seen[1]}


def _work(application: Any, given: dict[str, Any], out: int) -> None:
    from loyalty_site.ground import failpoints

    assert threading.active_count() == 1
    failpoints.arm(given["failpoints"])
    answer = handle(application, given)
    os.write(out, json.dumps(answer).encode())
    failpoints.failpoint("web.after_response")  # the till has its answer; the worker dies before the next request
    os._exit(0)


if __name__ == "__main__":
    main()
