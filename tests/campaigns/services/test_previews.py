"""Preview and test: the code of a campaign, links that only explain, nothing counted."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default

import pytest

from campaigns.errors import MailNotRendered
from campaigns.services.previews import preview_template, send_test_mail
from campaigns.services.starters import STARTERS, start_template
from feedback.models import Invitation
from loyalty_site.ground.models import Audit, Language
from members.models import Message
from tests.campaigns.runs import TESTS, any_company, opened_survey, speaks, write_template
from tests.members.mailing import open_mailing
from tests.programs.shop import NOW, Shop, open_shop
from tests.smtp_sink import CountingSink

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def test_the_preview_is_what_the_member_would_get(shop: Shop):
    anna = speaks(shop.member(), "ru")
    template = write_template(en={}, ru={"subject": "{{ first_name }}!", "preheader": "Баллы: {{ points }}"})
    preview = preview_template(template=template, member=anna, language="", survey=None, now=NOW)
    assert (preview.mail.language, preview.mail.subject, preview.preheader) == ("ru", "Anna!", "Баллы: 0")
    assert preview.languages == ("en", "ru")
    assert "/mail/test/" in preview.mail.html
    assert "/m/" not in preview.mail.text


def test_a_preview_asks_nobody_and_plans_nothing(shop: Shop):
    template = write_template(en={"body": "{{ survey_url }}"})
    for survey in (None, opened_survey()):
        mail = preview_template(
            template=template, member=shop.member(f"+1212555{survey is None:04}"), language="", survey=survey, now=NOW
        ).mail
        assert "How likely are you to recommend" in mail.text
    assert not Invitation.objects.exists()
    assert not Message.objects.exists()


def test_what_cannot_be_written_says_why(shop: Shop):
    template = write_template(en={"subject": "{{ city }}"})
    with pytest.raises(MailNotRendered) as refused:
        preview_template(template=template, member=shop.member(), language="", survey=None, now=NOW)
    assert refused.value.context == {"reason": "subject_empty"}


def test_a_test_mail_arrives_and_says_that_it_is_one(shop: Shop, settings):
    with CountingSink() as sink:
        open_mailing(sink, settings)
        any_company(sender_email="news@corner.example")
        template = write_template(en={"subject": "Hello {{ first_name }}"})
        failure = send_test_mail(
            template=template,
            member=shop.member(),
            language="en",
            survey=None,
            address="me@corner.example",
            actor=TESTS,
            now=NOW,
        )
        assert failure == ""
    mail = message_from_bytes(sink.received[0].content, policy=default)
    assert sink.received[0].recipient == "me@corner.example"
    assert mail["Subject"] == "[Test] Hello Anna"
    assert mail["List-Unsubscribe"] is None
    assert not Message.objects.exists()
    act = Audit.objects.get(object_type="campaigns.template", action="test")
    assert act.details == {"language": "en", "verdict": "sent"}


def test_without_a_mail_server_the_test_says_so(shop: Shop, settings):
    settings.SMTP_URL = ""
    failure = send_test_mail(
        template=write_template(en={}),
        member=shop.member(),
        language="",
        survey=None,
        address="me@corner.example",
        actor=TESTS,
        now=NOW,
    )
    assert failure == "untouched no_server"


@pytest.mark.parametrize("key", STARTERS)
def test_each_starter_is_ready_to_send_in_every_language(shop: Shop, key: str):
    member = shop.member()
    shop.sell({"A": "10.00"}, member)
    newcomer = shop.member("+12125550124", "Boris")
    template = start_template(
        starter=STARTERS[key], name="Start", note="", languages=list(Language.values), actor=TESTS, now=NOW
    )
    for language in Language.values:
        for reader in (member, newcomer):
            preview = preview_template(template=template, member=reader, language=language, survey=None, now=NOW)
            assert preview.mail.language == language
            assert "{{" not in preview.mail.text + preview.mail.html.partition("<body")[2]
            assert "()" not in preview.mail.text


def test_a_second_start_gets_a_number(shop: Shop):
    names = [
        start_template(
            starter=STARTERS["statement"], name="Points", note="", languages=["en"], actor=TESTS, now=NOW
        ).name
        for _ in range(3)
    ]
    assert names == ["Points", "Points 2", "Points 3"]
