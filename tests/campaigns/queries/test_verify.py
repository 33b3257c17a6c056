"""verify notices every way in which a mailing's figures could be wrong."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection

from campaigns.queries.verify import CHECKS
from campaigns.services.running import cancel_campaign
from loyalty_site.ground.queries.verify import all_checks, run_checks
from members.queries.verify import CHECKS as MEMBERS_CHECKS
from tests.campaigns.mailing import TESTS, CampaignRig

TAMPERINGS = {
    "a run that is done has planned = sent + failed + suppressed + unknown + cancelled": "UPDATE members_message SET state = 'handed' WHERE source_id = (SELECT min(source_id) FROM members_message)",
    "a run has as many messages as it has planned, and a cancelled one has none that waits": "UPDATE members_message SET state = 'planned' WHERE state = 'cancelled'",
    "a run says how many people it lists": "UPDATE campaigns_recipient SET standing = 'holdout' WHERE id = (SELECT min(id) FROM campaigns_recipient)",
    "a message of a run is one of a person whom the run writes to": "UPDATE campaigns_recipient SET standing = 'excluded', reason = 'no_consent' WHERE id = (SELECT min(id) FROM campaigns_recipient)",
    "whoever was written to had a consent for it when the message was taken": "UPDATE members_consent SET action = 'withdrawn' WHERE id = (SELECT min(id) FROM members_consent)",
    "nobody was written to at a suppressed address": "INSERT INTO members_suppression (channel, address_hash, reason, member_id, since) SELECT 'email', 'x', 'by_hand', member_id, now() - interval '50 years' FROM members_message WHERE state = 'sent' LIMIT 1; UPDATE members_identifier SET created_at = now() - interval '51 years'",
    "every merge of two members, and every undoing of one, has its row in the audit": "INSERT INTO members_merge (survivor_id, merged_id, choices, before, parts, \"left\", merged_at, merged_by, undone_by) SELECT min(id), max(id), '{}', '{}', '{}', '[]', now(), '', '' FROM members_member",
    "a merged member leads to a living survivor, and by one live merge": "UPDATE members_member SET status = 'merged', survivor_id = (SELECT max(id) FROM members_member) WHERE id = (SELECT min(id) FROM members_member)",
}  # fmt: skip


@pytest.fixture
def sent(rig: CampaignRig) -> CampaignRig:
    """One campaign done, one cancelled in the middle."""
    rig.people(4)
    rig.go(rig.make())
    rig.work()
    later = rig.make()
    rig.mailing.sink.script(None, "rcpt", _not_now())
    rig.go(later)
    rig.work()
    cancel_campaign(campaign_id=later.pk, actor=TESTS, now=rig.now)
    return rig


def _not_now() -> object:
    from tests.smtp_sink import reply

    return reply("451 4.3.0 later")


def violated() -> set[str]:
    return {finding.check.what for finding in run_checks([*CHECKS, *MEMBERS_CHECKS]) if finding.violations}


def test_every_check_is_tried():
    assert {check.what for check in [*CHECKS, *MEMBERS_CHECKS]} == set(TAMPERINGS)
    assert set(TAMPERINGS) < {check.what for check in all_checks()}


@pytest.mark.parametrize("what", list(TAMPERINGS))
def test_each_check_notices_its_tampering(sent: CampaignRig, what: str):
    assert violated() == set()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # as an owner who switches the triggers off
        for statement in TAMPERINGS[what].split("; "):
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")
    assert what in violated()


def test_the_command_prints_every_app_s_checks(transactional_db, capsys):
    call_command("verify", verbosity=2)
    said = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert all(line.endswith(" looked at, 0 violations") for line in said)
    for check in all_checks():
        assert any(line.startswith(f"{check.invariant} {check.what}: ") for line in said)
