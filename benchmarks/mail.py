"""A campaign's mails, with everything that is done for them, beside Django's EmailMultiAlternatives on one connection.

Counted is the CPU of the sending process, which is what limits a sender; what PostgreSQL uses is printed beside it.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from typing import Any
from urllib.parse import urlparse

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

from benchmarks.measure import Cpu, fresh_database
from benchmarks.sink import running_sink
from members.rules.mime import Mail

ROUNDS, EACH = 8, 1000
_PEOPLE = """
    INSERT INTO members_member (public_id, kind, status, name, search_name, language, sex, joined_on, source, note, custom)
    SELECT gen_random_uuid(), 'person', 'enrolled', 'Person ' || n, 'person ' || n,
           (ARRAY['en', 'en', 'ru', 'he'])[1 + n %% 4], '', date '2026-01-01', '', '', '{}'
    FROM generate_series(1, %(members)s) n;
    INSERT INTO members_consent (member_id, purpose, channel, action, language, method, proof, actor_label, given_at)
    SELECT id, 'marketing', 'email', 'granted', '', 'bench', '', '', now() FROM members_member;
    INSERT INTO members_currentconsent (member_id, purpose, channel, is_granted, since, consent_id)
    SELECT member_id, purpose, channel, true, given_at, id FROM members_consent;
    INSERT INTO members_identifier (member_id, kind, value, shown)
    SELECT id, 'email', 'person' || id || '@example.com', '' FROM members_member;
    INSERT INTO members_address (member_id, city, street, postcode)
    SELECT id, 'Springfield', '', '' FROM members_member;
    INSERT INTO members_contactbudget (channel, messages, days, is_active) VALUES ('', 3, 7, true);
    ANALYZE;
"""
WORDS = {
    "en": ("{{ first_name | default: 'Hello' }}, your {{ points }} points wait", "Dear {{ first_name }},"),
    "ru": ("{{ first_name }}, ваши баллы: {{ points }}", "Здравствуйте, {{ first_name }}!"),
    "he": ("{{ first_name }}, הנקודות שלך: {{ points }}", "שלום {{ first_name }},"),
}
BODY = """%s

you have **{{ points }} points** with us. {%% if points > 100 %%}That is enough for a gift: come and choose one.{%% endif %%}

- fresh bread from seven in the morning
- everything in {{ city }} within the hour

See you soon, https://corner.example/offers"""


def main() -> int:
    with fresh_database(), running_sink() as url:
        return run(url)


def run(url: str) -> int:
    from django.conf import settings
    from django.utils import timezone

    from campaigns.models import Recipient
    from campaigns.services.rendering import render_messages
    from members.models import Message, MessageState
    from members.services import Claimed, deliver, links_of, plan_messages

    settings.SMTP_URL = url
    where = urlparse(url)
    run_row = prepare(ROUNDS * EACH + 500)
    recipients = list(Recipient.objects.filter(run=run_row).order_by("id").values_list("id", "member_id"))
    plan_messages(
        source="campaign",
        group=run_row.pk,
        items=recipients,
        channel="email",
        purpose="marketing",
        due_at=timezone.now(),
    )

    def send(count: int) -> None:
        """What a worker does: chunks of five hundred, each claimed, judged, rendered, marked, sent and recorded."""
        sent = 0
        while sent < count:
            sent += deliver(source="campaign", group=run_row.pk, limit=min(500, count - sent), clock=timezone.now).sent

    # The yardstick sends the same words to the same people, made beforehand and at no cost to it.
    claimed = [
        Claimed(message_id, run_row.pk, recipient, member, f"person{member}@example.com", f"Person {member}", language)
        for message_id, recipient, member, language in Message.objects.order_by("id").values_list(
            "id", "source_id", "member_id", "member__language"
        )[:EACH]
    ]
    links = links_of(one.message_id for one in claimed)
    mails = [
        (made_of(mail), one.address, links[one.message_id].unsubscribe_url)
        for one, mail in zip(claimed, render_messages(claimed, links=links, now=timezone.now()).values(), strict=True)
    ]
    size = statistics.mean(len(mail.text.encode()) + len(mail.html.encode()) for mail, _address, _url in mails)
    print(f"{ROUNDS} rounds of {EACH} mails, {size / 1000:.1f} kB of text and HTML each, in three languages")

    def stock() -> None:
        from django.core.mail import EmailMultiAlternatives
        from django.core.mail.backends.smtp import EmailBackend

        backend = EmailBackend(host=where.hostname, port=where.port, timeout=60)
        backend.open()
        for mail, address, unsubscribe in mails:
            message = EmailMultiAlternatives(
                mail.subject,
                mail.text,
                "Corner Market <news@corner.example>",
                [address],
                headers={
                    "List-Unsubscribe": f"<{unsubscribe}>",
                    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                },
                connection=backend,
            )
            message.attach_alternative(mail.html, "text/html")
            assert message.send() == 1
        backend.close()

    send(500)  # opens the session, compiles the content, prepares the statements
    whole = Cpu()
    ratios, ours, theirs, server = [], [], [], []
    for number in range(ROUNDS):
        for path in ("send", "stock") if number % 2 else ("stock", "send"):
            mine, everybody = time.process_time(), whole().total
            send(EACH) if path == "send" else stock()
            mine, everybody = time.process_time() - mine, whole().total - everybody
            if path == "send":
                ours.append(mine)
                server.append(everybody - mine)
            else:
                theirs.append(mine)
        ratios.append(theirs[-1] / ours[-1])
    assert Message.objects.filter(state=MessageState.SENT).count() == ROUNDS * EACH + 500, "every status is recorded"
    print(
        f"ours {statistics.median(ours) / EACH * 1e6:.0f} us of the sender a mail (and {statistics.median(server) / EACH * 1e6:.0f} us "
        f"of PostgreSQL), EmailMultiAlternatives {statistics.median(theirs) / EACH * 1e6:.0f} us"
    )
    print(f"ratio per round: median {statistics.median(ratios):.2f}, from {min(ratios):.2f} to {max(ratios):.2f}")
    print(f"RATIO mail {statistics.median(ratios):.2f} goal >=4")
    return 0


def made_of(mail: Mail | str) -> Mail:
    """Nobody in a benchmark is poison."""
    assert isinstance(mail, Mail)
    return mail


def prepare(members: int) -> Any:
    """A run in full swing: everybody is a recipient, with points, tier and city on record."""
    from django.db import connection
    from django.utils import timezone

    from campaigns.models import (
        Audience,
        Campaign,
        CampaignState,
        Recipient,
        Run,
        RunState,
        Standing,
        Template,
        TemplateText,
    )
    from campaigns.services.content import freeze_content
    from loyalty_site.ground.models import Company
    from programs.services.accounts import open_accounts
    from tests.factories import configuration as make

    now = timezone.now()
    make.CompanyFactory(
        sender_email="news@corner.example", postal_address="1 High Street", languages=["en", "ru", "he"]
    )
    program = make.ProgramFactory()
    make.publish(program, at=now)
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE % {"members": members})
        cursor.execute("SELECT id FROM members_member ORDER BY id")
        ids = [row[0] for row in cursor.fetchall()]
    open_accounts(program_id=program.pk, member_ids=ids, now=now)
    template = Template.objects.create(name="bench")
    for language, (subject, greeting) in WORDS.items():
        TemplateText.objects.create(
            template=template,
            language=language,
            subject=subject,
            heading="Corner Market",
            body=BODY % greeting,
            button_label="See",
            button_url="https://corner.example/",
        )
    campaign = Campaign.objects.create(
        name="bench",
        audience=Audience.objects.create(name="bench"),
        template=template,
        state=CampaignState.RUNNING,
        approved_at=now,
    )
    run_row = Run.objects.create(
        campaign=campaign,
        channel="email",
        state=RunState.RUNNING,
        holdout_percent=0,
        seed="bench",
        time_zone="UTC",
        grace_minutes=30,
        scheduled_for=now,
        content=freeze_content(template, survey=None, company=Company.objects.get()),
    )
    Recipient.objects.bulk_create(
        Recipient(run=run_row, member_id=member_id, channel="email", standing=Standing.TREAT) for member_id in ids
    )
    return run_row


if __name__ == "__main__":
    sys.exit(main())
