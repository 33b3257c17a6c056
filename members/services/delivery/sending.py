"""One chunk of sending: claim, render, then group by group mark, hand over, record (R32, R33, design 3.15)."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from loyalty_site.ground.failpoints import failpoint
from members.models import Channel, ContactBudget, MessageState
from members.rules.mime import Mail
from members.rules.sending import Outcome, Verdict, quiet_end
from members.services.channels import Sender, sender_for
from members.services.channels.profile import SenderProfile, sender_profile
from members.services.delivery.claiming import Claim, Claimed, claim_messages, mark_handed
from members.services.delivery.outcomes import Settled, fail_unrendered, give_back, write_outcomes
from members.services.delivery.planning import left_in_group, recover_stale, release_claims
from members.services.links import Links, links_of

# Marked together before the first of them is written: at most these are unknown when a process dies (I7).
GROUP = 20
# How long to leave a mail server alone that wants or can do no more.
SERVER_PAUSE = dt.timedelta(minutes=1)

type Renderer = Callable[..., Mapping[int, Mail | str]]

_kept = threading.local()


@dataclass(slots=True)
class Delivered:
    """What one chunk did, and how the group stands after it.

    `waiting`: messages of the group that have not ended; `next_due_at`: when to go on (None: nothing is left).
    `is_blocked`: "" or why nothing moves: quiet, no_server, no_sender, server_down.
    """

    sent: int = 0
    retried: int = 0
    failed: int = 0
    unknown: int = 0
    suppressed: int = 0
    waiting: int = 0
    next_due_at: dt.datetime | None = None
    is_blocked: str = ""


def deliver(
    *,
    source: str,
    group: int,
    channel: str = Channel.EMAIL,
    limit: int = 100,
    is_service: bool = False,
    clock: Callable[[], dt.datetime],
    guard: Callable[[], bool] | None = None,
) -> Delivered:
    """Send up to `limit` due messages of a group. Not one transaction but a chain of short ones, since no
    lock may be held while a mail server thinks; each step proves the claim by its token.

    `is_service`: mails that somebody waits for, such as a code. Quiet hours do not hold them up, and they carry no
    unsubscribe header.

    `guard` is asked inside the claim's transaction and may lock what a pause locks: when it says no, nothing is
    claimed, and a pause that waited for it finds the claim and takes it back.

    Takes `clock`, not `now`: a chunk may last minutes, and every step is stamped with its own time.
    """
    done = Delivered()
    now = clock()
    profile = sender_profile()
    done.is_blocked = profile.lack
    if not done.is_blocked and not is_service:
        quiet = _quiet_until(channel, now, zone=profile.time_zone)
        if quiet:
            done.is_blocked, done.next_due_at = "quiet", quiet
    if done.is_blocked:
        done.waiting, _due = left_in_group(source=source, group=group)
        done.next_due_at = done.next_due_at or now + SERVER_PAUSE
        return done
    failpoint("mail.before_claim")
    with transaction.atomic():
        if guard is not None and not guard():
            return done
        claim = claim_messages(source=source, group=group, channel=channel, limit=limit, now=now)
    failpoint("mail.after_claim")
    done.suppressed = claim.suppressed
    if claim.messages:
        sender = _sender(channel, profile)
        mails = _render(source, claim, now=now)
        parcels = _wrap(claim, sender, mails, is_service=is_service, now=now, done=done)
        _send_all(claim, parcels, sender, clock=clock, done=done)
    if len(claim.messages) + claim.suppressed < limit:
        recover_stale(source=source, group=group, now=clock())
    done.waiting, due = left_in_group(source=source, group=group)
    if done.is_blocked:
        done.next_due_at = clock() + SERVER_PAUSE
    else:
        done.next_due_at = due
    return done


def send_test(*, mail: Mail, address: str, now: dt.datetime) -> Outcome:
    """Send one mail to one address, outside all counting: no message, no unsubscribe header. One attempt.

    The outcome's verdict is UNTOUCHED with the code no_server or no_sender when nothing can be sent at all.
    Raises ValueError when the address or the text cannot be sent.
    """
    profile = sender_profile()
    if profile.lack:
        return Outcome(Verdict.UNTOUCHED, profile.lack)
    sender = sender_for(Channel.EMAIL, profile)
    try:
        parcel = sender.wrap(mail, recipient=address, message_id=-int(now.timestamp() * 1000), links=None, now=now)
        return sender.hand_over(recipient=address, parcel=parcel)
    finally:
        sender.close()


def close_senders() -> None:
    """End the sessions this thread keeps open between chunks."""
    for sender, _profile in getattr(_kept, "senders", {}).values():
        sender.close()
    _kept.senders = {}


def _sender(channel: str, profile: SenderProfile) -> Sender:
    """The session of this thread, kept between chunks: greeting and login cost more than a mail."""
    senders = getattr(_kept, "senders", None)
    if senders is None:
        senders = _kept.senders = {}
    key = (channel, settings.SMTP_URL)
    kept = senders.get(key)
    if kept and kept[1] == profile:
        return kept[0]  # type: ignore[no-any-return]  # a thread's own dictionary has no type
    if kept:
        kept[0].close()
    sender = sender_for(channel, profile)
    senders[key] = (sender, profile)
    return sender


def _quiet_until(channel: str, now: dt.datetime, *, zone: str) -> dt.datetime | None:
    """The end of the quiet hours that hold now, over all budgets in use for the channel."""
    budgets = ContactBudget.objects.filter(is_active=True, channel__in=["", channel], quiet_from__isnull=False)
    ends = [quiet_end(now, zone=zone, starts=budget.quiet_from, ends=budget.quiet_until) for budget in budgets]
    return max((end for end in ends if end), default=None)


def _render(source: str, claim: Claim, *, now: dt.datetime) -> dict[int, tuple[Mail | str, Links]]:
    links = links_of(one.message_id for one in claim.messages)
    try:
        render: Renderer = import_string(settings.MESSAGE_RENDERERS[source])
        mails = render(claim.messages, links=links, now=now)
    except Exception:
        # The whole text is broken, not one person's: everybody waits and the job says so.
        release_claims(source=source, group=claim.messages[0].source_group)
        raise
    return {message_id: (mails[message_id], link) for message_id, link in links.items()}


def _wrap(
    claim: Claim,
    sender: Sender,
    mails: Mapping[int, tuple[Mail | str, Links]],
    *,
    is_service: bool,
    now: dt.datetime,
    done: Delivered,
) -> list[tuple[Claimed, bytes]]:
    """The bytes of each; those that cannot be made fail alone (T42)."""
    parcels, broken = [], []
    for one in claim.messages:
        mail, links = mails[one.message_id]
        try:
            if isinstance(mail, str):
                raise ValueError(mail)
            parcel = sender.wrap(
                mail,
                recipient=one.address,
                message_id=one.message_id,
                links=None if is_service else links,
                now=now,
            )
        except ValueError:
            broken.append(one.message_id)
            continue
        parcels.append((one, parcel))
    if broken:
        done.failed += fail_unrendered(token=claim.token, ids=broken, now=now)
    return parcels


def _send_all(
    claim: Claim,
    parcels: Sequence[tuple[Claimed, bytes]],
    sender: Sender,
    *,
    clock: Callable[[], dt.datetime],
    done: Delivered,
) -> None:
    """Group by group; what became of one group is written together with the mark of the next, one commit for both."""
    settled: list[Settled] = []
    for start in range(0, len(parcels), GROUP):
        group = parcels[start : start + GROUP]
        with transaction.atomic():
            now = clock()
            _write(claim.token, settled, now=now, done=done)
            mine = mark_handed(token=claim.token, ids=[one.message_id for one, _parcel in group], now=now)
        failpoint("mail.after_handed")
        # Who is not in `mine` was paused, cancelled or taken over in the meantime.
        settled = _hand_over(
            [(one, parcel, mine[one.message_id]) for one, parcel in group if one.message_id in mine], sender, done
        )
        if done.is_blocked:
            break
    with transaction.atomic():
        _write(claim.token, settled, now=clock(), done=done)
        if done.is_blocked:
            give_back(token=claim.token)


def _hand_over(group: Sequence[tuple[Claimed, bytes, int]], sender: Sender, done: Delivered) -> list[Settled]:
    settled = []
    for one, parcel, attempts in group:
        if done.is_blocked:
            outcome = Outcome(Verdict.UNTOUCHED)
        else:
            outcome = sender.hand_over(recipient=one.address, parcel=parcel)
            if outcome.verdict is Verdict.UNTOUCHED or outcome.ends_batch:
                done.is_blocked = "server_down"
        settled.append(Settled(one, outcome, attempts))
    return settled


def _write(token: uuid.UUID, settled: Sequence[Settled], *, now: dt.datetime, done: Delivered) -> None:
    if not settled:
        return
    for state in write_outcomes(token=token, settled=settled, now=now):
        match state:
            case MessageState.SENT:
                done.sent += 1
            case MessageState.FAILED:
                done.failed += 1
            case MessageState.UNKNOWN:
                done.unknown += 1
            case _:
                done.retried += 1
