"""Workers that a test forks from itself, to be killed: starting Django afresh would cost seconds for each."""

from __future__ import annotations

import asyncio
import gc
import os
import traceback
from collections.abc import Callable

from django.db import connections

from loyalty_site.ground import failpoints


def fork() -> int:
    """os.fork() without a connection in the luggage: the child's is its own, and dies with it.

    Django keeps another connection for code beside a running event loop, and only the parent's thread has the loop: the
    child would find the one from before. Hence no test forks while a browser is open in its process.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise AssertionError("an event loop runs in this thread, so that not every connection can be closed")
    connections.close_all()
    # What earlier tests left to the collector is the parent's: a child that collected it would end it for both.
    gc.collect()
    gc.freeze()
    pid = os.fork()
    if pid:
        gc.unfreeze()
    return pid


def run_forked(work: Callable[[], object], plan: str = "") -> int:
    """Do `work` in a process of its own, like a worker, under a plan of failpoints; its exit code (-9: killed)."""
    pid = fork()
    if pid == 0:
        failpoints._PLAN = failpoints.parse(plan)
        failpoints._passed.clear()
        try:
            work()
            os._exit(0)
        except BaseException:  # noqa: BLE001  the only place where it would be seen
            traceback.print_exc()
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
