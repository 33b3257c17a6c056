"""Short words for merging in tests."""

from __future__ import annotations

from loyalty_site.ground.policy import system
from loyalty_site.ground.queries.verify import all_checks, run_checks
from loyalty_site.services.merging import merge_members
from members.models import Channel, ConsentAction, CurrentConsent, Member, Merge, Purpose
from members.services import record_consent
from tests.programs.shop import NOW

BOSS = system("tests")


def wrong() -> list[str]:
    """Which checks of the books fail."""
    return [finding.check.what for finding in run_checks(all_checks()) if finding.violations]


def merge(survivor: Member, merged: Member, **choices: str) -> Merge:
    return merge_members(survivor.pk, merged.pk, choices=choices, actor=BOSS, now=NOW)


def agree(member: Member, channel: str = Channel.EMAIL, *, granted: bool = True) -> None:
    record_consent(
        member=member,
        purpose=Purpose.MARKETING,
        channel=channel,
        action=ConsentAction.GRANTED if granted else ConsentAction.WITHDRAWN,
        method="tests",
        proof="",
        actor=BOSS,
        now=NOW,
    )


def says(member: Member, channel: str = Channel.EMAIL) -> bool | None:
    row = CurrentConsent.objects.filter(member=member, purpose=Purpose.MARKETING, channel=channel).first()
    return row.is_granted if row else None
