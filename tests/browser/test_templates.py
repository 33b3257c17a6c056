"""Writing and looking at a template in a browser: fields by click, mistakes in sight, the mail in a closed frame."""

from __future__ import annotations

import pytest

from campaigns.models import Template
from loyalty_site.ground.models import Role, User
from tests.browser.conftest import Visitor
from tests.world import World


def form_of(template: Template) -> str:
    return f"/admin/campaigns/template/{template.pk}/change/"


def test_a_click_puts_a_field_where_the_cursor_was(visitor: Visitor, world: World):
    visitor.log_in(Role.MARKETING)
    visitor.go(form_of(Template.objects.get()))
    page = visitor.page
    page.fill("#id_subject_en", "Hello , welcome")
    page.evaluate("document.querySelector('#id_subject_en').setSelectionRange(6, 6)")
    page.get_by_role("button", name="First name", exact=True).click()
    assert page.input_value("#id_subject_en") == "Hello {{ first_name }}, welcome"
    page.get_by_role("button", name="Points", exact=True).click()
    assert page.input_value("#id_subject_en") == "Hello {{ first_name }}{{ points }}, welcome"
    assert visitor.complaints == []


def test_a_mistake_in_another_language_is_in_sight(visitor: Visitor, world: World):
    visitor.log_in(Role.MARKETING)
    visitor.go(form_of(Template.objects.get()))
    page = visitor.page
    page.locator("nav a", has_text="עברית").click()
    page.fill("#id_body_he", "{{ nonsense }}")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("there is no field “nonsense”").wait_for(state="visible")
    assert page.locator("[data-testid=error-count]").inner_text() == "1"
    assert visitor.complaints == []


@pytest.mark.parametrize("language", ["en", "he"])
def test_the_preview_shows_the_mail_and_runs_nothing(visitor: Visitor, world: World, language: str):
    User.objects.update(language=language)
    visitor.log_in(Role.MARKETING)
    template = Template.objects.get()
    template.texts.filter(language="en").update(body="<script>document.title = 'x'</script>Hello **{{ first_name }}**")
    visitor.go(f"/admin/campaigns/template/{template.pk}/preview/?language=en")
    for frame in visitor.page.frames[1:]:
        assert frame.locator("strong", has_text="Anna").is_visible()
        assert frame.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert len(visitor.page.frames) == 3
    assert visitor.overflow() <= 0
    assert visitor.complaints == []


def test_the_form_fits_a_phone(visitor: Visitor, world: World):
    visitor.log_in(Role.MARKETING)
    visitor.page.set_viewport_size({"width": 390, "height": 800})
    for path in ("/admin/campaigns/template/", form_of(Template.objects.get())):
        visitor.go(path)
        assert visitor.overflow() <= 0, path
    assert visitor.complaints == []
