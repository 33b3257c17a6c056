"""The public pages on a small phone: without a script, in two directions and two lights, open to everybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from feedback.models import Invitation, Response, Survey
from feedback.queries.words import SurveyWords
from feedback.services import close_survey, submit_answer
from loyalty_site.ground.models import ConsentWording
from members.models import Channel, ConsentAction, Member, MemberStatus, PageCode, Purpose
from members.services import message_token, preferences_of, record_consent
from members.services.page_codes import code_of
from tests.factories.configuration import CompanyFactory
from tests.feedback.world import ACTOR, invitation_of, invited, make_member, make_message, make_survey
from tests.programs.shop import open_shop

WIDTH = 360
# What WCAG 2.2 asks for, and axe's own good practice.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@dataclass
class Places:
    """One address of each public page, by name."""

    survey: Survey
    member: Member
    paths: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def places(transactional_db: None) -> Places:
    CompanyFactory(name="Corner Market", languages=["en", "ru", "he"])
    ConsentWording.objects.create(purpose="marketing", language="en", version=1, text="Yes, write to me about offers.")
    now = timezone.now()
    earlier = now - dt.timedelta(hours=1)
    words = {
        language: SurveyWords(changes="A second till is open from five to seven, and the bread comes at eight.")
        for language in ("en", "he")
    }
    survey, over = make_survey(words=words, now=earlier), make_survey(name="Over", words=words, now=earlier)
    fresh, answered, expired, closed = (
        invited(survey, now=earlier), invited(survey, now=earlier), invited(survey, now=earlier), invited(over, now=earlier)
    )  # fmt: skip
    submit_answer(token=answered, score=4, comment="The queue was long.\nThe bread was good.", now=now)
    Invitation.objects.filter(pk=invitation_of(expired).pk).update(expires_at=now)
    close_survey(survey_id=over.pk, actor=ACTOR, now=now)
    member, forgotten = make_member(), make_member("Boris")
    for channel in (Channel.EMAIL, Channel.SMS):
        record_consent(
            member=member,
            purpose=Purpose.MARKETING,
            channel=channel,
            action=ConsentAction.GRANTED,
            method="tests",
            proof="",
            actor=ACTOR,
            now=now,
        )
    shop = open_shop()
    shop.now = now
    shop.sell({"C": "40.00"}, member)
    mail, other = message_token(make_message(member).pk), message_token(make_message(forgotten).pk)
    Member.objects.filter(pk=forgotten.pk).update(status=MemberStatus.ERASED)
    return Places(
        survey,
        member,
        {
            "survey": f"/f/{fresh}/",
            "change": f"/f/{answered}/?score=7",
            "thanks": f"/f/{answered}/thanks/",
            "expired": f"/f/{expired}/",
            "closed": f"/f/{closed}/",
            "unknown": "/f/AAAAAAAAAAAAAAAAAAAAAA/",
            "preferences": f"/m/{mail}/",
            "unsubscribe": f"/m/{mail}/unsubscribe/",
            "what we know": f"/m/{mail}/about/",
            "download": f"/m/{mail}/download/",
            "leave": f"/m/{mail}/leave/",
            "forgotten": f"/m/{other}/",
            "no such link": "/m/AAAA/",
            "terms": "/terms/",
        },
    )


type Opener = Callable[..., Any]


@pytest.fixture
def phone(browser: Any, live_server: Any) -> Iterator[Opener]:
    """open(scheme=..., script=...) -> a page of a small phone, which must complain about nothing."""
    contexts, complaints = [], []

    def told(message: Any) -> None:
        # The browser reports every answer of 4xx as an error; those pages are meant to have it.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def asked(request: Any) -> None:
        if not request.url.startswith(live_server.url):
            complaints.append(f"asks {request.url}")

    def open_phone(*, scheme: str = "light", script: bool = True, width: int = WIDTH) -> Any:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 720},
            color_scheme=scheme,
            java_script_enabled=script,
            is_mobile=True,
            has_touch=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", told)
        page.on("request", asked)
        return page

    yield open_phone
    for context in contexts:
        assert context.cookies() == []
        context.close()
    assert complaints == []


def violations_of(page: Any) -> dict[str, list[str]]:
    """{rule that is broken: where}"""
    found = Axe().run(page, options=RULES).response["violations"]
    return {one["id"]: [node["html"] for node in one["nodes"]] for one in found}


def press(page: Any, button: str) -> None:
    """Tap and wait for the answer, which may have the same address."""
    with page.expect_navigation():
        page.locator(button).tap()


def with_language(path: str, language: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "he"])
def test_everybody_can_use_every_page(phone: Opener, places: Places, language: str, scheme: str):
    page = phone(scheme=scheme)
    violations = {}
    for name, path in places.paths.items():
        page.goto(with_language(path, language))
        assert page.evaluate("document.documentElement.lang") == language, name
        assert page.evaluate("document.documentElement.dir") == ("rtl" if language == "he" else "ltr"), name
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, name
        # A phone zooms into fields with small letters, and thumbs miss small targets.
        letters = page.eval_on_selector_all(
            "textarea, select", "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
        )
        assert all(size >= 16 for size in letters), name
        heights = page.eval_on_selector_all(
            "button, .score, .toggle, .languages a", "all => all.map(one => one.getBoundingClientRect().height)"
        )
        assert all(height >= 44 for height in heights), name
        violations[name] = violations_of(page)
    assert {name: found for name, found in violations.items() if found} == {}


def test_the_accessibility_check_is_awake(phone: Opener, places: Places):
    page = phone()
    page.goto(places.paths["survey"])
    page.evaluate("document.querySelector('label.text').remove()")
    assert "label" in violations_of(page)


@pytest.mark.parametrize("language", ["en", "he"])
def test_an_answer_without_any_script(phone: Opener, places: Places, language: str):
    page = phone(script=False)
    page.goto(with_language(places.paths["survey"] + "?score=9", language))
    assert page.locator("input[name=score]:checked").input_value() == "9"
    page.locator("label.score", has_text="10").tap()
    page.fill("textarea", "Fast and friendly")
    page.locator("main button").tap()
    page.wait_for_url("**/thanks/**")
    assert "10" in page.locator(".note").first.inner_text()
    assert page.locator(".said").first.inner_text() == "Fast and friendly"
    saved = Response.objects.latest("id")
    assert (saved.score, saved.language) == (10, language)
    page.locator("main a.button").tap()
    page.wait_for_url(f"**{places.paths['survey']}**")
    page.locator("label.score", has_text="3").tap()
    page.locator("main button").tap()
    page.wait_for_url("**/thanks/**")
    saved.refresh_from_db()
    assert (saved.score, saved.version) == (3, 2)


def test_the_form_does_not_leave_without_a_score(phone: Opener, places: Places):
    page = phone()
    page.goto(places.paths["survey"])
    page.locator("main button").tap()
    assert page.url.endswith(places.paths["survey"])
    assert page.evaluate("document.querySelector('input[name=score]').validity.valueMissing")


def test_the_scores_by_keyboard(phone: Opener, places: Places):
    page = phone()
    page.goto(places.paths["survey"])
    page.locator("input[name=score]").first.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    assert page.locator("input[name=score]:checked").input_value() == "8"
    ring = page.evaluate("getComputedStyle(document.querySelector('input:checked + span')).outlineStyle")
    assert ring == "solid"


def test_the_language_can_be_switched_and_keeps_the_score(phone: Opener, places: Places):
    page = phone(script=False)
    page.goto(places.paths["survey"] + "?score=9")
    page.locator(".languages a[lang=he]").tap()
    page.wait_for_url("**lang=he**")
    assert page.locator("input[name=score]:checked").input_value() == "9"
    first, last = (page.locator("label.score").nth(place).bounding_box()["x"] for place in (0, 5))
    assert first > last  # the scale begins at the right


def test_preferences_without_any_script(phone: Opener, places: Places):
    page = phone(script=False)
    page.goto(places.paths["preferences"])
    page.locator("label.toggle", has_text="E-mail").tap()
    press(page, "form button:not([name])")
    assert "no more offers" in page.locator(".note").inner_text()
    assert preferences_of(places.member) == {"email": False, "sms": True, "phone": False}
    press(page, "button[name=stop]")
    assert not any(preferences_of(places.member).values())
    assert page.locator("button[name=stop]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_said_after_pressing(phone: Opener, places: Places, scheme: str):
    """The pages that only a POST shows."""
    page = phone(scheme=scheme)
    page.goto(places.paths["survey"])
    page.evaluate("document.querySelector('form').noValidate = true")
    press(page, "main button")
    assert "Choose a number" in page.locator("[role=alert]").inner_text()
    assert violations_of(page) == {}
    page.goto(places.paths["preferences"])
    page.locator("label.toggle", has_text="SMS").tap()
    press(page, "form button:not([name])")
    assert "Saved." in page.locator("[role=status]").inner_text()
    assert violations_of(page) == {}
    page.goto(places.paths["unsubscribe"])
    press(page, "main button")
    assert violations_of(page) == {}


def test_unsubscribing_by_the_button(phone: Opener, places: Places):
    page = phone(script=False)
    page.goto(places.paths["unsubscribe"])
    press(page, "main button")
    assert "Done" in page.locator("h1").inner_text()
    assert preferences_of(places.member)["email"] is False


def test_leaving_without_any_script(phone: Opener, places: Places):
    """The code comes by mail; a wrong one is said, the right one forgets."""
    page = phone(script=False)
    page.goto(places.paths["preferences"])
    page.get_by_role("link", name="Leave and be forgotten").click()
    press(page, "button[name=send]")
    row = PageCode.objects.get()
    code = code_of(row.code_hash.partition("$")[0])
    page.fill("#code", f"{(int(code) + 1) % 10**6:06}")
    press(page, "button.is-grave")
    assert page.get_by_role("alert").is_visible()
    page.fill("#code", code)
    press(page, "button.is-grave")
    assert page.get_by_text("Done: you have left.").is_visible()
    places.member.refresh_from_db()
    assert places.member.status == MemberStatus.ERASED
