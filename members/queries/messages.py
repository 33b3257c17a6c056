"""How the messages of one mailing stand."""

from __future__ import annotations

from django.db.models import Count

from members.models import Message


def message_counts(*, source: str, group: int) -> dict[str, int]:
    """{state: messages} of one group; states that nothing is in are absent."""
    return dict(
        Message.objects.filter(source=source, source_group=group)
        .order_by()
        .values_list("state")
        .annotate(count=Count("id"))
    )


def reason_counts(*, source: str, group: int) -> dict[tuple[str, str], int]:
    """{(state, reason): messages} of one group, of those that have a reason."""
    rows = (
        Message.objects.filter(source=source, source_group=group)
        .exclude(reason="")
        .order_by()
        .values_list("state", "reason")
        .annotate(count=Count("id"))
    )
    return {(state, reason): count for state, reason, count in rows}
