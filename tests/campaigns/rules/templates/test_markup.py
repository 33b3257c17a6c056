"""Plain words become HTML and text that stay whole whatever is left out."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any, override

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.rules.templates import RenderFailed
from campaigns.rules.templates.markup import html_source, text_source
from tests.campaigns.mails import LINKS, compiled_content

VOID = {"br", "meta", "img", "link", "hr", "o:allowpng"}


class Nesting(HTMLParser):
    """Fails when a tag closes what is not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


def faults_of(html: str) -> list[str]:
    nesting = Nesting()
    nesting.feed(html)
    return nesting.faults + nesting.open


def test_paragraphs_points_bold_and_links():
    html = html_source(
        "One **bold** word.\nSame paragraph.\n\n- first\n- second https://shop.example/a?b=1&c=2.\n\nEnd"
    )
    assert "One <strong>bold</strong> word.<br>Same paragraph.</p>" in html
    assert html.count("<ul") == 1
    assert html.count("<li>") == 2
    assert '<a href="https://shop.example/a?b=1&amp;c=2" style' in html
    assert ">https://shop.example/a?b=1&amp;c=2</a>.</li>" in html


def test_typed_html_is_only_letters():
    assert "<script>" not in html_source("<script>alert(1)</script> **<b>**")


def test_an_address_in_quotes_ends_at_the_quotes():
    assert '<a href="https://shop.example/x" ' in html_source('See "https://shop.example/x" now')


def test_the_text_has_the_words_without_the_stars():
    assert text_source("**A** b\n\n- one\n- two\n\nEnd").split("\n") == ["A b", "", "- one", "- two", "", "End", "", ""]


def test_marks_in_a_members_name_are_only_letters():
    content = compiled_content(body="Hi {{ name }}")
    html = content.render("en", {"name": "**x** https://evil.example <b>", **LINKS}).html
    assert "Hi **x** https://evil.example &lt;b&gt;" in html


def test_paragraphs_that_lost_their_words_vanish():
    content = compiled_content(body="A\n\n{% if city %}B{% endif %} {% if tier %}C{% endif %}\n\nD")
    rendered = content.render("en", LINKS)
    assert rendered.html.count("<p ") == 2
    assert rendered.text.startswith("A\n\nD\n")
    assert content.render("en", {"city": "Haifa", **LINKS}).html.count("<p ") == 3


LINES = st.sampled_from([
    "", "", "Words {{ name }}", "- point **b** {{ city }}", "**open {{ points }}", "{% if city %}", "{% endif %}",
    "{% for s in stores %}", "{% endfor %}", "{% else %}", "{% if tier %}inline **x** {% endif %} tail",
    "see {{ survey_url }} <b>", "* star", "{% unless city %}**all**{% endunless %}",
])  # fmt: skip


@settings(max_examples=60)
@given(st.lists(LINES, max_size=12).map("\n".join), st.booleans(), st.booleans())
def test_html_stays_whole_whatever_is_left_out(body: str, has_city: bool, has_tier: bool):
    from campaigns.rules.templates.texts import problems_of
    from tests.campaigns.mails import parts

    if problems_of(parts(body=body)):
        return
    known: dict[str, Any] = {"stores": ["A", "B"] if has_tier else [], **({"city": "X"} if has_city else {}), **LINKS}
    try:
        rendered = compiled_content(body=body).render("en", {**known, **({"tier": "T"} if has_tier else {})})
    except RenderFailed:
        pytest.fail("a checked body failed")
    inside = rendered.html[rendered.html.index('<div dir="ltr">') :]
    inside = inside[: inside.index("</div>") + len("</div>")]
    assert faults_of(inside) == []


def test_a_list_stays_one_list_around_its_conditions():
    body = "Intro\n\n- one\n{% if city %}\n- two\n{% endif %}\n- three\n\n{% if tier %}\nParagraph\n{% endif %}"
    assert re.sub(r' style="[^"]*"', "", html_source(body)) == (
        "<p>Intro</p>\n<ul><li>one</li>{% if city %}<li>two</li>{% endif %}<li>three</li></ul>\n"
        "{% if tier %}<p>Paragraph</p>\n{% endif %}"
    )


def test_a_list_made_by_a_loop_is_one_list_and_vanishes_with_its_points():
    body = "A\n\n{% for store in stores %}\n- {{ store }}\n{% endfor %}\n\nB"
    content = compiled_content(body=body)
    html = content.render("en", {"stores": ["X", "Y"], **LINKS}).html
    assert html.count("<ul") == 1
    assert html.count("<li>") == 2
    assert content.render("en", LINKS).html.count("<ul") == 0
