"""Mails as bytes: the standard library reads back what we wrote, whatever was put in."""

from __future__ import annotations

import base64
import datetime as dt
import email
import email.policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.rules.mime import HEADER_MAX, Envelope, Mail, build_mime, clean_header, encode_header

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=400)


def envelope(**changes) -> Envelope:
    values = {
        "sender_name": "Corner Market",
        "sender_email": "news@corner.example",
        "recipient": "anna@example.com",
        "message_id": "message.1@corner.example",
        "date": NOW,
        "unsubscribe_url": "https://corner.example/m/x/unsubscribe/",
    }
    return Envelope(**values | changes)


def read(data: bytes) -> email.message.EmailMessage:
    assert b"\n" not in data.replace(b"\r\n", b""), "every line ends with CRLF"
    assert max(len(line) for line in data.split(b"\r\n")) <= 998, "RFC 5321's longest line"
    return email.message_from_bytes(data, policy=email.policy.SMTP)


def lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")


@given(subject=TEXTS, text=TEXTS, html=TEXTS, name=TEXTS)
def test_any_text_comes_back_and_no_header_is_forged(subject: str, text: str, html: str, name: str) -> None:
    mail = read(build_mime(Mail(subject, text, html), envelope(sender_name=name)))
    assert set(mail.keys()) == {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "Content-Language",
        "MIME-Version",
        "Content-Type",
    }
    assert mail["To"] == "anna@example.com"
    assert " ".join(mail["Subject"].split()) == clean_header(subject)
    assert mail["From"].addresses[0].addr_spec == "news@corner.example"
    plain, rich = mail.iter_parts()
    assert lines(plain.get_content()) == lines(text)
    assert lines(rich.get_content()) == lines(html)
    assert mail.defects == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Hello\r\nBcc: all@example.com", "Hello Bcc: all@example.com"),
        ("a\x00b\x1bc\x85d", "abc d"),
        ("\u202egnp.exe", "gnp.exe"),
        ("one\u2028two\u2029three", "one two three"),
        ("e\u0301", "é"),
        ("\ud800x", "x"),
        ("👩\u200d🍳 cooks", "👩\u200d🍳 cooks"),
        ("x" * 500, "x" * HEADER_MAX),
    ],
    ids=["line break", "controls", "bidi", "separators", "composed", "lone surrogate", "joined emoji", "too long"],
)
def test_headers_are_cleaned(typed: str, kept: str) -> None:
    assert clean_header(typed) == kept


def test_encoded_words_are_short_and_whole_characters() -> None:
    for line in f"Subject: {encode_header('Весенняя распродажа: скидки до половины цены на всё ' * 3)}".split("\r\n"):
        assert len(line) <= 78
        word = line.removeprefix("Subject:").strip().removeprefix("=?utf-8?b?").removesuffix("?=")
        assert base64.b64decode(word, validate=True).decode()


def test_something_that_looks_like_an_encoded_word_is_encoded() -> None:
    assert read(build_mime(Mail("=?utf-8?q?trick?=", "", ""), envelope()))["Subject"] == "=?utf-8?q?trick?="


@pytest.mark.parametrize(
    "recipient", ["a@b.example\r\nBcc: x@y.example", "a b@c.example", "дом@example.com", "nobody", "a@b.example\x00"]
)
def test_an_address_that_could_break_out_is_refused(recipient: str) -> None:
    with pytest.raises(ValueError, match="plain ASCII"):
        build_mime(Mail("s", "t", "h"), envelope(recipient=recipient))


def test_lone_surrogates_in_a_text_are_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        build_mime(Mail("s", "\ud800", "h"), envelope())


def test_a_service_mail_has_no_unsubscribe_header() -> None:
    mail = read(build_mime(Mail("s", "t", "h"), envelope(unsubscribe_url="", reply_to="shop@corner.example")))
    assert mail["List-Unsubscribe"] is None
    assert mail["Reply-To"] == "shop@corner.example"


def test_a_mailbox_may_be_offered_beside_the_address() -> None:
    mail = read(build_mime(Mail("s", "t", "h"), envelope(unsubscribe_mailbox="stop@corner.example")))
    assert mail["List-Unsubscribe"].endswith(", <mailto:stop@corner.example>")


@pytest.mark.parametrize(
    ("name", "shown"), [('Ben & "Sons", Ltd.', 'Ben & "Sons", Ltd.'), ("מכולת השכונה", "מכולת השכונה")]
)
def test_any_name_of_a_company_is_shown_whole(name: str, shown: str) -> None:
    assert read(build_mime(Mail("s", "t", "h"), envelope(sender_name=name)))["From"].addresses[0].display_name == shown
