"""The template pages: mistakes are said at their field, the preview shows the mail, a test is sent by POST only."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.admin.template_words import FIELDS, PROBLEMS, REASONS, problem_in_words
from campaigns.models import Template
from campaigns.rules.templates import Problem, fields_known
from loyalty_site.ground.models import Audit, Role
from tests.campaigns.runs import any_company, opened_survey, write_template
from tests.factories.configuration import UserFactory
from tests.members.mailing import open_mailing
from tests.programs.shop import Shop, open_shop
from tests.smtp_sink import CountingSink

pytestmark = pytest.mark.django_db

LIST = reverse("admin:campaigns_template_changelist")
ADD = reverse("admin:campaigns_template_add")


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def marketer(shop: Shop) -> Client:
    client = Client()
    client.force_login(UserFactory(role=Role.MARKETING, email="me@corner.example"))
    return client


def typed(**words: str) -> dict[str, str]:
    return {"name": "News", "note": "", "subject_en": "Hello", "body_en": "Hello {{ first_name }}.", **words}


def page_of(name: str, template: Template) -> str:
    return reverse(f"admin:campaigns_template_{name}", args=[template.pk])


def errors_of(response) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["adminform"].form.errors.items()}


def test_words_are_saved_in_each_language_that_was_written(marketer: Client):
    response = marketer.post(ADD, typed(subject_he="שלום", body_he="שלום {{ first_name }}"))
    assert response.status_code == 302
    template = Template.objects.get()
    assert {text.language: text.subject for text in template.texts.all()} == {"en": "Hello", "he": "שלום"}
    marketer.post(page_of("change", template), typed(subject_en="Changed", heading_en="Heading"))
    assert [(text.language, text.subject, text.heading) for text in template.texts.all()] == [
        ("en", "Changed", "Heading")
    ]


def test_the_audit_names_fields_and_never_their_words(marketer: Client):
    marketer.post(ADD, typed())
    marketer.post(page_of("change", Template.objects.get()), typed(subject_en="Secret words"))
    act = Audit.objects.filter(object_type="campaigns.template", action="change").get()
    assert act.details == {"fields": ["subject_en"]}


@pytest.mark.parametrize(
    ("words", "field", "says"),
    [
        (
            {"subject_en": "{{ frist_name }}"},
            "subject_en",
            "Line 1: there is no field “frist_name”. Did you mean “first_name”?",
        ),
        ({"body_en": "a\n{% assign x = 1 %}"}, "body_en", "Line 2: the tag “assign” is not allowed here."),
        ({"body_en": "{% if points %}"}, "body_en", "Write {% endif %} where it is over."),
        ({"button_label_en": "Go", "button_url_en": "http://x.example/"}, "button_url_en", "must begin with https://"),
        ({"button_label_en": "Go"}, "button_url_en", "A button needs its words and its link."),
        ({"subject_ru": "Привет"}, "body_ru", "Without this there is no mail in this language."),
        ({"subject_en": "", "body_en": ""}, "__all__", "Write the text in at least one language."),
        ({"body_en": "x" * 20_001}, "body_en", "at most 20000 characters"),
    ],
)
def test_mistakes_are_said_at_their_field_in_words(marketer: Client, words: dict[str, str], field: str, says: str):
    response = marketer.post(ADD, typed(**words))
    errors = errors_of(response)
    assert list(errors) == [field]
    assert says in errors[field][0]
    assert not Template.objects.exists()


def test_the_form_helps_with_every_field(marketer: Client):
    html = marketer.get(ADD).content.decode()
    for name in fields_known():
        assert f'data-insert="{{{{ {name} }}}}"' in html


def test_every_code_has_words():
    assert set(FIELDS) == set(fields_known())
    for code in PROBLEMS:
        sentence = problem_in_words(Problem(code, 3, "what", "hint"))
        assert "%(" not in sentence
        assert sentence[0].isupper() or sentence.startswith("“")
    assert len(REASONS) == 6


@pytest.mark.parametrize("starter", ["welcome-back", "statement", "survey"])
def test_nobody_starts_from_a_blank_page(marketer: Client, starter: str):
    assert f'value="{starter}"' in marketer.get(LIST).content.decode()
    any_company(languages=["he", "en"])
    response = marketer.post(reverse("admin:campaigns_template_start"), {"starter": starter})
    template = Template.objects.get()
    assert response["Location"] == page_of("change", template)
    assert set(template.texts.values_list("language", flat=True)) == {"he", "en", "ru"}
    assert marketer.get(page_of("change", template)).status_code == 200


def test_an_unknown_start_is_not_found(marketer: Client):
    assert marketer.post(reverse("admin:campaigns_template_start"), {"starter": "x"}).status_code == 404


def test_the_preview_shows_the_mail_in_a_closed_frame(marketer: Client, shop: Shop):
    anna = shop.member()
    shop.sell({"C": "10.00"}, anna)
    template = write_template(
        en={"subject": "{{ first_name }}: {{ points }}", "body": "<b>x</b>"}, he={"subject": "עברית"}
    )
    response = marketer.get(page_of("preview", template))
    html = response.content.decode()
    assert "Anna: 10" in html
    assert html.count('sandbox=""') == 2
    assert "&amp;lt;b&amp;gt;x" in html  # escaped in the mail, and the mail escaped in the page
    assert "עברית" not in response.context["mail"].subject
    assert marketer.get(page_of("preview", template), {"language": "he"}).context["mail"].subject == "עברית"


def test_somebody_else_is_found_and_looked_at(marketer: Client, shop: Shop):
    shop.member()
    boris = shop.member("+12125550124", "Boris Ivanov")
    template = write_template(en={"subject": "Hello {{ first_name }}"})
    response = marketer.get(page_of("preview", template), {"q": "bori"})
    assert [one["member"] for one in response.context["found"]] == [boris]
    chosen = marketer.get(f"{page_of('preview', template)}?{response.context['found'][0]['query']}")
    assert chosen.context["mail"].subject == "Hello Boris"


@pytest.mark.parametrize(
    "query", ["member=x", "member=" + "9" * 40, "language=xx", "survey=-1", "member=²", "survey=0"]
)
def test_odd_wishes_mean_the_default(marketer: Client, shop: Shop, query: str):
    shop.member()
    response = marketer.get(f"{page_of('preview', write_template(en={}))}?{query}")
    assert response.context["mail"].subject == "News"


def test_the_preview_asks_the_chosen_survey(marketer: Client, shop: Shop):
    shop.member()
    survey = opened_survey()
    template = write_template(en={})
    assert "recommend" not in marketer.get(page_of("preview", template)).context["mail"].text
    assert "recommend" in marketer.get(page_of("preview", template), {"survey": survey.pk}).context["mail"].text


def test_without_members_the_preview_says_what_to_do(marketer: Client):
    response = marketer.get(page_of("preview", write_template(en={})))
    assert "Enrol somebody or import your customers first." in response.content.decode()


def test_a_test_goes_to_the_address_and_says_so(marketer: Client, shop: Shop, settings):
    member = shop.member()
    template = write_template(en={})
    with CountingSink() as sink:
        open_mailing(sink, settings)
        any_company(sender_email="news@corner.example")
        response = marketer.post(page_of("send_test", template), {"address": "me@corner.example"}, follow=True)
    assert [mail.recipient for mail in sink.received] == ["me@corner.example"]
    assert "The test is on its way to me@corner.example." in response.content.decode()
    assert response.request["QUERY_STRING"].startswith(f"member={member.pk}&")


@pytest.mark.parametrize("address", ["", "me", "a@b@c", "me@corner.example\nBcc: x@evil.example"])
def test_an_address_that_is_none_is_refused_at_its_field(marketer: Client, shop: Shop, address: str):
    shop.member()
    response = marketer.post(page_of("send_test", write_template(en={})), {"address": address})
    assert response.context["form"].errors["address"]


def test_a_test_without_a_mail_server_says_what_is_missing(marketer: Client, shop: Shop, settings):
    settings.SMTP_URL = ""
    shop.member()
    response = marketer.post(page_of("send_test", write_template(en={})), {"address": "me@corner.example"}, follow=True)
    assert "No mail server is set up" in response.content.decode()


def test_looking_at_the_test_page_sends_nothing(marketer: Client, shop: Shop):
    assert marketer.get(page_of("send_test", write_template(en={}))).status_code == 405


def test_the_accountant_reads_the_words_and_no_member(shop: Shop):
    shop.member()
    template = write_template(en={"body": "Words to read {{ points }}"})
    client = Client()
    client.force_login(UserFactory(role=Role.ACCOUNTANT))
    assert "Words to read {{ points }}" in client.get(page_of("change", template)).content.decode()
    assert client.get(page_of("preview", template)).status_code == 403
    assert client.post(page_of("send_test", template), {"address": "a@corner.example"}).status_code == 403


@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_the_links_of_a_test_do_nothing_and_say_so(db, method: str):
    response = getattr(Client(), method)(reverse("campaigns:test_link"), HTTP_ACCEPT_LANGUAGE="en")
    assert response.status_code == 200
    assert not response.cookies
    if method != "head":
        assert "Nothing happened" in response.content.decode()
