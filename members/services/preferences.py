"""What members change themselves: by the link in a mail, or on their preference page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from loyalty_site.ground.models import ConsentWording, Language
from loyalty_site.ground.policy import Kind, Principal
from members.models import Channel, ConsentAction, CurrentConsent, Member, Merge, Message, Purpose, SuppressionReason
from members.services.consents import record_consent
from members.services.suppressions import addresses_of, lift_suppressions_of, suppress_addresses_of

# What a member may switch on and off, in the order in which the page shows it.
CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.PHONE)
_THEMSELVES = Principal(Kind.ANONYMOUS, label="member")


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
) -> bool:
    """Allow or refuse offers over `channel`; False when nothing changed. `method` is page or one-click, `wording`
    what the member read while allowing.

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
        actor=_THEMSELVES,
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


def set_language(*, member: Member, language: str, now: dt.datetime) -> None:
    """The language in which to write to a member from now on. Raises ValueError for one we do not speak."""
    Member.objects.filter(pk=member.pk).update(language=Language(language).value, updated_at=now)
