"""The mailing and what came of it, proved at both ends: what lies in the mailbox, and what the pages answer.

What must hold was agreed before: nobody twice, nobody who was held out or took it back, looking changes nothing,
unsubscribing ends it, and the score is the one that the posted answers make.
"""

from __future__ import annotations

import datetime as dt
import math
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone

from campaigns.models import Recipient, Standing
from campaigns.queries.runs import SOURCE, run_figures
from feedback.models import Answer as SurveyAnswer
from feedback.models import Response
from loyalty_site.demo.answering import (
    ONE_CLICK,
    Mail,
    figures_now,
    mails_of_campaign,
    survey_link,
    unsubscribe_path,
)
from loyalty_site.demo.browser import Browser, path_of
from loyalty_site.demo.checking import Checks
from loyalty_site.demo.mailing import NAME, RUSSIAN, see_through, the_run, write_news
from members.models import (
    Channel,
    Consent,
    ConsentAction,
    CurrentConsent,
    Identifier,
    IdentifierKind,
    Member,
    Message,
    MessageReason,
    Purpose,
    Suppression,
)

SCANNERS = ("Mozilla/5.0 (compatible; SafeLinks)", "BarracudaLinkScan", "curl/8.0", "GoogleImageProxy", "python-urllib")
GUESSES = 20
AHEAD_SECONDS = 3
RIGHT_TO_LEFT = "he"


@dataclass(frozen=True)
class Heard:
    """For the demonstration's last line."""

    mails: int
    answers: int
    score: float
    margin: float


def prove_mailing(
    checks: Checks, url: str, mailbox_url: str, *, marketer: Browser, meanwhile: Callable[[], None]
) -> Heard:
    """`marketer` is signed in. Raises CheckFailed with the first thing that does not hold."""
    mailbox = Browser(mailbox_url)
    mails = mails_of_campaign(mailbox)
    _once_each(checks, mails)
    _nobody_who_must_not(checks, mails)
    _mailbox_pages(checks, mailbox, mails)
    _each_in_their_language(checks, mailbox, mails)
    _campaign_page(checks, marketer, mails)
    score, margin = _score_is_what_was_posted(checks, mails)
    _nps_pages(checks, marketer, mails, margin)
    russian = set(Message.objects.filter(source=SOURCE, member__language="ru").values_list("id", flat=True))
    quiet = next(m for m in mails if m.message_id in russian and not m.answers and not m.unsubscribes)
    read = mailbox.get(f"/api/mails/{quiet.number}").json
    _looking_changes_nothing(checks, Browser(url), read)
    _guessing_finds_nothing(checks, Browser(url))
    _repeating_counts_once(checks, Browser(url), mailbox, mails)
    _unsubscribing_ends_it(checks, Browser(url), quiet, read)
    _next_mailing_passes_them_by(checks, mailbox, quiet, meanwhile)
    return Heard(len(mails), sum(mail.answers for mail in mails), score, margin)


def _once_each(checks: Checks, mails: list[Mail]) -> None:
    figures = run_figures(the_run())
    copies = Counter(mail.recipient for mail in mails)
    checks.that("the mailing has mails", len(mails) > 0)
    checks.that("as many lie in the mailbox as were sent", len(mails) == figures.sent, (len(mails), figures))
    checks.that("and as were planned: nothing failed or is unknown", figures.sent == figures.planned, figures)
    checks.that("nobody has got it twice", max(copies.values()) == 1, copies.most_common(3))
    checks.that("no message came twice", len({mail.message_id for mail in mails}) == len(mails))
    meant = _addresses(
        Recipient.objects.filter(run=the_run(), standing=Standing.TREAT).values_list("member_id", flat=True)
    )
    checks.that("exactly those got it who were meant", set(copies) == meant, list(set(copies) ^ meant)[:5])


def _nobody_who_must_not(checks: Checks, mails: list[Mail]) -> None:
    got = {mail.recipient for mail in mails}
    held_out = _addresses(
        Recipient.objects.filter(run=the_run(), standing=Standing.HOLDOUT).values_list("member_id", flat=True)
    )
    checks.that("some are held out", held_out)
    checks.that("none of them got it", not held_out & got, held_out & got)
    sent_at = the_run().frozen_at
    withdrawn = _addresses(
        Consent.objects.filter(
            purpose=Purpose.MARKETING, channel=Channel.EMAIL, action=ConsentAction.WITHDRAWN, given_at__lt=sent_at
        ).values_list("member_id", flat=True)
    )
    checks.that("some had taken their consent back", withdrawn)
    checks.that("none of them got it", not withdrawn & got, withdrawn & got)
    granted = set(
        Consent.objects.filter(
            purpose=Purpose.MARKETING, channel=Channel.EMAIL, action=ConsentAction.GRANTED
        ).values_list("member_id", flat=True)
    )
    checks.that("everybody who got it had agreed to it", got <= _addresses(granted), got - _addresses(granted))


def _mailbox_pages(checks: Checks, mailbox: Browser, mails: list[Mail]) -> None:
    one = mails[0]
    for path in ("/", f"/mails/{one.number}", f"/mails/{one.number}/text", f"/mails/{one.number}/headers"):
        page = mailbox.get(path)
        checks.that(f"the mailbox shows {path}", page.status == 200 and "<h1" in page.text, page.status)
    framed = mailbox.get(f"/mails/{one.number}/html")
    checks.that("and the mail itself, where no script can run", "sandbox" in framed.headers["Content-Security-Policy"])
    source = mailbox.get(f"/mails/{one.number}/source")
    checks.that("and its source", f"Delivered-To: {one.recipient}\r\n".encode() in source.body, source.body[:300])
    found = mailbox.get(f"/?q={one.recipient}")
    checks.that("a search finds a recipient's mail", f'href="/mails/{one.number}"' in found.text)


def _each_in_their_language(checks: Checks, mailbox: Browser, mails: list[Mail]) -> None:
    languages = dict(
        Member.objects.filter(messages__source=SOURCE, messages__source_group=the_run().pk).values_list(
            "messages__id", "language"
        )
    )
    for language in ("en", "ru", "he"):
        mail = next((mail for mail in mails if languages[mail.message_id] == language), None)
        checks.that(f"somebody reads {language}", mail)
        assert mail is not None  # checked
        read = mailbox.get(f"/api/mails/{mail.number}").json
        direction = "rtl" if language == RIGHT_TO_LEFT else "ltr"
        checks.that(f"a mail in {language} says so", f'lang="{language}"' in read["html"], read["html"][:300])
        checks.that(f"and runs {direction}", f'dir="{direction}"' in read["html"], read["html"][:300])
        checks.that("it has a plain text with the survey's link", "/f/" in read["text"], read["text"])
        checks.that("its scores lead to the survey", all(survey_link(read, score) for score in range(11)))
        headers = dict(read["headers"])
        checks.that("it can be unsubscribed by one click", headers.get("List-Unsubscribe-Post"), headers)
        checks.that("at an address of ours", unsubscribe_path(read).startswith("/m/"), headers)


def _campaign_page(checks: Checks, marketer: Browser, mails: list[Mail]) -> None:
    run = the_run()
    page = marketer.get(reverse("admin:campaigns_campaign_change", args=[run.campaign_id]))
    checks.that("the campaign has its page", page.status == 200 and NAME in page.text, page.status)
    told = marketer.get(reverse("admin:campaigns_campaign_progress", args=[run.campaign_id])).json
    sent = int(told["counts"]["sent"].replace(",", ""))
    checks.that("it says as many mails as lie in the mailbox", sent == len(mails), told)
    others = {name: count for name, count in told["counts"].items() if name != "sent" and count != "0"}
    checks.that("and none failed, unknown or still to go", told["percent"] == 100 and not others, told)


def _nps_pages(checks: Checks, marketer: Browser, mails: list[Mail], margin: float) -> None:
    posted = [mail.score for mail in mails if mail.answers]
    promoters, detractors = sum(score >= 9 for score in posted), sum(score <= 6 for score in posted)
    counts = f"{promoters} promoters minus {detractors} detractors"
    sentence = f"(give or take {round(margin)}), from {len(posted)} answers"
    page = marketer.get(reverse("admin:feedback_survey_nps"))
    checks.that("the page of the score says how many gave what", counts in page.text, counts)
    checks.that("and how sure one may be", sentence in page.text, sentence)
    checks.that("and so does the Today page", sentence in marketer.get(reverse("admin:index")).text, sentence)


def _score_is_what_was_posted(checks: Checks, mails: list[Mail]) -> tuple[float, float]:
    """The figures from the posted scores alone, by the formula as written down, against the product's."""
    posted = [mail.score for mail in mails if mail.answers]
    figures = figures_now()
    checks.that("every posted answer is counted, and no other", figures.n == len(posted), (figures, len(posted)))
    checks.that("none of them is held to be a machine's", figures.machine_count == 0, figures)
    promoters = sum(score >= 9 for score in posted) / len(posted)
    detractors = sum(score <= 6 for score in posted) / len(posted)
    score = 100 * (promoters - detractors)
    margin = 196 * math.sqrt((promoters + detractors - (promoters - detractors) ** 2) / len(posted))
    checks.that("the score is theirs", math.isclose(figures.score, score), (figures.score, score))
    checks.that("with its margin", math.isclose(figures.margin95, margin), (figures.margin95, margin))
    return score, margin


def _looking_changes_nothing(checks: Checks, browser: Browser, read: dict[str, Any]) -> None:
    before = _everything()
    paths = sorted({path_of(link) for link in read["links"] if link.startswith("http")} | {unsubscribe_path(read)})
    looks = [(path, method, SCANNERS[0]) for path in paths for method in ("GET", "HEAD")]
    looks += [(path, "GET", agent) for path in paths[-3:] for agent in SCANNERS[1:]]
    statuses = {look: browser.get(look[0], method=look[1], agent=look[2]).status for look in looks}
    checks.that("every link of a mail can be looked at", set(statuses.values()) == {200}, statuses)
    checks.that("looking at every link of a mail changes nothing", _everything() == before, (before, _everything()))
    checks.that("and leaves no cookie", not list(browser.cookies), list(browser.cookies))


def _guessing_finds_nothing(checks: Checks, browser: Browser) -> None:
    statuses = {browser.get(f"/f/{secrets.token_urlsafe(16)}/").status for _ in range(GUESSES)}
    checks.that("guessed links lead nowhere", statuses == {404}, statuses)


def _repeating_counts_once(checks: Checks, browser: Browser, mailbox: Browser, mails: list[Mail]) -> None:
    before = figures_now()
    mail = next(mail for mail in mails if mail.answers)
    link = survey_link(mailbox.get(f"/api/mails/{mail.number}").json, mail.score)
    again = browser.send_form(link.partition("?")[0], {"score": str(mail.score), "comment": mail.comment("en")})
    checks.that("an answer may be sent again", again.status == 200, again.status)
    checks.that("and is counted once", figures_now() == before, (before, figures_now()))


def _unsubscribing_ends_it(checks: Checks, browser: Browser, mail: Mail, read: dict[str, Any]) -> None:
    member = Message.objects.get(pk=mail.message_id).member_id
    may = CurrentConsent.objects.filter(
        member=member, purpose=Purpose.MARKETING, channel=Channel.EMAIL, is_granted=True
    )
    checks.that("before it, this person may be written to", may.exists())
    for _ in range(2):
        answer = browser.send_form(unsubscribe_path(read), ONE_CLICK)
        checks.that("one click unsubscribes, and again does no harm", answer.status == 200, answer.status)
    checks.that("from now on nobody may write to them", not may.exists())
    acts = Consent.objects.filter(member=member, action=ConsentAction.WITHDRAWN).count()
    checks.that("it is noted once", acts == 1, acts)
    live = Suppression.objects.filter(member=member, channel=Channel.EMAIL, lifted_at__isnull=True).count()
    checks.that("and the address is locked", live == 1, live)


def _next_mailing_passes_them_by(checks: Checks, mailbox: Browser, gone: Mail, meanwhile: Callable[[], None]) -> None:
    last = mailbox.get("/api/mails?limit=1").json["mails"][0]["number"]
    campaign = write_news(RUSSIAN, at=timezone.now() + dt.timedelta(seconds=AHEAD_SECONDS))
    run = see_through(campaign, lambda _done, _total: None, meanwhile)
    assert run.started_at  # it is done
    assert run.scheduled_for
    checks.that("a mailing starts at its time", run.started_at >= run.scheduled_for > run.created_at, run.started_at)
    new = [mail["recipient"] for mail in mailbox.get(f"/api/mails?after={last}").json["mails"]]
    checks.that("the next mailing reaches its readers", len(new) == run_figures(run).sent > 1, (new, run_figures(run)))
    checks.that("each once", len(set(new)) == len(new), new)
    checks.that("and passes by who has unsubscribed", gone.recipient not in new, gone)
    reason = Recipient.objects.get(run=run, member__messages__id=gone.message_id).reason
    checks.that("with the reason", reason in {MessageReason.NO_CONSENT, MessageReason.SUPPRESSED}, reason)


def _everything() -> tuple[int, ...]:
    """What looking could have changed, in figures."""
    return (
        Response.objects.count(),
        SurveyAnswer.objects.count(),
        Consent.objects.count(),
        Suppression.objects.filter(lifted_at__isnull=True).count(),
        CurrentConsent.objects.filter(is_granted=True).count(),
    )


def _addresses(members: Any) -> set[str]:
    return set(
        Identifier.objects.filter(
            kind=IdentifierKind.EMAIL, ended_at__isnull=True, member_id__in=list(members)
        ).values_list("value", flat=True)
    )
