"""Some of the people who got the mail answer, and some want no more of them: over HTTP, by the links in their mails.

Who answers what follows from the address, the same on every run. What an earlier run has posted is found and left.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from campaigns.queries.runs import SOURCE
from feedback.models import Invitation
from feedback.queries.nps import nps
from loyalty_site.demo.browser import Answer, Browser, path_of
from loyalty_site.demo.comments import COMMENTS
from loyalty_site.demo.mailing import the_run
from loyalty_site.demo.receipts import draw
from loyalty_site.embedded.processes import EmbeddedError
from members.models import Channel, CurrentConsent, Message, MessageState, Purpose

ANSWERING_PERCENT = 42
UNSUBSCRIBING_PERCENT = 2
# How many of a hundred give each score.
SCORES = {10: 25, 9: 18, 8: 18, 7: 11, 6: 8, 5: 6, 4: 4, 3: 3, 2: 2, 1: 2, 0: 3}
CLIENTS = 4
# An answer sooner after the mail than a person could read is a machine's, and not counted.
READING_SECONDS = 3
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@dataclass(frozen=True)
class Mail:
    """One mail of the campaign as the mailbox tells it."""

    number: int
    recipient: str
    message_id: int

    @property
    def unsubscribes(self) -> bool:
        return draw(self.recipient, "unsubscribes") % 100 < UNSUBSCRIBING_PERCENT

    @property
    def answers(self) -> bool:
        return not self.unsubscribes and draw(self.recipient, "answers") % 100 < ANSWERING_PERCENT

    @property
    def score(self) -> int:
        left = draw(self.recipient, "score") % 100
        for score, share in SCORES.items():
            if left < share:
                return score
            left -= share
        raise AssertionError("the shares add up to a hundred")

    def comment(self, language: str) -> str:
        """What is written beside the score; often nothing."""
        band = 2 if self.score >= 9 else 1 if self.score >= 7 else 0
        said = COMMENTS[language][band]
        return said[draw(self.recipient, "comment") % len(said)]


def mails_of_campaign(mailbox: Browser) -> list[Mail]:
    """The campaign's mails in the mailbox, the newest first; others that somebody sent there are passed by."""
    mine = {
        f"<message.{number}@": number
        for number in Message.objects.filter(source=SOURCE, source_group=the_run().pk).values_list("id", flat=True)
    }
    found, listed, count = [], 0, 1
    while listed < count:
        page = mailbox.get(f"/api/mails?skip={listed}").json
        count = page["count"]
        listed += len(page["mails"])
        for mail in page["mails"]:
            number = mine.get(mail["message_id"].partition("@")[0] + "@")
            if number:
                found.append(Mail(mail["number"], mail["recipient"], number))
        if not page["mails"]:
            break
    return found


def hear(
    url: str, mailbox_url: str, on_progress: Callable[[int, int | None], None], meanwhile: Callable[[], None]
) -> tuple[bool, str]:
    """Post what is missing; (was there anything to do, a sentence with the figures).

    Raises EmbeddedError when a page does not take what was sent.
    """
    mails = mails_of_campaign(Browser(mailbox_url))
    missing = _missing(mails)
    if missing:
        _let_them_read()
    with ThreadPoolExecutor(CLIENTS) as pool:
        pending = [pool.submit(_act, Browser(url), Browser(mailbox_url), mail) for mail in missing]
        for done, future in enumerate(as_completed(pending), 1):
            future.result()
            on_progress(done, len(missing))
            meanwhile()
    figures = figures_now()
    score = "too few answers" if figures.score is None else f"NPS {figures.score:+.0f} ± {figures.margin95 or 0:.1f}"
    left = sum(mail.unsubscribes for mail in mails)
    return bool(missing), f"{figures.n:,} answers, {score}, {left:,} unsubscribed"


def figures_now() -> Any:
    """The NPS figures of the campaign's survey, over all time."""
    run = the_run()
    assert run.survey_id is not None
    return nps(run.survey_id, run.created_at, timezone.now())


def survey_link(read: dict[str, Any], score: int) -> str:
    """The path of the link for that score in a mail that was read."""
    return next(path_of(link) for link in read["links"] if "/f/" in link and link.endswith(f"?score={score}"))


def unsubscribe_path(read: dict[str, Any]) -> str:
    """The path for one click, as mail programs find it."""
    header = next(value for name, value in read["headers"] if name.lower() == "list-unsubscribe")
    return path_of(header.split(">")[0].lstrip("<"))


def _missing(mails: list[Mail]) -> list[Mail]:
    run = the_run()
    answered = set(
        Invitation.objects.filter(message__source=SOURCE, message__source_group=run.pk, is_answered=True).values_list(
            "message_id", flat=True
        )
    )
    subscribed = set(
        CurrentConsent.objects.filter(
            purpose=Purpose.MARKETING,
            channel=Channel.EMAIL,
            is_granted=True,
            member__messages__source=SOURCE,
            member__messages__source_group=run.pk,
        ).values_list("member__messages__id", flat=True)
    )
    return [
        mail
        for mail in mails
        if (mail.unsubscribes and mail.message_id in subscribed) or (mail.answers and mail.message_id not in answered)
    ]


def _let_them_read() -> None:
    handed = (
        Message.objects.filter(source=SOURCE, source_group=the_run().pk, state=MessageState.SENT)
        .order_by("-handed_at")
        .values_list("handed_at", flat=True)
        .first()
    )
    if handed:
        time.sleep(max(0.0, READING_SECONDS - (timezone.now() - handed).total_seconds()))


def _act(browser: Browser, mailbox: Browser, mail: Mail) -> None:
    read = mailbox.get(f"/api/mails/{mail.number}").json
    if mail.unsubscribes:
        _accepted(browser.send_form(unsubscribe_path(read), ONE_CLICK), mail)
        return
    link = survey_link(read, mail.score)
    page = _accepted(browser.get(link), mail)
    language = page.text.partition('<html lang="')[2][:2]
    form = {"score": str(mail.score), "comment": mail.comment(language), "lang": language}
    _accepted(browser.send_form(link.partition("?")[0], form, follow=False), mail)


def _accepted(answer: Answer, mail: Mail) -> Answer:
    if answer.status not in {200, 302}:  # 302 leads to the thanks
        raise EmbeddedError(f"a page did not take what {mail.recipient} sent (status {answer.status})")
    return answer
