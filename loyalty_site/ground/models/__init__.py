"""The rows every installation has, whatever it uses."""

from loyalty_site.ground.models.append_only import append_only, never_deleted, no_truncate
from loyalty_site.ground.models.audit import Audit
from loyalty_site.ground.models.company import Company, ConsentWording, Language, Role, User
from loyalty_site.ground.models.exports import ExportFile, ExportFormat, ExportState
from loyalty_site.ground.models.work import Counter, Job, JobState

__all__ = [
    "Audit",
    "Company",
    "ConsentWording",
    "Counter",
    "ExportFile",
    "ExportFormat",
    "ExportState",
    "Job",
    "JobState",
    "Language",
    "Role",
    "User",
    "append_only",
    "never_deleted",
    "no_truncate",
]
