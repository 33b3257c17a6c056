"""What the till should say to a member: written above, finished when it was said. The only writer of Notice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import Q

from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit
from members.errors import NoticeDayPast, NoticeNotFound, NoticeStays, NoticeText
from members.models import Member, Notice
from members.models.notices import TEXT_MAX
from members.rules.text import one_line
from members.services.cards import lock_member


@transaction.atomic
def write_notice(
    *,
    member_id: int,
    text: str,
    actor: Principal,
    today: dt.date,
    now: dt.datetime,
    show_until: dt.date | None = None,
    is_once: bool = False,
) -> Notice:
    """Have the till say `text` whenever the member is in front of it: through the day `show_until` (None: without end), and
    with `is_once` until a cashier has said it. `actor`, who wrote it, may be an app; `today` is the company's.

    Raises NoticeText for nothing or too much, NoticeDayPast, MemberNotFound.
    """
    line = one_line(text)
    if not 1 <= len(line) <= TEXT_MAX:
        raise NoticeText(most=TEXT_MAX)
    if show_until is not None and show_until < today:
        raise NoticeDayPast
    lock_member(member_id)
    notice = Notice.objects.create(
        member_id=member_id,
        text=line,
        source=actor.label[:150],
        created_at=now,
        show_until=show_until,
        is_once=is_once,
    )
    _note("write_notice", notice, actor, now)
    return notice


@transaction.atomic
def finish_notice(*, notice_id: int, member_ids: Collection[int], by: str, now: dt.datetime) -> Notice:
    """A cashier has said it: it is not shown again. `member_ids` are those who stand at the till, `by` names till and
    cashier. Who was first stays noted when two tills say it.

    Raises NoticeNotFound, also for a notice about somebody else, and NoticeStays for one that is not to be said once.
    """
    notice = _locked(notice_id, member_ids)
    if not notice.is_once:
        raise NoticeStays
    return _finish(notice, by, now)


@transaction.atomic
def withdraw_notice(*, notice_id: int, member_id: int, actor: Principal, now: dt.datetime) -> Notice:
    """Take a notice back; one that was said already stays as it is. Raises NoticeNotFound."""
    notice = _locked(notice_id, [member_id])
    if notice.done_at is None:
        _note("withdraw_notice", notice, actor, now)
    return _finish(notice, actor.label, now)


def forget_notices(member_id: int) -> int:
    """Somebody is forgotten; how many notices there were about them."""
    return Notice.objects.filter(member=member_id).delete()[0]


def forget_ended_notices(*, before: dt.datetime, limit: int) -> int:
    """Delete up to `limit` notices that were said or withdrawn, or whose last day was, before an instant; how many were.
    Joins the caller's transaction."""
    over = Notice.objects.filter(Q(done_at__lt=before) | Q(show_until__lt=before.date()))
    ids = list(over.order_by("pk").values_list("pk", flat=True)[:limit])
    return Notice.objects.filter(pk__in=ids).delete()[0]


def join_notices(survivor: Member, merged: Member) -> list[int]:
    """What was to be said to the other is said to the survivor; the ids, for the way back."""
    moved = list(Notice.objects.filter(member=merged).order_by("pk").values_list("pk", flat=True))
    Notice.objects.filter(pk__in=moved).update(member=survivor)
    return moved


def part_notices(survivor: Member, merged: Member, moved: Sequence[int]) -> None:
    """Each has what was written about them before; what was said meanwhile stays said."""
    Notice.objects.filter(pk__in=moved, member=survivor).update(member=merged)


def _locked(notice_id: int, member_ids: Collection[int]) -> Notice:
    notice = Notice.objects.select_for_update().filter(pk=notice_id, member__in=member_ids).first()
    if notice is None:
        raise NoticeNotFound
    return notice


def _finish(notice: Notice, by: str, now: dt.datetime) -> Notice:
    if notice.done_at is None:
        notice.done_at, notice.done_by = now, by[:150]
        notice.save(update_fields=["done_at", "done_by"])
    return notice


def _note(action: str, notice: Notice, actor: Principal, now: dt.datetime) -> None:
    details = {"notice": notice.pk}
    record_audit(
        actor=actor, action=action, target="members.member", target_id=notice.member_id, now=now, details=details
    )
