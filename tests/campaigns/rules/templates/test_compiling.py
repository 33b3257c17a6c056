"""The fast way writes what the library's own rendering writes, for any template and any member."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.rules.templates.checking import FAILURES, check_source
from campaigns.rules.templates.compiling import compile_source, render_slowly
from campaigns.rules.templates.fields import empty_values, sample_values

TEXT_FIELDS = ["first_name", "name", "city", "tier", "last_visit_on", "survey_url"]
NUMBERS = ["points", "points_burning"]
WORDS = st.text(alphabet="ab c<>&\"'*-\n.,:/%{}אдЖ0", max_size=12).filter(
    lambda text: "{{" not in text and "{%" not in text and not text.endswith("{")
)
QUOTED = st.text(alphabet="ab <>&אд5", max_size=6).map(lambda text: f'"{text}"')
INTEGERS = st.integers(-3, 2000).map(str)
FLOATS = st.sampled_from(["0.5", "12.25", "-1.5"])
TEXT_FILTERS = st.one_of(
    st.sampled_from(["upcase", "downcase", "capitalize", "strip", "size", "url_encode", "default", "truncatewords: 2"]),
    QUOTED.map(lambda text: f"default: {text}"),
    QUOTED.map(lambda text: f"append: {text}"),
    st.sampled_from(TEXT_FIELDS).map(lambda name: f"prepend: {name}"),
    st.integers(0, 20).map(lambda size: f'truncate: {size}, "…"'),
)
NUMBER_FILTERS = st.one_of(
    st.sampled_from(["ceil", "floor", "round", "round: 1", "default: 7", "upcase", "size"]),
    st.tuples(
        st.sampled_from(["plus", "minus", "times", "divided_by", "at_least", "at_most"]), st.one_of(INTEGERS, FLOATS)
    ).map(": ".join),
)
OUTPUTS = st.one_of(
    st.tuples(st.one_of(st.sampled_from(TEXT_FIELDS), QUOTED), st.lists(TEXT_FILTERS, max_size=3)),
    st.tuples(st.one_of(st.sampled_from(NUMBERS), INTEGERS, FLOATS), st.lists(NUMBER_FILTERS, max_size=3)),
    st.tuples(st.just("stores"), st.just([])),
    st.tuples(st.sampled_from(["true", "nil", "empty", "blank"]), st.just([])),
).map(lambda one: "{{ " + " | ".join([one[0], *one[1]]) + " }}")
COMPARED = st.one_of(
    st.tuples(
        st.sampled_from(NUMBERS), st.sampled_from(["<", ">", "<=", ">=", "==", "!="]), st.one_of(INTEGERS, FLOATS)
    ),
    st.tuples(
        st.sampled_from(TEXT_FIELDS),
        st.sampled_from(["==", "!=", "contains", "<", ">="]),
        st.one_of(QUOTED, st.sampled_from(["empty", "blank", "nil", "name"])),
    ),
    st.tuples(st.sampled_from([*TEXT_FIELDS, "stores", "true", "false", "nil"])),
).map(" ".join)
CONDITIONS = st.lists(COMPARED, min_size=1, max_size=3).flatmap(
    lambda found: st.lists(st.sampled_from([" and ", " or "]), min_size=3, max_size=3).map(
        lambda joins: "".join(part + join for part, join in zip(found, joins, strict=False)).removesuffix(
            joins[len(found) - 1]
        )
    )
)


def around(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Tags around other pieces."""
    return st.one_of(
        st.tuples(CONDITIONS, inner, CONDITIONS, inner, inner).map(
            lambda p: f"{{% if {p[0]} %}}{p[1]}{{% elsif {p[2]} %}}{p[3]}{{% else %}}{p[4]}{{% endif %}}"
        ),
        st.tuples(CONDITIONS, inner).map(lambda p: f"{{% if {p[0]} %}}{p[1]}{{% endif %}}"),
        st.tuples(CONDITIONS, inner, inner).map(
            lambda p: f"{{% unless {p[0]} %}}{p[1]}{{% else %}}{p[2]}{{% endunless %}}"
        ),
        st.tuples(st.sampled_from(TEXT_FIELDS + NUMBERS), QUOTED, inner, inner).map(
            lambda p: f"{{% case {p[0]} %}}{{% when {p[1]}, 5 %}}{p[2]}{{% else %}}{p[3]}{{% endcase %}}"
        ),
        inner.map(lambda p: "{% for store in stores %}{{ forloop.index }}{{ store }}" + p + "{% else %}-{% endfor %}"),
        st.tuples(inner, inner).map("".join),
    )


SOURCES = st.lists(st.recursive(st.one_of(WORDS, OUTPUTS), around, max_leaves=8), max_size=5).map("".join)
VALUES = st.fixed_dictionaries(
    {
        **{name: st.one_of(st.none(), st.text(alphabet="Anna <b>&'א", max_size=8)) for name in TEXT_FIELDS},
        **{
            name: st.one_of(st.integers(0, 10**7), st.decimals(0, 10**5, places=2, allow_nan=False)) for name in NUMBERS
        },
        "stores": st.lists(st.sampled_from(["Main <1>", "Вокзал"]), max_size=3),
    }
)


def outcome(render: Any) -> Any:
    """The text, or that there is none: both ways must fail for the same members."""
    try:
        return render()
    except FAILURES:
        return None


@settings(max_examples=100)
@given(SOURCES, VALUES, st.sampled_from(["en", "ru", "he"]), st.booleans())
def test_fast_is_the_same_as_the_library(source: str, known: dict[str, Any], language: str, is_html: bool):
    values = {**empty_values(), **known}
    # Checking refuses some of what is made up here (mostly filters that do not fit); it must never break.
    check_source(source)
    slow = outcome(lambda: render_slowly(source, language, values, is_html=is_html))
    fast = outcome(lambda: compile_source(source, language, is_html=is_html)(values))
    assert fast == slow


@settings(max_examples=50)
@given(SOURCES)
def test_what_passes_the_check_renders_for_everybody(source: str):
    if check_source(source).problems:
        return
    for values in (sample_values(), empty_values()):
        assert outcome(lambda values=values: compile_source(source, "ru", is_html=True)(values)) is not None


@settings(max_examples=60)
@given(st.text(max_size=200))
def test_the_check_takes_any_text(source: str):
    check_source(source)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["{{", "}}", "{%", "%}", " if ", "endif", "for s in stores", "name", "|", ":", '"', "[", "]", "(", "..", "1", "\n", "else", "case ", "when "]), max_size=25).map("".join))  # fmt: skip
def test_the_check_takes_any_mixture_of_liquid(source: str):
    check_source(source)


def test_quoted_words_of_a_template_are_escaped_too():
    write = compile_source('{{ "<script>" }}{{ name | default: "<b>" }}', "en", is_html=True)
    assert write(empty_values()) == "&lt;script&gt;&lt;b&gt;"


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", "1,234,567.50 / 1,250"), ("ru", "1 234 567,50 / 1 250"), ("he", "1,234,567.50 / 1,250")],
)
def test_numbers_are_written_in_the_members_language(language: str, shown: str):
    write = compile_source("{{ points }} / {{ points_burning }}", language, is_html=False)
    assert write({"points": Decimal("1234567.50"), "points_burning": 1250}).replace("\u00a0", " ") == shown
