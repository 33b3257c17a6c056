"""Writing the audit: called inside the transaction of the act it records."""

from __future__ import annotations

import datetime as dt
from typing import Any

from loyalty_site.ground.models import Audit
from loyalty_site.ground.policy import Principal


def record_audit(
    *,
    actor: Principal,
    action: str,
    target: str,
    target_id: object,
    now: dt.datetime,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> Audit:
    """Note one privileged act. `target` is a resource name ('programs.program'); `details` hold field names
    and figures, never a person's data."""
    return Audit.objects.create(
        at=now,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        actor_label=actor.label[:150],
        action=action,
        object_type=target,
        object_id=str(target_id),
        reason=reason[:300],
        details=details or {},
    )
