"""What members change themselves: by the link in a mail, or on their preference page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import transaction

from loyalty_site.ground.languages import company_language
from loyalty_site.ground.models import ConsentWording, Language
from loyalty_site.ground.policy import Kind, Principal
from loyalty_site.ground.services import record_audit
from members.errors import MemberNotFound
from members.models import (
    Channel,
    ConsentAction,
    CurrentConsent,
    Member,
    MemberStatus,
    Merge,
    Message,
    Purpose,
    SuppressionReason,
)
from members.queries.preferences import newest_wording
from members.services.consents import record_consent
from members.services.suppressions import addresses_of, lift_suppressions_of, suppress_addresses_of

# What a member may switch on and off, in the order in which the page shows it.
CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.PHONE)
_THEMSELVES = Principal(Kind.ANONYMOUS, label="member")
# How a wish reached somebody of the staff, as the log of consents has it.
SAID = ("in_person", "by_phone", "in_writing")


def preferences_of(member: Member) -> dict[str, bool]:
    """{channel: may offers and news come this way}, for each of CHANNELS."""
    granted = set(
        CurrentConsent.objects.filter(member=member, purpose=Purpose.MARKETING, is_granted=True).values_list(
            "channel", flat=True
        )
    )
    return {channel.value: channel.value in granted for channel in CHANNELS}


@transaction.atomic
def set_channel_consent(
    *,
    member: Member,
    channel: str,
    granted: bool,
    method: str,
    proof: str,
    now: dt.datetime,
    wording: ConsentWording | None = None,
    actor: Principal = _THEMSELVES,
) -> bool:
    """Allow or refuse offers over `channel`; False when nothing changed. `method` is page, one-click, terminal or one of
    SAID, `wording` what the member read or was read while allowing, `actor` who noted it.

    Refusing also suppresses the addresses themselves, so that an import under another name cannot bring
    them back (R44); allowing again lifts just that, never a suppression for another reason.
    """
    Member.objects.select_for_update().only("pk").get(pk=member.pk)
    if not granted:
        # Also when there was no consent: the wish is about the address.
        suppress_addresses_of(member_id=member.pk, channel=channel, reason=SuppressionReason.UNSUBSCRIBED, now=now)
    current = CurrentConsent.objects.filter(member=member, purpose=Purpose.MARKETING, channel=channel)
    before = current.select_related("consent").first()
    is_change = (before is not None and before.is_granted) != granted
    if not is_change and (granted or _is_kept(member, channel, before)):
        return False
    record_consent(
        member=member,
        purpose=Purpose.MARKETING,
        channel=channel,
        action=ConsentAction.GRANTED if granted else ConsentAction.WITHDRAWN,
        method=method,
        proof=proof,
        actor=actor,
        now=now,
        wording=wording if granted else None,
    )
    if granted:
        lift_suppressions_of(member_id=member.pk, channel=channel, reason=SuppressionReason.UNSUBSCRIBED, now=now)
    return is_change


def _is_kept(member: Member, channel: str, before: CurrentConsent | None) -> bool:
    """Is a no that changes nothing kept all the same? Where nobody had been asked the suppression of an address keeps
    it. A no of a file or a merge is taken back with them, and one from before a merge is the word of one of two."""
    if before is None:
        return bool(addresses_of(member.pk, channel))
    merges = Merge.objects.filter(survivor=member, undone_at__isnull=True, merged_at__gte=before.consent.given_at)
    return before.consent.method not in {"import", "merge"} and not merges.exists()


def unsubscribe(*, message: Message, method: str, now: dt.datetime) -> bool:
    """End offers and news over the channel of a message; False when they had ended before."""
    return set_channel_consent(
        member=message.member,
        channel=message.channel,
        granted=False,
        method=method,
        proof=f"message {message.pk}",
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Changed:
    """What a saved preference page changed; channels in the order of CHANNELS."""

    allowed: list[str]
    refused: list[str]
    language: str

    def __bool__(self) -> bool:
        return bool(self.allowed or self.refused or self.language)


@transaction.atomic
def save_preferences(
    *,
    member: Member,
    allowed: Collection[str],
    language: str,
    proof: str,
    now: dt.datetime,
    wording: ConsentWording | None = None,
) -> Changed:
    """What a member chose on the preference page, all of it or nothing: offers come by the channels in `allowed` and
    no other, in `language` ("" leaves it). Raises ValueError for a language that we do not speak."""
    changed = Changed([], [], language if language != member.language else "")
    for channel in CHANNELS:
        granted = channel.value in allowed
        if set_channel_consent(
            member=member, channel=channel, granted=granted, method="page", proof=proof, now=now, wording=wording
        ):
            (changed.allowed if granted else changed.refused).append(channel.value)
    if changed.language:
        set_language(member=member, language=language, now=now)
    return changed


@transaction.atomic
def note_wishes(
    *,
    member_id: int,
    offers: Mapping[str, bool],
    agrees: bool = False,
    method: str,
    proof: str,
    actor: Principal,
    now: dt.datetime,
) -> Changed:
    """What a member said to somebody of the staff: yes or no to offers by each channel in `offers`, the others stay as
    they are; `agrees` to their data being kept (never the contrary: that is leaving). `method` is terminal or one of SAID.

    A yes is noted with the newest words in the member's language, which have to be read to them. Raises MemberNotFound
    for somebody who was forgotten; ValueError for a channel that there is not.
    """
    member = Member.objects.select_for_update(no_key=True).filter(pk=member_id).first()
    if member is not None and member.survivor_id is not None:
        member = Member.objects.select_for_update(no_key=True).get(pk=member.survivor_id)
    if member is None or member.status == MemberStatus.ERASED:
        raise MemberNotFound
    language = member.language or company_language()
    changed = Changed([], [], "")
    for channel, granted in ((Channel(name), yes) for name, yes in offers.items()):
        if channel not in CHANNELS:
            raise ValueError(f"no offers come by {channel!r}")
        wording = newest_wording(Purpose.MARKETING, language) if granted else None
        if set_channel_consent(
            member=member, channel=channel, granted=granted, method=method, proof=proof, now=now, wording=wording,
            actor=actor,
        ):  # fmt: skip
            (changed.allowed if granted else changed.refused).append(channel.value)
    if agrees and not has_agreed(member.pk):
        record_consent(
            member=member,
            purpose=Purpose.PROCESSING,
            channel=Channel.NONE,
            action=ConsentAction.GRANTED,
            method=method,
            proof=proof,
            actor=actor,
            now=now,
            wording=newest_wording(Purpose.PROCESSING, language),
        )
    if offers or agrees:
        said = {Channel(name).value: yes for name, yes in offers.items()}
        record_audit(
            actor=actor,
            action="note_wishes",
            target="members.member",
            target_id=member.pk,
            now=now,
            details={"offers": said, "agrees": agrees, "how": method},
        )
    return changed


def has_agreed(member_id: int) -> bool:
    """Whether they agreed that we keep their data for the programme."""
    return CurrentConsent.objects.filter(member=member_id, purpose=Purpose.PROCESSING, is_granted=True).exists()


def set_language(*, member: Member, language: str, now: dt.datetime) -> None:
    """The language in which to write to a member from now on. Raises ValueError for one we do not speak."""
    Member.objects.filter(pk=member.pk).update(language=Language(language).value, updated_at=now)
