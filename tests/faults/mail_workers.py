"""Sending processes to kill. This one loads Django once and forks a worker for every "start" on its input.

start FAILPOINTS GROUP   fork one that sends the group until nothing is left; answers "pid N"
(a worker that ends writes "ended PID CODE", -9 for one that was killed)
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time


def main() -> None:
    database, smtp_url, lease = sys.argv[1:4]
    import django

    django.setup()
    from django.conf import settings
    from django.db import connections

    settings.DATABASES["default"]["NAME"] = database
    connections["default"].settings_dict["NAME"] = database
    settings.SMTP_URL = smtp_url
    settings.MESSAGE_LEASE_SECONDS = float(lease)
    settings.MESSAGE_RENDERERS = {"test": "tests.members.mailing.render"}
    import tests.members.mailing  # noqa: F401  loaded once, before the forks

    signal.signal(signal.SIGCHLD, _reap)
    for line in sys.stdin:
        _start, failpoints, group = line.split()
        pid = os.fork()
        if pid == 0:
            _work(failpoints.strip("-"), int(group))
        say(f"pid {pid}")


def say(line: str) -> None:
    """Unbuffered: a signal handler may write between two lines, never within one."""
    os.write(1, f"{line}\n".encode())


def _reap(number: int, frame: object) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            say(f"ended {pid} {os.waitstatus_to_exitcode(status)}")


def _work(failpoints: str, group: int) -> None:
    from django.utils import timezone

    from loyalty_site.ground import failpoints as ground
    from members.services import deliver

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ground.arm(failpoints)
    while True:
        done = deliver(source="test", group=group, limit=100, clock=timezone.now)
        if done.waiting == 0:
            os._exit(0)
        if not done.sent:
            time.sleep(0.05)


if __name__ == "__main__":
    main()
