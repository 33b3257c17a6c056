"""The Feedback room in a browser: the picture is drawn, numbers open their rows, the preview saves nothing."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from feedback.models import Answer, Response, Survey
from loyalty_site.ground.models import Role, User
from tests.browser.conftest import Visitor
from tests.feedback.world import answers, make_survey
from tests.world import World


@pytest.fixture
def survey(world: World) -> Survey:
    """Sixty answers over ten weeks."""
    survey = make_survey(name="After the visit", now=timezone.now() - dt.timedelta(days=80))
    for week in range(10):
        scores = [10, 9, 9, 8, 6 if week % 2 else 10, 3]
        answers(survey, scores, now=timezone.now() - dt.timedelta(days=7 * week + 1))
    return survey


def test_the_picture_is_drawn_and_its_numbers_open_their_rows(visitor: Visitor, survey: Survey):
    visitor.log_in(Role.MARKETING)
    visitor.go(f"/admin/feedback/survey/nps/?survey={survey.pk}&days=90")
    page = visitor.page
    assert page.locator(".nps-figure").inner_text() == "+33"
    drawn = page.evaluate(
        "[...document.querySelectorAll('canvas.chart')].map(one => Chart.getChart(one)?.data.datasets.length)"
    )
    assert drawn == [3]
    for place, count in enumerate((35, 10, 15)):
        link = page.locator(".nps-bands a").nth(place)
        assert link.inner_text() == str(count)
        visitor.go(link.get_attribute("href"))
        assert page.locator("#result_list tbody tr").count() == min(count, 50)
        page.go_back()
    assert visitor.complaints == []


def test_the_preview_saves_nothing(visitor: Visitor, survey: Survey):
    before = (Response.objects.count(), Answer.objects.count())
    visitor.log_in(Role.SUPPORT)
    visitor.go(f"/admin/feedback/survey/{survey.pk}/preview/")
    page = visitor.page
    assert "preview" in page.locator(".banner").inner_text()
    page.locator("label.score", has_text="9").click()
    with page.expect_navigation():
        page.locator("main button").click()
    assert "Thank you" in page.locator("h1").inner_text()
    assert (Response.objects.count(), Answer.objects.count()) == before
    assert visitor.complaints == []


def test_hebrew(visitor: Visitor, survey: Survey):
    User.objects.update(language="he")
    visitor.log_in(Role.ADMINISTRATOR)
    for path in (
        "/admin/feedback/survey/nps/",
        "/admin/feedback/survey/",
        f"/admin/feedback/survey/{survey.pk}/change/",
        "/admin/feedback/response/",
        f"/admin/feedback/response/{Response.objects.latest('id').pk}/change/",
    ):
        visitor.go(path)
        assert visitor.page.evaluate("document.documentElement.dir") == "rtl"
        assert visitor.overflow() <= 0, path
    assert visitor.complaints == []
