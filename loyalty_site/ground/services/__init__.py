"""Acts of the ground: audit rows and background jobs."""

from loyalty_site.ground.services.audit import record_audit
from loyalty_site.ground.services.counters import (
    Tally,
    count,
    count_all,
    count_less,
    counted,
    forget,
    forget_old_counters,
)
from loyalty_site.ground.services.jobs import (
    JobProgress,
    claim_due_jobs,
    claim_job,
    enqueue_job,
    keep_job,
    pause_job,
    resume_job,
    run_claimed_job,
)
from loyalty_site.ground.services.retention import keep_no_longer

__all__ = [
    "JobProgress",
    "Tally",
    "claim_due_jobs",
    "claim_job",
    "count",
    "count_all",
    "count_less",
    "counted",
    "enqueue_job",
    "forget",
    "forget_old_counters",
    "keep_job",
    "keep_no_longer",
    "pause_job",
    "record_audit",
    "resume_job",
    "run_claimed_job",
]
