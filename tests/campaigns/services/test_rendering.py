"""The mails of a run: for each member in their language, with what is true of them, in few statements."""

from __future__ import annotations

import datetime as dt

import pytest

from campaigns.models import Run
from campaigns.services.rendering import render_messages
from feedback.services import close_survey
from members.models import Address, Member
from members.services import Mail
from tests.campaigns.runs import TESTS, any_company, claimed, frozen_run, opened_survey, speaks, write_template
from tests.factories.configuration import TierFactory, publish
from tests.programs.shop import NOW, Shop, open_shop

pytestmark = pytest.mark.django_db

EVERYTHING = "|".join(
    f"{{{{ {name} }}}}"
    for name in (
        "first_name", "city", "tier", "points", "points_worth", "points_burning", "burning_on", "burning_in_days",
        "next_tier", "next_tier_missing", "last_visit_on", "stores", "company",
    )
)  # fmt: skip


@pytest.fixture
def shop() -> Shop:
    shop = open_shop()
    TierFactory(program=shop.program, key="silver", name="Silver", threshold="50")
    TierFactory(program=shop.program, key="gold", name="Gold", threshold="500")
    publish(shop.program)
    any_company(languages=["en", "ru"], time_zone="UTC")
    return shop


def mails_of(run: Run, members: list[Member]) -> list[Mail | str]:
    found, links = claimed(run, members)
    answers = render_messages(found, links=links, now=NOW)
    return [answers[one.message_id] for one in found]


def test_each_member_reads_what_is_true_of_them(shop: Shop):
    anna = shop.member()
    Address.objects.create(member=anna, city="Springfield")
    shop.sell({"A": "60.00", "C": "5.00"}, anna)
    newcomer = shop.member("+12125550124", "Boris")
    run = frozen_run(write_template(en={"body": EVERYTHING}))
    first, second = mails_of(run, [anna, newcomer])
    store = shop.terminal.store.name
    assert first.text.splitlines()[0] == (
        f"Anna|Springfield|Silver|125|$1.25|125|10 March 2027|365|Gold|$435.00|10 March 2026|{store}|Corner Market"
    )
    assert second.text.splitlines()[0] == f"Boris|||0||0||||||{store}|Corner Market"


def test_each_member_reads_their_own_language(shop: Shop):
    run = frozen_run(write_template(en={"body": "{{ points }} EN"}, ru={"body": "{{ points }} RU"}))
    members = [
        speaks(shop.member(f"+1212555013{number}", f"P{number}"), code)
        for number, code in enumerate(["ru", "en", "he", ""])
    ]
    mails = mails_of(run, members)
    assert [mail.language for mail in mails] == ["ru", "en", "en", "en"]
    assert [mail.text.split()[1] for mail in mails] == ["RU", "EN", "EN", "EN"]


def test_numbers_and_money_are_written_in_the_members_language(shop: Shop):
    anna = speaks(shop.member(), "ru")
    shop.sell({"C": "1234.00"}, anna)
    run = frozen_run(write_template(ru={"body": "{{ points }} / {{ points_worth }} / {{ last_visit_on }}"}))
    text = mails_of(run, [anna])[0].text.replace("\u00a0", "_")
    assert text.startswith("1_234 / 12,34_$ / 10 марта 2026\n")


def test_a_poisoned_member_fails_alone(shop: Shop, note_trials):
    run = frozen_run(write_template(en={"body": "Hello {{ name }}"}))
    members = [shop.member(f"+121255502{number:02}", f"Person {number}") for number in range(20)]
    # The database itself keeps surrogates and two megabytes out of a name; a claim in hand is our last wall.
    found, links = claimed(run, members)
    poison = {3: "x" * 2_000_000, 7: "\ud800", 11: "\u202egnissim", 15: "a\x00b"}
    found = [
        type(one)(**{**{name: getattr(one, name) for name in one.__slots__}, "name": poison.get(place, one.name)})
        for place, one in enumerate(found)
    ]
    answers = render_messages(found, links=links, now=NOW)
    failed = {
        place: answers[one.message_id] for place, one in enumerate(found) if isinstance(answers[one.message_id], str)
    }
    assert failed == {3: "field_too_long", 7: "field_unreadable", 11: "field_unreadable", 15: "field_unreadable"}
    assert all(
        f"Person {place}" in answers[one.message_id].text for place, one in enumerate(found) if place not in poison
    )
    note_trials("T42", 20)


def test_a_chunk_is_read_in_few_statements(shop: Shop, django_assert_max_num_queries):
    members = [shop.member(f"+121255503{number:02}", f"Person {number}") for number in range(30)]
    for member in members[:5]:
        shop.sell({"C": "10.00"}, member)
    run = frozen_run(write_template(en={"body": EVERYTHING + "{{ survey_url }}"}), survey=opened_survey())
    found, links = claimed(run, members)
    with django_assert_max_num_queries(16):  # of which savepoints and the invitations' checks are a part
        answers = render_messages(found, links=links, now=NOW)
    assert len(answers) == 30


def test_only_what_a_template_uses_is_read(shop: Shop, django_assert_num_queries):
    run = frozen_run(write_template(en={"body": "Hello {{ name }}"}))
    found, links = claimed(run, [shop.member()])
    render_messages(found, links=links, now=NOW)
    with django_assert_num_queries(1):
        render_messages(found, links=links, now=NOW)


def test_links_are_each_members_own(shop: Shop):
    survey = opened_survey()
    run = frozen_run(write_template(en={"body": "Hello"}), survey=survey)
    members = [shop.member(), shop.member("+12125550124", "Boris")]
    found, links = claimed(run, members)
    answers = render_messages(found, links=links, now=NOW)
    texts = [answers[one.message_id].text for one in found]
    for one, text in zip(found, texts, strict=True):
        assert links[one.message_id].unsubscribe_url in text
        assert links[one.message_id].preferences_url in text
    surveys = {line for text in texts for line in text.splitlines() if "/f/" in line}
    assert len(surveys) == 2


def test_a_closed_survey_leaves_its_row_out(shop: Shop):
    survey = opened_survey()
    run = frozen_run(write_template(en={"body": "Hello"}), survey=survey)
    wanted = frozen_run(
        write_template("Survey", en={"button_label": "Answer", "button_url": "{{ survey_url }}"}), survey=survey
    )
    close_survey(survey_id=survey.pk, actor=TESTS, now=NOW + dt.timedelta(hours=1))
    anna = shop.member()
    assert "recommend" not in mails_of(run, [anna])[0].text
    assert mails_of(wanted, [anna]) == ["no_survey_link"]


def test_an_empty_chunk_is_nothing():
    assert render_messages([], links={}, now=NOW) == {}
