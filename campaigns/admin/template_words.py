"""Templates in the words of the people who write them: what each field says, and what is wrong and what to do."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from campaigns.rules.templates import Problem

# What each field is called, and what a mail says in its place.
FIELDS: dict[str, tuple[Any, Any]] = {
    "first_name": (_("First name"), _("How you would greet them.")),
    "name": (_("Full name"), _("The name as it is kept.")),
    "city": (_("City"), _("Where they live, if they told.")),
    "tier": (_("Tier"), _("The tier they stand on.")),
    "points": (_("Points"), _("What they can spend now, as a number that can be compared.")),
    "points_worth": (_("Worth of the points"), _("What their points pay, in money.")),
    "points_burning": (_("Points that burn next"), _("How many of their points burn next; 0 when none do.")),
    "burning_on": (_("Last day of those points"), _("The last day on which those points can be spent.")),
    "burning_in_days": (
        _("Days until then"),
        _("In how many days that is: a number to compare, such as less than 60."),
    ),
    "next_tier": (_("Next tier"), _("The tier above theirs; nothing on the highest.")),
    "next_tier_missing": (
        _("Missing to the next tier"),
        _("What they still need for it: money to spend, purchases or points."),
    ),
    "last_visit_on": (_("Last visit"), _("The day of their last purchase.")),
    "language": (_("Language"), _("The language of this mail: en, ru or he.")),
    "company": (_("Company"), _("The name of your company.")),
    "stores": (_("Stores"), _("A list: the names of your open stores.")),
    "survey_url": (_("Link to the survey"), _("Their own link to the survey that the campaign asks.")),
    "preferences_url": (_("Link to their choices"), _("Their own page of what they want from you.")),
    "unsubscribe_url": (_("Link to unsubscribe"), _("Stands at the foot of every mail anyway.")),
}

# Ready pieces beside the fields: what to insert, and what it is for.
SNIPPETS: list[tuple[str, Any]] = [
    ('{{ first_name | default: "friend" }}', _("the first name, or another word where it is not known")),
    ("{% if points > 100 %}\n\n{% else %}\n\n{% endif %}", _("one text for many points, another for few")),
    ("{% if burning_in_days < 60 %}\n\n{% endif %}", _("only for those whose points burn within 60 days")),
    ('{% if tier == "Gold" %}\n\n{% endif %}', _("only for one tier; write its name as it is in the programme")),
    ("{% for store in stores %}\n- {{ store }}\n{% endfor %}", _("a list of your stores")),
    ("**…**", _("bold")),
]

PROBLEMS: dict[str, Any] = {
    "not_closed": _("Line %(line)s: “%(what)s” has no end. A field ends with }}, a tag with %%}."),
    "piece_too_long": _("Line %(line)s: what stands between the braces is longer than %(hint)s letters. Shorten it."),
    "too_many_pieces": _("There are more than %(hint)s fields and tags. Split the text into two mails."),
    "dash": _("Line %(line)s: leave the dash at the braces away (“%(what)s”). Empty space is tidied by itself."),
    "tag_unknown": _(
        "Line %(line)s: the tag “%(what)s” is not allowed here. "
        "There are if, unless, case and for, each with its end, such as endif."
    ),
    "tag_not_opened": _("Line %(line)s: “%(what)s” ends something that did not begin. Put a “%(hint)s” before it."),
    "tag_outside": _("Line %(line)s: “%(what)s” stands outside of an if, unless, case or for."),
    "tag_not_closed": _("Line %(line)s: “%(what)s” has no end. Write {%% end%(what)s %%} where it is over."),
    "tag_across": _(
        "Line %(line)s: “%(what)s” begins in one paragraph and ends in another. "
        "Put such tags on lines of their own, before and after the paragraphs."
    ),
    "too_deep": _("Line %(line)s: there are more than %(hint)s tags inside each other. Write it more simply."),
    "loops_too_deep": _("Line %(line)s: at most %(hint)s loops can stand inside each other."),
    "loop_name_taken": _("Line %(line)s: “%(what)s” is a field already. Call the things in the list something else."),
    "not_a_list": _("Line %(line)s: “%(what)s” is not a list. These are lists: %(hint)s."),
    "range": _("Line %(line)s: ranges such as (1..10) are not allowed, only the lists there are."),
    "too_many_conditions": _("Line %(line)s: a condition has at most %(hint)s parts. Split it."),
    "too_many_filters": _("Line %(line)s: at most %(hint)s filters in a row."),
    "filter_unknown": _("Line %(line)s: there is no filter “%(what)s”."),
    "filter_wrong": _(
        "Line %(line)s: “%(what)s” cannot be worked out. Look at the words and numbers after the filter."
    ),
    "field_unknown": _("Line %(line)s: there is no field “%(what)s”."),
    "not_comparable": _(
        "Line %(line)s: a word is compared with a number. Compare points with numbers, words with words."
    ),
    "not_understood": _("Line %(line)s: this is not understood (%(what)s)."),
    "unreadable": _("Line %(line)s: there is an invisible letter (%(what)s). Type the line anew."),
    "one_line": _("This must be one line."),
    "field_in_address": _(
        "Line %(line)s: the field %(what)s touches a web address. Leave a space between them, or use the button's link."
    ),
    "tag_in_address": _("A link cannot hold tags. Write one address, or two texts with a button less."),
    "address_not_https": _(
        "“%(what)s” is not a safe link. It must begin with https:// and a full name such as https://shop.example/sale, "
        "or be one of the link fields."
    ),
    "address_letters": _("“%(what)s” holds letters that do not belong in a link, such as spaces or quotation marks."),
}
HINTS: dict[str, Any] = {
    "filter_unknown": _("Did you mean “%(hint)s”?"),
    "field_unknown": _("Did you mean “%(hint)s”?"),
}
REASONS: dict[str, Any] = {
    "field_too_long": _("something that is kept about them is far too long"),
    "field_unreadable": _("something that is kept about them holds letters that cannot be sent"),
    "template_failed": _("the template cannot be worked out with what is kept about them"),
    "mail_too_large": _("the mail becomes larger than 256 KB"),
    "subject_empty": _("nothing is left of the subject"),
    "no_survey_link": _("they are not to be asked by this survey"),
}


def problem_in_words(problem: Problem) -> str:
    """Where, what, and what to do."""
    values = {"line": problem.line or "?", "what": problem.what, "hint": problem.hint}
    words = str(PROBLEMS[problem.code]) % values
    more = HINTS.get(problem.code)
    if more and problem.hint:
        return gettext("%(problem)s %(advice)s") % {"problem": words, "advice": str(more) % values}
    return words


def language_name(code: str) -> str:
    """In its own letters, as the people who write in it know it."""
    return str(get_language_info(code)["name_local"]).capitalize()


def reason_in_words(code: str) -> str:
    """Why one mail could not be written."""
    return str(REASONS.get(code, code))
