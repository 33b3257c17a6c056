"""What may be saved as a template, and what is refused with its line, whatever an author tries."""

from __future__ import annotations

import time

import pytest

from campaigns.rules.templates.checking import check_source
from campaigns.rules.templates.document import RenderFailed
from campaigns.rules.templates.fields import fields_known
from campaigns.rules.templates.layout import Parts
from campaigns.rules.templates.texts import problems_of
from tests.campaigns.mails import compiled_content

GOOD = [
    ("", set()),
    ("Plain words, 100% of them { and } and a % sign", set()),
    ("{{ first_name }}", {"first_name"}),
    ('{{ first_name | default: "friend" | upcase }}', {"first_name"}),
    ("{% if points > 100 and city %}{{ points }}{% elsif tier == 'Gold' %}!{% else %}{{ name }}{% endif %}",
     {"points", "city", "tier", "name"}),
    ("{% unless points_burning == 0 %}{{ burning_on }}{% endunless %}", {"points_burning", "burning_on"}),
    ('{% case tier %}{% when "Gold", "Silver" %}a{% else %}b{% endcase %}', {"tier"}),
    ("{% for store in stores %}{{ forloop.index }}. {{ store | upcase }}{% else %}none{% endfor %}", {"stores"}),
    ("{{ points | times: 2 | at_most: 500 }}", {"points"}),
    ('{% if name contains "Ann" %}x{% endif %}', {"name"}),
]  # fmt: skip


@pytest.mark.parametrize(("source", "fields"), GOOD)
def test_good_sources_say_which_fields_they_use(source: str, fields: set[str]):
    checked = check_source(source)
    assert checked.problems == ()
    assert checked.fields == fields


BAD = [
    ("{{ firstname }}", "field_unknown", 1),
    ("\n\n{{ name.first }}", "field_unknown", 3),
    ("{{ points | pluss: 1 }}", "filter_unknown", 1),
    ("{{ name", "not_closed", 1),
    ("a\n{% if name", "not_closed", 2),
    ("{{ {{ name }} }}", "not_closed", 1),
    ("a\n\n{% if name %}b", "tag_not_closed", 3),
    ("{% endif %}", "tag_not_opened", 1),
    ("{% if name %}{% endfor %}", "tag_not_opened", 1),
    ("{% else %}", "tag_outside", 1),
    ("{% if name > 5 %}{% endif %}", "not_comparable", 1),
    ("{{ name | truncate: 'x' }}", "filter_wrong", 1),
    ("{{ points | divided_by: 0 }}", "filter_wrong", 1),
    ("{% if points > 5000 %}\n{{ points | divided_by: 0 }}{% endif %}", "filter_wrong", 2),
    ("{{ name | upcase: 1, 2 }}", "filter_wrong", 1),
    ("{{ name | default: 'x', allow_false: true }}", "filter_wrong", 1),
    ("{{ name upcase }}", "not_understood", 1),
    ("{% if points > 1 %}a{% else points > 3 %}b{% endif %}", "not_understood", 1),
    ("{{- name -}}", "dash", 1),
    ("{% for name in stores %}{% endfor %}", "loop_name_taken", 1),
    ("{% for one in name %}{% endfor %}", "not_a_list", 1),
    ("zero\u202ewidth", "unreadable", 1),
]


@pytest.mark.parametrize(("source", "code", "line"), BAD)
def test_mistakes_are_said_with_their_line(source: str, code: str, line: int):
    problems = check_source(source).problems
    assert [(one.code, one.line) for one in problems] == [(code, line)]


def test_a_misspelt_field_is_answered_with_the_right_one():
    assert check_source("{{ frist_name }}").problems[0].hint == "first_name"
    assert check_source("{{ name | upcas }}").problems[0].hint == "upcase"


def test_all_unknown_fields_are_named_at_once():
    assert [one.what for one in check_source("{{ a }} {{ b }}").problems] == ["a", "b"]


MEGABYTES = 50 * 1024 * 1024
HOSTILE = {
    "doubling assign": "{% assign x = 'ab' %}{% for i in stores %}{% assign x = x | append: x %}{% endfor %}",
    "capture": "{% capture x %}{{ name }}{% endcapture %}",
    "include": "{% include '/etc/passwd' %}",
    "render": "{% render 'secrets' %}",
    "tablerow": "{% tablerow s in stores %}{{ s }}{% endtablerow %}",
    "increment": "{% increment x %}",
    "cycle": "{% cycle 'a', 'b' %}",
    "echo": "{% echo name %}",
    "liquid": "{% liquid assign x = 1 %}",
    "raw": "{% raw %}{{ x }}{% endraw %}",
    "comment": "{% comment %}{% endcomment %}",
    "inline comment": "{% # words %}",
    "class": "{{ name.__class__.__mro__ }}",
    "class by bracket": "{{ name['__class__'] }}",
    "class by root": "{{ ['__class__'] }}",
    "init": "{{ __init__ }}",
    "globals through a loop": "{% for s in stores %}{{ forloop.__class__ }}{% endfor %}",
    "parent loop": "{% for s in stores %}{{ forloop.parentloop.it }}{% endfor %}",
    "clock": "{{ 'now' | date: '%Y' }}",
    "a million rounds": "{% for i in (1..1000000) %}x{% endfor %}",
    "a million times a million": "{% for i in (1..1000000) %}{% for j in (1..1000000) %}x{% endfor %}{% endfor %}",
    "range by fields": "{% for i in (1..points) %}x{% endfor %}",
    "written range": "{{ (1..100000000) | join: ',' }}",
    "three loops": "{% for a in stores %}{% for b in stores %}{% for c in stores %}x{% endfor %}{% endfor %}{% endfor %}",
    "multiplying text": "{{ name" + " | replace: 'a', 'aaaaaaaaaa'" * 8 + " }}",
    "splitting": "{{ name | split: '' | join: name }}",
    "many filters": "{{ points" + " | times: 99999999" * 20 + " }}",
    "a long piece": "{{ 'a' | append: '" + "x" * 100_000 + "' }}",
    "many pieces": "{{ name }}" * 5_000,
    "open braces": "{{" * 10_000,
    "open tags": "{%" * 10_000,
    "spaces in braces": "{{" + " " * 300_000,
    "deep tags": "{% if points %}" * 200 + "{% endif %}" * 200,
    "long condition": "{% if " + " and ".join(["points"] * 30) + " %}{% endif %}",
    "deep brackets": "{{ a" + "[a" * 150 + "]" * 150 + " }}",
    "surrogate": "{{ name }} \ud800",
    "zero": "{{ name }}\x00",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_templates_are_refused_at_once(name: str):
    began = time.perf_counter()
    assert check_source(HOSTILE[name]).problems
    assert time.perf_counter() - began < 1


ALLOWED_BUT_HUNGRY = {
    "fifty stores, twice": "{% for a in stores %}{% for b in stores %}" + "x" * 300 + "{% endfor %}{% endfor %}",
    "long names": "{{ name }}" * 300,
}


@pytest.mark.parametrize("name", ALLOWED_BUT_HUNGRY)
def test_what_is_allowed_stops_at_its_limits(name: str):
    source = ALLOWED_BUT_HUNGRY[name]
    assert check_source(source).problems == ()
    content = compiled_content(body=source)
    began = time.perf_counter()
    with pytest.raises(RenderFailed) as failed:
        content.render("en", {"stores": ["s" * 900] * 50, "name": "n" * 1_000})
    assert failed.value.code in {"template_failed", "mail_too_large"}
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("address", "is_good"),
    [
        ("", True),
        ("https://shop.example", True),
        ("https://shop.example/sale?from=mail#top", True),
        ("https://shop.example/?city={{ city }}&n={{ name | url_encode }}", True),
        ("{{ survey_url }}", True),
        ("http://localhost:8000/m/", True),
        ("http://shop.example/", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//shop.example/", False),
        ("https://{{ city }}.example/", False),
        ("https://shop.example{{ city }}", False),
        ("https://shop.example@evil.example/", False),
        ("{{ name }}", False),
        ("https://shop.example/ x", False),
        ('https://shop.example/"onclick="x', False),
        ("{% if city %}https://shop.example/{% endif %}", False),
    ],
)
def test_buttons_lead_to_https_only(address: str, is_good: bool):
    parts = Parts("Subject", "", "", "Body", "Go", address)
    assert ("button_url" not in problems_of(parts, http_hosts=frozenset({"localhost:8000"}))) is is_good


def test_what_must_be_one_line_is():
    assert set(problems_of(Parts("a\nb", "a\nb", "a\nb", "a\nb", "a\nb", ""))) == {
        "subject",
        "preheader",
        "heading",
        "button_label",
    }


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("{% if city %}one{% endif %} two", []),
        ("{% if city %}\n\none\n\ntwo\n\n{% else %}\nthree\n{% endif %}", []),
        ("a {% if city %}one\n\ntwo{% endif %}", ["tag_across", "tag_across"]),
        ("- a {% if city %}\n- b{% endif %}", ["tag_across", "tag_across"]),
        ("https://shop.example/{{ city }}", ["field_in_address"]),
    ],
)
def test_tags_close_in_the_paragraph_they_open_in(body: str, codes: list[str]):
    found = problems_of(Parts("s", "", "", body, "", "")).get("body", [])
    assert [one.code for one in found] == codes


def test_every_field_has_its_place():
    for name, field in fields_known().items():
        assert name == field.name
        assert field.source in {"member", "address", "account", "burning", "visits", "company", "stores", "links"}
