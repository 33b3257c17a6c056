"""Who answers what in the demonstration: the same on every run, and about what it says."""

from __future__ import annotations

from collections import Counter

from loyalty_site.demo.answering import (
    ANSWERING_PERCENT,
    SCORES,
    UNSUBSCRIBING_PERCENT,
    Mail,
    survey_link,
    unsubscribe_path,
)
from loyalty_site.demo.comments import COMMENTS

MAILS = [Mail(number, f"person.{number}@example.com", number) for number in range(3000)]


def test_shares_are_about_what_they_say():
    assert sum(SCORES.values()) == 100
    scores = Counter(mail.score for mail in MAILS)
    assert set(scores) == set(range(11))
    assert all(abs(scores[score] - 30 * share) < 90 for score, share in SCORES.items())
    assert abs(sum(mail.unsubscribes for mail in MAILS) - 30 * UNSUBSCRIBING_PERCENT) < 30
    assert abs(sum(mail.answers for mail in MAILS) - 30 * ANSWERING_PERCENT) < 120
    assert not any(mail.answers and mail.unsubscribes for mail in MAILS)


def test_what_somebody_does_depends_on_their_address_alone():
    one, other = Mail(1, "a@example.com", 2), Mail(8, "a@example.com", 9)

    assert (one.answers, one.score, one.comment("ru")) == (other.answers, other.score, other.comment("ru"))


def test_what_is_said_fits_the_score_and_the_language():
    happy = next(mail for mail in MAILS if mail.score == 10 and mail.comment("he"))
    angry = next(mail for mail in MAILS if mail.score == 0 and mail.comment("he"))

    assert happy.comment("he") in COMMENTS["he"][2]
    assert angry.comment("he") in COMMENTS["he"][0]
    assert any(not mail.comment("en") for mail in MAILS)
    assert set(COMMENTS) == {"en", "ru", "he"}


def test_links_are_followed_wherever_the_demonstration_listens():
    read = {
        "links": [
            "http://127.0.0.1:8000/m/x/",
            *(f"http://127.0.0.1:8000/f/abc/?score={score}" for score in range(11)),
        ],
        "headers": [["List-Unsubscribe", "<http://127.0.0.1:8000/m/x/unsubscribe/>, <mailto:a@example.com>"]],
    }

    assert survey_link(read, 1) == "/f/abc/?score=1"
    assert survey_link(read, 10) == "/f/abc/?score=10"
    assert unsubscribe_path(read) == "/m/x/unsubscribe/"
