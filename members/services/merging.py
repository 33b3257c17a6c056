"""Making one person of two records, and two of one again: what members itself does of it.

Both run inside the transaction of loyalty_site.services.merging, which has locked the accounts before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from loyalty_site.ground.policy import Principal
from members.errors import MergeGone, MergeHouseholds, MergeNotLast, MergeSamePerson, MergeUndone
from members.models import (
    Address,
    Channel,
    Consent,
    ConsentAction,
    CurrentConsent,
    DuplicateKey,
    DuplicatePair,
    Identifier,
    Member,
    MemberStatus,
    Merge,
    PairState,
    Purpose,
    Relation,
    RelationKind,
    SuppressionReason,
)
from members.queries.duplicates import pair_of
from members.queries.households import head_of
from members.rules.merging import FIELDS, MERGED, PROFILE, after_undo, default_choices, stricter
from members.rules.text import search_form
from members.services.consents import record_consent
from members.services.delivery.planning import recall_messages
from members.services.merging_companies import join_companies, join_lending, part_companies, part_lending
from members.services.notices import join_notices, part_notices
from members.services.segments import join_segments, part_segments
from members.services.suppressions import live_reasons, suppress_addresses_of

_LIVING = (MemberStatus.ENROLLED, MemberStatus.CONTACT)
_COLUMNS = {
    "name": ("name", "search_name"),
    "language": ("language",),
    "sex": ("sex",),
    "birthday": ("birth_year", "birth_month", "birth_day"),
    "joined_on": ("joined_on",),
    "note": ("note",),
    **{field: (field,) for field in PROFILE},
}
# What a person said about being written to, as opposed to an address that merely does not exist.
_SAID_NO = (SuppressionReason.UNSUBSCRIBED, SuppressionReason.COMPLAINT)
_ADDRESS = ("city", "street", "postcode")


def profile_values(member: Member) -> dict[str, Any]:
    """{field of rules.merging.FIELDS: what the member has there}; empty parts as None."""
    address = Address.objects.filter(member=member).first()
    return {
        "name": member.name,
        "language": member.language,
        "sex": member.sex,
        "birthday": (member.birth_year, member.birth_month, member.birth_day) if member.birth_day else None,
        "joined_on": member.joined_on,
        "note": member.note,
        **{field: getattr(member, field) for field in PROFILE},
        "address": {part: getattr(address, part) for part in _ADDRESS} if address else None,
    }


def lock_two(one_id: int, other_id: int) -> tuple[Member, Member]:
    """Two living members of one kind, locked by rising id. Raises MergeSamePerson, MergeGone."""
    rows = {
        row.pk: row
        for row in Member.objects.select_for_update(no_key=True).filter(pk__in=[one_id, other_id]).order_by("pk")
    }
    if one_id == other_id:
        raise MergeSamePerson
    if len(rows) < 2 or any(row.status not in _LIVING for row in rows.values()):
        raise MergeGone
    if rows[one_id].kind != rows[other_id].kind:
        raise MergeSamePerson
    return rows[one_id], rows[other_id]


def merge_people(
    *, survivor_id: int, merged_id: int, choices: Mapping[str, str], actor: Principal, now: dt.datetime
) -> Merge:
    """Make the profile, keys, consents and household of two members those of one.

    `choices` are {field: "survivor" or "merged"}; fields not named follow default_choices. Raises MergeSamePerson,
    MergeGone, MergeHouseholds.
    """
    survivor, merged = lock_two(survivor_id, merged_id)
    merge = Merge.objects.create(survivor=survivor, merged=merged, merged_at=now, merged_by=actor.label[:150])
    mine, theirs = profile_values(survivor), profile_values(merged)
    chosen = default_choices(mine, theirs) | {field: choices[field] for field in FIELDS if field in choices}
    relations = _join_households(survivor, merged, now)
    last_consent = Consent.objects.filter(member=survivor).order_by("-id").values_list("id", flat=True).first() or 0
    consents = _join_consents(merge, actor, now)
    identifiers = list(Identifier.objects.filter(member=merged).values_list("pk", flat=True))
    Identifier.objects.filter(pk__in=identifiers).update(member=survivor)
    lending, companies = join_lending(survivor, merged), join_companies(survivor, merged)
    for channel in (Channel.EMAIL, Channel.SMS, Channel.PHONE):
        recall_messages(member_id=merged.pk, channel=channel)
        for reason in live_reasons(member_ids=[survivor.pk, merged.pk], channel=channel):
            if reason in _SAID_NO:
                suppress_addresses_of(member_id=survivor.pk, channel=channel, reason=reason, now=now)
    merge.choices = chosen
    merge.before = {
        "status": merged.status,
        "survivor_status": survivor.status,
        "fields": _take_fields(survivor, merged, chosen),
        "identifiers": identifiers,
        "consents": consents,
        "relations": relations,
        "lending": lending,
        "companies": companies,
        "segments": join_segments(survivor, merged),
        "notices": join_notices(survivor, merged),
        "custom": _take_custom(survivor, merged),
        "last_consent": last_consent,
    }
    merge.save(update_fields=["choices", "before"])
    if MemberStatus.ENROLLED in (survivor.status, merged.status):
        survivor.status = MemberStatus.ENROLLED
    survivor.updated_at = now
    survivor.save()
    _become(merged, survivor, now)
    return merge


def _become(merged: Member, survivor: Member, now: dt.datetime) -> None:
    """From here on whoever asks for one finds the other, also those who were merged into them before."""
    Member.objects.filter(Q(pk=merged.pk) | Q(survivor=merged)).update(
        status=MemberStatus.MERGED, survivor=survivor, updated_at=now
    )
    DuplicateKey.objects.filter(member=merged).delete()
    DuplicatePair.objects.filter(Q(first=merged) | Q(second=merged), state=PairState.PROPOSED).exclude(
        Q(first=survivor) | Q(second=survivor)
    ).delete()


def decide_pair(one_id: int, other_id: int, *, state: PairState, actor: Principal, now: dt.datetime) -> None:
    """Note what became of a pair, also of one that was never proposed."""
    first, second = pair_of(one_id, other_id)
    decided = {"state": state, "decided_at": now, "decided_by": actor.label[:150]}
    DuplicatePair.objects.update_or_create(
        first_id=first, second_id=second, defaults=decided, create_defaults={**decided, "score": 0.0, "found_at": now}
    )


def _take_fields(survivor: Member, merged: Member, chosen: Mapping[str, str]) -> dict[str, Any]:
    """Write the chosen values to the survivor; {field: {was, became}} of those that changed."""
    changed: dict[str, Any] = {}
    for field, columns in _COLUMNS.items():
        if chosen[field] != MERGED:
            continue
        was = {column: _plain(getattr(survivor, column)) for column in columns}
        for column in columns:
            setattr(survivor, column, getattr(merged, column))
        became = {column: _plain(getattr(survivor, column)) for column in columns}
        if was != became:
            changed[field] = {"was": was, "became": became}
    if chosen["address"] == MERGED:
        mine, theirs = (_address(member) for member in (survivor, merged))
        if mine != theirs:
            _set_address(survivor, theirs)
            changed["address"] = {"was": mine, "became": theirs}
    return changed


def _take_custom(survivor: Member, merged: Member) -> list[str]:
    """Custom fields that only the other had; their names."""
    taken = [name for name in merged.custom if name not in survivor.custom]
    survivor.custom = {**merged.custom, **survivor.custom}
    return taken


def _join_consents(merge: Merge, actor: Principal, now: dt.datetime) -> list[dict[str, Any]]:
    """Append the stricter of both to the survivor's log, where it is another than theirs."""
    current: dict[tuple[str, str], dict[int, CurrentConsent]] = {}
    rows = CurrentConsent.objects.filter(member__in=[merge.survivor_id, merge.merged_id])
    for row in rows.select_related("consent__wording").order_by("purpose", "channel"):
        current.setdefault((row.purpose, row.channel), {})[row.member_id] = row
    appended = []
    for (purpose, channel), by_member in current.items():
        mine, theirs = by_member.get(merge.survivor_id), by_member.get(merge.merged_id)
        before = mine.is_granted if mine else None
        target = stricter(one=before, other=theirs.is_granted if theirs else None)
        if target and purpose == Purpose.MARKETING and _said_no(merge, channel):
            target = False
        if target is None or target == before:
            continue
        source = (theirs or mine).consent  # type: ignore[union-attr]  # one of the two is there
        done = _append(merge, purpose, channel, source if target else None, actor, now, granted=target)
        appended.append(
            {"purpose": purpose, "channel": channel, "before": before, "became": target, "consent": done.pk}
        )
    return appended


def _said_no(merge: Merge, channel: str) -> bool:
    reasons = live_reasons(member_ids=[merge.survivor_id, merge.merged_id], channel=channel)
    return any(reason in _SAID_NO for reason in reasons)


def _append(
    merge: Merge,
    purpose: str,
    channel: str,
    source: Consent | None,
    actor: Principal,
    now: dt.datetime,
    *,
    granted: bool,
    member: Member | None = None,
) -> Consent:
    cited = f", consent {source.pk}" if source else ""
    return record_consent(
        member=member or merge.survivor,
        purpose=purpose,
        channel=channel,
        action=ConsentAction.GRANTED if granted else ConsentAction.WITHDRAWN,
        method="merge",
        proof=f"merge {merge.pk}{cited}",
        actor=actor,
        now=now,
        wording=source.wording if source else None,
    )


def _join_households(survivor: Member, merged: Member, now: dt.datetime) -> list[dict[str, Any]]:
    """The survivor takes the other's place at home. Returns the relations as they were. Raises MergeHouseholds."""
    head, other_head = head_of(survivor.pk), head_of(merged.pk)
    if other_head is None:
        return []
    if head is not None and head != other_head:
        raise MergeHouseholds
    live = Relation.objects.filter(kind=RelationKind.HOUSEHOLD, ended_at__isnull=True).select_for_update()
    rows = list(live.filter(Q(head=merged) | Q(other=merged)).order_by("since", "id"))
    images = [{"id": row.pk, "head": row.head_id, "other": row.other_id} for row in rows]
    for row in rows:
        if {row.head_id, row.other_id} == {survivor.pk, merged.pk}:
            row.ended_at = now
        elif row.head_id == merged.pk:
            row.head = survivor
        elif head is not None:
            row.ended_at = now  # both live there already
        else:
            row.other = survivor
        row.save(update_fields=["head", "other", "ended_at"])
    return images


# --- and back ---------------------------------------------------------------------------------------------------


def lock_merge(merge_id: int) -> Merge:
    """A merge that can be undone, locked with both its members. Raises MergeUndone, MergeNotLast, MergeGone."""
    merge = Merge.objects.select_for_update(of=("self",)).get(pk=merge_id)
    if merge.undone_at is not None:
        raise MergeUndone
    pair = [merge.survivor_id, merge.merged_id]
    rows = {row.pk: row for row in Member.objects.select_for_update(no_key=True).filter(pk__in=pair).order_by("pk")}
    merge.survivor, merge.merged = rows[merge.survivor_id], rows[merge.merged_id]
    if merge.survivor.status == MemberStatus.MERGED:
        raise MergeNotLast
    if merge.survivor.status not in _LIVING or merge.merged.status != MemberStatus.MERGED:
        raise MergeGone
    return merge


def unmerge_people(merge: Merge, *, actor: Principal, now: dt.datetime) -> list[dict[str, Any]]:
    """Give both members their own records again; what could not be returned, as [{"what": code, ...}].

    A no that was said meanwhile holds for both, and no yes comes back over it.
    """
    survivor, merged, before = merge.survivor, merge.merged, merge.before
    left: list[dict[str, Any]] = [
        {"what": "field", "field": field} for field in _return_fields(survivor, before["fields"])
    ]
    for name in before["custom"]:
        if survivor.custom.get(name) == merged.custom.get(name):
            survivor.custom.pop(name, None)
    if survivor.status == MemberStatus.ENROLLED:
        survivor.status = before["survivor_status"]
    survivor.updated_at = now
    survivor.save()
    moved = Identifier.objects.filter(pk__in=before["identifiers"], member=survivor)
    missing = len(before["identifiers"]) - moved.update(member=merged)
    if missing:
        left.append({"what": "identifiers", "count": missing})
    merged.status, merged.survivor, merged.updated_at = MemberStatus(before["status"]), None, now
    merged.save()
    _lead_back(merged, now)
    left += _part_consents(merge, before["consents"], actor, now)
    left += _part_households(before["relations"])
    if "companies" in before:  # merges from before companies have none
        part_lending(before["lending"])
        left += part_companies(before["companies"], merged)
    part_segments(survivor, merged, before.get("segments", []))  # merges from before segments have none
    part_notices(survivor, merged, before.get("notices", []))  # likewise
    decide_pair(survivor.pk, merged.pk, state=PairState.APART, actor=actor, now=now)
    return left


def _return_fields(survivor: Member, fields: Mapping[str, Any]) -> list[str]:
    """Write back what nobody has changed since; the names of the others."""
    changed = []
    for field, step in fields.items():
        if field == "address":
            if _address(survivor) == step["became"]:
                _set_address(survivor, step["was"])
            else:
                changed.append(field)
            continue
        if {column: _plain(getattr(survivor, column)) for column in step["was"]} != step["became"]:
            changed.append(field)
            continue
        for column, value in step["was"].items():
            setattr(survivor, column, dt.date.fromisoformat(value) if column == "joined_on" and value else value)
        if field == "name":
            survivor.search_name = search_form(survivor.name)
    return changed


def _lead_back(merged: Member, now: dt.datetime) -> None:
    """Those who had been merged into this member lead to it again, however long the chain."""
    found: set[int] = set()
    ring: Sequence[int] = [merged.pk]
    while ring:
        ring = list(Merge.objects.filter(survivor__in=ring, undone_at__isnull=True).values_list("merged_id", flat=True))
        found |= set(ring)
    Member.objects.filter(pk__in=found).update(survivor=merged, updated_at=now)


def _part_consents(
    merge: Merge, appended: Sequence[Mapping[str, Any]], actor: Principal, now: dt.datetime
) -> list[dict[str, Any]]:
    left: list[dict[str, Any]] = []
    ours = {step["consent"] for step in appended}
    current = {(row.purpose, row.channel): row for row in CurrentConsent.objects.filter(member=merge.survivor_id)}
    for step in appended:
        row = current.get((step["purpose"], step["channel"]))
        if row is None:
            continue  # undoing an import has taken it back already
        is_ours = row.consent_id in ours
        wanted = after_undo(before=step["before"], merged_to=step["became"], now=row.is_granted)
        if is_ours and wanted is not None and wanted != row.is_granted:
            _append(merge, step["purpose"], step["channel"], None, actor, now, granted=wanted)
        elif step["before"] is True and not row.is_granted:
            left.append({"what": "consent", "purpose": step["purpose"], "channel": step["channel"]})
    # What the person refused while the two were one, they refused as both.
    theirs = CurrentConsent.objects.filter(member=merge.merged_id, is_granted=True)
    for row in theirs.order_by("purpose", "channel"):
        mine = current.get((row.purpose, row.channel))
        if mine is None or mine.consent_id in ours or mine.consent_id <= merge.before["last_consent"]:
            continue
        if not mine.is_granted:
            _append(merge, row.purpose, row.channel, None, actor, now, granted=False, member=merge.merged)
            left.append({"what": "consent_of_merged", "purpose": row.purpose, "channel": row.channel})
    return left


def _part_households(images: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Put relations back as they were; where life went on, they stay as they are and are listed."""
    left = []
    for image in images:
        try:
            with transaction.atomic():
                Relation.objects.filter(pk=image["id"]).update(head=image["head"], other=image["other"], ended_at=None)
        except IntegrityError:
            left.append({"what": "household", "relation": image["id"]})
    return left


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _address(member: Member) -> dict[str, str] | None:
    row = Address.objects.filter(member=member).first()
    return {part: getattr(row, part) for part in _ADDRESS} if row else None


def _set_address(member: Member, parts: Mapping[str, str] | None) -> None:
    if parts is None:
        Address.objects.filter(member=member).delete()
    else:
        Address.objects.update_or_create(member=member, defaults=dict(parts))
